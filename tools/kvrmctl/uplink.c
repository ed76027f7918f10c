// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kvrmctl uplink create, set and delete.
 */
#include "daemon/util/cleanup.h"
#include "tools/kvrmctl/command.h"
#include "tools/kvrmctl/operate.h"
#include "tools/kvrmctl/uplink-setting.h"

/**
 * struct birth - an uplink or part to be created
 * @name: of it
 * @parent: what it is carved out of; NULL: it is no part
 * @settings: all else
 */
struct birth {
	const char *name;
	const char *parent;
	struct settings settings;
};

/* Both directions, or one; names are those of settings. */
#define DIRECTION(prefix)                                                                          \
	{ prefix "capacity", required_argument, NULL, 's' },                                       \
		{ prefix "reservation", required_argument, NULL, 's' },                            \
		{ prefix "limit", required_argument, NULL, 's' },                                  \
		{ prefix "weight", required_argument, NULL, 's' }

static const struct option create_options[] = {
	{ "parent", required_argument, NULL, 'p' },
	{ "bridge", required_argument, NULL, 's' },
	{ "description", required_argument, NULL, 's' },
	DIRECTION(""),
	DIRECTION("to-guest-"),
	DIRECTION("from-guest-"),
	{ "to-guest-expandable", required_argument, NULL, 's' },
	{ "from-guest-expandable", required_argument, NULL, 's' },
	{ "fixed", no_argument, NULL, 'f' },
	{ "expandable", no_argument, NULL, 'e' },
	COMMON_OPTIONS,
};

static int add_setting(struct client *client, struct birth *birth, const char *key,
		       const char *value)
{
	_cleanup_free_ char *error = NULL;
	int r = uplink_settings_add(&birth->settings, key, value, &error);

	return r ? client_refuse(client, r, error) : EXIT_OK;
}

static int parse_birth(struct client *client, int argc, char **argv, struct birth *ret)
{
	int option, at, status = EXIT_OK;

	while (status == EXIT_OK &&
	       (option = getopt_long(argc, argv, "h", create_options, &at)) >= 0) {
		if (option == 'p')
			ret->parent = optarg;
		else if (option == 's')
			status = add_setting(client, ret, create_options[at].name, optarg);
		else if (option == 'f' || option == 'e')
			status = add_setting(client, ret, "expandable",
					     option == 'e' ? "yes" : "no");
		else
			status = command_option(client, option, argv);
	}
	if (status == EXIT_OK)
		status = command_arguments(argc, argv, 1, 1);
	if (status == EXIT_OK)
		ret->name = argv[optind];
	return status;
}

static int append_birth(sd_bus_message *m, const struct birth *birth)
{
	int r = sd_bus_message_open_container(m, 'a', "{sv}");

	if (r >= 0)
		r = sd_bus_message_append(m, "{sv}", "Name", "s", birth->name);
	if (r >= 0 && birth->parent)
		r = sd_bus_message_append(m, "{sv}", "Parent", "s", birth->parent);
	if (r >= 0)
		r = settings_append_entries(m, &birth->settings);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

/** command_uplink_create() - kvrmctl uplink create; see command.h */
int command_uplink_create(struct client *client, int argc, char **argv)
{
	struct birth birth = { 0 };
	sd_bus_message *m;
	int status = parse_birth(client, argc, argv, &birth);

	if (status == EXIT_OK)
		status = client_open(client);
	if (status == EXIT_OK)
		status = client_message(client, CLIENT_MANAGER_PATH, CLIENT_MANAGER, "CreateUplink",
					&m);
	if (status == EXIT_OK)
		status = operate_submit(client, birth.name, m, append_birth(m, &birth),
					"being created", "created");
	return status;
}

static int parse_changes(struct client *client, char **words, struct settings *ret)
{
	_cleanup_free_ char *error = NULL;
	int r = 0;

	for (; !r && *words; words++)
		r = uplink_settings_add_pair(ret, *words, &error);
	return r ? client_refuse(client, r, error) : EXIT_OK;
}

/** command_uplink_set() - kvrmctl uplink set; see command.h */
int command_uplink_set(struct client *client, int argc, char **argv)
{
	struct settings changes = { 0 };
	sd_bus_message *m;
	int status = command_parse_common(client, argc, argv, 2, argc);

	if (status == EXIT_OK)
		status = parse_changes(client, argv + optind + 1, &changes);
	if (status == EXIT_OK)
		status = client_open(client);
	if (status == EXIT_OK)
		status = client_uplink_message(client, argv[optind], "Set", &m);
	if (status == EXIT_OK)
		status = operate_submit(client, argv[optind], m, settings_append(m, &changes),
					"being changed", "changed");
	return status;
}

static int delete_one(struct client *client, const char *name)
{
	sd_bus_message *m;
	int status = client_uplink_message(client, name, "Delete", &m);

	if (status == EXIT_OK)
		status = operate_submit(client, name, m, 0, "being deleted", "deleted");
	return status;
}

/** command_uplink_delete() - kvrmctl uplink delete; see command.h */
int command_uplink_delete(struct client *client, int argc, char **argv)
{
	int status = command_parse_common(client, argc, argv, 1, argc);

	if (status == EXIT_OK)
		status = client_open(client);
	if (status != EXIT_OK)
		return status;
	for (char **name = argv + optind; *name; name++) {
		int one = delete_one(client, *name);

		status = status == EXIT_OK ? one : status;
		if (one == EXIT_UNREACHABLE)
			break;
	}
	return status;
}
