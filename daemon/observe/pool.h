/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A pool's slice, as it is observed through its cgroup.
 */
#ifndef KVRM_OBSERVE_POOL_H
#define KVRM_OBSERVE_POOL_H

#include "daemon/model/pool.h"
#include "daemon/wire/cgroup.h"

int pool_open_cgroup(const struct pool *pool);
int pool_look_at_memory(struct pool *pool, struct cgroup_memory *ret);
int pool_read_limit(struct pool *pool, uint64_t limit_us, bool *ret_holds);

#endif
