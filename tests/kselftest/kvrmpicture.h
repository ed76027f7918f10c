/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All that the module knows and that does not change by itself, and what it has written to cgroups:
 * to see whether a command has changed anything, and what.
 */
#ifndef KVRMPICTURE_H
#define KVRMPICTURE_H

#include "kvrmguest.h"
#include "kvrmnl.h"

#define KVRMPICTURE_LINES 64

/**
 * struct kvrmpicture - a line for each guest, pool, virtual CPU, NIC, uplink and file
 * @lines: sorted
 * @n: how many
 *
 * Identifiers are left out: they differ each time that something is added. So are the
 * files with weights, which the controller sets as it sees fit.
 */
struct kvrmpicture {
	char lines[KVRMPICTURE_LINES][600];
	int n;
};

/**
 * struct kvrmpicture_scene - what to take pictures of
 * @nl: connected
 * @cgroups: whose files to look at
 * @n: how many
 */
struct kvrmpicture_scene {
	struct kvrmnl *nl;
	const struct kvrmguest *const *cgroups;
	int n;
};

void kvrmpicture_take(struct kvrmpicture *picture, const struct kvrmpicture_scene *scene);
void kvrmpicture_take_still(struct kvrmpicture *picture, const struct kvrmpicture_scene *scene);
const char *kvrmpicture_differs(const struct kvrmpicture *wanted,
				const struct kvrmpicture_scene *scene);

#endif
