/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kvrmctl top: all guests again and again, in order, with reasons.
 */
#ifndef KVRMCTL_TOP_H
#define KVRMCTL_TOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/kvrmctl/guest.h"
#include "tools/kvrmctl/look.h"
#include "tools/kvrmctl/order.h"

struct client;
struct top_ring;

/**
 * struct top - what is asked for
 * @names: systems; empty: all
 * @interval_us: between looks
 * @count: how many; 0: until it is ended
 * @order: of the guests
 * @filter: as for guest_matches()
 * @ring: where looks come from besides kvrmd; NULL: nowhere else
 */
struct top {
	char **names;
	uint64_t interval_us;
	uint64_t count;
	struct order order;
	const char *filter;
	struct top_ring *ring;
};

int top_take_newer(struct client *client, const struct top *top, const struct look *before,
		   struct look *ret, bool *ret_newer);
int top_guests(struct client *client, const struct top *top, const struct look *before,
	       const struct look *after, struct guests *ret);
int top_live(struct client *client, const struct top *top);

#endif
