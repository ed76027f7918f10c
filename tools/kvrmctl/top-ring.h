/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Looks that come more often than kvrmd measures: what is set of the systems from kvrmd, what they do from the sample
 * ring.
 */
#ifndef KVRMCTL_TOP_RING_H
#define KVRMCTL_TOP_RING_H

#include <stdbool.h>
#include <stdint.h>

#include "kvrm/samples.h"
#include "tools/kvrmctl/gather.h"
#include "tools/kvrmctl/look.h"
#include "tools/kvrmctl/sample-rate.h"

/**
 * struct top_ring - both sources
 * @ring: open
 * @gather: of it
 * @rates: what was changed of them
 * @base: last look at kvrmd
 * @base_us: when that was, CLOCK_MONOTONIC
 * @told_us: when the ring last told something, likewise
 */
struct top_ring {
	struct kvrm_samples ring;
	struct gather gather;
	struct sample_rates rates;
	struct look base;
	uint64_t base_us;
	uint64_t told_us;
};

int top_ring_open(struct client *client, char *const *names, uint64_t interval_us,
		  struct top_ring *ret);
int top_ring_take_newer(struct client *client, struct top_ring *r, struct look *ret,
			bool *ret_newer);
void top_ring_close(struct client *client, struct top_ring *r);

void top_ring_compose(const struct look *base, const struct look *told, struct look *ret);

#endif
