/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From records of the sample ring to looks, as those at kvrmd: what is shown of the one is shown of the other.
 * Pure.
 */
#ifndef KVRMCTL_GATHER_H
#define KVRMCTL_GATHER_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/util/cleanup.h"
#include "kvrm/samples.h"

struct json_object;
struct look;

/* As many as gather.c has rows. */
#define GATHER_ROWS 32

/**
 * struct gather - what is known of all guests so far
 * @columns: of what gather.c takes over; NULL: the ring has no such column
 * @uuid: column
 * @name: column
 * @device: column, of NICs
 * @systems: by UUID, as kvrmd has them, as far as the ring tells; owned
 * @samples: the last of each, by UUID, as from GetStatistics; owned
 * @ids: UUID by the guest's id in decimal; owned
 * @round: that is being gathered
 * @any: there is something in it
 * @time_ns: of its last guest, CLOCK_MONOTONIC
 */
struct gather {
	const struct kvrm_samples_column *columns[GATHER_ROWS];
	const struct kvrm_samples_column *uuid;
	const struct kvrm_samples_column *name;
	const struct kvrm_samples_column *device;
	struct json_object *systems;
	struct json_object *samples;
	struct json_object *ids;
	uint32_t round;
	bool any;
	uint64_t time_ns;
};

void gather_init(struct gather *g, const struct kvrm_samples *ring);
bool gather_is_over(const struct gather *g, const struct kvrm_samples_record *record);
void gather_take(struct gather *g, struct look *ret);
void gather_add(struct gather *g, const struct kvrm_samples_record *record);
void gather_deinit(struct gather *g);
#define _cleanup_gather_ _cleanup_(gather_deinit)

#endif
