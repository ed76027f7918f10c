// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kvrmctl: what a person types. The commands, their help, and which one it is; see kvrmctl(1).
 */
#include <stdio.h>
#include <string.h>

#include "kvrm/version.h"
#include "tools/kvrmctl/command.h"

static const struct command commands[] = {
	{ "list", "", "virtual systems and their limits", "  -n, --names      names only\n",
	  command_list },
	{ "show", "NAME...", "everything about virtual systems", NULL, command_show },
	{ "define", "[FILE] [--KEY=VALUE...]", "define a virtual system",
	  "FILE is as in kvrm-definition(5), - is standard input. Options add to it or replace "
	  "it:\n"
	  "  --name=NAME      1-63 of A-Z a-z 0-9 . _ -\n"
	  "  --memory=SIZE    512M, 4G\n"
	  "  --vcpus=N        1-255, default 1\n"
	  "  --cpu-limit=L    25% of one CPU, 1.5 CPUs, unlimited (default)\n"
	  "  --disk=PATH[,format=raw|qcow2][,readonly=on|off]   may repeat\n"
	  "  --kernel=PATH    boot this kernel directly\n"
	  "  --initrd=PATH    its initial file system\n"
	  "  --cmdline=TEXT   its command line\n"
	  "  --channel=NAME   virtio-serial channel, may repeat\n"
	  "  --uuid=UUID      default: random\n"
	  "  --description=TEXT\n"
	  "  --start          start it, too\n",
	  command_define },
	{ "start", "NAME...", "start them; returns once they run, limits in force", NULL,
	  command_operate },
	{ "stop", "NAME...", "ask them to shut down, and wait",
	  "  -t, --timeout=S  seconds to wait for each, 1-86400, default 90\n"
	  "  --no-wait        only ask\n"
	  "  --kill           kill those that do not shut down in time\n",
	  command_stop },
	{ "kill", "NAME...", "end them now, as if the power failed", NULL, command_operate },
	{ "pause", "NAME...", "let their virtual CPUs stand still", NULL, command_operate },
	{ "resume", "NAME...", "let paused ones go on", NULL, command_operate },
	{ "reset", "NAME...", "reset them, as if by a button", NULL, command_operate },
	{ "delete", "NAME...", "forget stopped ones; disks are not touched", NULL,
	  command_operate },
	{ "set", "NAME cpu-limit=LIMIT", "change a limit, at once if it runs",
	  "LIMIT is 25% of one CPU, 1.5 CPUs, or unlimited.\n", command_set },
	{ "stats", "[NAME...]", "where the CPU time goes, per second",
	  "  -w, --watch      again and again, until Ctrl-C\n"
	  "  -i, --interval=S seconds, 1-3600, default 1\n"
	  "  -c, --count=N    that many times\n"
	  "CPU LIMIT and USED are shares of one CPU. RUNNING, READY (wanted a CPU and had none),\n"
	  "LIMITED (held back by the limit) and HALTED are sums over the virtual CPUs.\n",
	  command_stats },
	{ "console", "NAME", "the first serial port, here; leave with Ctrl-]", NULL,
	  command_console },
	{ "status", "", "kvrmd, the module, KVM, and what needs attention", NULL, command_status },
};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < N_COMMANDS; i++) {
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	}
	return NULL;
}

static void print_help(FILE *file)
{
	fprintf(file, "usage: kvrmctl COMMAND [OPTION...] [ARGUMENT...]\n\nCommands:\n");
	for (size_t i = 0; i < N_COMMANDS; i++)
		fprintf(file, "  %-8s %-24s %s\n", commands[i].name, commands[i].arguments,
			commands[i].summary);
	fprintf(file, "  %-8s %-24s %s\n\n", "help", "[COMMAND]", "this, or more about one");
	fprintf(file, "Every command has:\n"
		      "  --json           answers and errors as JSON\n"
		      "  --bus=ADDRESS    instead of the system bus\n"
		      "  -h, --help       help\n"
		      "kvrmctl --version says which version it is.\n\n"
		      "NAME is the name or the UUID of a virtual system.\n"
		      "Exit status: 0 done, 1 failed, 2 wrong usage or value, 3 no such system, 4 "
		      "not allowed,\n"
		      "5 does not fit the state, 6 not in time, 7 kvrmd cannot be reached.\n");
}

static int print_command_help(const char *name)
{
	const struct command *command = find_command(name);

	if (!command) {
		fprintf(stderr, "kvrmctl: there is no command '%s'; see 'kvrmctl help'\n", name);
		return EXIT_USAGE;
	}
	printf("usage: kvrmctl %s [OPTION...] %s\n%c%s.\n", command->name, command->arguments,
	       command->summary[0] - 'a' + 'A', command->summary + 1);
	if (command->options)
		printf("\n%s", command->options);
	printf("\nOptions of every command: see 'kvrmctl help'.\n");
	return EXIT_OK;
}

static bool asks_for_help(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--"); i++) {
		if (!strcmp(argv[i], "-h") || !strcmp(argv[i], "--help"))
			return true;
	}
	return false;
}

/* Options before the command; what is left begins with the command. */
static int parse_globals(struct client *client, int argc, char **argv)
{
	static const struct option options[] = { { "version", no_argument, NULL, 'V' },
						 COMMON_OPTIONS };
	int option;

	while ((option = getopt_long(argc, argv, "+h", options, NULL)) >= 0) {
		if (option == 'V') {
			printf("kvrmctl %s\n", KVRM_VERSION);
			return -1;
		}
		if (option == 'h') {
			print_help(stdout);
			return -1;
		}
		if (option == '?') {
			print_help(stderr);
			return EXIT_USAGE;
		}
		command_option(client, option, argv);
	}
	return EXIT_OK;
}

int main(int argc, char **argv)
{
	struct client client = { 0 };
	const struct command *command;
	int status = parse_globals(&client, argc, argv);

	if (status != EXIT_OK)
		return status < 0 ? EXIT_OK : status;
	argc -= optind;
	argv += optind;
	if (!argc) {
		print_help(stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[0], "help")) {
		if (argc > 1)
			return print_command_help(argv[1]);
		print_help(stdout);
		return EXIT_OK;
	}
	command = find_command(argv[0]);
	if (!command || asks_for_help(argc, argv))
		return print_command_help(argv[0]);
	/* getopt_long() begins anew with another argv. */
	optind = 0;
	opterr = 0;
	status = command->run(&client, argc, argv);
	client_close(&client);
	return status;
}
