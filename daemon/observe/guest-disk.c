// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A guest's disks as QEMU has them: what it counts, and the limits that it holds. It is asked with each sample, and
 * not again before it has answered. What it has counted is part of the guest's next sample, so that a sample does not
 * change once it was seen.
 */
#include <string.h>

#include "daemon/observe/guest.h"
#include "daemon/util/clock.h"

_Static_assert((int)DISK_READ == (int)QMP_DISK_READ && (int)DISK_WRITE == (int)QMP_DISK_WRITE,
	       "directions are numbered alike");

/* What is older is not shown as if it were known. */
#define ANSWER_TIMEOUT_US 5000000ULL

static struct disk_sample make_sample(struct json_object *value, size_t index)
{
	struct qmp_disk_flow flows[QMP_DISK_DIRECTIONS];
	struct disk_sample sample = { 0 };

	if (!value || qmp_disk_read_flows(value, index, flows))
		return sample;
	sample.time_us = realtime_us();
	sample.monotonic_us = monotonic_us();
	for (int i = 0; i < DISK_DIRECTIONS; i++)
		sample.flows[i] = (struct disk_flow_sample){ .bytes = flows[i].bytes,
							     .operations = flows[i].operations,
							     .failed = flows[i].failed,
							     .time_ns = flows[i].time_ns };
	return sample;
}

static void on_flows(struct qmp *qmp, int error, struct json_object *value, const char *text,
		     void *data)
{
	struct guest *guest = data;

	guest->disk_questions--;
	for (size_t i = 0; i < guest->system->definition->n_disks; i++)
		guest->disks[i].sample = make_sample(error ? NULL : value, i);
}

static void on_limits(struct qmp *qmp, int error, struct json_object *value, const char *text,
		      void *data)
{
	struct guest *guest = data;

	guest->disk_questions--;
	/* Whether they are held is not known then, but nothing says that they are not. */
	if (error)
		return;
	for (size_t i = 0; i < guest->system->definition->n_disks; i++) {
		struct guest_disk *disk = &guest->disks[i];

		disk->known = !disk->changing && disk->asked_at == disk->changes &&
			      !qmp_disk_read_limits(value, i, &disk->limits);
		qmp_disk_read_size(value, i, &guest->system->disks[i].size_bytes);
	}
	guest_tell(guest, GUEST_DISKS_READ, NULL);
}

static void ask(struct guest *guest, const char *command, qmp_reply *reply)
{
	if (!qmp_call(guest->qmp, command, NULL, ANSWER_TIMEOUT_US, reply, guest))
		guest->disk_questions++;
}

/**
 * guest_ask_disks() - ask QEMU for its disks' counters and limits; GUEST_DISKS_READ follows if it answers
 * @guest: guest; nothing happens if its monitor is not connected or has not answered before
 */
void guest_ask_disks(struct guest *guest)
{
	if (!guest->system->definition->n_disks || !guest->qmp || !qmp_is_ready(guest->qmp) ||
	    guest->disk_questions)
		return;
	for (size_t i = 0; i < guest->system->definition->n_disks; i++)
		guest->disks[i].asked_at = guest->disks[i].changes;
	ask(guest, "query-blockstats", on_flows);
	ask(guest, "query-block", on_limits);
}
