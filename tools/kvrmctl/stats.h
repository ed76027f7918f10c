/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rates shown once or again and again: what stats and nic stats have in common.
 */
#ifndef KVRMCTL_STATS_H
#define KVRMCTL_STATS_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/kvrmctl/command.h"

struct json_object;

/**
 * struct look - one look at kvrmd
 * @systems: all virtual systems
 * @samples: theirs, by UUID
 */
struct look {
	struct json_object *systems;
	struct json_object *samples;
};

/**
 * struct frame - what is shown at once
 * @client: says whether as JSON
 * @before: earlier look
 * @after: later look
 * @names: systems asked for; empty: all
 * @clear: in the place of the frame before
 */
struct frame {
	struct client *client;
	const struct look *before;
	const struct look *after;
	char **names;
	bool clear;
};

bool stats_is_wanted(const struct frame *frame, struct json_object *system);
void stats_add_number(struct json_object *object, const char *key, double value);
int stats_run(struct client *client, int argc, char **argv,
	      void (*show)(const struct frame *frame));

#endif
