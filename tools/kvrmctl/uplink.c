// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kvrmctl uplink create, set, move and delete.
 */
#include "tools/kvrmctl/carve.h"
#include "tools/kvrmctl/command.h"
#include "tools/kvrmctl/uplink-setting.h"

/* Both directions, or one; names are those of settings. */
#define DIRECTION(prefix)                                                                          \
	{ prefix "capacity", required_argument, NULL, CARVE_SETTING },                             \
		{ prefix "reservation", required_argument, NULL, CARVE_SETTING },                  \
		{ prefix "limit", required_argument, NULL, CARVE_SETTING },                        \
	{                                                                                          \
		prefix "weight", required_argument, NULL, CARVE_SETTING                            \
	}

static const struct option create_options[] = {
	{ "parent", required_argument, NULL, CARVE_PARENT },
	{ "bridge", required_argument, NULL, CARVE_SETTING },
	{ "description", required_argument, NULL, CARVE_SETTING },
	DIRECTION(""),
	DIRECTION("to-guest-"),
	DIRECTION("from-guest-"),
	{ "to-guest-expandable", required_argument, NULL, CARVE_SETTING },
	{ "from-guest-expandable", required_argument, NULL, CARVE_SETTING },
	{ "expandable", no_argument, NULL, CARVE_YES },
	{ "fixed", no_argument, NULL, CARVE_NO },
	COMMON_OPTIONS,
};

static const struct carve_kind uplinks = {
	.create = "CreateUplink",
	.options = create_options,
	.add = uplink_settings_add,
	.message = client_uplink_message,
};

/** command_uplink_create() - kvrmctl uplink create; see command.h */
int command_uplink_create(struct client *client, int argc, char **argv)
{
	return carve_create(client, argc, argv, &uplinks);
}

/** command_uplink_set() - kvrmctl uplink set; see command.h */
int command_uplink_set(struct client *client, int argc, char **argv)
{
	return carve_set(client, argc, argv, &uplinks);
}

/** command_uplink_move() - kvrmctl uplink move; see command.h */
int command_uplink_move(struct client *client, int argc, char **argv)
{
	return carve_move(client, argc, argv, &uplinks);
}

/** command_uplink_delete() - kvrmctl uplink delete; see command.h */
int command_uplink_delete(struct client *client, int argc, char **argv)
{
	return carve_delete(client, argc, argv, &uplinks);
}
