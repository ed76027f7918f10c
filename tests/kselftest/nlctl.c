// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The netlink family from a shell script, for scenarios of the module alone:
 *
 *	nlctl host
 *	nlctl add NAME CGROUP-PATH LIMIT_US|unlimited	prints the new guest
 *	nlctl set ID LIMIT_US|unlimited
 *	nlctl del ID
 *	nlctl guests
 *	nlctl vcpus [ID]
 *
 * Prints one line of attribute=value words a message, at its end taken-ns, the time (CLOCK_MONOTONIC)
 * at which the request was sent. The uuid is made from the name. Exit status
 * 1 and the kernel's sentence on standard error if it refused.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kvrmnl.h"

struct column {
	int type;
	char kind; /* u: u32, U: u64, b: u8, s: string, f: flag */
	const char *name;
};

static const struct column host_columns[] = {
	{ KVRM_A_HOST_ABI, 'u', "abi" },
	{ KVRM_A_HOST_VERSION, 's', "version" },
	{ KVRM_A_HOST_CPUS_ONLINE, 'u', "cpus-online" },
	{ KVRM_A_HOST_CPU_CAPACITY_US, 'U', "cpu-capacity-us" },
	{ KVRM_A_HOST_KVM_PRESENT, 'b', "kvm-present" },
	{ KVRM_A_HOST_GUESTS, 'u', "guests" },
	{ 0 },
};

static const struct column guest_columns[] = {
	{ KVRM_A_GUEST_ID, 'u', "id" },
	{ KVRM_A_GUEST_NAME, 's', "name" },
	{ KVRM_A_GUEST_PID, 'u', "pid" },
	{ KVRM_A_GUEST_CPU_LIMIT_US, 'U', "cpu-limit-us" },
	{ KVRM_A_GUEST_CPU_UNLIMITED, 'f', "cpu-unlimited" },
	{ KVRM_A_GUEST_VCPUS, 'u', "vcpus" },
	{ KVRM_A_GUEST_LIMITED_NS, 'U', "limited-ns" },
	{ KVRM_A_GUEST_USAGE_NS, 'U', "usage-ns" },
	{ 0 },
};

static const struct column vcpu_columns[] = {
	{ KVRM_A_VCPU_GUEST_ID, 'u', "guest-id" },
	{ KVRM_A_VCPU_INDEX, 'u', "index" },
	{ KVRM_A_VCPU_TID, 'u', "tid" },
	{ KVRM_A_VCPU_RUNNING_NS, 'U', "running-ns" },
	{ KVRM_A_VCPU_READY_NS, 'U', "ready-ns" },
	{ KVRM_A_VCPU_LIMITED_NS, 'U', "limited-ns" },
	{ KVRM_A_VCPU_HALTED_NS, 'U', "halted-ns" },
	{ KVRM_A_VCPU_EXITS, 'U', "exits" },
	{ KVRM_A_VCPU_IO_EXITS, 'U', "io-exits" },
	{ KVRM_A_VCPU_HALT_EXITS, 'U', "halt-exits" },
	{ 0 },
};

/* When the request was sent: what is measured is to be divided by the time between two of these. */
static uint64_t taken_ns;

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void print_message(struct nlattr **attrs, int cmd, void *data)
{
	for (const struct column *c = data; c->name; c++) {
		struct nlattr *a = attrs[c->type];

		if (!a)
			continue;
		printf("%s=", c->name);
		switch (c->kind) {
		case 'u':
			printf("%" PRIu32, nla_get_u32(a));
			break;
		case 'U':
			printf("%" PRIu64, nla_get_u64(a));
			break;
		case 'b':
			printf("%u", nla_get_u8(a));
			break;
		case 's':
			printf("%s", nla_get_string(a));
			break;
		case 'f':
			printf("1");
			break;
		}
		putchar(' ');
	}
	printf("taken-ns=%" PRIu64 "\n", taken_ns);
}

static void put_limit(struct nl_msg *msg, const char *text)
{
	if (!strcmp(text, "unlimited"))
		nla_put_flag(msg, KVRM_A_GUEST_CPU_UNLIMITED);
	else
		nla_put_u64(msg, KVRM_A_GUEST_CPU_LIMIT_US, strtoull(text, NULL, 10));
}

static struct nl_msg *add_request(struct kvrmnl *nl, char **argv)
{
	struct nl_msg *msg = kvrmnl_request(nl, KVRM_CMD_GUEST_ADD, NLM_F_ACK);
	uint8_t uuid[16] = { 0 };

	memcpy(uuid, argv[2], strnlen(argv[2], sizeof(uuid)));
	nla_put(msg, KVRM_A_GUEST_UUID, sizeof(uuid), uuid);
	nla_put_string(msg, KVRM_A_GUEST_NAME, argv[2]);
	nla_put_u32(msg, KVRM_A_GUEST_CGROUP_FD, open(argv[3], O_RDONLY | O_DIRECTORY));
	put_limit(msg, argv[4]);
	return msg;
}

static struct nl_msg *id_request(struct kvrmnl *nl, int cmd, const char *id)
{
	struct nl_msg *msg = kvrmnl_request(nl, cmd, NLM_F_ACK);

	nla_put_u32(msg, KVRM_A_GUEST_ID, strtoul(id, NULL, 10));
	return msg;
}

int main(int argc, char **argv)
{
	const char *command = argc > 1 ? argv[1] : "";
	const struct column *columns = guest_columns;
	struct kvrmnl_reply reply;
	struct nl_msg *msg = NULL;
	struct kvrmnl nl;

	if (kvrmnl_open(&nl)) {
		fprintf(stderr, "nlctl: the module is not loaded\n");
		return 2;
	}
	if (!strcmp(command, "host")) {
		msg = kvrmnl_request(&nl, KVRM_CMD_HOST_GET, NLM_F_ACK);
		columns = host_columns;
	} else if (!strcmp(command, "add") && argc == 5) {
		msg = add_request(&nl, argv);
	} else if (!strcmp(command, "set") && argc == 4) {
		msg = id_request(&nl, KVRM_CMD_GUEST_SET, argv[2]);
		put_limit(msg, argv[3]);
	} else if (!strcmp(command, "del") && argc == 3) {
		msg = id_request(&nl, KVRM_CMD_GUEST_DEL, argv[2]);
	} else if (!strcmp(command, "guests")) {
		msg = kvrmnl_request(&nl, KVRM_CMD_GUEST_GET, NLM_F_DUMP);
	} else if (!strcmp(command, "vcpus")) {
		msg = kvrmnl_request(&nl, KVRM_CMD_VCPU_GET, NLM_F_DUMP);
		if (argc > 2)
			nla_put_u32(msg, KVRM_A_VCPU_GUEST_ID, strtoul(argv[2], NULL, 10));
		columns = vcpu_columns;
	} else {
		fprintf(stderr, "nlctl: host | add | set | del | guests | vcpus\n");
		return 64;
	}
	taken_ns = now_ns();
	reply = kvrmnl_send(&nl, msg, print_message, (void *)columns);
	if (reply.error)
		fprintf(stderr, "nlctl: %s: %s\n", strerror(-reply.error), reply.sentence);
	kvrmnl_close(&nl);
	return reply.error ? 1 : 0;
}
