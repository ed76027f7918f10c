/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A pool's slice, as it is observed through its cgroup.
 */
#ifndef KVRM_OBSERVE_POOL_H
#define KVRM_OBSERVE_POOL_H

#include "daemon/model/pool.h"

int pool_open_cgroup(const struct pool *pool);
void pool_read_memory(struct pool *pool);
int pool_read_limit(struct pool *pool, uint64_t limit_us, bool *ret_holds);

#endif
