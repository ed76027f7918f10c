// SPDX-License-Identifier: GPL-2.0-only
/*
 * CPU time of the threads of a guest's process, by what they are for.
 *
 * Each thread is remembered with what it had run when it was last looked at; what it has run since
 * is counted as what it is for now. A reference keeps its CPU time readable after its end, so that
 * nothing of it is lost and nothing counted twice: the kernel sums up what threads that have ended
 * ran (signal->sum_sched_runtime), and what is in that sum beyond those that are remembered here
 * ran in threads that came and went between two looks, which count as the emulator's. Of each the
 * kernel has left out what it ran since its last tick.
 *
 * This is done when somebody asks for the guest, and costs a look at each thread. vhost's workers
 * are threads of the process since 6.4, unless vhost is told otherwise; those that are threads of
 * the kernel's are not known here.
 */
#include <linux/ktime.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/seqlock.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "kmod/compat/compat.h"
#include "kmod/task.h"
#include "kmod/threads.h"
#include "kmod/vcpu.h"
#include "kvrm/arith.h"

/* As QEMU names them; the thread of its monitor is not there for the guest's I/O. */
#define KVRM_THREADS_IO	     "IO "
#define KVRM_THREADS_MONITOR "IO mon_iothread"
/* As vhost does. */
#define KVRM_THREADS_VHOST "vhost-"

/**
 * struct kvrm_thread - a thread of a guest's process
 * @task: referenced
 * @exec_ns: its CPU time when it was last looked at, never going back
 * @vcpu: it runs a virtual CPU
 */
struct kvrm_thread {
	struct task_struct *task;
	u64 exec_ns;
	bool vcpu;
};

/**
 * kvrm_threads_init() - nothing is known yet
 * @threads: zeroed
 */
void kvrm_threads_init(struct kvrm_threads *threads)
{
	xa_init(&threads->known);
}

static void kvrm_threads_forget(struct kvrm_threads *threads, unsigned long index,
				struct kvrm_thread *thread)
{
	xa_erase(&threads->known, index);
	put_task_struct(thread->task);
	kfree(thread);
}

/**
 * kvrm_threads_release() - let go of all threads
 * @threads: not to be sampled any more
 */
void kvrm_threads_release(struct kvrm_threads *threads)
{
	struct kvrm_thread *thread;
	unsigned long index;

	xa_for_each(&threads->known, index, thread)
		kvrm_threads_forget(threads, index, thread);
	xa_destroy(&threads->known);
}

/* By flags that the kernel sets, and by names, which may change while they are read. */
static enum kvrm_thread_kind kvrm_thread_kind(const struct kvrm_thread *thread)
{
	const struct task_struct *task = thread->task;

	if (thread->vcpu)
		return KVRM_THREAD_VCPU;
	if (READ_ONCE(task->flags) & PF_IO_WORKER)
		return KVRM_THREAD_IO;
	if (kvrm_compat_is_user_worker(task))
		return str_has_prefix(task->comm, KVRM_THREADS_VHOST) ? KVRM_THREAD_VHOST
								      : KVRM_THREAD_EMULATOR;
	if (str_has_prefix(task->comm, KVRM_THREADS_IO) &&
	    !str_has_prefix(task->comm, KVRM_THREADS_MONITOR))
		return KVRM_THREAD_IO;
	return KVRM_THREAD_EMULATOR;
}

/*
 * Remember a thread, unless it is known. Without memory for it, and while another one that had its
 * id and has ended is still to be counted, that is done the next time. The caller holds RCU.
 */
static void kvrm_threads_add(struct kvrm_threads *threads, struct task_struct *task)
{
	const gfp_t gfp = GFP_NOWAIT | __GFP_NOWARN;
	struct kvrm_thread *thread;

	if (xa_load(&threads->known, task->pid))
		return;
	thread = kzalloc(sizeof(*thread), gfp);
	if (!thread)
		return;
	thread->task = task;
	/* What older ones ran before is not counted. */
	if (task->start_time <= threads->begun_ns)
		thread->exec_ns = kvrm_task_exec(task);
	if (xa_err(xa_store(&threads->known, task->pid, thread, gfp)))
		kfree(thread);
	else
		get_task_struct(task);
}

/* Which of them run virtual CPUs now. */
static void kvrm_threads_mark(struct kvrm_threads *threads, struct xarray *vcpus)
{
	struct kvrm_thread *thread;
	struct kvrm_vcpu *v;
	unsigned long index;

	xa_for_each(&threads->known, index, thread)
		thread->vcpu = false;
	xa_for_each(vcpus, index, v) {
		thread = v->task ? xa_load(&threads->known, v->task->pid) : NULL;
		if (thread && thread->task == v->task)
			thread->vcpu = true;
	}
}

/* What a thread has run since it was last looked at. */
static void kvrm_threads_count(struct kvrm_threads *threads, struct kvrm_thread *thread)
{
	enum kvrm_thread_kind kind = kvrm_thread_kind(thread);
	u64 growth_ns = kvrm_excess(kvrm_task_exec(thread->task), thread->exec_ns);

	if (kind == KVRM_THREAD_VHOST)
		threads->has_vhost = true;
	threads->spent_ns[kind] += growth_ns;
	thread->exec_ns += growth_ns;
}

/* All that are remembered; those that have ended for the last time. */
static void kvrm_threads_count_all(struct kvrm_threads *threads)
{
	struct kvrm_thread *thread;
	unsigned long index;
	bool alive;

	xa_for_each(&threads->known, index, thread) {
		alive = pid_alive(thread->task);
		kvrm_threads_count(threads, thread);
		if (alive)
			continue;
		threads->gone_ns += READ_ONCE(thread->task->se.sum_exec_runtime);
		kvrm_threads_forget(threads, index, thread);
	}
}

/*
 * CPU time of threads that have ended. The kernel adds a thread and takes its pid away in one
 * section of this lock: whatever is in the sum that is read here is not pid_alive() any more.
 */
static u64 kvrm_threads_ended_ns(const struct signal_struct *signal)
{
	unsigned int seq;
	u64 ended_ns;

	do {
		seq = read_seqbegin(&signal->stats_lock);
		ended_ns = signal->sum_sched_runtime;
	} while (read_seqretry(&signal->stats_lock, seq));
	return ended_ns;
}

/**
 * kvrm_threads_sample() - bring the counters up to date; the first time: begin to count
 * @threads: of a guest; its lock is held
 * @process: the guest's
 * @vcpus: struct kvrm_vcpu of the guest
 *
 * The sum of those that have ended is read first: one that ends meanwhile is not in there, and is
 * missing until the next time at most.
 *
 * Context: process.
 */
void kvrm_threads_sample(struct kvrm_threads *threads, struct pid *process, struct xarray *vcpus)
{
	struct task_struct *leader, *task;
	u64 now_ns = ktime_get_ns(), ended_ns = 0, unseen_ns;

	/* Threads are freed under RCU; the signal structure lives as long as its threads do. */
	rcu_read_lock();
	leader = pid_task(process, PIDTYPE_TGID);
	if (leader) {
		ended_ns = kvrm_threads_ended_ns(leader->signal);
		if (!threads->begun_ns) {
			threads->begun_ns = now_ns;
			threads->unseen_ns = ended_ns;
		}
		for_each_thread(leader, task)
			kvrm_threads_add(threads, task);
	}
	rcu_read_unlock();

	kvrm_threads_mark(threads, vcpus);
	kvrm_threads_count_all(threads);
	unseen_ns = kvrm_excess(kvrm_excess(ended_ns, threads->gone_ns), threads->unseen_ns);
	threads->unseen_ns += unseen_ns;
	threads->spent_ns[KVRM_THREAD_EMULATOR] += unseen_ns;
	threads->sampled_ns = now_ns;
}
