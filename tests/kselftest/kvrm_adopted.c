// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Guests in cgroups that are somebody else's: what is written there, what is written back, and what is refused.
 * Needs the same as kvrm_pools.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "kvrmpools.h"
#include "kvrmword.h"

#define ASK(cmd, ...) kvrmword_ask(&self->p.nl, cmd, NULL, NULL, __VA_ARGS__)
/* The controller looks every 500 ms whether somebody has changed what it has written. */
#define VERIFIED_MS 1200

/* What the cgroup's manager has written, in the order in which it can be. */
static const struct {
	const char *file, *text;
} before[] = {
	{ "cpu.max", "50000 200000" }, { "cpu.max.burst", "1000" }, { "cpu.weight", "77" },
	{ "memory.min", "4096" },      { "memory.low", "8192" },    { "memory.high", "1073741824" },
};

FIXTURE(adopted)
{
	struct kvrmpools p;
};

FIXTURE_SETUP(adopted)
{
	ASSERT_EQ(0, kvrmpools_setup(&self->p));
	for (size_t i = 0; i < ARRAY_SIZE(before); i++)
		ASSERT_EQ(0, kvrmguest_write(&self->p.ga, before[i].file, before[i].text));
}

FIXTURE_TEARDOWN(adopted)
{
	kvrmpools_teardown(&self->p);
}

static bool says(const struct kvrmguest *g, const char *file, const char *text)
{
	char found[64] = "";

	return !kvrmguest_read(g, file, found, sizeof(found)) && !strcmp(found, text);
}

/* The first file that does not say what its manager has written; NULL: they all do. */
static const char *changed(const struct kvrmguest *g)
{
	for (size_t i = 0; i < ARRAY_SIZE(before); i++) {
		if (!says(g, before[i].file, before[i].text))
			return before[i].file;
	}
	return NULL;
}

#define EXPECT_AS_BEFORE(guest)                                                                    \
	do {                                                                                       \
		const char *file_ = changed(guest);                                                \
		EXPECT_EQ(NULL, file_)                                                             \
		{                                                                                  \
			TH_LOG("%s has changed", file_ ? file_ : "");                              \
		}                                                                                  \
	} while (0)

TEST_F(adopted, without_a_limit_nothing_is_written)
{
	struct kvrmpools *p = &self->p;
	struct kvrmpools_seen s;
	uint32_t guest;

	ASSERT_EQ(0, kvrmpools_register(p, &p->ga, "limit=unlimited adopted", &guest).error);
	EXPECT_AS_BEFORE(&p->ga);
	usleep(VERIFIED_MS * 1000);
	EXPECT_AS_BEFORE(&p->ga);
	/* What its manager changes stays so. */
	ASSERT_EQ(0, kvrmguest_write(&p->ga, "cpu.weight", "78"));
	ASSERT_EQ(0, kvrmguest_write(&p->ga, "cpu.max", "60000 200000"));
	usleep(VERIFIED_MS * 1000);
	EXPECT_TRUE(says(&p->ga, "cpu.weight", "78"));
	EXPECT_TRUE(says(&p->ga, "cpu.max", "60000 200000"));
	s = kvrmpools_guest(p, guest);
	EXPECT_EQ(0, s.reasserted);
	EXPECT_EQ(0, s.weight_applied);
	EXPECT_TRUE(s.unlimited);
	ASSERT_EQ(0, ASK(KVRM_CMD_GUEST_DEL, "id=%u", guest).error);
	usleep(VERIFIED_MS * 1000);
	EXPECT_TRUE(says(&p->ga, "cpu.max", "60000 200000"));
	EXPECT_TRUE(says(&p->ga, "memory.min", "4096"));
	EXPECT_TRUE(says(&p->ga, "memory.low", "8192"));
}

TEST_F(adopted, a_limit_is_given_back)
{
	struct kvrmpools *p = &self->p;
	uint32_t guest;

	ASSERT_EQ(0, kvrmpools_register(p, &p->ga, "limit=250000 adopted", &guest).error);
	EXPECT_FALSE(says(&p->ga, "cpu.max", "50000 200000"));
	EXPECT_EQ(250000, kvrmpools_guest(p, guest).limit_us);
	/* Lifted. */
	ASSERT_EQ(0, ASK(KVRM_CMD_GUEST_SET, "id=%u limit=unlimited", guest).error);
	EXPECT_AS_BEFORE(&p->ga);
	EXPECT_TRUE(kvrmpools_guest(p, guest).unlimited);
	/* What they say is remembered anew with each limit, and not with its change. */
	ASSERT_EQ(0, kvrmguest_write(&p->ga, "cpu.max.burst", "2000"));
	usleep(VERIFIED_MS * 1000);
	ASSERT_EQ(0, ASK(KVRM_CMD_GUEST_SET, "id=%u limit=300000", guest).error);
	usleep(VERIFIED_MS * 1000);
	ASSERT_EQ(0, ASK(KVRM_CMD_GUEST_SET, "id=%u limit=400000", guest).error);
	EXPECT_EQ(400000, kvrmpools_guest(p, guest).limit_us);
	/* Somebody else's change is put right as long as there is one. */
	ASSERT_EQ(0, kvrmguest_write(&p->ga, "cpu.max.burst", "0"));
	ASSERT_EQ(0, kvrmguest_write(&p->ga, "cpu.max", "max 100000"));
	usleep(VERIFIED_MS * 1000);
	EXPECT_FALSE(says(&p->ga, "cpu.max", "max 100000"));
	ASSERT_EQ(0, ASK(KVRM_CMD_GUEST_DEL, "id=%u", guest).error);
	EXPECT_TRUE(says(&p->ga, "cpu.max", "50000 200000"));
	EXPECT_TRUE(says(&p->ga, "cpu.max.burst", "2000"));
	EXPECT_TRUE(says(&p->ga, "cpu.weight", "77"));
	EXPECT_TRUE(says(&p->ga, "memory.high", "1073741824"));
}

/* It lies in a pool's cgroup, and is none of the pool's all the same. */
TEST_F(adopted, only_limits)
{
	struct kvrmpools *p = &self->p;
	char words[64];
	uint32_t guest;

	snprintf(words, sizeof(words), "limit=unlimited adopted pool=%u", p->id);
	EXPECT_ERROR(kvrmpools_register(p, &p->ga, words, NULL), EXDEV);
	EXPECT_ERROR(kvrmpools_register(p, &p->ga, "limit=unlimited adopted reservation=10000",
					NULL),
		     EXDEV);
	EXPECT_ERROR(kvrmpools_register(p, &p->ga, "limit=unlimited adopted weight=7", NULL),
		     EXDEV);
	EXPECT_REFUSED(kvrmpools_register(p, &p->ga,
					  "limit=unlimited adopted memory-limit-bytes=67108864",
					  NULL),
		       EOPNOTSUPP, KVRM_A_GUEST_MEMORY_LIMIT_BYTES);
	EXPECT_AS_BEFORE(&p->ga);
	ASSERT_EQ(0, kvrmpools_register(p, &p->ga, "limit=unlimited adopted", &guest).error);
	EXPECT_ERROR(ASK(KVRM_CMD_GUEST_SET, "id=%u weight=7", guest), EXDEV);
	EXPECT_ERROR(ASK(KVRM_CMD_GUEST_SET, "id=%u pool=%u", guest, p->id), EXDEV);
	EXPECT_REFUSED(ASK(KVRM_CMD_GUEST_SET, "id=%u memory-limit-bytes=67108864", guest),
		       EOPNOTSUPP, KVRM_A_GUEST_MEMORY_LIMIT_BYTES);
	EXPECT_REFUSED(ASK(KVRM_CMD_GUEST_SET, "id=%u cgroup=%s", guest, p->stray.path), EOPNOTSUPP,
		       KVRM_A_GUEST_CGROUP_FD);
	/* It is adopted when it is added, or never. */
	EXPECT_REFUSED(ASK(KVRM_CMD_GUEST_SET, "id=%u adopted", guest), EINVAL,
		       KVRM_A_GUEST_ADOPTED);
	EXPECT_AS_BEFORE(&p->ga);
}

/* Without the controller it can be measured, and not limited. */
TEST_F(adopted, without_the_controller)
{
	struct kvrmpools *p = &self->p;
	struct kvrmguest inner;
	char name[256];
	uint32_t guest;

	snprintf(name, sizeof(name), "%s/inner", p->stray.path + strlen("/sys/fs/cgroup/"));
	ASSERT_EQ(0, kvrmguest_cgroup(&inner, name));
	ASSERT_EQ(0, kvrmguest_start(&inner, "spin", 1));
	EXPECT_ERROR(kvrmpools_register(p, &inner, "limit=unlimited", NULL), ENOENT);
	EXPECT_ERROR(kvrmpools_register(p, &inner, "limit=250000 adopted", NULL), ENOENT);
	EXPECT_EQ(0, kvrmpools_register(p, &inner, "limit=unlimited adopted", &guest).error);
	EXPECT_ERROR(ASK(KVRM_CMD_GUEST_SET, "id=%u limit=250000", guest), ENOENT);
	EXPECT_EQ(1, kvrmpools_guest(p, guest).count);
	EXPECT_EQ(0, ASK(KVRM_CMD_GUEST_DEL, "id=%u", guest).error);
	kvrmguest_remove(&inner);
}

TEST_HARNESS_MAIN
