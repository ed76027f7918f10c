// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What every guest is due, from what it really wants: water-filling by its definition, in floating
 * point, level by level.
 */
#include <stdlib.h>

#include "sim.h"

static double limit_of(const struct sim_item *item)
{
	uint64_t limit = item->node.share[KVRM_RESOURCE_CPU].limit;

	return limit == KVRM_UNLIMITED ? 1e9 : (double)limit / SIM_CPU_US;
}

static double reservation_of(const struct sim *sim, int i)
{
	const struct sim_item *item = &sim->items[i];
	double sum = 0, own = (double)item->node.share[KVRM_RESOURCE_CPU].reservation / SIM_CPU_US;

	if (!item->node.pool || !item->node.share[KVRM_RESOURCE_CPU].expandable)
		return own;
	for (int k = i + 1; k < sim->n; k++) {
		if (sim->items[k].parent == i)
			sum += reservation_of(sim, k);
	}
	return sum > own ? sum : own;
}

/* Demand rises from the members. */
static void gather(struct sim *sim)
{
	for (int i = 0; i < sim->n; i++) {
		if (sim->items[i].node.pool)
			sim->items[i].want = 0;
	}
	for (int i = sim->n - 1; i >= 0; i--) {
		struct sim_item *item = &sim->items[i];

		if (item->want > limit_of(item))
			item->want = limit_of(item);
		if (item->parent >= 0)
			sim->items[item->parent].want += item->want;
	}
}

static double due_at(const struct sim_item *item, double level, double reservation)
{
	double due = item->node.share[KVRM_RESOURCE_CPU].weight * level;

	if (due < reservation)
		due = reservation;
	return due > item->want ? item->want : due;
}

static void share_out(struct sim *sim, int pool, const double *reservations, int last)
{
	double low = 0, high = 1e6, level, sum;

	for (int round = 0; round < 80; round++) {
		level = (low + high) / 2;
		sum = 0;
		for (int i = pool + 1; i <= last; i++) {
			if (sim->items[i].parent == pool)
				sum += due_at(&sim->items[i], level, reservations[i]);
		}
		if (sum <= sim->items[pool].due)
			low = level;
		else
			high = level;
	}
	for (int i = pool + 1; i <= last; i++) {
		if (sim->items[i].parent == pool)
			sim->items[i].due = due_at(&sim->items[i], low, reservations[i]);
	}
}

/**
 * sim_oracle() - set what everybody is due
 * @sim: the wants of its guests are set
 * @capacity: CPUs
 */
void sim_oracle(struct sim *sim, double capacity)
{
	double *reservations = calloc(sim->n, sizeof(double));

	for (int i = 0; i < sim->n; i++)
		reservations[i] = reservation_of(sim, i);
	gather(sim);
	sim->items[0].due = sim->items[0].want < capacity ? sim->items[0].want : capacity;
	for (int i = 0; i < sim->n; i++) {
		int last = i;

		for (int k = i + 1; k < sim->n; k++) {
			if (sim->items[k].parent == i)
				last = k;
		}
		if (sim->items[i].node.pool)
			share_out(sim, i, reservations, last);
	}
	free(reservations);
}
