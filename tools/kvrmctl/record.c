// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Records; see record.h.
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <time.h>

#include "tools/kvrmctl/guest.h"
#include "tools/kvrmctl/guest-table.h"
#include "tools/kvrmctl/look.h"
#include "tools/kvrmctl/record.h"
#include "tools/kvrmctl/table.h"
#include "tools/kvrmctl/value.h"

/* As in --json and --csv; those of CSV in this order. */
static const char *const csv_keys[] = {
	"Name",
	"UUID",
	"State",
	"Pool",
	"IntervalUS",
	"VCPUCount",
	"ProcessorLimit",
	"UsedCPUs",
	"RunningCPUs",
	"ReadyCPUs",
	"LimitedCPUs",
	"HaltedCPUs",
	"WaitingCPUs",
	"GuestCPUs",
	"KernelCPUs",
	"UserCPUs",
	"EmulatorCPUs",
	"IOCPUs",
	"VhostCPUs",
	"DemandCPUs",
	"EntitledCPUs",
	"ExitsPerSecond",
	"MemoryUsage",
	"MemoryLimit",
	"ReceivedBytesPerSecond",
	"TransmittedBytesPerSecond",
};
#define CSV_KEYS (sizeof(csv_keys) / sizeof(csv_keys[0]))

/* All but what is below it: its virtual CPUs, NICs and disks. */
static struct json_object *guest_object(const struct guest *guest)
{
	struct json_object *o = stats_object(guest->system, &guest->rates);

	json_object_object_add(o, "Pool",
			       json_object_new_string(value_text(guest->system, "Pool")));
	json_object_object_add(o, "VCPUCount", json_object_new_uint64(guest->vcpus));
	json_object_object_add(o, "MemoryLimit",
			       json_object_new_uint64(value_number(guest->system, "MemoryLimit")));
	stats_add_number(o, "ReceivedBytesPerSecond", guest->receive_bytes_per_s);
	stats_add_number(o, "TransmittedBytesPerSecond", guest->transmit_bytes_per_s);
	json_object_object_add(o, "Reasons", json_object_get(guest->reasons));
	return o;
}

static struct json_object *parts(const struct frame *frame, struct json_object *system,
				 const struct stats_kind *kind)
{
	struct json_object *rows = json_object_new_array();

	kind->show(frame, system, NULL, rows);
	return rows;
}

/**
 * record_object() - a record as JSON
 * @frame: whose client wants JSON
 * @guests: of it
 * @time_us: of the look, CLOCK_REALTIME
 *
 * Return: object; to be freed with json_object_put().
 */
struct json_object *record_object(const struct frame *frame, const struct guests *guests,
				  uint64_t time_us)
{
	struct json_object *record = json_object_new_object(), *list = json_object_new_array();

	for (size_t i = 0; i < guests->n; i++) {
		const struct guest *guest = &guests->item[i];
		struct json_object *o = guest_object(guest);

		json_object_object_add(o, "VCPUs", parts(frame, guest->system, &vcpu_stats));
		json_object_object_add(o, "NICs", parts(frame, guest->system, &nic_stats));
		json_object_object_add(o, "Disks", parts(frame, guest->system, &disk_stats));
		json_object_array_add(list, o);
	}
	json_object_object_add(record, "Time", json_object_new_uint64(time_us));
	json_object_object_add(record, "Systems", list);
	return record;
}

/* As RFC 4180 has it: quoted if it must be. */
static void write_field(const char *text, FILE *file)
{
	if (!strpbrk(text, ",\"\r\n")) {
		fputs(text, file);
		return;
	}
	fputc('"', file);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', file);
		fputc(*text, file);
	}
	fputc('"', file);
}

/* A member; empty if it is not there. */
static void write_value(struct json_object *object, const char *key, FILE *file)
{
	struct json_object *value = value_get(object, key);

	/* Without the last digits, which are noise. */
	if (json_object_is_type(value, json_type_double))
		fprintf(file, "%.9g", json_object_get_double(value));
	else
		write_field(value_text(object, key), file);
}

/**
 * record_csv_header() - write the names of the fields
 * @file: where to
 */
void record_csv_header(FILE *file)
{
	fputs("Time", file);
	for (size_t i = 0; i < CSV_KEYS; i++)
		fprintf(file, ",%s", csv_keys[i]);
	fputs(",Reasons\n", file);
}

/**
 * record_csv() - write a record as CSV, a line for each guest
 * @guests: guests
 * @time_us: of the look, CLOCK_REALTIME
 * @file: where to
 */
void record_csv(const struct guests *guests, uint64_t time_us, FILE *file)
{
	for (size_t i = 0; i < guests->n; i++) {
		_cleanup_value_ struct json_object *o = guest_object(&guests->item[i]);

		fprintf(file, "%" PRIu64, time_us);
		for (size_t k = 0; k < CSV_KEYS; k++) {
			fputc(',', file);
			write_value(o, csv_keys[k], file);
		}
		fputc(',', file);
		write_field(guests->item[i].why, file);
		fputc('\n', file);
	}
}

/**
 * record_plain() - write a record as a table
 * @guests: guests
 * @time_us: of the look, CLOCK_REALTIME
 * @file: where to
 */
void record_plain(const struct guests *guests, uint64_t time_us, FILE *file)
{
	_cleanup_table_ struct table t = { 0 };
	time_t seconds = (time_t)(time_us / 1000000);
	char text[64] = "";
	struct tm tm;

	if (localtime_r(&seconds, &tm))
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S%z", &tm);
	fprintf(file, "%s, %zu virtual systems\n", text, guests->n);
	guest_table_begin(&t, false);
	for (size_t i = 0; i < guests->n; i++)
		guest_table_add(&t, &guests->item[i], NULL);
	table_print(&t, file);
	fputc('\n', file);
}
