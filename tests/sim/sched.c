// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A model of the kernel's fair scheduler with cgroups; see sched.h.
 */
#include <stdlib.h>

#include "sched.h"

#define NICE_0	       1024.0
#define SHARES_MIN     2.0
#define SLICE_STEPS    3
#define PERIOD_STEPS   10
#define BANDWIDTH_US   5000.0
#define SLACK_US       1000.0
#define LOAD_STEPS     2
#define LOAD_DECAY     0.9576 /* two of 32 steps of a half-life */
#define CLUSTER	       16
#define BALANCE_STEPS  32
#define CLUSTERS_STEPS 64
#define MOVES_MAX      32
#define NO_LIMIT       1e18

/* A thread on its CPU, a group on a CPU, or a CPU's queue. */
struct sim_entity {
	struct sim_entity *parent;
	struct sim_entity *first;
	struct sim_entity *next;
	struct sim_entity *prev;
	struct sim_thread *thread;
	int group;
	int cpu;
	int queued_members;
	bool queued;
	bool throttled;
	bool listed;
	double vruntime;
	double deadline;
	double lag;
	double min_vruntime; /* of its members; as is the next */
	double members_weight;
	double weight;
	double load;
	double bandwidth_us;
};

/* A cgroup: what it has on all CPUs together. */
struct group {
	int parent;
	double shares;
	double quota_us;
	double left_us;
	double load;
	struct sim_entity **entities;
	int n;
};

struct cpu {
	struct sim_entity queue;
	struct sim_entity *current;
	int slice;
	bool online;
};

struct sim_sched {
	bool cfs;
	int n_cpus;
	int n_groups;
	uint64_t now;
	uint64_t seed;
	struct cpu *cpus;
	struct group *groups;
	struct sim_entity **table;
};

static uint64_t random64(struct sim_sched *sched)
{
	uint64_t z = (sched->seed += 0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

struct sim_sched *sim_sched_new(int cpus, int groups, bool cfs, uint64_t seed)
{
	struct sim_sched *sched = calloc(1, sizeof(*sched));

	sched->cfs = cfs;
	sched->n_cpus = cpus;
	sched->n_groups = groups;
	sched->seed = seed;
	sched->cpus = calloc(cpus, sizeof(*sched->cpus));
	sched->groups = calloc(groups, sizeof(*sched->groups));
	sched->table = calloc((size_t)cpus * groups, sizeof(*sched->table));
	for (int i = 0; i < cpus; i++) {
		sched->cpus[i].queue.group = -1;
		sched->cpus[i].queue.cpu = i;
		sched->cpus[i].online = true;
	}
	return sched;
}

void sim_sched_free(struct sim_sched *sched)
{
	for (size_t i = 0; i < (size_t)sched->n_cpus * sched->n_groups; i++)
		free(sched->table[i]);
	for (int i = 0; i < sched->n_groups; i++)
		free(sched->groups[i].entities);
	free(sched->table);
	free(sched->groups);
	free(sched->cpus);
	free(sched);
}

/* @limit: CPUs; 0: none. */
void sim_group_init(struct sim_sched *sched, int group, int parent, double limit)
{
	struct group *g = &sched->groups[group];

	g->parent = parent;
	g->shares = NICE_0;
	g->quota_us = limit > 0 ? limit * SIM_STEP_US * PERIOD_STEPS : NO_LIMIT;
	g->left_us = g->quota_us;
	g->entities = calloc(sched->n_cpus, sizeof(struct sim_entity *));
}

void sim_group_set_weight(struct sim_sched *sched, int group, uint32_t weight)
{
	sched->groups[group].shares = weight * NICE_0 / 100;
}

/* Where a member stands that is due neither more nor less than it got. */
static double average_of_members(const struct sim_entity *parent)
{
	const struct sim_entity *member;
	double moment = 0, weight = 0;

	for (member = parent->first; member; member = member->next) {
		moment += (member->vruntime - parent->min_vruntime) * member->weight;
		weight += member->weight;
	}
	return parent->min_vruntime + (weight > 0 ? moment / weight : 0);
}

/* EEVDF keeps what a member is due in CPU time; CFS keeps its virtual time. */
static void set_weight(struct sim_sched *sched, struct sim_entity *entity, double weight)
{
	double average;

	if (entity->queued) {
		if (!sched->cfs && weight != entity->weight) {
			average = average_of_members(entity->parent);
			entity->deadline -= entity->vruntime;
			entity->vruntime =
				average + (entity->vruntime - average) * entity->weight / weight;
			entity->deadline =
				entity->vruntime + entity->deadline * entity->weight / weight;
		}
		entity->parent->members_weight += weight - entity->weight;
	}
	entity->weight = weight;
}

/* A group's weight on a CPU is its weight, in proportion to its load there. */
static void update_weight(struct sim_sched *sched, struct sim_entity *entity)
{
	struct group *group = &sched->groups[entity->group];
	double here = entity->load > entity->members_weight ? entity->load : entity->members_weight;
	double total = group->load - entity->load + here, weight;

	weight = total > 0 ? group->shares * here / total : group->shares;
	set_weight(sched, entity,
		   weight < SHARES_MIN	    ? SHARES_MIN
		   : weight > group->shares ? group->shares
					    : weight);
}

static struct sim_entity *entity_of(struct sim_sched *sched, int group, int cpu)
{
	struct sim_entity **slot = &sched->table[(size_t)group * sched->n_cpus + cpu];
	int parent = sched->groups[group].parent;

	if (*slot)
		return *slot;
	*slot = calloc(1, sizeof(**slot));
	(*slot)->group = group;
	(*slot)->cpu = cpu;
	(*slot)->weight = SHARES_MIN;
	(*slot)->parent = parent < 0 ? &sched->cpus[cpu].queue : entity_of(sched, parent, cpu);
	(*slot)->vruntime = (*slot)->parent->min_vruntime;
	return *slot;
}

static void list_entity(struct sim_sched *sched, struct sim_entity *entity)
{
	struct group *group = &sched->groups[entity->group];

	if (entity->listed)
		return;
	entity->listed = true;
	group->entities[group->n++] = entity;
}

static double slice_of(const struct sim_entity *entity)
{
	return SLICE_STEPS * SIM_STEP_US * NICE_0 / entity->weight;
}

/* Where one stands that comes back: EEVDF remembers what it was due or had too much, bounded. */
static void place_among(const struct sim_sched *sched, struct sim_entity *entity)
{
	const struct sim_entity *parent = entity->parent;
	double lag_max = 2 * slice_of(entity), lag = entity->lag / entity->weight;

	if (sched->cfs) {
		if (entity->vruntime < parent->min_vruntime)
			entity->vruntime = parent->min_vruntime;
		return;
	}
	lag = lag > lag_max ? lag_max : lag < -lag_max ? -lag_max : lag;
	entity->vruntime = average_of_members(parent) - lag;
	entity->deadline = entity->vruntime + slice_of(entity);
}

static void enqueue(struct sim_sched *sched, struct sim_entity *entity)
{
	while (entity->parent && !entity->queued) {
		struct sim_entity *parent = entity->parent;

		if (!entity->thread) {
			list_entity(sched, entity);
			update_weight(sched, entity);
			if (entity->throttled)
				return;
		}
		place_among(sched, entity);
		entity->prev = NULL;
		entity->next = parent->first;
		if (parent->first)
			parent->first->prev = entity;
		parent->first = entity;
		parent->queued_members++;
		parent->members_weight += entity->weight;
		entity->queued = true;
		entity = parent;
	}
}

static void dequeue(struct sim_entity *entity)
{
	struct sim_entity *parent;

	do {
		parent = entity->parent;
		entity->lag = (average_of_members(parent) - entity->vruntime) * entity->weight;
		if (entity->prev)
			entity->prev->next = entity->next;
		else
			parent->first = entity->next;
		if (entity->next)
			entity->next->prev = entity->prev;
		entity->queued = false;
		parent->members_weight -= entity->weight;
		if (!--parent->queued_members)
			parent->members_weight = 0;
		entity = parent;
	} while (!entity->queued_members && entity->queued);
}

static int threads_on(const struct sim_entity *entity)
{
	const struct sim_entity *member;
	int n = 0;

	if (entity->thread)
		return 1;
	for (member = entity->first; member; member = member->next)
		n += threads_on(member);
	return n;
}

static void place(struct sim_sched *sched, struct sim_thread *thread, int cpu)
{
	thread->cpu = cpu;
	thread->entity->cpu = cpu;
	thread->entity->parent = entity_of(sched, thread->group, cpu);
}

void sim_thread_init(struct sim_sched *sched, struct sim_thread *thread)
{
	thread->entity = calloc(1, sizeof(*thread->entity));
	thread->entity->thread = thread;
	thread->entity->group = thread->group;
	thread->entity->weight = NICE_0;
	place(sched, thread, thread->first + random64(sched) % thread->count);
}

static bool is_idle(const struct cpu *cpu)
{
	return cpu->online && !cpu->queue.queued_members;
}

static bool may_run(const struct sim_thread *thread, int cpu)
{
	return cpu >= thread->first && cpu < thread->first + thread->count;
}

/* Where it was, if that is idle, else an idle CPU of the cluster, else where it was. */
static int choose_cpu(const struct sim_sched *sched, const struct sim_thread *thread)
{
	int from = thread->cpu - thread->cpu % CLUSTER;

	if (is_idle(&sched->cpus[thread->cpu]))
		return thread->cpu;
	for (int i = 0; i < CLUSTER; i++) {
		int cpu = from + (thread->cpu + i) % CLUSTER;

		if (cpu < sched->n_cpus && may_run(thread, cpu) && is_idle(&sched->cpus[cpu]))
			return cpu;
	}
	return thread->cpu;
}

/* Where it stands relative to the others goes with it. */
static void migrate(struct sim_sched *sched, struct sim_thread *thread, int cpu)
{
	struct sim_entity *entity = thread->entity;
	double lag = entity->vruntime - entity->parent->min_vruntime;

	place(sched, thread, cpu);
	entity->vruntime = entity->parent->min_vruntime + (lag > 0 ? lag : 0);
}

void sim_thread_wake(struct sim_sched *sched, struct sim_thread *thread)
{
	int cpu = choose_cpu(sched, thread);

	if (thread->runnable)
		return;
	if (cpu != thread->cpu)
		migrate(sched, thread, cpu);
	thread->runnable = true;
	enqueue(sched, thread->entity);
}

void sim_thread_sleep(struct sim_sched *sched, struct sim_thread *thread)
{
	struct cpu *cpu = &sched->cpus[thread->cpu];

	if (!thread->runnable)
		return;
	thread->runnable = false;
	if (cpu->current == thread->entity)
		cpu->current = NULL;
	dequeue(thread->entity);
}

static void update_loads(struct sim_sched *sched)
{
	for (int g = 0; g < sched->n_groups; g++) {
		struct group *group = &sched->groups[g];

		for (int i = 0; i < group->n; i++) {
			struct sim_entity *entity = group->entities[i];
			double load = entity->load * LOAD_DECAY +
				      entity->members_weight * (1 - LOAD_DECAY);

			group->load += load - entity->load;
			entity->load = load;
		}
		for (int i = 0; i < group->n; i++) {
			struct sim_entity *entity = group->entities[i];

			update_weight(sched, entity);
			if (!entity->queued_members && !entity->throttled && entity->load < 1) {
				group->load -= entity->load;
				entity->load = 0;
				entity->listed = false;
				group->entities[i--] = group->entities[--group->n];
			}
		}
	}
}

/* Take from the group what a CPU runs with; false: there is none left in this period. */
static bool take_bandwidth(struct group *group, struct sim_entity *entity)
{
	double part = BANDWIDTH_US - entity->bandwidth_us;

	if (part > group->left_us)
		part = group->left_us;
	entity->bandwidth_us += part;
	group->left_us -= part;
	return entity->bandwidth_us > 0;
}

static void begin_period(struct sim_sched *sched)
{
	for (int g = 0; g < sched->n_groups; g++) {
		struct group *group = &sched->groups[g];

		if (group->quota_us >= NO_LIMIT)
			continue;
		group->left_us = group->quota_us;
		for (int i = 0; i < group->n; i++) {
			struct sim_entity *entity = group->entities[i];

			if (!entity->throttled || !take_bandwidth(group, entity))
				continue;
			entity->throttled = false;
			if (entity->queued_members)
				enqueue(sched, entity);
		}
	}
}

/* What a CPU has left over goes back when the group sleeps there. */
static void give_back(struct sim_sched *sched, struct sim_entity *entity)
{
	for (; entity->parent; entity = entity->parent) {
		struct group *group = &sched->groups[entity->group];

		if (entity->queued || group->quota_us >= NO_LIMIT ||
		    entity->bandwidth_us < SLACK_US)
			continue;
		group->left_us += entity->bandwidth_us - SLACK_US;
		entity->bandwidth_us = SLACK_US;
	}
}

static double total_weight(const struct cpu *cpu)
{
	return cpu->online ? cpu->queue.members_weight : NO_LIMIT;
}

/* Weight of a thread as seen from the top of its CPU. */
static double load_of(const struct sim_entity *entity)
{
	double load = entity->weight;

	for (entity = entity->parent; entity->parent; entity = entity->parent)
		load *= entity->weight / entity->members_weight;
	return load;
}

/* Some thread that waits and may come over, of no more than a load. */
static struct sim_thread *find_movable(const struct cpu *from, const struct sim_entity *entity,
				       int to, double load_max)
{
	struct sim_entity *member;
	struct sim_thread *thread;

	if (entity->thread)
		return entity != from->current && may_run(entity->thread, to) &&
				       load_of(entity) <= load_max
			       ? entity->thread
			       : NULL;
	for (member = entity->first; member; member = member->next) {
		thread = find_movable(from, member, to, load_max);
		if (thread)
			return thread;
	}
	return NULL;
}

static void move(struct sim_sched *sched, struct sim_thread *thread, int to)
{
	dequeue(thread->entity);
	migrate(sched, thread, to);
	enqueue(sched, thread->entity);
}

static bool pull_from(struct sim_sched *sched, int from, int to)
{
	struct sim_thread *thread;

	if (threads_on(&sched->cpus[from].queue) < 2)
		return false;
	thread = find_movable(&sched->cpus[from], &sched->cpus[from].queue, to, NO_LIMIT);
	if (thread)
		move(sched, thread, to);
	return thread;
}

/* A CPU has nothing to do: one thread of its cluster, or, now and then, of any other. */
static void pull_when_idle(struct sim_sched *sched, int to)
{
	int from = to - to % CLUSTER, start = random64(sched) % sched->n_cpus;

	for (int i = 0; i < CLUSTER; i++) {
		int cpu = from + (start + i) % CLUSTER;

		if (cpu < sched->n_cpus && cpu != to && pull_from(sched, cpu, to))
			return;
	}
	if ((sched->now + to) % 4)
		return;
	for (int i = 0; i < sched->n_cpus; i++) {
		int cpu = (start + i) % sched->n_cpus;

		if (cpu != to && pull_from(sched, cpu, to))
			return;
	}
}

static void balance_from(struct sim_sched *sched, int from, int to)
{
	double imbalance = (total_weight(&sched->cpus[from]) - total_weight(&sched->cpus[to])) / 2;
	struct sim_thread *thread;

	for (int i = 0; i < MOVES_MAX && imbalance > 0; i++) {
		thread = find_movable(&sched->cpus[from], &sched->cpus[from].queue, to, imbalance);
		if (!thread)
			return;
		imbalance -= load_of(thread->entity);
		move(sched, thread, to);
	}
}

static int busiest_of(const struct sim_sched *sched, int first)
{
	int busiest = first;

	for (int cpu = first; cpu < first + CLUSTER && cpu < sched->n_cpus; cpu++) {
		if (sched->cpus[cpu].online &&
		    total_weight(&sched->cpus[cpu]) > total_weight(&sched->cpus[busiest]))
			busiest = cpu;
	}
	return busiest;
}

static double average_of(const struct sim_sched *sched, int first)
{
	double sum = 0;
	int n = 0;

	for (int cpu = first; cpu < first + CLUSTER && cpu < sched->n_cpus; cpu++) {
		if (sched->cpus[cpu].online) {
			sum += total_weight(&sched->cpus[cpu]);
			n++;
		}
	}
	return n ? sum / n : 0;
}

static void balance(struct sim_sched *sched)
{
	for (int cpu = 0; cpu < sched->n_cpus; cpu++) {
		int first = cpu - cpu % CLUSTER, busiest = first;

		if (!sched->cpus[cpu].online)
			continue;
		if (!((sched->now + cpu * 7) % BALANCE_STEPS))
			balance_from(sched, busiest_of(sched, first), cpu);
		if ((sched->now + cpu * 7) % (CLUSTERS_STEPS * CLUSTER))
			continue;
		for (int other = 0; other < sched->n_cpus; other += CLUSTER) {
			if (average_of(sched, other) > average_of(sched, busiest))
				busiest = other;
		}
		if (busiest != first)
			balance_from(sched, busiest_of(sched, busiest), cpu);
	}
}

static double min_vruntime_of(const struct sim_entity *parent)
{
	const struct sim_entity *member;
	double least = parent->first->vruntime;

	for (member = parent->first; member; member = member->next) {
		if (member->vruntime < least)
			least = member->vruntime;
	}
	return least;
}

/* CFS: who has had least. EEVDF: of those that have not had too much, whose slice is due first. */
static struct sim_entity *best_of(const struct sim_sched *sched, const struct sim_entity *parent)
{
	double average = average_of_members(parent) + 1e-6;
	struct sim_entity *member, *best = NULL;

	for (member = parent->first; member; member = member->next) {
		if (sched->cfs ? !best || member->vruntime < best->vruntime
			       : member->vruntime <= average &&
					 (!best || member->deadline < best->deadline))
			best = member;
	}
	return best ? best : parent->first;
}

static struct sim_entity *pick(const struct sim_sched *sched, struct cpu *cpu)
{
	struct sim_entity *entity = &cpu->queue;
	double least;

	while (!entity->thread) {
		if (!entity->first)
			return NULL;
		least = min_vruntime_of(entity);
		if (least > entity->min_vruntime)
			entity->min_vruntime = least;
		entity = best_of(sched, entity);
	}
	return entity;
}

static bool is_runnable(const struct sim_entity *entity)
{
	while (entity->parent && entity->queued)
		entity = entity->parent;
	return !entity->parent;
}

static void charge(struct sim_sched *sched, struct cpu *cpu, struct sim_entity *entity)
{
	for (; entity->parent; entity = entity->parent) {
		struct group *group = &sched->groups[entity->group];

		entity->vruntime += SIM_STEP_US * NICE_0 / entity->weight;
		if (entity->vruntime >= entity->deadline)
			entity->deadline = entity->vruntime + slice_of(entity);
		if (entity->thread || group->quota_us >= NO_LIMIT)
			continue;
		entity->bandwidth_us -= SIM_STEP_US;
		if (entity->bandwidth_us > 0 || take_bandwidth(group, entity))
			continue;
		entity->throttled = true;
		if (entity->queued)
			dequeue(entity);
		cpu->current = NULL;
	}
}

static void run(struct sim_sched *sched, int index)
{
	struct cpu *cpu = &sched->cpus[index];

	if (!cpu->online)
		return;
	if (!cpu->current || cpu->slice >= SLICE_STEPS || !is_runnable(cpu->current)) {
		if (!cpu->queue.queued_members)
			pull_when_idle(sched, index);
		cpu->current = pick(sched, cpu);
		cpu->slice = 0;
	}
	if (!cpu->current)
		return;
	cpu->slice++;
	cpu->current->thread->ran = true;
	charge(sched, cpu, cpu->current);
}

static void note_limited(struct sim_sched *sched)
{
	for (int g = 0; g < sched->n_groups; g++) {
		struct group *group = &sched->groups[g];

		if (group->quota_us >= NO_LIMIT)
			continue;
		for (int i = 0; i < group->n; i++) {
			struct sim_entity *member = group->entities[i]->first;

			if (!group->entities[i]->queued_members)
				give_back(sched, group->entities[i]);
			for (; group->entities[i]->throttled && member; member = member->next) {
				if (member->thread)
					member->thread->limited = true;
			}
		}
	}
}

/*
 * A millisecond. The caller clears what threads have of the last one (ran, limited), wakes before
 * and lets sleep after.
 */
void sim_sched_step(struct sim_sched *sched)
{
	if (!(sched->now % PERIOD_STEPS))
		begin_period(sched);
	if (!(sched->now % LOAD_STEPS))
		update_loads(sched);
	balance(sched);
	note_limited(sched);
	for (int i = 0; i < sched->n_cpus; i++)
		run(sched, (sched->now + i) % sched->n_cpus);
	sched->now++;
}

/* The last CPUs go; what is queued there goes to the others. */
void sim_sched_offline(struct sim_sched *sched, int cpus, struct sim_thread *threads, int n)
{
	int left = sched->n_cpus - cpus;

	for (int i = 0; i < n; i++) {
		if (threads[i].first + threads[i].count > left)
			threads[i].count = left - threads[i].first;
		if (threads[i].cpu < left)
			continue;
		if (threads[i].runnable) {
			sched->cpus[threads[i].cpu].current = NULL;
			move(sched, &threads[i], random64(sched) % left);
		} else {
			migrate(sched, &threads[i], random64(sched) % left);
		}
	}
	for (int i = left; i < sched->n_cpus; i++)
		sched->cpus[i].online = false;
}
