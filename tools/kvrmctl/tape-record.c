// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kvrmctl record: from the sample ring to a file.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "daemon/util/clock.h"
#include "tools/kvrmctl/command.h"
#include "tools/kvrmctl/ending.h"
#include "tools/kvrmctl/sample-rate.h"
#include "tools/kvrmctl/tape.h"
#include "tools/kvrmctl/wanted.h"

/* Between looks at the ring. */
#define PAUSE_NS    (10 * INT64_C(1000000))
#define SECONDS_MAX (366 * UINT64_C(86400))

/**
 * struct recording - one run of record
 * @client: for complaints
 * @rate_hz: to be asked for; 0: as it is
 * @seconds: for how long; 0: until it is ended
 * @path: of the file; NULL: standard output
 * @names: systems; empty: all
 * @ring: open
 * @tape: being written
 * @wanted: which records are
 * @records: written
 */
struct recording {
	struct client *client;
	uint64_t rate_hz;
	uint64_t seconds;
	const char *path;
	char **names;
	struct kvrm_samples ring;
	struct tape tape;
	struct wanted wanted;
	uint64_t records;
};

static int open_ring(struct recording *rec)
{
	int r = kvrm_samples_open(&rec->ring, KVRM_SAMPLES_DEVICE);
	const char *why = strerror(-r);

	if (!r)
		return EXIT_OK;
	if (r == -ENOENT)
		why = "not there: the module kvrm is not loaded, or older";
	else if (r == -EACCES || r == -EPERM)
		why = "only root and members of the group kvrm may read it";
	else if (r == -EPROTONOSUPPORT)
		why = "the module is newer than this kvrmctl";
	return client_complain(rec->client, r == -EACCES || r == -EPERM ? EXIT_ACCESS : EXIT_FAILED,
			       KVRM_SAMPLES_DEVICE, NULL, why);
}

static int file_failed(struct recording *rec, int r)
{
	return client_complain(rec->client, EXIT_FAILED, rec->path ? rec->path : "standard output",
			       NULL, strerror(-r));
}

static int open_file(struct recording *rec)
{
	int fd = STDOUT_FILENO, r;

	if (rec->path)
		fd = open(rec->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	if (fd < 0)
		return file_failed(rec, -errno);
	r = tape_create(&rec->tape, fd, &rec->ring);
	if (rec->path)
		close(fd);
	return r < 0 ? file_failed(rec, r) : EXIT_OK;
}

/* All that there is now. Returns 0 or a negative errno. */
static int drain(struct recording *rec)
{
	_Alignas(8) unsigned char record[KVRM_SAMPLES_RECORD_MAX];
	uint64_t lost = rec->ring.lost;

	while (kvrm_samples_next(&rec->ring, record)) {
		int r = 0;

		if (rec->ring.lost != lost)
			r = tape_write_lost(&rec->tape, rec->ring.lost - lost);
		lost = rec->ring.lost;
		if (r < 0)
			return r;
		if (!wanted_takes(&rec->wanted, (struct kvrm_samples_record *)record))
			continue;
		r = tape_write(&rec->tape, record);
		if (r < 0)
			return r;
		rec->records++;
	}
	return 0;
}

static int go_on(struct recording *rec)
{
	const struct timespec pause = { .tv_nsec = PAUSE_NS };
	uint64_t end_us = monotonic_us() + rec->seconds * 1000000;
	int r = 0;

	while (!r && !ending_is_asked() && (!rec->seconds || monotonic_us() < end_us)) {
		nanosleep(&pause, NULL);
		r = drain(rec);
	}
	return r;
}

static int tell(struct recording *rec)
{
	const char *missing = wanted_missing(&rec->wanted);

	if (missing)
		return client_complain(rec->client, EXIT_NOT_FOUND, missing, NULL,
				       "no virtual system of this name was sampled");
	fprintf(stderr, "%" PRIu64 " records of %zu virtual systems, %" PRIu64 " lost\n",
		rec->records, wanted_count(&rec->wanted), rec->ring.lost);
	return EXIT_OK;
}

static int run(struct recording *rec)
{
	_cleanup_rates_ struct sample_rates rates = { 0 };
	int status = EXIT_OK, r;

	if (rec->rate_hz)
		status = sample_rates_set(rec->client, rec->names, (uint32_t)rec->rate_hz, false,
					  &rates);
	if (status != EXIT_OK)
		return status;
	r = go_on(rec);
	if (!r)
		r = tape_finish(&rec->tape);
	status = sample_rates_restore(rec->client, &rates);
	if (r < 0)
		return file_failed(rec, r);
	return status == EXIT_OK ? tell(rec) : status;
}

static int parse(struct recording *rec, int argc, char **argv)
{
	static const struct option options[] = { { "rate", required_argument, NULL, 'r' },
						 { "seconds", required_argument, NULL, 's' },
						 { "output", required_argument, NULL, 'o' },
						 COMMON_OPTIONS };
	int option, status = EXIT_OK;

	while (status == EXIT_OK &&
	       (option = getopt_long(argc, argv, "r:s:o:h", options, NULL)) >= 0) {
		if (option == 'r')
			status = command_number(argv[0], "rate", optarg, KVRM_SAMPLE_RATE_MAX_HZ,
						&rec->rate_hz);
		else if (option == 's')
			status = command_number(argv[0], "seconds", optarg, SECONDS_MAX,
						&rec->seconds);
		else if (option == 'o')
			rec->path = optarg;
		else
			status = command_option(rec->client, option, argv);
	}
	rec->names = argv + optind;
	if (status == EXIT_OK && !rec->path && isatty(STDOUT_FILENO))
		status = client_complain(rec->client, EXIT_USAGE, "record", NULL,
					 "a file of samples is nothing for a terminal; --output "
					 "says where it goes");
	return status;
}

/** command_record() - kvrmctl record; see command.h */
int command_record(struct client *client, int argc, char **argv)
{
	struct recording rec = { .client = client };
	int status = parse(&rec, argc, argv);

	if (status == EXIT_OK)
		status = open_ring(&rec);
	if (status != EXIT_OK)
		return status;
	wanted_init(&rec.wanted, &rec.ring, rec.names);
	status = open_file(&rec);
	/* A signal ends it well. */
	ending_watch();
	if (status == EXIT_OK)
		status = run(&rec);
	tape_close(&rec.tape);
	wanted_deinit(&rec.wanted);
	kvrm_samples_close(&rec.ring);
	return status;
}
