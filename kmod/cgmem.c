// SPDX-License-Identifier: GPL-2.0-only
/*
 * How memory is kept for a cgroup: its memory.min, below which nothing of it is reclaimed.
 *
 * The kernel keeps memory.min in pages and rounds down, so what is wanted is whole pages. Writing
 * it reclaims nothing and waits for nobody. What was written is read back, and only what was read
 * back counts as protected. It stays in force when the module is unloaded.
 *
 * The file vanishes when the memory controller is taken from the cgroup, and another one comes with
 * the controller: a file that is dead is opened again.
 */
#include <linux/dcache.h>
#include <linux/file.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "kmod/cgfile.h"
#include "kmod/cgmem-high.h"
#include "kmod/cgmem-low.h"
#include "kmod/cgmem.h"

static void kvrm_cgmem_free(struct kref *ref)
{
	struct kvrm_cgmem *mem = container_of(ref, struct kvrm_cgmem, ref);

	kvrm_cgmem_low_close(mem);
	kvrm_cgmem_high_close(mem);
	fput(mem->min);
	path_put(&mem->dir);
	kfree(mem);
}

/**
 * kvrm_cgmem_get() - take a reference
 * @mem: on which the caller has one, or whose owner stays
 *
 * Return: @mem.
 */
struct kvrm_cgmem *kvrm_cgmem_get(struct kvrm_cgmem *mem)
{
	kref_get(&mem->ref);
	return mem;
}

/**
 * kvrm_cgmem_put() - drop a reference; the file's content stays
 * @mem: NULL is allowed
 */
void kvrm_cgmem_put(struct kvrm_cgmem *mem)
{
	if (mem)
		kref_put(&mem->ref, kvrm_cgmem_free);
}

/**
 * kvrm_cgmem_read() - read a file that says "max" or bytes
 * @file: open
 * @ret_bytes: U64_MAX: max; left alone on failure
 *
 * Context: process, may sleep.
 * Return: 0 or a negative errno; -ENODEV if it is gone.
 */
int kvrm_cgmem_read(struct file *file, u64 *ret_bytes)
{
	char text[32];
	int err;

	err = kvrm_cgfile_read(file, text, sizeof(text));
	if (err)
		return err;
	if (!strcmp(strim(text), "max")) {
		*ret_bytes = U64_MAX;
		return 0;
	}
	return kstrtou64(strim(text), 10, ret_bytes);
}

/**
 * kvrm_cgmem_open() - open a cgroup's memory.min, and what goes with it
 * @sibling: another control file of the cgroup
 *
 * Context: process, may sleep.
 * Return: with one reference; NULL if the cgroup has none; or an error pointer.
 */
struct kvrm_cgmem *kvrm_cgmem_open(struct file *sibling)
{
	struct kvrm_cgmem *mem = kzalloc(sizeof(*mem), GFP_KERNEL);
	u64 bytes;
	int err;

	if (!mem)
		return ERR_PTR(-ENOMEM);
	kref_init(&mem->ref);
	INIT_LIST_HEAD(&mem->round);
	INIT_LIST_HEAD(&mem->left);
	INIT_LIST_HEAD(&mem->squeeze);
	mem->high_wanted = U64_MAX;
	mem->high_found = U64_MAX;
	mem->dir.mnt = mntget(sibling->f_path.mnt);
	mem->dir.dentry = dget_parent(sibling->f_path.dentry);
	mem->min = kvrm_cgfile_open(&mem->dir, "memory.min", O_RDWR);
	if (IS_ERR(mem->min)) {
		err = PTR_ERR(mem->min);
		goto put_dir;
	}
	err = kvrm_cgmem_high_open(mem);
	if (err)
		goto put_min;
	err = kvrm_cgmem_low_open(mem);
	if (err)
		goto close_high;
	/* Here it may fail: the files keep the memory that reading needs. */
	err = kvrm_cgmem_read(mem->min, &bytes);
	if (!err)
		err = kvrm_cgmem_read(mem->high, &bytes);
	if (!err)
		err = kvrm_cgmem_read(mem->usage, &bytes);
	if (!err)
		err = kvrm_cgmem_low_prime(mem);
	if (err) {
		kvrm_cgmem_put(mem);
		return ERR_PTR(err);
	}
	return mem;

close_high:
	kvrm_cgmem_high_close(mem);
put_min:
	fput(mem->min);
put_dir:
	path_put(&mem->dir);
	kfree(mem);
	return err == -ENOENT ? NULL : ERR_PTR(err);
}

/* The controller was taken away, and may be back. */
static int kvrm_cgmem_reopen(struct kvrm_cgmem *mem)
{
	struct file *min = kvrm_cgfile_open(&mem->dir, "memory.min", O_RDWR);

	if (IS_ERR(min))
		return PTR_ERR(min);
	fput(mem->min);
	mem->min = min;
	return 0;
}

/**
 * kvrm_cgmem_look() - see what memory.min says; count what others changed
 * @mem: the worker's
 *
 * Where it cannot be read nothing is protected.
 *
 * Context: process, may sleep.
 */
void kvrm_cgmem_look(struct kvrm_cgmem *mem)
{
	u64 found = 0;
	int err;

	err = kvrm_cgmem_read(mem->min, &found);
	if (err == -ENODEV && !kvrm_cgmem_reopen(mem))
		err = kvrm_cgmem_read(mem->min, &found);
	if (!err && mem->owned && found != mem->found && found != mem->wanted)
		WRITE_ONCE(mem->reasserted, mem->reasserted + 1);
	mem->owned = true;
	WRITE_ONCE(mem->found, err ? 0 : found);
	WRITE_ONCE(mem->gone, err == -ENODEV);
}

/**
 * kvrm_cgmem_write() - write what is wanted to memory.min, and read it back
 * @mem: the worker's
 *
 * One that cannot be written, because the cgroup is being removed, is tried again by the caller.
 *
 * Context: process, may sleep.
 */
void kvrm_cgmem_write(struct kvrm_cgmem *mem)
{
	char text[32];
	int len = scnprintf(text, sizeof(text), "%llu\n", mem->wanted);
	u64 found = 0;

	if (kvrm_cgfile_write(mem->min, text, len))
		return;
	if (!kvrm_cgmem_read(mem->min, &found))
		WRITE_ONCE(mem->found, found);
}
