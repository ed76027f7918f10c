// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Memory limits: what is refused, and memory.high of the guest's cgroup. Needs the same as kvrm_pools.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "kvrmpools.h"
#include "kvrmword.h"

#define ASK(cmd, ...)  kvrmword_ask(&self->p.nl, cmd, NULL, NULL, __VA_ARGS__)
#define MIB	       (1ull << 20)
#define NONE	       (~0ull)
#define SEEN_WITHIN_MS 1500

FIXTURE(limit)
{
	struct kvrmpools p;
};

FIXTURE_SETUP(limit)
{
	ASSERT_EQ(0, kvrmpools_setup(&self->p));
}

FIXTURE_TEARDOWN(limit)
{
	kvrmpools_teardown(&self->p);
}

/* What a cgroup's memory.high says; if it cannot be read, what nobody wants. */
static unsigned long long high_of(const struct kvrmguest *g)
{
	char text[32];

	if (kvrmguest_read(g, "memory.high", text, sizeof(text)))
		return 1;
	return strcmp(text, "max") ? strtoull(text, NULL, 10) : NONE;
}

static bool high_becomes(const struct kvrmguest *g, unsigned long long bytes)
{
	for (int ms = 0; ms < SEEN_WITHIN_MS; ms += 10) {
		if (high_of(g) == bytes)
			return true;
		usleep(10000);
	}
	return false;
}

static struct kvrmnl_reply register_with(struct kvrmpools *p, const struct kvrmguest *g,
					 uint32_t pool, unsigned long long limit, uint32_t *ret_id)
{
	char words[96];

	snprintf(words, sizeof(words), "limit=unlimited pool=%u memory-limit-bytes=%llu", pool,
		 limit);
	return kvrmpools_register(p, g, words, ret_id);
}

/* Set, raised, lowered, removed; what is asked and what is in force are told. */
TEST_F(limit, memory_high_follows)
{
	struct kvrmpools *p = &self->p;
	struct kvrmpools_seen s;
	uint32_t guest;

	ASSERT_EQ(0, register_with(p, &p->ga, p->id, 64 * MIB, &guest).error);
	EXPECT_TRUE(high_becomes(&p->ga, 56 * MIB));
	s = kvrmpools_guest(p, guest);
	EXPECT_EQ(64 * MIB, s.memory.limit);
	EXPECT_EQ(56 * MIB, s.memory.throttle);
	ASSERT_EQ(0, ASK(KVRM_CMD_GUEST_SET, "id=%u memory-limit-bytes=%llu", guest, 1024 * MIB)
			     .error);
	EXPECT_TRUE(high_becomes(&p->ga, 992 * MIB));
	ASSERT_EQ(0,
		  ASK(KVRM_CMD_GUEST_SET, "id=%u memory-limit-bytes=%llu", guest, 16 * MIB).error);
	EXPECT_TRUE(high_becomes(&p->ga, 8 * MIB));
	/* What is not given stays. */
	ASSERT_EQ(0, ASK(KVRM_CMD_GUEST_SET, "id=%u weight=7", guest).error);
	EXPECT_EQ(16 * MIB, kvrmpools_guest(p, guest).memory.limit);
	ASSERT_EQ(0, ASK(KVRM_CMD_GUEST_SET, "id=%u memory-limit-bytes=0", guest).error);
	EXPECT_TRUE(high_becomes(&p->ga, NONE));
	s = kvrmpools_guest(p, guest);
	EXPECT_EQ(0, s.memory.limit);
	EXPECT_EQ(0, s.memory.throttle);
	EXPECT_EQ(0, s.reasserted);
}

TEST_F(limit, what_is_no_value)
{
	static const unsigned long long bad[] = { 1, 4096, 8 * MIB, 16 * MIB - 4096 };
	struct kvrmpools *p = &self->p;
	uint32_t guest;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		EXPECT_REFUSED(register_with(p, &p->ga, p->id, bad[i], NULL), i ? ERANGE : EINVAL,
			       KVRM_A_GUEST_MEMORY_LIMIT_BYTES);
	ASSERT_EQ(0, register_with(p, &p->ga, p->id, 0, &guest).error);
	EXPECT_REFUSED(ASK(KVRM_CMD_GUEST_SET, "id=%u memory-limit-bytes=%llu", guest,
			   64 * MIB + 1),
		       EINVAL, KVRM_A_GUEST_MEMORY_LIMIT_BYTES);
	EXPECT_REFUSED(ASK(KVRM_CMD_GUEST_SET, "id=%u memory-throttle-bytes=0", guest), EINVAL,
		       KVRM_A_GUEST_MEMORY_THROTTLE_BYTES);
	/* The largest that there is. */
	EXPECT_EQ(0, ASK(KVRM_CMD_GUEST_SET, "id=%u memory-limit-bytes=%llu", guest,
			 0ull - sysconf(_SC_PAGESIZE))
			     .error);
	EXPECT_EQ(0ull - sysconf(_SC_PAGESIZE), kvrmpools_guest(p, guest).memory.limit);
}

/* Reservation and overhead fit below where throttling begins, or are refused, with what is too much. */
TEST_F(limit, reservations_lie_below)
{
	struct kvrmpools *p = &self->p;
	struct kvrmnl_reply reply;
	uint32_t guest;

	reply = kvrmpools_register(p, &p->gr,
				   "limit=unlimited memory-reservation-bytes=41943040 "
				   "memory-overhead-bytes=16777216 memory-limit-bytes=67108864",
				   &guest);
	ASSERT_EQ(0, reply.error);
	/* 40 MiB and 16 MiB are 56 MiB: exactly what 64 MiB leave. */
	EXPECT_EQ(64 * MIB, kvrmpools_guest(p, guest).memory.limit);
	reply = ASK(KVRM_CMD_GUEST_SET, "id=%u memory-limit-bytes=%llu", guest, 63 * MIB);
	EXPECT_REFUSED(reply, ENOSPC, KVRM_A_GUEST_MEMORY_LIMIT_BYTES);
	EXPECT_STREQ("memory-reservation-bytes is 1048576 above what its limit leaves",
		     reply.sentence);
	reply = ASK(KVRM_CMD_GUEST_SET, "id=%u memory-reservation-bytes=%llu", guest, 41 * MIB);
	EXPECT_REFUSED(reply, ENOSPC, KVRM_A_GUEST_MEMORY_RESERVATION_BYTES);
	EXPECT_EQ(64 * MIB, kvrmpools_guest(p, guest).memory.limit);
	EXPECT_TRUE(high_becomes(&p->gr, 56 * MIB));
	/* Both at once. */
	EXPECT_EQ(0, ASK(KVRM_CMD_GUEST_SET,
			 "id=%u memory-reservation-bytes=%llu memory-limit-bytes=%llu", guest,
			 41 * MIB, 65 * MIB)
			     .error);
	EXPECT_TRUE(high_becomes(&p->gr, 57 * MIB));
}

TEST_F(limit, others_write_the_same_file)
{
	struct kvrmpools *p = &self->p;
	uint32_t guest;

	ASSERT_EQ(0, register_with(p, &p->ga, p->id, 64 * MIB, &guest).error);
	ASSERT_TRUE(high_becomes(&p->ga, 56 * MIB));
	ASSERT_EQ(0, kvrmguest_write(&p->ga, "memory.high", "max"));
	EXPECT_TRUE(high_becomes(&p->ga, 56 * MIB));
	EXPECT_EQ(1, kvrmpools_guest(p, guest).reasserted);
	ASSERT_EQ(0, kvrmguest_write(&p->ga, "memory.high", "33554432"));
	EXPECT_TRUE(high_becomes(&p->ga, 56 * MIB));
	EXPECT_EQ(2, kvrmpools_guest(p, guest).reasserted);
	/* Without a limit it is theirs. */
	ASSERT_EQ(0, ASK(KVRM_CMD_GUEST_SET, "id=%u memory-limit-bytes=0", guest).error);
	ASSERT_TRUE(high_becomes(&p->ga, NONE));
	usleep(SEEN_WITHIN_MS * 1000);
	ASSERT_EQ(0, kvrmguest_write(&p->ga, "memory.high", "33554432"));
	usleep(SEEN_WITHIN_MS * 1000);
	EXPECT_EQ(32 * MIB, high_of(&p->ga));
	EXPECT_EQ(2, kvrmpools_guest(p, guest).reasserted);
}

/* A pool's is for all its members: nobody's claim exceeds what it leaves. */
TEST_F(limit, of_a_pool)
{
	struct kvrmpools *p = &self->p;
	struct kvrmnl_reply reply;
	struct kvrmpools_seen s;
	char sentence[80];
	uint32_t guest;

	EXPECT_REFUSED(ASK(KVRM_CMD_POOL_SET, "id=%u memory-limit-bytes=%llu", p->id, 8 * MIB),
		       ERANGE, KVRM_A_POOL_MEMORY_LIMIT_BYTES);
	EXPECT_REFUSED(ASK(KVRM_CMD_POOL_SET, "id=%u memory-limit-bytes=%llu", p->id, 64 * MIB + 1),
		       EINVAL, KVRM_A_POOL_MEMORY_LIMIT_BYTES);
	EXPECT_REFUSED(ASK(KVRM_CMD_POOL_SET, "id=1 memory-limit-bytes=%llu", 64 * MIB), EINVAL,
		       KVRM_A_POOL_MEMORY_LIMIT_BYTES);
	ASSERT_EQ(0,
		  ASK(KVRM_CMD_POOL_SET, "id=%u memory-limit-bytes=%llu", p->id, 64 * MIB).error);
	EXPECT_TRUE(high_becomes(&p->a, 56 * MIB));
	s = kvrmpools_pool(p, p->id);
	EXPECT_EQ(64 * MIB, s.memory.limit);
	EXPECT_EQ(56 * MIB, s.memory.throttle);
	/* A guest's own may be above; what it claims may not. */
	ASSERT_EQ(0, register_with(p, &p->ga, p->id, 1024 * MIB, &guest).error);
	reply = ASK(KVRM_CMD_GUEST_SET, "id=%u memory-reservation-bytes=%llu", guest, 57 * MIB);
	EXPECT_REFUSED(reply, ENOSPC, KVRM_A_GUEST_MEMORY_RESERVATION_BYTES);
	EXPECT_EQ(0, ASK(KVRM_CMD_GUEST_SET, "id=%u memory-reservation-bytes=%llu", guest, 56 * MIB)
			     .error);
	reply = ASK(KVRM_CMD_POOL_SET, "id=%u memory-limit-bytes=%llu", p->id, 63 * MIB);
	EXPECT_REFUSED(reply, ENOSPC, KVRM_A_POOL_MEMORY_LIMIT_BYTES);
	snprintf(sentence, sizeof(sentence),
		 "pool %u: 1048576 reserved above what its limit leaves", p->id);
	EXPECT_STREQ(sentence, reply.sentence);
	EXPECT_EQ(64 * MIB, kvrmpools_pool(p, p->id).memory.limit);
	/* Others write the same file. */
	ASSERT_EQ(0, kvrmguest_write(&p->a, "memory.high", "max"));
	EXPECT_TRUE(high_becomes(&p->a, 56 * MIB));
	EXPECT_EQ(1, kvrmpools_pool(p, p->id).reasserted);
	ASSERT_EQ(0, ASK(KVRM_CMD_POOL_SET, "id=%u memory-limit-bytes=0", p->id).error);
	EXPECT_TRUE(high_becomes(&p->a, NONE));
	EXPECT_EQ(0, kvrmpools_pool(p, p->id).memory.limit);
}

TEST_F(limit, without_the_controller)
{
	struct kvrmpools *p = &self->p;
	uint32_t guest;

	ASSERT_EQ(0, kvrmguest_write(&p->a, "cgroup.subtree_control", "-memory"));
	EXPECT_REFUSED(register_with(p, &p->ga, p->id, 64 * MIB, NULL), EOPNOTSUPP,
		       KVRM_A_GUEST_MEMORY_LIMIT_BYTES);
	ASSERT_EQ(0, kvrmguest_write(&p->a, "cgroup.subtree_control", "+memory"));
	ASSERT_EQ(0, register_with(p, &p->ga, p->id, 64 * MIB, &guest).error);
	ASSERT_TRUE(high_becomes(&p->ga, 56 * MIB));
	ASSERT_EQ(0, kvrmguest_write(&p->a, "cgroup.subtree_control", "-memory"));
	usleep(SEEN_WITHIN_MS * 1000);
	EXPECT_EQ(NONE, kvrmpools_guest(p, guest).memory.throttle);
	ASSERT_EQ(0, kvrmguest_write(&p->a, "cgroup.subtree_control", "+memory"));
	EXPECT_TRUE(high_becomes(&p->ga, 56 * MIB));
}

/* The limit goes along; what it was before stays there, as does a guest's that is forgotten. */
TEST_F(limit, moving)
{
	struct kvrmpools *p = &self->p;
	char pid[16];
	uint32_t guest;

	ASSERT_EQ(0, register_with(p, &p->ga, p->id, 64 * MIB, &guest).error);
	ASSERT_TRUE(high_becomes(&p->ga, 56 * MIB));
	kvrmguest_kill(&p->gr);
	snprintf(pid, sizeof(pid), "%d", p->ga.pid);
	ASSERT_EQ(0, kvrmguest_write(&p->gr, "cgroup.procs", pid));
	ASSERT_EQ(0, ASK(KVRM_CMD_GUEST_SET, "id=%u pool=1 cgroup-fd=%d", guest, p->gr.dir).error);
	EXPECT_TRUE(high_becomes(&p->gr, 56 * MIB));
	EXPECT_EQ(56 * MIB, high_of(&p->ga));
	EXPECT_EQ(64 * MIB, kvrmpools_guest(p, guest).memory.limit);
	ASSERT_EQ(0, ASK(KVRM_CMD_GUEST_DEL, "id=%u", guest).error);
	usleep(SEEN_WITHIN_MS * 1000);
	EXPECT_EQ(56 * MIB, high_of(&p->gr));
}

/* A guest that is in no pool's cgroup can be limited, too. */
TEST_F(limit, anywhere)
{
	struct kvrmpools *p = &self->p;
	uint32_t guest;

	ASSERT_EQ(0, kvrmguest_start(&p->stray, "halt", 1));
	ASSERT_EQ(0, register_with(p, &p->stray, 1, 64 * MIB, &guest).error);
	EXPECT_TRUE(high_becomes(&p->stray, 56 * MIB));
}

/* Memory that nobody can take away, of three kinds; the guests have 16 MiB of it. */
FIXTURE(fixed)
{
	struct kvrmpools p;
	unsigned int huge_pages;
};

FIXTURE_VARIANT(fixed)
{
	const char *option; /* of flatvm */
	bool huge;
};

FIXTURE_VARIANT_ADD(fixed, locked){
	.option = "--lock",
};

FIXTURE_VARIANT_ADD(fixed, pinned){
	.option = "--pin",
};

FIXTURE_VARIANT_ADD(fixed, huge){
	.option = "--huge",
	.huge = true,
};

#define HUGE_PAGES_PATH "/proc/sys/vm/nr_hugepages"

/* How many the host keeps for whoever asks for them; 0 as well if it has none. */
static unsigned int huge_pages(void)
{
	FILE *f = fopen(HUGE_PAGES_PATH, "re");
	unsigned int n = 0;

	if (!f)
		return 0;
	if (fscanf(f, "%u", &n) != 1)
		n = 0;
	fclose(f);
	return n;
}

static void set_huge_pages(unsigned int n)
{
	FILE *f = fopen(HUGE_PAGES_PATH, "we");

	if (!f)
		return;
	fprintf(f, "%u\n", n);
	fclose(f);
}

FIXTURE_SETUP(fixed)
{
	ASSERT_EQ(0, kvrmpools_setup(&self->p));
	self->huge_pages = huge_pages();
	if (variant->huge)
		set_huge_pages(self->huge_pages + 8);
}

FIXTURE_TEARDOWN(fixed)
{
	kvrmpools_teardown(&self->p);
	if (variant->huge)
		set_huge_pages(self->huge_pages);
}

static int start_fixed(struct kvrmguest *g, const char *option)
{
	const char *const options[] = { "--memory-mib", "16", option, "1", NULL };

	return kvrmguest_start_with(g, "halt", 1, options);
}

/* A limit leaves a guest what nobody can take from it, to the page, or is refused. */
TEST_F(fixed, of_a_guest)
{
	struct kvrmpools *p = &self->p;
	struct kvrmnl_reply reply;
	uint32_t guest;

	if (start_fixed(&p->stray, variant->option))
		SKIP(return, "this kernel has none of that memory");
	reply = register_with(p, &p->stray, 1, 16 * MIB, NULL);
	EXPECT_REFUSED(reply, ENOSPC, KVRM_A_GUEST_MEMORY_LIMIT_BYTES);
	EXPECT_STREQ("memory-limit-bytes lacks 8388608 for locked and huge pages", reply.sentence);
	ASSERT_EQ(0, register_with(p, &p->stray, 1, 24 * MIB, &guest).error);
	reply = ASK(KVRM_CMD_GUEST_SET, "id=%u memory-limit-bytes=%llu", guest, 24 * MIB - 4096);
	EXPECT_REFUSED(reply, ENOSPC, KVRM_A_GUEST_MEMORY_LIMIT_BYTES);
	EXPECT_STREQ("memory-limit-bytes lacks 4096 for locked and huge pages", reply.sentence);
	EXPECT_EQ(24 * MIB, kvrmpools_guest(p, guest).memory.limit);
	EXPECT_EQ(0, ASK(KVRM_CMD_GUEST_SET, "id=%u memory-limit-bytes=0", guest).error);
}

/* So does a pool's leave its members, also those that come later. */
TEST_F(fixed, of_a_pool)
{
	struct kvrmpools *p = &self->p;
	struct kvrmnl_reply reply;
	char sentence[80];
	uint32_t guest;

	kvrmguest_kill(&p->ga);
	if (start_fixed(&p->ga, variant->option))
		SKIP(return, "this kernel has none of that memory");
	ASSERT_EQ(0, register_with(p, &p->ga, p->id, 0, &guest).error);
	reply = ASK(KVRM_CMD_POOL_SET, "id=%u memory-limit-bytes=%llu", p->id, 16 * MIB);
	EXPECT_REFUSED(reply, ENOSPC, KVRM_A_POOL_MEMORY_LIMIT_BYTES);
	EXPECT_STREQ("memory-limit-bytes lacks 8388608 for locked and huge pages", reply.sentence);
	EXPECT_EQ(0, kvrmpools_pool(p, p->id).memory.limit);
	ASSERT_EQ(0, ASK(KVRM_CMD_GUEST_DEL, "id=%u", guest).error);
	ASSERT_EQ(0,
		  ASK(KVRM_CMD_POOL_SET, "id=%u memory-limit-bytes=%llu", p->id, 16 * MIB).error);
	reply = register_with(p, &p->ga, p->id, 0, NULL);
	EXPECT_REFUSED(reply, ENOSPC, KVRM_A_GUEST_POOL_ID);
	snprintf(sentence, sizeof(sentence),
		 "pool %u: limit lacks 8388608 for locked and huge pages", p->id);
	EXPECT_STREQ(sentence, reply.sentence);
	ASSERT_EQ(0,
		  ASK(KVRM_CMD_POOL_SET, "id=%u memory-limit-bytes=%llu", p->id, 24 * MIB).error);
	EXPECT_EQ(0, register_with(p, &p->ga, p->id, 0, &guest).error);
}

TEST_HARNESS_MAIN
