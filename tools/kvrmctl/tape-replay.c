// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kvrmctl replay: what a file of samples tells, as top tells of what is now.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tools/kvrmctl/command.h"
#include "tools/kvrmctl/ending.h"
#include "tools/kvrmctl/gather.h"
#include "tools/kvrmctl/guest.h"
#include "tools/kvrmctl/look.h"
#include "tools/kvrmctl/print.h"
#include "tools/kvrmctl/record.h"
#include "tools/kvrmctl/tape.h"
#include "tools/kvrmctl/value.h"

/**
 * struct replay - one run of replay
 * @client: for complaints, and whether as JSON
 * @form: of what is written
 * @path: of the file
 * @names: systems; empty: all
 * @tape: being read
 * @gather: what it told
 * @before: the look before the last one
 * @lost: records that were lost
 */
struct replay {
	struct client *client;
	enum record_form form;
	const char *path;
	char **names;
	struct tape tape;
	struct gather gather;
	struct look before;
	uint64_t lost;
};

static int complain(struct replay *p, int r)
{
	const char *why = strerror(-r);

	if (r == -EPROTO)
		why = "it is no file of samples";
	else if (r == -EPROTONOSUPPORT)
		why = "it is newer than this kvrmctl";
	else if (r == -ENODATA)
		why = "it ends too early: what is missing was not written";
	else if (r == -EBADMSG)
		why = "it is damaged";
	return client_complain(p->client, EXIT_FAILED, p->path, NULL, why);
}

/* Those that this round tells nothing of go behind, for whoever frees them. */
static size_t keep_measured(struct guests *guests)
{
	size_t kept = 0;

	for (size_t i = 0; i < guests->n; i++) {
		struct guest guest = guests->item[i];

		if (!guest_is_measured(&guest))
			continue;
		guests->item[i] = guests->item[kept];
		guests->item[kept++] = guest;
	}
	return kept;
}

static int write_guests(struct replay *p, const struct frame *frame, const struct guests *guests)
{
	uint64_t time_us = (uint64_t)((int64_t)p->gather.time_ns + p->tape.realtime_ns) / 1000;

	if (p->form == RECORD_JSON) {
		_cleanup_value_ struct json_object *record = record_object(frame, guests, time_us);

		print_json(record);
	} else if (p->form == RECORD_CSV) {
		record_csv(guests, time_us, stdout);
	} else {
		record_plain(guests, time_us, stdout);
	}
	if (!ferror(stdout))
		return EXIT_OK;
	return client_complain(p->client, EXIT_FAILED, "standard output", NULL, strerror(errno));
}

/* The round that was gathered, if it tells of anybody for whom there is one before. */
static int show_round(struct replay *p)
{
	_cleanup_guests_ struct guests guests = { 0 };
	_cleanup_look_ struct look after = { 0 };
	struct frame frame = {
		.client = p->client, .before = &p->before, .after = &after, .names = p->names
	};
	size_t all;
	int status = EXIT_OK;

	gather_take(&p->gather, &after);
	if (guests_build(&frame, &guests) < 0)
		return client_complain(p->client, EXIT_FAILED, NULL, NULL, strerror(ENOMEM));
	all = guests.n;
	guests.n = keep_measured(&guests);
	if (guests.n)
		status = write_guests(p, &frame, &guests);
	guests.n = all;
	guests_deinit(&guests);
	look_deinit(&p->before);
	p->before = after;
	after = (struct look){ 0 };
	return status;
}

/* Complains of a name that nobody has of whom anything was told. */
static int check_names(struct replay *p)
{
	_cleanup_look_ struct look all = { 0 };

	gather_take(&p->gather, &all);
	return look_check_names(p->client, p->names, &all);
}

static int show_all(struct replay *p)
{
	_Alignas(8) unsigned char record[KVRM_SAMPLES_RECORD_MAX];
	int status = EXIT_OK, r = 0;

	while (status == EXIT_OK && !ending_is_asked() && (r = tape_read(&p->tape, record)) > 0) {
		const struct kvrm_samples_record *head = (struct kvrm_samples_record *)record;

		p->lost += tape_lost(record);
		if (head->kind >= TAPE_LOST)
			continue;
		if (gather_is_over(&p->gather, head))
			status = show_round(p);
		gather_add(&p->gather, head);
	}
	/* What was told before it ended, or was damaged, is shown. */
	if (status == EXIT_OK && p->gather.any && !ending_is_asked())
		status = show_round(p);
	fflush(stdout);
	if (status == EXIT_OK && p->lost)
		fprintf(stderr, "%" PRIu64 " records were lost when it was recorded\n", p->lost);
	if (status == EXIT_OK && r < 0)
		return complain(p, r);
	return status == EXIT_OK && !ending_is_asked() ? check_names(p) : status;
}

static int open_file(struct replay *p)
{
	int fd = strcmp(p->path, "-") ? open(p->path, O_RDONLY | O_CLOEXEC) : dup(STDIN_FILENO);
	int r = fd < 0 ? -errno : tape_open(&p->tape, fd);

	if (fd >= 0)
		close(fd);
	return r < 0 ? complain(p, r) : EXIT_OK;
}

static int parse(struct replay *p, int argc, char **argv)
{
	static const struct option options[] = { { "csv", no_argument, NULL, 'v' },
						 COMMON_OPTIONS };
	int option, status = EXIT_OK;

	while (status == EXIT_OK && (option = getopt_long(argc, argv, "h", options, NULL)) >= 0) {
		if (option == 'v')
			p->form = RECORD_CSV;
		else
			status = command_option(p->client, option, argv);
	}
	if (status == EXIT_OK)
		status = command_arguments(argc, argv, 1, argc);
	if (status == EXIT_OK && p->form == RECORD_CSV && p->client->json)
		status = client_complain(p->client, EXIT_USAGE, "replay", NULL,
					 "--csv and --json exclude each other");
	if (status != EXIT_OK)
		return status;
	if (p->client->json)
		p->form = RECORD_JSON;
	p->path = argv[optind];
	p->names = argv + optind + 1;
	return EXIT_OK;
}

/** command_replay() - kvrmctl replay; see command.h */
int command_replay(struct client *client, int argc, char **argv)
{
	struct replay p = { .client = client, .form = RECORD_PLAIN };
	int status = parse(&p, argc, argv);

	if (status != EXIT_OK)
		return status;
	ending_watch();
	status = open_file(&p);
	if (status == EXIT_OK) {
		gather_init(&p.gather, &p.tape.ring);
		if (p.form == RECORD_CSV)
			record_csv_header(stdout);
		status = show_all(&p);
	}
	gather_deinit(&p.gather);
	look_deinit(&p.before);
	tape_close(&p.tape);
	ending_obey();
	return status;
}
