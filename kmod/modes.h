/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVRM_MODES_H
#define KVRM_MODES_H

#include <linux/sched.h>
#include <linux/types.h>

#include "kvrm/split.h"

/* What a virtual CPU's thread runs. As long as no tick has told anything, all is the first. */
enum kvrm_mode { KVRM_MODE_GUEST, KVRM_MODE_KERNEL, KVRM_MODE_USER, KVRM_MODES };

/**
 * struct kvrm_modes - for how long a virtual CPU's thread ran in each mode; zeroed at first
 * @ticks_ns: what ticks had told of the thread when it was last looked at, never going back
 * @split: running time since the virtual CPU was registered, up to the last kvrm_modes_split()
 *
 * Protected by the guest's lock.
 */
struct kvrm_modes {
	u64 ticks_ns[KVRM_MODES];
	struct kvrm_split split;
};

void kvrm_modes_follow(struct kvrm_modes *modes, const struct task_struct *task);
void kvrm_modes_sample(struct kvrm_modes *modes, const struct task_struct *task);
void kvrm_modes_split(struct kvrm_modes *modes, const struct task_struct *task, u64 running_ns);

#endif
