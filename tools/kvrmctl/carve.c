// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Commands of pools and uplinks; see carve.h. Each is a whole command; see command.h.
 */
#include "daemon/util/cleanup.h"
#include "tools/kvrmctl/carve.h"
#include "tools/kvrmctl/command.h"
#include "tools/kvrmctl/operate.h"

/**
 * struct birth - what is to be created
 * @name: of it
 * @parent: of what it is carved; NULL: kvrmd's default
 * @settings: all else
 */
struct birth {
	const char *name;
	const char *parent;
	struct settings settings;
};

/* An option that is a setting. Return: exit status. */
static int add_setting(struct client *client, const struct carve_kind *kind, int what,
		       const char *name, struct settings *ret)
{
	const char *key = what == CARVE_NO	    ? "expandable"
			  : what == CARVE_NO_MEMORY ? "memory-expandable"
						    : name;
	const char *value = what == CARVE_SETTING ? optarg : what == CARVE_YES ? "yes" : "no";
	_cleanup_free_ char *error = NULL;
	int r = kind->add(ret, key, value, &error);

	return r ? client_refuse(client, r, error) : EXIT_OK;
}

static int parse_birth(struct client *client, int argc, char **argv, const struct carve_kind *kind,
		       struct birth *ret)
{
	int option, at, status = EXIT_OK;

	while (status == EXIT_OK &&
	       (option = getopt_long(argc, argv, "h", kind->options, &at)) >= 0) {
		switch (option) {
		case CARVE_PARENT:
			ret->parent = optarg;
			break;
		case CARVE_SETTING:
		case CARVE_YES:
		case CARVE_NO:
		case CARVE_NO_MEMORY:
			status = add_setting(client, kind, option, kind->options[at].name,
					     &ret->settings);
			break;
		default:
			status = command_option(client, option, argv);
		}
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

/**
 * carve_create() - create one
 * @client: client
 * @argc: as given to the command
 * @argv: likewise
 * @kind: of what
 *
 * Return: exit status.
 */
int carve_create(struct client *client, int argc, char **argv, const struct carve_kind *kind)
{
	struct birth birth = { 0 };
	sd_bus_message *m;
	int status = parse_birth(client, argc, argv, kind, &birth);

	if (status == EXIT_OK)
		status = client_open(client);
	if (status == EXIT_OK)
		status = client_message(client, CLIENT_MANAGER_PATH, CLIENT_MANAGER, kind->create,
					&m);
	if (status == EXIT_OK)
		status = operate_submit(client, birth.name, m, append_birth(m, &birth),
					"being created", "created");
	return status;
}

static int parse_changes(struct client *client, char **words, settings_adder *add,
			 struct settings *ret)
{
	_cleanup_free_ char *error = NULL;
	int r = 0;

	for (; !r && *words; words++)
		r = settings_add_pair(ret, add, *words, &error);
	return r ? client_refuse(client, r, error) : EXIT_OK;
}

/**
 * carve_set() - change one
 * @client: client
 * @argc: as given to the command
 * @argv: likewise
 * @kind: of what
 *
 * Return: exit status.
 */
int carve_set(struct client *client, int argc, char **argv, const struct carve_kind *kind)
{
	struct settings changes = { 0 };
	sd_bus_message *m;
	int status = command_parse_common(client, argc, argv, 2, argc);

	if (status == EXIT_OK)
		status = parse_changes(client, argv + optind + 1, kind->add, &changes);
	if (status == EXIT_OK)
		status = client_open(client);
	if (status == EXIT_OK)
		status = kind->message(client, argv[optind], "Set", &m);
	if (status == EXIT_OK)
		status = operate_submit(client, argv[optind], m, settings_append(m, &changes),
					"being changed", "changed");
	return status;
}

/**
 * carve_move() - carve one out of another one instead
 * @client: client
 * @argc: as given to the command
 * @argv: likewise
 * @kind: of what
 *
 * Return: exit status.
 */
int carve_move(struct client *client, int argc, char **argv, const struct carve_kind *kind)
{
	sd_bus_message *m;
	int status = command_parse_common(client, argc, argv, 2, 2);

	if (status == EXIT_OK)
		status = client_open(client);
	if (status == EXIT_OK)
		status = kind->message(client, argv[optind], "Move", &m);
	if (status == EXIT_OK)
		status = operate_submit(client, argv[optind], m,
					sd_bus_message_append(m, "s", argv[optind + 1]),
					"being moved", "moved");
	return status;
}

static int delete_one(struct client *client, const char *name, const struct carve_kind *kind)
{
	sd_bus_message *m;
	int status = kind->message(client, name, "Delete", &m);

	if (status == EXIT_OK)
		status = operate_submit(client, name, m, 0, "being deleted", "deleted");
	return status;
}

/**
 * carve_delete() - give back some; one that fails does not keep the others from it
 * @client: client
 * @argc: as given to the command
 * @argv: likewise
 * @kind: of what
 *
 * Return: exit status, of the first failure.
 */
int carve_delete(struct client *client, int argc, char **argv, const struct carve_kind *kind)
{
	int status = command_parse_common(client, argc, argv, 1, argc);

	if (status == EXIT_OK)
		status = client_open(client);
	if (status != EXIT_OK)
		return status;
	for (char **name = argv + optind; *name; name++) {
		int one = delete_one(client, *name, kind);

		status = status == EXIT_OK ? one : status;
		if (one == EXIT_UNREACHABLE)
			break;
	}
	return status;
}
