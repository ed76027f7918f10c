// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kvrmctl define. Definitions are checked here first, by the rules that kvrmd has, so that an error
 * can name the file and the line.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/model/definition.h"
#include "tools/kvrmctl/command.h"
#include "tools/kvrmctl/operate.h"

static const struct option define_options[] = {
	{ "name", required_argument, NULL, 'd' },
	{ "uuid", required_argument, NULL, 'd' },
	{ "description", required_argument, NULL, 'd' },
	{ "vcpus", required_argument, NULL, 'd' },
	{ "memory", required_argument, NULL, 'd' },
	{ "memory-max", required_argument, NULL, 'd' },
	{ "kernel", required_argument, NULL, 'd' },
	{ "initrd", required_argument, NULL, 'd' },
	{ "cmdline", required_argument, NULL, 'd' },
	{ "disk", required_argument, NULL, 'd' },
	{ "channel", required_argument, NULL, 'd' },
	{ "nic", required_argument, NULL, 'd' },
	{ "pool", required_argument, NULL, 'd' },
	{ "cpu-reservation", required_argument, NULL, 'd' },
	{ "cpu-limit", required_argument, NULL, 'd' },
	{ "cpu-weight", required_argument, NULL, 'd' },
	{ "vcpu-limit", required_argument, NULL, 'd' },
	{ "storage-weight", required_argument, NULL, 'd' },
	{ "sample-rate", required_argument, NULL, 'd' },
	{ "probes", required_argument, NULL, 'd' },
	{ "memory-reservation", required_argument, NULL, 'd' },
	{ "memory-limit", required_argument, NULL, 'd' },
	{ "memory-weight", required_argument, NULL, 'd' },
	{ "start", no_argument, NULL, 's' },
	COMMON_OPTIONS,
};

/**
 * struct wishes - the keys that were given as options, applied after the file's
 * @key: names
 * @value: texts
 * @n: number of both
 * @start: start it, too
 */
struct wishes {
	const char *key[64];
	const char *value[64];
	size_t n;
	bool start;
};

static int parse_wishes(struct client *client, int argc, char **argv, struct wishes *ret)
{
	int option, at, status = EXIT_OK;

	while (status == EXIT_OK &&
	       (option = getopt_long(argc, argv, "h", define_options, &at)) >= 0) {
		if (option == 's')
			ret->start = true;
		else if (option != 'd')
			status = command_option(client, option, argv);
		else if (ret->n == sizeof(ret->key) / sizeof(ret->key[0]))
			status =
				client_complain(client, EXIT_USAGE, NULL, NULL, "too many options");
		else {
			ret->key[ret->n] = define_options[at].name;
			ret->value[ret->n++] = optarg;
		}
	}
	return status == EXIT_OK ? command_arguments(argc, argv, 0, 1) : status;
}

static int build_definition(const char *file, const struct wishes *wishes, struct definition **ret,
			    char **ret_error)
{
	_cleanup_definition_ struct definition *d = NULL;
	int r = 0;

	if (file)
		r = definition_read_file(file, &d, ret_error);
	else if (!(d = definition_new()))
		r = -ENOMEM;
	for (size_t i = 0; !r && i < wishes->n; i++)
		r = definition_set(d, wishes->key[i], wishes->value[i], ret_error);
	if (!r)
		r = definition_validate(d, 0, ret_error);
	if (!r)
		*ret = TAKE_PTR(d);
	return r;
}

static int send_definition(struct client *client, const struct definition *d)
{
	const sd_bus_error none = SD_BUS_ERROR_NULL;
	sd_bus_message *m;
	int status = client_open(client);
	int r;

	if (status == EXIT_OK)
		status = client_message(client, CLIENT_MANAGER_PATH, CLIENT_MANAGER, "DefineSystem",
					&m);
	if (status != EXIT_OK)
		return status;
	r = definition_append_bus(m, d);
	if (r < 0) {
		sd_bus_message_unref(m);
		return client_failed(client, d->name, &none, r);
	}
	return client_send(client, d->name, m, CLIENT_CHANGE_TIMEOUT_US, "being defined", NULL);
}

/** command_define() - kvrmctl define; see command.h */
int command_define(struct client *client, int argc, char **argv)
{
	_cleanup_definition_ struct definition *d = NULL;
	_cleanup_free_ char *error = NULL;
	struct wishes wishes = { 0 };
	int status = parse_wishes(client, argc, argv, &wishes);
	int r;

	if (status != EXIT_OK)
		return status;
	if (optind == argc && !wishes.n) {
		fprintf(stderr, "kvrmctl: define: neither a file nor options are given\n"
				"See 'kvrmctl help define'.\n");
		return EXIT_USAGE;
	}
	r = build_definition(optind < argc ? argv[optind] : NULL, &wishes, &d, &error);
	if (r)
		return client_refuse(client, r, error);
	status = send_definition(client, d);
	if (status != EXIT_OK)
		return status;
	operate_done(client, d->name, "defined");
	return wishes.start ? operate_one(client, operate_find("start"), d->name, 0) : EXIT_OK;
}
