// SPDX-License-Identifier: GPL-2.0-only
/*
 * The CPU time of many cgroups, at the price of one.
 *
 * The kernel counts a cgroup's CPU time on each CPU apart, and sums it up (flushes it) when a
 * cpu.stat is read: of this cgroup and of all below it, under a lock that all such readers of the
 * host share, going through all possible CPUs. Nothing else that a module may call does that. So
 * whoever goes round many guests reads one cpu.stat, of a cgroup that lies above them, and then
 * each guest's sum where it is, in struct cgroup. The cgroup above is the highest one that has such
 * a file with sums: directly in the hierarchy's root, or where the mount begins through which the
 * guest was registered. All guests below it share it.
 *
 * For how long cpu.max held a cgroup back is no such sum. The cpu controller is asked for it, in
 * the way in which cpu.stat asks.
 */
#include <linux/dcache.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/math64.h>
#include <linux/mount.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/time64.h>

#include "kmod/cgfile.h"
#include "kmod/cgflush.h"

/**
 * struct kvrm_cgflush - a cgroup with guests below it
 * @link: in kvrm_cgflushes; kvrm_cgflush_lock
 * @users: how many cgroups below it were given it; kvrm_cgflush_lock
 * @cgroup: identity; it is there as long as one of @users is, which have references
 * @stat: its cpu.stat
 * @lock: held while @stat is read; protects the next
 * @flushed_ns: when the last flush began (ktime_get_ns())
 */
struct kvrm_cgflush {
	struct list_head link;
	unsigned int users;
	const struct cgroup *cgroup;
	struct file *stat;
	struct mutex lock;
	u64 flushed_ns;
};

static DEFINE_MUTEX(kvrm_cgflush_lock);
static LIST_HEAD(kvrm_cgflushes);

/* The directory at level 1 above another one, or where its mount begins; with a reference. */
static struct dentry *kvrm_cgflush_climb(const struct path *dir, int *level)
{
	struct dentry *at = dget(dir->dentry);
	struct dentry *parent;

	while (*level > 1 && at != dir->mnt->mnt_root && !IS_ROOT(at)) {
		parent = dget_parent(at);
		dput(at);
		at = parent;
		(*level)--;
	}
	return at;
}

static struct kvrm_cgflush *kvrm_cgflush_find(const struct cgroup *cgroup)
{
	struct kvrm_cgflush *flush;

	lockdep_assert_held(&kvrm_cgflush_lock);
	list_for_each_entry(flush, &kvrm_cgflushes, link) {
		if (flush->cgroup == cgroup)
			return flush;
	}
	return NULL;
}

/* NULL if there is no memory, or it cannot be opened. */
static struct kvrm_cgflush *kvrm_cgflush_new(const struct cgroup *cgroup, const struct path *dir)
{
	struct kvrm_cgflush *flush = kzalloc(sizeof(*flush), GFP_KERNEL);

	lockdep_assert_held(&kvrm_cgflush_lock);
	if (!flush)
		return NULL;
	flush->stat = kvrm_cgfile_open(dir, "cpu.stat", O_RDONLY);
	if (IS_ERR(flush->stat)) {
		kfree(flush);
		return NULL;
	}
	flush->cgroup = cgroup;
	mutex_init(&flush->lock);
	list_add(&flush->link, &kvrm_cgflushes);
	return flush;
}

/**
 * kvrm_cgflush_get() - what is to be flushed to have a cgroup's CPU time along with others'
 * @cgroup: the caller has a reference, until kvrm_cgflush_put()
 * @dir: its directory
 *
 * Context: process, may sleep.
 * Return: to be given to kvrm_cgflush_put(); NULL if there is none above it, or no memory.
 */
struct kvrm_cgflush *kvrm_cgflush_get(struct cgroup *cgroup, const struct path *dir)
{
	struct path top = { .mnt = dir->mnt };
	struct kvrm_cgflush *flush = NULL;
	int level = cgroup->level;
	struct cgroup *above;

	top.dentry = kvrm_cgflush_climb(dir, &level);
	above = cgroup_ancestor(cgroup, level);
	if (above && above != cgroup && d_inode(top.dentry)->i_ino == cgroup_id(above)) {
		mutex_lock(&kvrm_cgflush_lock);
		flush = kvrm_cgflush_find(above) ?: kvrm_cgflush_new(above, &top);
		if (flush)
			flush->users++;
		mutex_unlock(&kvrm_cgflush_lock);
	}
	dput(top.dentry);
	return flush;
}

/**
 * kvrm_cgflush_put() - undo kvrm_cgflush_get()
 * @flush: what it returned, NULL included; nobody is in kvrm_cgflush_sum() on the caller's behalf
 *
 * Context: process, may sleep.
 */
void kvrm_cgflush_put(struct kvrm_cgflush *flush)
{
	bool last;

	if (!flush)
		return;
	mutex_lock(&kvrm_cgflush_lock);
	last = !--flush->users;
	if (last)
		list_del(&flush->link);
	mutex_unlock(&kvrm_cgflush_lock);
	if (!last)
		return;
	fput(flush->stat);
	mutex_destroy(&flush->lock);
	kfree(flush);
}

/**
 * kvrm_cgflush_sum() - have CPU times summed up, unless they just were
 * @flush: from kvrm_cgflush_get()
 * @since_ns: a flush that began then or later will do (ktime_get_ns()); not 0
 *
 * Context: process, may sleep.
 * Return: 0, or a negative errno if cpu.stat cannot be read.
 */
int kvrm_cgflush_sum(struct kvrm_cgflush *flush, u64 since_ns)
{
	char text[16];
	u64 now_ns;
	int err = 0;

	mutex_lock(&flush->lock);
	if (flush->flushed_ns < since_ns) {
		now_ns = ktime_get_ns();
		/* What it says is of no interest, and most of it does not fit. */
		err = kvrm_cgfile_read(flush->stat, text, sizeof(text));
		if (!err)
			flush->flushed_ns = now_ns;
	}
	mutex_unlock(&flush->lock);
	return err;
}

/**
 * kvrm_cgflush_usage_us() - a cgroup's CPU time, as of the last flush
 * @cgroup: the caller has a reference
 *
 * Return: µs; what usage_usec in its cpu.stat would be.
 */
u64 kvrm_cgflush_usage_us(const struct cgroup *cgroup)
{
	/* A word, to which flushes add. */
	return div_u64(READ_ONCE(cgroup->bstat.cputime.sum_exec_runtime), NSEC_PER_USEC);
}

#ifdef CONFIG_CGROUP_SCHED
/* As cpu.stat does for all lines but those about CPU time. */
static int kvrm_cgflush_ask(const struct cgroup *cgroup, struct seq_file *answer)
{
	struct cgroup_subsys_state *css;
	int err = 0;

	rcu_read_lock();
	css = rcu_dereference(cgroup->subsys[cpu_cgrp_id]);
	if (css && !css_tryget_online(css))
		css = NULL;
	rcu_read_unlock();
	if (!css)
		return 0;
	if (css->ss->css_extra_stat_show)
		err = css->ss->css_extra_stat_show(answer, css);
	css_put(css);
	return err;
}
#else
static int kvrm_cgflush_ask(const struct cgroup *cgroup, struct seq_file *answer)
{
	return 0;
}
#endif

/**
 * kvrm_cgflush_throttled_us() - for how long cpu.max held a cgroup back
 * @cgroup: the caller has a reference
 * @ret_throttled_us: µs; what throttled_usec in its cpu.stat would be; 0 if it has no cpu
 *	controller
 *
 * Return: 0, or a negative errno if the controller says something else than expected.
 */
int kvrm_cgflush_throttled_us(const struct cgroup *cgroup, u64 *ret_throttled_us)
{
	char text[256];
	struct seq_file answer = { .buf = text, .size = sizeof(text) };
	int err;

	err = kvrm_cgflush_ask(cgroup, &answer);
	if (err)
		return err;
	if (seq_has_overflowed(&answer))
		return -E2BIG;
	text[answer.count] = '\0';
	err = kvrm_cgfile_key(text, "throttled_usec", ret_throttled_us);
	if (err != -ENOENT)
		return err;
	*ret_throttled_us = 0;
	return 0;
}
