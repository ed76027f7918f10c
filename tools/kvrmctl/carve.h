/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Commands of what is carved out of another of its kind, pools and uplinks: create, set, move and delete.
 */
#ifndef KVRMCTL_CARVE_H
#define KVRMCTL_CARVE_H

#include <getopt.h>

#include "tools/kvrmctl/client.h"
#include "tools/kvrmctl/setting.h"

/* What an option of create does: its name is the key of a setting, or it says yes or no without a value. */
enum {
	CARVE_PARENT = 'p',
	CARVE_SETTING = 's',
	CARVE_YES = 'y',       /* its name is the key */
	CARVE_NO = 'n',	       /* of expandable */
	CARVE_NO_MEMORY = 'N', /* of memory-expandable */
};

/**
 * struct carve_kind - pools, or uplinks
 * @create: method of the manager
 * @options: of create; values are those above
 * @add: reads a setting
 * @message: begins a call to one of them
 */
struct carve_kind {
	const char *create;
	const struct option *options;
	settings_adder *add;
	int (*message)(struct client *c, const char *name, const char *member,
		       sd_bus_message **ret);
};

int carve_create(struct client *client, int argc, char **argv, const struct carve_kind *kind);
int carve_set(struct client *client, int argc, char **argv, const struct carve_kind *kind);
int carve_move(struct client *client, int argc, char **argv, const struct carve_kind *kind);
int carve_delete(struct client *client, int argc, char **argv, const struct carve_kind *kind);

#endif
