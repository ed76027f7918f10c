// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pools and what guests get in them: what the module accepts, refuses and tells. Needs the module,
 * KVM, root and cgroup v2 with the controllers cpu and memory; no other guests and no pools but the
 * root.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "kvrmpools.h"
#include "kvrmword.h"

#define ASK(cmd, ...) kvrmword_ask(&self->p.nl, cmd, NULL, NULL, __VA_ARGS__)
#define UNKNOWN_ID    4000000000u
/* The controller looks every 500 ms whether the files say what they should. */
#define VERIFIED_MS 1000

FIXTURE(pools)
{
	struct kvrmpools p;
};

FIXTURE_SETUP(pools)
{
	ASSERT_EQ(0, kvrmpools_setup(&self->p));
}

FIXTURE_TEARDOWN(pools)
{
	kvrmpools_teardown(&self->p);
}

TEST_F(pools, add_get_set_del)
{
	struct kvrmpools *p = &self->p;
	struct kvrmpools_seen s;
	char text[64];
	uint32_t id;

	ASSERT_EQ(0, kvrmpools_add(p, &p->b, "", &id).error);
	s = kvrmpools_pool(p, id);
	EXPECT_STREQ("pool", s.name);
	EXPECT_EQ(KVRM_POOL_ROOT_ID, s.parent);
	EXPECT_EQ(0, s.reservation_us);
	EXPECT_TRUE(s.unlimited);
	EXPECT_EQ(KVRM_CPU_WEIGHT_DEFAULT, s.weight);
	EXPECT_TRUE(s.expandable);
	EXPECT_EQ(0, s.members);
	EXPECT_NE(0, s.cgroup_id);

	ASSERT_EQ(0, ASK(KVRM_CMD_POOL_SET,
			 "id=%u name=other reservation=100000 limit=250000 weight=10000 "
			 "expandable=0",
			 id)
			     .error);
	s = kvrmpools_pool(p, id);
	EXPECT_STREQ("other", s.name);
	EXPECT_EQ(100000, s.reservation_us);
	EXPECT_EQ(250000, s.limit_us);
	EXPECT_FALSE(s.unlimited);
	EXPECT_EQ(10000, s.weight);
	EXPECT_FALSE(s.expandable);
	EXPECT_EQ(100000, s.claimed_us);
	EXPECT_EQ(0, s.reserved_us);
	EXPECT_EQ(100000, s.unreserved_us);
	ASSERT_EQ(0, kvrmguest_read(&p->b, "cpu.max", text, sizeof(text)));
	EXPECT_STREQ("2500 10000", text);

	ASSERT_EQ(0, ASK(KVRM_CMD_POOL_SET, "id=%u limit=unlimited", id).error);
	ASSERT_EQ(0, kvrmguest_read(&p->b, "cpu.max", text, sizeof(text)));
	EXPECT_EQ(0, strncmp(text, "max ", 4));
	EXPECT_EQ(100000, kvrmpools_pool(p, id).reservation_us);
	ASSERT_EQ(0, ASK(KVRM_CMD_POOL_DEL, "id=%u", id).error);
	EXPECT_REFUSED(ASK(KVRM_CMD_POOL_GET, "id=%u", id), ENOENT, KVRM_A_POOL_ID);
}

TEST_F(pools, what_the_root_says)
{
	struct kvrmpools *p = &self->p;
	struct kvrmpools_seen s = kvrmpools_pool(p, KVRM_POOL_ROOT_ID);

	EXPECT_EQ(KVRM_POOL_ROOT_ID, s.id);
	EXPECT_EQ(0, s.parent);
	EXPECT_NE(0, s.cgroup_id);
	EXPECT_EQ(p->reservable_us, s.reservation_us);
	EXPECT_EQ(KVRMPOOLS_HOST_RESERVE_US, s.host_reserve_us);
	EXPECT_EQ(KVRMPOOLS_A_US, s.reserved_us);
	EXPECT_EQ(p->reservable_us - KVRMPOOLS_A_US, s.unreserved_us);
	EXPECT_EQ(0, s.shortfall_us);
	EXPECT_EQ(1, s.members);
}

TEST_F(pools, members_and_what_they_take)
{
	struct kvrmpools *p = &self->p;
	struct kvrmpools_seen s;
	char words[64];
	uint32_t guest;

	snprintf(words, sizeof(words), "pool=%u limit=300000 reservation=200000 weight=400", p->id);
	ASSERT_EQ(0, kvrmpools_register(p, &p->ga, words, &guest).error);
	s = kvrmpools_guest(p, guest);
	EXPECT_EQ(p->id, s.pool_id);
	EXPECT_EQ(200000, s.reservation_us);
	EXPECT_EQ(300000, s.limit_us);
	EXPECT_EQ(400, s.weight);
	for (int i = 0; i < 500 && !kvrmpools_guest(p, guest).weight_applied; i++)
		usleep(10000);
	EXPECT_NE(0, kvrmpools_guest(p, guest).weight_applied);
	s = kvrmpools_pool(p, p->id);
	EXPECT_EQ(1, s.members);
	EXPECT_EQ(200000, s.reserved_us);
	EXPECT_EQ(KVRMPOOLS_A_US, s.claimed_us);
	EXPECT_EQ(200000, s.unreserved_us);

	/* Its end gives back what it had. */
	kvrmguest_kill(&p->ga);
	for (int i = 0; i < 500 && kvrmpools_pool(p, p->id).members; i++)
		usleep(10000);
	s = kvrmpools_pool(p, p->id);
	EXPECT_EQ(0, s.members);
	EXPECT_EQ(0, s.reserved_us);
}

TEST_F(pools, an_expandable_pool_borrows)
{
	struct kvrmpools *p = &self->p;
	struct kvrmpools_seen s;
	char words[64];
	uint32_t id;

	ASSERT_EQ(0, kvrmguest_start(&p->gb, "halt", 1));
	ASSERT_EQ(0, kvrmpools_add(p, &p->b, "reservation=50000", &id).error);
	snprintf(words, sizeof(words), "pool=%u limit=unlimited reservation=150000", id);
	ASSERT_EQ(0, kvrmpools_register(p, &p->gb, words, NULL).error);
	s = kvrmpools_pool(p, id);
	EXPECT_EQ(50000, s.reservation_us);
	EXPECT_EQ(150000, s.reserved_us);
	EXPECT_EQ(150000, s.claimed_us);
	EXPECT_EQ(KVRMPOOLS_A_US + 150000, kvrmpools_pool(p, KVRM_POOL_ROOT_ID).reserved_us);
	/* A fixed pool would have too little. */
	EXPECT_ERROR(ASK(KVRM_CMD_POOL_SET, "id=%u expandable=0", id), ENOSPC);
	EXPECT_TRUE(kvrmpools_pool(p, id).expandable);
}

/* A pool that lacks something is named, and how much it lacks. */
TEST_F(pools, reservation_above_the_pool)
{
	struct kvrmpools *p = &self->p;
	struct kvrmnl_reply reply;
	char words[64], lacks[64];
	uint32_t guest;

	snprintf(lacks, sizeof(lacks), "pool %u lacks 1", p->id);
	snprintf(words, sizeof(words), "pool=%u limit=unlimited reservation=%u", p->id,
		 KVRMPOOLS_A_US + 1);
	reply = kvrmpools_register(p, &p->ga, words, NULL);
	EXPECT_REFUSED(reply, ENOSPC, KVRM_A_GUEST_CPU_RESERVATION_US);
	EXPECT_NE(NULL, strstr(reply.sentence, lacks));

	snprintf(words, sizeof(words), "pool=%u limit=unlimited", p->id);
	ASSERT_EQ(0, kvrmpools_register(p, &p->ga, words, &guest).error);
	reply = ASK(KVRM_CMD_GUEST_SET, "id=%u reservation=%u weight=7", guest, KVRMPOOLS_A_US + 1);
	EXPECT_REFUSED(reply, ENOSPC, KVRM_A_GUEST_CPU_RESERVATION_US);
	EXPECT_NE(NULL, strstr(reply.sentence, lacks));
	EXPECT_EQ(KVRM_CPU_WEIGHT_DEFAULT, kvrmpools_guest(p, guest).weight);
	EXPECT_EQ(0, ASK(KVRM_CMD_GUEST_SET, "id=%u reservation=%u", guest, KVRMPOOLS_A_US).error);
	/* Nor can the pool get less than what it gave. */
	reply = ASK(KVRM_CMD_POOL_SET, "id=%u reservation=%u", p->id, KVRMPOOLS_A_US - 1);
	EXPECT_ERROR(reply, ENOSPC);
	EXPECT_NE(NULL, strstr(reply.sentence, lacks));
	EXPECT_EQ(KVRMPOOLS_A_US, kvrmpools_pool(p, p->id).reservation_us);
}

TEST_F(pools, reservation_above_everything)
{
	struct kvrmpools *p = &self->p;
	const unsigned long long bad[] = { p->reservable_us - KVRMPOOLS_A_US + 1, p->capacity_us,
					   p->capacity_us + 1, INT64_MAX, UINT64_MAX };
	struct kvrmguest other;
	char words[96];
	uint32_t guest, pool;

	ASSERT_EQ(0, kvrmguest_cgroup_in(&other, &p->root, "other"));
	ASSERT_EQ(0, kvrmpools_add(p, &p->b, "", &pool).error);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		snprintf(words, sizeof(words), "limit=unlimited reservation=%llu", bad[i]);
		EXPECT_EITHER(kvrmpools_register(p, &p->gr, words, NULL), ENOSPC, ERANGE);
		snprintf(words, sizeof(words), "reservation=%llu", bad[i]);
		EXPECT_EITHER(kvrmpools_add(p, &other, words, NULL), ENOSPC, ERANGE);
		EXPECT_EITHER(ASK(KVRM_CMD_POOL_SET, "id=%u %s", pool, words), ENOSPC, ERANGE);
	}
	ASSERT_EQ(0, kvrmpools_register(p, &p->gr, "limit=unlimited", &guest).error);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		EXPECT_EITHER(ASK(KVRM_CMD_GUEST_SET, "id=%u reservation=%llu", guest, bad[i]),
			      ENOSPC, ERANGE);
	EXPECT_EQ(0, kvrmpools_guest(p, guest).reservation_us);
	EXPECT_EQ(0, ASK(KVRM_CMD_GUEST_SET, "id=%u reservation=%llu", guest, bad[0] - 1).error);
	EXPECT_EQ(0, kvrmpools_pool(p, KVRM_POOL_ROOT_ID).unreserved_us);
	kvrmguest_remove(&other);
}

TEST_F(pools, reservation_above_the_limit)
{
	struct kvrmpools *p = &self->p;
	uint32_t guest;

	EXPECT_EITHER(kvrmpools_register(p, &p->gr, "limit=200000 reservation=200001", NULL),
		      EINVAL, ENOSPC);
	EXPECT_EITHER(kvrmpools_add(p, &p->b, "limit=200000 reservation=200001", NULL), EINVAL,
		      ENOSPC);
	ASSERT_EQ(0,
		  kvrmpools_register(p, &p->gr, "limit=200000 reservation=200000", &guest).error);
	EXPECT_EITHER(ASK(KVRM_CMD_GUEST_SET, "id=%u limit=199999", guest), EINVAL, ENOSPC);
	EXPECT_EITHER(ASK(KVRM_CMD_GUEST_SET, "id=%u reservation=200001", guest), EINVAL, ENOSPC);
	EXPECT_EQ(200000, kvrmpools_guest(p, guest).reservation_us);
	EXPECT_EQ(200000, kvrmpools_guest(p, guest).limit_us);
	EXPECT_EITHER(ASK(KVRM_CMD_POOL_SET, "id=%u limit=%u", p->id, KVRMPOOLS_A_US - 1), EINVAL,
		      ENOSPC);
	EXPECT_TRUE(kvrmpools_pool(p, p->id).unlimited);
}

TEST_F(pools, out_of_range)
{
	static const char *const weights[] = { "weight=0", "weight=10001", "weight=4294967295" };
	static const char *const limits[] = { "limit=0", "limit=9999",
					      "limit=18446744073709551615" };
	struct kvrmpools *p = &self->p;
	char words[64];
	uint32_t guest;

	ASSERT_EQ(0, kvrmpools_register(p, &p->gr, "limit=unlimited", &guest).error);
	for (size_t i = 0; i < ARRAY_SIZE(weights); i++) {
		snprintf(words, sizeof(words), "limit=unlimited %s", weights[i]);
		EXPECT_REFUSED(kvrmpools_register(p, &p->ga, words, NULL), ERANGE,
			       KVRM_A_GUEST_CPU_WEIGHT);
		EXPECT_REFUSED(ASK(KVRM_CMD_GUEST_SET, "id=%u %s", guest, weights[i]), ERANGE,
			       KVRM_A_GUEST_CPU_WEIGHT);
		EXPECT_REFUSED(kvrmpools_add(p, &p->b, weights[i], NULL), ERANGE,
			       KVRM_A_POOL_CPU_WEIGHT);
		EXPECT_REFUSED(ASK(KVRM_CMD_POOL_SET, "id=%u %s", p->id, weights[i]), ERANGE,
			       KVRM_A_POOL_CPU_WEIGHT);
	}
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		EXPECT_REFUSED(kvrmpools_add(p, &p->b, limits[i], NULL), ERANGE,
			       KVRM_A_POOL_CPU_LIMIT_US);
		EXPECT_REFUSED(ASK(KVRM_CMD_POOL_SET, "id=%u %s", p->id, limits[i]), ERANGE,
			       KVRM_A_POOL_CPU_LIMIT_US);
	}
	EXPECT_EITHER(kvrmpools_add(p, &p->b, "expandable=2", NULL), ERANGE, EINVAL);
	EXPECT_EITHER(ASK(KVRM_CMD_POOL_SET, "id=%u expandable=255", p->id), ERANGE, EINVAL);
	EXPECT_EQ(0, ASK(KVRM_CMD_GUEST_SET, "id=%u weight=1", guest).error);
	EXPECT_EQ(0, ASK(KVRM_CMD_GUEST_SET, "id=%u weight=10000", guest).error);
}

TEST_F(pools, missing_and_contradictory)
{
	struct kvrmpools *p = &self->p;

	EXPECT_ERROR(ASK(KVRM_CMD_POOL_GET, "%s", ""), EINVAL);
	EXPECT_ERROR(ASK(KVRM_CMD_POOL_SET, "name=x"), EINVAL);
	EXPECT_ERROR(ASK(KVRM_CMD_POOL_DEL, "%s", ""), EINVAL);
	EXPECT_ERROR(ASK(KVRM_CMD_POOL_ADD, "name=x"), EINVAL);
	EXPECT_ERROR(ASK(KVRM_CMD_POOL_ADD, "cgroup-fd=%d", p->b.dir), EINVAL);
	EXPECT_REFUSED(kvrmpools_add(p, &p->b, "limit=250000 limit=unlimited", NULL), EINVAL,
		       KVRM_A_POOL_CPU_UNLIMITED);
	EXPECT_REFUSED(ASK(KVRM_CMD_POOL_SET, "id=%u limit=250000 limit=unlimited", p->id), EINVAL,
		       KVRM_A_POOL_CPU_UNLIMITED);
	/* What only a reply or another command has. */
	EXPECT_REFUSED(kvrmpools_add(p, &p->b, "members=1", NULL), EINVAL, KVRM_A_POOL_MEMBERS);
	EXPECT_REFUSED(kvrmpools_add(p, &p->b, "reserve=0", NULL), EINVAL,
		       KVRM_A_POOL_CPU_HOST_RESERVE_US);
	EXPECT_REFUSED(ASK(KVRM_CMD_POOL_DEL, "id=%u name=a", p->id), EINVAL, KVRM_A_POOL_NAME);
}

TEST_F(pools, unknown_ids)
{
	struct kvrmpools *p = &self->p;
	uint32_t guest;

	EXPECT_REFUSED(ASK(KVRM_CMD_POOL_GET, "id=%u", UNKNOWN_ID), ENOENT, KVRM_A_POOL_ID);
	EXPECT_REFUSED(ASK(KVRM_CMD_POOL_SET, "id=%u weight=5", UNKNOWN_ID), ENOENT,
		       KVRM_A_POOL_ID);
	EXPECT_REFUSED(ASK(KVRM_CMD_POOL_DEL, "id=%u", UNKNOWN_ID), ENOENT, KVRM_A_POOL_ID);
	EXPECT_REFUSED(kvrmpools_add(p, &p->b, "parent=4000000000", NULL), ENOENT,
		       KVRM_A_POOL_PARENT);
	EXPECT_REFUSED(ASK(KVRM_CMD_POOL_SET, "id=%u parent=%u", p->id, UNKNOWN_ID), ENOENT,
		       KVRM_A_POOL_PARENT);
	EXPECT_REFUSED(kvrmpools_register(p, &p->gr, "limit=unlimited pool=4000000000", NULL),
		       ENOENT, KVRM_A_GUEST_POOL_ID);
	ASSERT_EQ(0, kvrmpools_register(p, &p->gr, "limit=unlimited", &guest).error);
	EXPECT_REFUSED(ASK(KVRM_CMD_GUEST_SET, "id=%u pool=%u", guest, UNKNOWN_ID), ENOENT,
		       KVRM_A_GUEST_POOL_ID);
}

TEST_F(pools, cgroups_in_the_wrong_place)
{
	struct kvrmpools *p = &self->p;
	struct kvrmguest wrong = { .path = "/wrong", .dir = 999 };
	char words[64];
	uint32_t guest;

	EXPECT_ERROR(kvrmpools_add(p, &p->stray, "", NULL), EXDEV);
	EXPECT_ERROR(kvrmpools_add(p, &p->gb, "", NULL), EXDEV);
	snprintf(words, sizeof(words), "parent=%u", p->id);
	EXPECT_ERROR(kvrmpools_add(p, &p->b, words, NULL), EXDEV);
	EXPECT_ERROR(kvrmpools_add(p, &p->a, "", NULL), EEXIST);
	EXPECT_REFUSED(kvrmpools_add(p, &wrong, "", NULL), EBADF, KVRM_A_POOL_CGROUP_FD);
	wrong.dir = open("/proc", O_RDONLY);
	EXPECT_REFUSED(kvrmpools_add(p, &wrong, "", NULL), EBADF, KVRM_A_POOL_CGROUP_FD);
	close(wrong.dir);

	/* Guests: deeper than directly in the pool's, elsewhere. */
	EXPECT_ERROR(kvrmpools_register(p, &p->ga, "limit=unlimited reservation=1", NULL), EXDEV);
	EXPECT_ERROR(kvrmpools_register(p, &p->ga, "limit=unlimited weight=200", NULL), EXDEV);
	snprintf(words, sizeof(words), "limit=unlimited pool=%u weight=200", p->id);
	EXPECT_ERROR(kvrmpools_register(p, &p->gr, words, NULL), EXDEV);
	ASSERT_EQ(0, kvrmguest_start(&p->stray, "halt", 1));
	EXPECT_ERROR(kvrmpools_register(p, &p->stray, "limit=unlimited weight=200", NULL), EXDEV);
	/* One that is only measured and limited may be anywhere, and stays without. */
	ASSERT_EQ(0, kvrmpools_register(p, &p->stray, "limit=300000", &guest).error);
	EXPECT_ERROR(ASK(KVRM_CMD_GUEST_SET, "id=%u reservation=1", guest), EXDEV);
	EXPECT_ERROR(ASK(KVRM_CMD_GUEST_SET, "id=%u weight=101", guest), EXDEV);
	EXPECT_EQ(0, ASK(KVRM_CMD_GUEST_SET, "id=%u limit=200000", guest).error);
}

TEST_F(pools, guest_moves)
{
	struct kvrmpools *p = &self->p;
	char words[64], pid[16];
	struct kvrmpools_seen s;
	uint64_t cgroup_id;
	uint32_t guest;

	snprintf(words, sizeof(words), "limit=unlimited pool=%u reservation=100000", p->id);
	ASSERT_EQ(0, kvrmpools_register(p, &p->ga, words, &guest).error);
	cgroup_id = kvrmpools_guest(p, guest).cgroup_id;
	EXPECT_ERROR(ASK(KVRM_CMD_GUEST_SET, "id=%u pool=1", guest), EXDEV);
	EXPECT_EQ(p->id, kvrmpools_guest(p, guest).pool_id);
	/* The cgroup holds another guest. */
	EXPECT_NE(0, ASK(KVRM_CMD_GUEST_SET, "id=%u pool=1 cgroup-fd=%d", guest, p->gr.dir).error);

	kvrmguest_kill(&p->gr);
	snprintf(pid, sizeof(pid), "%d", p->ga.pid);
	ASSERT_EQ(0, kvrmguest_write(&p->gr, "cgroup.procs", pid));
	ASSERT_EQ(0, ASK(KVRM_CMD_GUEST_SET, "id=%u pool=1 cgroup-fd=%d", guest, p->gr.dir).error);
	s = kvrmpools_guest(p, guest);
	EXPECT_EQ(KVRM_POOL_ROOT_ID, s.pool_id);
	EXPECT_NE(cgroup_id, s.cgroup_id);
	EXPECT_EQ(100000, s.reservation_us);
	EXPECT_EQ(0, kvrmpools_pool(p, p->id).members);
	EXPECT_EQ(KVRMPOOLS_A_US + 100000, kvrmpools_pool(p, KVRM_POOL_ROOT_ID).reserved_us);
}

TEST_F(pools, pool_moves)
{
	struct kvrmpools *p = &self->p;
	struct kvrmguest inner, other;
	char words[64];
	uint32_t id;

	ASSERT_EQ(0, kvrmguest_cgroup_in(&inner, &p->a, "inner"));
	ASSERT_EQ(0, kvrmguest_cgroup_in(&other, &inner, "other"));
	ASSERT_EQ(0, kvrmpools_add(p, &p->b, "reservation=100000", &id).error);
	EXPECT_ERROR(ASK(KVRM_CMD_POOL_SET, "id=%u parent=%u", id, p->id), EXDEV);
	ASSERT_EQ(0, ASK(KVRM_CMD_POOL_SET, "id=%u parent=%u cgroup-fd=%d", id, p->id, inner.dir)
			     .error);
	EXPECT_EQ(p->id, kvrmpools_pool(p, id).parent);
	EXPECT_EQ(100000, kvrmpools_pool(p, p->id).reserved_us);
	EXPECT_EQ(1, kvrmpools_pool(p, KVRM_POOL_ROOT_ID).members);

	/* Below itself, or away from its members. */
	EXPECT_ERROR(ASK(KVRM_CMD_POOL_SET, "id=%u parent=%u", id, id), EINVAL);
	EXPECT_EITHER(ASK(KVRM_CMD_POOL_SET, "id=%u parent=%u cgroup-fd=%d", p->id, id, other.dir),
		      EINVAL, EBUSY);
	EXPECT_ERROR(ASK(KVRM_CMD_POOL_SET, "id=%u cgroup-fd=%d", p->id, p->b.dir), EXDEV);
	snprintf(words, sizeof(words), "parent=%u reservation=1", id);
	EXPECT_EQ(0, kvrmpools_add(p, &other, words, NULL).error);
	EXPECT_ERROR(ASK(KVRM_CMD_POOL_DEL, "id=%u", id), EBUSY);
	kvrmguest_remove(&other);
	kvrmguest_remove(&inner);
}

struct order {
	uint32_t told[16];
	int n;
	bool parents_first;
};

static void see_order(struct nlattr **a, int cmd, void *data)
{
	uint32_t parent = a[KVRM_A_POOL_PARENT] ? nla_get_u32(a[KVRM_A_POOL_PARENT]) : 0;
	struct order *order = data;
	bool told = !parent;

	for (int i = 0; i < order->n; i++)
		told |= order->told[i] == parent;
	order->parents_first &= told;
	if (order->n < 16)
		order->told[order->n++] = nla_get_u32(a[KVRM_A_POOL_ID]);
}

/* Also of a pool that has moved into one that came after it. */
TEST_F(pools, dump_tells_parents_first)
{
	struct order order = { .parents_first = true };
	struct kvrmpools *p = &self->p;
	struct kvrmguest inner;
	struct nl_msg *msg;
	uint32_t id;

	ASSERT_EQ(0, kvrmguest_cgroup_in(&inner, &p->b, "inner"));
	ASSERT_EQ(0, kvrmpools_add(p, &p->b, "", &id).error);
	ASSERT_EQ(0, ASK(KVRM_CMD_POOL_SET, "id=%u parent=%u cgroup-fd=%d", p->id, id, inner.dir)
			     .error);
	msg = kvrmnl_request(&p->nl, KVRM_CMD_POOL_GET, NLM_F_DUMP);
	EXPECT_EQ(0, kvrmnl_send(&p->nl, msg, see_order, &order).error);
	EXPECT_EQ(3, order.n);
	EXPECT_TRUE(order.parents_first);
	ASSERT_EQ(0, ASK(KVRM_CMD_POOL_DEL, "id=%u", p->id).error);
	kvrmguest_remove(&inner);
}

TEST_F(pools, depth)
{
	struct kvrmpools *p = &self->p;
	struct kvrmguest chain[KVRM_POOL_DEPTH_MAX];
	uint32_t parent = KVRM_POOL_ROOT_ID;
	char words[32];

	for (int i = 0; i < KVRM_POOL_DEPTH_MAX; i++) {
		ASSERT_EQ(0, kvrmguest_cgroup_in(&chain[i], i ? &chain[i - 1] : &p->root, "d"));
		snprintf(words, sizeof(words), "parent=%u", parent);
		/* The root is one of them. */
		if (i == KVRM_POOL_DEPTH_MAX - 1) {
			EXPECT_ERROR(kvrmpools_add(p, &chain[i], words, NULL), EINVAL);
			break;
		}
		ASSERT_EQ(0, kvrmpools_add(p, &chain[i], words, &parent).error);
	}
	for (int i = KVRM_POOL_DEPTH_MAX; i > 0; i--)
		kvrmguest_remove(&chain[i - 1]);
}

TEST_F(pools, deleting)
{
	struct kvrmpools *p = &self->p;
	char words[64];
	uint32_t guest;

	snprintf(words, sizeof(words), "limit=unlimited pool=%u", p->id);
	ASSERT_EQ(0, kvrmpools_register(p, &p->ga, words, &guest).error);
	EXPECT_ERROR(ASK(KVRM_CMD_POOL_DEL, "id=%u", p->id), EBUSY);
	EXPECT_EITHER(ASK(KVRM_CMD_POOL_DEL, "id=%u", KVRM_POOL_ROOT_ID), EINVAL, EBUSY);
	ASSERT_EQ(0, ASK(KVRM_CMD_GUEST_DEL, "id=%u", guest).error);
	EXPECT_EQ(0, ASK(KVRM_CMD_POOL_DEL, "id=%u", p->id).error);
	EXPECT_EITHER(ASK(KVRM_CMD_POOL_DEL, "id=%u", KVRM_POOL_ROOT_ID), EINVAL, EBUSY);
	EXPECT_EQ(KVRM_POOL_ROOT_ID, kvrmpools_pool(p, KVRM_POOL_ROOT_ID).id);
}

TEST_F(pools, the_root_is_what_the_host_has)
{
	static const char *const bad[] = {
		"reservation=100000",	"limit=250000",
		"limit=unlimited",	"weight=200",
		"expandable=1",		"parent=1",
		"parent=4000000000",	"weight=0",
		"reserve=4000000000",	"expandable=0 name=x",
		"name=x reservation=1",
	};
	struct kvrmpools *p = &self->p;
	struct kvrmpools_seen before = kvrmpools_pool(p, KVRM_POOL_ROOT_ID), after;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct kvrmnl_reply reply =
			ASK(KVRM_CMD_POOL_SET, "id=%u %s", KVRM_POOL_ROOT_ID, bad[i]);

		EXPECT_NE(0, reply.error)
		{
			TH_LOG("%s", bad[i]);
		}
		EXPECT_STRNE("", reply.sentence);
	}
	EXPECT_NE(0, ASK(KVRM_CMD_POOL_SET, "id=%u reserve=%llu", KVRM_POOL_ROOT_ID,
			 (unsigned long long)UINT64_MAX)
			     .error);
	/* Reservations of what the host would keep are there already. */
	EXPECT_NE(0, ASK(KVRM_CMD_POOL_SET, "id=%u reserve=%llu", KVRM_POOL_ROOT_ID,
			 (unsigned long long)(p->capacity_us - KVRMPOOLS_A_US + 1))
			     .error);
	after = kvrmpools_pool(p, KVRM_POOL_ROOT_ID);
	EXPECT_STREQ(before.name, after.name);
	EXPECT_EQ(before.reservation_us, after.reservation_us);
	EXPECT_EQ(before.host_reserve_us, after.host_reserve_us);
	/* And only the root has it. */
	EXPECT_ERROR(ASK(KVRM_CMD_POOL_SET, "id=%u reserve=0", p->id), EINVAL);

	ASSERT_EQ(0, ASK(KVRM_CMD_POOL_SET, "id=%u reserve=200000", KVRM_POOL_ROOT_ID).error);
	after = kvrmpools_pool(p, KVRM_POOL_ROOT_ID);
	EXPECT_EQ(200000, after.host_reserve_us);
	EXPECT_EQ(p->capacity_us - 200000, after.reservation_us);
}

static bool says(const struct kvrmguest *g, const char *file, const char *text)
{
	char found[64] = "";

	return !kvrmguest_read(g, file, found, sizeof(found)) && !strcmp(found, text);
}

static bool becomes(const struct kvrmguest *g, const char *file, const char *text)
{
	for (int ms = 0; ms < VERIFIED_MS; ms += 10) {
		if (says(g, file, text))
			return true;
		usleep(10000);
	}
	return false;
}

struct cpu_seen {
	uint64_t usage_ns, quota_us, weight;
};

static void see_cpu(struct nlattr **a, int cmd, void *data)
{
	struct cpu_seen *s = data;
	struct nlattr *quota = a[KVRM_A_GUEST_CPU_QUOTA_US];
	struct nlattr *weight = a[KVRM_A_GUEST_CPU_WEIGHT_APPLIED];

	s->usage_ns = nla_get_u64(a[KVRM_A_GUEST_USAGE_NS]);
	s->quota_us = quota ? nla_get_u64(quota) : 0;
	s->weight = weight ? nla_get_u32(weight) : 0;
}

static struct cpu_seen cpu_of(struct kvrmpools *p, uint32_t guest)
{
	struct cpu_seen s = { 0 };

	kvrmword_ask(&p->nl, KVRM_CMD_GUEST_GET, see_cpu, &s, "id=%u", guest);
	return s;
}

/* cpu.max is not written for each of many changes, but says what was wanted last in the end. */
TEST_F(pools, the_last_limit_stays)
{
	struct kvrmpools *p = &self->p;
	uint32_t guest, pool;

	ASSERT_EQ(0, kvrmpools_register(p, &p->gr, "limit=100000", &guest).error);
	ASSERT_EQ(0, kvrmpools_add(p, &p->b, "limit=100000", &pool).error);
	for (int i = 2; i < 10; i++) {
		ASSERT_EQ(0, ASK(KVRM_CMD_GUEST_SET, "id=%u limit=%d", guest, i * 100000).error);
		ASSERT_EQ(0, ASK(KVRM_CMD_POOL_SET, "id=%u limit=%d", pool, i * 100000).error);
	}
	ASSERT_EQ(0, ASK(KVRM_CMD_GUEST_DEL, "id=%u", guest).error);
	EXPECT_TRUE(says(&p->gr, "cpu.max", "9000 10000"));
	EXPECT_TRUE(says(&p->gr, "cpu.max.burst", "0"));
	ASSERT_EQ(0, ASK(KVRM_CMD_POOL_DEL, "id=%u", pool).error);
	EXPECT_TRUE(says(&p->b, "cpu.max", "9000 10000"));
	/* Nor does one that was lifted. */
	ASSERT_EQ(0, kvrmpools_register(p, &p->gr, "limit=100000", &guest).error);
	for (int i = 2; i < 10; i++)
		ASSERT_EQ(0, ASK(KVRM_CMD_GUEST_SET, "id=%u limit=%d", guest, i * 100000).error);
	ASSERT_EQ(0, ASK(KVRM_CMD_GUEST_SET, "id=%u limit=unlimited", guest).error);
	ASSERT_EQ(0, ASK(KVRM_CMD_GUEST_DEL, "id=%u", guest).error);
	EXPECT_TRUE(says(&p->gr, "cpu.max", "max 10000"));
}

/* systemd does so, too. The files that come back are others, and say nothing of a limit. */
TEST_F(pools, without_the_controller)
{
	struct kvrmpools *p = &self->p;
	struct cpu_seen before, s;
	char words[64];
	uint32_t guest;

	kvrmguest_kill(&p->ga);
	ASSERT_EQ(0, kvrmguest_start(&p->ga, "spin", 1));
	snprintf(words, sizeof(words), "limit=250000 pool=%u", p->id);
	ASSERT_EQ(0, kvrmpools_register(p, &p->ga, words, &guest).error);
	ASSERT_TRUE(says(&p->ga, "cpu.max", "2500 10000"));
	EXPECT_EQ(2500, cpu_of(p, guest).quota_us);

	ASSERT_EQ(0, kvrmguest_write(&p->a, "cgroup.subtree_control", "-cpu"));
	usleep(VERIFIED_MS * 1000);
	before = cpu_of(p, guest);
	EXPECT_EQ(0, before.quota_us);
	EXPECT_EQ(0, before.weight);
	/* What would change nothing there can be done. */
	EXPECT_EQ(0, ASK(KVRM_CMD_GUEST_SET, "id=%u name=other", guest).error);
	EXPECT_ERROR(ASK(KVRM_CMD_GUEST_SET, "id=%u limit=300000", guest), ENODEV);
	usleep(VERIFIED_MS * 1000);
	s = cpu_of(p, guest);
	EXPECT_LT(before.usage_ns, s.usage_ns);

	ASSERT_EQ(0, kvrmguest_write(&p->a, "cgroup.subtree_control", "+cpu"));
	EXPECT_TRUE(becomes(&p->ga, "cpu.max", "2500 10000"));
	for (int i = 0; i < 100 && !cpu_of(p, guest).weight; i++)
		usleep(10000);
	EXPECT_NE(0, cpu_of(p, guest).weight);
	EXPECT_EQ(2500, cpu_of(p, guest).quota_us);
	EXPECT_EQ(0, kvrmpools_guest(p, guest).reasserted);
	EXPECT_LT(s.usage_ns, cpu_of(p, guest).usage_ns);

	/* And at once by whoever changes it. */
	ASSERT_EQ(0, kvrmguest_write(&p->a, "cgroup.subtree_control", "-cpu"));
	ASSERT_EQ(0, kvrmguest_write(&p->a, "cgroup.subtree_control", "+cpu"));
	ASSERT_EQ(0, ASK(KVRM_CMD_GUEST_SET, "id=%u limit=300000", guest).error);
	EXPECT_TRUE(becomes(&p->ga, "cpu.max", "3000 10000"));

	/* A limit that is lifted meanwhile does not come back. */
	ASSERT_EQ(0, kvrmguest_write(&p->a, "cgroup.subtree_control", "-cpu"));
	ASSERT_EQ(0, ASK(KVRM_CMD_GUEST_SET, "id=%u limit=unlimited", guest).error);
	ASSERT_EQ(0, kvrmguest_write(&p->a, "cgroup.subtree_control", "+cpu"));
	usleep(VERIFIED_MS * 1000);
	EXPECT_TRUE(says(&p->ga, "cpu.max", "max 100000"));
	EXPECT_TRUE(kvrmpools_guest(p, guest).unlimited);
}

TEST_HARNESS_MAIN
