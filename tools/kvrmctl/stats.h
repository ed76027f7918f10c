/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rates shown once or again and again: what stats, nic stats and disk stats have in common.
 */
#ifndef KVRMCTL_STATS_H
#define KVRMCTL_STATS_H

#include <stddef.h>

#include "tools/kvrmctl/command.h"

struct json_object;
struct look;
struct rates;
struct table;

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

/**
 * struct stats_kind - rows of one kind: of systems, or of parts of them
 * @header: of the table's columns
 * @columns: how many
 * @show: adds the rows of a system
 */
struct stats_kind {
	const char *const *header;
	size_t columns;
	stats_show_system *show;
};

extern const struct stats_kind vcpu_stats, nic_stats, disk_stats;

void stats_show(const struct frame *frame, const struct stats_kind *kind);
struct json_object *stats_object(struct json_object *system, const struct rates *rates);
void stats_add_number(struct json_object *object, const char *key, double value);
int stats_run(struct client *client, int argc, char **argv, const struct stats_kind *kind);

#endif
