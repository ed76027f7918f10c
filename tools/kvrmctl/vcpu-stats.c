// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rows of virtual CPUs: where the time of each goes.
 */
#include "tools/kvrmctl/look.h"
#include "tools/kvrmctl/rates.h"
#include "tools/kvrmctl/stats.h"
#include "tools/kvrmctl/table.h"
#include "tools/kvrmctl/value.h"

static void add_row(struct table *t, struct json_object *system, uint64_t index,
		    const struct vcpu_rates *rates)
{
	table_add(t, "%s", value_text(system, "Name"));
	table_add(t, "%llu", (unsigned long long)index);
	table_add_share(t, rates->running);
	table_add_share(t, rates->ready);
	table_add_share(t, rates->limited);
	table_add_share(t, rates->halted);
	table_add_share(t, rates->waiting);
	table_add_amount(t, rates->exits_per_s, 0);
	table_add_share(t, rates->guest);
	table_add_share(t, rates->kernel);
	table_add_share(t, rates->user);
}

static struct json_object *row_object(struct json_object *system, uint64_t index,
				      const struct vcpu_rates *rates)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "Name", json_object_new_string(value_text(system, "Name")));
	json_object_object_add(o, "UUID", json_object_new_string(value_text(system, "UUID")));
	json_object_object_add(o, "VCPU", json_object_new_uint64(index));
	stats_add_number(o, "Running", rates->running);
	stats_add_number(o, "Ready", rates->ready);
	stats_add_number(o, "Limited", rates->limited);
	stats_add_number(o, "Halted", rates->halted);
	stats_add_number(o, "Waiting", rates->waiting);
	stats_add_number(o, "Guest", rates->guest);
	stats_add_number(o, "Kernel", rates->kernel);
	stats_add_number(o, "User", rates->user);
	stats_add_number(o, "ExitsPerSecond", rates->exits_per_s);
	return o;
}

static void show_system(const struct frame *frame, struct json_object *system, struct table *t,
			struct json_object *rows)
{
	const char *uuid = value_text(system, "UUID");
	struct json_object *after = value_get(frame->after->samples, uuid);
	struct json_object *vcpus = value_get(after, "VCPUs");

	for (size_t i = 0; vcpus && i < json_object_array_length(vcpus); i++) {
		uint64_t index = value_number(json_object_array_get_idx(vcpus, i), "Index");
		struct vcpu_rates rates;

		rates_compute_vcpu(value_get(frame->before->samples, uuid), after, index, &rates);
		if (frame->client->json)
			json_object_array_add(rows, row_object(system, index, &rates));
		else
			add_row(t, system, index, &rates);
	}
}

/* On a narrow terminal the last ones, which are what running was, are cut. */
static const char *const header[] = { "NAME",	  ">VCPU",   ">RUNNING", ">READY",
				      ">LIMITED", ">HALTED", ">WAITING", ">EXITS/S",
				      ">GUEST",	  ">KERNEL", ">USER" };

const struct stats_kind vcpu_stats = { .header = header,
				       .columns = sizeof(header) / sizeof(header[0]),
				       .show = show_system };
