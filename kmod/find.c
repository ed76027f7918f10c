// SPDX-License-Identifier: GPL-2.0-only
/*
 * Find the KVM virtual machine that lives in a cgroup.
 *
 * The processes at or below the cgroup are asked for their open files: the one that created a VM
 * holds its descriptor. Nothing of kvm.ko is linked, so that the module loads without it; the two
 * functions needed are looked up when a guest is registered and keep kvm.ko loaded while it is.
 *
 * A VM's file is known by its anonymous inode and its name, "kvm-vm", which only kvm.ko can have
 * given: user space cannot choose the names of anonymous inodes. (file_is_kvm() is not for other
 * modules since 6.18.)
 */
#include <linux/fdtable.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>

#include "kmod/find.h"

/**
 * struct kvrm_find - one search
 * @get: kvm.ko's kvm_get_kvm_safe()
 * @mm: of the process being searched
 * @kvm: what was found, referenced
 * @process: that it belongs to, referenced
 * @several: more than one was found
 */
struct kvrm_find {
	bool (*get)(struct kvm *kvm);
	struct mm_struct *mm;
	struct kvm *kvm;
	struct pid *process;
	bool several;
};

static bool kvrm_file_is_vm(struct file *file)
{
	return file_inode(file)->i_sb->s_magic == ANON_INODE_FS_MAGIC &&
	       !strcmp(file->f_path.dentry->d_name.name, "kvm-vm");
}

/* Called for each open file, under the process's file lock. */
static int kvrm_find_file(const void *data, struct file *file, unsigned int fd)
{
	struct kvrm_find *find = (struct kvrm_find *)data;
	struct kvm *kvm;

	if (!kvrm_file_is_vm(file))
		return 0;
	kvm = file->private_data;
	/* A descriptor that was inherited or passed on does not make its holder the owner. */
	if (kvm == find->kvm || kvm->mm != find->mm)
		return 0;
	if (find->kvm) {
		find->several = true;
		return 1;
	}
	if (find->get(kvm))
		find->kvm = kvm;
	return 0;
}

static void kvrm_find_in_process(struct task_struct *process, struct kvrm_find *find)
{
	struct kvm *before = find->kvm;

	/* Keeps the process's files and mm from going away. */
	task_lock(process);
	find->mm = process->mm;
	if (find->mm && process->files)
		iterate_fd(process->files, 0, kvrm_find_file, find);
	task_unlock(process);
	/* One that was found second is told as such, and changes nothing here. */
	if (find->kvm != before)
		find->process = get_task_pid(process, PIDTYPE_TGID);
}

/**
 * kvrm_find_vm() - find the one virtual machine in a cgroup
 * @cgroup: searched with everything below it
 * @ret_vm: a reference, to be dropped with kvrm_vm_put()
 * @extack: says why there is none
 *
 * Context: process.
 * Return: 0; -ENODEV if there is none or KVM is not loaded; -EBUSY if there are several.
 */
int kvrm_find_vm(struct cgroup *cgroup, struct kvrm_vm *ret_vm, struct netlink_ext_ack *extack)
{
	struct kvrm_vm vm = {};
	struct kvrm_find find = {};
	struct task_struct *process;
	int err = 0;

	vm.put = symbol_get(kvm_put_kvm);
	find.get = symbol_get(kvm_get_kvm_safe);
	if (!vm.put || !find.get) {
		NL_SET_ERR_MSG(extack, "kvm is not loaded, so the cgroup can hold no guest");
		err = -ENODEV;
		goto put_symbols;
	}

	rcu_read_lock();
	for_each_process(process) {
		if (cgroup_is_descendant(task_dfl_cgroup(process), cgroup))
			kvrm_find_in_process(process, &find);
		if (find.several)
			break;
	}
	rcu_read_unlock();
	vm.kvm = find.kvm;
	vm.process = find.process;

	if (find.several) {
		NL_SET_ERR_MSG(extack, "more than one KVM virtual machine in this cgroup");
		err = -EBUSY;
		goto put_symbols;
	}
	if (!find.kvm) {
		NL_SET_ERR_MSG(extack, "no KVM virtual machine in this cgroup");
		err = -ENODEV;
		goto put_symbols;
	}
	symbol_put(kvm_get_kvm_safe);
	*ret_vm = vm;
	return 0;

put_symbols:
	if (find.get)
		symbol_put(kvm_get_kvm_safe);
	if (vm.kvm)
		kvrm_vm_put(&vm);
	else if (vm.put)
		symbol_put(kvm_put_kvm);
	return err;
}

/**
 * kvrm_vm_put() - drop a reference that kvrm_find_vm() gave
 * @vm: emptied; an empty one is allowed
 *
 * Context: process, may sleep: may destroy the VM.
 */
void kvrm_vm_put(struct kvrm_vm *vm)
{
	if (!vm->kvm)
		return;
	put_pid(vm->process);
	vm->put(vm->kvm);
	symbol_put(kvm_put_kvm);
	memset(vm, 0, sizeof(*vm));
}

/**
 * kvrm_kvm_present() - whether kvm.ko is loaded
 *
 * Return: true if it is, at this moment.
 */
bool kvrm_kvm_present(void)
{
	if (!symbol_get(kvm_put_kvm))
		return false;
	symbol_put(kvm_put_kvm);
	return true;
}
