// SPDX-License-Identifier: GPL-2.0-only
/*
 * What happens to guests and pools, told upward: the registry knows nothing of netlink, netlink
 * registers a sink. When it takes it back, nobody is in it any more.
 */
#include <linux/mutex.h>
#include <linux/stddef.h>

#include "kmod/event.h"

/* Outside of the tree's and the guests' locks, which the sink takes. */
static DEFINE_MUTEX(kvrm_event_lock);
static const struct kvrm_event_sink *kvrm_event_sink;

/**
 * kvrm_event_set_sink() - who is to be told
 * @sink: constant while set; NULL for nobody
 *
 * Context: process; waits for whoever is in the sink before.
 */
void kvrm_event_set_sink(const struct kvrm_event_sink *sink)
{
	mutex_lock(&kvrm_event_lock);
	kvrm_event_sink = sink;
	mutex_unlock(&kvrm_event_lock);
}

/**
 * kvrm_event_added() - a guest was registered
 * @guest: which; the caller has a reference
 */
void kvrm_event_added(struct kvrm_guest *guest)
{
	mutex_lock(&kvrm_event_lock);
	if (kvrm_event_sink)
		kvrm_event_sink->added(guest);
	mutex_unlock(&kvrm_event_lock);
}

/**
 * kvrm_event_changed() - a guest's allocation, pool, cgroup or name changed
 * @guest: which; the caller has a reference
 */
void kvrm_event_changed(struct kvrm_guest *guest)
{
	mutex_lock(&kvrm_event_lock);
	if (kvrm_event_sink)
		kvrm_event_sink->changed(guest);
	mutex_unlock(&kvrm_event_lock);
}

/**
 * kvrm_event_removed() - a guest is no longer registered
 * @guest: which; the caller has a reference
 * @reason: why
 */
void kvrm_event_removed(struct kvrm_guest *guest, enum kvrm_removal_reason reason)
{
	mutex_lock(&kvrm_event_lock);
	if (kvrm_event_sink)
		kvrm_event_sink->removed(guest, reason);
	mutex_unlock(&kvrm_event_lock);
}

/**
 * kvrm_event_pool_added() - a pool was added
 * @pool: which
 */
void kvrm_event_pool_added(struct kvrm_pool *pool)
{
	mutex_lock(&kvrm_event_lock);
	if (kvrm_event_sink)
		kvrm_event_sink->pool_added(pool);
	mutex_unlock(&kvrm_event_lock);
}

/**
 * kvrm_event_pool_changed() - a pool changed
 * @pool: which
 */
void kvrm_event_pool_changed(struct kvrm_pool *pool)
{
	mutex_lock(&kvrm_event_lock);
	if (kvrm_event_sink)
		kvrm_event_sink->pool_changed(pool);
	mutex_unlock(&kvrm_event_lock);
}

/**
 * kvrm_event_pool_removed() - a pool is no longer published
 * @pool: which
 */
void kvrm_event_pool_removed(struct kvrm_pool *pool)
{
	mutex_lock(&kvrm_event_lock);
	if (kvrm_event_sink)
		kvrm_event_sink->pool_removed(pool);
	mutex_unlock(&kvrm_event_lock);
}
