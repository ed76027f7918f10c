/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVRM_POOL_H
#define KVRM_POOL_H

#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/kvrm.h>

#include "kmod/cgcpu.h"
#include "kmod/cgmem.h"
#include "kvrm/control.h"
#include "kvrm/node.h"

/**
 * struct kvrm_pool - a part of the host's resources
 * @node: its place in the tree
 * @id: key; set once, before the pool is published
 * @name: for people
 * @cpu: its cgroup
 * @mem: the cgroup's memory.min; NULL: it has none, or nobody has looked for it yet
 * @memory_limit_bytes: that its members' memory must not exceed together; 0: none
 *
 * Everything is protected by kvrm_tree_lock. Pools are published and unpublished by commands only,
 * which genl_mutex serialises, so a command may use a pool after it let go of the lock.
 */
struct kvrm_pool {
	struct kvrm_node node;
	u32 id;
	char name[KVRM_POOL_NAME_MAX + 1];
	struct kvrm_cgcpu cpu;
	struct kvrm_cgmem *mem;
	u64 memory_limit_bytes;
};

/* Protects the tree: all nodes, pools, and guests' place, shares and struct kvrm_cgcpu. */
extern struct mutex kvrm_tree_lock;
extern struct kvrm_pool kvrm_root_pool;
extern struct kvrm_control kvrm_host_cpu;

int kvrm_pool_init(void);
void kvrm_pool_exit(void);

struct kvrm_pool *kvrm_pool_new(void);
void kvrm_pool_free(struct kvrm_pool *pool);
int kvrm_pool_publish(struct kvrm_pool *pool);
void kvrm_pool_unpublish(struct kvrm_pool *pool);
struct kvrm_pool *kvrm_pool_find(u32 id);
struct kvrm_pool *kvrm_pool_next(unsigned long *cursor);
void kvrm_pool_moved(void);
u32 kvrm_pool_generation(void);
u32 kvrm_pool_count(void);
void kvrm_pool_leave(struct kvrm_node *node);
void kvrm_pool_refresh_capacity(void);
bool kvrm_pool_set_reserve(u64 reserve_us, bool fixed);
bool kvrm_pool_set_memory_reserve(u64 bytes, bool fixed);

static inline struct kvrm_pool *kvrm_pool_of(struct kvrm_node *node)
{
	return container_of(node, struct kvrm_pool, node);
}

#endif
