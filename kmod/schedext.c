// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whether a sched_ext scheduler is attached: one that need not heed cpu.weight and cpu.max. The
 * kernel exports nothing about it but a file in sysfs.
 */
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/string.h>

#include "kmod/cgfile.h"
#include "kmod/schedext.h"

/**
 * kvrm_schedext_state() - ask the kernel
 * @ret_attached: whether one is attached
 *
 * Context: process, may sleep.
 * Return: 0, or -ENOENT if the kernel has no sched_ext or does not tell.
 */
int kvrm_schedext_state(bool *ret_attached)
{
	struct file *file = filp_open("/sys/kernel/sched_ext/state", O_RDONLY, 0);
	char text[32];
	int err;

	if (IS_ERR(file))
		return -ENOENT;
	err = kvrm_cgfile_read(file, text, sizeof(text));
	fput(file);
	if (err)
		return -ENOENT;
	*ret_attached = strncmp(text, "disabled", strlen("disabled"));
	return 0;
}
