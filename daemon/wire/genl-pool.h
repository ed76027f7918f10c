/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pools of the module, and several changes at once; see genl.h for the client, and for what all
 * requests may fail with.
 */
#ifndef DAEMON_WIRE_GENL_POOL_H
#define DAEMON_WIRE_GENL_POOL_H

#include "daemon/wire/genl.h"

/**
 * struct genl_pool - a pool as the module knows it
 * @id: given by the module, not 0; KVRM_POOL_ROOT_ID: the root
 * @name: given by who added it
 * @parent: pool it is carved out of; 0: this is the root
 * @cgroup_id: inode of its cgroup's directory; 0: none
 * @reservation_us: what it takes out of its parent for its members; of the root: what the host has
 *	less @host_reserve_us
 * @limit_us: what all members together use at most; 0: unlimited
 * @weight: share among its siblings
 * @expandable: borrows from its parent what its own reservation lacks
 * @host_reserve_us: of the root only: what reservations leave to the host
 * @reserved_us: what its members' reservations take of it, borrowed ones included
 * @claimed_us: what it takes of its parent
 * @unreserved_us: the largest reservation that one more member could get now
 * @shortfall_us: by how much its members' reservations exceed what it has; 0: all is well
 * @demand_us: what its members would use now
 * @used_us: what they use
 * @entitled_us: what it is due now
 * @weight_applied: last written to cpu.weight; 0: cpu.weight is left alone
 * @members: guests and pools directly in it
 * @reasserted: how often its cpu.max, cpu.weight or memory.min was found changed and put back
 * @memory_reservation_bytes: what it takes of the memory out of its parent; of the root: what the host has
 *	less its reserve
 * @memory_expandable: borrows memory from its parent
 * @memory_weight: share among its siblings while memory is short
 * @memory_limit_bytes: that its members are not to exceed together; 0: none
 *
 * All that ends in _us is µs of CPU time per second. A pool that was removed has @id and @name only.
 */
struct genl_pool {
	uint32_t id;
	char name[KVRM_POOL_NAME_MAX + 1];
	uint32_t parent;
	uint64_t cgroup_id;
	uint64_t reservation_us;
	uint64_t limit_us;
	uint32_t weight;
	bool expandable;
	uint64_t host_reserve_us;
	uint64_t reserved_us;
	uint64_t claimed_us;
	uint64_t unreserved_us;
	uint64_t shortfall_us;
	uint64_t demand_us;
	uint64_t used_us;
	uint64_t entitled_us;
	uint32_t weight_applied;
	uint32_t members;
	uint64_t reasserted;
	uint64_t memory_reservation_bytes;
	bool memory_expandable;
	uint32_t memory_weight;
	uint64_t memory_limit_bytes;
};

/**
 * struct genl_pool_change - what is to become of a pool
 * @name: at most KVRM_POOL_NAME_MAX bytes; NULL: keep
 * @parent: pool; 0: keep
 * @cgroup_fd: directory of its cgroup; -1: keep
 * @alloc: whole allocation of the processors; NULL: keep
 * @expandable: NULL: keep
 * @host_reserve_us: of the root only, µs of CPU time per second; NULL: keep
 * @memory: allocation of the memory; NULL: keep
 * @memory_expandable: NULL: keep
 * @memory_reserve_bytes: of the root only, what memory reservations leave to the host; NULL: keep
 */
struct genl_pool_change {
	const char *name;
	uint32_t parent;
	int cgroup_fd;
	const struct genl_cpu_alloc *alloc;
	const bool *expandable;
	const uint64_t *host_reserve_us;
	const struct genl_memory_alloc *memory;
	const bool *memory_expandable;
	const uint64_t *memory_reserve_bytes;
};

/**
 * struct genl_batch_item - one change of several
 * @is_pool: whether @pool counts or @guest
 * @id: of the pool or guest
 * @guest: as of genl_guest_set()
 * @pool: as of genl_pool_set()
 */
struct genl_batch_item {
	bool is_pool;
	uint32_t id;
	union {
		struct genl_guest_change guest;
		struct genl_pool_change pool;
	};
};

/**
 * genl_pool_get() - ask for one pool
 * @client: client
 * @id: of the pool
 * @ret: filled in
 * @ret_error: see genl.h
 *
 * Return: 0 or a negative errno, see genl.h; -ENOENT: no such pool.
 */
int genl_pool_get(struct genl_client *client, uint32_t id, struct genl_pool *ret, char **ret_error);

/**
 * genl_pool_add() - carve a pool out of another one
 * @client: client
 * @cgroup_fd: directory of its cgroup, which lies directly in that of its parent
 * @pool: its name must be given; what else is kept in a change is here: the root (parent), no
 *	reservation, no limit, KVRM_CPU_WEIGHT_DEFAULT, expandable. Its cgroup_fd is not looked at, its
 *	host_reserve_us and memory_reserve_bytes must be NULL
 * @ret: filled in; may be NULL
 * @ret_error: see genl.h
 *
 * Return: 0 or a negative errno, see genl.h; -EEXIST: the cgroup is a pool's already; -EINVAL: too
 * deep; -ERANGE: limit or weight; -ENOENT: no such parent; -ENOSPC: a pool lacks what is to be
 * reserved; -EXDEV: the cgroup does not lie directly in that of the parent.
 */
int genl_pool_add(struct genl_client *client, int cgroup_fd, const struct genl_pool_change *pool,
		  struct genl_pool *ret, char **ret_error);

/**
 * genl_pool_set() - change a pool
 * @client: client
 * @id: of the pool
 * @change: what is to change; of the root only name, cgroup_fd and the two reserves can
 * @ret_error: see genl.h
 *
 * Return: 0 or a negative errno as of genl_pool_add(), -EINVAL also: below itself; -EBUSY: it is to
 * move but has members. Nothing has changed then.
 */
int genl_pool_set(struct genl_client *client, uint32_t id, const struct genl_pool_change *change,
		  char **ret_error);

/**
 * genl_pool_del() - give a pool back to its parent; its cgroup's files stay as they are
 * @client: client
 * @id: of the pool
 * @ret_error: see genl.h
 *
 * Return: 0 or a negative errno, see genl.h; -ENOENT: no such pool; -EBUSY: it has members;
 * -EINVAL: it is the root.
 */
int genl_pool_del(struct genl_client *client, uint32_t id, char **ret_error);

/**
 * genl_pool_dump() - all pools, at one moment, parents before their members
 * @client: client
 * @ret: array to be freed; NULL if there are none
 * @ret_n: how many
 * @ret_error: see genl.h
 *
 * Return: 0 or a negative errno, see genl.h.
 */
int genl_pool_dump(struct genl_client *client, struct genl_pool **ret, size_t *ret_n,
		   char **ret_error);

/**
 * genl_batch_set() - several changes, judged by what they lead to together: all or none is made
 * @client: client
 * @items: changes; each guest and each pool at most once
 * @n: how many, 1 to KVRM_BATCH_CHANGES_MAX
 * @ret_error: see genl.h; names the change at fault
 *
 * Return: 0 or a negative errno as of genl_guest_set() and genl_pool_set(); nothing has changed then.
 */
int genl_batch_set(struct genl_client *client, const struct genl_batch_item *items, size_t n,
		   char **ret_error);

#endif
