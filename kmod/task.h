/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVRM_TASK_H
#define KVRM_TASK_H

#include <linux/sched.h>
#include <linux/types.h>

u64 kvrm_task_since_update(struct task_struct *task);
u64 kvrm_task_exec(struct task_struct *task);
u64 kvrm_task_waiting(struct task_struct *task);
u64 kvrm_task_wait(struct task_struct *task);

#endif
