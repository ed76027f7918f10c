// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kvrmd: the daemon of the KVM Resource Manager. Arguments, configuration, loop; see kvrmd(8).
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>

#include "daemon/conf.h"
#include "daemon/manager/manager.h"
#include "daemon/util/cleanup.h"
#include "daemon/util/log.h"
#include "kvrm/version.h"

static const char *arg_config;
static const char *arg_bus;

static void print_help(void)
{
	printf("usage: kvrmd [OPTION...]\n"
	       "Manages KVM guests and their resources. Normally started by systemd.\n\n"
	       "  --config=FILE   instead of " CONF_PATH_DEFAULT "\n"
	       "  --bus=ADDRESS   instead of the system bus\n"
	       "  --check         read the configuration, say whether it is right, and end\n"
	       "  --version\n"
	       "  -h, --help\n");
}

/* Return: 1 to go on, 0 to end well, a negative errno. */
static int parse_arguments(int argc, char **argv, bool *ret_check)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' }, { "bus", required_argument, NULL, 'b' },
		{ "check", no_argument, NULL, 'k' },	    { "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },	    { NULL },
	};
	int option;

	while ((option = getopt_long(argc, argv, "h", options, NULL)) >= 0) {
		switch (option) {
		case 'c':
			arg_config = optarg;
			break;
		case 'b':
			arg_bus = optarg;
			break;
		case 'k':
			*ret_check = true;
			break;
		case 'V':
			printf("kvrmd %s\n", KVRM_VERSION);
			return 0;
		case 'h':
			print_help();
			return 0;
		default:
			return -EINVAL;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "kvrmd: unexpected argument '%s'\n", argv[optind]);
		return -EINVAL;
	}
	return 1;
}

static int read_configuration(struct conf *conf)
{
	_cleanup_free_ char *error = NULL;
	int r = conf_init(conf);

	if (!r)
		r = conf_read(conf, arg_config ? arg_config : CONF_PATH_DEFAULT, &error);
	/* No file is no error, unless one was asked for. */
	if (r == -ENOENT && !arg_config)
		return 0;
	if (r)
		log_error("%s", error ? error : strerror(-r));
	return r;
}

static int run(const struct conf *conf)
{
	_cleanup_free_ char *error = NULL;
	struct manager *manager = NULL;
	sd_event *event = NULL;
	sigset_t signals;
	int r;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	signal(SIGPIPE, SIG_IGN);
	r = sd_event_default(&event);
	if (r >= 0)
		r = sd_event_add_signal(event, NULL, SIGTERM, NULL, NULL);
	if (r >= 0)
		r = sd_event_add_signal(event, NULL, SIGINT, NULL, NULL);
	if (r >= 0)
		r = sd_event_set_watchdog(event, 1);
	if (r >= 0)
		r = manager_new(event, conf, arg_bus, &manager, &error);
	if (r >= 0) {
		sd_notify(0, "READY=1\nSTATUS=Managing KVM guests");
		r = sd_event_loop(event);
		sd_notify(0, "STOPPING=1");
	}
	if (r < 0)
		log_error("%s", error ? error : strerror(-r));
	else if (r > 0)
		log_error("the bus is gone");
	manager_free(manager);
	sd_event_unref(event);
	return r;
}

int main(int argc, char **argv)
{
	struct conf conf;
	bool check = false;
	int r = parse_arguments(argc, argv, &check);

	if (r <= 0)
		return r ? EXIT_FAILURE : EXIT_SUCCESS;
	r = read_configuration(&conf);
	if (!r) {
		log_set_max_level(conf.log_level);
		if (check)
			printf("The configuration is right.\n");
		else
			r = run(&conf);
	}
	conf_deinit(&conf);
	return r ? EXIT_FAILURE : EXIT_SUCCESS;
}
