// SPDX-License-Identifier: GPL-2.0-only
/*
 * A cgroup's control files, kept open.
 *
 * Whoever registers a guest has CAP_NET_ADMIN, but not necessarily the right to write the cgroup's
 * files: what the module does to a guest, it does in its own name. So the files are opened by a
 * worker, which has the kernel's credentials, relative to the directory that the caller gave; no
 * path is involved. The caller's mount is, and must not be read-only. Nor may anything be mounted
 * over a file there: it would be what the kernel opens and writes, and not even opening it is safe,
 * as a FIFO waits. Reading and writing then go through the open file, and fail with -ENODEV once
 * the cgroup is gone.
 */
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/namei.h>
#include <linux/path.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include "kmod/cgfile.h"
#include "kmod/compat/compat.h"

struct kvrm_cgfile_request {
	struct work_struct work;
	const struct path *dir;
	const char *name;
	int flags;
	struct file *file;
};

static struct workqueue_struct *kvrm_cgfile_wq;

/**
 * kvrm_cgfile_init() - make the worker
 *
 * Return: 0 or -ENOMEM.
 */
int kvrm_cgfile_init(void)
{
	kvrm_cgfile_wq = alloc_workqueue("kvrm_cgfile", WQ_UNBOUND, 0);
	return kvrm_cgfile_wq ? 0 : -ENOMEM;
}

/**
 * kvrm_cgfile_exit() - undo kvrm_cgfile_init(); nobody may be in kvrm_cgfile_open()
 */
void kvrm_cgfile_exit(void)
{
	destroy_workqueue(kvrm_cgfile_wq);
}

static struct file *kvrm_cgfile_open_here(const struct path *dir, const char *name, int flags)
{
	struct path path;
	struct file *file;
	int err;

	err = vfs_path_lookup(dir->dentry, dir->mnt, name, LOOKUP_NO_XDEV, &path);
	if (err)
		return ERR_PTR(err);
	file = dentry_open(&path, flags, current_cred());
	path_put(&path);
	return file;
}

static void kvrm_cgfile_work(struct work_struct *work)
{
	struct kvrm_cgfile_request *request = container_of(work, struct kvrm_cgfile_request, work);

	request->file = kvrm_cgfile_open_here(request->dir, request->name, request->flags);
}

/**
 * kvrm_cgfile_open() - open a control file with the kernel's credentials
 * @dir: the cgroup's directory
 * @name: e.g. "cpu.max"
 * @flags: O_RDONLY or O_RDWR
 *
 * Context: process; waits for the worker.
 * Return: the file, to be released with fput(), or an error pointer: -EROFS if the directory's
 * mount is read-only, -EXDEV if something is mounted over the file.
 */
struct file *kvrm_cgfile_open(const struct path *dir, const char *name, int flags)
{
	struct kvrm_cgfile_request request = {
		.dir = dir,
		.name = name,
		.flags = flags | O_CLOEXEC,
	};

	INIT_WORK_ONSTACK(&request.work, kvrm_cgfile_work);
	queue_work(kvrm_cgfile_wq, &request.work);
	flush_work(&request.work);
	destroy_work_on_stack(&request.work);
	return request.file;
}

/**
 * kvrm_cgfile_read() - read a control file from its start
 * @file: from kvrm_cgfile_open()
 * @buf: receives the text, always terminated
 * @size: of @buf; what does not fit is left out
 *
 * Context: process, may sleep.
 * Return: 0 or a negative errno; -ENODEV if the cgroup is gone.
 */
int kvrm_cgfile_read(struct file *file, char *buf, size_t size)
{
	loff_t pos = 0;
	ssize_t len = kernel_read(file, buf, size - 1, &pos);

	if (len < 0)
		return len;
	buf[len] = '\0';
	return 0;
}

/**
 * kvrm_cgfile_write() - write a control file in one call
 * @file: from kvrm_cgfile_open() with O_RDWR
 * @text: what to write
 * @len: its length
 *
 * Context: process, may sleep.
 * Return: 0 or a negative errno.
 */
int kvrm_cgfile_write(struct file *file, const char *text, size_t len)
{
	loff_t pos = 0;
	ssize_t done = kernel_write(file, text, len, &pos);

	if (done < 0)
		return done;
	return (size_t)done == len ? 0 : -EIO;
}

/**
 * kvrm_cgfile_key() - find a number in a flat-keyed file such as cpu.stat
 * @text: the file's content
 * @key: a whole word at the start of a line
 * @ret_value: the number behind it
 *
 * Return: 0, -ENOENT if there is no such key, -EINVAL or -ERANGE if it has no number.
 */
int kvrm_cgfile_key(const char *text, const char *key, u64 *ret_value)
{
	size_t len = strlen(key);
	char number[24];
	const char *line;
	size_t digits;

	for (line = text; line; line = strchr(line, '\n')) {
		if (*line == '\n')
			line++;
		if (strncmp(line, key, len) || line[len] != ' ')
			continue;
		line += len + 1;
		digits = strspn(line, "0123456789");
		if (digits >= sizeof(number))
			return -ERANGE;
		memcpy(number, line, digits);
		number[digits] = '\0';
		return kstrtou64(number, 10, ret_value);
	}
	return -ENOENT;
}
