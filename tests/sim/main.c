// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kvrm-sim [-c] [-v] [-t TRACE] SCENARIO MODE: simulate a host for 11 s, and say in one line, with
 * tabs, how it went. -c: CFS instead of EEVDF; -v: each guest, on stderr; -t: the first guest's use
 * over time into a file.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sim.h"

#define WARM_UP_MS 1000
#define END_MS	   11000
/* Below this, a deviation is not taken relative to what is due, CPUs. */
#define DUE_SMALL 0.05
#define TRACE_MS  50

enum mode {
	MODE_KVRM,   /* the loop */
	MODE_STATIC, /* kvrm_control_static(), once */
	MODE_PLAIN,  /* the asked weights */
};

struct run {
	struct sim *sim;
	struct sim_sched *sched;
	struct sim_thread *threads;
	int n_threads;
	enum mode mode;
	bool cfs;
	double capacity;
	uint64_t writes;
	double tick_ns[END_MS / SIM_TICK_MS];
	double host_ms;
	FILE *trace;
};

static bool is_guest(const struct sim_item *item)
{
	return !item->node.pool;
}

static struct kvrm_share *share_of(struct sim_item *item)
{
	return &item->node.share[KVRM_RESOURCE_CPU];
}

static void create(struct run *run)
{
	struct sim *sim = run->sim;
	int n = sim->host_threads, next = 0;

	for (int i = 0; i < sim->n; i++)
		n += sim->items[i].threads;
	run->threads = calloc(n, sizeof(*run->threads));
	run->n_threads = n;
	run->sched = sim_sched_new(sim->cpus, sim->n + 1, run->cfs, 7);
	for (int i = 0; i < sim->n; i++) {
		struct sim_item *item = &sim->items[i];
		uint64_t limit = share_of(item)->limit;

		sim_group_init(run->sched, i, item->parent,
			       limit == KVRM_UNLIMITED ? 0 : (double)limit / SIM_CPU_US);
		item->thread = next;
		item->backlog_us = calloc(item->threads + 1, sizeof(double));
		for (int t = 0; t < item->threads; t++, next++) {
			run->threads[next].group = i;
			run->threads[next].first = item->first;
			run->threads[next].count = item->count;
			sim_thread_init(run->sched, &run->threads[next]);
		}
	}
	sim_group_init(run->sched, sim->n, -1, 0);
	for (int t = 0; t < sim->host_threads; t++, next++) {
		run->threads[next].group = sim->n;
		run->threads[next].count = sim->cpus;
		sim_thread_init(run->sched, &run->threads[next]);
		sim_thread_wake(run->sched, &run->threads[next]);
	}
}

static bool is_on(const struct sim_item *item, int now)
{
	switch (item->pattern) {
	case SIM_GREEDY:
		return true;
	case SIM_ON_OFF:
		return (now + item->phase_ms) % item->period_ms < item->on_ms;
	case SIM_CHEAT:
		return (now + 1) % SIM_TICK_MS >= 2;
	default:
		return false;
	}
}

/* Work that comes in a whole number of steps. */
static void add_work(struct sim_item *item, int thread, int now)
{
	double burst = item->duty * item->period_ms * SIM_STEP_US;

	if ((now + item->phase_ms + thread * 17) % item->period_ms)
		return;
	item->backlog_us[thread] += burst;
	if (item->backlog_us[thread] > 2 * burst)
		item->backlog_us[thread] = 2 * burst;
}

static void wake_and_sleep(struct run *run, int now)
{
	for (int i = 0; i < run->sim->n; i++) {
		struct sim_item *item = &run->sim->items[i];
		bool on = is_on(item, now);

		for (int t = 0; t < item->threads; t++) {
			struct sim_thread *thread = &run->threads[item->thread + t];

			if (item->pattern == SIM_BURSTS) {
				add_work(item, t, now);
				on = item->backlog_us[t] >= SIM_STEP_US;
			}
			if (on)
				sim_thread_wake(run->sched, thread);
			else
				sim_thread_sleep(run->sched, thread);
		}
	}
}

/* What it demands when one looks at it from afar. */
static double want_of(const struct run *run, const struct sim_item *item, int now)
{
	double want = item->threads, most = item->count;

	if (most > run->capacity)
		most = run->capacity;
	if (item->pattern == SIM_BURSTS)
		want *= item->duty;
	else if (item->pattern != SIM_CHEAT && !is_on(item, now))
		want = 0;
	return want > most ? most : want;
}

static void ask_oracle(struct run *run, int now)
{
	bool changed = !now || now == run->sim->offline_ms;
	double host = run->sim->host_threads ? (double)run->sim->control.reserve / SIM_CPU_US : 0;

	for (int i = 0; i < run->sim->n; i++) {
		struct sim_item *item = &run->sim->items[i];
		double want = is_guest(item) ? want_of(run, item, now) : 0;

		changed = changed || (is_guest(item) && item->pattern == SIM_ON_OFF &&
				      (want > 0) != (item->want > 0));
		if (is_guest(item))
			item->want = want;
	}
	if (changed)
		sim_oracle(run->sim, run->capacity - host);
}

/* Whether it got its reservation, in each window in which it wanted it all the time. */
static void check_window(struct sim_item *item, int ran, int runnable, int now)
{
	double reserved = (double)share_of(item)->reservation / SIM_CPU_US, part;
	int slot = now % SIM_WINDOW_MS;

	item->in_window += ran - item->window[slot];
	item->window[slot] = ran;
	item->steady_ms = runnable >= reserved && runnable ? item->steady_ms + 1 : 0;
	if (reserved <= 0 || now < WARM_UP_MS || item->steady_ms < SIM_WINDOW_MS)
		return;
	part = item->in_window / (reserved * SIM_WINDOW_MS);
	item->windows++;
	item->short_windows += item->in_window + 3 < 0.99 * reserved * SIM_WINDOW_MS;
	if (part < item->worst)
		item->worst = part;
	if (item->steady_ms == SIM_WINDOW_MS && part < item->worst_awake)
		item->worst_awake = part;
}

static void account(struct run *run, int now)
{
	for (int i = 0; i < run->sim->n; i++) {
		struct sim_item *item = &run->sim->items[i];
		int ran = 0, runnable = 0, waited = 0;

		for (int t = 0; t < item->threads; t++) {
			struct sim_thread *thread = &run->threads[item->thread + t];

			ran += thread->ran;
			runnable += thread->runnable;
			waited += thread->runnable && !thread->ran && !thread->limited;
			if (thread->ran && item->pattern == SIM_BURSTS)
				item->backlog_us[t] -= SIM_STEP_US;
			thread->ran = thread->limited = false;
		}
		if (!is_guest(item))
			continue;
		item->node.flow.used_us += ran * SIM_STEP_US;
		item->node.flow.wait_us += waited * SIM_STEP_US;
		if (now >= WARM_UP_MS) {
			item->used_ms += ran;
			item->due_ms += item->due;
		}
		check_window(item, ran, runnable, now);
	}
	for (int t = run->n_threads - run->sim->host_threads; t < run->n_threads; t++) {
		run->host_ms += now >= WARM_UP_MS && run->threads[t].ran;
		run->threads[t].ran = false;
	}
}

static uint32_t wanted_weight(const struct run *run, const struct sim_item *item)
{
	return run->mode == MODE_PLAIN && item->parent >= 0
		       ? item->node.share[KVRM_RESOURCE_CPU].weight
		       : item->node.flow.weight;
}

static void write_weights(struct run *run, int now)
{
	for (int i = 0; i < run->sim->n; i++) {
		struct sim_item *item = &run->sim->items[i];
		uint32_t weight = wanted_weight(run, item);

		if (!kvrm_weight_differs(weight, item->written))
			continue;
		sim_group_set_weight(run->sched, i, weight);
		item->written = weight;
		run->writes += now >= WARM_UP_MS;
	}
}

static void control(struct run *run, int now)
{
	struct kvrm_node *root = &run->sim->items[0].node;
	struct timespec from, to;

	if (run->mode != MODE_KVRM) {
		if (!now)
			kvrm_control_static(root, &run->sim->control);
		write_weights(run, now);
		return;
	}
	clock_gettime(CLOCK_MONOTONIC, &from);
	kvrm_control_tick(root, &run->sim->control, SIM_TICK_MS * 1000);
	clock_gettime(CLOCK_MONOTONIC, &to);
	run->tick_ns[now / SIM_TICK_MS] =
		(to.tv_sec - from.tv_sec) * 1e9 + to.tv_nsec - from.tv_nsec;
	write_weights(run, now);
	for (int i = 0; i < run->sim->n; i++)
		run->sim->items[i].node.flow.used_us = run->sim->items[i].node.flow.wait_us = 0;
}

static void lose_cpus(struct run *run)
{
	struct sim *sim = run->sim;

	sim_sched_offline(run->sched, sim->offline, run->threads, run->n_threads);
	run->capacity -= sim->offline;
	sim->control.capacity -= sim->offline * SIM_CPU_US;
	share_of(&sim->items[0])->reservation -= sim->offline * SIM_CPU_US;
}

/* Use of the first guest, over time. */
static void trace(struct run *run, int now)
{
	static double before;
	struct sim_item *item = &run->sim->items[1];

	if (!run->trace || now < WARM_UP_MS || (now % TRACE_MS))
		return;
	if (now > WARM_UP_MS)
		fprintf(run->trace, "%d\t%.3f\n", now - WARM_UP_MS,
			(item->used_ms - before) / TRACE_MS);
	before = item->used_ms;
}

static void simulate(struct run *run)
{
	for (int now = 0; now < END_MS; now++) {
		if (now && now == run->sim->offline_ms)
			lose_cpus(run);
		if (!(now % 10))
			ask_oracle(run, now);
		if (!(now % SIM_TICK_MS))
			control(run, now);
		trace(run, now);
		wake_and_sleep(run, now);
		sim_sched_step(run->sched);
		account(run, now);
	}
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double deviation_of(const struct sim_item *item)
{
	double small = DUE_SMALL * (END_MS - WARM_UP_MS);

	return (item->used_ms - item->due_ms) / fmax(item->due_ms, small);
}

static void print_part(double part)
{
	if (part > 1e6)
		printf("\t-");
	else
		printf("\t%.1f", part * 100);
}

static void report(struct run *run, const char *mode)
{
	const struct sim *sim = run->sim;
	double *all = calloc(sim->n, sizeof(double)), *ticks = run->tick_ns;
	double mean = 0, cheat = 0, worst = 1e9, awake = 1e9, due = 0, used = 0;
	uint64_t windows = 0, missed = 0;
	int n = 0;

	for (int i = 0; i < sim->n; i++) {
		const struct sim_item *item = &sim->items[i];

		if (!is_guest(item))
			continue;
		all[n] = fabs(deviation_of(item));
		mean += all[n++];
		worst = fmin(worst, item->worst);
		awake = fmin(awake, item->worst_awake);
		windows += item->windows;
		missed += item->short_windows;
		due += item->due_ms;
		used += item->used_ms;
		if (item->pattern == SIM_CHEAT)
			cheat = fmax(cheat, item->used_ms / item->due_ms);
	}
	qsort(all, n, sizeof(all[0]), by_value);
	printf("%s\t%s\t%d\t%d\t%.2f\t%.2f\t%.2f", sim->name, mode, sim->cpus, n, 100 * mean / n,
	       100 * all[(n - 1) * 99 / 100], 100 * all[n - 1]);
	print_part(worst);
	print_part(awake);
	print_part(windows ? (double)missed / windows : 1e9);
	qsort(ticks, END_MS / SIM_TICK_MS, sizeof(ticks[0]), by_value);
	printf("\t%.0f\t%.0f\t%.0f", ticks[END_MS / SIM_TICK_MS / 2],
	       ticks[END_MS / SIM_TICK_MS / 2] / sim->n,
	       run->writes * 1000.0 / (END_MS - WARM_UP_MS));
	printf("\t%.3f", used / due);
	if (cheat > 0)
		printf("\tcheat %.3f", cheat);
	if (sim->host_threads)
		printf("\thost %.3f", run->host_ms / (END_MS - WARM_UP_MS));
	printf("\n");
	free(all);
}

static void explain(const struct run *run)
{
	for (int i = 0; i < run->sim->n; i++) {
		struct sim_item *item = &run->sim->items[i];

		if (!is_guest(item))
			continue;
		fprintf(stderr, "%d pool %d pattern %d threads %d weight %u reservation %.2f", i,
			item->parent, item->pattern, item->threads, share_of(item)->weight,
			share_of(item)->reservation / 1e6);
		fprintf(stderr, " due %.3f used %.3f deviation %.1f %% applied %u credit %ld us",
			item->due_ms / (END_MS - WARM_UP_MS), item->used_ms / (END_MS - WARM_UP_MS),
			100 * deviation_of(item), item->written, (long)item->node.flow.credit_us);
		if (item->windows)
			fprintf(stderr, " windows %llu short %llu worst %.2f",
				(unsigned long long)item->windows,
				(unsigned long long)item->short_windows, item->worst);
		fprintf(stderr, "\n");
	}
}

static int usage(void)
{
	fprintf(stderr, "usage: kvrm-sim [-c] [-v] [-t TRACE] SCENARIO kvrm|static|plain\n");
	return 2;
}

int main(int argc, char **argv)
{
	static const char *const modes[] = { "kvrm", "static", "plain" };
	struct run run = { .mode = MODE_KVRM };
	bool verbose = false;
	int option;

	while ((option = getopt(argc, argv, "cvt:")) != -1) {
		if (option == 'c')
			run.cfs = true;
		else if (option == 'v')
			verbose = true;
		else if (option != 't' || !(run.trace = fopen(optarg, "w")))
			return usage();
	}
	if (argc - optind != 2 || !(run.sim = sim_scenario(argv[optind])))
		return usage();
	while (strcmp(modes[run.mode], argv[optind + 1])) {
		if (run.mode++ == MODE_PLAIN)
			return usage();
	}
	run.capacity = run.sim->cpus;
	create(&run);
	simulate(&run);
	report(&run, modes[run.mode]);
	if (verbose)
		explain(&run);
	if (run.trace)
		fclose(run.trace);
	sim_sched_free(run.sched);
	return 0;
}
