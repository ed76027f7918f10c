// SPDX-License-Identifier: GPL-2.0-only
/*
 * How long a thread ran and waited, up to this moment.
 *
 * The scheduler brings both up to date at ticks and switches only, so what has happened since is
 * added. It is read without the run queue's lock and may be off by a little for a moment; who needs
 * counters that never go back remembers the highest reading.
 */
#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/sched/clock.h>

#include "kmod/task.h"

static u64 kvrm_task_since(struct task_struct *task, u64 start_ns)
{
	u64 now_ns = sched_clock_cpu(task_cpu(task));

	return now_ns > start_ns ? now_ns - start_ns : 0;
}

/**
 * kvrm_task_since_update() - time since the scheduler last brought a thread's run time up to date
 * @task: referenced, or under RCU
 *
 * Return: ns.
 */
u64 kvrm_task_since_update(struct task_struct *task)
{
	return kvrm_task_since(task, READ_ONCE(task->se.exec_start));
}

/**
 * kvrm_task_exec() - CPU time of a thread
 * @task: referenced, or under RCU
 *
 * While it is on a CPU, no more than a tick is added: who reads may be held up between one reading
 * and the next, and then finds a time in which the thread did something else.
 *
 * Return: ns.
 */
u64 kvrm_task_exec(struct task_struct *task)
{
	u64 exec_ns = READ_ONCE(task->se.sum_exec_runtime);

	if (READ_ONCE(task->on_cpu))
		exec_ns += min_t(u64, kvrm_task_since_update(task), TICK_NSEC);
	return exec_ns;
}

/**
 * kvrm_task_waiting() - for how long a thread has been waiting for a CPU
 * @task: referenced, or under RCU
 *
 * Return: ns; 0 if it runs or sleeps.
 */
u64 kvrm_task_waiting(struct task_struct *task)
{
	u64 queued_ns = READ_ONCE(task->sched_info.last_queued);

	return queued_ns && !READ_ONCE(task->on_cpu) ? kvrm_task_since(task, queued_ns) : 0;
}

/**
 * kvrm_task_wait() - time that a thread waited for a CPU, because others ran or by cpu.max
 * @task: referenced, or under RCU
 *
 * Return: ns.
 */
u64 kvrm_task_wait(struct task_struct *task)
{
	return READ_ONCE(task->sched_info.run_delay) + kvrm_task_waiting(task);
}
