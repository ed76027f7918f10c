/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rates shown once or again and again: what stats, nic stats and disk stats have in common.
 */
#ifndef KVRMCTL_STATS_H
#define KVRMCTL_STATS_H

#include <stddef.h>

#include "tools/kvrmctl/command.h"

struct json_object;
struct table;

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
 */
struct frame {
	struct client *client;
	const struct look *before;
	const struct look *after;
	char **names;
};

/* Adds the rows of a system to @t, or to @rows if they are shown as JSON. */
typedef void stats_show_system(const struct frame *frame, struct json_object *system,
			       struct table *t, struct json_object *rows);

void stats_show(const struct frame *frame, const char *const *header, size_t columns,
		stats_show_system *show);
void stats_add_number(struct json_object *object, const char *key, double value);
int stats_run(struct client *client, int argc, char **argv,
	      void (*show)(const struct frame *frame));

#endif
