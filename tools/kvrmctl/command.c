// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What all commands do with their arguments.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/util/text.h"
#include "tools/kvrmctl/command.h"
#include "tools/kvrmctl/print.h"
#include "tools/kvrmctl/value.h"

/**
 * command_option() - an option that every command has
 * @client: client
 * @option: from getopt_long()
 * @argv: as given to the command
 *
 * Return: EXIT_OK, or EXIT_USAGE if it was none of them.
 */
int command_option(struct client *client, int option, char **argv)
{
	switch (option) {
	case OPTION_JSON:
		client->json = true;
		return EXIT_OK;
	case OPTION_BUS:
		client->address = optarg;
		return EXIT_OK;
	default:
		fprintf(stderr,
			"kvrmctl: %s: '%s' is no option of it, or its value is missing or too "
			"much\n"
			"See 'kvrmctl help %s'.\n",
			argv[0], argv[optind - 1], argv[0]);
		return EXIT_USAGE;
	}
}

/**
 * command_number() - the value of an option that is a number
 * @command: as typed
 * @option: its long name
 * @text: its value
 * @max: it is 1 to that
 * @ret: number
 *
 * Return: EXIT_OK or EXIT_USAGE.
 */
int command_number(const char *command, const char *option, const char *text, uint64_t max,
		   uint64_t *ret)
{
	if (!text_to_u64(text, ret) && *ret >= 1 && *ret <= max)
		return EXIT_OK;
	fprintf(stderr, "kvrmctl: %s: --%s: '%s' is not 1 to %" PRIu64 "\n", command, option, text,
		max);
	return EXIT_USAGE;
}

/**
 * command_arguments() - check the number of arguments that are left after the options
 * @argc: as given to the command
 * @argv: likewise
 * @min: at least
 * @max: at most
 *
 * Return: EXIT_OK or EXIT_USAGE.
 */
int command_arguments(int argc, char **argv, int min, int max)
{
	int n = argc - optind;

	if (n >= min && n <= max)
		return EXIT_OK;
	if (n < min)
		fprintf(stderr, "kvrmctl: %s: an argument is missing\n", argv[0]);
	else
		fprintf(stderr, "kvrmctl: %s: unexpected argument '%s'\n", argv[0],
			argv[optind + max]);
	fprintf(stderr, "See 'kvrmctl help %s'.\n", argv[0]);
	return EXIT_USAGE;
}

/**
 * command_parse_common() - parse the arguments of a command that has no options of its own
 * @client: client
 * @argc: as given to the command
 * @argv: likewise
 * @min: arguments, at least
 * @max: at most
 *
 * Return: EXIT_OK or EXIT_USAGE.
 */
int command_parse_common(struct client *client, int argc, char **argv, int min, int max)
{
	static const struct option options[] = { COMMON_OPTIONS };
	int option, status = EXIT_OK;

	while (status == EXIT_OK && (option = getopt_long(argc, argv, "h", options, NULL)) >= 0)
		status = command_option(client, option, argv);
	return status == EXIT_OK ? command_arguments(argc, argv, min, max) : status;
}

static int parse_listing(struct client *client, int argc, char **argv, bool *ret_names)
{
	static const struct option options[] = { { "names", no_argument, NULL, 'n' },
						 COMMON_OPTIONS };
	int option, status = EXIT_OK;

	while (status == EXIT_OK && (option = getopt_long(argc, argv, "nh", options, NULL)) >= 0) {
		if (option == 'n')
			*ret_names = true;
		else
			status = command_option(client, option, argv);
	}
	return status == EXIT_OK ? command_arguments(argc, argv, 0, 0) : status;
}

/**
 * listing_fetch() - what a listing's fetch does if a method of the manager tells of all objects by name
 * @client: connected
 * @method: such as ListPools
 * @ret: the objects' properties, an array; to be freed
 *
 * Return: exit status.
 */
int listing_fetch(struct client *client, const char *method, struct json_object **ret)
{
	_cleanup_value_ struct json_object *objects = NULL;
	int status = client_fetch(client, CLIENT_MANAGER_PATH, CLIENT_MANAGER, method, &objects);

	if (status != EXIT_OK)
		return status;
	*ret = json_object_new_array();
	json_object_object_foreach(objects, name, object) {
		(void)name;
		json_object_array_add(*ret, json_object_get(object));
	}
	return EXIT_OK;
}

/**
 * command_listing() - a whole command that lists objects: by name only, as JSON, or as a table
 * @client: client
 * @argc: as given to the command
 * @argv: likewise
 * @listing: what it lists
 *
 * Return: exit status.
 */
int command_listing(struct client *client, int argc, char **argv, const struct listing *listing)
{
	_cleanup_value_ struct json_object *objects = NULL;
	bool names = false;
	int status = parse_listing(client, argc, argv, &names);

	if (status == EXIT_OK)
		status = client_open(client);
	if (status == EXIT_OK)
		status = listing->fetch(client, &objects);
	if (status != EXIT_OK)
		return status;
	for (size_t i = 0; names && i < json_object_array_length(objects); i++)
		puts(value_text(json_object_array_get_idx(objects, i), "Name"));
	if (!names && client->json)
		print_json(objects);
	else if (!names)
		listing->table(objects);
	return EXIT_OK;
}
