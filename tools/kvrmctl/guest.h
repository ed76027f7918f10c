/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is known of each system between two looks: what top sorts, filters and shows. Pure.
 */
#ifndef KVRMCTL_GUEST_H
#define KVRMCTL_GUEST_H

#include <stdbool.h>

#include "daemon/util/cleanup.h"
#include "tools/kvrmctl/rates.h"
#include "tools/kvrmctl/stats.h"

/**
 * struct guest - one system
 * @system: its properties, the later look's
 * @rates: between the looks
 * @vcpus: number of virtual CPUs
 * @receive_bytes_per_s: of all its NICs together; NAN: not known
 * @transmit_bytes_per_s: likewise
 * @reasons: why it does not get what it wants, as from reasons_find(); owned
 * @why: the same as one text; owned, never NULL
 */
struct guest {
	struct json_object *system;
	struct rates rates;
	uint64_t vcpus;
	double receive_bytes_per_s;
	double transmit_bytes_per_s;
	struct json_object *reasons;
	char *why;
};

/**
 * struct guests - those that are asked for
 * @item: @n of them; owned
 * @n: number
 */
struct guests {
	struct guest *item;
	size_t n;
};

int guests_build(const struct frame *frame, struct guests *ret);
void guests_deinit(struct guests *guests);
#define _cleanup_guests_ _cleanup_(guests_deinit)

const char *guest_uuid(const struct guest *guest);
bool guest_is_measured(const struct guest *guest);
double guest_ceiling(const struct guest *guest);
double guest_network(const struct guest *guest);
double guest_share(const struct guest *guest, double cpus);
bool guest_matches(const struct guest *guest, const char *filter);

#endif
