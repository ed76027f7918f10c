// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kvrmctl top: its options, and its plain forms, a record for each look.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "daemon/util/clock.h"
#include "daemon/util/text.h"
#include "tools/kvrmctl/command.h"
#include "tools/kvrmctl/ending.h"
#include "tools/kvrmctl/print.h"
#include "tools/kvrmctl/record.h"
#include "tools/kvrmctl/top.h"
#include "tools/kvrmctl/top-ring.h"
#include "tools/kvrmctl/value.h"
#include "tools/kvrmctl/view.h"

#define S_US		UINT64_C(1000000)
#define INTERVAL_MIN_US (S_US / 100)
/* kvrmd measures no more often. */
#define KVRMD_MIN_US (S_US / 10)
/* Between looks at the ring, if there is nothing new. */
#define RING_RETRY_US	2000
#define INTERVAL_MAX_US (3600 * S_US)

/**
 * top_take_newer() - take a look, unless nothing was measured since the one before
 * @client: connected
 * @top: what is asked for
 * @before: earlier look; NULL: there is none
 * @ret: look; what it held is freed; empty if there is no newer one
 * @ret_newer: whether there is
 *
 * Return: exit status.
 */
int top_take_newer(struct client *client, const struct top *top, const struct look *before,
		   struct look *ret, bool *ret_newer)
{
	if (top->ring)
		return top_ring_take_newer(client, top->ring, ret, ret_newer);
	return look_take_newer(client, before, ret, ret_newer);
}

/**
 * top_guests() - the guests that are asked for between two looks, in order
 * @client: says whether as JSON
 * @top: what is asked for; its filter is not heeded
 * @before: earlier look
 * @after: later look, which must live as long as the guests
 * @ret: guests; what it held is freed
 *
 * Return: exit status.
 */
int top_guests(struct client *client, const struct top *top, const struct look *before,
	       const struct look *after, struct guests *ret)
{
	const struct frame frame = {
		.client = client, .before = before, .after = after, .names = top->names
	};

	if (guests_build(&frame, ret) < 0)
		return client_complain(client, EXIT_FAILED, NULL, NULL, strerror(ENOMEM));
	order_apply(&top->order, ret);
	return EXIT_OK;
}

static void drop_filtered(struct guests *guests, const char *filter)
{
	size_t kept = 0;

	for (size_t i = 0; i < guests->n; i++) {
		struct guest guest = guests->item[i];

		if (!guest_matches(&guest, filter))
			continue;
		guests->item[i] = guests->item[kept];
		guests->item[kept++] = guest;
	}
	/* Those that are dropped are behind, for whoever frees them. */
	guests->n = kept;
}

static int write_record(struct client *client, enum record_form form, const struct frame *frame,
			const struct guests *guests)
{
	uint64_t time_us = realtime_us();

	if (form == RECORD_JSON) {
		_cleanup_value_ struct json_object *record = record_object(frame, guests, time_us);

		print_json(record);
	} else if (form == RECORD_CSV) {
		record_csv(guests, time_us, stdout);
	} else {
		record_plain(guests, time_us, stdout);
	}
	if (!fflush(stdout) && !ferror(stdout))
		return EXIT_OK;
	/* Nobody reads it any more. */
	if (ending_is_asked())
		return EXIT_FAILED;
	return client_complain(client, EXIT_FAILED, "standard output", NULL, strerror(errno));
}

static int print_record(struct client *client, const struct top *top, enum record_form form,
			const struct look *before, const struct look *after)
{
	const struct frame frame = {
		.client = client, .before = before, .after = after, .names = top->names
	};
	_cleanup_guests_ struct guests guests = { 0 };
	int status = top_guests(client, top, before, after, &guests);
	size_t all = guests.n;

	if (status != EXIT_OK)
		return status;
	drop_filtered(&guests, top->filter);
	status = write_record(client, form, &frame, &guests);
	guests.n = all;
	return status;
}

/* Until a time of CLOCK_MONOTONIC, or a signal. */
static void sleep_until(uint64_t time_us)
{
	const struct timespec time = { .tv_sec = (time_t)(time_us / S_US),
				       .tv_nsec = (long)(time_us % S_US) * 1000 };

	while (!ending_is_asked() &&
	       clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL) == EINTR)
		;
}

static bool may_go_on(void *data)
{
	return !ending_is_asked();
}

/* A newer look, once there is one; none if a signal comes. */
static int await_look(struct client *client, const struct top *top, const struct look *before,
		      struct look *ret)
{
	bool newer = false;
	int status = EXIT_OK;

	if (!top->ring)
		return look_await(client, before, ret);
	while (status == EXIT_OK && !newer) {
		status = top_take_newer(client, top, before, ret, &newer);
		if (!newer)
			sleep_until(monotonic_us() + RING_RETRY_US);
		if (ending_is_asked())
			return EXIT_FAILED;
	}
	return status;
}

/*
 * The next look. While kvrmd is not there that is said once, and it is waited for: what samples are written to
 * goes on when it is back.
 */
static int next_look(struct client *client, const struct top *top, const struct look *before,
		     uint64_t *due_us, struct look *ret)
{
	int status;

	do {
		*due_us += top->interval_us;
		/* No records in a hurry for those that were missed. */
		*due_us = *due_us > monotonic_us() ? *due_us : monotonic_us();
		sleep_until(*due_us);
		if (ending_is_asked())
			return EXIT_FAILED;
		status = client_reopen(client);
		if (status == EXIT_OK)
			status = await_look(client, top, before, ret);
		client->keep = status != EXIT_OK;
		if (status != EXIT_OK)
			sleep_until(monotonic_us() + KVRMD_MIN_US);
	} while (status != EXIT_OK);
	return EXIT_OK;
}

static int print_records(struct client *client, const struct top *top, enum record_form form)
{
	_cleanup_look_ struct look before = { 0 };
	uint64_t due_us = monotonic_us();
	int status = look_take(client, &before);

	if (status == EXIT_OK)
		status = look_check_names(client, top->names, &before);
	if (status == EXIT_OK && form == RECORD_CSV)
		record_csv_header(stdout);
	client->idle = may_go_on;
	client->no_start = true;
	/* The ring has a clock of its own: its first look is compared with none of kvrmd's. */
	if (status == EXIT_OK && top->ring)
		status = await_look(client, top, NULL, &before);
	for (uint64_t n = 0; status == EXIT_OK && (!top->count || n < top->count); n++) {
		_cleanup_look_ struct look after = { 0 };

		status = next_look(client, top, &before, &due_us, &after);
		if (status == EXIT_OK)
			status = print_record(client, top, form, &before, &after);
		look_deinit(&before);
		before = after;
		after = (struct look){ 0 };
	}
	return status;
}

static int refuse(const char *option, const char *value, const char *range)
{
	fprintf(stderr, "kvrmctl: top: --%s: '%s' is not %s\n", option, value, range);
	return EXIT_USAGE;
}

static int parse_interval(const char *text, uint64_t *ret)
{
	if (!text_to_multiple(text, strlen(text), S_US, ret) && *ret >= INTERVAL_MIN_US &&
	    *ret <= INTERVAL_MAX_US)
		return EXIT_OK;
	return refuse("interval", text, "0.01 to 3600 seconds");
}

static int parse_option(struct client *client, int option, char **argv, struct top *top)
{
	switch (option) {
	case 'i':
		return parse_interval(optarg, &top->interval_us);
	case 'c':
		return command_number(argv[0], "count", optarg, UINT32_MAX, &top->count);
	case 's':
		return order_parse(optarg, &top->order.key)
			       ? EXIT_OK
			       : refuse("sort", optarg, "one of " ORDER_NAMES);
	case 'r':
		top->order.reverse = true;
		return EXIT_OK;
	case 'f':
		top->filter = optarg;
		return strlen(optarg) < VIEW_FILTER_MAX
			       ? EXIT_OK
			       : refuse("filter", optarg, "a text of up to 63 characters");
	default:
		return command_option(client, option, argv);
	}
}

/* What cannot be shown is said before anything else is done. */
static int check_terminal(struct client *client)
{
	if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO))
		return EXIT_OK;
	return client_complain(client, EXIT_USAGE, "top", NULL,
			       "standard input and output are not a terminal; --batch, --csv and "
			       "--json do without one");
}

/** command_top() - kvrmctl top; see command.h */
int command_top(struct client *client, int argc, char **argv)
{
	static const struct option options[] = { { "interval", required_argument, NULL, 'i' },
						 { "count", required_argument, NULL, 'c' },
						 { "sort", required_argument, NULL, 's' },
						 { "reverse", no_argument, NULL, 'r' },
						 { "filter", required_argument, NULL, 'f' },
						 { "batch", no_argument, NULL, 'b' },
						 { "csv", no_argument, NULL, 'v' },
						 COMMON_OPTIONS };
	struct top top = { .interval_us = S_US, .filter = "" };
	struct top_ring ring = { 0 };
	bool batch = false, csv = false;
	int option, status = EXIT_OK;

	while (status == EXIT_OK &&
	       (option = getopt_long(argc, argv, "i:c:s:rf:bh", options, NULL)) >= 0) {
		batch |= option == 'b';
		csv |= option == 'v';
		if (option != 'b' && option != 'v')
			status = parse_option(client, option, argv, &top);
	}
	top.names = argv + optind;
	if (status == EXIT_OK && csv && client->json)
		status = client_complain(client, EXIT_USAGE, "top", NULL,
					 "--csv and --json exclude each other");
	if (status == EXIT_OK && !batch && !csv && !client->json)
		status = check_terminal(client);
	if (status == EXIT_OK)
		status = client_open(client);
	if (status != EXIT_OK)
		return status;
	ending_watch();
	if (top.interval_us < KVRMD_MIN_US) {
		status = top_ring_open(client, top.names, top.interval_us, &ring);
		top.ring = &ring;
	}
	if (status != EXIT_OK)
		return status;
	if (batch || csv || client->json)
		status = print_records(client, &top,
				       csv	      ? RECORD_CSV
				       : client->json ? RECORD_JSON
						      : RECORD_PLAIN);
	else
		status = top_live(client, &top);
	top_ring_close(client, &ring);
	ending_obey();
	return status;
}
