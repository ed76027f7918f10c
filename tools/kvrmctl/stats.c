// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kvrmctl stats: rates between two samples of kvrmd, once or again and again.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "daemon/model/definition.h"
#include "tools/kvrmctl/cell.h"
#include "tools/kvrmctl/command.h"
#include "tools/kvrmctl/look.h"
#include "tools/kvrmctl/print.h"
#include "tools/kvrmctl/rates.h"
#include "tools/kvrmctl/stats.h"
#include "tools/kvrmctl/table.h"
#include "tools/kvrmctl/value.h"

#define INTERVAL_MAX_S 3600

/**
 * struct view - what is shown
 * @kind: rows
 * @names: systems, or uplinks, asked for; empty: all
 * @interval_s: between frames
 * @frames: how many; 0: until interrupted
 * @clear: each frame in the place of the one before
 */
struct view {
	const struct stats_kind *kind;
	char **names;
	uint64_t interval_s;
	uint64_t frames;
	bool clear;
};

static void add_row(struct table *t, struct json_object *system, const struct rates *rates)
{
	char limit[32], memory[32] = "-", active[32] = "-";

	cpu_limit_format(value_number(system, "ProcessorLimit"), limit, sizeof(limit));
	if (rates->memory_bytes)
		format_bytes(rates->memory_bytes, memory, sizeof(memory));
	if (!isnan(rates->memory_active_bytes))
		format_bytes((uint64_t)rates->memory_active_bytes, active, sizeof(active));
	table_add(t, "%s", value_text(system, "Name"));
	cell_state(t, system);
	table_add(t, "%s", limit);
	table_add_share(t, rates->used);
	table_add_share(t, rates->running);
	table_add_share(t, rates->ready);
	table_add_share(t, rates->limited);
	table_add_share(t, rates->halted);
	table_add_share(t, rates->waiting);
	table_add_share(t, rates_overhead(rates));
	table_add_share(t, rates->demand);
	table_add_share(t, rates->entitled);
	if (isnan(rates->exits_per_s))
		table_add(t, "-");
	else
		table_add(t, "%.0f", rates->exits_per_s);
	table_add(t, "%s", memory);
	table_add(t, "%s", active);
}

/**
 * stats_add_number() - add a number to a row, if it is known
 * @object: row
 * @key: key
 * @value: NAN: not known
 */
void stats_add_number(struct json_object *object, const char *key, double value)
{
	if (!isnan(value))
		json_object_object_add(object, key, json_object_new_double(value));
}

/**
 * stats_add_flow() - add what passes in one direction to a row
 * @object: row
 * @rates: what is not known of them is not added
 */
void stats_add_flow(struct json_object *object, const struct nic_rates *rates)
{
	char key[32];

	stats_add_number(object, "BytesPerSecond", rates->bytes_per_s);
	stats_add_number(object, "PacketsPerSecond", rates->packets_per_s);
	stats_add_number(object, "Limited", rates->limited);
	stats_add_number(object, "QueuedBytes", rates->queued_bytes);
	stats_add_number(object, "DelayedPerSecond", rates->delayed_per_s);
	stats_add_number(object, "DroppedPerSecond", rates->dropped_per_s);
	for (int reason = 0; reason < KVRM_DROP_COUNT; reason++) {
		snprintf(key, sizeof(key), "%sPerSecond", rates_drop_key(reason));
		stats_add_number(object, key, rates->dropped_by_per_s[reason]);
	}
	stats_add_number(object, "DemandBytesPerSecond", rates->demand_bytes_per_s);
	stats_add_number(object, "EntitledBytesPerSecond", rates->entitled_bytes_per_s);
}

/**
 * stats_add_mbit() - add a cell with a rate
 * @t: table
 * @bytes_per_s: rate; NAN: not known
 */
void stats_add_mbit(struct table *t, double bytes_per_s)
{
	table_add_amount(t, bytes_per_s * 8 / 1000000, 3);
}

/**
 * stats_add_held() - add cells with what is queued, delayed and dropped
 * @t: table
 * @rates: rates
 */
void stats_add_held(struct table *t, const struct nic_rates *rates)
{
	table_add_amount(t, rates->queued_bytes, 0);
	table_add_amount(t, rates->delayed_per_s, 0);
	table_add_amount(t, rates->dropped_per_s, 0);
}

/**
 * stats_object() - what is shown of a system, as JSON
 * @system: its properties
 * @rates: of it
 *
 * Return: to be freed with json_object_put(); what is not known is not in it.
 */
struct json_object *stats_object(struct json_object *system, const struct rates *rates)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "Name", json_object_new_string(value_text(system, "Name")));
	json_object_object_add(o, "UUID", json_object_new_string(value_text(system, "UUID")));
	json_object_object_add(o, "State", json_object_new_string(value_text(system, "State")));
	json_object_object_add(o, "ProcessorLimit",
			       json_object_new_uint64(value_number(system, "ProcessorLimit")));
	if (rates->interval_us)
		json_object_object_add(o, "IntervalUS", json_object_new_uint64(rates->interval_us));
	stats_add_number(o, "UsedCPUs", rates->used);
	stats_add_number(o, "RunningCPUs", rates->running);
	stats_add_number(o, "ReadyCPUs", rates->ready);
	stats_add_number(o, "LimitedCPUs", rates->limited);
	stats_add_number(o, "HaltedCPUs", rates->halted);
	stats_add_number(o, "WaitingCPUs", rates->waiting);
	stats_add_number(o, "GuestCPUs", rates->guest);
	stats_add_number(o, "KernelCPUs", rates->kernel);
	stats_add_number(o, "UserCPUs", rates->user);
	stats_add_number(o, "EmulatorCPUs", rates->emulator);
	stats_add_number(o, "IOCPUs", rates->io);
	stats_add_number(o, "VhostCPUs", rates->vhost);
	stats_add_number(o, "DemandCPUs", rates->demand);
	stats_add_number(o, "EntitledCPUs", rates->entitled);
	stats_add_number(o, "ExitsPerSecond", rates->exits_per_s);
	if (rates->memory_bytes)
		json_object_object_add(o, "MemoryUsage",
				       json_object_new_uint64(rates->memory_bytes));
	stats_add_number(o, "MemoryActive", rates->memory_active_bytes);
	stats_add_number(o, "MemorySwapped", rates->memory_swapped_bytes);
	stats_add_number(o, "MajorFaultsPerSecond", rates->major_faults_per_s);
	stats_add_number(o, "MemoryPressure", rates->memory_pressure);
	return o;
}

static void show_systems(const struct frame *frame, const struct stats_kind *kind, struct table *t,
			 struct json_object *rows)
{
	for (size_t i = 0; i < json_object_array_length(frame->after->systems); i++) {
		struct json_object *system = json_object_array_get_idx(frame->after->systems, i);

		if (look_is_named(system, frame->names))
			kind->show(frame, system, t, rows);
	}
}

/**
 * stats_show() - print a frame: rows of all that is asked for
 * @frame: frame
 * @kind: of the rows
 */
void stats_show(const struct frame *frame, const struct stats_kind *kind)
{
	_cleanup_table_ struct table t = { .columns = kind->columns,
					   .header = kind->header,
					   .colours = print_can_colours() };
	_cleanup_value_ struct json_object *rows = json_object_new_array();

	if (kind->show_all)
		kind->show_all(frame, &t, rows);
	else
		show_systems(frame, kind, &t, rows);
	if (frame->client->json)
		print_json(rows);
	else
		table_print(&t, stdout);
}

static void show_system(const struct frame *frame, struct json_object *system, struct table *t,
			struct json_object *rows)
{
	const char *uuid = value_text(system, "UUID");
	struct rates rates;

	rates_compute(value_get(frame->before->samples, uuid),
		      value_get(frame->after->samples, uuid), &rates);
	if (frame->client->json)
		json_object_array_add(rows, stats_object(system, &rates));
	else
		add_row(t, system, &rates);
}

static const char *const header[] = { "NAME",	 "STATE",     ">CPU LIMIT", ">USED",	">RUNNING",
				      ">READY",	 ">LIMITED",  ">HALTED",    ">WAITING", ">OVERHEAD",
				      ">DEMAND", ">ENTITLED", ">EXITS/S",   ">MEMORY",	">ACTIVE" };

static const struct stats_kind stats = { .header = header,
					 .columns = sizeof(header) / sizeof(header[0]),
					 .show = show_system };

static void print_frame(struct client *client, const struct view *view, const struct look *before,
			const struct look *after)
{
	const struct frame frame = {
		.client = client, .before = before, .after = after, .names = view->names
	};

	if (view->clear)
		fputs("\033[H\033[2J", stdout);
	stats_show(&frame, view->kind);
	fflush(stdout);
}

static int check_names(struct client *client, const struct view *view, const struct look *look)
{
	return view->kind->check_names ? view->kind->check_names(client, view->names, look)
				       : look_check_names(client, view->names, look);
}

static int show_frames(struct client *client, const struct view *view)
{
	_cleanup_look_ struct look before = { 0 };
	int status = look_take(client, &before);

	if (status == EXIT_OK)
		status = check_names(client, view, &before);
	for (uint64_t frame = 0; status == EXIT_OK && (!view->frames || frame < view->frames);
	     frame++) {
		_cleanup_look_ struct look after = { 0 };
		struct timespec interval = { .tv_sec = (time_t)view->interval_s };

		while (nanosleep(&interval, &interval) && errno == EINTR)
			;
		status = look_await(client, &before, &after);
		if (status != EXIT_OK)
			break;
		print_frame(client, view, &before, &after);
		look_deinit(&before);
		before = after;
		after = (struct look){ 0 };
	}
	return status;
}

/**
 * stats_run() - show rates, as often as the arguments say
 * @client: not yet connected
 * @argc: number of arguments
 * @argv: beginning with the command's name
 * @kind: of the rows
 *
 * Return: exit status.
 */
int stats_run(struct client *client, int argc, char **argv, const struct stats_kind *kind)
{
	static const struct option options[] = { { "watch", no_argument, NULL, 'w' },
						 { "interval", required_argument, NULL, 'i' },
						 { "count", required_argument, NULL, 'c' },
						 COMMON_OPTIONS };
	struct view view = { .kind = kind, .interval_s = 1 };
	int option, status = EXIT_OK;
	bool watch = false;

	while (status == EXIT_OK &&
	       (option = getopt_long(argc, argv, "wi:c:h", options, NULL)) >= 0) {
		if (option == 'w')
			watch = true;
		else if (option == 'i')
			status = command_number(argv[0], "interval", optarg, INTERVAL_MAX_S,
						&view.interval_s);
		else if (option == 'c')
			status = command_number(argv[0], "count", optarg, UINT32_MAX, &view.frames);
		else
			status = command_option(client, option, argv);
	}
	if (status == EXIT_OK)
		status = client_open(client);
	if (status != EXIT_OK)
		return status;
	if (!watch && !view.frames)
		view.frames = 1;
	view.names = argv + optind;
	view.clear = watch && isatty(STDOUT_FILENO) && !client->json;
	return show_frames(client, &view);
}

/** command_stats() - kvrmctl stats; see command.h */
int command_stats(struct client *client, int argc, char **argv)
{
	return stats_run(client, argc, argv, &stats);
}
