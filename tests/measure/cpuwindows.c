// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cpuwindows: how much of the processor cgroups get in every window of a time, or how many bytes come out
 * of taps.
 *
 *	cpuwindows [--seconds S] [--step-us U] [--window-us W] [--clock stat|perf|bytes] DIRECTORY...
 *
 * Reads each cgroup's cpu.stat every step and looks at all windows that begin at one. cpu.stat is
 * brought up to date at the scheduler's ticks and switches, so each reading may be late by a tick for
 * each CPU that the cgroup runs on. The clocks of perf are exact to the moment, but interrupts during
 * the cgroup's time are in them, too. Prints a line for each, rates in us of CPU time per second:
 *
 *	NAME rate=N window-min=N window-p5=N window-p95=N window-max=N window-mean=N freeze-us=N
 *		windows=N unclear=N
 *
 * With --clock bytes a DIRECTORY is that of a network device in /sys, and rates are in bytes per second.
 *
 * Windows in which this program, which has a real-time priority above all that it measures, was
 * late or slow by more than LATE_US do not count: then the machine itself stood still, as emulated
 * ones do. Of these there are unclear many. p5 and p95: a twentieth of the windows is below, above.
 * freeze-us: the longest time in which it did not run at all, as far as steps and ticks tell.
 */
#include <err.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define CGROUPS_MAX 16
#define CPUS_MAX    16
#define LATE_US	    4000

struct sample {
	uint64_t at_ns;
	uint64_t used_ns;
	bool clear;
};

struct cgroup {
	const char *path;
	int stat;
	int clocks[CPUS_MAX];
	struct sample *samples;
};

static uint64_t seconds = 10, step_us = 10000, window_us = 100000;
/* Of how many CPUs the clocks are read; 0: cpu.stat is. */
static long perf_cpus;
/* What a tap has sent, a byte for a us. */
static bool bytes;

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void open_stat(struct cgroup *c)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", c->path, bytes ? "statistics/tx_bytes" : "cpu.stat");
	c->stat = open(path, O_RDONLY | O_CLOEXEC);
	if (c->stat < 0)
		err(1, "%s", path);
}

static void open_clocks(struct cgroup *c)
{
	struct perf_event_attr attr = { .type = PERF_TYPE_SOFTWARE,
					.size = sizeof(attr),
					.config = PERF_COUNT_SW_CPU_CLOCK };
	int directory = open(c->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (directory < 0)
		err(1, "%s", c->path);
	for (long cpu = 0; cpu < perf_cpus; cpu++) {
		c->clocks[cpu] = (int)syscall(SYS_perf_event_open, &attr, directory, cpu, -1,
					      PERF_FLAG_PID_CGROUP | PERF_FLAG_FD_CLOEXEC);
		if (c->clocks[cpu] < 0)
			err(1, "perf clock of %s on CPU %ld", c->path, cpu);
	}
	close(directory);
}

static uint64_t read_clocks_ns(const struct cgroup *c)
{
	uint64_t sum = 0, count;

	for (long cpu = 0; cpu < perf_cpus; cpu++) {
		if (read(c->clocks[cpu], &count, sizeof(count)) != sizeof(count))
			err(1, "perf clock of %s on CPU %ld", c->path, cpu);
		sum += count;
	}
	return sum;
}

static uint64_t read_stat_ns(const struct cgroup *c)
{
	char text[1024];
	const char *key;
	ssize_t n = pread(c->stat, text, sizeof(text) - 1, 0);

	if (n < 0)
		err(1, "cpu.stat of %s", c->path);
	text[n] = '\0';
	key = strstr(text, "usage_usec ");
	if (!key)
		errx(1, "cpu.stat of %s has no usage_usec", c->path);
	return strtoull(key + strlen("usage_usec "), NULL, 10) * 1000;
}

static uint64_t read_bytes(const struct cgroup *c)
{
	char text[32];
	ssize_t n = pread(c->stat, text, sizeof(text) - 1, 0);

	if (n < 0)
		err(1, "tx_bytes of %s", c->path);
	text[n] = '\0';
	return strtoull(text, NULL, 10) * 1000;
}

static uint64_t read_used_ns(const struct cgroup *c)
{
	if (bytes)
		return read_bytes(c);
	return perf_cpus ? read_clocks_ns(c) : read_stat_ns(c);
}

static void be_on_time(void)
{
	struct sched_param param = { .sched_priority = 10 };

	if (mlockall(MCL_CURRENT | MCL_FUTURE) || sched_setscheduler(0, SCHED_FIFO, &param))
		err(1, "real-time priority");
}

static void measure(struct cgroup *cgroups, size_t n, size_t n_samples)
{
	uint64_t next = now_ns();

	for (size_t s = 0; s < n_samples; s++, next += step_us * 1000) {
		struct timespec until = { .tv_sec = (time_t)(next / 1000000000),
					  .tv_nsec = (long)(next % 1000000000) };

		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
		for (size_t i = 0; i < n; i++) {
			struct sample *sample = &cgroups[i].samples[s];

			sample->at_ns = now_ns();
			sample->used_ns = read_used_ns(&cgroups[i]);
			sample->clear = now_ns() - next < LATE_US * 1000;
		}
		/* After a stand-still go on from here, and let others run in between. */
		if (now_ns() > next + step_us * 1000)
			next = now_ns();
	}
}

static uint64_t rate(const struct sample *from, const struct sample *to)
{
	return (to->used_ns - from->used_ns) * 1000000 / (to->at_ns - from->at_ns);
}

static const char *name_of(const struct cgroup *c)
{
	return strrchr(c->path, '/') ? strrchr(c->path, '/') + 1 : c->path;
}

/* The longest time without running, and without a stand-still of the machine in it. */
static uint64_t longest_freeze(const struct sample *s, size_t n_samples)
{
	uint64_t freeze = 0, since = s[0].at_ns;

	for (size_t i = 1; i < n_samples; i++) {
		/* Less than a tenth of a step is the price of a reading. */
		if (!s[i].clear || !s[i - 1].clear ||
		    (s[i].used_ns - s[i - 1].used_ns) * 10 > step_us * 1000)
			since = s[i].at_ns;
		else if (s[i].at_ns - since > freeze)
			freeze = s[i].at_ns - since;
	}
	return freeze / 1000;
}

static int compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* The rates of all clear windows, sorted; how many are not clear. */
static size_t window_rates(const struct sample *s, size_t n_samples, uint64_t *rates,
			   size_t *ret_unclear)
{
	size_t end = 0, clear = 0, windows = 0, unclear = 0;

	/* How many of the samples from i to end are clear is kept up to date. */
	for (size_t i = 0; i < n_samples; i++) {
		while (end < n_samples &&
		       (end <= i || s[end - 1].at_ns - s[i].at_ns < window_us * 1000))
			clear += s[end++].clear;
		if (s[end - 1].at_ns - s[i].at_ns < window_us * 1000)
			break;
		if (clear == end - i)
			rates[windows++] = rate(&s[i], &s[end - 1]);
		else
			unclear++;
		clear -= s[i].clear;
	}
	qsort(rates, windows, sizeof(*rates), compare);
	*ret_unclear = unclear;
	return windows;
}

static uint64_t mean_of(const uint64_t *rates, size_t n)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += rates[i];
	return n ? sum / n : 0;
}

static void report(const struct cgroup *c, size_t n_samples)
{
	uint64_t *rates = calloc(n_samples + 1, sizeof(*rates));
	size_t unclear = 0, n;

	if (!rates)
		err(1, "memory");
	n = window_rates(c->samples, n_samples, rates, &unclear);
	printf("%s rate=%lu window-min=%lu window-p5=%lu window-p95=%lu window-max=%lu "
	       "window-mean=%lu freeze-us=%lu windows=%zu unclear=%zu\n",
	       name_of(c), rate(&c->samples[0], &c->samples[n_samples - 1]), n ? rates[0] : 0,
	       rates[n / 20], n ? rates[n - 1 - n / 20] : 0, n ? rates[n - 1] : 0,
	       mean_of(rates, n), longest_freeze(c->samples, n_samples), n, unclear);
	free(rates);
}

static void usage(void)
{
	fprintf(stderr, "usage: cpuwindows [--seconds S] [--step-us U] [--window-us W] "
			"[--clock stat|perf|bytes] DIRECTORY...\n");
	exit(64);
}

static void choose_clock(const char *name)
{
	if (!strcmp(name, "perf"))
		perf_cpus = sysconf(_SC_NPROCESSORS_CONF);
	else if (!strcmp(name, "bytes"))
		bytes = true;
	else if (strcmp(name, "stat"))
		usage();
	if (perf_cpus > CPUS_MAX)
		errx(1, "more than %d CPUs", CPUS_MAX);
}

int main(int argc, char **argv)
{
	static struct cgroup cgroups[CGROUPS_MAX];
	size_t n = 0, n_samples;

	for (int i = 1; i < argc; i++) {
		if (i + 1 < argc && !strcmp(argv[i], "--seconds"))
			seconds = strtoull(argv[++i], NULL, 10);
		else if (i + 1 < argc && !strcmp(argv[i], "--step-us"))
			step_us = strtoull(argv[++i], NULL, 10);
		else if (i + 1 < argc && !strcmp(argv[i], "--window-us"))
			window_us = strtoull(argv[++i], NULL, 10);
		else if (i + 1 < argc && !strcmp(argv[i], "--clock"))
			choose_clock(argv[++i]);
		else if (n == CGROUPS_MAX)
			usage();
		else if (argv[i][0] == '-')
			usage();
		else
			cgroups[n++].path = argv[i];
	}
	if (!n || !seconds || !step_us)
		usage();
	n_samples = seconds * 1000000 / step_us;
	for (size_t i = 0; i < n; i++) {
		if (perf_cpus)
			open_clocks(&cgroups[i]);
		else
			open_stat(&cgroups[i]);
		cgroups[i].samples = calloc(n_samples, sizeof(struct sample));
		if (!cgroups[i].samples)
			err(1, "memory");
	}
	be_on_time();
	measure(cgroups, n, n_samples);
	for (size_t i = 0; i < n; i++)
		report(&cgroups[i], n_samples);
	return 0;
}
