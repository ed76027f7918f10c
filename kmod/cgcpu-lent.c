// SPDX-License-Identifier: GPL-2.0-only
/*
 * cpu.max and cpu.max.burst of a cgroup that is adopted: somebody else's, lent to a limit for a
 * while. What they said before is kept as it was read, and written back so.
 */
#include <linux/string.h>

#include "kmod/cgcpu.h"
#include "kmod/cgfile.h"

/**
 * kvrm_cgcpu_borrow() - remember what the files say, before a limit is written to them
 * @c: with its files; its owner's lock is held. One that is not adopted is left alone
 *
 * Context: process, may sleep.
 * Return: 0 or a negative errno.
 */
int kvrm_cgcpu_borrow(struct kvrm_cgcpu *c)
{
	int err;

	if (!c->adopted || c->lent)
		return 0;
	err = kvrm_cgfile_read(c->max, c->max_before, sizeof(c->max_before));
	if (!err)
		err = kvrm_cgfile_read(c->burst, c->burst_before, sizeof(c->burst_before));
	if (err)
		return err;
	c->lent = true;
	return 0;
}

/**
 * kvrm_cgcpu_give_back() - have the files say what they said before a limit was written to them
 * @c: its owner's lock is held; one to which none was written is left alone
 *
 * Context: process, may sleep.
 * Return: 0 or a negative errno; they are still lent then.
 */
int kvrm_cgcpu_give_back(struct kvrm_cgcpu *c)
{
	static const char none[] = "0\n";
	int err;

	if (!c->lent)
		return 0;
	/* The kernel takes no quota below the burst. */
	err = kvrm_cgfile_write(c->burst, none, strlen(none));
	if (!err)
		err = kvrm_cgfile_write(c->max, c->max_before, strlen(c->max_before));
	if (!err)
		err = kvrm_cgfile_write(c->burst, c->burst_before, strlen(c->burst_before));
	if (!err)
		c->lent = false;
	return err;
}
