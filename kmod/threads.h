/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVRM_THREADS_H
#define KVRM_THREADS_H

#include <linux/pid.h>
#include <linux/types.h>
#include <linux/xarray.h>

/* What a thread of a guest's process is for. Virtual CPUs' own counters are in kmod/vcpu.h. */
enum kvrm_thread_kind {
	KVRM_THREAD_EMULATOR,
	KVRM_THREAD_IO,
	KVRM_THREAD_VHOST,
	KVRM_THREAD_VCPU,
	KVRM_THREAD_KINDS
};

/**
 * struct kvrm_threads - CPU time of a guest's process, by what its threads are for
 * @known: struct kvrm_thread by thread id, of those that lived when they were last looked at
 * @begun_ns: when that was done first (ktime_get_ns()); 0: never
 * @sampled_ns: when it was done last
 * @gone_ns: CPU time of all that were in @known and have ended
 * @unseen_ns: CPU time of others that have ended, never going back
 * @has_vhost: one of vhost's workers was among them
 * @spent_ns: CPU time by kind since @begun_ns
 *
 * Everything is protected by the guest's lock.
 */
struct kvrm_threads {
	struct xarray known;
	u64 begun_ns;
	u64 sampled_ns;
	u64 gone_ns;
	u64 unseen_ns;
	bool has_vhost;
	u64 spent_ns[KVRM_THREAD_KINDS];
};

void kvrm_threads_init(struct kvrm_threads *threads);
void kvrm_threads_release(struct kvrm_threads *threads);
void kvrm_threads_sample(struct kvrm_threads *threads, struct pid *process, struct xarray *vcpus);

#endif
