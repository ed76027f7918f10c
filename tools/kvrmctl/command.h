/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Commands of kvrmctl: what main.c dispatches to. Each parses its own options, does its work through
 * a client, prints, and returns an exit status.
 */
#ifndef KVRMCTL_COMMAND_H
#define KVRMCTL_COMMAND_H

#include <getopt.h>
#include <stdbool.h>

#include "tools/kvrmctl/client.h"

/* Scripts rely on these; kvrmctl(1) lists them. */
enum {
	EXIT_OK = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,	       /* arguments, or a value that was refused */
	EXIT_NOT_FOUND = 3,    /* no such virtual system, pool or uplink */
	EXIT_ACCESS = 4,       /* not allowed */
	EXIT_STATE = 5,	       /* does not fit the state, or the name is in use */
	EXIT_TIMEOUT = 6,      /* not done in the time given */
	EXIT_UNREACHABLE = 7,  /* no bus, or no kvrmd on it */
	EXIT_INSUFFICIENT = 8, /* a reservation could not be admitted */
};

/**
 * struct command - one command
 * @name: as typed; two words of a command that has several forms, as "pool create"
 * @arguments: for the usage line
 * @summary: one line
 * @options: lines of help, NULL if there are none beyond the common ones
 * @run: gets the client, not yet connected, and argc and argv beginning with the command's name
 */
struct command {
	const char *name;
	const char *arguments;
	const char *summary;
	const char *options;
	int (*run)(struct client *client, int argc, char **argv);
};

/* Values above those of characters. */
enum { OPTION_JSON = 1000, OPTION_BUS, OPTION_COMMAND };

#define COMMON_OPTIONS                                                                             \
	{ "json", no_argument, NULL, OPTION_JSON },                                                \
		{ "bus", required_argument, NULL, OPTION_BUS },                                    \
		{ "help", no_argument, NULL, 'h' }, { NULL, 0, NULL, 0 }

int command_option(struct client *client, int option, char **argv);
int command_number(const char *command, const char *option, const char *text, uint64_t max,
		   uint64_t *ret);
int command_arguments(int argc, char **argv, int min, int max);
int command_parse_common(struct client *client, int argc, char **argv, int min, int max);

/**
 * struct listing - what a command that lists objects shows
 * @fetch: gets them, as an array
 * @table: prints them
 */
struct listing {
	int (*fetch)(struct client *client, struct json_object **ret);
	void (*table)(struct json_object *objects);
};

int listing_fetch(struct client *client, const char *method, struct json_object **ret);
int command_listing(struct client *client, int argc, char **argv, const struct listing *listing);

int command_list(struct client *client, int argc, char **argv);
int command_show(struct client *client, int argc, char **argv);
int command_status(struct client *client, int argc, char **argv);
int command_define(struct client *client, int argc, char **argv);
int command_adopt(struct client *client, int argc, char **argv);
int command_set(struct client *client, int argc, char **argv);
int command_disk_set(struct client *client, int argc, char **argv);
int command_disk_stats(struct client *client, int argc, char **argv);
int command_nic_set(struct client *client, int argc, char **argv);
int command_nic_add(struct client *client, int argc, char **argv);
int command_nic_remove(struct client *client, int argc, char **argv);
int command_nic_stats(struct client *client, int argc, char **argv);
int command_move(struct client *client, int argc, char **argv);
int command_stop(struct client *client, int argc, char **argv);
int command_operate(struct client *client, int argc, char **argv);
int command_stats(struct client *client, int argc, char **argv);
int command_top(struct client *client, int argc, char **argv);
int command_exits(struct client *client, int argc, char **argv);
int command_record(struct client *client, int argc, char **argv);
int command_replay(struct client *client, int argc, char **argv);
int command_console(struct client *client, int argc, char **argv);
int command_pool_create(struct client *client, int argc, char **argv);
int command_pool_set(struct client *client, int argc, char **argv);
int command_pool_move(struct client *client, int argc, char **argv);
int command_pool_delete(struct client *client, int argc, char **argv);
int command_pool_list(struct client *client, int argc, char **argv);
int command_pool_show(struct client *client, int argc, char **argv);
int command_uplink_create(struct client *client, int argc, char **argv);
int command_uplink_set(struct client *client, int argc, char **argv);
int command_uplink_move(struct client *client, int argc, char **argv);
int command_uplink_delete(struct client *client, int argc, char **argv);
int command_uplink_list(struct client *client, int argc, char **argv);
int command_uplink_show(struct client *client, int argc, char **argv);
int command_uplink_stats(struct client *client, int argc, char **argv);

#endif
