// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The sample ring: who may map it and how, what is in it, and that nobody disturbs anybody. Needs
 * the same as kvrm_network.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* mremap() */
#endif
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <pthread.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "kvrm/beat.h"
#include "kvrm/samples.h"
#include "kvrmguest.h"
#include "kvrmmodule.h"
#include "kvrmnl.h"
#include "kvrmtap.h"
#include "kvrmword.h"

#define ASK(cmd, ...) kvrmword_ask(&self->nl, cmd, NULL, NULL, __VA_ARGS__)
#define VCPUS	      2
#define THOUSAND      1000
/* Beats by which the first and the last sample may be late, for a rate. */
#define LATE_BEATS(rate_hz) (2 + (rate_hz) / 20)

/* A record, whatever its size. */
union record {
	struct kvrm_samples_record head;
	alignas(8) unsigned char bytes[KVRM_SAMPLES_RECORD_MAX];
};

FIXTURE(samples)
{
	struct kvrmnl nl;
	struct kvrmguest g;
	uint32_t guest;
	struct kvrm_samples s;
};

static void see_id(struct nlattr **a, int cmd, void *data)
{
	*(uint32_t *)data = nla_get_u32(a[KVRM_A_GUEST_ID]);
}

FIXTURE_SETUP(samples)
{
	if (!kvrmmodule_is_loaded())
		ASSERT_EQ(0, kvrmmodule_load());
	ASSERT_EQ(0, kvrmnl_open(&self->nl));
	ASSERT_EQ(0, kvrmguest_cgroup(&self->g, "kvrm-samples"));
	ASSERT_EQ(0, kvrmguest_start(&self->g, "spin", VCPUS));
	ASSERT_EQ(0, kvrmword_ask(&self->nl, KVRM_CMD_GUEST_ADD, see_id, &self->guest,
				  "uuid=smp-0123456789ab name=sampled cgroup=%s limit=unlimited",
				  self->g.path)
			     .error);
	ASSERT_EQ(0, kvrm_samples_open(&self->s, KVRM_SAMPLES_DEVICE));
}

FIXTURE_TEARDOWN(samples)
{
	kvrm_samples_close(&self->s);
	if (self->g.pid)
		ASK(KVRM_CMD_GUEST_DEL, "id=%u", self->guest);
	kvrmguest_remove(&self->g);
	kvrmnl_close(&self->nl);
}

static void pause_ms(int ms)
{
	usleep((useconds_t)ms * 1000);
}

static struct kvrmnl_reply set_rate(struct kvrmnl *nl, uint32_t guest, unsigned int rate_hz)
{
	return kvrmword_ask(nl, KVRM_CMD_GUEST_SET, NULL, NULL, "id=%u sample-rate-hz=%u", guest,
			    rate_hz);
}

static void see_rate(struct nlattr **a, int cmd, void *data)
{
	*(uint32_t *)data = nla_get_u32(a[KVRM_A_GUEST_SAMPLE_RATE_HZ]);
}

static uint32_t rate_of(struct kvrmnl *nl, uint32_t guest)
{
	uint32_t rate_hz = ~0U;

	kvrmword_ask(nl, KVRM_CMD_GUEST_GET, see_rate, &rate_hz, "id=%u", guest);
	return rate_hz;
}

static void see_missed(struct nlattr **a, int cmd, void *data)
{
	*(uint64_t *)data = nla_get_u64(a[KVRM_A_GUEST_SAMPLES_MISSED]);
}

static uint64_t missed_of(struct kvrmnl *nl, uint32_t guest)
{
	uint64_t missed = KVRM_SAMPLES_UNKNOWN;

	kvrmword_ask(nl, KVRM_CMD_GUEST_GET, see_missed, &missed, "id=%u", guest);
	return missed;
}

/* The next record of a kind; false if there is none in 5 s. */
static bool await(struct kvrm_samples *s, uint32_t kind, union record *record)
{
	for (int ms = 0; ms < 5000; ms += 2) {
		while (kvrm_samples_next(s, record)) {
			if (record->head.kind == kind)
				return true;
		}
		pause_ms(2);
	}
	return false;
}

static uint64_t number(const struct kvrm_samples *s, const char *name, const union record *record)
{
	const struct kvrm_samples_column *c = kvrm_samples_find(s, record->head.kind, name);

	return kvrm_samples_has(c, record) ? kvrm_samples_number(c, record) : KVRM_SAMPLES_UNKNOWN;
}

TEST_F(samples, the_device_is_read_only)
{
	struct stat st;

	ASSERT_EQ(0, stat(KVRM_SAMPLES_DEVICE, &st));
	EXPECT_EQ(0440, st.st_mode & 07777);
	EXPECT_EQ(-1, open(KVRM_SAMPLES_DEVICE, O_RDWR));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(-1, open(KVRM_SAMPLES_DEVICE, O_WRONLY));
	EXPECT_EQ(EACCES, errno);
}

TEST_F(samples, no_mapping_is_writable)
{
	size_t size = self->s.size;
	int fd = open(KVRM_SAMPLES_DEVICE, O_RDONLY);
	char byte;
	void *map;

	ASSERT_LE(0, fd);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0));
	EXPECT_EQ(EACCES, errno);
	for (int i = 0; i < 2; i++) {
		map = mmap(NULL, size, PROT_READ, i ? MAP_SHARED : MAP_PRIVATE, fd, 0);
		ASSERT_NE(MAP_FAILED, map);
		EXPECT_EQ(-1, mprotect(map, size, PROT_READ | PROT_WRITE));
		EXPECT_EQ(EACCES, errno);
		EXPECT_EQ(KVRM_SAMPLES_MAGIC, *(const uint64_t *)map);
		munmap(map, size);
	}
	EXPECT_EQ(-1, read(fd, &byte, 1));
	EXPECT_EQ(-1, write(fd, "x", 1));
	close(fd);
}

TEST_F(samples, no_mapping_is_larger_than_the_ring)
{
	size_t size = self->s.size, page = (size_t)sysconf(_SC_PAGESIZE);
	int fd = open(KVRM_SAMPLES_DEVICE, O_RDONLY);
	void *map;

	ASSERT_LE(0, fd);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, size + page, PROT_READ, MAP_SHARED, fd, 0));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, page, PROT_READ, MAP_SHARED, fd, (off_t)size));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, size, PROT_READ, MAP_SHARED, fd, (off_t)page));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(MAP_FAILED,
		  mmap(NULL, page, PROT_READ, MAP_SHARED, fd, (off_t)0x7ffffffffffff000));
	map = mmap(NULL, page, PROT_READ, MAP_SHARED, fd, (off_t)(size - page));
	EXPECT_NE(MAP_FAILED, map);
	EXPECT_EQ(MAP_FAILED, mremap(map, page, 2 * page, MREMAP_MAYMOVE));
	munmap(map, page);
	close(fd);
}

TEST_F(samples, rates)
{
	static const unsigned int right[] = { 0, 1, 7, 1000 };
	static const char *const wrong[] = { "1001", "1000000000", "4294967295" };

	EXPECT_EQ(KVRM_SAMPLE_RATE_DEFAULT_HZ, rate_of(&self->nl, self->guest));
	for (size_t i = 0; i < ARRAY_SIZE(right); i++) {
		EXPECT_EQ(0, set_rate(&self->nl, self->guest, right[i]).error);
		EXPECT_EQ(right[i], rate_of(&self->nl, self->guest));
	}
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		EXPECT_REFUSED(ASK(KVRM_CMD_GUEST_SET, "id=%u name=other sample-rate-hz=%s",
				   self->guest, wrong[i]),
			       ERANGE, KVRM_A_GUEST_SAMPLE_RATE_HZ);
		EXPECT_EQ(1000, rate_of(&self->nl, self->guest));
	}
	/* What is not given stays. */
	EXPECT_EQ(0, ASK(KVRM_CMD_GUEST_SET, "id=%u name=other", self->guest).error);
	EXPECT_EQ(1000, rate_of(&self->nl, self->guest));
}

/* Guest, then its virtual CPUs, of one round; and what they say is what netlink says. */
TEST_F(samples, what_a_round_tells)
{
	const struct kvrm_samples *s = &self->s;
	union record first, next;
	uint64_t elapsed_ns;

	ASSERT_EQ(0, set_rate(&self->nl, self->guest, 10).error);
	ASSERT_TRUE(await(&self->s, KVRM_SAMPLES_GUEST, &first));
	EXPECT_EQ(self->guest, first.head.guest);
	EXPECT_STREQ("sampled", kvrm_samples_text(kvrm_samples_find(s, 0, "name"), &first));
	EXPECT_EQ(0, memcmp(first.bytes + kvrm_samples_find(s, 0, "uuid")->offset,
			    "smp-0123456789ab", 16));
	EXPECT_EQ(VCPUS, number(s, "vcpus", &first));
	EXPECT_EQ(10, number(s, "rate_hz", &first));
	for (uint32_t i = 0; i < VCPUS; i++) {
		ASSERT_TRUE(await(&self->s, KVRM_SAMPLES_VCPU, &next));
		EXPECT_EQ(first.head.round, next.head.round);
		EXPECT_EQ(first.head.guest, next.head.guest);
		EXPECT_EQ(i, next.head.index);
		EXPECT_NE(KVRM_SAMPLES_UNKNOWN, number(s, "running_ns", &next));
		EXPECT_NE(KVRM_SAMPLES_UNKNOWN, number(s, "page_faults", &next));
		EXPECT_EQ(KVRM_SAMPLES_UNKNOWN, number(s, "usage_ns", &next));
	}
	ASSERT_TRUE(await(&self->s, KVRM_SAMPLES_GUEST, &next));
	EXPECT_LT(first.head.round, next.head.round);
	elapsed_ns = next.head.time_ns - first.head.time_ns;
	EXPECT_LT(0, elapsed_ns);
	/* It spins: it has used something, and no more than there is. */
	EXPECT_LT(number(s, "usage_ns", &first), number(s, "usage_ns", &next));
}

/* As the cgroup's own file tells, if it has one. */
TEST_F(samples, memory)
{
	uint64_t bytes, file;
	union record record;
	char text[32];

	ASSERT_TRUE(await(&self->s, KVRM_SAMPLES_GUEST, &record));
	bytes = number(&self->s, "memory_bytes", &record);
	if (kvrmguest_read(&self->g, "memory.current", text, sizeof(text))) {
		EXPECT_EQ(KVRM_SAMPLES_UNKNOWN, bytes);
		EXPECT_EQ(KVRM_SAMPLES_UNKNOWN, number(&self->s, "swap_bytes", &record));
	} else {
		file = strtoull(text, NULL, 10);
		EXPECT_LE(file / 2, bytes);
		EXPECT_LE(bytes / 2, file);
		EXPECT_NE(KVRM_SAMPLES_UNKNOWN, number(&self->s, "swap_bytes", &record));
	}
}

/*
 * Every beat between two samples was taken or is counted as missed, and counters never go back. At 1000 Hz the test
 * host may be too slow to take all, but not to count.
 */
TEST_F(samples, beats_are_taken_or_counted)
{
	static const uint32_t rates[] = { 1000, 100, 10 };

	for (size_t i = 0; i < ARRAY_SIZE(rates); i++) {
		uint64_t begin = 0, missed = 0, last_usage = 0, last_beat = 0, beats = 0, taken = 0;
		union record record;

		ASSERT_EQ(0, set_rate(&self->nl, self->guest, rates[i]).error);
		do {
			ASSERT_TRUE(await(&self->s, KVRM_SAMPLES_GUEST, &record));
		} while (number(&self->s, "rate_hz", &record) != rates[i]);
		missed = number(&self->s, "missed", &record);
		begin = kvrm_beat_at(record.head.time_ns, rates[i]);
		while (beats < rates[i]) {
			ASSERT_TRUE(await(&self->s, KVRM_SAMPLES_GUEST, &record));
			taken++;
			last_beat = kvrm_beat_at(record.head.time_ns, rates[i]);
			beats = last_beat - begin;
			EXPECT_LE(last_usage, number(&self->s, "usage_ns", &record));
			last_usage = number(&self->s, "usage_ns", &record);
		}
		missed = number(&self->s, "missed", &record) - missed;
		TH_LOG("%u Hz: %llu beats, %llu taken, %llu missed", rates[i],
		       (unsigned long long)beats, (unsigned long long)taken,
		       (unsigned long long)missed);
		EXPECT_LE(beats, taken + missed + LATE_BEATS(rates[i]));
		EXPECT_LE(taken + missed, beats + LATE_BEATS(rates[i]));
		EXPECT_EQ(0, self->s.lost);
	}
}

/* What is missed then stays, and is on netlink what it was in the last sample. */
TEST_F(samples, none_at_rate_0)
{
	union record record;
	uint64_t missed;

	ASSERT_TRUE(await(&self->s, KVRM_SAMPLES_GUEST, &record));
	missed = number(&self->s, "missed", &record);
	ASSERT_EQ(0, set_rate(&self->nl, self->guest, 0).error);
	/* A round that has begun. */
	pause_ms(300);
	while (kvrm_samples_next(&self->s, &record)) {
		if (record.head.kind == KVRM_SAMPLES_GUEST)
			missed = number(&self->s, "missed", &record);
	}
	EXPECT_EQ(missed, missed_of(&self->nl, self->guest));
	pause_ms(500);
	EXPECT_FALSE(kvrm_samples_next(&self->s, &record));
	ASSERT_EQ(0, set_rate(&self->nl, self->guest, 100).error);
	EXPECT_TRUE(await(&self->s, KVRM_SAMPLES_GUEST, &record));
	EXPECT_GT(50, number(&self->s, "missed", &record));
}

TEST_F(samples, nics)
{
	struct kvrmtap tap;
	union record record;

	ASSERT_EQ(0, kvrmtap_open(&tap, "kvrmt0", IFF_TAP));
	ASSERT_EQ(0,
		  ASK(KVRM_CMD_NIC_ADD, "guest-id=%u ifindex=%d", self->guest, tap.ifindex).error);
	ASSERT_TRUE(await(&self->s, KVRM_SAMPLES_NIC, &record));
	EXPECT_EQ(self->guest, record.head.guest);
	EXPECT_STREQ("kvrmt0",
		     kvrm_samples_text(kvrm_samples_find(&self->s, KVRM_SAMPLES_NIC, "device"),
				       &record));
	EXPECT_NE(KVRM_SAMPLES_UNKNOWN, number(&self->s, "to_guest_bytes", &record));
	EXPECT_NE(KVRM_SAMPLES_UNKNOWN, number(&self->s, "from_guest_queued_bytes", &record));
	kvrmtap_close(&tap);
}

struct reader {
	pthread_t thread;
	uint64_t from, to, got, sum;
	int error;
};

/* Reads records from one number to another, if the ring still has them. */
static void *read_some(void *data)
{
	struct reader *reader = data;
	union record record;
	struct kvrm_samples s;

	reader->error = kvrm_samples_open(&s, KVRM_SAMPLES_DEVICE);
	if (reader->error)
		return NULL;
	s.next = reader->from;
	for (int ms = 0; ms < 20000 && s.next < reader->to; ms++) {
		while (s.next < reader->to && kvrm_samples_next(&s, &record)) {
			reader->got++;
			reader->sum += record.head.sequence ^ record.head.time_ns;
		}
		pause_ms(1);
	}
	kvrm_samples_close(&s);
	return NULL;
}

TEST_F(samples, readers_beside_each_other)
{
	enum { READERS = 8 };
	struct reader readers[READERS];

	ASSERT_EQ(0, set_rate(&self->nl, self->guest, 100).error);
	for (int i = 0; i < READERS; i++) {
		readers[i] = (struct reader){ .from = self->s.next, .to = self->s.next + 100 };
		ASSERT_EQ(0, pthread_create(&readers[i].thread, NULL, read_some, &readers[i]));
	}
	for (int i = 0; i < READERS; i++) {
		pthread_join(readers[i].thread, NULL);
		EXPECT_EQ(0, readers[i].error);
		EXPECT_EQ(100, readers[i].got);
		EXPECT_EQ(readers[0].sum, readers[i].sum);
	}
}

/* A thousand who map it and never read; who reads sees no less. */
TEST_F(samples, a_thousand_idle_readers)
{
	static struct kvrm_samples idle[THOUSAND];
	union record record;
	int n = 0;

	ASSERT_EQ(0, set_rate(&self->nl, self->guest, 100).error);
	while (n < THOUSAND && !kvrm_samples_open(&idle[n], KVRM_SAMPLES_DEVICE))
		n++;
	EXPECT_EQ(THOUSAND, n);
	kvrm_samples_close(&self->s);
	ASSERT_EQ(0, kvrm_samples_open(&self->s, KVRM_SAMPLES_DEVICE));
	for (int i = 0; i < 20; i++)
		EXPECT_TRUE(await(&self->s, KVRM_SAMPLES_GUEST, &record));
	EXPECT_EQ(0, self->s.lost);
	while (n)
		kvrm_samples_close(&idle[--n]);
}

/* What is mapped stays readable, and so the module stays. */
TEST_F(samples, unloading_waits_for_readers)
{
	union record record;

	EXPECT_EQ(-EWOULDBLOCK, kvrmmodule_unload());
	ASSERT_TRUE(await(&self->s, KVRM_SAMPLES_GUEST, &record));
	ASSERT_EQ(0, ASK(KVRM_CMD_GUEST_DEL, "id=%u", self->guest).error);
	kvrmguest_kill(&self->g);
	pause_ms(300);
	while (kvrm_samples_next(&self->s, &record))
		;
	EXPECT_EQ(KVRM_SAMPLES_MAGIC, kvrm_samples_header_of(&self->s)->magic);
	EXPECT_EQ(-EWOULDBLOCK, kvrmmodule_unload());
	kvrm_samples_close(&self->s);
	kvrmnl_close(&self->nl);
	EXPECT_EQ(0, kvrmmodule_unload());
	EXPECT_EQ(0, kvrmmodule_load());
	ASSERT_EQ(0, kvrmnl_open(&self->nl));
}

/* A guest that is killed while it is sampled as often as can be, and while somebody looks. */
TEST_F(samples, a_guest_ends)
{
	union record record;
	uint64_t last;

	ASSERT_EQ(0, set_rate(&self->nl, self->guest, 1000).error);
	for (int i = 0; i < 10; i++)
		ASSERT_TRUE(await(&self->s, KVRM_SAMPLES_GUEST, &record));
	kvrmguest_kill(&self->g);
	for (int i = 0; i < 500 && rate_of(&self->nl, self->guest) != ~0U; i++)
		pause_ms(10);
	EXPECT_EQ(~0U, rate_of(&self->nl, self->guest));
	pause_ms(100);
	last = kvrm_samples_header_of(&self->s)->written;
	pause_ms(300);
	EXPECT_EQ(last, kvrm_samples_header_of(&self->s)->written);
}

TEST_HARNESS_MAIN
