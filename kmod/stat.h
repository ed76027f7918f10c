/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVRM_STAT_H
#define KVRM_STAT_H

#include <linux/types.h>

struct kvrm_cgcpu;
struct kvrm_guest;

/* Counters are brought up to date this often while there are guests, and on request if older. */
#define KVRM_SAMPLE_INTERVAL_MS 100
#define KVRM_SAMPLE_FRESH_MS	10

int kvrm_stat_begin(struct kvrm_guest *guest);
void kvrm_stat_find_vcpus(struct kvrm_guest *guest);
void kvrm_stat_sample(struct kvrm_guest *guest, u64 since_ns);
void kvrm_stat_rebase(struct kvrm_guest *guest, struct kvrm_cgcpu *cpu);
void kvrm_stat_refresh(struct kvrm_guest *guest, u64 since_ns);
u64 kvrm_stat_usage_ns(const struct kvrm_guest *guest);
u64 kvrm_stat_limited_ns(const struct kvrm_guest *guest);

#endif
