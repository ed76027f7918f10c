/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVRM_LIMIT_H
#define KVRM_LIMIT_H

#include <linux/netlink.h>
#include <linux/types.h>

struct kvrm_guest;

u64 kvrm_limit_capacity_us(void);
int kvrm_limit_apply(struct kvrm_guest *guest, u64 limit_us, struct netlink_ext_ack *extack);

#endif
