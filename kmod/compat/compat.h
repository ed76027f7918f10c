/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Differences between kernels, as functions that behave the same on all of them. The only place
 * that tests for a kernel's features (kmod/compat/probe finds them); see kmod/compat/README.md for
 * when each can go.
 */
#ifndef KVRM_COMPAT_H
#define KVRM_COMPAT_H

#include <linux/hrtimer.h>
#include <linux/kvm_host.h>
#include <linux/mm.h>
#include <linux/namei.h>
#include <linux/pid.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/task_work.h>
#include <net/genetlink.h>
#ifdef KVRM_HAVE_GSO_H
#include <net/gso.h>
#else
#include <linux/netdevice.h>
#endif

/**
 * kvrm_compat_vcpu_pid() - the thread that runs a virtual CPU
 * @vcpu: kept alive by the caller's reference on its VM
 *
 * Context: process; takes pid_lock or RCU for a moment.
 * Return: a referenced pid, NULL before the first KVM_RUN.
 */
static inline struct pid *kvrm_compat_vcpu_pid(struct kvm_vcpu *vcpu)
{
	struct pid *pid;

#ifdef KVRM_HAVE_VCPU_PID_LOCK
	read_lock(&vcpu->pid_lock);
	pid = get_pid(vcpu->pid);
	read_unlock(&vcpu->pid_lock);
#else
	rcu_read_lock();
	pid = get_pid(rcu_dereference(vcpu->pid));
	rcu_read_unlock();
#endif
	return pid;
}

#ifdef KVRM_HAVE_EXTACK_FMT
#define kvrm_compat_extack(extack, fmt, args...) NL_SET_ERR_MSG_FMT(extack, fmt, ##args)
#else
/**
 * kvrm_compat_extack_text() - format a sentence where struct netlink_ext_ack has no room for one
 * @extack: NULL is allowed
 * @fmt: as for printk()
 *
 * The answer copies the sentence as soon as the command has returned. It lies in one of
 * many buffers that are used in turn until then.
 */
static inline __printf(2, 3) void kvrm_compat_extack_text(struct netlink_ext_ack *extack,
							  const char *fmt, ...)
{
	static char buffers[64][80];
	static atomic_t next;
	va_list args;
	char *text;

	if (!extack)
		return;
	text = buffers[(unsigned int)atomic_inc_return(&next) % ARRAY_SIZE(buffers)];
	va_start(args, fmt);
	vscnprintf(text, sizeof(buffers[0]), fmt, args);
	va_end(args);
	extack->_msg = text;
}

#define kvrm_compat_extack(extack, fmt, args...) kvrm_compat_extack_text(extack, fmt, ##args)
#endif

/**
 * kvrm_compat_is_user_worker() - whether a thread of a process is the kernel's, who works for it
 * @task: referenced, or under RCU
 *
 * Return: false where vhost's workers are no threads of the process that they work for.
 */
static inline bool kvrm_compat_is_user_worker(const struct task_struct *task)
{
#ifdef PF_USER_WORKER
	return READ_ONCE(task->flags) & PF_USER_WORKER;
#else
	return false;
#endif
}

/**
 * kvrm_compat_huge_pages() - what a process has of hugetlbfs
 * @mm: its memory
 *
 * Return: in pages of PAGE_SIZE.
 */
static inline u64 kvrm_compat_huge_pages(const struct mm_struct *mm)
{
#ifdef CONFIG_HUGETLB_PAGE
	return atomic_long_read(&mm->hugetlb_usage);
#else
	return 0;
#endif
}

/**
 * kvrm_compat_dump_attrs() - attributes of the request that began a dump
 * @cb: the dump
 *
 * Return: the parsed attributes, by type.
 */
static inline struct nlattr **kvrm_compat_dump_attrs(struct netlink_callback *cb)
{
#ifdef KVRM_HAVE_GENL_INFO_DUMP
	return genl_info_dump(cb)->attrs;
#else
	return genl_dumpit_info(cb)->attrs;
#endif
}

/**
 * kvrm_compat_hrtimer_setup() - prepare a timer
 * @timer: not active
 * @function: called when it expires
 * @clock: e.g. CLOCK_MONOTONIC
 * @mode: with which it will be started
 */
static inline void
kvrm_compat_hrtimer_setup(struct hrtimer *timer,
			  enum hrtimer_restart (*function)(struct hrtimer *timer), clockid_t clock,
			  enum hrtimer_mode mode)
{
#ifdef KVRM_HAVE_HRTIMER_SETUP
	hrtimer_setup(timer, function, clock, mode);
#else
	hrtimer_init(timer, clock, mode);
	timer->function = function;
#endif
}

/**
 * kvrm_compat_vma_forbid_write() - a mapping is not writable, and never will be
 * @vma: being made, and not VM_WRITE
 */
static inline void kvrm_compat_vma_forbid_write(struct vm_area_struct *vma)
{
#ifdef KVRM_HAVE_VM_FLAGS_CLEAR
	vm_flags_clear(vma, VM_MAYWRITE);
#else
	vma->vm_flags &= ~VM_MAYWRITE;
#endif
}

/**
 * kvrm_compat_gso_segment() - segment a packet in software
 * @skb: begins with the link layer's header
 * @features: what the segments may be like
 * @tx_path: it is on its way out
 *
 * Return: a list of segments beside @skb, NULL if there is no need, or an error pointer.
 */
static inline struct sk_buff *kvrm_compat_gso_segment(struct sk_buff *skb,
						      netdev_features_t features, bool tx_path)
{
	/* The same everywhere, but declared elsewhere: see above. */
	return __skb_gso_segment(skb, features, tx_path);
}

/* The same everywhere, but not always declared where modules see it. */
int vfs_path_lookup(struct dentry *dentry, struct vfsmount *mnt, const char *name,
		    unsigned int flags, struct path *path);

#ifdef KVRM_HAVE_TASK_WORK
#define KVRM_COMPAT_TASK_WORK 1
#else
#define KVRM_COMPAT_TASK_WORK 0
#endif

/**
 * kvrm_compat_task_work_add() - task_work_add(), where modules may use it
 * @task: referenced
 * @work: prepared with init_task_work()
 * @how: how the task is told
 *
 * Return: 0; -ESRCH if the task is ending; -EOPNOTSUPP if KVRM_COMPAT_TASK_WORK is 0.
 */
static inline int kvrm_compat_task_work_add(struct task_struct *task, struct callback_head *work,
					    enum task_work_notify_mode how)
{
#ifdef KVRM_HAVE_TASK_WORK
	return task_work_add(task, work, how);
#else
	return -EOPNOTSUPP;
#endif
}

#endif
