/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The module's commands, each with what it needs and its undoing: to be made again and again, whether
 * they are done or refused. In the tree of kvrmpools.
 */
#ifndef KVRMTRIAL_H
#define KVRMTRIAL_H

#include <stdbool.h>
#include <stddef.h>

#include "kvrmnl.h"
#include "kvrmpicture.h"

/**
 * struct kvrmtrial - a command
 * @name: of it
 * @run: sends it
 * @undo: after it was done; NULL: it only reads
 * @prepare: before it; may be NULL
 * @recover: after it was refused: undoes @prepare; may be NULL
 * @registered: needs kvrmtrial_register()
 * @tells: listeners are told what has changed
 * @writes: limits are written in the same cgroups each time
 * @allocates: in the module; for dumps the kernel does
 */
struct kvrmtrial {
	const char *name;
	struct kvrmnl_reply (*run)(void);
	void (*undo)(void);
	void (*prepare)(void);
	void (*recover)(void);
	bool registered;
	bool tells;
	bool writes;
	bool allocates;
};

/* Those that need nobody to be registered come first. */
extern const struct kvrmtrial kvrmtrials[];
extern const size_t kvrmtrials_n;
extern const struct kvrmpicture_scene kvrmtrial_scene;

int kvrmtrial_set_up(void);
void kvrmtrial_tear_down(void);
void kvrmtrial_register(void);
void kvrmtrial_end_guest(void);
bool kvrmtrial_guest_is_registered(void);

#endif
