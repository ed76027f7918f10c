// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/kvrm-samples: the sample ring's memory, which is there from the first time that somebody
 * opens the device until the module is unloaded, and the device through which programs map it, to
 * read only.
 *
 * Whoever has the device open, or a mapping of it, keeps the module loaded. What they do with it
 * costs nobody else anything: nothing of them is kept but their number, since nothing is sampled
 * while there is none.
 */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/vmalloc.h>

#include "kmod/compat/compat.h"
#include "kmod/samples.h"
#include "kvrm/sample.h"

static unsigned int kvrm_samples_kib = KVRM_SAMPLES_KIB_DEFAULT;

static int kvrm_samples_kib_set(const char *text, const struct kernel_param *param)
{
	return param_set_uint_minmax(text, param, KVRM_SAMPLES_KIB_MIN, KVRM_SAMPLES_KIB_MAX);
}

static const struct kernel_param_ops kvrm_samples_kib_ops = {
	.set = kvrm_samples_kib_set,
	.get = param_get_uint,
};
module_param_cb(sample_ring_kib, &kvrm_samples_kib_ops, &kvrm_samples_kib, 0444);
MODULE_PARM_DESC(sample_ring_kib, "memory of the sample ring in KiB, 64 to 1048576");

/* Protects the next, until it is there. */
static DEFINE_MUTEX(kvrm_samples_lock);
static void *kvrm_samples_memory;
static struct kvrm_ring kvrm_samples_ring;

static int kvrm_samples_make(void)
{
	const struct kvrm_ring_layout layout = {
		.columns = kvrm_sample_columns,
		.count = kvrm_sample_columns_count,
		.record_bytes = sizeof(struct kvrm_sample),
	};
	size_t size = PAGE_ALIGN((size_t)kvrm_samples_kib * 1024);
	void *memory;

	lockdep_assert_held(&kvrm_samples_lock);
	if (kvrm_samples_memory)
		return 0;
	memory = vmalloc_user(size);
	if (!memory)
		return -ENOMEM;
	/* The least size has room for more than that. */
	if (WARN_ON_ONCE(!kvrm_ring_init(&kvrm_samples_ring, memory, size, &layout))) {
		vfree(memory);
		return -EINVAL;
	}
	kvrm_samples_memory = memory;
	return 0;
}

static int kvrm_samples_open(struct inode *inode, struct file *file)
{
	int err;

	if (file->f_mode & FMODE_WRITE)
		return -EACCES;
	mutex_lock(&kvrm_samples_lock);
	err = kvrm_samples_make();
	mutex_unlock(&kvrm_samples_lock);
	if (!err)
		kvrm_samples_add_reader();
	return err;
}

static int kvrm_samples_release(struct inode *inode, struct file *file)
{
	kvrm_samples_drop_reader();
	return 0;
}

/* A private mapping would be writable, if only for its owner, and then no longer the ring. */
static int kvrm_samples_mmap(struct file *file, struct vm_area_struct *vma)
{
	if (vma->vm_flags & VM_WRITE)
		return -EACCES;
	kvrm_compat_vma_forbid_write(vma);
	return remap_vmalloc_range(vma, kvrm_samples_memory, vma->vm_pgoff);
}

static const struct file_operations kvrm_samples_fops = {
	.owner = THIS_MODULE,
	.open = kvrm_samples_open,
	.release = kvrm_samples_release,
	.mmap = kvrm_samples_mmap,
};

static struct miscdevice kvrm_samples_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "kvrm-samples",
	.fops = &kvrm_samples_fops,
	.mode = 0440,
};

/**
 * kvrm_samples_init() - make the thread and the device
 *
 * Return: 0 or a negative errno.
 */
int kvrm_samples_init(void)
{
	int err;

	err = kvrm_samples_start(&kvrm_samples_ring);
	if (err)
		return err;
	err = misc_register(&kvrm_samples_device);
	if (err)
		kvrm_samples_stop();
	return err;
}

/**
 * kvrm_samples_exit() - undo kvrm_samples_init(); nobody has the device open, or is in a command
 */
void kvrm_samples_exit(void)
{
	misc_deregister(&kvrm_samples_device);
	kvrm_samples_stop();
	vfree(kvrm_samples_memory);
}
