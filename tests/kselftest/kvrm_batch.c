// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Several changes as one; and what is told while pools come and go. Needs the same as kvrm_pools.
 */
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "kvrmpools.h"
#include "kvrmword.h"

#define ASK(cmd, ...)	 kvrmword_ask(&self->p.nl, cmd, NULL, NULL, __VA_ARGS__)
#define BATCH(...)	 ASK(KVRM_CMD_BATCH_SET, __VA_ARGS__)
#define UNKNOWN_ID	 4000000000u
#define GUEST_A_US	 300000
#define NOT_AN_ATTR	 60
#define LISTEN_TIMEOUT_S 20

/* Two guests: one in the pool a with a reservation, one in the root without. */
FIXTURE(batch)
{
	struct kvrmpools p;
	uint32_t a, r;
};

FIXTURE_SETUP(batch)
{
	struct kvrmpools *p = &self->p;
	char words[64];

	ASSERT_EQ(0, kvrmpools_setup(p));
	snprintf(words, sizeof(words), "limit=unlimited pool=%u reservation=%u", p->id, GUEST_A_US);
	ASSERT_EQ(0, kvrmpools_register(p, &p->ga, words, &self->a).error);
	ASSERT_EQ(0, kvrmpools_register(p, &p->gr, "limit=unlimited", &self->r).error);
}

FIXTURE_TEARDOWN(batch)
{
	kvrmpools_teardown(&self->p);
}

/* As the fixture has made them. */
#define EXPECT_UNCHANGED()                                                                         \
	do {                                                                                       \
		struct kvrmpools_seen a_ = kvrmpools_guest(&self->p, self->a);                     \
		struct kvrmpools_seen r_ = kvrmpools_guest(&self->p, self->r);                     \
		struct kvrmpools_seen pool_ = kvrmpools_pool(&self->p, self->p.id);                \
		EXPECT_EQ(GUEST_A_US, a_.reservation_us);                                          \
		EXPECT_EQ(KVRM_CPU_WEIGHT_DEFAULT, a_.weight);                                     \
		EXPECT_EQ(self->p.id, a_.pool_id);                                                 \
		EXPECT_TRUE(a_.unlimited);                                                         \
		EXPECT_EQ(0, r_.reservation_us);                                                   \
		EXPECT_EQ(KVRM_CPU_WEIGHT_DEFAULT, r_.weight);                                     \
		EXPECT_EQ(KVRMPOOLS_A_US, pool_.reservation_us);                                   \
		EXPECT_EQ(KVRM_CPU_WEIGHT_DEFAULT, pool_.weight);                                  \
		EXPECT_EQ(GUEST_A_US, pool_.reserved_us);                                          \
	} while (0)

TEST_F(batch, judged_by_what_they_lead_to_together)
{
	struct kvrmpools *p = &self->p;
	struct kvrmpools_seen s;

	/* The first alone is too much, the second alone, too little. */
	ASSERT_EQ(0, BATCH("guest %u reservation=500000 weight=7;pool %u reservation=500000",
			   self->a, p->id)
			     .error);
	s = kvrmpools_guest(p, self->a);
	EXPECT_EQ(500000, s.reservation_us);
	EXPECT_EQ(7, s.weight);
	EXPECT_EQ(500000, kvrmpools_pool(p, p->id).reservation_us);
	ASSERT_EQ(0, BATCH("pool %u reservation=200000 name=small;guest %u reservation=200000 "
			   "limit=250000;guest %u weight=3",
			   p->id, self->a, self->r)
			     .error);
	EXPECT_STREQ("small", kvrmpools_pool(p, p->id).name);
	EXPECT_EQ(250000, kvrmpools_guest(p, self->a).limit_us);
	EXPECT_EQ(3, kvrmpools_guest(p, self->r).weight);
}

TEST_F(batch, all_or_nothing)
{
	struct kvrmpools *p = &self->p;
	struct kvrmnl_reply reply;

	reply = BATCH("guest %u weight=5 limit=350000;pool %u reservation=%u", self->a, p->id,
		      GUEST_A_US - 1);
	EXPECT_ERROR(reply, ENOSPC);
	EXPECT_NE(NULL, strstr(reply.sentence, "lacks 1"));
	EXPECT_UNCHANGED();
	EXPECT_ERROR(BATCH("guest %u weight=5;guest %u weight=5", self->a, UNKNOWN_ID), ENOENT);
	EXPECT_UNCHANGED();
	EXPECT_ERROR(BATCH("guest %u weight=5;pool %u weight=5", self->a, UNKNOWN_ID), ENOENT);
	EXPECT_UNCHANGED();
	EXPECT_ERROR(BATCH("pool %u weight=5;guest %u pool=%u", p->id, self->a, UNKNOWN_ID),
		     ENOENT);
	EXPECT_UNCHANGED();
	EXPECT_ERROR(BATCH("pool %u weight=5;guest %u weight=0", p->id, self->a), ERANGE);
	EXPECT_UNCHANGED();
	EXPECT_ERROR(BATCH("pool %u weight=5;guest %u weight=10001", p->id, self->a), ERANGE);
	EXPECT_UNCHANGED();
	EXPECT_ERROR(BATCH("pool %u weight=5;guest %u limit=9999", p->id, self->a), ERANGE);
	EXPECT_UNCHANGED();
	EXPECT_ERROR(BATCH("guest %u weight=5;guest %u pool=1", self->r, self->a), EXDEV);
	EXPECT_UNCHANGED();
	EXPECT_ERROR(BATCH("guest %u weight=5;pool 1 weight=5", self->a), EINVAL);
	EXPECT_UNCHANGED();
	EXPECT_ERROR(BATCH("guest %u weight=5;pool %u parent=%u", self->a, p->id, p->id), EINVAL);
	EXPECT_UNCHANGED();
	EXPECT_EITHER(BATCH("guest %u weight=5;pool %u reservation=18446744073709551615", self->a,
			    p->id),
		      ENOSPC, ERANGE);
	EXPECT_UNCHANGED();
}

TEST_F(batch, no_sense)
{
	struct kvrmpools *p = &self->p;
	struct nl_msg *msg;
	struct nlattr *nest;

	EXPECT_ERROR(BATCH("%s", ""), EINVAL);
	EXPECT_EITHER(BATCH("guest %u weight=5;guest %u weight=6", self->a, self->a), EINVAL,
		      EEXIST);
	EXPECT_EITHER(BATCH("pool %u weight=5;pool %u weight=6", p->id, p->id), EINVAL, EEXIST);
	EXPECT_ERROR(BATCH("guest weight=5"), EINVAL);
	EXPECT_ERROR(BATCH("guest %u weight=5;pool name=x", self->a), EINVAL);
	EXPECT_ERROR(BATCH("guest %u weight=5;guest", self->a), EINVAL);
	EXPECT_ERROR(BATCH("guest %u limit=250000 limit=unlimited", self->a), EINVAL);

	/* Attributes of no change, nested and not; a nest that is none. */
	msg = kvrmnl_request(&p->nl, KVRM_CMD_BATCH_SET, NLM_F_ACK);
	nest = nla_nest_start(msg, KVRM_A_BATCH_GUEST);
	nla_put_u32(msg, KVRM_A_GUEST_ID, self->a);
	nla_put_u32(msg, KVRM_A_GUEST_PID, 1);
	nla_nest_end(msg, nest);
	EXPECT_REFUSED(kvrmnl_send(&p->nl, msg, NULL, NULL), EINVAL, KVRM_A_GUEST_PID);
	msg = kvrmnl_request(&p->nl, KVRM_CMD_BATCH_SET, NLM_F_ACK);
	nla_put_u32(msg, NOT_AN_ATTR, 1);
	EXPECT_REFUSED(kvrmnl_send(&p->nl, msg, NULL, NULL), EINVAL, NOT_AN_ATTR);
	msg = kvrmnl_request(&p->nl, KVRM_CMD_BATCH_SET, NLM_F_ACK);
	nla_put_u32(msg, KVRM_A_BATCH_POOL | NLA_F_NESTED, p->id);
	EXPECT_NE(0, kvrmnl_send(&p->nl, msg, NULL, NULL).error);
	EXPECT_UNCHANGED();
}

TEST_F(batch, too_many)
{
	struct kvrmpools *p = &self->p;
	char change[64];

	for (int n = KVRM_BATCH_CHANGES_MAX; n <= KVRM_BATCH_CHANGES_MAX + 1; n++) {
		struct nl_msg *msg = kvrmnl_request(&p->nl, KVRM_CMD_BATCH_SET, NLM_F_ACK);
		struct kvrmnl_reply reply;

		snprintf(change, sizeof(change), "guest %u weight=5", self->a);
		ASSERT_EQ(0, kvrmword_put_change(msg, change));
		for (int i = 1; i < n; i++) {
			snprintf(change, sizeof(change), "guest %u weight=5", UNKNOWN_ID + i);
			ASSERT_EQ(0, kvrmword_put_change(msg, change));
		}
		reply = kvrmnl_send(&p->nl, msg, NULL, NULL);
		/* As many as there may be are looked at one by one. */
		if (n == KVRM_BATCH_CHANGES_MAX)
			EXPECT_ERROR(reply, ENOENT);
		else
			EXPECT_EITHER(reply, EINVAL, E2BIG);
	}
	EXPECT_UNCHANGED();
}

/* A pool moves with its guest: to another cgroup of its parent. */
TEST_F(batch, pool_and_guest_move)
{
	struct kvrmpools *p = &self->p;
	struct kvrmpools_seen before = kvrmpools_pool(p, p->id), after;
	char pid[16];

	snprintf(pid, sizeof(pid), "%d", p->ga.pid);
	ASSERT_EQ(0, kvrmguest_write(&p->gb, "cgroup.procs", pid));
	EXPECT_ERROR(BATCH("pool %u cgroup-fd=%d", p->id, p->b.dir), EXDEV);
	ASSERT_EQ(0, BATCH("pool %u cgroup-fd=%d;guest %u cgroup-fd=%d", p->id, p->b.dir, self->a,
			   p->gb.dir)
			     .error);
	after = kvrmpools_pool(p, p->id);
	EXPECT_NE(before.cgroup_id, after.cgroup_id);
	EXPECT_EQ(1, after.members);
	EXPECT_EQ(GUEST_A_US, after.reserved_us);
}

static int on_event(struct nl_msg *msg, void *data)
{
	struct nlattr *attrs[64] = { 0 };

	genlmsg_parse(nlmsg_hdr(msg), 0, attrs, 63, NULL);
	kvrmpools_see_pool(attrs, genlmsg_hdr(nlmsg_hdr(msg))->cmd, data);
	return NL_STOP;
}

/* The next message that is about one pool: others may change because of it. */
static int hear(struct nl_sock *listener, struct kvrmpools_seen *event, uint32_t id)
{
	for (int i = 0; i < 20; i++) {
		if (nl_recvmsgs_default(listener))
			return -1;
		if (event->id == id)
			return event->cmd;
	}
	return -1;
}

TEST_F(batch, notifications)
{
	struct timeval timeout = { .tv_sec = LISTEN_TIMEOUT_S };
	struct nl_sock *listener = nl_socket_alloc();
	struct kvrmpools_seen event = { 0 };
	struct kvrmpools *p = &self->p;
	uint32_t id;

	ASSERT_EQ(0, genl_connect(listener));
	nl_socket_disable_seq_check(listener);
	ASSERT_EQ(0, nl_socket_add_membership(listener, p->nl.pool_group));
	setsockopt(nl_socket_get_fd(listener), SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
	nl_socket_modify_cb(listener, NL_CB_VALID, NL_CB_CUSTOM, on_event, &event);

	ASSERT_EQ(0, kvrmpools_add(p, &p->b, "reservation=50000", &id).error);
	EXPECT_EQ(KVRM_CMD_POOL_ADD_NTF, hear(listener, &event, id));
	EXPECT_EQ(50000, event.reservation_us);
	EXPECT_STREQ("pool", event.name);
	ASSERT_EQ(0, ASK(KVRM_CMD_POOL_SET, "id=%u reservation=60000", id).error);
	EXPECT_EQ(KVRM_CMD_POOL_SET_NTF, hear(listener, &event, id));
	EXPECT_EQ(60000, event.reservation_us);
	ASSERT_EQ(0, BATCH("guest %u weight=5;pool %u weight=6", self->a, id).error);
	EXPECT_EQ(KVRM_CMD_POOL_SET_NTF, hear(listener, &event, id));
	EXPECT_EQ(6, event.weight);
	ASSERT_EQ(0, ASK(KVRM_CMD_POOL_DEL, "id=%u", id).error);
	EXPECT_EQ(KVRM_CMD_POOL_DEL_NTF, hear(listener, &event, id));
	EXPECT_STREQ("pool", event.name);
	nl_socket_free(listener);
}

/* Adds and removes a pool again and again; in a process of its own. */
static int come_and_go(struct kvrmpools *p)
{
	uint32_t id;

	if (kvrmnl_open(&p->nl))
		return 1;
	for (int i = 0; i < 200; i++) {
		if (kvrmpools_add(p, &p->b, "reservation=50000", &id).error ||
		    kvrmword_ask(&p->nl, KVRM_CMD_POOL_DEL, NULL, NULL, "id=%u", id).error)
			return 1;
	}
	return 0;
}

TEST_F_TIMEOUT(batch, dumps_while_pools_come_and_go, 240)
{
	struct kvrmpools *p = &self->p;
	int status;
	pid_t pid;

	pid = fork();
	if (!pid)
		_exit(come_and_go(p));
	while (!waitpid(pid, &status, WNOHANG)) {
		struct kvrmpools_seen dump = { 0 };
		struct nl_msg *msg = kvrmnl_request(&p->nl, KVRM_CMD_POOL_GET, NLM_F_DUMP);
		struct kvrmnl_reply reply = kvrmnl_send(&p->nl, msg, kvrmpools_see_pool, &dump);

		ASSERT_EQ(0, reply.error);
		/* The root and the one that stays are always there; none twice, unless marked. */
		EXPECT_GE(dump.count, 2);
		EXPECT_TRUE(dump.count <= 3 || reply.intr);
		EXPECT_FALSE(dump.out_of_order);
	}
	EXPECT_EQ(0, status);
}

TEST_HARNESS_MAIN
