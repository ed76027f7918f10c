// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Limits of disks; see disk.h.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/apply/disk.h"
#include "daemon/model/error.h"
#include "daemon/util/cleanup.h"
#include "daemon/util/text.h"

/* QEMU does it between two turns of its main loop. */
#define QMP_TIMEOUT_US (10 * 1000000ULL)

/**
 * struct disk_change - limits on their way to QEMU
 * @guest: guest
 * @index: of the disk
 * @number: of this change, among those of the disk
 * @limits: wanted
 * @done: told at the end
 * @data: for @done
 */
struct disk_change {
	struct guest *guest;
	size_t index;
	unsigned int number;
	struct qmp_disk_limit limits[QMP_DISK_DIRECTIONS];
	disk_done *done;
	void *data;
};

void disk_limits(const struct definition_disk *disk, struct qmp_disk_limit ret[QMP_DISK_DIRECTIONS])
{
	for (int i = 0; i < QMP_DISK_DIRECTIONS; i++)
		ret[i] = (struct qmp_disk_limit){
			.bytes_per_s = disk->limits[i].bytes_per_s,
			.operations_per_s = disk->limits[i].operations_per_s,
			.burst_bytes = disk->limits[i].burst_bytes,
		};
}

static bool hold(const struct qmp_disk_limit wanted[QMP_DISK_DIRECTIONS],
		 const struct qmp_disk_limits *known)
{
	for (int i = 0; i < QMP_DISK_DIRECTIONS; i++) {
		const struct qmp_disk_limit *is = &known->flows[i];

		if (is->bytes_per_s != wanted[i].bytes_per_s ||
		    is->operations_per_s != wanted[i].operations_per_s ||
		    is->burst_bytes != wanted[i].burst_bytes)
			return false;
	}
	return !known->others;
}

bool disk_hold(const struct definition_disk *disk, const struct qmp_disk_limits *known)
{
	struct qmp_disk_limit wanted[QMP_DISK_DIRECTIONS];

	disk_limits(disk, wanted);
	return hold(wanted, known);
}

/* The sentence is whole with the disk's place. */
static void end(struct disk_change *change, int error, const char *text)
{
	struct guest_disk *disk = &change->guest->disks[change->index];
	_cleanup_free_ char *sentence = NULL;

	disk->changing--;
	disk->changes++;
	change->guest->system->disks[change->index].enforced = !error;
	if (error)
		text_error(&sentence, 0, "disk %zu: %s", change->index,
			   text ? text : strerror(-error));
	change->done(change->guest, change->index, error, sentence, change->data);
	free(change);
}

static int error_of(int error)
{
	return error == -EREMOTEIO ? ERROR_APPLY_FAILED : ERROR_MONITOR_FAILED;
}

static void on_read(struct qmp *qmp, int error, struct json_object *value, const char *text,
		    void *data)
{
	struct disk_change *change = data;
	struct qmp_disk_limits known;

	if (error)
		end(change, error_of(error), text);
	/* Another one has begun since: what QEMU says may be that one's. */
	else if (change->guest->disks[change->index].changes != change->number)
		end(change, 0, NULL);
	else if (qmp_disk_read_limits(value, change->index, &known))
		end(change, ERROR_APPLY_FAILED, "QEMU does not say which limits it holds");
	else if (!hold(change->limits, &known))
		end(change, ERROR_APPLY_FAILED, "QEMU holds other limits than it was given");
	else
		end(change, 0, NULL);
}

static void on_set(struct qmp *qmp, int error, struct json_object *value, const char *text,
		   void *data)
{
	struct disk_change *change = data;

	if (error)
		end(change, error_of(error), text);
	else if (qmp_call(qmp, "query-block", NULL, QMP_TIMEOUT_US, on_read, change))
		end(change, ERROR_MONITOR_FAILED, "QEMU cannot be asked which limits it holds");
}

int disk_put_limits(struct guest *guest, size_t index, const struct definition_disk *disk,
		    disk_done *done, void *data)
{
	struct disk_change *change;
	struct json_object *arguments;

	if (!guest->qmp)
		return ERROR_MONITOR_FAILED;
	change = calloc(1, sizeof(*change));
	if (!change)
		return -ENOMEM;
	*change =
		(struct disk_change){ .guest = guest, .index = index, .done = done, .data = data };
	disk_limits(disk, change->limits);
	arguments = qmp_disk_throttle(index, change->limits);
	if (!arguments || qmp_call(guest->qmp, "block_set_io_throttle", arguments, QMP_TIMEOUT_US,
				   on_set, change)) {
		free(change);
		return arguments ? ERROR_MONITOR_FAILED : -ENOMEM;
	}
	change->number = ++guest->disks[index].changes;
	guest->disks[index].changing++;
	return 0;
}
