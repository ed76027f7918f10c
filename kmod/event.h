/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVRM_EVENT_H
#define KVRM_EVENT_H

#include <linux/kvrm.h>

struct kvrm_guest;

/**
 * struct kvrm_event_sink - who is told what happens to guests
 * @added: a guest was registered
 * @changed: its limit or name changed
 * @removed: it is no longer registered
 *
 * Called in process context; of this module's locks only kvrm_event_lock is held.
 */
struct kvrm_event_sink {
	void (*added)(struct kvrm_guest *guest);
	void (*changed)(struct kvrm_guest *guest);
	void (*removed)(struct kvrm_guest *guest, enum kvrm_removal_reason reason);
};

void kvrm_event_set_sink(const struct kvrm_event_sink *sink);
void kvrm_event_added(struct kvrm_guest *guest);
void kvrm_event_changed(struct kvrm_guest *guest);
void kvrm_event_removed(struct kvrm_guest *guest, enum kvrm_removal_reason reason);

#endif
