// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Random netlink messages, made from the specification: every command with the attributes it takes,
 * with values that it may accept, at their bounds and beyond; with attributes it does not take, of
 * wrong types and lengths; and with bytes changed. Meanwhile guests send and receive frames, some of
 * which no driver would make. Whatever the module answers, it must still answer
 * sensibly afterwards; the kernel's own checkers tell the rest.
 *
 *	kvrm_fuzz [MESSAGES [SEED]]	(1000, 1)
 */
#include <linux/if_tun.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kselftest.h"
#include "kvrmframe.h"
#include "kvrmpools.h"
#include "kvrmspec.h"
#include "kvrmtap.h"
#include "kvrmword.h"

/* Ids that were given lately, of guests, of pools, of NICs or of uplinks. */
#define IDS  8
#define TAPS 3

#define MEND_EVERY    200
#define MANY_MESSAGES 20000

static struct kvrmpools tree;
static struct kvrmtap taps[TAPS];
static uint32_t guest_ids[IDS], pool_ids[IDS], nic_ids[IDS], uplink_ids[IDS];
static unsigned long accepted[KVRM_CMD_MAX + 1], refused[KVRM_CMD_MAX + 1];
static unsigned long received;

static uint32_t below(uint32_t n)
{
	return (uint32_t)random() % n;
}

static bool one_in(uint32_t n)
{
	return !below(n);
}

static uint64_t random_u64(void)
{
	return (uint64_t)random() << 42 ^ (uint64_t)random() << 21 ^ (uint64_t)random();
}

/* Amounts: mostly what fits in, small ones more often, and the bounds of this and that. */
static uint64_t some_u64(void)
{
	const uint64_t bounds[] = { 0,
				    1,
				    KVRM_CPU_LIMIT_MIN_US - 1,
				    KVRM_CPU_LIMIT_MIN_US,
				    KVRMPOOLS_A_US,
				    tree.reservable_us,
				    tree.capacity_us,
				    tree.capacity_us + 1,
				    UINT32_MAX,
				    INT64_MAX,
				    (uint64_t)INT64_MAX + 1,
				    UINT64_MAX };

	switch (below(8)) {
	case 0:
		return bounds[below(sizeof(bounds) / sizeof(bounds[0]))];
	case 1:
		return random_u64();
	case 2:
		return below((uint32_t)tree.capacity_us);
	default:
		return below(100000);
	}
}

static uint32_t some_u32(void)
{
	static const uint32_t bounds[] = {
		0, 1, KVRM_CPU_WEIGHT_MAX, KVRM_CPU_WEIGHT_MAX + 1, INT32_MAX, UINT32_MAX
	};

	if (one_in(6))
		return bounds[below(sizeof(bounds) / sizeof(bounds[0]))];
	return one_in(10) ? (uint32_t)random_u64() : 1 + below(KVRM_CPU_WEIGHT_MAX);
}

static uint32_t some_id(const uint32_t *given)
{
	return one_in(8) ? some_u32() : one_in(4) ? below(12) : given[below(IDS)];
}

static uint32_t some_cgroup(void)
{
	const struct kvrmguest *cgroups[] = { &tree.ga, &tree.ga, &tree.gr,   &tree.gr,
					      &tree.gb, &tree.a,  &tree.b,    &tree.b,
					      &tree.b,	&tree.b,  &tree.root, &tree.stray };

	return one_in(12) ? below(64) : (uint32_t)cgroups[below(12)]->dir;
}

static bool is(const struct kvrmspec_attr *attr, const char *name)
{
	return !strcmp(attr->name, name);
}

/* Numbers that mean something in particular are made accordingly. */
static uint32_t u32_for(const struct kvrmspec_set *set, const struct kvrmspec_attr *attr)
{
	bool pools = set == &kvrmspec_pool || set == &kvrmspec_pool_change;
	bool uplinks = set == &kvrmspec_uplink;

	if (is(attr, "uplink-id") || (uplinks && (is(attr, "id") || is(attr, "parent"))))
		return some_id(uplink_ids);
	if (is(attr, "cgroup-fd"))
		return some_cgroup();
	if (is(attr, "probes"))
		return one_in(8) ? some_u32() : below(8);
	if (is(attr, "pool-id") || is(attr, "parent") || (is(attr, "id") && pools))
		return one_in(5) ? KVRM_POOL_ROOT_ID : some_id(pool_ids);
	if (is(attr, "ifindex"))
		return one_in(8) ? some_u32() : taps[below(TAPS)].ifindex;
	if (is(attr, "id") && set == &kvrmspec_nic)
		return some_id(nic_ids);
	if (is(attr, "id") || is(attr, "guest-id"))
		return some_id(guest_ids);
	return some_u32();
}

/* Of memory mostly what can be had: nothing, or whole pages, and not many. */
static uint64_t u64_for(const struct kvrmspec_attr *attr)
{
	bool memory = !strncmp(attr->name, "memory-", strlen("memory-"));

	if (!memory || one_in(8))
		return some_u64();
	return one_in(2) ? 0 : (uint64_t)below(16384) * 4096;
}

static void put_text(struct nl_msg *msg, const struct kvrmspec_attr *attr)
{
	char text[300];
	uint32_t length = one_in(8) ? below(sizeof(text)) : below(attr->length + 2);

	for (uint32_t i = 0; i < length; i++)
		text[i] = (char)(one_in(50) ? random() : 'a' + (char)below(26));
	text[length] = '\0';
	/* Perhaps without its end. */
	nla_put(msg, attr->type, (int)length + !one_in(10), text);
}

/* The same few identities again and again. */
static void put_bytes(struct nl_msg *msg, const struct kvrmspec_attr *attr)
{
	/* Longer than any that the specification has. */
	uint8_t bytes[256];

	memset(bytes, (int)below(6), sizeof(bytes));
	nla_put(msg, attr->type, one_in(10) ? (int)below(sizeof(bytes)) : attr->length, bytes);
}

/* Mostly of attributes that there are; most of these can be in an answer. */
static void put_select(struct nl_msg *msg, const struct kvrmspec_set *set,
		       const struct kvrmspec_attr *attr)
{
	uint8_t bytes[64] = { 0 };
	uint32_t length = one_in(10) ? below(sizeof(bytes)) : attr->length;

	for (uint32_t n = below(6); n; n--) {
		uint32_t type = one_in(20) ? below(8 * sizeof(bytes))
					   : set->attrs[below((uint32_t)set->n)].type;

		bytes[type / 8] |= (uint8_t)(1 << type % 8);
	}
	nla_put(msg, attr->type, (int)length, bytes);
}

static void put_attr(struct nl_msg *msg, const struct kvrmspec_set *set,
		     const struct kvrmspec_attr *attr);

static void put_nest(struct nl_msg *msg, const struct kvrmspec_attr *attr)
{
	const struct kvrmspec_attr *id = kvrmspec_find(attr->nest, "id", strlen("id"));
	struct nlattr *nest = nla_nest_start(msg, attr->type);

	if (!nest)
		return;
	if (id && !one_in(10))
		put_attr(msg, attr->nest, id);
	for (uint32_t n = below(4); n; n--)
		put_attr(msg, attr->nest, &attr->nest->attrs[below((uint32_t)attr->nest->n)]);
	if (one_in(20))
		nest->nla_type &= NLA_TYPE_MASK;
	nla_nest_end_keep_empty(msg, nest);
}

/* An attribute of its right type; its value is right or wrong. */
static void put_attr(struct nl_msg *msg, const struct kvrmspec_set *set,
		     const struct kvrmspec_attr *attr)
{
	switch (attr->kind) {
	case 'b':
		nla_put_u8(msg, attr->type, one_in(8) ? (uint8_t)random() : (uint8_t)below(2));
		break;
	case 'u':
		nla_put_u32(msg, attr->type, u32_for(set, attr));
		break;
	case 'U':
		nla_put_u64(msg, attr->type, u64_for(attr));
		break;
	case 's':
		put_text(msg, attr);
		break;
	case 'f':
		nla_put_flag(msg, attr->type);
		break;
	case 'x':
		if (is(attr, "select"))
			put_select(msg, set, attr);
		else
			put_bytes(msg, attr);
		break;
	case 'n':
		put_nest(msg, attr);
		break;
	}
}

/* Of any type and length. */
static void put_garbage(struct nl_msg *msg)
{
	uint8_t bytes[300];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)random();
	nla_put(msg, (int)below(70) | (one_in(16) ? NLA_F_NESTED : 0), (int)below(sizeof(bytes)),
		bytes);
}

static bool is_place(const struct kvrmspec_attr *attr)
{
	return is(attr, "cgroup-fd") || is(attr, "pool-id") || is(attr, "parent");
}

/* How often an attribute that a command takes is to be in a message. */
static uint32_t times_for(const struct kvrmspec_cmd *cmd, const struct kvrmspec_attr *attr,
			  bool all)
{
	bool sets = cmd->cmd == KVRM_CMD_GUEST_SET || cmd->cmd == KVRM_CMD_POOL_SET;

	if (attr->nest)
		return below(3);
	if (is(attr, "id"))
		return !one_in(12);
	/* Who stays where it is is not refused for that. */
	if (sets && is_place(attr))
		return one_in(5);
	return all ? !one_in(12) : one_in(2);
}

/*
 * Most messages have each of the attributes that the command takes, or half of them, so that many
 * are accepted. There is a limit or there is none: seldom both.
 */
static void put_accepted(struct nl_msg *msg, const struct kvrmspec_cmd *cmd)
{
	bool all = one_in(2), unlimited = one_in(2);

	for (size_t i = 0; i < cmd->n_accepts; i++) {
		const struct kvrmspec_attr *attr = kvrmspec_attr(cmd->set, cmd->accepts[i]);
		uint32_t times = times_for(cmd, attr, all);

		if (is(attr, "cpu-limit-us") || is(attr, "cpu-unlimited"))
			times = one_in(20) || is(attr, "cpu-unlimited") == unlimited;
		for (; times; times--)
			put_attr(msg, cmd->set, attr);
	}
	/* Too many changes, but few of them. */
	for (int i = 0; cmd->cmd == KVRM_CMD_BATCH_SET && one_in(50) && i < 300; i++)
		put_nest(msg, &kvrmspec_batch.attrs[below((uint32_t)kvrmspec_batch.n)]);
}

/* Lengths inside the payload that do not add up. */
static void damage(struct nl_msg *msg)
{
	struct nlmsghdr *header = nlmsg_hdr(msg);
	uint32_t first = NLMSG_HDRLEN + GENL_HDRLEN;
	uint8_t *bytes = (uint8_t *)header;

	if (header->nlmsg_len <= first)
		return;
	for (uint32_t n = 1 + below(3); n; n--)
		bytes[first + below(header->nlmsg_len - first)] = (uint8_t)random();
	if (one_in(3))
		header->nlmsg_len -= below(header->nlmsg_len - first);
}

/* What is removed must have been there for a while. */
static const struct kvrmspec_cmd *some_command(void)
{
	const struct kvrmspec_cmd *cmd = &kvrmspec_cmds[below((uint32_t)kvrmspec_n_cmds)];
	bool removes = cmd->cmd == KVRM_CMD_GUEST_DEL || cmd->cmd == KVRM_CMD_POOL_DEL ||
		       cmd->cmd == KVRM_CMD_NIC_DEL || cmd->cmd == KVRM_CMD_UPLINK_DEL;

	return removes && !one_in(8) ? some_command() : cmd;
}

static struct nl_msg *make_message(int *ret_cmd)
{
	const struct kvrmspec_cmd *cmd = some_command();
	bool dump = cmd->can_dump && (!cmd->can_do || one_in(3));
	struct nl_msg *msg;

	/* Now and then one that cannot be sent: a notification, or a number that is none. */
	*ret_cmd = one_in(30) ? (int)below(KVRM_CMD_MAX + 4) : cmd->cmd;
	if (one_in(30))
		dump = !dump;
	msg = kvrmnl_request(&tree.nl, *ret_cmd, dump ? NLM_F_DUMP : NLM_F_ACK);
	put_accepted(msg, cmd);
	if (one_in(12))
		put_attr(msg, cmd->set, &cmd->set->attrs[below((uint32_t)cmd->set->n)]);
	if (one_in(16))
		put_garbage(msg);
	if (one_in(16))
		damage(msg);
	return msg;
}

static void remember(uint32_t *ids, uint32_t id)
{
	if (id)
		ids[below(IDS)] = id;
}

/* What was given an id is asked for later. */
static void see(struct nlattr **a, int cmd, void *data)
{
	int sent = *(int *)data;

	/* All sets have the id at the same place. */
	if (!a[KVRM_A_GUEST_ID])
		return;
	if (sent == KVRM_CMD_GUEST_ADD)
		remember(guest_ids, nla_get_u32(a[KVRM_A_GUEST_ID]));
	else if (sent == KVRM_CMD_POOL_ADD)
		remember(pool_ids, nla_get_u32(a[KVRM_A_POOL_ID]));
	else if (sent == KVRM_CMD_NIC_ADD)
		remember(nic_ids, nla_get_u32(a[KVRM_A_NIC_ID]));
	else if (sent == KVRM_CMD_UPLINK_ADD)
		remember(uplink_ids, nla_get_u32(a[KVRM_A_UPLINK_ID]));
}

/* NICs of a guest whose limits hold frames back, as an uplink does that some of them share. */
static void add_nics(uint32_t guest)
{
	int nic = KVRM_CMD_NIC_ADD, uplink = KVRM_CMD_UPLINK_ADD;

	kvrmword_ask(&tree.nl, uplink, see, &uplink,
		     "name=uplink to-guest-capacity-bytes-per-s=%u "
		     "from-guest-capacity-bytes-per-s=%u",
		     1 + below(1000000), 1 + below(10000));
	for (int i = 0; i < TAPS; i++) {
		if (!one_in(3))
			kvrmword_ask(&tree.nl, nic, see, &nic,
				     "guest-id=%u ifindex=%u to-guest-limit-bytes-per-s=%u "
				     "from-guest-limit-packets-per-s=%u uplink-id=%u",
				     guest, taps[i].ifindex, 1 + below(1000000), below(1000),
				     one_in(3) ? 0 : uplink_ids[below(IDS)]);
	}
}

/* A guest is registered again, or left to be added. */
static void register_or_not(const struct kvrmguest *guest, const char *words)
{
	uint32_t id;

	if (one_in(3))
		return;
	if (kvrmpools_register(&tree, guest, words, &id).error)
		ksft_exit_fail_msg("%s cannot be registered again\n", guest->path);
	add_nics(id);
	for (int i = 0; i < IDS; i++) {
		if (!guest_ids[i] || one_in(2))
			guest_ids[i] = id;
	}
}

/* Back to what can be changed in many ways: it drifts to where hardly anything is accepted. */
static void mend(void)
{
	char words[64];

	if (kvrmpools_reset(&tree))
		ksft_exit_fail_msg("the tree of pools cannot be made again\n");
	for (int i = 0; i < IDS; i++) {
		pool_ids[i] = tree.id;
		guest_ids[i] = 0;
	}
	snprintf(words, sizeof(words), "limit=unlimited pool=%u", tree.id);
	register_or_not(&tree.ga, words);
	register_or_not(&tree.gr, "limit=unlimited");
}

static void send_frames(void)
{
	for (int i = 0; i < TAPS; i++) {
		kvrmframe_from_guest(&taps[i]);
		if (one_in(4))
			kvrmframe_to_guest(&taps[i]);
		received += kvrmframe_take(&taps[i]);
	}
}

static void send_messages(long messages)
{
	for (long i = 0; i < messages; i++) {
		struct kvrmnl_reply reply;
		struct nl_msg *msg;
		int cmd;

		if (i % MEND_EVERY == 0)
			mend();
		/* They take longer than messages. */
		if (one_in(8))
			send_frames();
		msg = make_message(&cmd);
		reply = kvrmnl_send(&tree.nl, msg, see, &cmd);
		if (cmd <= KVRM_CMD_MAX)
			(*(reply.error ? &refused : &accepted))[cmd]++;
	}
}

/* A command that is never accepted is not tested; but it takes many messages to tell. */
static bool print_numbers(long messages)
{
	unsigned long refusals = 0;
	bool all = received || messages < MANY_MESSAGES;

	ksft_print_msg("%lu frames came through\n", received);

	for (size_t i = 0; i < kvrmspec_n_cmds; i++) {
		int cmd = kvrmspec_cmds[i].cmd;

		ksft_print_msg("%s: %lu accepted, %lu refused\n", kvrmspec_cmds[i].name,
			       accepted[cmd], refused[cmd]);
		all = all && (accepted[cmd] || messages < MANY_MESSAGES);
		refusals += refused[cmd];
	}
	return all && refusals;
}

static bool dump_works(int cmd)
{
	struct nl_msg *msg = kvrmnl_request(&tree.nl, cmd, NLM_F_DUMP);

	return !kvrmnl_send(&tree.nl, msg, NULL, NULL).error;
}

int main(int argc, char **argv)
{
	long messages = argc > 1 ? atol(argv[1]) : 1000;
	unsigned int seed = argc > 2 ? (unsigned int)atol(argv[2]) : 1;
	bool dumps;

	ksft_print_header();
	ksft_set_plan(2);
	if (kvrmpools_setup(&tree))
		ksft_exit_fail_msg("needs the module, KVM and root\n");
	/* Others may be at work, too: the kernel numbers them. */
	for (int i = 0; i < TAPS; i++) {
		if (kvrmtap_open(&taps[i], "kvrmf%d", IFF_TAP | IFF_VNET_HDR))
			ksft_exit_fail_msg("needs taps\n");
	}
	if (kvrmframe_connect(taps, TAPS))
		ksft_exit_fail_msg("needs a bridge\n");
	ksft_print_msg("seed %u\n", seed);
	srandom(seed);
	send_messages(messages);
	ksft_test_result(print_numbers(messages), "%ld messages were answered\n", messages);

	usleep(200000);
	dumps = dump_works(KVRM_CMD_GUEST_GET) && dump_works(KVRM_CMD_POOL_GET) &&
		dump_works(KVRM_CMD_VCPU_GET) && dump_works(KVRM_CMD_NIC_GET) &&
		dump_works(KVRM_CMD_UPLINK_GET) && dump_works(KVRM_CMD_LATENCY_GET);
	ksft_test_result(dumps, "dumps still work\n");
	kvrmframe_disconnect();
	kvrmpools_teardown(&tree);
	ksft_finished();
}
