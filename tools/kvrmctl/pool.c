// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kvrmctl pool create, set, move and delete.
 */
#include "tools/kvrmctl/carve.h"
#include "tools/kvrmctl/command.h"

static const struct option create_options[] = {
	{ "parent", required_argument, NULL, CARVE_PARENT },
	{ "cpu-reservation", required_argument, NULL, CARVE_SETTING },
	{ "cpu-limit", required_argument, NULL, CARVE_SETTING },
	{ "cpu-weight", required_argument, NULL, CARVE_SETTING },
	{ "memory-reservation", required_argument, NULL, CARVE_SETTING },
	{ "memory-weight", required_argument, NULL, CARVE_SETTING },
	{ "memory-limit", required_argument, NULL, CARVE_SETTING },
	{ "description", required_argument, NULL, CARVE_SETTING },
	{ "expandable", no_argument, NULL, CARVE_YES },
	{ "fixed", no_argument, NULL, CARVE_NO },
	{ "memory-expandable", no_argument, NULL, CARVE_YES },
	{ "memory-fixed", no_argument, NULL, CARVE_NO_MEMORY },
	COMMON_OPTIONS,
};

static const struct carve_kind pools = {
	.create = "CreatePool",
	.options = create_options,
	.add = settings_add_to_pool,
	.message = client_pool_message,
};

/** command_pool_create() - kvrmctl pool create; see command.h */
int command_pool_create(struct client *client, int argc, char **argv)
{
	return carve_create(client, argc, argv, &pools);
}

/** command_pool_set() - kvrmctl pool set; see command.h */
int command_pool_set(struct client *client, int argc, char **argv)
{
	return carve_set(client, argc, argv, &pools);
}

/** command_pool_move() - kvrmctl pool move; see command.h */
int command_pool_move(struct client *client, int argc, char **argv)
{
	return carve_move(client, argc, argv, &pools);
}

/** command_pool_delete() - kvrmctl pool delete; see command.h */
int command_pool_delete(struct client *client, int argc, char **argv)
{
	return carve_delete(client, argc, argv, &pools);
}
