// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kvrmctl: what a person types. The commands, their help, and which one it is; see kvrmctl(1).
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "kvrm/version.h"
#include "tools/kvrmctl/command.h"

static const struct command commands[] = {
	{ "list", "", "virtual systems and their allocations", "  -n, --names      names only\n",
	  command_list },
	{ "show", "NAME...", "everything about virtual systems", NULL, command_show },
	{ "define", "[FILE] [--KEY=VALUE...]", "define a virtual system",
	  "FILE is as in kvrm-definition(5), - is standard input. Options add to it or replace "
	  "it:\n"
	  "  --name=NAME      1-63 of A-Z a-z 0-9 . _ -\n"
	  "  --memory=SIZE    512M, 4G\n"
	  "  --memory-max=SIZE   to which memory can be plugged in while it runs, 0 (default)\n"
	  "  --vcpus=N        1-255, default 1\n"
	  "  --pool=POOL      member of this pool, default host\n"
	  "  --cpu-reservation=R   25% of one CPU, 1.5 CPUs, 0 (default)\n"
	  "  --cpu-limit=L    25% of one CPU, 1.5 CPUs, unlimited (default)\n"
	  "  --cpu-weight=N   1-10000, default 100\n"
	  "  --vcpu-limit=L   of each virtual CPU: 25% of one CPU, unlimited (default)\n"
	  "  --memory-reservation=SIZE   0 (default) to its memory\n"
	  "  --memory-limit=SIZE   of its memory and QEMU together: 1G, unlimited (default)\n"
	  "  --memory-weight=N   1-10000, default 100\n"
	  "  --storage-weight=N   1-10000, default 100\n"
	  "  --sample-rate=N  samples per second for 'record', 1-1000, default 10\n"
	  "  --probes=LIST    for 'exits': none (default), all, or some of exits, user-exits\n"
	  "                   and wakeups with commas between them\n"
	  "  --disk=PATH[,format=raw|qcow2][,readonly=on|off][,KEY=LIMIT]...\n"
	  "                   may repeat; KEYs are those of 'disk set'\n"
	  "  --kernel=PATH    boot this kernel directly\n"
	  "  --initrd=PATH    its initial file system\n"
	  "  --cmdline=TEXT   its command line\n"
	  "  --channel=NAME   virtio-serial channel, may repeat\n"
	  "  --nic=BRIDGE[,mac=M][,vhost=on|off][,KEY=LIMIT]...\n"
	  "                   may repeat; KEYs are those of 'nic set'\n"
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
	{ "adopt", "--pid=N | --cgroup=PATH | --libvirt",
	  "measure a guest that libvirt, Proxmox or a shell started, and limit it if asked to",
	  "  --pid=N          QEMU's process\n"
	  "  --cgroup=PATH    its cgroup, with one QEMU in it\n"
	  "  --libvirt        all domains of libvirt's that run\n"
	  "  --name=NAME      default: what QEMU was told, or its unit\n"
	  "  --cpu-limit=L    25% of one CPU, 1.5 CPUs, unlimited (default)\n"
	  "  --vcpu-limit=L   of each virtual CPU: 25% of one CPU, unlimited (default)\n"
	  "Who started it manages it on. Needs the module.\n",
	  command_adopt },
	{ "release", "NAME...", "let go of adopted guests; their cgroups are as they were", NULL,
	  command_operate },
	{ "set", "NAME KEY=VALUE...", "change allocations, at once of what runs",
	  "  cpu-reservation=R   guaranteed: 25% of one CPU, 1.5 CPUs, 0\n"
	  "  cpu-limit=L         never more: 25% of one CPU, 1.5 CPUs, unlimited\n"
	  "  cpu-weight=N        share of what reservations leave, 1-10000\n"
	  "  vcpu-limit=L        never more for each single virtual CPU: 25% of one CPU,\n"
	  "                      unlimited\n"
	  "  memory=SIZE         what it has: 512M, 4G; of what runs in steps of 2M from what it\n"
	  "                      was started with to its memory-max. It has to give back what\n"
	  "                      is less\n"
	  "  memory-reservation=SIZE   never reclaimed or swapped: 0 to its memory\n"
	  "  memory-limit=SIZE   never more, of its memory and QEMU together: 1G, unlimited\n"
	  "  memory-weight=N     share of what reservations leave while memory is short, 1-10000\n"
	  "  storage-weight=N    share of a device of the host that all want, 1-10000\n"
	  "  sample-rate=N       samples per second for 'record', 1-1000\n"
	  "  probes=LIST         for 'exits': none, all, or some of exits, user-exits and\n"
	  "                      wakeups with commas between them\n"
	  "Several, each with its keys, are changed together or not at all: kvrmctl set\n"
	  "NAME KEY=VALUE... [NAME KEY=VALUE...]... There, pool/NAME is a pool.\n",
	  command_set },
	{ "disk set", "NAME DISK KEY=VALUE...", "change the limits of a disk (0, 1, ...)",
	  "  read-limit=R     what the guest reads: 100MB, 50MiB (per second), unlimited\n"
	  "  read-iops=N      read operations per second, unlimited\n"
	  "  read-burst=SIZE  what may pass at once after a pause: 64M, at least what the\n"
	  "                   limit lets pass in a second; 0: in 100 ms\n"
	  "  write-limit=R, write-iops=N, write-burst=SIZE\n"
	  "                   the same of what it writes\n",
	  command_disk_set },
	{ "disk stats", "[NAME...]", "what disks read and write, per second",
	  "  -w, -i, -c       as those of 'stats'\n"
	  "MS/OP: what a request took on average, in ms; waiting for a limit is part of it.\n",
	  command_disk_stats },
	{ "nic set", "NAME NIC KEY=VALUE...", "change a NIC (0, 1, ...)",
	  "  to-guest-limit=R           what the guest receives: 100Mbit, 12500kB (per second),\n"
	  "                             unlimited\n"
	  "  to-guest-packet-limit=N    packets per second, unlimited\n"
	  "  to-guest-burst=SIZE        what may pass at once after a pause: 64K; 0: what\n"
	  "                             the limit lets pass in 4 ms\n"
	  "  to-guest-reservation=R     guaranteed of its uplink: 20Mbit, 0\n"
	  "  to-guest-weight=N          share of what reservations leave there, 1-10000\n"
	  "  from-guest-limit=R, from-guest-packet-limit=N, from-guest-burst=SIZE,\n"
	  "  from-guest-reservation=R, from-guest-weight=N\n"
	  "                             the same of what it sends\n"
	  "  uplink=NAME                the uplink or part that it is on; bridge: that of its\n"
	  "                             bridge; none\n",
	  command_nic_set },
	{ "nic add", "NAME BRIDGE[,mac=M][,vhost=on|off][,KEY=LIMIT]...",
	  "add a NIC, and plug it in if the guest runs",
	  "It becomes the last one. KEYs are those of 'nic set'.\n", command_nic_add },
	{ "nic remove", "NAME NIC", "remove a NIC; a guest that runs must let go of it",
	  "Those behind it move up. A guest that does not let go of it keeps it, and its limits.\n",
	  command_nic_remove },
	{ "nic stats", "[NAME...]", "what passes through NICs, per second",
	  "  -w, -i, -c       as those of 'stats'\n"
	  "DIRECTION is as the guest sees it. LIMITED: the part of the time in which the limit\n"
	  "held back at least one packet; QUEUED: bytes held back now; DELAYED: packets that\n"
	  "were held back. Of one on an uplink, in Mbit/s: DEMAND, what it would pass now if\n"
	  "nothing held it back; ENTITLED, what it is due. Without the module only limits are\n"
	  "known.\n",
	  command_nic_stats },
	{ "move", "NAME POOL", "make a system a member of another pool", NULL, command_move },
	{ "pool create", "NAME", "carve a pool out of another one",
	  "  --parent=POOL         out of this one, default host\n"
	  "  --cpu-reservation=R   guaranteed to its members: 25% of one CPU, 1.5 CPUs,\n"
	  "                        0 (default)\n"
	  "  --cpu-limit=L         never more for all of them together: likewise, or\n"
	  "                        unlimited (default)\n"
	  "  --cpu-weight=N        against the other members of its parent, 1-10000,\n"
	  "                        default 100\n"
	  "  --expandable          what it lacks to reserve it takes from its parent\n"
	  "                        (default)\n"
	  "  --fixed               it does not\n"
	  "  --memory-reservation=SIZE   guaranteed to its members: 512M, 4G, 0 (default)\n"
	  "  --memory-expandable   as --expandable, of memory (default)\n"
	  "  --memory-fixed        as --fixed, of memory\n"
	  "  --memory-weight=N     as --cpu-weight, while memory is short\n"
	  "  --memory-limit=SIZE   never more for all of them together, what QEMU needs included:\n"
	  "                        from 16M, or unlimited (default)\n"
	  "  --description=TEXT\n",
	  command_pool_create },
	{ "pool set", "NAME KEY=VALUE...", "change a pool",
	  "Keys are cpu-reservation, cpu-limit, cpu-weight, expandable (yes, no),\n"
	  "memory-reservation, memory-expandable (yes, no), memory-weight, memory-limit and\n"
	  "description; values as those of 'pool create'.\n",
	  command_pool_set },
	{ "pool move", "NAME PARENT", "carve a pool out of another one instead", NULL,
	  command_pool_move },
	{ "pool delete", "NAME...", "give back pools that have no members", NULL,
	  command_pool_delete },
	{ "pool list", "", "pools, their allocations, and what is left of them",
	  "  -n, --names      names only\n", command_pool_list },
	{ "pool show", "[NAME]", "the tree of pools and virtual systems, all or below one",
	  "First of the processors, in shares of one CPU; then of memory. Of a pool:\n"
	  "  CAPACITY     what reservations in it may take, unless it takes more from its\n"
	  "               parent\n"
	  "  RESERVED     what they take\n"
	  "  UNRESERVED   the largest that one more member could get\n"
	  "Of all, now, from the module:\n"
	  "  USED, DEMAND (without limits and others), ENTITLED (is due)\n"
	  "Of memory RESERVED of a system is its reservation and what its QEMU needs beside.\n"
	  "A reservation in parentheses is of a system that does not run, and takes nothing.\n",
	  command_pool_show },
	{ "uplink create", "NAME", "say what NICs share on their way to the network",
	  "  --bridge=BRIDGE       NICs on it are on this uplink, unless they say otherwise\n"
	  "  --capacity=R          what they may pass together, in each direction: 10Gbit\n"
	  "  --parent=UPLINK       it is a part of this uplink or part, and has instead:\n"
	  "  --reservation=R       guaranteed to its members: 1Gbit, 0 (default)\n"
	  "  --limit=R             never more for all of them together: likewise, or\n"
	  "                        unlimited (default)\n"
	  "  --weight=N            against the other members of its parent, 1-10000,\n"
	  "                        default 100\n"
	  "  --expandable          what it lacks to reserve it takes from its parent\n"
	  "                        (default)\n"
	  "  --fixed               it does not\n"
	  "  --description=TEXT\n"
	  "Rates and weights are of each direction. Of what guests receive alone they are\n"
	  "--to-guest-capacity and so on, of what they send --from-guest-capacity and so on,\n"
	  "also --to-guest-expandable=yes|no.\n",
	  command_uplink_create },
	{ "uplink set", "NAME KEY=VALUE...", "change an uplink or a part",
	  "Keys are bridge (empty: none), description, and capacity of an uplink, of a part\n"
	  "reservation, limit, weight and expandable (yes, no); values as those of\n"
	  "'uplink create'. With to-guest- or from-guest- before it, a key is of that\n"
	  "direction alone.\n",
	  command_uplink_set },
	{ "uplink move", "NAME PARENT", "carve a part out of another uplink or part instead",
	  "What lies in it goes with it, while packets pass.\n", command_uplink_move },
	{ "uplink delete", "NAME...", "forget uplinks and give back parts that have no members",
	  NULL, command_uplink_delete },
	{ "uplink list", "", "uplinks and parts, their allocations, and what is left of them",
	  "  -n, --names      names only\n", command_uplink_list },
	{ "uplink show", "[NAME]", "the trees of uplinks, parts and NICs, all or below one",
	  "First of what guests receive, then of what they send. Columns are those of\n"
	  "'pool show'; measured by the module, - without it.\n",
	  command_uplink_show },
	{ "uplink stats", "[NAME...]", "what passes through uplinks, per second",
	  "  -w, -i, -c       as those of 'stats'\n"
	  "Of each uplink and part, and below it of its NICs, all or the named ones; DIRECTION\n"
	  "is as guests see it. MBIT/S, QUEUED, DELAYED/S and DROPPED/S are those of 'nic stats',\n"
	  "of an uplink those of all NICs in it together. DEMAND and ENTITLED in Mbit/s. RESERVED\n"
	  "of a NIC that does not run is in parentheses, and takes nothing.\n",
	  command_uplink_stats },
	{ "stats", "[NAME...]", "where the CPU time goes, per second",
	  "  -w, --watch      again and again, until Ctrl-C\n"
	  "  -i, --interval=S seconds, 1-3600, default 1\n"
	  "  -c, --count=N    that many times\n"
	  "CPU LIMIT and USED are shares of one CPU. RUNNING, READY (wanted a CPU and had none),\n"
	  "LIMITED (held back by the limit), HALTED and WAITING (for QEMU, memory, a disk or a\n"
	  "lock) are sums over the virtual CPUs. OVERHEAD: what QEMU's other threads used. DEMAND\n"
	  "(would use, if nothing held it back) and ENTITLED (is due) are as of now. ACTIVE: what\n"
	  "the guest has touched of its memory in the last seconds, estimated.\n",
	  command_stats },
	{ "top", "[NAME...]", "all that runs, live, in order, and what holds it back",
	  "  -i, --interval=S between looks, 0.01-3600, default 1; kvrmd measures no more often\n"
	  "                   than its sample-interval-ms says (kvrm.conf(5)); below 0.1 from\n"
	  "                   the module's sample ring\n"
	  "  -s, --sort=KEY   used (default), name, ready, limited, demand, exits, memory,\n"
	  "                   network\n"
	  "  -r, --reverse    the other way\n"
	  "  -f, --filter=TEXT  only those whose name, state, pool or reasons contain its words\n"
	  "  -b, --batch      a table each time, instead of a view on the terminal\n"
	  "  --csv            a line for each system each time; --json: an object each time\n"
	  "  -c, --count=N    that many times, default until it is ended\n"
	  "USED, DEMAND and ENTITLED are shares of one CPU; RUNNING, READY, LIMITED, HALTED and\n"
	  "WAITING are parts of the time of all virtual CPUs. WHY: what holds it back, in words.\n"
	  "Keys of the view: h shows them, q ends it.\n",
	  command_top },
	{ "exits", "[NAME...]", "what exits from guests and wake-ups take, of those with probes",
	  "  -w, -i, -c       as those of 'stats'\n"
	  "Needs probes: kvrmctl set NAME probes=all. They cost a little of each exit's time;\n"
	  "probes=none detaches them. PROBE exits: from an exit to the next entry, by what KVM "
	  "did;\n"
	  "user-exits: from leaving KVM for QEMU to the next entry, by reason; wakeups: from a\n"
	  "wake-up until the thread had a CPU. TIME: parts of the time of one CPU. MEAN, P50 and\n"
	  "P99 (at most so long were 50 and 99 of 100) and MAX are known to a factor of two.\n",
	  command_exits },
	{ "record", "[NAME...]", "samples of all that runs, up to 1000 a second, to a file",
	  "  -o, --output=FILE  where to, default standard output, which must be no terminal\n"
	  "  -s, --seconds=N  for so long, default until it is ended\n"
	  "  -r, --rate=HZ    that many samples a second, 1-1000, meanwhile; needs\n"
	  "                   CAP_NET_ADMIN. Default as the module is set, 10 if nothing is\n"
	  "From the module's sample ring, without kvrmd: root, and members of the group kvrm.\n",
	  command_record },
	{ "replay", "FILE [NAME...]", "what such a file tells, on any machine",
	  "  --csv            a line for each system each time; --json: an object each time\n"
	  "Without these a table each time. As of 'top --batch', with the same columns. FILE\n"
	  "may be -, for standard input.\n",
	  command_replay },
	{ "console", "NAME", "the first serial port, here; leave with Ctrl-]", NULL,
	  command_console },
	{ "status", "", "kvrmd, the module, KVM, and what needs attention", NULL, command_status },
};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

/* Whether a word is the first of two of the command's name. */
static bool is_group(const struct command *command, const char *word)
{
	size_t len = strlen(word);

	return !strncmp(command->name, word, len) && command->name[len] == ' ';
}

/* The command that the words begin with; @ret_words: how many of them are its name. */
static const struct command *find_command(char *const *words, int *ret_words)
{
	for (size_t i = 0; words[0] && i < N_COMMANDS; i++) {
		*ret_words = 1;
		if (!strcmp(commands[i].name, words[0]))
			return &commands[i];
		*ret_words = 2;
		if (is_group(&commands[i], words[0]) && words[1] &&
		    !strcmp(commands[i].name + strlen(words[0]) + 1, words[1]))
			return &commands[i];
	}
	return NULL;
}

static void print_line(const struct command *command, FILE *file)
{
	fprintf(file, "  %-11s %-22s %s\n", command->name, command->arguments, command->summary);
}

static void print_help(FILE *file)
{
	fprintf(file, "usage: kvrmctl COMMAND [OPTION...] [ARGUMENT...]\n\nCommands:\n");
	for (size_t i = 0; i < N_COMMANDS; i++)
		print_line(&commands[i], file);
	fprintf(file, "  %-11s %-22s %s\n\n", "help", "[COMMAND]", "this, or more about one");
	fprintf(file,
		"Every command has:\n"
		"  --json           answers and errors as JSON\n"
		"  --bus=ADDRESS    instead of the system bus\n"
		"  -h, --help       help\n"
		"kvrmctl --version says which version it is.\n\n"
		"NAME is the name or the UUID of a virtual system, or the name of a pool or "
		"uplink.\n"
		"Exit status: 0 done, 1 failed, 2 wrong usage or value, 3 no such system, pool "
		"or uplink,\n"
		"4 not allowed, 5 does not fit the state, 6 not in time, 7 kvrmd cannot be "
		"reached,\n"
		"8 not enough left to reserve.\n");
}

static bool asks_for_help(char *const *words)
{
	for (; *words && strcmp(*words, "--"); words++) {
		if (!strcmp(*words, "-h") || !strcmp(*words, "--help"))
			return true;
	}
	return false;
}

/* The commands whose first word this is. Return: whether there are any. */
static bool print_group_help(const char *word, FILE *file)
{
	bool found = false;

	for (size_t i = 0; i < N_COMMANDS; i++) {
		if (!is_group(&commands[i], word))
			continue;
		if (!found)
			fprintf(file, "usage: kvrmctl %s COMMAND [OPTION...] [ARGUMENT...]\n\n",
				word);
		found = true;
		print_line(&commands[i], file);
	}
	return found;
}

static int print_unknown(char *const *words)
{
	bool known = print_group_help(words[0], stderr);

	/* An option is no second word. */
	if (known && words[1] && words[1][0] != '-')
		fprintf(stderr, "kvrmctl: there is no command '%s %s'\n", words[0], words[1]);
	else if (!known)
		fprintf(stderr, "kvrmctl: there is no command '%s'; see 'kvrmctl help'\n",
			words[0]);
	return EXIT_USAGE;
}

static int print_command_help(char *const *words)
{
	int n_words;
	const struct command *command = find_command(words, &n_words);

	if (!command && (!words[1] || asks_for_help(words)) && print_group_help(words[0], stdout))
		return EXIT_OK;
	if (!command)
		return print_unknown(words);
	printf("usage: kvrmctl %s [OPTION...] %s\n%c%s.\n", command->name, command->arguments,
	       command->summary[0] - 'a' + 'A', command->summary + 1);
	if (command->options)
		printf("\n%s", command->options);
	printf("\nOptions of every command: see 'kvrmctl help'.\n");
	return EXIT_OK;
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

/* What was printed and could not be written, as on a full disk, was not done. */
static int close_output(struct client *client, int status)
{
	if ((!fflush(stdout) && !ferror(stdout)) || status != EXIT_OK)
		return status;
	return client_complain(client, EXIT_FAILED, "standard output", NULL,
			       "not all of it could be written");
}

int main(int argc, char **argv)
{
	struct client client = { 0 };
	const struct command *command;
	int words, status = parse_globals(&client, argc, argv);

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
			return print_command_help(argv + 1);
		print_help(stdout);
		return EXIT_OK;
	}
	if (asks_for_help(argv + 1))
		return print_command_help(argv);
	command = find_command(argv, &words);
	if (!command)
		return print_unknown(argv);
	/* A command sees its name as one word, and does not write to it. */
	argc -= words - 1;
	argv += words - 1;
	argv[0] = (char *)command->name;
	/* getopt_long() begins anew with another argv. */
	optind = 0;
	opterr = 0;
	status = command->run(&client, argc, argv);
	client_close(&client);
	return close_output(&client, status);
}
