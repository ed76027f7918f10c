// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The simulated hosts.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"

#define NO_LIMIT 0

uint64_t sim_random(struct sim *sim, uint64_t n)
{
	uint64_t z = (sim->seed += 0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return (z ^ (z >> 31)) % n;
}

struct sim *sim_new(const char *name, int cpus, int items_max)
{
	struct sim *sim = calloc(1, sizeof(*sim));
	struct kvrm_share *share;

	sim->name = name;
	sim->cpus = cpus;
	sim->seed = 1;
	sim->reserved_max = 0.6;
	sim->items = calloc(items_max, sizeof(*sim->items));
	sim->n = 1;
	sim->control.capacity = cpus * SIM_CPU_US;
	sim->control.reserve = sim->control.capacity / 20;
	kvrm_node_init(&sim->items[0].node, true);
	sim->items[0].parent = -1;
	share = &sim->items[0].node.share[KVRM_RESOURCE_CPU];
	share->expandable = false;
	share->reservation = sim->control.capacity - sim->control.reserve;
	return sim;
}

/* As an administrator would: what is not admitted is an error of the scenario. */
static int add(struct sim *sim, int parent, bool pool, double reservation, double limit,
	       uint32_t weight)
{
	struct sim_item *item = &sim->items[sim->n];
	struct kvrm_share *share;
	struct kvrm_refusal refusal;
	struct kvrm_edit edit;

	kvrm_node_init(&item->node, pool);
	item->parent = parent;
	item->worst = item->worst_awake = 1e9;
	kvrm_edit_init(&edit, &item->node);
	edit.parent = &sim->items[parent].node;
	share = &edit.share[KVRM_RESOURCE_CPU];
	share->reservation = reservation * SIM_CPU_US;
	share->limit = limit > 0 ? (uint64_t)(limit * SIM_CPU_US) : KVRM_UNLIMITED;
	share->weight = weight;
	if (!kvrm_edits_apply(&edit, 1, &sim->items[0].node, &refusal)) {
		fprintf(stderr, "%s: not admitted\n", sim->name);
		exit(1);
	}
	return sim->n++;
}

int sim_add_pool(struct sim *sim, int parent, double reservation, double limit, uint32_t weight)
{
	return add(sim, parent, true, reservation, limit, weight);
}

int sim_add_guest(struct sim *sim, int parent, int threads, double reservation, double limit,
		  uint32_t weight)
{
	int i = add(sim, parent, false, reservation, limit, weight);

	sim->items[i].threads = threads;
	sim->items[i].count = sim->cpus;
	return i;
}

static void set_bursts(struct sim_item *item, double duty, int period_ms)
{
	item->pattern = SIM_BURSTS;
	item->duty = duty;
	item->period_ms = period_ms;
}

static void set_on_off(struct sim_item *item, int period_ms, int on_ms, int phase_ms)
{
	item->pattern = SIM_ON_OFF;
	item->period_ms = period_ms;
	item->on_ms = on_ms;
	item->phase_ms = phase_ms;
}

/* Six of ten are greedy, the others want little, or now and then, or nothing. */
static void set_random_pattern(struct sim *sim, struct sim_item *item)
{
	switch (sim_random(sim, 10)) {
	case 0:
	case 1:
		set_bursts(item, 0.1 + 0.1 * sim_random(sim, 7), 20 + 10 * sim_random(sim, 8));
		item->phase_ms = sim_random(sim, 100);
		break;
	case 2:
		set_on_off(item, 2000 + 100 * sim_random(sim, 10), 1000, 100 * sim_random(sim, 20));
		break;
	case 3:
		item->pattern = SIM_IDLE;
		break;
	}
}

/* Every third has a reservation of half a CPU for each of its threads, as long as there is some. */
static void add_random_guest(struct sim *sim, int pool)
{
	static const uint32_t weights[] = { 50, 100, 100, 100, 200, 400 };
	int threads = 1 + sim_random(sim, 8);
	double reservation = sim_random(sim, 3) ? 0 : threads * 0.25;
	int i;

	if (reservation * SIM_CPU_US > kvrm_unreserved(&sim->items[pool].node, KVRM_RESOURCE_CPU) ||
	    reservation * SIM_CPU_US + sim->items[0].node.reserved[KVRM_RESOURCE_CPU] >
		    sim->control.capacity * sim->reserved_max)
		reservation = 0;
	i = sim_add_guest(sim, pool, threads, reservation, NO_LIMIT, weights[sim_random(sim, 6)]);
	set_random_pattern(sim, &sim->items[i]);
}

static struct sim *flat(const char *name, int cpus, int guests)
{
	struct sim *sim = sim_new(name, cpus, guests + 1);

	for (int i = 0; i < guests; i++)
		add_random_guest(sim, 0);
	return sim;
}

static struct sim *small(const char *name)
{
	struct sim *sim = sim_new(name, 2, 4);

	sim_add_guest(sim, 0, 2, 1, NO_LIMIT, 100);
	sim_add_guest(sim, 0, 2, 0, NO_LIMIT, 100);
	sim_add_guest(sim, 0, 2, 0, NO_LIMIT, 300);
	return sim;
}

/* All that can be reserved is. */
static struct sim *full(const char *name)
{
	struct sim *sim = sim_new(name, 16, 51);

	sim->reserved_max = 1;
	for (int i = 0; i < 50; i++)
		add_random_guest(sim, 0);
	return sim;
}

static struct sim *medium(const char *name)
{
	return flat(name, 16, 50);
}

static struct sim *large(const char *name)
{
	return flat(name, 64, 300);
}

static struct sim *huge(const char *name)
{
	struct sim *sim = sim_new(name, 512, 2100);
	int pools[24];

	sim->reserved_max = 0.4;

	for (int i = 0; i < 4; i++)
		pools[i] = sim_add_pool(sim, 0, 40, NO_LIMIT, 100 + 50 * i);
	for (int i = 4; i < 24; i++)
		pools[i] = sim_add_pool(sim, pools[i % 4], 2, NO_LIMIT, 100 * (1 + i % 3));
	for (int i = 0; i < 2000; i++)
		add_random_guest(sim, pools[4 + i % 20]);
	return sim;
}

/* Three levels; every second pool is limited, and the limits are felt. */
static struct sim *tree(const char *name)
{
	struct sim *sim = sim_new(name, 32, 160);

	for (int i = 0; i < 3; i++) {
		int outer = sim_add_pool(sim, 0, 4, i ? NO_LIMIT : 8, 100 * (1 + i));

		for (int k = 0; k < 4; k++) {
			int inner = sim_add_pool(sim, outer, 1, k % 2 ? NO_LIMIT : 3, 100);

			for (int g = 0; g < 10; g++) {
				int guest =
					sim_add_guest(sim, inner, 2, g == 1 ? 0.5 : 0,
						      g == 2 ? 0.2 : NO_LIMIT, 100 + 50 * (g % 4));

				set_random_pattern(sim, &sim->items[guest]);
			}
		}
	}
	return sim;
}

static struct sim *greedy(const char *name)
{
	struct sim *sim = sim_new(name, 16, 40);

	sim_add_guest(sim, 0, 4, 3, NO_LIMIT, 1);
	sim_add_guest(sim, 0, 2, 0.5, NO_LIMIT, 1);
	for (int i = 0; i < 30; i++)
		sim_add_guest(sim, 0, 8, 0, NO_LIMIT, 10000);
	return sim;
}

static struct sim *waking(const char *name)
{
	struct sim *sim = sim_new(name, 16, 60);

	for (int i = 0; i < 8; i++) {
		int guest = sim_add_guest(sim, 0, 2, i % 2 ? 1 : 0.5, NO_LIMIT, 100);

		set_on_off(&sim->items[guest], 1500 + 100 * i, 800, 130 * i);
	}
	for (int i = 0; i < 40; i++)
		sim_add_guest(sim, 0, 4, 0, NO_LIMIT, 200);
	return sim;
}

static struct sim *cheat(const char *name)
{
	struct sim *sim = sim_new(name, 4, 20);
	int guest = sim_add_guest(sim, 0, 2, 0, NO_LIMIT, 100);

	sim->items[guest].pattern = SIM_CHEAT;
	guest = sim_add_guest(sim, 0, 2, 0.4, NO_LIMIT, 100);
	sim->items[guest].pattern = SIM_CHEAT;
	for (int i = 0; i < 8; i++)
		sim_add_guest(sim, 0, 2, 0, NO_LIMIT, 100);
	return sim;
}

/* Threads that may not run everywhere, and too few to use what they are due. */
static struct sim *pinned(const char *name)
{
	struct sim *sim = sim_new(name, 16, 40);

	for (int i = 0; i < 8; i++) {
		int guest = sim_add_guest(sim, 0, 2, i % 2 ? 0 : 0.5, NO_LIMIT, 100);

		sim->items[guest].first = 2 * i;
		sim->items[guest].count = 2;
	}
	sim_add_guest(sim, 0, 1, 0, NO_LIMIT, 5000);
	sim_add_guest(sim, 0, 2, 2, NO_LIMIT, 100);
	for (int i = 0; i < 16; i++)
		sim_add_guest(sim, 0, 4, 0, NO_LIMIT, 100);
	return sim;
}

static struct sim *offline(const char *name)
{
	struct sim *sim = flat(name, 16, 50);

	sim->offline = 4;
	sim->offline_ms = 5000;
	return sim;
}

/* The host itself is as greedy as can be. */
static struct sim *host(const char *name)
{
	struct sim *sim = flat(name, 16, 50);

	sim->host_threads = 16;
	return sim;
}

static struct sim *steady(const char *name)
{
	struct sim *sim = sim_new(name, 64, 301);

	for (int i = 0; i < 300; i++)
		sim_add_guest(sim, 0, 1 + i % 4, i % 3 ? 0 : 0.25, NO_LIMIT, 100 * (1 + i % 4));
	return sim;
}

/* The same 500 guests each time, directly in the root, in pools, or in pools of pools. */
static struct sim *nest(const char *name, int outer, int inner)
{
	struct sim *sim = sim_new(name, 128, 600);
	int pools[32], first = inner ? outer : 0, n = inner ? inner : outer;

	sim->reserved_max = 0.4;
	for (int i = 0; i < outer; i++)
		pools[i] = sim_add_pool(sim, 0, 0, NO_LIMIT, 100);
	for (int i = 0; i < inner; i++)
		pools[outer + i] = sim_add_pool(sim, pools[i % outer], 0, NO_LIMIT, 100);
	for (int i = 0; i < 500; i++)
		add_random_guest(sim, n ? pools[first + i % n] : 0);
	return sim;
}

static struct sim *nest_0(const char *name)
{
	return nest(name, 0, 0);
}

static struct sim *nest_4(const char *name)
{
	return nest(name, 4, 0);
}

static struct sim *nest_20(const char *name)
{
	return nest(name, 20, 0);
}

static struct sim *nest_4_20(const char *name)
{
	return nest(name, 4, 20);
}

static const struct {
	const char *name;
	struct sim *(*make)(const char *name);
} makers[] = {
	{ "small", small },	{ "full", full },	    { "medium", medium },
	{ "large", large },	{ "huge", huge },	    { "steady", steady },
	{ "tree", tree },	{ "greedy", greedy },	    { "waking", waking },
	{ "cheat", cheat },	{ "pinned", pinned },	    { "offline", offline },
	{ "host", host },	{ "nest-0", nest_0 },	    { "nest-4", nest_4 },
	{ "nest-20", nest_20 }, { "nest-4-20", nest_4_20 },
};

struct sim *sim_scenario(const char *name)
{
	for (size_t i = 0; i < sizeof(makers) / sizeof(makers[0]); i++) {
		if (!strcmp(makers[i].name, name))
			return makers[i].make(makers[i].name);
	}
	return NULL;
}
