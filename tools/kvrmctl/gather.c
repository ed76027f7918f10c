// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Looks from records; see gather.h.
 *
 * A round's records follow each other: each guest with its virtual CPUs, then NICs. What a round does not tell of stays
 * as the round before told it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "daemon/util/text.h"
#include "tools/kvrmctl/gather.h"
#include "tools/kvrmctl/look.h"
#include "tools/kvrmctl/value.h"

/* Where a number goes. */
enum part {
	SAMPLE, /* of the guest, or of the part of it that the record is of */
	SYSTEM, /* what is set of it */
};

#define FLOW(way, key)                                                                             \
	{ KVRM_SAMPLES_NIC, way "_bytes", key "Bytes", 1, SAMPLE },                                \
		{ KVRM_SAMPLES_NIC, way "_packets", key "Packets", 1, SAMPLE },                    \
		{ KVRM_SAMPLES_NIC, way "_delayed_packets", key "DelayedPackets", 1, SAMPLE },     \
		{ KVRM_SAMPLES_NIC, way "_dropped_packets", key "DroppedPackets", 1, SAMPLE },     \
		{ KVRM_SAMPLES_NIC, way "_limited_ns", key "Limited", 1, SAMPLE },                 \
		{ KVRM_SAMPLES_NIC, way "_queued_bytes", key "QueuedBytes", 1, SAMPLE },           \
		{ KVRM_SAMPLES_NIC, way "_limit_bytes_per_s", key "Limit", 1, SYSTEM },            \
	{                                                                                          \
		KVRM_SAMPLES_NIC, way "_limit_packets_per_s", key "PacketLimit", 1, SYSTEM         \
	}

static const struct row {
	uint32_t kind;
	const char *column;
	const char *key;
	uint64_t divisor;
	enum part part;
} rows[] = {
	{ KVRM_SAMPLES_GUEST, "time_ns", "MonotonicTime", 1000, SAMPLE },
	{ KVRM_SAMPLES_GUEST, "usage_ns", "CPUUsage", 1000, SAMPLE },
	{ KVRM_SAMPLES_GUEST, "memory_bytes", "MemoryUsage", 1, SAMPLE },
	{ KVRM_SAMPLES_GUEST, "swap_bytes", "MemorySwapped", 1, SAMPLE },
	{ KVRM_SAMPLES_GUEST, "vcpus", "VCPUs", 1, SYSTEM },
	{ KVRM_SAMPLES_GUEST, "cpu_limit_us", "ProcessorLimit", 1, SYSTEM },
	{ KVRM_SAMPLES_GUEST, "cpu_limit_us", "ProcessorLimitApplied", 1, SYSTEM },
	{ KVRM_SAMPLES_GUEST, "vcpu_limit_us", "ProcessorVCPULimit", 1, SYSTEM },
	{ KVRM_SAMPLES_VCPU, "index", "Index", 1, SAMPLE },
	{ KVRM_SAMPLES_VCPU, "running_ns", "Running", 1, SAMPLE },
	{ KVRM_SAMPLES_VCPU, "ready_ns", "Ready", 1, SAMPLE },
	{ KVRM_SAMPLES_VCPU, "limited_ns", "Limited", 1, SAMPLE },
	{ KVRM_SAMPLES_VCPU, "halted_ns", "Halted", 1, SAMPLE },
	{ KVRM_SAMPLES_VCPU, "waiting_ns", "Waiting", 1, SAMPLE },
	{ KVRM_SAMPLES_VCPU, "exits", "Exits", 1, SAMPLE },
	FLOW("to_guest", "ToGuest"),
	FLOW("from_guest", "FromGuest"),
	{ KVRM_SAMPLES_NIC, "index", "ID", 1, SAMPLE },
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))
_Static_assert(ROWS <= GATHER_ROWS, "there is a column for each row");

/**
 * gather_init() - nothing is known yet
 * @g: overwritten; to be freed with gather_deinit()
 * @ring: open as long as records are added; others with the same columns will do
 */
void gather_init(struct gather *g, const struct kvrm_samples *ring)
{
	*g = (struct gather){
		.uuid = kvrm_samples_find(ring, KVRM_SAMPLES_GUEST, "uuid"),
		.name = kvrm_samples_find(ring, KVRM_SAMPLES_GUEST, "name"),
		.device = kvrm_samples_find(ring, KVRM_SAMPLES_NIC, "device"),
		.systems = json_object_new_object(),
		.samples = json_object_new_object(),
		.ids = json_object_new_object(),
	};
	for (size_t i = 0; i < ROWS; i++)
		g->columns[i] = kvrm_samples_find(ring, rows[i].kind, rows[i].column);
}

/* What is not known is left out. */
static void add_numbers(const struct gather *g, const struct kvrm_samples_record *record,
			enum part part, struct json_object *object)
{
	for (size_t i = 0; i < ROWS; i++) {
		uint64_t number;

		if (rows[i].kind != record->kind || rows[i].part != part || !g->columns[i])
			continue;
		number = kvrm_samples_number(g->columns[i], record);
		if (number != KVRM_SAMPLES_UNKNOWN)
			json_object_object_add(object, rows[i].key,
					       json_object_new_uint64(number / rows[i].divisor));
	}
}

static void add_guest(struct gather *g, const struct kvrm_samples_record *record)
{
	struct json_object *system = json_object_new_object(), *sample = json_object_new_object();
	char id[16], uuid[37];

	text_uuid_from_bytes((const uint8_t *)record + g->uuid->offset, uuid);
	snprintf(id, sizeof(id), "%" PRIu32, record->guest);
	json_object_object_add(g->ids, id, json_object_new_string(uuid));
	json_object_object_add(system, "UUID", json_object_new_string(uuid));
	json_object_object_add(system, "Name",
			       json_object_new_string(kvrm_samples_text(g->name, record)));
	json_object_object_add(system, "State", json_object_new_string("active"));
	json_object_object_add(system, "NICs", json_object_new_array());
	add_numbers(g, record, SYSTEM, system);
	json_object_object_add(sample, "VCPUs", json_object_new_array());
	json_object_object_add(sample, "NICs", json_object_new_array());
	add_numbers(g, record, SAMPLE, sample);
	json_object_object_add(g->systems, uuid, system);
	json_object_object_add(g->samples, uuid, sample);
	g->time_ns = record->time_ns;
}

/* Of the guest, which was in this round; NULL if it was lost. */
static const char *uuid_of(const struct gather *g, const struct kvrm_samples_record *record)
{
	char id[16];

	snprintf(id, sizeof(id), "%" PRIu32, record->guest);
	return value_get(g->ids, id) ? value_text(g->ids, id) : NULL;
}

static struct json_object *add_part(struct gather *g, const struct kvrm_samples_record *record,
				    const char *key)
{
	const char *uuid = uuid_of(g, record);
	struct json_object *sample;

	if (!uuid)
		return NULL;
	sample = json_object_new_object();
	add_numbers(g, record, SAMPLE, sample);
	json_object_array_add(value_get(value_get(g->samples, uuid), key), sample);
	return sample;
}

/* Of an uplink nothing is told: it is what is left if there is no limit. */
static void add_nic(struct gather *g, const struct kvrm_samples_record *record)
{
	struct json_object *sample = add_part(g, record, "NICs"), *nic;
	const char *device = g->device ? kvrm_samples_text(g->device, record) : "";

	if (!sample)
		return;
	json_object_object_add(sample, "Interface", json_object_new_string(device));
	nic = json_object_new_object();
	add_numbers(g, record, SYSTEM, nic);
	json_object_object_add(nic, "Interface", json_object_new_string(device));
	json_object_object_add(nic, "UplinkApplied", json_object_new_string("(not recorded)"));
	json_object_array_add(value_get(value_get(g->systems, uuid_of(g, record)), "NICs"), nic);
}

/**
 * gather_is_over() - whether a record is of another round than those before it
 * @g: what is known
 * @record: of a kind that is known here or not
 *
 * Return: whether: then gather_take() is next.
 */
bool gather_is_over(const struct gather *g, const struct kvrm_samples_record *record)
{
	return g->any && record->round != g->round;
}

/**
 * gather_add() - take a record over
 * @g: what is known
 * @record: with the columns of the ring; of a kind that is not known it is not heeded
 */
void gather_add(struct gather *g, const struct kvrm_samples_record *record)
{
	if (!g->uuid || !g->name)
		return;
	/* What is left of a round whose guest was lost would be added to the last one's. */
	if (!g->any && record->kind != KVRM_SAMPLES_GUEST)
		return;
	g->round = record->round;
	g->any = true;
	if (record->kind == KVRM_SAMPLES_GUEST)
		add_guest(g, record);
	else if (record->kind == KVRM_SAMPLES_VCPU)
		add_part(g, record, "VCPUs");
	else if (record->kind == KVRM_SAMPLES_NIC)
		add_nic(g, record);
}

/**
 * gather_take() - look at what is known, at the end of a round
 * @g: goes on with the next round
 * @ret: look; what it held is freed
 */
void gather_take(struct gather *g, struct look *ret)
{
	look_deinit(ret);
	ret->systems = json_object_new_array();
	ret->pools = json_object_new_array();
	ret->samples = json_object_new_object();
	json_object_object_foreach(g->systems, uuid, system) {
		json_object_array_add(ret->systems, json_object_get(system));
		json_object_object_add(ret->samples, uuid,
				       json_object_get(value_get(g->samples, uuid)));
	}
	/* Another guest may get the id. */
	json_object_put(g->ids);
	g->ids = json_object_new_object();
	g->any = false;
}

/**
 * gather_deinit() - free what it holds, and clear it
 * @g: may be all zero
 */
void gather_deinit(struct gather *g)
{
	json_object_put(g->systems);
	json_object_put(g->samples);
	json_object_put(g->ids);
	*g = (struct gather){ 0 };
}
