/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVRM_EVENT_H
#define KVRM_EVENT_H

#include <linux/kvrm.h>

struct kvrm_guest;
struct kvrm_pool;

/**
 * struct kvrm_event_sink - who is told what happens to guests and pools
 * @added: a guest was registered; its end may have been told meanwhile
 * @changed: its allocation, pool, cgroup or name changed; likewise
 * @removed: it is no longer registered
 * @pool_added: a pool was added
 * @pool_changed: it changed; of the root also that CPUs came or went
 * @pool_removed: it is no longer published, but not yet freed
 *
 * Called in process context; of this module's locks only kvrm_event_lock is held.
 */
struct kvrm_event_sink {
	void (*added)(struct kvrm_guest *guest);
	void (*changed)(struct kvrm_guest *guest);
	void (*removed)(struct kvrm_guest *guest, enum kvrm_removal_reason reason);
	void (*pool_added)(struct kvrm_pool *pool);
	void (*pool_changed)(struct kvrm_pool *pool);
	void (*pool_removed)(struct kvrm_pool *pool);
};

void kvrm_event_set_sink(const struct kvrm_event_sink *sink);
void kvrm_event_added(struct kvrm_guest *guest);
void kvrm_event_changed(struct kvrm_guest *guest);
void kvrm_event_removed(struct kvrm_guest *guest, enum kvrm_removal_reason reason);
void kvrm_event_pool_added(struct kvrm_pool *pool);
void kvrm_event_pool_changed(struct kvrm_pool *pool);
void kvrm_event_pool_removed(struct kvrm_pool *pool);

#endif
