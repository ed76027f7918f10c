/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A simulated host: its tree of pools and guests, what guests want to do, and what came of it.
 */
#ifndef KVRM_SIM_H
#define KVRM_SIM_H

#include "kvrm/admit.h"
#include "kvrm/control.h"
#include "sched.h"

#define SIM_CPU_US    1000000ULL
#define SIM_TICK_MS   10
#define SIM_WINDOW_MS 100

/* What the threads of a guest do. */
enum sim_pattern {
	SIM_GREEDY, /* run */
	SIM_BURSTS, /* get work in bursts, that comes to a part of a CPU each */
	SIM_ON_OFF, /* run for some time, sleep for some time */
	SIM_CHEAT,  /* run, but sleep for 2 ms around each tick */
	SIM_IDLE,   /* sleep */
};

/**
 * struct sim_item - a pool or a guest
 * @node: what the code under test sees
 * @parent: index of its pool; -1: the root
 * @written: weight that its cgroup has
 * @pattern: of a guest; and, as far as the pattern needs it:
 * @duty: part of a CPU that a thread wants
 * @period_ms: between bursts, or from on to on
 * @on_ms: of each period
 * @phase_ms: when it begins
 * @threads: virtual CPUs
 * @first: CPU that they are pinned from
 * @count: CPUs that they are pinned to
 * @backlog_us: work of each thread
 * @want: what it demands now, CPUs
 * @due: what the oracle finds it due now, CPUs
 * @used_ms: CPU time since warm-up
 * @due_ms: what it was due since then
 * @window: CPU time in each of the last milliseconds
 * @steady_ms: for how long it has demanded its reservation
 * @worst: least part of its reservation in a window
 * @worst_awake: of those, in the first window after it woke
 * @windows: how many there were
 * @short_windows: in which it had less than 99 %
 */
struct sim_item {
	struct kvrm_node node;
	int parent;
	uint32_t written;
	enum sim_pattern pattern;
	double duty;
	int period_ms;
	int on_ms;
	int phase_ms;
	int threads;
	int first;
	int count;
	int thread;
	double *backlog_us;
	double want;
	double due;
	double used_ms;
	double due_ms;
	int window[SIM_WINDOW_MS];
	int in_window;
	int steady_ms;
	double worst;
	double worst_awake;
	uint64_t windows;
	uint64_t short_windows;
};

/**
 * struct sim - a host
 * @items: the root first, pools before what is in them
 * @offline_ms: when @offline CPUs go; 0: never
 * @reserved_max: part of the capacity that random guests may reserve
 * @host_threads: greedy threads outside of all pools
 */
struct sim {
	const char *name;
	int cpus;
	int n;
	struct sim_item *items;
	struct kvrm_control control;
	int offline;
	int offline_ms;
	int host_threads;
	double reserved_max;
	uint64_t seed;
};

struct sim *sim_new(const char *name, int cpus, int items_max);
int sim_add_pool(struct sim *sim, int parent, double reservation, double limit, uint32_t weight);
int sim_add_guest(struct sim *sim, int parent, int threads, double reservation, double limit,
		  uint32_t weight);
uint64_t sim_random(struct sim *sim, uint64_t n);
void sim_oracle(struct sim *sim, double capacity);

struct sim *sim_scenario(const char *name);

#endif
