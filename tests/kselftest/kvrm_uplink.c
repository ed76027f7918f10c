// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Uplinks: what their commands, and those of NICs about them, accept and refuse, and what is told.
 * Needs the same as kvrm_network.
 */
#include <errno.h>
#include <linux/if_tun.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "kvrmguest.h"
#include "kvrmnl.h"
#include "kvrmtap.h"
#include "kvrmword.h"

#define ASK(cmd, ...)	    kvrmword_ask(&self->nl, cmd, NULL, NULL, __VA_ARGS__)
#define SEE(cmd, seen, ...) kvrmword_ask(&self->nl, cmd, see, seen, __VA_ARGS__)
#define TOLD_WITHIN_MS	    1500
#define TO		    "to-guest-"
#define FROM		    "from-guest-"
#define CAPACITY	    "capacity-bytes-per-s"
#define RESERVATION	    "reservation-bytes-per-s"
#define MOST		    KVRM_UPLINK_CAPACITY_BYTES_PER_S_MAX

/* What a message about an uplink or a NIC said; 0 is what it did not say. */
struct seen {
	int cmd, count;
	uint32_t id, members, uplink, parent;
	uint64_t to, from, reserved, unreserved, claimed;
	uint64_t reservation, applied;
	uint32_t weight;
	char name[70];
};

static uint64_t u64_of(struct nlattr **a, int type)
{
	return a[type] ? nla_get_u64(a[type]) : 0;
}

static uint32_t u32_of(struct nlattr **a, int type)
{
	return a[type] ? nla_get_u32(a[type]) : 0;
}

static void see_uplink(struct nlattr **a, struct seen *s)
{
	s->members = u32_of(a, KVRM_A_UPLINK_MEMBERS);
	s->parent = u32_of(a, KVRM_A_UPLINK_PARENT);
	s->claimed = u64_of(a, KVRM_A_UPLINK_TO_GUEST_CLAIMED_BYTES_PER_S);
	s->to = u64_of(a, KVRM_A_UPLINK_TO_GUEST_CAPACITY_BYTES_PER_S);
	s->from = u64_of(a, KVRM_A_UPLINK_FROM_GUEST_CAPACITY_BYTES_PER_S);
	s->reserved = u64_of(a, KVRM_A_UPLINK_TO_GUEST_RESERVED_BYTES_PER_S);
	s->unreserved = u64_of(a, KVRM_A_UPLINK_TO_GUEST_UNRESERVED_BYTES_PER_S);
	snprintf(s->name, sizeof(s->name), "%s",
		 a[KVRM_A_UPLINK_NAME] ? nla_get_string(a[KVRM_A_UPLINK_NAME]) : "");
}

static void see(struct nlattr **a, int cmd, void *data)
{
	struct seen *s = data;

	s->cmd = cmd;
	s->count++;
	/* Both sets have the id at the same place. */
	s->id = u32_of(a, KVRM_A_UPLINK_ID);
	if (cmd != KVRM_CMD_NIC_GET && cmd != KVRM_CMD_NIC_ADD) {
		see_uplink(a, s);
		return;
	}
	s->uplink = u32_of(a, KVRM_A_NIC_UPLINK_ID);
	s->reservation = u64_of(a, KVRM_A_NIC_TO_GUEST_RESERVATION_BYTES_PER_S);
	s->applied = u64_of(a, KVRM_A_NIC_TO_GUEST_APPLIED_BYTES_PER_S);
	s->weight = u32_of(a, KVRM_A_NIC_TO_GUEST_WEIGHT);
}

static void see_id(struct nlattr **a, int cmd, void *data)
{
	*(uint32_t *)data = nla_get_u32(a[KVRM_A_GUEST_ID]);
}

FIXTURE(uplink)
{
	struct kvrmnl nl;
	struct kvrmguest g;
	struct kvrmtap tap, other;
	uint32_t guest, id, nic;
	struct nl_sock *listener;
};

FIXTURE_SETUP(uplink)
{
	struct seen s = { 0 };
	char words[300];

	ASSERT_EQ(0, kvrmnl_open(&self->nl));
	ASSERT_EQ(0, kvrmguest_cgroup(&self->g, "kvrm-uplink"));
	ASSERT_EQ(0, kvrmguest_start(&self->g, "halt", 1));
	snprintf(words, sizeof(words), "uuid=uplink-012345678 name=net cgroup=%s limit=unlimited",
		 self->g.path);
	ASSERT_EQ(0, kvrmword_ask(&self->nl, KVRM_CMD_GUEST_ADD, see_id, &self->guest, "%s", words)
			     .error);
	ASSERT_EQ(0, kvrmtap_open(&self->tap, "kvrmt0", IFF_TAP));
	ASSERT_EQ(0, kvrmtap_open(&self->other, "kvrmt1", IFF_TAP));
	self->listener = nl_socket_alloc();
	genl_connect(self->listener);
	nl_socket_disable_seq_check(self->listener);
	nl_socket_add_membership(self->listener, self->nl.uplink_group);
	nl_socket_set_nonblocking(self->listener);
	ASSERT_EQ(0, SEE(KVRM_CMD_UPLINK_ADD, &s,
			 "name=wire " TO CAPACITY "=1000 " FROM CAPACITY "=2000")
			     .error);
	self->id = s.id;
	EXPECT_STREQ("wire", s.name);
	EXPECT_EQ(1000, s.to);
	EXPECT_EQ(2000, s.from);
	EXPECT_EQ(0, s.members + s.reserved);
	EXPECT_EQ(1000, s.unreserved);
	ASSERT_EQ(0, SEE(KVRM_CMD_NIC_ADD, &s, "guest-id=%u ifindex=%u uplink-id=%u", self->guest,
			 self->tap.ifindex, self->id)
			     .error);
	self->nic = s.id;
	EXPECT_EQ(self->id, s.uplink);
	EXPECT_EQ(100, s.weight);
	EXPECT_EQ(0, s.reservation);
}

static int count(struct kvrmnl *nl, int cmd)
{
	return kvrmnl_send(nl, kvrmnl_request(nl, cmd, NLM_F_DUMP), NULL, NULL).count;
}

static void see_last(struct nlattr **a, int cmd, void *data)
{
	*(uint32_t *)data = nla_get_u32(a[KVRM_A_UPLINK_ID]);
}

FIXTURE_TEARDOWN(uplink)
{
	uint32_t id = 0;

	nl_socket_free(self->listener);
	kvrmguest_remove(&self->g);
	for (int i = 0; i < 500 && count(&self->nl, KVRM_CMD_NIC_GET); i++)
		usleep(10000);
	/* A NIC that goes gives its reservation back: nothing keeps an uplink. The last is no parent. */
	while (kvrmnl_send(&self->nl, kvrmnl_request(&self->nl, KVRM_CMD_UPLINK_GET, NLM_F_DUMP),
			   see_last, &id)
		       .count)
		ASSERT_EQ(0, ASK(KVRM_CMD_UPLINK_DEL, "id=%u", id).error);
	kvrmtap_close(&self->tap);
	kvrmtap_close(&self->other);
	kvrmnl_close(&self->nl);
}

static int on_told(struct nl_msg *msg, void *data)
{
	struct nlattr *attrs[64] = { 0 };

	genlmsg_parse(nlmsg_hdr(msg), 0, attrs, 63, NULL);
	see(attrs, genlmsg_hdr(nlmsg_hdr(msg))->cmd, data);
	return NL_STOP;
}

/* The next that is told within a time; its cmd is 0 if nothing is. */
static struct seen told(struct nl_sock *listener)
{
	struct seen s = { 0 };

	nl_socket_modify_cb(listener, NL_CB_VALID, NL_CB_CUSTOM, on_told, &s);
	for (int ms = 0; ms < TOLD_WITHIN_MS && !s.count; ms += 10) {
		if (nl_recvmsgs_default(listener) == -NLE_AGAIN)
			usleep(10000);
	}
	return s;
}

/* A refusal: the errno, the attribute, and the sentence word by word. */
#define EXPECT_SAID(reply, errno_, attr, said)                                                     \
	do {                                                                                       \
		struct kvrmnl_reply said_ = (reply);                                               \
		EXPECT_REFUSED(said_, errno_, attr);                                               \
		EXPECT_STREQ(said, said_.sentence);                                                \
	} while (0)

TEST_F(uplink, set_and_del)
{
	struct seen s = told(self->listener);

	EXPECT_EQ(KVRM_CMD_UPLINK_ADD_NTF, s.cmd);
	EXPECT_EQ(self->id, s.id);
	EXPECT_EQ(0, ASK(KVRM_CMD_UPLINK_SET, "id=%u name=cable " TO CAPACITY "=3000", self->id)
			     .error);
	s = told(self->listener);
	EXPECT_EQ(KVRM_CMD_UPLINK_SET_NTF, s.cmd);
	EXPECT_STREQ("cable", s.name);
	EXPECT_EQ(3000, s.to);
	EXPECT_EQ(2000, s.from);
	EXPECT_EQ(1, s.members);
	EXPECT_SAID(ASK(KVRM_CMD_UPLINK_DEL, "id=%u", self->id), EBUSY, KVRM_A_UPLINK_ID,
		    "the uplink has members");
	EXPECT_EQ(0, ASK(KVRM_CMD_NIC_SET, "id=%u uplink-id=0", self->nic).error);
	EXPECT_EQ(0, ASK(KVRM_CMD_UPLINK_DEL, "id=%u", self->id).error);
	s = told(self->listener);
	EXPECT_EQ(KVRM_CMD_UPLINK_DEL_NTF, s.cmd);
	EXPECT_EQ(self->id, s.id);
	EXPECT_STREQ("cable", s.name);
	EXPECT_SAID(ASK(KVRM_CMD_UPLINK_GET, "id=%u", self->id), ENOENT, KVRM_A_UPLINK_ID,
		    "no uplink with this id");
	EXPECT_REFUSED(ASK(KVRM_CMD_UPLINK_SET, "id=%u", self->id), ENOENT, KVRM_A_UPLINK_ID);
	EXPECT_REFUSED(ASK(KVRM_CMD_UPLINK_DEL, "id=%u", self->id), ENOENT, KVRM_A_UPLINK_ID);
	EXPECT_SAID(ASK(KVRM_CMD_NIC_SET, "id=%u uplink-id=%u", self->nic, self->id), ENOENT,
		    KVRM_A_NIC_UPLINK_ID, "no uplink with this id");
}

TEST_F(uplink, what_is_missing_or_out_of_range)
{
	static const struct {
		const char *name;
		int type;
	} capacities[] = { { TO CAPACITY, KVRM_A_UPLINK_TO_GUEST_CAPACITY_BYTES_PER_S },
			   { FROM CAPACITY, KVRM_A_UPLINK_FROM_GUEST_CAPACITY_BYTES_PER_S } };
	static const unsigned long long bad[] = { 0, MOST + 1, 1ull << 63, ~0ull };
	struct seen s = { 0 };

	EXPECT_SAID(ASK(KVRM_CMD_UPLINK_ADD, TO CAPACITY "=1 " FROM CAPACITY "=1"), EINVAL, 0,
		    "name is missing");
	EXPECT_SAID(ASK(KVRM_CMD_UPLINK_ADD, "name=x " FROM CAPACITY "=1"), EINVAL, 0,
		    TO CAPACITY " is missing");
	EXPECT_SAID(ASK(KVRM_CMD_UPLINK_ADD, "name=x " TO CAPACITY "=1"), EINVAL, 0,
		    FROM CAPACITY " is missing");
	EXPECT_SAID(ASK(KVRM_CMD_UPLINK_SET, TO CAPACITY "=1"), EINVAL, 0, "id is missing");
	for (size_t i = 0; i < ARRAY_SIZE(capacities); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(bad); j++)
			EXPECT_SAID(ASK(KVRM_CMD_UPLINK_SET, "id=%u %s=%llu", self->id,
					capacities[i].name, bad[j]),
				    ERANGE, capacities[i].type, "it is from 1 to 1099511627776");
		EXPECT_EQ(0, ASK(KVRM_CMD_UPLINK_SET, "id=%u %s=%llu", self->id, capacities[i].name,
				 (unsigned long long)MOST)
				     .error);
	}
	/* One that is wrong: none is changed. */
	EXPECT_ERROR(ASK(KVRM_CMD_UPLINK_SET, "id=%u name=x " TO CAPACITY "=5 " FROM CAPACITY "=0",
			 self->id),
		     ERANGE);
	EXPECT_EQ(0, SEE(KVRM_CMD_UPLINK_GET, &s, "id=%u", self->id).error);
	EXPECT_EQ(MOST, s.to);
	EXPECT_STREQ("wire", s.name);

	EXPECT_SAID(ASK(KVRM_CMD_NIC_SET, "id=%u " FROM RESERVATION "=%llu", self->nic,
			MOST + 1ull),
		    ERANGE, KVRM_A_NIC_FROM_GUEST_RESERVATION_BYTES_PER_S,
		    "it is at most 1099511627776");
	for (size_t i = 0; i < 3; i++) {
		static const unsigned int weights[] = { 0, 10001, ~0u };

		EXPECT_SAID(ASK(KVRM_CMD_NIC_SET, "id=%u to-guest-weight=%u", self->nic,
				weights[i]),
			    ERANGE, KVRM_A_NIC_TO_GUEST_WEIGHT, "it is from 1 to 10000");
	}
	EXPECT_EQ(0, ASK(KVRM_CMD_NIC_SET, "id=%u to-guest-weight=10000 from-guest-weight=1",
			 self->nic)
			     .error);
}

TEST_F(uplink, admission)
{
	struct seen s = { 0 };
	uint32_t other;
	char said[80];

	EXPECT_EQ(0, ASK(KVRM_CMD_NIC_SET, "id=%u " TO RESERVATION "=600", self->nic).error);
	EXPECT_EQ(0, SEE(KVRM_CMD_UPLINK_GET, &s, "id=%u", self->id).error);
	EXPECT_EQ(600, s.reserved);
	EXPECT_EQ(400, s.unreserved);
	snprintf(said, sizeof(said), TO RESERVATION ": uplink %u lacks 1", self->id);
	EXPECT_SAID(ASK(KVRM_CMD_NIC_ADD,
			"guest-id=%u ifindex=%u uplink-id=%u " TO RESERVATION "=401", self->guest,
			self->other.ifindex, self->id),
		    ENOSPC, KVRM_A_NIC_TO_GUEST_RESERVATION_BYTES_PER_S, said);
	EXPECT_EQ(1, count(&self->nl, KVRM_CMD_NIC_GET));
	EXPECT_EQ(0, SEE(KVRM_CMD_NIC_ADD, &s,
			 "guest-id=%u ifindex=%u uplink-id=%u " TO RESERVATION "=400", self->guest,
			 self->other.ifindex, self->id)
			     .error);
	other = s.id;
	/* Both directions, or none. */
	EXPECT_SAID(ASK(KVRM_CMD_NIC_SET,
			"id=%u " TO RESERVATION "=401 " FROM RESERVATION "=5 to-guest-weight=7",
			other),
		    ENOSPC, KVRM_A_NIC_TO_GUEST_RESERVATION_BYTES_PER_S, said);
	EXPECT_SAID(ASK(KVRM_CMD_NIC_SET, "id=%u " FROM RESERVATION "=2001", other), ENOSPC,
		    KVRM_A_NIC_FROM_GUEST_RESERVATION_BYTES_PER_S,
		    FROM RESERVATION " is 1 above what the uplink has");
	EXPECT_EQ(0, SEE(KVRM_CMD_NIC_GET, &s, "id=%u", other).error);
	EXPECT_EQ(400, s.reservation);
	EXPECT_EQ(100, s.weight);
	snprintf(said, sizeof(said), TO CAPACITY ": uplink %u lacks 1", self->id);
	EXPECT_SAID(ASK(KVRM_CMD_UPLINK_SET, "id=%u " TO CAPACITY "=999", self->id), ENOSPC,
		    KVRM_A_UPLINK_TO_GUEST_CAPACITY_BYTES_PER_S, said);
	/* Who goes gives back. */
	EXPECT_EQ(0, ASK(KVRM_CMD_NIC_DEL, "id=%u", other).error);
	EXPECT_EQ(0, ASK(KVRM_CMD_UPLINK_SET, "id=%u " TO CAPACITY "=600", self->id).error);
	EXPECT_EQ(0, ASK(KVRM_CMD_NIC_SET, "id=%u " TO RESERVATION "=0", self->nic).error);
	EXPECT_EQ(0, SEE(KVRM_CMD_UPLINK_GET, &s, "id=%u", self->id).error);
	EXPECT_EQ(0, s.reserved);
}

TEST_F(uplink, limits)
{
	EXPECT_EQ(0,
		  ASK(KVRM_CMD_NIC_SET, "id=%u to-guest-limit-bytes-per-s=500", self->nic).error);
	EXPECT_SAID(ASK(KVRM_CMD_NIC_SET, "id=%u " TO RESERVATION "=502", self->nic), ENOSPC,
		    KVRM_A_NIC_TO_GUEST_RESERVATION_BYTES_PER_S,
		    TO RESERVATION " is 2 above its limit");
	EXPECT_EQ(0, ASK(KVRM_CMD_NIC_SET, "id=%u " TO RESERVATION "=500", self->nic).error);
	EXPECT_SAID(ASK(KVRM_CMD_NIC_SET, "id=%u to-guest-limit-bytes-per-s=499", self->nic),
		    ENOSPC, KVRM_A_NIC_TO_GUEST_LIMIT_BYTES_PER_S,
		    TO RESERVATION " is 1 above its limit");
	EXPECT_EQ(0, ASK(KVRM_CMD_NIC_SET, "id=%u to-guest-limit-bytes-per-s=0", self->nic).error);
}

TEST_F(uplink, coming_and_going)
{
	struct seen s = { 0 };
	uint32_t second;
	char said[80];

	EXPECT_SAID(ASK(KVRM_CMD_NIC_ADD, "guest-id=%u ifindex=%u " FROM RESERVATION "=1",
			self->guest, self->other.ifindex),
		    EINVAL, KVRM_A_NIC_FROM_GUEST_RESERVATION_BYTES_PER_S,
		    FROM RESERVATION " needs an uplink");
	EXPECT_EQ(0, ASK(KVRM_CMD_NIC_SET, "id=%u " TO RESERVATION "=1000", self->nic).error);
	EXPECT_SAID(ASK(KVRM_CMD_NIC_SET, "id=%u uplink-id=0", self->nic), EINVAL,
		    KVRM_A_NIC_UPLINK_ID, TO RESERVATION " needs an uplink");
	ASSERT_EQ(0, SEE(KVRM_CMD_UPLINK_ADD, &s, "name=b " TO CAPACITY "=999 " FROM CAPACITY "=1")
			     .error);
	second = s.id;
	snprintf(said, sizeof(said), TO RESERVATION ": uplink %u lacks 1", second);
	EXPECT_SAID(ASK(KVRM_CMD_NIC_SET, "id=%u uplink-id=%u", self->nic, second), ENOSPC,
		    KVRM_A_NIC_UPLINK_ID, said);
	EXPECT_EQ(0, SEE(KVRM_CMD_NIC_GET, &s, "id=%u", self->nic).error);
	EXPECT_EQ(self->id, s.uplink);
	EXPECT_EQ(0, ASK(KVRM_CMD_NIC_SET, "id=%u uplink-id=%u " TO RESERVATION "=999", self->nic,
			 second)
			     .error);
	EXPECT_EQ(0, SEE(KVRM_CMD_UPLINK_GET, &s, "id=%u", self->id).error);
	EXPECT_EQ(0, s.members + s.reserved);
	EXPECT_EQ(0, SEE(KVRM_CMD_UPLINK_GET, &s, "id=%u", second).error);
	EXPECT_EQ(1, s.members);
	EXPECT_EQ(999, s.reserved);
	/* A device that goes leaves its NIC, with what it had; the guest's end takes both. */
	kvrmtap_close(&self->tap);
	EXPECT_EQ(0, SEE(KVRM_CMD_UPLINK_GET, &s, "id=%u", second).error);
	EXPECT_EQ(999, s.reserved);
	kvrmguest_kill(&self->g);
	for (int i = 0; i < 500 && count(&self->nl, KVRM_CMD_NIC_GET); i++)
		usleep(10000);
	EXPECT_EQ(0, SEE(KVRM_CMD_UPLINK_GET, &s, "id=%u", second).error);
	EXPECT_EQ(0, s.members + s.reserved);
}

/* Parts are carved out as pools are. */
TEST_F(uplink, parts)
{
	struct seen s = { 0 };
	char said[80];
	uint32_t part;

	EXPECT_SAID(ASK(KVRM_CMD_UPLINK_ADD, "name=p parent=%u", self->id + 1000), ENOENT,
		    KVRM_A_UPLINK_PARENT, "no uplink with this id");
	EXPECT_SAID(ASK(KVRM_CMD_UPLINK_ADD, "name=p parent=%u " TO CAPACITY "=1", self->id),
		    EINVAL, KVRM_A_UPLINK_TO_GUEST_CAPACITY_BYTES_PER_S,
		    "a part of an uplink has no capacity");
	EXPECT_SAID(ASK(KVRM_CMD_UPLINK_SET, "id=%u to-guest-weight=1", self->id), EINVAL,
		    KVRM_A_UPLINK_TO_GUEST_WEIGHT, "only a part of an uplink has this");
	EXPECT_SAID(ASK(KVRM_CMD_UPLINK_ADD, "name=p parent=%u " TO RESERVATION "=1001", self->id),
		    ENOSPC, KVRM_A_UPLINK_TO_GUEST_RESERVATION_BYTES_PER_S,
		    TO RESERVATION " is 1 above what the uplink has");
	ASSERT_EQ(0, SEE(KVRM_CMD_UPLINK_ADD, &s,
			 "name=p parent=%u " TO RESERVATION
			 "=300 to-guest-limit-bytes-per-s=600 to-guest-weight=7",
			 self->id)
			     .error);
	part = s.id;
	EXPECT_EQ(self->id, s.parent);
	EXPECT_EQ(0, s.to + s.from + s.reserved);
	EXPECT_EQ(300, s.claimed);
	EXPECT_EQ(600, s.unreserved);
	EXPECT_EQ(0, SEE(KVRM_CMD_UPLINK_GET, &s, "id=%u", self->id).error);
	EXPECT_EQ(300, s.reserved);
	EXPECT_EQ(2, s.members);
	/* It borrows, up to its limit; if it is fixed, it does not. */
	EXPECT_EQ(0, ASK(KVRM_CMD_NIC_SET, "id=%u uplink-id=%u " TO RESERVATION "=600", self->nic,
			 part)
			     .error);
	snprintf(said, sizeof(said), "uplink %u: reservations exceed its limit by 1", part);
	EXPECT_SAID(ASK(KVRM_CMD_NIC_SET, "id=%u " TO RESERVATION "=601", self->nic), ENOSPC,
		    KVRM_A_NIC_TO_GUEST_RESERVATION_BYTES_PER_S, said);
	EXPECT_SAID(ASK(KVRM_CMD_UPLINK_SET, "id=%u to-guest-limit-bytes-per-s=599", part), ENOSPC,
		    KVRM_A_UPLINK_TO_GUEST_LIMIT_BYTES_PER_S, said);
	snprintf(said, sizeof(said), TO RESERVATION ": uplink %u lacks 300", part);
	EXPECT_SAID(ASK(KVRM_CMD_UPLINK_SET, "id=%u to-guest-expandable=0", part), ENOSPC,
		    KVRM_A_UPLINK_TO_GUEST_EXPANDABLE, said);
	EXPECT_SAID(ASK(KVRM_CMD_UPLINK_SET, "id=%u to-guest-expandable=2", part), ERANGE,
		    KVRM_A_UPLINK_TO_GUEST_EXPANDABLE, "it is 0 or 1");
	EXPECT_EQ(0, SEE(KVRM_CMD_UPLINK_GET, &s, "id=%u", self->id).error);
	EXPECT_EQ(600, s.reserved);
	EXPECT_EQ(1, s.members);
	EXPECT_SAID(ASK(KVRM_CMD_UPLINK_DEL, "id=%u", part), EBUSY, KVRM_A_UPLINK_ID,
		    "the uplink has members");
	EXPECT_SAID(ASK(KVRM_CMD_UPLINK_DEL, "id=%u", self->id), EBUSY, KVRM_A_UPLINK_ID,
		    "the uplink has members");
	EXPECT_EQ(0, ASK(KVRM_CMD_NIC_SET, "id=%u uplink-id=%u " TO RESERVATION "=0", self->nic,
			 self->id)
			     .error);
	EXPECT_EQ(0, ASK(KVRM_CMD_UPLINK_DEL, "id=%u", part).error);
	EXPECT_EQ(0, SEE(KVRM_CMD_UPLINK_GET, &s, "id=%u", self->id).error);
	EXPECT_EQ(0, s.reserved);
	EXPECT_EQ(1, s.members);
}

/* A part comes to another parent, with what lies in it, or stays as it was. */
TEST_F(uplink, parts_move)
{
	struct seen s = { 0 };
	char said[80];
	uint32_t p, q, far;

	ASSERT_EQ(0, SEE(KVRM_CMD_UPLINK_ADD, &s, "name=p parent=%u", self->id).error);
	p = s.id;
	ASSERT_EQ(0, SEE(KVRM_CMD_UPLINK_ADD, &s,
			 "name=q parent=%u " TO RESERVATION "=300 to-guest-expandable=0", self->id)
			     .error);
	q = s.id;
	ASSERT_EQ(0,
		  SEE(KVRM_CMD_UPLINK_ADD, &s, "name=far " TO CAPACITY "=499 " FROM CAPACITY "=1")
			  .error);
	far = s.id;
	EXPECT_EQ(0,
		  ASK(KVRM_CMD_NIC_SET, "id=%u uplink-id=%u " TO RESERVATION "=500", self->nic, p)
			  .error);
	/* Not what is no part, nor to where nothing is, nor to itself or below. */
	EXPECT_SAID(ASK(KVRM_CMD_UPLINK_SET, "id=%u parent=%u", far, self->id), EINVAL,
		    KVRM_A_UPLINK_PARENT, "only a part of an uplink has this");
	EXPECT_SAID(ASK(KVRM_CMD_UPLINK_SET, "id=%u parent=%u", p, self->id + 1000), ENOENT,
		    KVRM_A_UPLINK_PARENT, "no uplink with this id");
	EXPECT_SAID(ASK(KVRM_CMD_UPLINK_SET, "id=%u parent=%u", p, p), EINVAL, KVRM_A_UPLINK_PARENT,
		    "an uplink cannot lie in itself or below");
	/* What is reserved in it must be there. */
	snprintf(said, sizeof(said), TO RESERVATION ": uplink %u lacks 200", q);
	EXPECT_SAID(ASK(KVRM_CMD_UPLINK_SET, "id=%u parent=%u", p, q), ENOSPC, KVRM_A_UPLINK_PARENT,
		    said);
	snprintf(said, sizeof(said), TO RESERVATION ": uplink %u lacks 1", far);
	EXPECT_SAID(ASK(KVRM_CMD_UPLINK_SET, "id=%u parent=%u name=x to-guest-weight=7", p, far),
		    ENOSPC, KVRM_A_UPLINK_PARENT, said);
	EXPECT_EQ(0, SEE(KVRM_CMD_UPLINK_GET, &s, "id=%u", p).error);
	EXPECT_EQ(self->id, s.parent);
	EXPECT_EQ(500, s.claimed);
	EXPECT_STREQ("p", s.name);
	EXPECT_EQ(0, SEE(KVRM_CMD_UPLINK_GET, &s, "id=%u", self->id).error);
	EXPECT_EQ(800, s.reserved);
	/* With what it is to have there. */
	while (told(self->listener).cmd)
		;
	EXPECT_EQ(0, ASK(KVRM_CMD_UPLINK_SET, "id=%u " TO RESERVATION "=500", q).error);
	EXPECT_EQ(0, ASK(KVRM_CMD_UPLINK_SET, "id=%u parent=%u", p, q).error);
	told(self->listener);
	s = told(self->listener);
	EXPECT_EQ(KVRM_CMD_UPLINK_SET_NTF, s.cmd);
	EXPECT_EQ(q, s.parent);
	EXPECT_SAID(ASK(KVRM_CMD_UPLINK_SET, "id=%u parent=%u", q, p), EINVAL, KVRM_A_UPLINK_PARENT,
		    "an uplink cannot lie in itself or below");
	EXPECT_EQ(0, SEE(KVRM_CMD_UPLINK_GET, &s, "id=%u", self->id).error);
	EXPECT_EQ(500, s.reserved);
	EXPECT_EQ(1, s.members);
	/* To another uplink, with the NIC in it. */
	EXPECT_EQ(0, ASK(KVRM_CMD_UPLINK_SET, "id=%u " TO CAPACITY "=500", far).error);
	EXPECT_EQ(0, ASK(KVRM_CMD_UPLINK_SET, "id=%u parent=%u", q, far).error);
	EXPECT_EQ(0, SEE(KVRM_CMD_UPLINK_GET, &s, "id=%u", self->id).error);
	EXPECT_EQ(0, s.reserved + s.members);
	EXPECT_EQ(0, SEE(KVRM_CMD_UPLINK_GET, &s, "id=%u", far).error);
	EXPECT_EQ(500, s.reserved);
	EXPECT_EQ(0, SEE(KVRM_CMD_NIC_GET, &s, "id=%u", self->nic).error);
	EXPECT_EQ(p, s.uplink);
	/* The last one, which the end takes away first, is to be no parent. */
	EXPECT_EQ(0,
		  ASK(KVRM_CMD_NIC_SET, "id=%u uplink-id=0 " TO RESERVATION "=0", self->nic).error);
	EXPECT_EQ(0, ASK(KVRM_CMD_UPLINK_DEL, "id=%u", p).error);
	EXPECT_EQ(0, ASK(KVRM_CMD_UPLINK_DEL, "id=%u", q).error);
}

TEST_F(uplink, parts_too_deep)
{
	struct seen s = { .id = self->id };
	uint32_t parent, part;

	for (int i = 0; i < 7; i++)
		ASSERT_EQ(0, SEE(KVRM_CMD_UPLINK_ADD, &s, "name=p parent=%u", s.id).error);
	EXPECT_SAID(ASK(KVRM_CMD_UPLINK_ADD, "name=p parent=%u", s.id), EINVAL,
		    KVRM_A_UPLINK_PARENT, "more than 8 uplinks would lie above a NIC");
	EXPECT_EQ(0, ASK(KVRM_CMD_NIC_SET, "id=%u uplink-id=%u", self->nic, s.id).error);
	/* Nor with a move; what lies in the part counts. */
	parent = s.id;
	ASSERT_EQ(0, SEE(KVRM_CMD_UPLINK_ADD, &s, "name=p parent=%u", self->id).error);
	part = s.id;
	EXPECT_SAID(ASK(KVRM_CMD_UPLINK_SET, "id=%u parent=%u", part, parent), EINVAL,
		    KVRM_A_UPLINK_PARENT, "more than 8 uplinks would lie above a NIC");
}

TEST_F(uplink, dump)
{
	struct kvrmnl_reply reply;
	struct seen s = { 0 };

	for (int i = 0; i < 40; i++)
		ASSERT_EQ(0, ASK(KVRM_CMD_UPLINK_ADD,
				 "name=u%d " TO CAPACITY "=1 " FROM CAPACITY "=1", i)
				     .error);
	reply = kvrmnl_send(&self->nl, kvrmnl_request(&self->nl, KVRM_CMD_UPLINK_GET, NLM_F_DUMP),
			    see, &s);
	EXPECT_EQ(0, reply.error);
	EXPECT_EQ(0, reply.intr);
	EXPECT_EQ(41, s.count);
	EXPECT_STREQ("u39", s.name);
}

/* What passes by a gate is not shared either. */
TEST_F(uplink, xdp)
{
	int r;

	EXPECT_EQ(0, ASK(KVRM_CMD_NIC_SET, "id=%u uplink-id=0", self->nic).error);
	r = kvrmtap_set_xdp(&self->tap, 1);
	if (r == -EOPNOTSUPP)
		SKIP(return, "this kernel knows no XDP programs");
	ASSERT_EQ(0, r);
	EXPECT_REFUSED(ASK(KVRM_CMD_NIC_SET, "id=%u uplink-id=%u", self->nic, self->id), EOPNOTSUPP,
		       KVRM_A_NIC_UPLINK_ID);
	ASSERT_EQ(0, kvrmtap_set_xdp(&self->tap, 0));
	EXPECT_EQ(0, ASK(KVRM_CMD_NIC_SET, "id=%u uplink-id=%u", self->nic, self->id).error);
}

TEST_HARNESS_MAIN
