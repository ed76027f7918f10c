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

static struct file *kvrm_schedext_file;

/**
 * kvrm_schedext_init() - open the file, if there is one
 *
 * It is looked for in the root directory of whoever loads the module, and never again: anybody may
 * ask for the state, from a root directory of his own in which the path is something else.
 *
 * Return: 0 or -ENOMEM.
 */
int kvrm_schedext_init(void)
{
	struct file *file = filp_open("/sys/kernel/sched_ext/state", O_RDONLY, 0);

	if (file == ERR_PTR(-ENOMEM))
		return -ENOMEM;
	kvrm_schedext_file = IS_ERR(file) ? NULL : file;
	return 0;
}

/**
 * kvrm_schedext_exit() - undo kvrm_schedext_init(); nobody may be in kvrm_schedext_state()
 */
void kvrm_schedext_exit(void)
{
	if (kvrm_schedext_file)
		fput(kvrm_schedext_file);
}

/**
 * kvrm_schedext_state() - ask the kernel
 * @ret_attached: whether one is attached
 *
 * Context: process, may sleep.
 * Return: 0, or -ENOENT if the kernel has no sched_ext or does not tell.
 */
int kvrm_schedext_state(bool *ret_attached)
{
	char text[32];

	if (!kvrm_schedext_file || kvrm_cgfile_read(kvrm_schedext_file, text, sizeof(text)))
		return -ENOENT;
	*ret_attached = strncmp(text, "disabled", strlen("disabled"));
	return 0;
}
