/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVRM_FIND_H
#define KVRM_FIND_H

#include <linux/cgroup.h>
#include <linux/kvm_host.h>
#include <linux/netlink.h>
#include <linux/pid.h>
#include <linux/types.h>

/**
 * struct kvrm_vm - a reference on a KVM virtual machine
 * @kvm: NULL if none
 * @process: that created it; referenced
 * @put: kvm.ko's kvm_put_kvm(), which also keeps kvm.ko loaded
 */
struct kvrm_vm {
	struct kvm *kvm;
	struct pid *process;
	void (*put)(struct kvm *kvm);
};

int kvrm_find_vm(struct cgroup *cgroup, struct kvrm_vm *ret_vm, struct netlink_ext_ack *extack);
void kvrm_vm_put(struct kvrm_vm *vm);
bool kvrm_kvm_present(void);

#endif
