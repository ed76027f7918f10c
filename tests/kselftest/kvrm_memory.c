// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Memory reservations: admission, and memory.min on the whole path. Needs the same as kvrm_pools.
 */
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "kvrmpools.h"
#include "kvrmword.h"

#define ASK(cmd, ...)  kvrmword_ask(&self->p.nl, cmd, NULL, NULL, __VA_ARGS__)
#define MIB	       (1ull << 20)
#define PAGE	       ((unsigned long long)sysconf(_SC_PAGESIZE))
#define POOL_A	       (64 * MIB)
#define RESERVE_LEAST  (512 * MIB)
#define SEEN_WITHIN_MS 1500

/* The pool a is fixed and has POOL_A; ga and gr are not registered. */
FIXTURE(memory)
{
	struct kvrmpools p;
	uint64_t capacity, reserve;
};

struct host {
	uint64_t capacity, reserve;
};

static void see_host(struct nlattr **a, int cmd, void *data)
{
	struct host *host = data;

	host->capacity = nla_get_u64(a[KVRM_A_HOST_MEMORY_CAPACITY_BYTES]);
	host->reserve = nla_get_u64(a[KVRM_A_HOST_MEMORY_HOST_RESERVE_BYTES]);
}

FIXTURE_SETUP(memory)
{
	struct kvrmpools *p = &self->p;
	struct host host;

	ASSERT_EQ(0, kvrmpools_setup(p));
	kvrmword_ask(&p->nl, KVRM_CMD_HOST_GET, see_host, &host, "%s", "");
	self->capacity = host.capacity;
	self->reserve = host.reserve;
	ASSERT_EQ(0, ASK(KVRM_CMD_POOL_SET,
			 "id=%u memory-reservation-bytes=%llu memory-expandable=0", p->id, POOL_A)
			     .error);
}

FIXTURE_TEARDOWN(memory)
{
	ASK(KVRM_CMD_POOL_SET, "id=%u memory-host-reserve-bytes=%llu", KVRM_POOL_ROOT_ID,
	    (unsigned long long)self->reserve);
	kvrmpools_teardown(&self->p);
}

/* What a cgroup's memory.min says; of "max", and if it cannot be read, what nobody wants. */
static unsigned long long min_of(const struct kvrmguest *g)
{
	char text[32];

	if (kvrmguest_read(g, "memory.min", text, sizeof(text)) || !strcmp(text, "max"))
		return ~0ull;
	return strtoull(text, NULL, 10);
}

static bool min_becomes(const struct kvrmguest *g, unsigned long long bytes)
{
	for (int ms = 0; ms < SEEN_WITHIN_MS; ms += 10) {
		if (min_of(g) == bytes)
			return true;
		usleep(10000);
	}
	return false;
}

static struct kvrmnl_reply register_with(struct kvrmpools *p, const struct kvrmguest *g,
					 uint32_t pool, unsigned long long bytes,
					 unsigned long long overhead, uint32_t *ret_id)
{
	char words[160];

	snprintf(words, sizeof(words),
		 "limit=unlimited pool=%u memory-reservation-bytes=%llu memory-overhead-bytes=%llu",
		 pool, bytes, overhead);
	return kvrmpools_register(p, g, words, ret_id);
}

static uint64_t meminfo_total(void)
{
	unsigned long long kib = 0;
	FILE *file = fopen("/proc/meminfo", "r");

	if (file && fscanf(file, "MemTotal: %llu kB", &kib) != 1)
		kib = 0;
	if (file)
		fclose(file);
	return kib * 1024;
}

TEST_F(memory, what_the_host_has)
{
	struct kvrmpools_seen s = kvrmpools_pool(&self->p, KVRM_POOL_ROOT_ID);
	unsigned long long twentieth = (self->capacity / 20 + PAGE - 1) / PAGE * PAGE;

	EXPECT_EQ(meminfo_total(), self->capacity);
	EXPECT_EQ(twentieth > RESERVE_LEAST ? twentieth : RESERVE_LEAST, self->reserve);
	EXPECT_EQ(self->reserve, s.memory.host_reserve);
	EXPECT_EQ(self->capacity - self->reserve, s.memory.reservation);
	EXPECT_EQ(POOL_A, s.memory.reserved);
	EXPECT_EQ(self->capacity - self->reserve - POOL_A, s.memory.unreserved);
	EXPECT_EQ(0, s.memory.shortfall);
	EXPECT_FALSE(s.memory.expandable);
}

/* Of the guest with its overhead, of the pool what it has, of the root what its members have. */
TEST_F(memory, the_whole_path_is_protected)
{
	struct kvrmpools *p = &self->p;
	struct kvrmpools_seen s;
	uint32_t guest;

	EXPECT_EQ(POOL_A, min_of(&p->a));
	EXPECT_EQ(POOL_A, min_of(&p->root));
	ASSERT_EQ(0, register_with(p, &p->ga, p->id, 16 * MIB, 4 * MIB, &guest).error);
	EXPECT_EQ(20 * MIB, min_of(&p->ga));
	s = kvrmpools_guest(p, guest);
	EXPECT_EQ(16 * MIB, s.memory.reservation);
	EXPECT_EQ(4 * MIB, s.memory.overhead);
	EXPECT_EQ(20 * MIB, s.memory.protected);
	s = kvrmpools_pool(p, p->id);
	EXPECT_EQ(POOL_A, s.memory.reservation);
	EXPECT_FALSE(s.memory.expandable);
	EXPECT_EQ(20 * MIB, s.memory.reserved);
	EXPECT_EQ(POOL_A, s.memory.claimed);
	EXPECT_EQ(POOL_A - 20 * MIB, s.memory.unreserved);
	EXPECT_EQ(POOL_A, s.memory.protected);

	ASSERT_EQ(0, ASK(KVRM_CMD_GUEST_SET, "id=%u memory-overhead-bytes=%llu", guest, 8 * MIB)
			     .error);
	EXPECT_EQ(24 * MIB, min_of(&p->ga));
	EXPECT_EQ(16 * MIB, kvrmpools_guest(p, guest).memory.reservation);
	ASSERT_EQ(0, ASK(KVRM_CMD_GUEST_SET, "id=%u memory-reservation-bytes=0", guest).error);
	EXPECT_EQ(8 * MIB, min_of(&p->ga));
	ASSERT_EQ(0, ASK(KVRM_CMD_GUEST_DEL, "id=%u", guest).error);
	EXPECT_EQ(0, min_of(&p->ga));
	EXPECT_EQ(POOL_A, min_of(&p->a));
	ASSERT_EQ(0, ASK(KVRM_CMD_POOL_DEL, "id=%u", p->id).error);
	EXPECT_EQ(0, min_of(&p->a));
	EXPECT_TRUE(min_becomes(&p->root, 0));
}

TEST_F(memory, an_expandable_pool_borrows)
{
	struct kvrmpools *p = &self->p;
	struct kvrmpools_seen s;
	uint32_t pool, guest;

	ASSERT_EQ(0, kvrmguest_start(&p->gb, "halt", 1));
	ASSERT_EQ(0, kvrmpools_add(p, &p->b, "", &pool).error);
	ASSERT_EQ(0, register_with(p, &p->gb, pool, 8 * MIB, 0, &guest).error);
	s = kvrmpools_pool(p, pool);
	EXPECT_EQ(0, s.memory.reservation);
	EXPECT_TRUE(s.memory.expandable);
	EXPECT_EQ(8 * MIB, s.memory.claimed);
	EXPECT_EQ(8 * MIB, min_of(&p->gb));
	EXPECT_EQ(8 * MIB, min_of(&p->b));
	EXPECT_EQ(POOL_A + 8 * MIB, min_of(&p->root));
	EXPECT_ERROR(ASK(KVRM_CMD_POOL_SET, "id=%u memory-expandable=0", pool), ENOSPC);

	/* Its end gives back what it had. */
	kvrmguest_kill(&p->gb);
	EXPECT_TRUE(min_becomes(&p->b, 0));
	EXPECT_TRUE(min_becomes(&p->root, POOL_A));
	EXPECT_EQ(0, kvrmpools_pool(p, pool).memory.claimed);
}

/* A pool that lacks something is named, and how much it lacks. */
TEST_F(memory, more_than_the_pool_has)
{
	struct kvrmpools *p = &self->p;
	struct kvrmnl_reply reply;
	char lacks[80];
	uint32_t guest;

	snprintf(lacks, sizeof(lacks), "memory-reservation-bytes: pool %u lacks %llu", p->id, PAGE);
	reply = register_with(p, &p->ga, p->id, POOL_A, PAGE, NULL);
	EXPECT_REFUSED(reply, ENOSPC, KVRM_A_GUEST_MEMORY_RESERVATION_BYTES);
	EXPECT_STREQ(lacks, reply.sentence);
	ASSERT_EQ(0, register_with(p, &p->ga, p->id, POOL_A - PAGE, PAGE, &guest).error);
	reply = ASK(KVRM_CMD_GUEST_SET, "id=%u memory-overhead-bytes=%llu weight=7", guest,
		    2 * PAGE);
	EXPECT_REFUSED(reply, ENOSPC, KVRM_A_GUEST_MEMORY_OVERHEAD_BYTES);
	EXPECT_STREQ(lacks, reply.sentence);
	reply = ASK(KVRM_CMD_POOL_SET, "id=%u memory-reservation-bytes=%llu", p->id, POOL_A - PAGE);
	EXPECT_REFUSED(reply, ENOSPC, KVRM_A_POOL_MEMORY_RESERVATION_BYTES);
	EXPECT_STREQ(lacks, reply.sentence);
	EXPECT_EQ(KVRM_CPU_WEIGHT_DEFAULT, kvrmpools_guest(p, guest).weight);
	EXPECT_EQ(POOL_A, min_of(&p->ga));
	EXPECT_EQ(POOL_A, min_of(&p->a));
}

TEST_F(memory, more_than_the_host_has)
{
	struct kvrmpools *p = &self->p;
	const unsigned long long free = self->capacity - self->reserve - POOL_A;
	const unsigned long long bad[] = { free + PAGE, self->capacity - self->reserve + PAGE,
					   self->capacity, 1ull << 63, 0ull - PAGE };
	uint32_t guest;

	ASSERT_EQ(0, kvrmpools_register(p, &p->gr, "limit=unlimited", &guest).error);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_REFUSED(ASK(KVRM_CMD_GUEST_SET, "id=%u memory-reservation-bytes=%llu", guest,
				   bad[i]),
			       ENOSPC, KVRM_A_GUEST_MEMORY_RESERVATION_BYTES);
		/* The pool has some already. */
		if (i)
			EXPECT_REFUSED(ASK(KVRM_CMD_POOL_SET, "id=%u memory-reservation-bytes=%llu",
					   p->id, bad[i]),
				       ENOSPC, KVRM_A_POOL_MEMORY_RESERVATION_BYTES);
	}
	/* A sum that does not fit into 64 bits. */
	EXPECT_REFUSED(ASK(KVRM_CMD_GUEST_SET,
			   "id=%u memory-reservation-bytes=%llu memory-overhead-bytes=%llu", guest,
			   1ull << 63, 1ull << 63),
		       ERANGE, KVRM_A_GUEST_MEMORY_RESERVATION_BYTES);
	EXPECT_EQ(0, kvrmpools_guest(p, guest).memory.reservation);
	EXPECT_EQ(0, min_of(&p->gr));
	EXPECT_EQ(0, ASK(KVRM_CMD_GUEST_SET, "id=%u memory-reservation-bytes=%llu", guest, free)
			     .error);
	EXPECT_EQ(0, kvrmpools_pool(p, KVRM_POOL_ROOT_ID).memory.unreserved);
	EXPECT_EQ(free, min_of(&p->gr));
}

TEST_F(memory, what_is_no_value)
{
	static const char *const root[] = { "memory-reservation-bytes=4096",
					    "memory-expandable=1" };
	struct kvrmpools *p = &self->p;
	uint32_t guest;

	ASSERT_EQ(0, kvrmpools_register(p, &p->gr, "limit=unlimited", &guest).error);
	EXPECT_REFUSED(ASK(KVRM_CMD_GUEST_SET, "id=%u memory-reservation-bytes=%llu", guest,
			   PAGE + 1),
		       EINVAL, KVRM_A_GUEST_MEMORY_RESERVATION_BYTES);
	EXPECT_REFUSED(ASK(KVRM_CMD_GUEST_SET, "id=%u memory-overhead-bytes=1", guest), EINVAL,
		       KVRM_A_GUEST_MEMORY_OVERHEAD_BYTES);
	EXPECT_REFUSED(ASK(KVRM_CMD_GUEST_SET, "id=%u memory-protected-bytes=0", guest), EINVAL,
		       KVRM_A_GUEST_MEMORY_PROTECTED_BYTES);
	EXPECT_REFUSED(ASK(KVRM_CMD_POOL_SET, "id=%u memory-reservation-bytes=%llu", p->id,
			   PAGE - 1),
		       EINVAL, KVRM_A_POOL_MEMORY_RESERVATION_BYTES);
	EXPECT_REFUSED(ASK(KVRM_CMD_POOL_SET, "id=%u memory-expandable=2", p->id), ERANGE,
		       KVRM_A_POOL_MEMORY_EXPANDABLE);
	EXPECT_REFUSED(ASK(KVRM_CMD_POOL_SET, "id=%u memory-host-reserve-bytes=0", p->id), EINVAL,
		       KVRM_A_POOL_MEMORY_HOST_RESERVE_BYTES);
	for (size_t i = 0; i < ARRAY_SIZE(root); i++)
		EXPECT_ERROR(ASK(KVRM_CMD_POOL_SET, "id=%u %s", KVRM_POOL_ROOT_ID, root[i]),
			     EINVAL);
}

TEST_F(memory, weights)
{
	static const char *const wrong[] = { "0", "10001", "4294967295" };
	struct kvrmpools *p = &self->p;
	uint32_t guest;

	ASSERT_EQ(0, kvrmpools_register(p, &p->gr, "limit=unlimited", &guest).error);
	EXPECT_EQ(KVRM_MEMORY_WEIGHT_DEFAULT, kvrmpools_guest(p, guest).memory.weight);
	EXPECT_EQ(KVRM_MEMORY_WEIGHT_DEFAULT, kvrmpools_pool(p, p->id).memory.weight);
	EXPECT_EQ(0, ASK(KVRM_CMD_GUEST_SET, "id=%u memory-weight=10000", guest).error);
	EXPECT_EQ(0, ASK(KVRM_CMD_POOL_SET, "id=%u memory-weight=1", p->id).error);
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		EXPECT_REFUSED(ASK(KVRM_CMD_GUEST_SET, "id=%u memory-weight=%s", guest, wrong[i]),
			       ERANGE, KVRM_A_GUEST_MEMORY_WEIGHT);
		EXPECT_REFUSED(ASK(KVRM_CMD_POOL_SET, "id=%u memory-weight=%s", p->id, wrong[i]),
			       ERANGE, KVRM_A_POOL_MEMORY_WEIGHT);
	}
	EXPECT_REFUSED(ASK(KVRM_CMD_POOL_SET, "id=%u memory-weight=100", KVRM_POOL_ROOT_ID), EINVAL,
		       KVRM_A_POOL_MEMORY_WEIGHT);
	EXPECT_EQ(10000, kvrmpools_guest(p, guest).memory.weight);
	EXPECT_EQ(1, kvrmpools_pool(p, p->id).memory.weight);
	/* The processor's is another one. */
	EXPECT_EQ(KVRM_CPU_WEIGHT_DEFAULT, kvrmpools_guest(p, guest).weight);
}

TEST_F(memory, what_the_host_keeps)
{
	struct kvrmpools *p = &self->p;
	const unsigned long long most = self->capacity - POOL_A;
	struct kvrmnl_reply reply;

	reply = ASK(KVRM_CMD_POOL_SET, "id=%u memory-host-reserve-bytes=%llu", KVRM_POOL_ROOT_ID,
		    most + PAGE);
	EXPECT_REFUSED(reply, ENOSPC, KVRM_A_POOL_MEMORY_HOST_RESERVE_BYTES);
	EXPECT_NE(NULL, strstr(reply.sentence, "memory-host-reserve-bytes: pool 1 lacks"));
	EXPECT_REFUSED(ASK(KVRM_CMD_POOL_SET, "id=%u memory-host-reserve-bytes=%llu",
			   KVRM_POOL_ROOT_ID, (unsigned long long)self->capacity + PAGE),
		       ERANGE, KVRM_A_POOL_MEMORY_HOST_RESERVE_BYTES);
	EXPECT_REFUSED(ASK(KVRM_CMD_POOL_SET, "id=%u memory-host-reserve-bytes=1",
			   KVRM_POOL_ROOT_ID),
		       EINVAL, KVRM_A_POOL_MEMORY_HOST_RESERVE_BYTES);
	EXPECT_EQ(self->reserve, kvrmpools_pool(p, KVRM_POOL_ROOT_ID).memory.host_reserve);
	ASSERT_EQ(0, ASK(KVRM_CMD_POOL_SET, "id=%u memory-host-reserve-bytes=%llu",
			 KVRM_POOL_ROOT_ID, most)
			     .error);
	EXPECT_EQ(POOL_A, kvrmpools_pool(p, KVRM_POOL_ROOT_ID).memory.reservation);
	EXPECT_EQ(0, kvrmpools_pool(p, KVRM_POOL_ROOT_ID).memory.unreserved);
	/* What the host gives up can be reserved by the same changes. */
	EXPECT_EQ(0, ASK(KVRM_CMD_BATCH_SET,
			 "pool %u memory-reservation-bytes=%llu;pool %u "
			 "memory-host-reserve-bytes=%llu",
			 p->id, POOL_A + PAGE, KVRM_POOL_ROOT_ID, most - PAGE)
			     .error);
	EXPECT_EQ(POOL_A + PAGE, min_of(&p->a));
}

/* Both resources are one transaction: what one of them lacks undoes the other. */
TEST_F(memory, all_or_nothing)
{
	struct kvrmpools *p = &self->p;
	struct kvrmpools_seen s;
	uint32_t a, r;

	ASSERT_EQ(0, register_with(p, &p->ga, p->id, MIB, 0, &a).error);
	ASSERT_EQ(0, kvrmpools_register(p, &p->gr, "limit=unlimited", &r).error);
	EXPECT_REFUSED(ASK(KVRM_CMD_BATCH_SET,
			   "guest %u reservation=100000 memory-reservation-bytes=%llu;"
			   "guest %u reservation=50000 memory-reservation-bytes=%llu",
			   r, 4 * MIB, a, POOL_A + PAGE),
		       ENOSPC, KVRM_A_GUEST_MEMORY_RESERVATION_BYTES);
	EXPECT_REFUSED(ASK(KVRM_CMD_BATCH_SET,
			   "guest %u reservation=100000 memory-reservation-bytes=%llu;"
			   "guest %u reservation=%u memory-reservation-bytes=%llu",
			   r, 4 * MIB, a, KVRMPOOLS_A_US + 1, 2 * MIB),
		       ENOSPC, KVRM_A_GUEST_CPU_RESERVATION_US);
	s = kvrmpools_guest(p, r);
	EXPECT_EQ(0, s.reservation_us);
	EXPECT_EQ(0, s.memory.reservation);
	EXPECT_EQ(0, min_of(&p->gr));
	EXPECT_EQ(MIB, min_of(&p->ga));
	ASSERT_EQ(0, ASK(KVRM_CMD_BATCH_SET,
			 "guest %u reservation=100000 memory-reservation-bytes=%llu;"
			 "guest %u reservation=50000 memory-reservation-bytes=%llu",
			 r, 4 * MIB, a, POOL_A)
			     .error);
	EXPECT_EQ(4 * MIB, min_of(&p->gr));
	EXPECT_EQ(POOL_A, min_of(&p->ga));
	EXPECT_EQ(POOL_A + 4 * MIB, min_of(&p->root));
}

TEST_F(memory, others_write_the_same_file)
{
	struct kvrmpools *p = &self->p;
	uint32_t guest;

	ASSERT_EQ(0, register_with(p, &p->ga, p->id, 16 * MIB, 0, &guest).error);
	ASSERT_EQ(0, kvrmpools_guest(p, guest).reasserted);
	ASSERT_EQ(0, kvrmguest_write(&p->ga, "memory.min", "0"));
	ASSERT_EQ(0, kvrmguest_write(&p->a, "memory.min", "4096"));
	ASSERT_EQ(0, kvrmguest_write(&p->root, "memory.min", "max"));
	EXPECT_TRUE(min_becomes(&p->ga, 16 * MIB));
	EXPECT_TRUE(min_becomes(&p->a, POOL_A));
	EXPECT_TRUE(min_becomes(&p->root, POOL_A));
	EXPECT_EQ(1, kvrmpools_guest(p, guest).reasserted);
	EXPECT_EQ(1, kvrmpools_pool(p, p->id).reasserted);
	/* Nor may one that has no reservation be protected: it would be at others' expense. */
	ASSERT_EQ(0, ASK(KVRM_CMD_GUEST_SET, "id=%u memory-reservation-bytes=0", guest).error);
	ASSERT_EQ(0, kvrmguest_write(&p->ga, "memory.min", "max"));
	EXPECT_TRUE(min_becomes(&p->ga, 0));
	EXPECT_EQ(2, kvrmpools_guest(p, guest).reasserted);
}

/* Without the controller there is nothing to protect with; it comes and goes with others' wishes. */
TEST_F(memory, without_the_controller)
{
	struct kvrmpools *p = &self->p;
	struct kvrmpools_seen s;
	uint32_t guest;

	ASSERT_EQ(0, kvrmguest_write(&p->a, "cgroup.subtree_control", "-memory"));
	EXPECT_REFUSED(register_with(p, &p->ga, p->id, 16 * MIB, 0, NULL), EOPNOTSUPP,
		       KVRM_A_GUEST_MEMORY_RESERVATION_BYTES);
	EXPECT_REFUSED(register_with(p, &p->ga, p->id, 0, PAGE, NULL), EOPNOTSUPP,
		       KVRM_A_GUEST_MEMORY_RESERVATION_BYTES);
	ASSERT_EQ(0, register_with(p, &p->ga, p->id, 0, 0, &guest).error);
	EXPECT_FALSE(kvrmpools_guest(p, guest).memory.owned);
	EXPECT_REFUSED(ASK(KVRM_CMD_GUEST_SET, "id=%u memory-reservation-bytes=%llu", guest,
			   16 * MIB),
		       EOPNOTSUPP, KVRM_A_GUEST_MEMORY_RESERVATION_BYTES);

	ASSERT_EQ(0, kvrmguest_write(&p->a, "cgroup.subtree_control", "+memory"));
	ASSERT_EQ(0, ASK(KVRM_CMD_GUEST_SET, "id=%u memory-reservation-bytes=%llu", guest, 16 * MIB)
			     .error);
	EXPECT_EQ(16 * MIB, min_of(&p->ga));
	ASSERT_EQ(0, kvrmguest_write(&p->a, "cgroup.subtree_control", "-memory"));
	for (int i = 0; i < 150 && kvrmpools_guest(p, guest).memory.protected; i++)
		usleep(10000);
	s = kvrmpools_guest(p, guest);
	EXPECT_EQ(16 * MIB, s.memory.reservation);
	EXPECT_EQ(0, s.memory.protected);
	ASSERT_EQ(0, kvrmguest_write(&p->a, "cgroup.subtree_control", "+memory"));
	EXPECT_TRUE(min_becomes(&p->ga, 16 * MIB));
}

TEST_F(memory, moving)
{
	struct kvrmpools *p = &self->p;
	char pid[16];
	uint32_t guest;

	ASSERT_EQ(0, register_with(p, &p->ga, p->id, 16 * MIB, 4 * MIB, &guest).error);
	kvrmguest_kill(&p->gr);
	snprintf(pid, sizeof(pid), "%d", p->ga.pid);
	ASSERT_EQ(0, kvrmguest_write(&p->gr, "cgroup.procs", pid));
	ASSERT_EQ(0, ASK(KVRM_CMD_GUEST_SET, "id=%u pool=1 cgroup-fd=%d", guest, p->gr.dir).error);
	EXPECT_EQ(20 * MIB, min_of(&p->gr));
	EXPECT_EQ(0, min_of(&p->ga));
	EXPECT_EQ(POOL_A + 20 * MIB, min_of(&p->root));
	EXPECT_EQ(0, kvrmpools_pool(p, p->id).memory.reserved);
	EXPECT_EQ(4 * MIB, kvrmpools_guest(p, guest).memory.overhead);
}

/* What one gives up is written back before the other, who has the cgroup now, gets his own. */
TEST_F(memory, cgroups_exchanged)
{
	struct kvrmpools *p = &self->p;
	struct kvrmpools_seen s;
	uint32_t pool;

	ASSERT_EQ(0, kvrmpools_add(p, &p->b, "memory-reservation-bytes=8388608 memory-expandable=0",
				   &pool)
			     .error);
	EXPECT_EQ(8 * MIB, min_of(&p->b));
	ASSERT_EQ(0, ASK(KVRM_CMD_BATCH_SET, "pool %u cgroup-fd=%d;pool %u cgroup-fd=%d", p->id,
			 p->b.dir, pool, p->a.dir)
			     .error);
	EXPECT_EQ(POOL_A, min_of(&p->b));
	EXPECT_EQ(8 * MIB, min_of(&p->a));
	EXPECT_EQ(POOL_A + 8 * MIB, min_of(&p->root));
	s = kvrmpools_pool(p, p->id);
	EXPECT_EQ(POOL_A, s.memory.protected);
	EXPECT_EQ(8 * MIB, kvrmpools_pool(p, pool).memory.protected);
	/* Nobody else has written anything. */
	usleep(SEEN_WITHIN_MS * 1000);
	EXPECT_EQ(s.reasserted, kvrmpools_pool(p, p->id).reasserted);
	EXPECT_EQ(0, kvrmpools_pool(p, pool).reasserted);
}

/* What is elsewhere, or below what is not ours, could not be kept. */
TEST_F(memory, in_the_wrong_place)
{
	struct kvrmpools *p = &self->p;
	struct kvrmguest deep;
	uint32_t guest;

	ASSERT_EQ(0, kvrmguest_start(&p->stray, "halt", 1));
	EXPECT_ERROR(register_with(p, &p->stray, 1, 16 * MIB, 0, NULL), EXDEV);
	EXPECT_ERROR(register_with(p, &p->stray, 1, 0, MIB, NULL), EXDEV);
	EXPECT_ERROR(kvrmpools_register(p, &p->stray, "limit=unlimited memory-weight=1", NULL),
		     EXDEV);
	ASSERT_EQ(0, kvrmguest_write(&p->stray, "memory.min", "8192"));
	ASSERT_EQ(0, register_with(p, &p->stray, 1, 0, 0, &guest).error);
	EXPECT_FALSE(kvrmpools_guest(p, guest).memory.owned);
	EXPECT_REFUSED(ASK(KVRM_CMD_GUEST_SET, "id=%u memory-reservation-bytes=%llu", guest, MIB),
		       EXDEV, KVRM_A_GUEST_MEMORY_RESERVATION_BYTES);
	usleep(SEEN_WITHIN_MS * 1000);
	EXPECT_EQ(8192, min_of(&p->stray));
	ASSERT_EQ(0, ASK(KVRM_CMD_GUEST_DEL, "id=%u", guest).error);
	EXPECT_EQ(8192, min_of(&p->stray));

	/* Deeper than directly in the root. */
	ASSERT_EQ(0, ASK(KVRM_CMD_POOL_DEL, "id=%u", p->id).error);
	ASSERT_EQ(0, kvrmguest_cgroup_in(&deep, &p->b, "deep"));
	ASSERT_EQ(0, ASK(KVRM_CMD_POOL_SET, "id=1 cgroup-fd=%d", p->b.dir).error);
	EXPECT_REFUSED(kvrmpools_add(p, &deep, "memory-reservation-bytes=4096", NULL), EXDEV,
		       KVRM_A_POOL_MEMORY_RESERVATION_BYTES);
	EXPECT_EQ(0, ASK(KVRM_CMD_POOL_SET, "id=1 cgroup-fd=%d", p->root.dir).error);
	kvrmguest_remove(&deep);
}

TEST_HARNESS_MAIN
