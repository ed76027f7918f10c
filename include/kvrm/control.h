/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From what everybody used and waited since the last tick to what everybody is due, and to the
 * weights that make the scheduler give it. Pure: the caller measures before a tick and writes the
 * weights after it.
 *
 * The scheduler shares a CPU in proportion to weights, and gives what a member leaves to the
 * others. So weights alone do all that weights promise; a reservation needs more: a member whose
 * reservation exceeds its proportional part gets the weight that makes its part as large. Which
 * weight that is depends on who else is hungry, therefore the loop.
 *
 * Weights are exact only as far as the scheduler places threads well, and a tick late. So each
 * member has a credit: the CPU time that it was due and did not get. A member in credit gets more
 * weight than its due, fourfold at most, one that had too much gets less. That takes half a
 * second; what a member lacks of its reservation in the window of the promises is made good
 * faster, by up to eightfold the weight. A sleeping member gathers a little credit for its
 * reservation: when it wakes, it has its guarantee at once. Credit is never given for time slept
 * beyond the reservation, so sleeping before a tick gains nothing.
 *
 * A write of a weight is not free, and a scheduler is not even from slice to slice: weights are
 * left alone while they are about right. How well all this does: Documentation/simulation.md.
 */
#ifndef KVRM_CONTROL_H
#define KVRM_CONTROL_H

#include "kvrm/node.h"

/* The window of the promises. */
#define KVRM_WINDOW_US 100000U
/* Rates of CPU time must stay below this, that they can be scaled to weights: some 17,000 CPUs. */
#define KVRM_CPU_RATE_MAX 17179869184ULL
/* How much weight a reservation gets that has had nothing in the window. */
#define KVRM_BOOST_MAX 8U

/**
 * struct kvrm_control - the root's own business
 * @capacity: of the host, µs of CPU time per second
 * @reserve: of it for the host itself
 */
struct kvrm_control {
	uint64_t capacity;
	uint64_t reserve;
};

void kvrm_control_tick(struct kvrm_node *root, const struct kvrm_control *control, uint64_t dt_us);
void kvrm_control_static(struct kvrm_node *root, const struct kvrm_control *control);
bool kvrm_weight_differs(uint32_t wanted, uint32_t written);

#endif
