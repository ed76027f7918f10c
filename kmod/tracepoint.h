/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVRM_TRACEPOINT_H
#define KVRM_TRACEPOINT_H

#include <linux/errno.h>
#include <linux/types.h>

/**
 * enum kvrm_tracepoint - tracepoints of KVM that probes are attached to
 * @KVRM_TRACEPOINT_ENTRY: kvm_entry, the last moment before a virtual CPU runs its guest
 * @KVRM_TRACEPOINT_EXIT: kvm_exit, the first one after
 * @KVRM_TRACEPOINT_USER: kvm_userspace_exit, the thread returns to its user
 * @KVRM_TRACEPOINTS: how many
 */
enum kvrm_tracepoint {
	KVRM_TRACEPOINT_ENTRY,
	KVRM_TRACEPOINT_EXIT,
	KVRM_TRACEPOINT_USER,
	KVRM_TRACEPOINTS,
};

#ifdef CONFIG_TRACEPOINTS
int kvrm_tracepoint_init(void *const probes[KVRM_TRACEPOINTS]);
void kvrm_tracepoint_exit(void);
u32 kvrm_tracepoint_found(void);
int kvrm_tracepoint_get(u32 which);
void kvrm_tracepoint_put(u32 which);
#else
static inline int kvrm_tracepoint_init(void *const probes[KVRM_TRACEPOINTS])
{
	return 0;
}

static inline void kvrm_tracepoint_exit(void)
{
}

static inline u32 kvrm_tracepoint_found(void)
{
	return 0;
}

static inline int kvrm_tracepoint_get(u32 which)
{
	return -ENOENT;
}

static inline void kvrm_tracepoint_put(u32 which)
{
}
#endif

#endif
