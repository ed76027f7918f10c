/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Changes of allocations, of one or several systems and pools as one: systemd first, for each; then the
 * module, all at once; then cpu.max and memory.min are read back. If anything fails, what was done is
 * undone in reverse.
 */
#ifndef KVRM_CHANGE_H
#define KVRM_CHANGE_H

#include "daemon/model/pool.h"
#include "daemon/model/system.h"
#include "daemon/observe/guest.h"

struct change;

/**
 * struct change_item - one allocation
 * @system: whose; NULL: @pool's
 * @pool: not the root
 * @from: in force
 * @to: to be put into force
 * @overhead_from_bytes: of a system: what its QEMU is counted with beside
 * @overhead_to_bytes: likewise, with the memory of @to
 * @expandable_from: of a pool
 * @expandable_to: of a pool
 * @memory_expandable_from: of a pool
 * @memory_expandable_to: of a pool
 */
struct change_item {
	struct system *system;
	struct pool *pool;
	struct allocation from;
	struct allocation to;
	uint64_t overhead_from_bytes;
	uint64_t overhead_to_bytes;
	bool expandable_from;
	bool expandable_to;
	bool memory_expandable_from;
	bool memory_expandable_to;
};

/**
 * change_done - a change's end, once
 * @error: 0, or an ERROR_* after everything was undone
 * @text: sentence if @error is not 0
 * @data: as given to change_run()
 */
typedef void change_done(int error, const char *text, void *data);

int change_run(const struct guest_env *env, struct change_item *items, size_t n, change_done *done,
	       void *data, struct change **ret);
void change_revert(const struct guest_env *env, const struct change_item *items, size_t n);
struct change *change_free(struct change *change);

#endif
