// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The netlink family from a shell script, for scenarios of the module alone:
 *
 *	nlctl host
 *	nlctl add NAME CGROUP-PATH LIMIT_US|unlimited [WORD...]		prints the new guest
 *	nlctl set ID [LIMIT_US|unlimited] [WORD...]
 *	nlctl del ID
 *	nlctl guest ID
 *	nlctl guests
 *	nlctl vcpus [ID]
 *	nlctl latencies [ID]
 *	nlctl pool-add NAME CGROUP-PATH [WORD...]			prints the new pool
 *	nlctl pool-set ID [WORD...]
 *	nlctl pool-del ID
 *	nlctl pool ID
 *	nlctl pools
 *	nlctl nic-add GUEST-ID DEVICE [WORD...]				prints the new NIC
 *	nlctl nic-set ID [WORD...]
 *	nlctl nic-del ID
 *	nlctl nic ID
 *	nlctl nics
 *	nlctl uplink-add NAME [WORD...]					prints the new uplink
 *	nlctl uplink-set ID [WORD...]
 *	nlctl uplink-del ID
 *	nlctl uplink ID
 *	nlctl uplinks
 *	nlctl batch "guest ID WORD..."|"pool ID WORD..."...
 *	nlctl repeat N VERB [WORD...] [-- VERB [WORD...]]...		in turn, N requests
 *	nlctl flood SECONDS VERB [WORD...] [-- VERB [WORD...]]...	in turn, without pause
 *	nlctl monitor							until it is killed
 *
 * A WORD says what is to change: limit=US|unlimited reservation=US weight=N name=NAME cgroup=PATH,
 * of a guest pool=ID, of a pool parent=ID expandable=0|1 reserve=US; or NAME=VALUE with an attribute's
 * name in the specification, see kvrmword.h.
 *
 * Prints one line of attribute=value words a message, at its end taken-ns, the time (CLOCK_MONOTONIC)
 * at which the request was sent. The uuid is made from the name. Exit status 1 and the kernel's
 * sentence on standard error, with the attribute at fault, if it refused; 2: no module; 64: wrong
 * words. What is repeated prints nothing; the status is that of the first that failed, the others are
 * sent all the same. A flood, of requests that answer nothing, prints how many there were, how many of
 * them were refused, and how many a second that makes. A monitor prints what the module tells its
 * groups, each line beginning with the message's name.
 */
#include <inttypes.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kvrmflood.h"
#include "kvrmnl.h"
#include "kvrmspec.h"
#include "kvrmword.h"

static const struct verb {
	const char *name;
	int cmd;
	int flags;
	int min, max; /* words after it */
	const char *usage;
} verbs[] = {
	{ "host", KVRM_CMD_HOST_GET, NLM_F_ACK, 0, 0, "" },
	{ "add", KVRM_CMD_GUEST_ADD, NLM_F_ACK, 3, 99,
	  "NAME CGROUP-PATH LIMIT_US|unlimited [WORD...]" },
	{ "set", KVRM_CMD_GUEST_SET, NLM_F_ACK, 1, 99, "ID [LIMIT_US|unlimited] [WORD...]" },
	{ "del", KVRM_CMD_GUEST_DEL, NLM_F_ACK, 1, 1, "ID" },
	{ "guest", KVRM_CMD_GUEST_GET, NLM_F_ACK, 1, 1, "ID" },
	{ "guests", KVRM_CMD_GUEST_GET, NLM_F_DUMP, 0, 0, "" },
	{ "vcpus", KVRM_CMD_VCPU_GET, NLM_F_DUMP, 0, 1, "[ID]" },
	{ "latencies", KVRM_CMD_LATENCY_GET, NLM_F_DUMP, 0, 1, "[ID]" },
	{ "pool-add", KVRM_CMD_POOL_ADD, NLM_F_ACK, 2, 99, "NAME CGROUP-PATH [WORD...]" },
	{ "pool-set", KVRM_CMD_POOL_SET, NLM_F_ACK, 1, 99, "ID [WORD...]" },
	{ "pool-del", KVRM_CMD_POOL_DEL, NLM_F_ACK, 1, 1, "ID" },
	{ "pool", KVRM_CMD_POOL_GET, NLM_F_ACK, 1, 1, "ID" },
	{ "pools", KVRM_CMD_POOL_GET, NLM_F_DUMP, 0, 0, "" },
	{ "nic-add", KVRM_CMD_NIC_ADD, NLM_F_ACK, 2, 99, "GUEST-ID DEVICE [WORD...]" },
	{ "nic-set", KVRM_CMD_NIC_SET, NLM_F_ACK, 1, 99, "ID [WORD...]" },
	{ "nic-del", KVRM_CMD_NIC_DEL, NLM_F_ACK, 1, 1, "ID" },
	{ "nic", KVRM_CMD_NIC_GET, NLM_F_ACK, 1, 1, "ID" },
	{ "nics", KVRM_CMD_NIC_GET, NLM_F_DUMP, 0, 0, "" },
	{ "uplink-add", KVRM_CMD_UPLINK_ADD, NLM_F_ACK, 1, 99, "NAME [WORD...]" },
	{ "uplink-set", KVRM_CMD_UPLINK_SET, NLM_F_ACK, 1, 99, "ID [WORD...]" },
	{ "uplink-del", KVRM_CMD_UPLINK_DEL, NLM_F_ACK, 1, 1, "ID" },
	{ "uplink", KVRM_CMD_UPLINK_GET, NLM_F_ACK, 1, 1, "ID" },
	{ "uplinks", KVRM_CMD_UPLINK_GET, NLM_F_DUMP, 0, 0, "" },
	{ "batch", KVRM_CMD_BATCH_SET, NLM_F_ACK, 0, 1000, "\"guest ID WORD...\"..." },
};

/* Repeated requests print no messages. */
static bool silent;

/* When the request was sent: what is measured is to be divided by the time between two of these. */
static uint64_t taken_ns;

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void print_value(const struct kvrmspec_attr *attr, struct nlattr *a)
{
	switch (attr->kind) {
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
	case 'x':
		for (int i = 0; i < nla_len(a); i++)
			printf("%02x", ((const uint8_t *)nla_data(a))[i]);
		break;
	}
}

static void print_message(struct nlattr **attrs, int cmd, void *data)
{
	const struct kvrmspec_set *set = data;

	for (size_t i = 0; i < set->n && !silent; i++) {
		struct nlattr *a = attrs[set->attrs[i].type];

		if (!a)
			continue;
		printf("%s=", set->attrs[i].name);
		print_value(&set->attrs[i], a);
		putchar(' ');
	}
	if (!silent)
		printf("taken-ns=%" PRIu64 "\n", taken_ns);
}

static const struct verb *find_verb(const char *name)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (!strcmp(verbs[i].name, name))
			return &verbs[i];
	}
	return NULL;
}

static int usage(void)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		fprintf(stderr, "nlctl %s %s\n", verbs[i].name, verbs[i].usage);
	fprintf(stderr, "nlctl repeat N VERB [WORD...] [-- VERB [WORD...]]...\n"
			"nlctl flood SECONDS VERB [WORD...] [-- VERB [WORD...]]...\n"
			"nlctl monitor\n");
	return 64;
}

/* What another word may be, too, where a limit is expected. */
static int put_limit(struct nl_msg *msg, const struct kvrmspec_set *set, const char *word)
{
	char limit[64];

	if (strchr(word, '='))
		return kvrmword_put(msg, set, word);
	snprintf(limit, sizeof(limit), "limit=%s", word);
	return kvrmword_put(msg, set, limit);
}

static void put_uuid(struct nl_msg *msg, const char *name)
{
	uint8_t uuid[KVRM_UUID_LEN] = { 0 };

	memcpy(uuid, name, strnlen(name, sizeof(uuid)));
	nla_put(msg, KVRM_A_GUEST_UUID, sizeof(uuid), uuid);
}

/* The word at place @i of a command, which means what the usage says. */
static int put_word(struct nl_msg *msg, const struct verb *verb, int i, const char *word)
{
	const struct kvrmspec_set *set = kvrmspec_cmd(verb->cmd)->set;
	bool adds = verb->cmd == KVRM_CMD_GUEST_ADD || verb->cmd == KVRM_CMD_POOL_ADD;
	bool named = adds || verb->cmd == KVRM_CMD_UPLINK_ADD;
	char path[512];

	if (verb->cmd == KVRM_CMD_BATCH_SET)
		return kvrmword_put_change(msg, word);
	if (verb->cmd == KVRM_CMD_VCPU_GET)
		return nla_put_u32(msg, KVRM_A_VCPU_GUEST_ID, strtoul(word, NULL, 10));
	if (verb->cmd == KVRM_CMD_LATENCY_GET)
		return nla_put_u32(msg, KVRM_A_LATENCY_GUEST_ID, strtoul(word, NULL, 10));
	if (verb->cmd == KVRM_CMD_NIC_ADD && i == 0)
		return nla_put_u32(msg, KVRM_A_NIC_GUEST_ID, strtoul(word, NULL, 10));
	if (verb->cmd == KVRM_CMD_NIC_ADD && i == 1)
		return nla_put_u32(msg, KVRM_A_NIC_IFINDEX, if_nametoindex(word));
	if (named && i == 0) {
		if (verb->cmd == KVRM_CMD_GUEST_ADD)
			put_uuid(msg, word);
		return nla_put_string(msg, kvrmspec_find(set, "name", 4)->type, word);
	}
	if (adds && i == 1) {
		snprintf(path, sizeof(path), "cgroup=%s", word);
		return kvrmword_put(msg, set, path);
	}
	if ((verb->cmd == KVRM_CMD_GUEST_ADD && i == 2) ||
	    (verb->cmd == KVRM_CMD_GUEST_SET && i == 1))
		return put_limit(msg, set, word);
	return kvrmword_put(msg, set, word);
}

/* NULL if a word is wrong, which is told. */
static struct nl_msg *make_request(struct kvrmnl *nl, const struct verb *verb, int n, char **words)
{
	struct nl_msg *msg = kvrmnl_request(nl, verb->cmd, verb->flags);

	for (int i = 0; i < n; i++) {
		int r = put_word(msg, verb, i, words[i]);

		if (r < 0) {
			fprintf(stderr, "nlctl: '%s': %s\n", words[i], strerror(-r));
			nlmsg_free(msg);
			return NULL;
		}
	}
	return msg;
}

static int run(struct kvrmnl *nl, const struct verb *verb, int n, char **words)
{
	struct nl_msg *msg = make_request(nl, verb, n, words);
	struct kvrmnl_reply reply;

	if (!msg)
		return 64;
	taken_ns = now_ns();
	reply = kvrmnl_send(nl, msg, print_message, (void *)kvrmspec_cmd(verb->cmd)->set);
	if (!reply.error)
		return 0;
	fprintf(stderr, "nlctl: %s: %s%s%s%s\n", strerror(-reply.error), reply.sentence,
		*reply.bad_name ? " (" : "", reply.bad_name, *reply.bad_name ? ")" : "");
	return 1;
}

/* The verb of some words; NULL if it is none, or not with so many. */
static const struct verb *verb_of(int n, char **words)
{
	const struct verb *verb = n > 0 ? find_verb(words[0]) : NULL;

	return verb && n - 1 >= verb->min && n - 1 <= verb->max ? verb : NULL;
}

/* A verb and its words. */
static int run_words(struct kvrmnl *nl, int n, char **words)
{
	const struct verb *verb = verb_of(n, words);

	return verb ? run(nl, verb, n - 1, words + 1) : usage();
}

/* How many words there are before the next "--". */
static int length_of(int n, char **words)
{
	int length = 0;

	while (length < n && strcmp(words[length], "--"))
		length++;
	return length;
}

static int repeat(struct kvrmnl *nl, unsigned long times, int n, char **words)
{
	int first = 0, length, status = 0, r;

	silent = true;
	for (; times && status != 64; times--) {
		length = length_of(n - first, words + first);
		r = run_words(nl, length, words + first);
		if (!status)
			status = r;
		first += length + 1;
		if (first >= n)
			first = 0;
	}
	return status;
}

#define FLOOD_MAX 8

/* Returns the number of requests, each to be freed; 0 if something is wrong with one. */
static size_t make_requests(struct kvrmnl *nl, struct nl_msg **requests, int n, char **words)
{
	size_t made = 0;
	int length;

	for (; n > 0 && made < FLOOD_MAX; n -= length + 1, words += length + 1) {
		const struct verb *verb;

		length = length_of(n, words);
		verb = verb_of(length, words);
		requests[made] = verb && verb->flags == NLM_F_ACK
					 ? make_request(nl, verb, length - 1, words + 1)
					 : NULL;
		if (!requests[made])
			break;
		made++;
	}
	if (n <= 0)
		return made;
	while (made)
		nlmsg_free(requests[--made]);
	return 0;
}

static int flood(struct kvrmnl *nl, unsigned long seconds, int n, char **words)
{
	struct nl_msg *requests[FLOOD_MAX];
	struct kvrmflood seen;
	size_t made = make_requests(nl, requests, n, words);
	int r;

	if (!made)
		return usage();
	r = kvrmflood_send(nl, requests, made, (unsigned int)seconds, &seen);
	while (made)
		nlmsg_free(requests[--made]);
	printf("sent=%" PRIu64 " refused=%" PRIu64 " took-ms=%" PRIu64 " per-s=%" PRIu64 "\n",
	       seen.sent, seen.refused, seen.took_ns / 1000000,
	       seen.sent * 1000000 / (seen.took_ns / 1000 + 1));
	if (r)
		fprintf(stderr, "nlctl: %s\n", strerror(-r));
	return r || seen.refused;
}

static int print_told(struct nl_msg *msg, void *data)
{
	static const struct {
		int cmd;
		const char *name;
		const struct kvrmspec_set *set;
	} told[] = {
		{ KVRM_CMD_GUEST_ADD_NTF, "guest-add-ntf", &kvrmspec_guest },
		{ KVRM_CMD_GUEST_SET_NTF, "guest-set-ntf", &kvrmspec_guest },
		{ KVRM_CMD_GUEST_DEL_NTF, "guest-del-ntf", &kvrmspec_guest },
		{ KVRM_CMD_POOL_ADD_NTF, "pool-add-ntf", &kvrmspec_pool },
		{ KVRM_CMD_POOL_SET_NTF, "pool-set-ntf", &kvrmspec_pool },
		{ KVRM_CMD_POOL_DEL_NTF, "pool-del-ntf", &kvrmspec_pool },
		{ KVRM_CMD_NIC_ADD_NTF, "nic-add-ntf", &kvrmspec_nic },
		{ KVRM_CMD_NIC_SET_NTF, "nic-set-ntf", &kvrmspec_nic },
		{ KVRM_CMD_NIC_DEL_NTF, "nic-del-ntf", &kvrmspec_nic },
		{ KVRM_CMD_UPLINK_ADD_NTF, "uplink-add-ntf", &kvrmspec_uplink },
		{ KVRM_CMD_UPLINK_SET_NTF, "uplink-set-ntf", &kvrmspec_uplink },
		{ KVRM_CMD_UPLINK_DEL_NTF, "uplink-del-ntf", &kvrmspec_uplink },
	};
	struct nlattr *attrs[64] = { 0 };

	genlmsg_parse(nlmsg_hdr(msg), 0, attrs, 63, NULL);
	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
		if (told[i].cmd != genlmsg_hdr(nlmsg_hdr(msg))->cmd)
			continue;
		taken_ns = now_ns();
		printf("%s ", told[i].name);
		print_message(attrs, told[i].cmd, (void *)told[i].set);
		fflush(stdout);
	}
	return NL_OK;
}

static int monitor(struct kvrmnl *nl)
{
	if (nl_socket_add_memberships(nl->sock, nl->group, nl->pool_group, nl->nic_group,
				      nl->uplink_group, 0))
		return 1;
	nl_socket_modify_cb(nl->sock, NL_CB_VALID, NL_CB_CUSTOM, print_told, NULL);
	printf("listening\n");
	fflush(stdout);
	while (!nl_recvmsgs_default(nl->sock))
		;
	return 1;
}

int main(int argc, char **argv)
{
	bool repeats = argc > 3 && !strcmp(argv[1], "repeat");
	bool floods = argc > 3 && !strcmp(argv[1], "flood");
	bool monitors = argc == 2 && !strcmp(argv[1], "monitor");
	struct kvrmnl nl;
	int status;

	if (!repeats && !floods && !monitors && (argc < 2 || !find_verb(argv[1])))
		return usage();
	if (kvrmnl_open(&nl)) {
		fprintf(stderr, "nlctl: the module is not loaded\n");
		return 2;
	}
	if (repeats)
		status = repeat(&nl, strtoul(argv[2], NULL, 10), argc - 3, argv + 3);
	else if (floods)
		status = flood(&nl, strtoul(argv[2], NULL, 10), argc - 3, argv + 3);
	else if (monitors)
		status = monitor(&nl);
	else
		status = run_words(&nl, argc - 1, argv + 1);
	kvrmnl_close(&nl);
	return status;
}
