/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVRM_HOST_H
#define KVRM_HOST_H

#include <linux/cgroup.h>
#include <linux/kvrm.h>
#include <linux/netlink.h>
#include <linux/types.h>

struct kvrm_guest;

int kvrm_host_init(void);
void kvrm_host_remove_all(void);
void kvrm_host_exit(void);

int kvrm_host_check(struct kvrm_guest *guest, struct cgroup *cgroup, struct netlink_ext_ack *extack,
		    int *ret_at_fault);
int kvrm_host_reserve(struct kvrm_guest *guest);
void kvrm_host_unreserve(struct kvrm_guest *guest);
void kvrm_host_add(struct kvrm_guest *guest);
int kvrm_host_remove(struct kvrm_guest *guest, enum kvrm_removal_reason reason);
struct kvrm_guest *kvrm_host_find(u32 id);
struct kvrm_guest *kvrm_host_next(unsigned long *cursor);
u32 kvrm_host_generation(void);
u32 kvrm_host_count(void);

#endif
