// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kvrmctl pool create, set, move and delete.
 */
#include "daemon/util/cleanup.h"
#include "tools/kvrmctl/command.h"
#include "tools/kvrmctl/operate.h"
#include "tools/kvrmctl/setting.h"

/**
 * struct birth - a pool to be created
 * @name: of it
 * @parent: of what it is carved; NULL: kvrmd's default
 * @settings: all else
 */
struct birth {
	const char *name;
	const char *parent;
	struct settings settings;
};

static const struct option create_options[] = {
	{ "parent", required_argument, NULL, 'p' },
	{ "cpu-reservation", required_argument, NULL, 's' },
	{ "cpu-limit", required_argument, NULL, 's' },
	{ "cpu-weight", required_argument, NULL, 's' },
	{ "memory-reservation", required_argument, NULL, 's' },
	{ "memory-weight", required_argument, NULL, 's' },
	{ "description", required_argument, NULL, 's' },
	{ "fixed", no_argument, NULL, 'f' },
	{ "expandable", no_argument, NULL, 'e' },
	{ "memory-fixed", no_argument, NULL, 'F' },
	{ "memory-expandable", no_argument, NULL, 'E' },
	COMMON_OPTIONS,
};

static int add_setting(struct client *client, struct birth *birth, const char *key,
		       const char *value)
{
	_cleanup_free_ char *error = NULL;
	int r = settings_add(&birth->settings, true, key, value, &error);

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
		else if (option == 'F' || option == 'E')
			status = add_setting(client, ret, "memory-expandable",
					     option == 'E' ? "yes" : "no");
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

/** command_pool_create() - kvrmctl pool create; see command.h */
int command_pool_create(struct client *client, int argc, char **argv)
{
	struct birth birth = { 0 };
	sd_bus_message *m;
	int status = parse_birth(client, argc, argv, &birth);

	if (status == EXIT_OK)
		status = client_open(client);
	if (status == EXIT_OK)
		status = client_message(client, CLIENT_MANAGER_PATH, CLIENT_MANAGER, "CreatePool",
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
		r = settings_add_pair(ret, true, *words, &error);
	return r ? client_refuse(client, r, error) : EXIT_OK;
}

/** command_pool_set() - kvrmctl pool set; see command.h */
int command_pool_set(struct client *client, int argc, char **argv)
{
	struct settings changes = { 0 };
	sd_bus_message *m;
	int status = command_parse_common(client, argc, argv, 2, argc);

	if (status == EXIT_OK)
		status = parse_changes(client, argv + optind + 1, &changes);
	if (status == EXIT_OK)
		status = client_open(client);
	if (status == EXIT_OK)
		status = client_pool_message(client, argv[optind], "Set", &m);
	if (status == EXIT_OK)
		status = operate_submit(client, argv[optind], m, settings_append(m, &changes),
					"being changed", "changed");
	return status;
}

/** command_pool_move() - kvrmctl pool move; see command.h */
int command_pool_move(struct client *client, int argc, char **argv)
{
	sd_bus_message *m;
	int status = command_parse_common(client, argc, argv, 2, 2);

	if (status == EXIT_OK)
		status = client_open(client);
	if (status == EXIT_OK)
		status = client_pool_message(client, argv[optind], "Move", &m);
	if (status == EXIT_OK)
		status = operate_submit(client, argv[optind], m,
					sd_bus_message_append(m, "s", argv[optind + 1]),
					"being moved", "moved");
	return status;
}

static int delete_one(struct client *client, const char *name)
{
	sd_bus_message *m;
	int status = client_pool_message(client, name, "Delete", &m);

	if (status == EXIT_OK)
		status = operate_submit(client, name, m, 0, "being deleted", "deleted");
	return status;
}

/** command_pool_delete() - kvrmctl pool delete; see command.h */
int command_pool_delete(struct client *client, int argc, char **argv)
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
