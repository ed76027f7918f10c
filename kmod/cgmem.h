/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVRM_CGMEM_H
#define KVRM_CGMEM_H

#include <linux/fs.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/path.h>
#include <linux/types.h>

/**
 * struct kvrm_cgmem - a cgroup's memory: memory.min and memory.low, and for limits memory.high
 * @ref: held by the guest or pool that it belongs to, and by protect.c and squeeze.c during a round
 * @dir: the cgroup's directory
 * @min: its memory.min, open for writing; another one once it was there anew
 * @wanted: what it is to say, in bytes
 * @found: what it said when it was last read, in bytes; U64_MAX: max
 * @owned: it was in a round: what it says is what we wanted, unless others have written it
 * @gone: it could not be read: the memory controller was taken from the cgroup, or that is gone
 * @reasserted: how often others' changes were put right
 * @round: place in protect.c's round
 * @left: place among those that nobody has any more
 * @low: its memory.low, open for writing; another one once it was there anew
 * @held: its memory.current
 * @swapped: its memory.swap.current; NULL: swap is not accounted for
 * @held_bytes: what @held said
 * @swapped_bytes: what @swapped said
 * @low_wanted: about what memory.low is to say, in bytes
 * @low_found: what it said when it was last read
 * @low_owned: what it says is ours to give up
 * @low_reasserted: how often others' changes of it were put right
 * @high: its memory.high, open for writing; another one once it was there anew
 * @usage: its memory.current
 * @high_wanted: what memory.high is to say, in bytes; U64_MAX: max
 * @high_found: what it said when it was last read; likewise
 * @high_owned: what it says is what we wanted, unless others have written it; while it is not set
 *	and there is no limit, it is left alone
 * @high_reasserted: how often others' changes of it were put right
 * @squeeze: place in squeeze.c's round
 *
 * @left is protected by protect.c's lock, @ref by itself, @dir is constant. Once a guest or pool
 * has it, all from @high on is the worker's in squeeze.c, and all else the worker's in protect.c.
 * @found, @gone, @reasserted, and the same of memory.low and memory.high, may be read at any time.
 */
struct kvrm_cgmem {
	struct kref ref;
	struct path dir;
	struct file *min;
	u64 wanted;
	u64 found;
	bool owned;
	bool gone;
	u64 reasserted;
	struct list_head round;
	struct list_head left;
	struct file *low;
	struct file *held;
	struct file *swapped;
	u64 held_bytes;
	u64 swapped_bytes;
	u64 low_wanted;
	u64 low_found;
	bool low_owned;
	u64 low_reasserted;
	struct file *high;
	struct file *usage;
	u64 high_wanted;
	u64 high_found;
	bool high_owned;
	u64 high_reasserted;
	struct list_head squeeze;
};

struct kvrm_cgmem *kvrm_cgmem_open(struct file *sibling);
struct kvrm_cgmem *kvrm_cgmem_get(struct kvrm_cgmem *mem);
void kvrm_cgmem_put(struct kvrm_cgmem *mem);
int kvrm_cgmem_read(struct file *file, u64 *ret_bytes);
void kvrm_cgmem_look(struct kvrm_cgmem *mem);
void kvrm_cgmem_write(struct kvrm_cgmem *mem);

#endif
