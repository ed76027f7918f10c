/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which records of the sample ring are of the systems that are asked for. Pure.
 */
#ifndef KVRMCTL_WANTED_H
#define KVRMCTL_WANTED_H

#include <stdbool.h>
#include <stddef.h>

#include "kvrm/samples.h"

struct json_object;

/**
 * struct wanted - what is asked for, and what of it was there
 * @names: names or UUIDs, up to NULL; none: all are asked for
 * @uuid: column
 * @name: column
 * @guests: by id in decimal, whether it is asked for; owned
 * @seen: systems that are, by UUID; owned
 * @found: names that a system had; owned
 */
struct wanted {
	char *const *names;
	const struct kvrm_samples_column *uuid;
	const struct kvrm_samples_column *name;
	struct json_object *guests;
	struct json_object *seen;
	struct json_object *found;
};

void wanted_init(struct wanted *w, const struct kvrm_samples *ring, char *const *names);
bool wanted_takes(struct wanted *w, const struct kvrm_samples_record *record);
const char *wanted_missing(const struct wanted *w);
size_t wanted_count(const struct wanted *w);
void wanted_deinit(struct wanted *w);

#endif
