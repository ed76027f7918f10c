// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is read in bulk: ten thousand virtual CPUs in one dump, each once, whatever the size of the
 * reader's buffers; and all guests' CPU times by one flush of the kernel's counters. Needs the same
 * as kvrm_netlink; KVRM_BRIEF in the environment, or a kernel that looks for its own faults, makes
 * the guests fewer. How long it takes is told, not judged.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "kvrmguest.h"
#include "kvrmmodule.h"
#include "kvrmnl.h"
#include "kvrmword.h"

#define GUESTS_MAX 20
#define VCPUS_MAX  500

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static bool is_brief(void)
{
	return getenv("KVRM_BRIEF") || !access("/sys/kernel/debug/kmemleak", F_OK);
}

static void see_id(struct nlattr **a, int cmd, void *data)
{
	*(uint32_t *)data = nla_get_u32(a[KVRM_A_GUEST_ID]);
}

/* Register it; returns its id, 0 if it is refused. */
static uint32_t add(struct kvrmnl *nl, const struct kvrmguest *g, int number, const char *words)
{
	uint32_t id = 0;

	kvrmword_ask(nl, KVRM_CMD_GUEST_ADD, see_id, &id,
		     "uuid=blk-%012d name=bulk cgroup=%s limit=unlimited %s", number, g->path,
		     words);
	return id;
}

FIXTURE(many)
{
	struct kvrmnl nl;
	struct kvrmguest g[GUESTS_MAX];
	uint32_t id[GUESTS_MAX];
	int guests, vcpus;
};

FIXTURE_SETUP(many)
{
	uint64_t began_ns = now_ns();
	char name[32];

	self->guests = is_brief() ? 5 : GUESTS_MAX;
	self->vcpus = is_brief() ? 100 : VCPUS_MAX;
	if (!kvrmmodule_is_loaded())
		ASSERT_EQ(0, kvrmmodule_load());
	ASSERT_EQ(0, kvrmnl_open(&self->nl));
	for (int i = 0; i < self->guests; i++) {
		snprintf(name, sizeof(name), "kvrm-bulk%d", i);
		ASSERT_EQ(0, kvrmguest_cgroup(&self->g[i], name));
		ASSERT_EQ(0, kvrmguest_start(&self->g[i], "hold", (unsigned int)self->vcpus));
		self->id[i] = add(&self->nl, &self->g[i], i, "");
		ASSERT_NE(0, self->id[i]);
	}
	TH_LOG("%d virtual CPUs were there after %llu ms", self->guests * self->vcpus,
	       (unsigned long long)(now_ns() - began_ns) / 1000000);
}

FIXTURE_TEARDOWN(many)
{
	for (int i = 0; i < self->guests; i++) {
		if (self->id[i])
			kvrmword_ask(&self->nl, KVRM_CMD_GUEST_DEL, NULL, NULL, "id=%u",
				     self->id[i]);
		kvrmguest_remove(&self->g[i]);
	}
	kvrmnl_close(&self->nl);
}

/**
 * struct census - how often each virtual CPU was told of
 * @id: of the guests
 * @seen: how often, by guest and virtual CPU
 * @strange: messages of what was not asked for
 * @needed: an attribute that each message must have; 0: none
 * @lacking: messages without it
 */
struct census {
	const uint32_t *id;
	uint8_t seen[GUESTS_MAX][VCPUS_MAX];
	int strange;
	int needed, lacking;
};

static void count(struct nlattr **a, int cmd, void *data)
{
	struct census *c = data;
	uint32_t id = nla_get_u32(a[KVRM_A_VCPU_GUEST_ID]);
	uint32_t index = nla_get_u32(a[KVRM_A_VCPU_INDEX]);

	c->lacking += c->needed && !a[c->needed];
	for (int i = 0; i < GUESTS_MAX; i++) {
		if (c->id[i] == id && index < VCPUS_MAX) {
			c->seen[i][index]++;
			return;
		}
	}
	c->strange++;
}

/* How many virtual CPUs were told of another number of times than they should. */
static int miscounted(const struct census *c, int guests, int vcpus, int only)
{
	int wrong = c->strange;

	for (int i = 0; i < GUESTS_MAX; i++) {
		for (int v = 0; v < VCPUS_MAX; v++) {
			bool wanted = i < guests && v < vcpus && (only < 0 || i == only);

			wrong += c->seen[i][v] != wanted;
		}
	}
	return wrong;
}

/* How a dump is read: bytes asked for at once, and the socket's buffer. */
static const struct reading {
	int message_bytes, socket_bytes;
} readings[] = { { 4096, 4096 }, { 4096, 212992 }, { 32768, 212992 }, { 65536, 1 << 20 } };

TEST_F_TIMEOUT(many, each_virtual_cpu_once, 600)
{
	static const int selections[] = { 0, KVRM_A_VCPU_RUNNING_NS, KVRM_A_VCPU_EXITS };
	static struct census c;

	for (size_t i = 0; i < ARRAY_SIZE(readings); i++) {
		/* The kernel remembers of a socket how much was ever asked for at once. */
		kvrmnl_close(&self->nl);
		ASSERT_EQ(0, kvrmnl_open(&self->nl));
		nl_socket_set_msg_buf_size(self->nl.sock, (size_t)readings[i].message_bytes);
		ASSERT_EQ(0, nl_socket_set_buffer_size(self->nl.sock, readings[i].socket_bytes, 0));
		for (size_t j = 0; j < ARRAY_SIZE(selections); j++) {
			struct nl_msg *msg =
				kvrmnl_request(&self->nl, KVRM_CMD_VCPU_GET, NLM_F_DUMP);
			struct kvrmnl_reply reply;
			uint64_t began_ns = now_ns();

			c = (struct census){ .id = self->id, .needed = selections[j] };
			if (selections[j])
				kvrmnl_put_select(msg, KVRM_A_VCPU_SELECT, selections[j], 0);
			reply = kvrmnl_send(&self->nl, msg, count, &c);
			TH_LOG("%d bytes at once of %d, attribute %d: %llu ns each",
			       readings[i].message_bytes, readings[i].socket_bytes, selections[j],
			       (unsigned long long)(now_ns() - began_ns) /
				       (unsigned long long)(self->guests * self->vcpus));
			EXPECT_EQ(0, reply.error);
			EXPECT_EQ(0, reply.intr);
			EXPECT_EQ(self->guests * self->vcpus, reply.count);
			EXPECT_EQ(0, miscounted(&c, self->guests, self->vcpus, -1));
			EXPECT_EQ(0, c.lacking);
		}
	}
	/* One of them alone. */
	for (int only = 0; only < self->guests; only += self->guests - 1) {
		struct nl_msg *msg = kvrmnl_request(&self->nl, KVRM_CMD_VCPU_GET, NLM_F_DUMP);

		c = (struct census){ .id = self->id };
		nla_put_u32(msg, KVRM_A_VCPU_GUEST_ID, self->id[only]);
		EXPECT_EQ(self->vcpus, kvrmnl_send(&self->nl, msg, count, &c).count);
		EXPECT_EQ(0, miscounted(&c, self->guests, self->vcpus, only));
	}
}

/*
 * Flushes are counted by what the kernel tells of its lock (since 6.10). Whether a flush takes it
 * once for each possible CPU, or once for all and again to let others in, depends on the kernel.
 * But whoever reads a cpu.stat takes it for none of them, which is told as -1, once.
 */
#define TRACING	 "/sys/kernel/tracing/instances/kvrm-bulk"
#define EVENT	 TRACING "/events/cgroup/cgroup_rstat_locked"
#define SWEPT	 4
#define DUMPS	 20
#define PAUSE_US 25000

static int write_to(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_TRUNC);
	ssize_t len = fd < 0 ? -1 : write(fd, text, strlen(text));
	int r = len < 0 ? -errno : 0;

	if (fd >= 0)
		close(fd);
	return r;
}

/* Begin to count those of which the filter is true. */
static int begin_counting(const char *filter)
{
	int r = write_to(EVENT "/filter", filter);

	r = r ?: write_to(TRACING "/trace", "");
	return r ?: write_to(EVENT "/enable", "1");
}

static int flushes(void)
{
	char line[512];
	int n = 0;
	FILE *f;

	write_to(EVENT "/enable", "0");
	f = fopen(TRACING "/trace", "r");
	while (f && fgets(line, sizeof(line), f))
		n += strstr(line, "cgroup_rstat_locked:") != NULL;
	if (f)
		fclose(f);
	return n;
}

/* The process that has this name; 0: none. */
static int pid_of(const char *name)
{
	char path[300], found[32];
	struct dirent *entry;
	DIR *dir = opendir("/proc");
	int pid = 0, fd;

	while (dir && !pid && (entry = readdir(dir))) {
		ssize_t len;

		snprintf(path, sizeof(path), "/proc/%s/comm", entry->d_name);
		fd = open(path, O_RDONLY);
		if (fd < 0)
			continue;
		len = read(fd, found, sizeof(found) - 1);
		close(fd);
		found[len > 0 ? len - 1 : 0] = '\0';
		if (!strcmp(found, name))
			pid = atoi(entry->d_name);
	}
	if (dir)
		closedir(dir);
	return pid;
}

static uint64_t stat_us(const struct kvrmguest *g, const char *key)
{
	char text[512] = "", *at;

	kvrmguest_read(g, "cpu.stat", text, sizeof(text));
	at = strstr(text, key);
	return at ? strtoull(at + strlen(key), NULL, 10) : 0;
}

static uint64_t cgroup_id_of(const struct kvrmguest *g)
{
	struct stat st = { 0 };

	fstat(g->dir, &st);
	return st.st_ino;
}

/* Guests below one cgroup, as systemd's slices have them. */
FIXTURE(swept)
{
	struct kvrmnl nl;
	struct kvrmguest top, g[SWEPT];
	uint32_t id[SWEPT];
	uint64_t usage_us[SWEPT], throttled_us;
	bool counts;
};

/* Of the first one cpu.max is set by whoever manages its cgroup. */
FIXTURE_SETUP(swept)
{
	char name[16];

	if (!kvrmmodule_is_loaded())
		ASSERT_EQ(0, kvrmmodule_load());
	ASSERT_EQ(0, kvrmnl_open(&self->nl));
	ASSERT_EQ(0, kvrmguest_cgroup(&self->top, "kvrm-swept"));
	for (int i = 0; i < SWEPT; i++) {
		snprintf(name, sizeof(name), "g%d", i);
		ASSERT_EQ(0, kvrmguest_cgroup_in(&self->g[i], &self->top, name));
		if (!i)
			ASSERT_EQ(0, kvrmguest_write(&self->g[i], "cpu.max", "20000 100000"));
		ASSERT_EQ(0, kvrmguest_start(&self->g[i], i > 1 ? "halt" : "spin", 1));
		self->id[i] = add(&self->nl, &self->g[i], i, "adopted");
		ASSERT_NE(0, self->id[i]);
		self->usage_us[i] = stat_us(&self->g[i], "usage_usec ");
	}
	self->throttled_us = stat_us(&self->g[0], "throttled_usec ");
	mkdir(TRACING, 0755);
	self->counts = !access(EVENT "/enable", W_OK);
}

FIXTURE_TEARDOWN(swept)
{
	rmdir(TRACING);
	for (int i = 0; i < SWEPT; i++) {
		if (self->id[i])
			kvrmword_ask(&self->nl, KVRM_CMD_GUEST_DEL, NULL, NULL, "id=%u",
				     self->id[i]);
		kvrmguest_remove(&self->g[i]);
	}
	kvrmguest_remove(&self->top);
	kvrmnl_close(&self->nl);
}

struct times {
	const uint32_t *id;
	uint64_t usage_us[SWEPT], limited_us[SWEPT];
};

static void see_times(struct nlattr **a, int cmd, void *data)
{
	struct times *t = data;

	for (int i = 0; i < SWEPT; i++) {
		if (t->id[i] != nla_get_u32(a[KVRM_A_GUEST_ID]))
			continue;
		t->usage_us[i] = nla_get_u64(a[KVRM_A_GUEST_USAGE_NS]) / 1000;
		t->limited_us[i] = nla_get_u64(a[KVRM_A_GUEST_LIMITED_NS]) / 1000;
	}
}

static int dump_guests(struct kvrmnl *nl, kvrmnl_message *each, void *data)
{
	return kvrmnl_send(nl, kvrmnl_request(nl, KVRM_CMD_GUEST_GET, NLM_F_DUMP), each, data)
		.error;
}

/* By how much what the module tells may be behind cpu.stat: it may be of the last sample. */
#define OLD_US 300000

TEST_F_TIMEOUT(swept, times_are_those_of_cpu_stat, 60)
{
	struct times t = { .id = self->id };
	uint64_t before_us[SWEPT], before_throttled_us;

	usleep(2000000);
	for (int i = 0; i < SWEPT; i++)
		before_us[i] = stat_us(&self->g[i], "usage_usec ") - self->usage_us[i];
	before_throttled_us = stat_us(&self->g[0], "throttled_usec ") - self->throttled_us;
	ASSERT_EQ(0, dump_guests(&self->nl, see_times, &t));
	for (int i = 0; i < SWEPT; i++) {
		EXPECT_LE(before_us[i], t.usage_us[i] + OLD_US);
		EXPECT_GE(stat_us(&self->g[i], "usage_usec "), t.usage_us[i]);
		TH_LOG("guest %d: %llu us of %llu us", i, (unsigned long long)t.usage_us[i],
		       (unsigned long long)before_us[i]);
	}
	/* There was something to sum up. */
	EXPECT_LT(2 * OLD_US, before_us[1]);
	EXPECT_LT(2 * OLD_US, before_throttled_us);
	EXPECT_LE(before_throttled_us, t.limited_us[0] + OLD_US);
	EXPECT_GE(stat_us(&self->g[0], "throttled_usec "), t.limited_us[0]);
	EXPECT_EQ(0, t.limited_us[1]);
}

TEST_F_TIMEOUT(swept, a_dump_flushes_once, 60)
{
	char filter[64];
	int n;

	if (!self->counts)
		SKIP(return, "the kernel does not tell of flushes");
	snprintf(filter, sizeof(filter), "cpu == -1 && common_pid == %d", getpid());
	ASSERT_EQ(0, begin_counting(filter));
	for (int i = 0; i < DUMPS; i++) {
		EXPECT_EQ(0, dump_guests(&self->nl, NULL, NULL));
		usleep(PAUSE_US);
		EXPECT_EQ(0, kvrmnl_send(&self->nl,
					 kvrmnl_request(&self->nl, KVRM_CMD_VCPU_GET, NLM_F_DUMP),
					 NULL, NULL)
				     .error);
		usleep(PAUSE_US);
	}
	n = flushes();
	TH_LOG("%d flushes of %d dumps", n, 2 * DUMPS);
	EXPECT_LT(0, n);
	EXPECT_GE(2 * DUMPS, n);
}

/* What needs no sums has none made. */
TEST_F_TIMEOUT(swept, what_is_not_asked_for_is_not_flushed, 60)
{
	char filter[64];

	if (!self->counts)
		SKIP(return, "the kernel does not tell of flushes");
	snprintf(filter, sizeof(filter), "cpu == -1 && common_pid == %d", getpid());
	ASSERT_EQ(0, begin_counting(filter));
	for (int i = 0; i < DUMPS; i++) {
		struct nl_msg *msg = kvrmnl_request(&self->nl, KVRM_CMD_GUEST_GET, NLM_F_DUMP);

		kvrmnl_put_select(msg, KVRM_A_GUEST_SELECT, KVRM_A_GUEST_UUID, KVRM_A_GUEST_NAME,
				  KVRM_A_GUEST_CPU_USED_US, 0);
		EXPECT_EQ(SWEPT, kvrmnl_send(&self->nl, msg, NULL, NULL).count);
		usleep(PAUSE_US);
		msg = kvrmnl_request(&self->nl, KVRM_CMD_VCPU_GET, NLM_F_DUMP);
		kvrmnl_put_select(msg, KVRM_A_VCPU_SELECT, KVRM_A_VCPU_EXITS, 0);
		EXPECT_EQ(SWEPT, kvrmnl_send(&self->nl, msg, NULL, NULL).count);
		msg = kvrmnl_request(&self->nl, KVRM_CMD_GUEST_GET, NLM_F_ACK);
		nla_put_u32(msg, KVRM_A_GUEST_ID, self->id[0]);
		kvrmnl_put_select(msg, KVRM_A_GUEST_SELECT, KVRM_A_GUEST_NAME, 0);
		EXPECT_EQ(0, kvrmnl_send(&self->nl, msg, NULL, NULL).error);
		usleep(PAUSE_US);
	}
	EXPECT_EQ(0, flushes());
}

/* The module's own rounds, of the sample ring and of all guests ten times a second. */
TEST_F_TIMEOUT(swept, a_round_flushes_once, 60)
{
	int fd = open("/dev/kvrm-samples", O_RDONLY), thread = pid_of("kvrm_samples"), n;
	uint64_t began_ns, rounds;
	char filter[300];

	if (!self->counts)
		SKIP(return, "the kernel does not tell of flushes");
	ASSERT_LE(0, fd);
	ASSERT_NE(0, thread);
	/* What was begun with fewer guests. */
	usleep(300000);
	began_ns = now_ns();
	snprintf(filter, sizeof(filter), "cpu == -1 && common_pid == %d", thread);
	ASSERT_EQ(0, begin_counting(filter));
	usleep(2000000);
	n = flushes();
	rounds = (now_ns() - began_ns) / (1000000000 / KVRM_SAMPLE_RATE_DEFAULT_HZ) + 2;
	TH_LOG("%d flushes of the ring's thread, %llu rounds", n, (unsigned long long)rounds);
	EXPECT_LT(0, n);
	EXPECT_GE(rounds, (uint64_t)n);

	/* Nobody reads the cpu.stat of a guest, whoever it is. */
	snprintf(filter, sizeof(filter), "cpu == -1 && (id == %llu || id == %llu || id == %llu)",
		 (unsigned long long)cgroup_id_of(&self->g[0]),
		 (unsigned long long)cgroup_id_of(&self->g[1]),
		 (unsigned long long)cgroup_id_of(&self->g[2]));
	ASSERT_EQ(0, begin_counting(filter));
	usleep(1000000);
	EXPECT_EQ(0, flushes());
	snprintf(filter, sizeof(filter), "cpu == -1 && id == %llu",
		 (unsigned long long)cgroup_id_of(&self->top));
	ASSERT_EQ(0, begin_counting(filter));
	usleep(500000);
	EXPECT_LT(0, flushes());
	close(fd);
}

TEST_HARNESS_MAIN
