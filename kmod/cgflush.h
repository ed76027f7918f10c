/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVRM_CGFLUSH_H
#define KVRM_CGFLUSH_H

#include <linux/cgroup.h>
#include <linux/path.h>
#include <linux/types.h>

struct kvrm_cgflush;

struct kvrm_cgflush *kvrm_cgflush_get(struct cgroup *cgroup, const struct path *dir);
void kvrm_cgflush_put(struct kvrm_cgflush *flush);
int kvrm_cgflush_sum(struct kvrm_cgflush *flush, u64 since_ns);
u64 kvrm_cgflush_usage_us(const struct cgroup *cgroup);
int kvrm_cgflush_throttled_us(const struct cgroup *cgroup, u64 *ret_throttled_us);

#endif
