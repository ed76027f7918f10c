// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a virtual CPU's thread ran: the guest, the host's kernel for it, or the code of its process.
 *
 * Known exactly is only the sum, the thread's CPU time. Which of the three it was the kernel
 * samples with each tick that finds the thread on a CPU: task->gtime, task->stime, and of
 * task->utime what is not in gtime. The sum is split in proportion (include/kvrm/split.c), as the
 * kernel does for /proc (cputime_adjust()).
 *
 * A tick that comes on the way into the guest or out of it, while interrupts are off, finds the
 * guest: it has too much if it exits all the time. A CPU without ticks (nohz_full) measures, but
 * tells a guest's time only when the guest exits.
 */
#include <linux/build_bug.h>
#include <linux/compiler.h>

#include "kmod/modes.h"

/* Words that others write; of a pair that does not fit together, user time is too little once. */
static void kvrm_modes_read(const struct task_struct *task, u64 ret_ns[KVRM_MODES])
{
	u64 utime_ns = READ_ONCE(task->utime);
	u64 gtime_ns = READ_ONCE(task->gtime);

	ret_ns[KVRM_MODE_GUEST] = gtime_ns;
	ret_ns[KVRM_MODE_KERNEL] = READ_ONCE(task->stime);
	ret_ns[KVRM_MODE_USER] = kvrm_excess(utime_ns, gtime_ns);
}

/**
 * kvrm_modes_follow() - another thread runs the virtual CPU: its ticks count from now on
 * @modes: of the virtual CPU
 * @task: referenced
 */
void kvrm_modes_follow(struct kvrm_modes *modes, const struct task_struct *task)
{
	kvrm_modes_read(task, modes->ticks_ns);
}

/**
 * kvrm_modes_sample() - what ticks have told of the thread since it was last looked at
 * @modes: of the virtual CPU
 * @task: that was followed last; referenced; may have ended
 */
void kvrm_modes_sample(struct kvrm_modes *modes, const struct task_struct *task)
{
	u64 now_ns[KVRM_MODES], growth_ns[KVRM_MODES];
	int i;

	BUILD_BUG_ON(KVRM_MODES != KVRM_SPLIT_PARTS);
	kvrm_modes_read(task, now_ns);
	for (i = 0; i < KVRM_MODES; i++) {
		growth_ns[i] = kvrm_excess(now_ns[i], modes->ticks_ns[i]);
		modes->ticks_ns[i] += growth_ns[i];
	}
	kvrm_split_sample(&modes->split, growth_ns);
}

/**
 * kvrm_modes_split() - split running time as of now
 * @modes: of the virtual CPU
 * @task: as of kvrm_modes_sample(); NULL: there is none
 * @running_ns: what is to be split, never less than before
 */
void kvrm_modes_split(struct kvrm_modes *modes, const struct task_struct *task, u64 running_ns)
{
	if (task)
		kvrm_modes_sample(modes, task);
	kvrm_split_to(&modes->split, running_ns);
}
