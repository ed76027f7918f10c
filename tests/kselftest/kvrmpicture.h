/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All that the module knows and that does not change by itself, and what it has written to cgroups:
 * to see whether a command has changed anything, and what.
 */
#ifndef KVRMPICTURE_H
#define KVRMPICTURE_H

#include <stdint.h>

#include "kvrmguest.h"
#include "kvrmnl.h"

#define KVRMPICTURE_LINES 64

/* The weight that the controller says it has written to a cgroup. */
struct kvrmpicture_weight {
	uint64_t cgroup_id;
	uint32_t weight;
};

/**
 * struct kvrmpicture - a line for each guest, pool, virtual CPU and file
 * @lines: sorted
 * @n: how many
 * @weights: of the guests and pools that are weighed
 * @n_weights: how many
 *
 * Identifiers are left out: they differ each time that something is added. So are weights while the
 * controller sets them, if the file says what the controller says.
 */
struct kvrmpicture {
	char lines[KVRMPICTURE_LINES][600];
	int n;
	struct kvrmpicture_weight weights[KVRMPICTURE_LINES];
	int n_weights;
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
