/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How the memory limit of a guest or of a pool comes into force, and stays so: what follows from what is observed. Pure.
 *
 * First the balloon is to take what is above the limit, and throttling keeps the guest from charging more; only
 * when it uses no more than what is unthrottled, memory.max follows: writing it below what is used could
 * kill. Upwards all follow at once.
 */
#ifndef KVRM_PLAN_MEMORY_H
#define KVRM_PLAN_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/model/pool.h"

/* Of memory.high and memory.max: "max". */
#define PLAN_MEMORY_NONE UINT64_MAX

/**
 * struct plan_memory_facts - what is wanted and observed of memory
 * @limit_bytes: wanted; 0: unlimited
 * @memory_bytes: that the guest has; of no consequence for a pool, as the next
 * @overhead_bytes: that its QEMU is counted with beside
 * @usage_bytes: charged now
 * @high_bytes: memory.high; PLAN_MEMORY_NONE: max
 * @max_bytes: memory.max; likewise
 * @held: the module looks after memory.high
 */
struct plan_memory_facts {
	uint64_t limit_bytes;
	uint64_t memory_bytes;
	uint64_t overhead_bytes;
	uint64_t usage_bytes;
	uint64_t high_bytes;
	uint64_t max_bytes;
	bool held;
};

/**
 * struct plan_memory - what is to be done
 * @balloon_bytes: what the balloon is to leave the guest; not of a pool, which has none
 * @tell_high: memory.high is to be @high_bytes, and systemd to know that; else it stays for now
 * @high_bytes: PLAN_MEMORY_NONE: max
 * @tell_max: likewise, of memory.max
 * @max_bytes: PLAN_MEMORY_NONE: max
 * @stop: if it goes on it may be killed: its virtual CPUs are to stop
 * @in_pool: because of its pool's limit, not its own
 * @go_on: if they were stopped for that they may go on
 */
struct plan_memory {
	uint64_t balloon_bytes;
	bool tell_high;
	uint64_t high_bytes;
	bool tell_max;
	uint64_t max_bytes;
	bool stop;
	bool in_pool;
	bool go_on;
};

struct plan_memory plan_memory(const struct plan_memory_facts *facts);
enum pool_room plan_pool_room(const struct plan_memory_facts *facts);

#endif
