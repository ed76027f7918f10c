// SPDX-License-Identifier: GPL-2.0-only
/*
 * What happens to guests, told upward: the registry knows nothing of netlink, netlink registers a
 * sink. It is set before the first guest can exist and cleared after the last one is gone.
 */
#include <linux/compiler.h>
#include <linux/stddef.h>

#include "kmod/event.h"

static const struct kvrm_event_sink *kvrm_event_sink;

/**
 * kvrm_event_set_sink() - who is to be told
 * @sink: constant while set; NULL for nobody
 */
void kvrm_event_set_sink(const struct kvrm_event_sink *sink)
{
	kvrm_event_sink = sink;
}

/**
 * kvrm_event_added() - a guest was registered
 * @guest: which; the caller has a reference
 */
void kvrm_event_added(struct kvrm_guest *guest)
{
	if (kvrm_event_sink)
		kvrm_event_sink->added(guest);
}

/**
 * kvrm_event_changed() - a guest's limit or name changed
 * @guest: which; the caller has a reference
 */
void kvrm_event_changed(struct kvrm_guest *guest)
{
	if (kvrm_event_sink)
		kvrm_event_sink->changed(guest);
}

/**
 * kvrm_event_removed() - a guest is no longer registered
 * @guest: which; the caller has a reference
 * @reason: why
 */
void kvrm_event_removed(struct kvrm_guest *guest, enum kvrm_removal_reason reason)
{
	if (kvrm_event_sink)
		kvrm_event_sink->removed(guest, reason);
}
