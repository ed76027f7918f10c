// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A machine without a scheduler, in place of sched.c: CPU time divides without end, and goes to
 * groups by their weights at every moment. What guests are off by here is the controller's doing.
 */
#include <stdlib.h>

#include "sched.h"

#define NO_LIMIT 1e9

/* A cgroup; the last one is above all others. Rates are CPUs, that is CPU time of a step. */
struct group {
	int parent;
	int first;
	int next;
	double weight;
	double limit;
	double want;
	double rate;
	double saved;
	bool capped;
	int runnable;
	struct sim_thread **threads;
	int n;
	int turn;
};

struct sim_sched {
	int cpus;
	int n;
	struct group *groups;
};

struct sim_sched *sim_sched_new(int cpus, int groups, bool cfs, uint64_t seed)
{
	struct sim_sched *sched = calloc(1, sizeof(*sched));

	sched->cpus = cpus;
	sched->n = groups;
	sched->groups = calloc(groups + 1, sizeof(*sched->groups));
	sched->groups[groups].first = -1;
	sched->groups[groups].limit = NO_LIMIT;
	return sched;
}

void sim_sched_free(struct sim_sched *sched)
{
	for (int i = 0; i < sched->n; i++)
		free(sched->groups[i].threads);
	free(sched->groups);
	free(sched);
}

/* @limit: CPUs; 0: none. */
void sim_group_init(struct sim_sched *sched, int group, int parent, double limit)
{
	struct group *g = &sched->groups[group];

	g->parent = parent < 0 ? sched->n : parent;
	g->limit = limit > 0 ? limit : NO_LIMIT;
	g->weight = 100;
	g->first = -1;
	g->next = sched->groups[g->parent].first;
	sched->groups[g->parent].first = group;
}

void sim_group_set_weight(struct sim_sched *sched, int group, uint32_t weight)
{
	sched->groups[group].weight = weight;
}

void sim_thread_init(struct sim_sched *sched, struct sim_thread *thread)
{
	struct group *group = &sched->groups[thread->group];

	group->threads = realloc(group->threads, (group->n + 1) * sizeof(struct sim_thread *));
	group->threads[group->n++] = thread;
}

void sim_thread_wake(struct sim_sched *sched, struct sim_thread *thread)
{
	sched->groups[thread->group].runnable += !thread->runnable;
	thread->runnable = true;
}

void sim_thread_sleep(struct sim_sched *sched, struct sim_thread *thread)
{
	sched->groups[thread->group].runnable -= thread->runnable;
	thread->runnable = false;
}

/* A thread uses one CPU at most; where it is pinned to does not matter here. */
static void gather(struct sim_sched *sched)
{
	for (int i = 0; i <= sched->n; i++)
		sched->groups[i].want = sched->groups[i].runnable;
	for (int i = sched->n - 1; i >= 0; i--) {
		struct group *group = &sched->groups[i];

		if (group->want > group->limit)
			group->want = group->limit;
		sched->groups[group->parent].want += group->want;
	}
}

/* Those that want less than their share have that; true: it leaves more to the others. */
static bool cap_some(struct sim_sched *sched, int parent, double *left, double level)
{
	bool some = false;

	for (int i = sched->groups[parent].first; i >= 0; i = sched->groups[i].next) {
		struct group *group = &sched->groups[i];

		if (group->capped || group->weight * level < group->want)
			continue;
		group->capped = true;
		group->rate = group->want;
		*left -= group->want;
		some = true;
	}
	return some;
}

static double weights_of(const struct sim_sched *sched, int parent)
{
	double sum = 0;

	for (int i = sched->groups[parent].first; i >= 0; i = sched->groups[i].next)
		sum += sched->groups[i].capped ? 0 : sched->groups[i].weight;
	return sum;
}

static void share_out(struct sim_sched *sched, int parent)
{
	double left = sched->groups[parent].rate, level = 0, weights;

	for (int i = sched->groups[parent].first; i >= 0; i = sched->groups[i].next)
		sched->groups[i].capped = false;
	do {
		weights = weights_of(sched, parent);
		level = weights > 0 ? left / weights : 0;
	} while (weights > 0 && cap_some(sched, parent, &left, level));
	for (int i = sched->groups[parent].first; i >= 0; i = sched->groups[i].next) {
		if (!sched->groups[i].capped)
			sched->groups[i].rate = sched->groups[i].weight * level;
	}
}

/* Whole steps of threads in turn; what is less is saved up. */
static void run(struct group *group)
{
	int steps;

	group->saved += group->rate;
	steps = group->saved;
	if (steps > group->runnable)
		steps = group->runnable;
	group->saved -= steps;
	if (group->saved > 1)
		group->saved = 1;
	for (int t = 0; t < group->n; t++) {
		struct sim_thread *thread = group->threads[(group->turn + t) % group->n];

		if (!thread->runnable)
			continue;
		thread->ran = steps > 0;
		thread->limited = !thread->ran && group->rate >= group->limit;
		steps -= thread->ran;
	}
	group->turn++;
}

void sim_sched_step(struct sim_sched *sched)
{
	struct group *top = &sched->groups[sched->n];

	gather(sched);
	top->rate = top->want < sched->cpus ? top->want : sched->cpus;
	share_out(sched, sched->n);
	for (int i = 0; i < sched->n; i++) {
		if (sched->groups[i].first >= 0)
			share_out(sched, i);
		else
			run(&sched->groups[i]);
	}
}

void sim_sched_offline(struct sim_sched *sched, int cpus, struct sim_thread *threads, int n)
{
	sched->cpus -= cpus;
}
