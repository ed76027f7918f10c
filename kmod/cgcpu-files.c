// SPDX-License-Identifier: GPL-2.0-only
/*
 * The files through which the processor is given to a cgroup.
 *
 * All but cpu.stat vanish when the cpu controller is taken from the cgroup, and others come with
 * the controller. So files that are dead are opened again, by their directory, which is that of
 * cpu.stat; what was wanted of the ones before is then written to them.
 */
#include <linux/dcache.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <linux/path.h>
#include <linux/string.h>

#include "kmod/cgcpu.h"
#include "kmod/cgfile.h"
#include "kmod/cgflush.h"

/**
 * kvrm_cgcpu_explain() - say why there are no files
 * @err: from kvrm_cgcpu_open_controller() or kvrm_cgcpu_revive()
 * @extack: receives the sentence
 */
void kvrm_cgcpu_explain(int err, struct netlink_ext_ack *extack)
{
	if (err == -ENOENT || err == -ENODEV)
		NL_SET_ERR_MSG(extack,
			       "the cgroup has no cpu.max: enable the cpu controller for it");
	else if (err == -EROFS)
		NL_SET_ERR_MSG(extack, "the cgroup's directory was opened in a read-only mount");
	else if (err == -EXDEV)
		NL_SET_ERR_MSG(extack, "something is mounted over one of the cgroup's files");
	else
		NL_SET_ERR_MSG(extack, "the cgroup's files cannot be opened");
}

/* What comes and goes with the controller; all of it or an error. */
static int kvrm_cgcpu_open_controller(const struct path *dir, struct kvrm_cgcpu *into)
{
	const struct {
		const char *name;
		struct file **file;
	} files[] = {
		{ "cpu.max", &into->max },
		{ "cpu.max.burst", &into->burst },
		{ "cpu.weight", &into->weight },
	};
	struct file *opened[ARRAY_SIZE(files)];
	size_t i, n;
	int err;

	for (n = 0; n < ARRAY_SIZE(files); n++) {
		opened[n] = kvrm_cgfile_open(dir, files[n].name, O_RDWR);
		if (IS_ERR(opened[n]))
			goto close;
	}
	for (i = 0; i < n; i++)
		*files[i].file = opened[i];
	return 0;

close:
	err = PTR_ERR(opened[n]);
	while (n-- > 0)
		fput(opened[n]);
	return err;
}

static void kvrm_cgcpu_close_controller(struct kvrm_cgcpu *c)
{
	if (!c->max)
		return;
	fput(c->weight);
	fput(c->burst);
	fput(c->max);
}

static int kvrm_cgcpu_open_files(struct kvrm_cgcpu *c, const struct path *dir,
				 struct netlink_ext_ack *extack)
{
	struct file *stat = kvrm_cgfile_open(dir, "cpu.stat", O_RDONLY);
	int err;

	if (IS_ERR(stat)) {
		kvrm_cgcpu_explain(PTR_ERR(stat), extack);
		return PTR_ERR(stat);
	}
	c->stat = stat;
	/* The hierarchy's root has cpu.stat alone. */
	if (!cgroup_parent(c->cgroup))
		return 0;
	err = kvrm_cgcpu_open_controller(dir, c);
	/* Without the controller it can be measured. */
	if (!err || (c->adopted && err == -ENOENT))
		return 0;
	kvrm_cgcpu_explain(err, extack);
	return err;
}

/**
 * kvrm_cgcpu_open() - bind to the cgroup that a descriptor of the caller's names
 * @c: overwritten; on success to be closed with kvrm_cgcpu_close()
 * @fd: of a cgroup v2 directory
 * @flags: KVRM_CGCPU_MAY_BE_ROOT: it may be the hierarchy's root; KVRM_CGCPU_ADOPTED: it is
 *	somebody else's, and need not have the controller
 * @extack: says what is wrong with it
 *
 * Context: process, of whoever sent the request; may sleep.
 * Return: 0 or a negative errno.
 */
int kvrm_cgcpu_open(struct kvrm_cgcpu *c, int fd, unsigned int flags,
		    struct netlink_ext_ack *extack)
{
	struct cgroup *cgroup;
	struct file *dir;
	int err;

	memset(c, 0, sizeof(*c));
	dir = fget(fd);
	if (!dir) {
		NL_SET_ERR_MSG(extack, "cgroup-fd is not an open descriptor");
		return -EBADF;
	}
	cgroup = cgroup_get_from_fd(fd);
	if (IS_ERR(cgroup)) {
		NL_SET_ERR_MSG(extack, "cgroup-fd is not a cgroup v2 directory");
		err = PTR_ERR(cgroup);
		goto put_dir;
	}
	c->cgroup = cgroup;
	c->adopted = flags & KVRM_CGCPU_ADOPTED;
	/* The descriptor may have been replaced between the two calls. */
	if (file_inode(dir)->i_sb->s_magic != CGROUP2_SUPER_MAGIC ||
	    file_inode(dir)->i_ino != cgroup_id(cgroup)) {
		NL_SET_ERR_MSG(extack, "cgroup-fd is not a cgroup v2 directory");
		err = -EBADF;
	} else if (!(flags & KVRM_CGCPU_MAY_BE_ROOT) && !cgroup_parent(cgroup)) {
		NL_SET_ERR_MSG(extack,
			       "cgroup-fd is the root: a guest or pool needs a cgroup of its own");
		err = -EINVAL;
	} else {
		err = kvrm_cgcpu_open_files(c, &dir->f_path, extack);
	}
	if (err)
		kvrm_cgcpu_close(c);
	else
		c->flush = kvrm_cgflush_get(cgroup, &dir->f_path);
put_dir:
	fput(dir);
	return err;
}

/**
 * kvrm_cgcpu_close() - undo kvrm_cgcpu_open(); the files' content stays
 * @c: emptied; an empty one is allowed
 */
void kvrm_cgcpu_close(struct kvrm_cgcpu *c)
{
	kvrm_cgcpu_close_controller(c);
	kvrm_cgflush_put(c->flush);
	if (c->stat)
		fput(c->stat);
	if (c->cgroup)
		cgroup_put(c->cgroup);
	memset(c, 0, sizeof(*c));
}

/**
 * kvrm_cgcpu_revive() - if the files are dead, open those that are there now
 * @c: with its files; its owner's lock is held
 *
 * As long as there are none nothing is in force. What others say is not ours: what a new cgroup's
 * say, or what its manager has written, to whom nothing is to be given back.
 *
 * Context: process, may sleep.
 * Return: 0; -ENODEV if there are none; or another negative errno.
 */
int kvrm_cgcpu_revive(struct kvrm_cgcpu *c)
{
	struct kvrm_cgcpu fresh = {};
	struct path dir;
	char text[64];
	int err;

	err = kvrm_cgfile_read(c->max, text, sizeof(text));
	if (err != -ENODEV)
		return err;
	c->quota_us = 0;
	c->period_us = 0;
	c->weight_written = 0;
	c->lent = false;
	dir.mnt = mntget(c->stat->f_path.mnt);
	dir.dentry = dget_parent(c->stat->f_path.dentry);
	err = kvrm_cgcpu_open_controller(&dir, &fresh);
	path_put(&dir);
	if (err)
		return err == -ENOENT ? -ENODEV : err;
	kvrm_cgcpu_close_controller(c);
	c->max = fresh.max;
	c->burst = fresh.burst;
	c->weight = fresh.weight;
	/* That they do not say what is wanted is nobody's doing. */
	c->pending = true;
	return 0;
}

static int kvrm_cgcpu_read_stat(struct kvrm_cgcpu *c, u64 *ret_usage_us, u64 *ret_throttled_us)
{
	char text[512];
	int err;

	err = kvrm_cgfile_read(c->stat, text, sizeof(text));
	if (err)
		return err;
	err = kvrm_cgfile_key(text, "usage_usec", ret_usage_us);
	if (err)
		return err;
	err = kvrm_cgfile_key(text, "throttled_usec", ret_throttled_us);
	if (err != -ENOENT)
		return err;
	*ret_throttled_us = 0;
	return 0;
}

/**
 * kvrm_cgcpu_stat() - what cpu.stat says
 * @c: bound
 * @since_ns: it is one of many, and may say what it said then or later (ktime_get_ns()); 0: now
 * @ret_usage_us: usage_usec
 * @ret_throttled_us: throttled_usec, of now; 0 while there is no cpu.max, after which it begins
 *	anew
 *
 * What cannot be had together with others' is read in the file itself.
 *
 * Context: process, may sleep.
 * Return: 0 or a negative errno; -ENODEV if the cgroup is gone.
 */
int kvrm_cgcpu_stat(struct kvrm_cgcpu *c, u64 since_ns, u64 *ret_usage_us, u64 *ret_throttled_us)
{
	if (!since_ns || !c->flush || kvrm_cgflush_sum(c->flush, since_ns) ||
	    kvrm_cgflush_throttled_us(c->cgroup, ret_throttled_us))
		return kvrm_cgcpu_read_stat(c, ret_usage_us, ret_throttled_us);
	*ret_usage_us = kvrm_cgflush_usage_us(c->cgroup);
	return 0;
}
