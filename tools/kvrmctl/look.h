/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Looks at kvrmd: everything that rates are made of, at one moment.
 */
#ifndef KVRMCTL_LOOK_H
#define KVRMCTL_LOOK_H

#include <stdbool.h>

#include "daemon/util/cleanup.h"

struct client;
struct json_object;

/**
 * struct look - one look at kvrmd
 * @systems: all virtual systems, by name
 * @pools: all pools, by name
 * @samples: of the systems that are active, by UUID
 * @uplinks: all uplinks and parts, by name; NULL if the look was not taken at kvrmd
 */
struct look {
	struct json_object *systems;
	struct json_object *pools;
	struct json_object *samples;
	struct json_object *uplinks;
};

int look_take(struct client *client, struct look *ret);
int look_take_newer(struct client *client, const struct look *before, struct look *ret,
		    bool *ret_newer);
int look_await(struct client *client, const struct look *before, struct look *ret);
bool look_is_named(struct json_object *system, char *const *names);
int look_check_names(struct client *client, char *const *names, const struct look *look);
void look_deinit(struct look *look);
#define _cleanup_look_ _cleanup_(look_deinit)

#endif
