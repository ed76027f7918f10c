/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A model of the kernel's fair scheduler with cgroups, in steps of a millisecond; see
 * Documentation/simulation.md for what it has and what it leaves out.
 */
#ifndef KVRM_SIM_SCHED_H
#define KVRM_SIM_SCHED_H

#include <stdbool.h>
#include <stdint.h>

#define SIM_STEP_US 1000

/**
 * struct sim_thread - a thread
 * @group: cgroup it is in
 * @cpu: where it is queued, or was last
 * @first: the CPUs that it may run on begin here
 * @count: how many they are
 * @runnable: wants to run
 * @ran: ran in the last step
 * @limited: did not, because of its own group's limit
 */
struct sim_thread {
	int group;
	int cpu;
	int first;
	int count;
	bool runnable;
	bool ran;
	bool limited;
	struct sim_entity *entity;
};

struct sim_sched;

struct sim_sched *sim_sched_new(int cpus, int groups, bool cfs, uint64_t seed);
void sim_sched_free(struct sim_sched *sched);
void sim_group_init(struct sim_sched *sched, int group, int parent, double limit);
void sim_group_set_weight(struct sim_sched *sched, int group, uint32_t weight);
void sim_thread_init(struct sim_sched *sched, struct sim_thread *thread);
void sim_thread_wake(struct sim_sched *sched, struct sim_thread *thread);
void sim_thread_sleep(struct sim_sched *sched, struct sim_thread *thread);
void sim_sched_step(struct sim_sched *sched);
void sim_sched_offline(struct sim_sched *sched, int cpus, struct sim_thread *threads, int n);

#endif
