// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kvrmctl set and move: allocations of virtual systems, and of several systems and pools as one change.
 */
#include <string.h>

#include "daemon/util/cleanup.h"
#include "tools/kvrmctl/command.h"
#include "tools/kvrmctl/operate.h"
#include "tools/kvrmctl/target.h"

/* While it lasts: until the guest has given memory back that can be. */
static const char *progress_of(const struct settings *settings)
{
	for (size_t i = 0; i < settings->n; i++) {
		if (!strcmp(settings->item[i].property, "Memory"))
			return "changing the allocation, and the guest its memory";
	}
	return "changing the allocation";
}

static int set_one(struct client *client, const struct target *target)
{
	sd_bus_message *m;
	int status = client_system_message(client, target->name, "SetAllocation", &m);

	return status == EXIT_OK ? client_submit(client, target->name, m,
						 settings_append(m, &target->settings),
						 progress_of(&target->settings))
				 : status;
}

static int set_together(struct client *client, const struct targets *targets)
{
	sd_bus_message *m;
	int status =
		client_message(client, CLIENT_MANAGER_PATH, CLIENT_MANAGER, "SetAllocations", &m);
	int r;

	if (status != EXIT_OK)
		return status;
	r = targets_append(m, targets, false);
	if (r >= 0)
		r = targets_append(m, targets, true);
	return client_submit(client, NULL, m, r, NULL);
}

/** command_set() - kvrmctl set; see command.h */
int command_set(struct client *client, int argc, char **argv)
{
	_cleanup_targets_ struct targets targets = { 0 };
	_cleanup_free_ char *error = NULL;
	int r;
	int status = command_parse_common(client, argc, argv, 2, argc);

	if (status != EXIT_OK)
		return status;
	r = targets_parse(&targets, argv + optind, &error);
	status = r ? client_refuse(client, r, error) : client_open(client);
	if (status != EXIT_OK)
		return status;
	status = targets.n == 1 && !targets.item[0].pool ? set_one(client, &targets.item[0])
							 : set_together(client, &targets);
	for (size_t i = 0; status == EXIT_OK && i < targets.n; i++)
		operate_done(client, targets.item[i].word, "changed");
	return status;
}

/** command_move() - kvrmctl move; see command.h */
int command_move(struct client *client, int argc, char **argv)
{
	sd_bus_message *m;
	int status = command_parse_common(client, argc, argv, 2, 2);

	if (status == EXIT_OK)
		status = client_open(client);
	if (status == EXIT_OK)
		status = client_system_message(client, argv[optind], "MoveToPool", &m);
	if (status == EXIT_OK)
		status = operate_submit(client, argv[optind], m,
					sd_bus_message_append(m, "s", argv[optind + 1]),
					"moving to the pool", "moved");
	return status;
}
