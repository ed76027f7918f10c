/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A pool: a part of the host's resources, carved out of another one. What is wanted of it, and what is
 * observed. Keys, rules and sentences are those of Documentation/dbus/org.kvrm1.Pool.md.
 *
 * Errors: -EINVAL with a sentence that names the key and the allowed range, or -ENOMEM. Sentences
 * are to be freed; ret_error may be NULL.
 */
#ifndef KVRM_POOL_H
#define KVRM_POOL_H

#include <systemd/sd-event.h>

#include "daemon/model/definition.h"
#include "daemon/util/slice.h"
#include "kvrm/node.h"

/* What systemd was told last of a memory.min, if that is not known. */
#define MEMORY_UNTOLD UINT64_MAX
/* What was told was refused: it is to be told again. */
#define MEMORY_REFUSED (UINT64_MAX - 1)
/* What systemd was told last of a memory.high or memory.max, if that is not known. */
#define MEMORY_UNTOLD_LIMIT 0

/* Keys that a message may have. */
enum pool_keys {
	POOL_KEYS_ALL,	   /* a new pool */
	POOL_KEYS_CHANGE,  /* a change: all but Name and Parent */
	POOL_KEYS_NOTHING, /* of the root: Description */
};

/**
 * struct pool_definition - a pool as it is wanted
 * @name: unique among the pools of a host
 * @description: for people; NULL: none
 * @parent: name of the pool it is carved out of; "" of the root
 * @cpu: for all members together; its reservation is taken out of @parent
 * @memory: likewise
 * @expandable: borrows from @parent what its processor reservation lacks
 * @memory_expandable: and what its memory reservation lacks
 */
struct pool_definition {
	char name[POOL_NAME_MAX + 1];
	char *description;
	char parent[POOL_NAME_MAX + 1];
	struct cpu_allocation cpu;
	struct memory_allocation memory;
	bool expandable;
	bool memory_expandable;
};

/**
 * struct cpu_flow - the processor, as the module measures it, µs of CPU time per second
 * @known: the module knows the pool or the virtual system; else the rest is 0
 * @demand_us: what it would use if nothing held it back
 * @used_us: what it uses
 * @entitled_us: what it is due
 */
struct cpu_flow {
	bool known;
	uint64_t demand_us;
	uint64_t used_us;
	uint64_t entitled_us;
};

/* How near its members' memory is to a pool's limit. */
enum pool_room {
	POOL_ROOM_UNKNOWN, /* it has one, and what they use was not seen yet */
	POOL_ROOM_ENOUGH,  /* it has none, or they use clearly less */
	POOL_ROOM_LITTLE,  /* less than what it leaves unthrottled */
	POOL_ROOM_NONE,	   /* about that: who holds more than he is due is to give back */
	POOL_ROOM_LACKS,   /* more: they are throttled */
	POOL_ROOM_KILLS,   /* so much more that the kernel would kill somebody soon */
};

/**
 * struct pool - a pool
 * @definition: owned
 * @node: in the tree of the host
 * @module_id: in the module; 0: not known there
 * @cgroup_fd: directory of its slice's cgroup, owned; -1: not there yet
 * @limit_applied_us: read back from cpu.max; 0: unlimited
 * @flow: last sample
 * @memory_used_bytes: charged to its cgroup, at the last sample; 0: not known
 * @reasserted: how often the module had put back what others had changed, at the last sample
 * @weight_asserted: static weight that was asked for last; 0: none
 * @memory_asserted: memory.min that systemd was told last; MEMORY_UNTOLD: none
 * @memory_limit_applied_bytes: read back from memory.max; 0: unlimited
 * @high_asserted: memory.high that systemd was told last, UINT64_MAX: max; MEMORY_UNTOLD_LIMIT: none
 * @max_asserted: likewise, memory.max
 * @room: to its memory limit, when it was looked at last
 * @events: tells that it is throttled because of that; NULL if nobody listens
 * @asking: a call to the launcher about it is outstanding; NULL if not
 * @runtime: who makes its slice; not this file's business
 */
struct pool {
	struct pool_definition *definition;
	struct kvrm_node node;
	uint32_t module_id;
	int cgroup_fd;
	uint64_t limit_applied_us;
	struct cpu_flow flow;
	uint64_t memory_used_bytes;
	uint64_t reasserted;
	uint32_t weight_asserted;
	uint64_t memory_asserted;
	uint64_t memory_limit_applied_bytes;
	uint64_t high_asserted;
	uint64_t max_asserted;
	enum pool_room room;
	sd_event_source *events;
	sd_bus_slot *asking;
	void *runtime;
};

/* pool-definition.c */
struct pool_definition *pool_definition_new(const char *name);
struct pool_definition *pool_definition_copy(const struct pool_definition *d);
struct pool_definition *pool_definition_free(struct pool_definition *d);
int pool_definition_validate(const struct pool_definition *d, uint64_t capacity_us,
			     char **ret_error);
int pool_definition_read_bus(sd_bus_message *m, enum pool_keys keys, struct pool_definition *d,
			     char **ret_error);
int pool_definition_to_json(const struct pool_definition *d, char **ret_text);
int pool_definition_from_json(const char *text, struct pool_definition **ret, char **ret_error);

/* pool.c */
struct pool *pool_new(struct pool_definition *definition);
struct pool *pool_free(struct pool *pool);
struct pool *pool_of(const struct kvrm_node *node);
void pool_share(const struct pool_definition *d, struct kvrm_share ret[static KVRM_RESOURCE_COUNT]);
void allocation_share(const struct allocation *allocation, uint64_t overhead_bytes,
		      struct kvrm_share ret[static KVRM_RESOURCE_COUNT]);
uint64_t pool_memory_min(const struct pool *pool);
size_t pool_chain(const struct pool *pool, const char *chain[static SLICE_CHAIN_MAX]);
bool pool_is_root(const struct pool *pool);

static inline void pool_definition_freep(struct pool_definition **d)
{
	pool_definition_free(*d);
}
#define _cleanup_pool_definition_ _cleanup_(pool_definition_freep)

#endif
