// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Commands that do one thing to one or more virtual systems: start, stop, kill, pause, resume, reset,
 * delete, release. A system that fails does not keep the others from being done; the exit status is the first
 * failure's.
 */
#include <stdio.h>
#include <string.h>

#include "daemon/util/text.h"
#include "tools/kvrmctl/command.h"
#include "tools/kvrmctl/operate.h"
#include "tools/kvrmctl/print.h"
#include "tools/kvrmctl/value.h"

#define USEC_PER_SEC	   UINT64_C(1000000)
#define STOP_TIMEOUT_S	   90
#define STOP_TIMEOUT_MAX_S 86400

/**
 * struct operation - see top
 * @command: as typed
 * @method: on D-Bus
 * @progress: while it lasts
 * @result: when it is done
 * @timed: the method takes a time limit
 */
struct operation {
	const char *command;
	const char *method;
	const char *progress;
	const char *result;
	bool timed;
};

static const struct operation operations[] = {
	{ "start", "Start", "starting", "started", false },
	{ "stop", "Stop", "shutting down", "stopped", true },
	{ "kill", "Kill", "being killed", "killed", false },
	{ "pause", "Pause", "pausing", "paused", false },
	{ "resume", "Resume", "resuming", "resumed", false },
	{ "reset", "Reset", "being reset", "reset", false },
	{ "delete", "Delete", "being deleted", "deleted", false },
	{ "release", "Release", "being released", "released", false },
};

/**
 * operate_find() - an operation by its command
 * @name: of a command that is one
 *
 * Return: the operation.
 */
const struct operation *operate_find(const char *name)
{
	const struct operation *o = operations;

	while (strcmp(o->command, name))
		o++;
	return o;
}

/**
 * operate_submit() - call what was built, wait, and tell that it was done
 * @client: client
 * @name: of the system or pool
 * @m: call; its reference is taken over
 * @r: of building it
 * @progress: as for client_send()
 * @result: what was done
 *
 * Return: exit status.
 */
int operate_submit(struct client *client, const char *name, sd_bus_message *m, int r,
		   const char *progress, const char *result)
{
	int status = client_submit(client, name, m, r, progress);

	if (status == EXIT_OK)
		operate_done(client, name, result);
	return status;
}

/**
 * operate_done() - tell that something was done
 * @client: client
 * @name: of the system
 * @result: what was done
 */
void operate_done(struct client *client, const char *name, const char *result)
{
	_cleanup_value_ struct json_object *object = NULL;

	if (!client->json) {
		printf("%s: %s\n", name, result);
		fflush(stdout);
		return;
	}
	object = json_object_new_object();
	json_object_object_add(object, "Name", json_object_new_string(name));
	json_object_object_add(object, "Result", json_object_new_string(result));
	print_json(object);
}

/**
 * operate_one() - do it to one system, and tell
 * @client: connected
 * @operation: what
 * @name: of the system
 * @timeout_us: for operations with a time limit; 0: do not wait
 *
 * Return: exit status.
 */
int operate_one(struct client *client, const struct operation *operation, const char *name,
		uint64_t timeout_us)
{
	const sd_bus_error none = SD_BUS_ERROR_NULL;
	sd_bus_message *m;
	int status = client_system_message(client, name, operation->method, &m);
	int r = 0;

	if (status != EXIT_OK)
		return status;
	if (operation->timed)
		r = sd_bus_message_append(m, "t", timeout_us);
	if (r < 0) {
		sd_bus_message_unref(m);
		return client_failed(client, name, &none, r);
	}
	status = client_send(client, name, m, CLIENT_CHANGE_TIMEOUT_US, operation->progress, NULL);
	if (status == EXIT_OK)
		operate_done(client, name,
			     operation->timed && !timeout_us ? "asked" : operation->result);
	return status;
}

static int operate_all(struct client *client, const struct operation *operation, char **names,
		       uint64_t timeout_us)
{
	int status = client_open(client);

	if (status != EXIT_OK)
		return status;
	for (; *names; names++) {
		int one = operate_one(client, operation, *names, timeout_us);

		status = status == EXIT_OK ? one : status;
		if (one == EXIT_UNREACHABLE)
			break;
	}
	return status;
}

/** command_operate() - kvrmctl start, kill, pause, resume, reset, delete, release; see command.h */
int command_operate(struct client *client, int argc, char **argv)
{
	int status = command_parse_common(client, argc, argv, 1, argc);

	return status == EXIT_OK ? operate_all(client, operate_find(argv[0]), argv + optind, 0)
				 : status;
}

static int parse_timeout(const char *text, uint64_t *ret_us)
{
	uint64_t seconds;

	if (text_to_u64(text, &seconds) || !seconds || seconds > STOP_TIMEOUT_MAX_S) {
		fprintf(stderr, "kvrmctl: stop: --timeout: '%s' is not 1 to %d seconds\n", text,
			STOP_TIMEOUT_MAX_S);
		return EXIT_USAGE;
	}
	*ret_us = seconds * USEC_PER_SEC;
	return EXIT_OK;
}

/* Kill what did not shut down in time. */
static int stop_or_kill(struct client *client, char **names, uint64_t timeout_us)
{
	int status = client_open(client);

	if (status != EXIT_OK)
		return status;
	for (; *names; names++) {
		int one = operate_one(client, operate_find("stop"), *names, timeout_us);

		if (one == EXIT_TIMEOUT)
			one = operate_one(client, operate_find("kill"), *names, 0);
		status = status == EXIT_OK ? one : status;
	}
	return status;
}

/** command_stop() - kvrmctl stop; see command.h */
int command_stop(struct client *client, int argc, char **argv)
{
	static const struct option options[] = { { "timeout", required_argument, NULL, 't' },
						 { "no-wait", no_argument, NULL, 'n' },
						 { "kill", no_argument, NULL, 'k' },
						 COMMON_OPTIONS };
	uint64_t timeout_us = STOP_TIMEOUT_S * USEC_PER_SEC;
	int option, status = EXIT_OK;
	bool kill = false;

	while (status == EXIT_OK && (option = getopt_long(argc, argv, "t:h", options, NULL)) >= 0) {
		if (option == 't')
			status = parse_timeout(optarg, &timeout_us);
		else if (option == 'n')
			timeout_us = 0;
		else if (option == 'k')
			kill = true;
		else
			status = command_option(client, option, argv);
	}
	if (status == EXIT_OK)
		status = command_arguments(argc, argv, 1, argc);
	if (status == EXIT_OK && kill && !timeout_us) {
		fprintf(stderr, "kvrmctl: stop: --kill and --no-wait exclude each other\n");
		status = EXIT_USAGE;
	}
	if (status != EXIT_OK)
		return status;
	return kill ? stop_or_kill(client, argv + optind, timeout_us)
		    : operate_all(client, operate_find("stop"), argv + optind, timeout_us);
}
