/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A tree of pools with guests in it, for the module's tests:
 *
 *	root		bound to a cgroup of its own; the host keeps KVRMPOOLS_HOST_RESERVE_US
 *	|- gr		a guest, not registered
 *	|- a		a fixed pool that has KVRMPOOLS_A_US
 *	|  |- ga	a guest, not registered
 *	|- b		a cgroup for another pool, which is not there
 *	   |- gb	a cgroup for a guest
 *	stray		a cgroup elsewhere
 */
#ifndef KVRMPOOLS_H
#define KVRMPOOLS_H

#include <stdbool.h>

#include "kvrmguest.h"
#include "kvrmnl.h"

#define KVRMPOOLS_HOST_RESERVE_US 100000
#define KVRMPOOLS_A_US		  400000

/**
 * struct kvrmpools - the tree
 * @nl: connected
 * @root, @a, @b, @ga, @gr, @gb, @stray: cgroups, see top
 * @id: of the pool a
 * @capacity_us: the host's
 * @reservable_us: the root's
 * @reserve_us: what the host kept before
 */
struct kvrmpools {
	struct kvrmnl nl;
	struct kvrmguest root, a, b, ga, gr, gb, stray;
	uint32_t id;
	uint64_t capacity_us, reservable_us, reserve_us;
};

/* What a message said; 0 is what it did not say. */
struct kvrmpools_seen {
	int cmd;
	int count;
	bool out_of_order;
	uint32_t id, pool_id, parent, weight, weight_applied, members;
	uint64_t reservation_us, limit_us, cgroup_id;
	uint64_t host_reserve_us, reserved_us, claimed_us, unreserved_us, shortfall_us;
	bool unlimited, expandable;
	uint64_t reasserted;
	struct {
		uint64_t reservation, overhead, protected, host_reserve;
		uint64_t reserved, claimed, unreserved, shortfall;
		uint64_t limit, throttle;
		uint32_t weight;
		bool expandable, owned;
	} memory;
	char name[64];
};

int kvrmpools_setup(struct kvrmpools *p);
int kvrmpools_reset(struct kvrmpools *p);
void kvrmpools_teardown(struct kvrmpools *p);
void kvrmpools_see_guest(struct nlattr **attrs, int cmd, void *data);
void kvrmpools_see_pool(struct nlattr **attrs, int cmd, void *data);
struct kvrmpools_seen kvrmpools_pool(struct kvrmpools *p, uint32_t id);
struct kvrmpools_seen kvrmpools_guest(struct kvrmpools *p, uint32_t id);
struct kvrmnl_reply kvrmpools_add(struct kvrmpools *p, const struct kvrmguest *cgroup,
				  const char *words, uint32_t *ret_id);
struct kvrmnl_reply kvrmpools_register(struct kvrmpools *p, const struct kvrmguest *guest,
				       const char *words, uint32_t *ret_id);

#endif
