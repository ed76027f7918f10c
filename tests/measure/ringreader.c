// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ringreader: reads the sample ring for a while, as a collector does, and tells what came and what did not.
 *
 *	ringreader SECONDS [EVERY_MS]	looks every so often (20)
 *
 * Begins a second after it has opened the ring. Prints one line of key=value words: seconds that it took; guests and
 * vcpus, records of either kind that it has read; missed, samples of a guest that the module did not take because their
 * time had passed; lost, records that were overwritten before they were read here; cpu-us, CPU time of the reader.
 */
#include <err.h>
#include <errno.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "kvrm/samples.h"

#define SECOND_NS   1000000000ULL
#define SECONDS_MAX 3600
#define EVERY_MS    20
#define EVERY_MAX   1000
/* Guests are seen within 100 ms. */
#define WARM_UP_NS SECOND_NS

struct tally {
	uint64_t guests;
	uint64_t vcpus;
};

static uint64_t clock_of(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * SECOND_NS + (uint64_t)now.tv_nsec;
}

static unsigned long number(const char *text, unsigned long most)
{
	char *end;
	unsigned long value;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (errno || *end || !*text || value < 1 || value > most)
		errx(64, "a number from 1 to %lu, not '%s'", most, text);
	return value;
}

static uint64_t missed_in(const struct kvrm_samples *s)
{
	return __atomic_load_n(&kvrm_samples_header_of(s)->missed, __ATOMIC_RELAXED);
}

/* For so long; also what is there at the end. */
static void read_ring(struct kvrm_samples *s, uint64_t for_ns, unsigned long every_ms,
		      struct tally *tally)
{
	alignas(8) unsigned char record[KVRM_SAMPLES_RECORD_MAX];
	uint64_t until_ns = clock_of(CLOCK_MONOTONIC) + for_ns;

	do {
		usleep((useconds_t)every_ms * 1000);
		while (kvrm_samples_next(s, record)) {
			uint32_t kind = ((const struct kvrm_samples_record *)record)->kind;

			tally->guests += kind == KVRM_SAMPLES_GUEST;
			tally->vcpus += kind == KVRM_SAMPLES_VCPU;
		}
	} while (clock_of(CLOCK_MONOTONIC) < until_ns);
}

int main(int argc, char **argv)
{
	unsigned long seconds, every_ms = EVERY_MS;
	struct tally warm_up = { 0 }, tally = { 0 };
	uint64_t began_ns, cpu_ns, missed;
	struct kvrm_samples s;
	int r;

	if (argc < 2 || argc > 3)
		errx(64, "usage: ringreader SECONDS [EVERY_MS]");
	seconds = number(argv[1], SECONDS_MAX);
	if (argc == 3)
		every_ms = number(argv[2], EVERY_MAX);
	r = kvrm_samples_open(&s, KVRM_SAMPLES_DEVICE);
	if (r < 0)
		errx(1, "%s: %s", KVRM_SAMPLES_DEVICE, strerror(-r));
	read_ring(&s, WARM_UP_NS, every_ms, &warm_up);
	s.lost = 0;
	missed = missed_in(&s);
	began_ns = clock_of(CLOCK_MONOTONIC);
	cpu_ns = clock_of(CLOCK_PROCESS_CPUTIME_ID);
	read_ring(&s, seconds * SECOND_NS, every_ms, &tally);
	missed = missed_in(&s) - missed;
	printf("seconds=%.3f guests=%llu vcpus=%llu missed=%llu lost=%llu cpu-us=%llu\n",
	       (double)(clock_of(CLOCK_MONOTONIC) - began_ns) / SECOND_NS,
	       (unsigned long long)tally.guests, (unsigned long long)tally.vcpus,
	       (unsigned long long)missed, (unsigned long long)s.lost,
	       (unsigned long long)(clock_of(CLOCK_PROCESS_CPUTIME_ID) - cpu_ns) / 1000);
	kvrm_samples_close(&s);
	return 0;
}
