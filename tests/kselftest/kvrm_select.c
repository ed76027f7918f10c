// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which attributes answers have, if a request says so: those and no others, with the same values;
 * and what is refused. Needs the same as kvrm_network.
 */
#include <endian.h>
#include <errno.h>
#include <linux/if_tun.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "kvrmguest.h"
#include "kvrmmodule.h"
#include "kvrmnl.h"
#include "kvrmspec.h"
#include "kvrmtap.h"
#include "kvrmword.h"

#define VCPUS 3
/* Further than any set reaches, and than a byte, a word and what the module keeps of it. */
#define NUMBERS 80
/* Longer than counters stay as they were found, and shorter than until the module's own look. */
#define STALE_US 20000
#define LOOKS	 20

/**
 * struct told - what some messages had
 * @any: bit A is set if one of them had the attribute A
 * @all: likewise, if all of them had
 * @n: how many messages
 */
struct told {
	uint64_t any, all;
	int n;
};

static void see(struct nlattr **a, int cmd, void *data)
{
	struct told *told = data;
	uint64_t has = 0;

	for (int i = 1; i < 64; i++)
		has |= (uint64_t)!!a[i] << i;
	told->all = told->n ? told->all & has : has;
	told->any |= has;
	told->n++;
}

static uint64_t bit(int type)
{
	return UINT64_C(1) << type;
}

/* Commands of which answers can be selected from, and what their messages have in any case. */
static const struct sought {
	int cmd;
	int select;
	uint64_t always;
} soughts[] = {
	{ KVRM_CMD_GUEST_GET, KVRM_A_GUEST_SELECT, UINT64_C(1) << KVRM_A_GUEST_ID },
	{ KVRM_CMD_VCPU_GET, KVRM_A_VCPU_SELECT,
	  UINT64_C(1) << KVRM_A_VCPU_GUEST_ID | UINT64_C(1) << KVRM_A_VCPU_INDEX },
	{ KVRM_CMD_NIC_GET, KVRM_A_NIC_SELECT, UINT64_C(1) << KVRM_A_NIC_ID },
	{ KVRM_CMD_LATENCY_GET, KVRM_A_LATENCY_SELECT,
	  UINT64_C(1) << KVRM_A_LATENCY_GUEST_ID | UINT64_C(1) << KVRM_A_LATENCY_INDEX |
		  UINT64_C(1) << KVRM_A_LATENCY_PROBE | UINT64_C(1) << KVRM_A_LATENCY_REASON },
};

FIXTURE(select)
{
	struct kvrmnl nl;
	struct kvrmguest g;
	struct kvrmtap tap;
	uint32_t id, nic, probes;
};

/* All sets have the id at the same place. */
static void see_id(struct nlattr **a, int cmd, void *data)
{
	*(uint32_t *)data = nla_get_u32(a[KVRM_A_GUEST_ID]);
}

static void see_probes(struct nlattr **a, int cmd, void *data)
{
	*(uint32_t *)data = nla_get_u32(a[KVRM_A_HOST_PROBES]);
}

/* A guest of which there is as much to tell as can be: it has limits, a NIC and probes. */
FIXTURE_SETUP(select)
{
	if (!kvrmmodule_is_loaded())
		ASSERT_EQ(0, kvrmmodule_load());
	ASSERT_EQ(0, kvrmnl_open(&self->nl));
	ASSERT_EQ(0, kvrmguest_cgroup(&self->g, "kvrm-select"));
	ASSERT_EQ(0, kvrmguest_start(&self->g, "halt", VCPUS));
	ASSERT_EQ(0, kvrmtap_open(&self->tap, "kvrmselect%d", IFF_TAP));
	ASSERT_EQ(0, kvrmword_ask(&self->nl, KVRM_CMD_HOST_GET, see_probes, &self->probes, "%s", "")
			     .error);
	ASSERT_EQ(0, kvrmword_ask(&self->nl, KVRM_CMD_GUEST_ADD, see_id, &self->id,
				  "uuid=sel-0123456789ab name=selected cgroup=%s limit=500000 "
				  "memory-limit-bytes=268435456 probes=%u",
				  self->g.path, self->probes)
			     .error);
	ASSERT_EQ(0, kvrmword_ask(&self->nl, KVRM_CMD_NIC_ADD, see_id, &self->nic,
				  "guest-id=%u ifindex=%u to-guest-limit-bytes-per-s=1000000 "
				  "from-guest-limit-packets-per-s=1000",
				  self->id, self->tap.ifindex)
			     .error);
	/* Probes have something to tell after a while. */
	usleep(300000);
}

FIXTURE_TEARDOWN(select)
{
	kvrmword_ask(&self->nl, KVRM_CMD_GUEST_DEL, NULL, NULL, "id=%u", self->id);
	kvrmtap_close(&self->tap);
	kvrmguest_remove(&self->g);
	kvrmnl_close(&self->nl);
}

/* All messages of a command, with one attribute of each; 0: whatever the module tells. */
static struct kvrmnl_reply dump(struct kvrmnl *nl, const struct sought *s, int type,
				struct told *told)
{
	struct nl_msg *msg = kvrmnl_request(nl, s->cmd, NLM_F_DUMP);

	memset(told, 0, sizeof(*told));
	if (type)
		kvrmnl_put_select(msg, s->select, type, 0);
	return kvrmnl_send(nl, msg, see, told);
}

/* Linux 6.1 tells of what a dump begins with neither a sentence nor which attribute it is. */
static bool is_refused(const struct kvrmnl_reply *reply, int attr)
{
	return reply->error == -EINVAL && (!*reply->sentence || reply->bad_attr == attr);
}

static bool can_be_told(const struct sought *s, int type)
{
	const struct kvrmspec_cmd *cmd = kvrmspec_cmd(s->cmd);

	for (size_t i = 0; i < cmd->n_replies; i++) {
		if (cmd->replies[i] == type)
			return true;
	}
	return false;
}

TEST_F_TIMEOUT(select, each_attribute_alone, 120)
{
	struct told all, one;

	for (size_t i = 0; i < ARRAY_SIZE(soughts); i++) {
		const struct sought *s = &soughts[i];

		ASSERT_EQ(0, dump(&self->nl, s, 0, &all).error);
		/* Without probes there is nothing to tell of them. */
		EXPECT_EQ(s->cmd != KVRM_CMD_LATENCY_GET || self->probes, all.n > 0)
		{
			TH_LOG("command %d", s->cmd);
		}
		if (!all.n)
			continue;
		EXPECT_EQ(s->always, all.all & s->always);
		for (int type = 1; type < NUMBERS; type++) {
			struct kvrmnl_reply reply = dump(&self->nl, s, type, &one);

			if (!can_be_told(s, type)) {
				EXPECT_TRUE(is_refused(&reply, s->select))
				{
					TH_LOG("command %d, attribute %d: %d, %s", s->cmd, type,
					       reply.error, reply.sentence);
				}
				EXPECT_EQ(0, one.n);
				continue;
			}
			EXPECT_EQ(0, reply.error)
			{
				TH_LOG("command %d, attribute %d: %s", s->cmd, type,
				       reply.sentence);
			}
			/* What there is to tell is told, and nothing else; of probes, more. */
			EXPECT_LE(all.n, one.n);
			EXPECT_EQ(s->always | (all.all & bit(type)),
				  one.all & (s->always | all.all));
			EXPECT_EQ(0, one.any & ~(s->always | bit(type)))
			{
				TH_LOG("command %d, attribute %d: %llx", s->cmd, type,
				       (unsigned long long)one.any);
			}
		}
	}
}

TEST_F(select, nothing_and_everything)
{
	for (size_t i = 0; i < ARRAY_SIZE(soughts); i++) {
		const struct sought *s = &soughts[i];
		const struct kvrmspec_cmd *cmd = kvrmspec_cmd(s->cmd);
		uint8_t bytes[KVRM_SELECT_BYTES_MAX + 1] = { 0 };
		struct told all, told = { 0 };
		struct kvrmnl_reply reply;
		struct nl_msg *msg;

		ASSERT_EQ(0, dump(&self->nl, s, 0, &all).error);
		if (!all.n)
			continue;
		/* No bit at all, in no byte and in as many as there can be. */
		for (int size = 0; size <= KVRM_SELECT_BYTES_MAX; size += KVRM_SELECT_BYTES_MAX) {
			msg = kvrmnl_request(&self->nl, s->cmd, NLM_F_DUMP);
			nla_put(msg, s->select, size, bytes);
			memset(&told, 0, sizeof(told));
			EXPECT_EQ(0, kvrmnl_send(&self->nl, msg, see, &told).error);
			EXPECT_LE(all.n, told.n);
			EXPECT_EQ(s->always, told.any);
		}
		/* One byte too many. */
		msg = kvrmnl_request(&self->nl, s->cmd, NLM_F_DUMP);
		nla_put(msg, s->select, sizeof(bytes), bytes);
		EXPECT_EQ(s->select, kvrmnl_send(&self->nl, msg, NULL, NULL).bad_attr);
		/* The last bit that there can be. */
		bytes[KVRM_SELECT_BYTES_MAX - 1] = 0x80;
		msg = kvrmnl_request(&self->nl, s->cmd, NLM_F_DUMP);
		nla_put(msg, s->select, KVRM_SELECT_BYTES_MAX, bytes);
		reply = kvrmnl_send(&self->nl, msg, NULL, NULL);
		EXPECT_TRUE(is_refused(&reply, s->select));
		bytes[KVRM_SELECT_BYTES_MAX - 1] = 0;

		for (size_t j = 0; j < cmd->n_replies; j++)
			bytes[cmd->replies[j] / 8] |= (uint8_t)(1 << cmd->replies[j] % 8);
		msg = kvrmnl_request(&self->nl, s->cmd, NLM_F_DUMP);
		nla_put(msg, s->select, KVRM_SELECT_BYTES_MAX, bytes);
		memset(&told, 0, sizeof(told));
		EXPECT_EQ(0, kvrmnl_send(&self->nl, msg, see, &told).error);
		EXPECT_EQ(all.all, told.all & all.all);
	}
}

/* What a message about the guest, or its NIC, said of what does not change. */
struct still {
	char name[64];
	uint64_t limit_us, rate;
	uint32_t vcpus;
	int n;
};

static void see_still(struct nlattr **a, int cmd, void *data)
{
	struct still *s = data;

	s->n++;
	if (cmd == KVRM_CMD_NIC_GET) {
		if (a[KVRM_A_NIC_TO_GUEST_LIMIT_BYTES_PER_S])
			s->rate = nla_get_u64(a[KVRM_A_NIC_TO_GUEST_LIMIT_BYTES_PER_S]);
		if (a[KVRM_A_NIC_IFNAME])
			strncpy(s->name, nla_get_string(a[KVRM_A_NIC_IFNAME]), sizeof(s->name) - 1);
		return;
	}
	if (a[KVRM_A_GUEST_NAME])
		strncpy(s->name, nla_get_string(a[KVRM_A_GUEST_NAME]), sizeof(s->name) - 1);
	if (a[KVRM_A_GUEST_CPU_LIMIT_US])
		s->limit_us = nla_get_u64(a[KVRM_A_GUEST_CPU_LIMIT_US]);
	if (a[KVRM_A_GUEST_VCPUS])
		s->vcpus = nla_get_u32(a[KVRM_A_GUEST_VCPUS]);
}

TEST_F(select, values_of_one)
{
	struct still s = { 0 };
	struct nl_msg *msg;

	msg = kvrmnl_request(&self->nl, KVRM_CMD_GUEST_GET, NLM_F_ACK);
	nla_put_u32(msg, KVRM_A_GUEST_ID, self->id);
	kvrmnl_put_select(msg, KVRM_A_GUEST_SELECT, KVRM_A_GUEST_NAME, KVRM_A_GUEST_CPU_LIMIT_US,
			  KVRM_A_GUEST_VCPUS, 0);
	ASSERT_EQ(0, kvrmnl_send(&self->nl, msg, see_still, &s).error);
	EXPECT_EQ(1, s.n);
	EXPECT_STREQ("selected", s.name);
	EXPECT_EQ(500000, s.limit_us);
	EXPECT_EQ(VCPUS, s.vcpus);

	s = (struct still){ 0 };
	msg = kvrmnl_request(&self->nl, KVRM_CMD_NIC_GET, NLM_F_ACK);
	nla_put_u32(msg, KVRM_A_NIC_ID, self->nic);
	kvrmnl_put_select(msg, KVRM_A_NIC_SELECT, KVRM_A_NIC_IFNAME,
			  KVRM_A_NIC_TO_GUEST_LIMIT_BYTES_PER_S, 0);
	ASSERT_EQ(0, kvrmnl_send(&self->nl, msg, see_still, &s).error);
	EXPECT_EQ(1, s.n);
	EXPECT_STREQ(self->tap.name, s.name);
	EXPECT_EQ(1000000, s.rate);

	/* It is looked at before what is asked for is looked up. */
	msg = kvrmnl_request(&self->nl, KVRM_CMD_GUEST_GET, NLM_F_ACK);
	nla_put_u32(msg, KVRM_A_GUEST_ID, 12345);
	kvrmnl_put_select(msg, KVRM_A_GUEST_SELECT, KVRM_A_GUEST_CGROUP_FD, 0);
	EXPECT_REFUSED(kvrmnl_send(&self->nl, msg, NULL, NULL), EINVAL, KVRM_A_GUEST_SELECT);
	msg = kvrmnl_request(&self->nl, KVRM_CMD_NIC_GET, NLM_F_ACK);
	nla_put_u32(msg, KVRM_A_NIC_ID, self->nic);
	kvrmnl_put_select(msg, KVRM_A_NIC_SELECT, KVRM_A_NIC_REMOVAL_REASON, 0);
	EXPECT_REFUSED(kvrmnl_send(&self->nl, msg, NULL, NULL), EINVAL, KVRM_A_NIC_SELECT);
}

/* For how long virtual CPUs ran, and what it was, of all that an answer tells of. */
struct ran {
	uint64_t running_ns, parts_ns;
};

static void see_ran(struct nlattr **a, int cmd, void *data)
{
	struct ran *ran = data;

	if (a[KVRM_A_VCPU_RUNNING_NS])
		ran->running_ns += nla_get_u64(a[KVRM_A_VCPU_RUNNING_NS]);
	for (int type = KVRM_A_VCPU_GUEST_NS; type <= KVRM_A_VCPU_USER_NS; type++) {
		if (a[type])
			ran->parts_ns += nla_get_u64(a[type]);
	}
}

/* Of one guest, once what was last found out is too old to be told. */
static struct ran look(struct kvrmnl *nl, uint32_t id, uint64_t select)
{
	struct nl_msg *msg = kvrmnl_request(nl, KVRM_CMD_VCPU_GET, NLM_F_DUMP);
	struct ran ran = { 0 };

	select = htole64(select);
	nla_put_u32(msg, KVRM_A_VCPU_GUEST_ID, id);
	nla_put(msg, KVRM_A_VCPU_SELECT, sizeof(select), &select);
	usleep(STALE_US);
	kvrmnl_send(nl, msg, see_ran, &ran);
	return ran;
}

/* Parts of a sum are told without it, and are as new; with it they add up to it. */
TEST_F(select, parts_of_running_time)
{
	const uint64_t parts =
		bit(KVRM_A_VCPU_GUEST_NS) | bit(KVRM_A_VCPU_KERNEL_NS) | bit(KVRM_A_VCPU_USER_NS);
	const uint64_t whole = bit(KVRM_A_VCPU_RUNNING_NS);
	struct ran before, after;
	int grown = 0;

	for (int i = 0; i < LOOKS; i++) {
		before = look(&self->nl, self->id, whole);
		after = look(&self->nl, self->id, parts);
		EXPECT_EQ(0, before.parts_ns);
		EXPECT_EQ(0, after.running_ns);
		EXPECT_LE(before.running_ns, after.parts_ns);
		grown += before.running_ns < after.parts_ns;
		after = look(&self->nl, self->id, whole | parts);
		EXPECT_LT(0, after.running_ns);
		EXPECT_EQ(after.running_ns, after.parts_ns);
	}
	/* Some of it was found by the module's own look, ten times a second: not most. */
	EXPECT_LT(LOOKS / 2, grown);
}

/* What is no request for a selection takes none. */
TEST_F(select, other_commands)
{
	struct nl_msg *msg = kvrmnl_request(&self->nl, KVRM_CMD_GUEST_SET, NLM_F_ACK);

	nla_put_u32(msg, KVRM_A_GUEST_ID, self->id);
	kvrmnl_put_select(msg, KVRM_A_GUEST_SELECT, KVRM_A_GUEST_NAME, 0);
	EXPECT_REFUSED(kvrmnl_send(&self->nl, msg, NULL, NULL), EINVAL, KVRM_A_GUEST_SELECT);
	msg = kvrmnl_request(&self->nl, KVRM_CMD_NIC_SET, NLM_F_ACK);
	nla_put_u32(msg, KVRM_A_NIC_ID, self->nic);
	kvrmnl_put_select(msg, KVRM_A_NIC_SELECT, KVRM_A_NIC_IFNAME, 0);
	EXPECT_REFUSED(kvrmnl_send(&self->nl, msg, NULL, NULL), EINVAL, KVRM_A_NIC_SELECT);
}

TEST_HARNESS_MAIN
