// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kvrmctl exits: what exits from guests, returns to QEMU and wake-ups take, of systems with probes.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tools/kvrmctl/look.h"
#include "tools/kvrmctl/spread.h"
#include "tools/kvrmctl/stats.h"
#include "tools/kvrmctl/table.h"
#include "tools/kvrmctl/value.h"

static void add_duration(struct table *t, double ns)
{
	if (isnan(ns))
		table_add(t, "-");
	else if (isinf(ns))
		table_add(t, ">1 s");
	else if (ns < 1000)
		table_add(t, "%.0f ns", ns);
	else if (ns < 1e6)
		table_add(t, "%.1f us", ns / 1e3);
	else if (ns < 1e9)
		table_add(t, "%.1f ms", ns / 1e6);
	else
		table_add(t, "%.1f s", ns / 1e9);
}

static void add_row(struct table *t, struct json_object *system, struct json_object *latency,
		    const struct spread *s)
{
	const char *reason = value_text(latency, "Reason");

	table_add(t, "%s", value_text(system, "Name"));
	table_add(t, "%s", value_text(latency, "Probe"));
	table_add(t, "%s", *reason ? reason : "-");
	table_add_amount(t, (double)s->count / s->seconds, 0);
	table_add_share(t, (double)s->time_ns / 1e9 / s->seconds);
	add_duration(t, spread_mean(s));
	add_duration(t, spread_percentile(s, 0.5));
	add_duration(t, spread_percentile(s, 0.99));
	add_duration(t, spread_percentile(s, 1));
}

static void add_ns(struct json_object *row, const char *key, double ns)
{
	if (isfinite(ns))
		json_object_object_add(row, key, json_object_new_double(ns));
}

static struct json_object *row_object(struct json_object *system, struct json_object *latency,
				      const struct spread *s)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "Name", json_object_new_string(value_text(system, "Name")));
	json_object_object_add(o, "UUID", json_object_new_string(value_text(system, "UUID")));
	json_object_object_add(o, "Probe", json_object_new_string(value_text(latency, "Probe")));
	json_object_object_add(o, "Reason", json_object_new_string(value_text(latency, "Reason")));
	stats_add_number(o, "PerSecond", (double)s->count / s->seconds);
	stats_add_number(o, "TimeCPUs", (double)s->time_ns / 1e9 / s->seconds);
	add_ns(o, "MeanNS", spread_mean(s));
	add_ns(o, "P50NS", spread_percentile(s, 0.5));
	add_ns(o, "P99NS", spread_percentile(s, 0.99));
	add_ns(o, "MaxNS", spread_percentile(s, 1));
	return o;
}

/* What cannot be compared yet, because its probes were attached since the earlier sample, is shown without rates. */
static void show_system(const struct frame *frame, struct json_object *system, struct table *t,
			struct json_object *rows)
{
	const char *uuid = value_text(system, "UUID");
	struct json_object *before = value_get(frame->before->samples, uuid);
	struct json_object *after = value_get(frame->after->samples, uuid);
	struct json_object *latencies = value_get(after, "Latencies");

	for (size_t i = 0; latencies && i < json_object_array_length(latencies); i++) {
		struct json_object *latency = json_object_array_get_idx(latencies, i);
		struct spread s = spread_of(before, after, latency);

		if (!s.count && !isnan(s.seconds))
			continue;
		if (frame->client->json)
			json_object_array_add(rows, row_object(system, latency, &s));
		else
			add_row(t, system, latency, &s);
	}
}

/* Whoever asks for systems that have no probes is told how to attach some. */
static int check(struct client *client, char *const *names, const struct look *look)
{
	int status = look_check_names(client, names, look);
	struct json_object *without = NULL;
	char said[160];

	for (size_t i = 0; status == EXIT_OK && i < json_object_array_length(look->systems); i++) {
		struct json_object *system = json_object_array_get_idx(look->systems, i);

		if (!look_is_named(system, names))
			continue;
		if (strcmp(value_text(system, "Probes"), "none") ||
		    strcmp(value_text(system, "ProbesApplied"), "none"))
			return EXIT_OK;
		without = system;
	}
	if (status != EXIT_OK || !without)
		return status;
	snprintf(said, sizeof(said), "there are no probes; attach some: kvrmctl set %s probes=all",
		 value_text(without, "Name"));
	return client_complain(client, EXIT_STATE, names[0] ? value_text(without, "Name") : NULL,
			       NULL, said);
}

static const char *const header[] = { "NAME",  "PROBE", "REASON", ">COUNT/S", ">TIME",
				      ">MEAN", ">P50",	">P99",	  ">MAX" };

static const struct stats_kind exit_stats = { .header = header,
					      .columns = sizeof(header) / sizeof(header[0]),
					      .show = show_system,
					      .check_names = check };

/** command_exits() - kvrmctl exits; see command.h */
int command_exits(struct client *client, int argc, char **argv)
{
	return stats_run(client, argc, argv, &exit_stats);
}
