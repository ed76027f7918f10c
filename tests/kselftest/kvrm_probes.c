// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Probes: which there are, that they count what KVM counts, and that nothing is left of them when
 * they are detached. Needs the same as kvrm_netlink.
 */
#include <errno.h>
#include <linux/kvm.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "kvrmguest.h"
#include "kvrmmodule.h"
#include "kvrmnl.h"
#include "kvrmword.h"

#define ALL	(KVRM_PROBE_EXITS | KVRM_PROBE_USER_EXITS | KVRM_PROBE_WAKEUPS)
#define CLASSES (KVRM_EXIT_CLASS_SIGNAL + 1)
/* Reasons of user-exits that a message can have. */
#define REASONS 48
#define VCPUS	20

FIXTURE(probes)
{
	struct kvrmnl nl;
	struct kvrmguest g;
	uint32_t id;
};

static void see_id(struct nlattr **a, int cmd, void *data)
{
	*(uint32_t *)data = nla_get_u32(a[KVRM_A_GUEST_ID]);
}

FIXTURE_SETUP(probes)
{
	if (!kvrmmodule_is_loaded())
		ASSERT_EQ(0, kvrmmodule_load());
	ASSERT_EQ(0, kvrmnl_open(&self->nl));
	ASSERT_EQ(0, kvrmguest_cgroup(&self->g, "kvrm-probes"));
}

FIXTURE_TEARDOWN(probes)
{
	if (self->g.pid)
		kvrmword_ask(&self->nl, KVRM_CMD_GUEST_DEL, NULL, NULL, "id=%u", self->id);
	kvrmguest_remove(&self->g);
	kvrmnl_close(&self->nl);
}

/* Whether a guest in @mode runs and is registered with probes. */
static int start(struct kvrmnl *nl, struct kvrmguest *g, const char *mode, unsigned int vcpus,
		 unsigned int probes, uint32_t *ret_id)
{
	int r = kvrmguest_start(g, mode, vcpus);

	if (r)
		return r;
	return kvrmword_ask(nl, KVRM_CMD_GUEST_ADD, see_id, ret_id,
			    "uuid=prb-0123456789ab name=probed cgroup=%s limit=unlimited probes=%u",
			    g->path, probes)
		.error;
}

static struct kvrmnl_reply set_probes(struct kvrmnl *nl, uint32_t id, unsigned int probes)
{
	return kvrmword_ask(nl, KVRM_CMD_GUEST_SET, NULL, NULL, "id=%u probes=%u", id, probes);
}

static void see_probes(struct nlattr **a, int cmd, void *data)
{
	int type = cmd == KVRM_CMD_HOST_GET ? KVRM_A_HOST_PROBES : KVRM_A_GUEST_PROBES;

	*(uint32_t *)data = a[type] ? nla_get_u32(a[type]) : ~0U;
}

static uint32_t probes_of(struct kvrmnl *nl, uint32_t id)
{
	uint32_t probes = ~0U;

	kvrmword_ask(nl, KVRM_CMD_GUEST_GET, see_probes, &probes, "id=%u", id);
	return probes;
}

/**
 * struct seen - what latency-get and vcpu-get told of a guest, its virtual CPUs together
 * @n: messages of latency-get
 * @twice: one of them was of what another had told already
 * @wrong: numbers of a message did not fit together
 */
struct seen {
	int n, twice, wrong;
	uint64_t exits[CLASSES], exit_ns[CLASSES];
	uint64_t user_exits[REASONS];
	uint64_t wakeups;
	bool told[64][CLASSES];
	uint64_t kvm_exits, kvm_io, kvm_halts;
	uint64_t entered_ns, probe_ns, running_ns;
	int entered, vcpus;
};

static uint64_t sum_of(struct nlattr *histogram)
{
	uint64_t counts[KVRM_HISTOGRAM_BUCKETS], sum = 0;

	memcpy(counts, nla_data(histogram), sizeof(counts));
	for (int i = 0; i < KVRM_HISTOGRAM_BUCKETS; i++)
		sum += counts[i];
	return sum;
}

static void see_latency(struct nlattr **a, int cmd, void *data)
{
	struct nlattr *histogram = a[KVRM_A_LATENCY_HISTOGRAM];
	uint32_t index = nla_get_u32(a[KVRM_A_LATENCY_INDEX]);
	uint32_t probe = nla_get_u32(a[KVRM_A_LATENCY_PROBE]);
	uint32_t reason = nla_get_u32(a[KVRM_A_LATENCY_REASON]);
	uint64_t count = nla_get_u64(a[KVRM_A_LATENCY_COUNT]);
	struct seen *s = data;

	s->n++;
	if (!count || (probe != KVRM_PROBE_USER_EXITS) != !!histogram)
		s->wrong++;
	if (histogram && sum_of(histogram) != count)
		s->wrong++;
	if (probe == KVRM_PROBE_EXITS && reason < CLASSES && index < 64) {
		s->twice += s->told[index][reason];
		s->told[index][reason] = true;
		s->exits[reason] += count;
		s->exit_ns[reason] += nla_get_u64(a[KVRM_A_LATENCY_TIME_NS]);
	} else if (probe == KVRM_PROBE_USER_EXITS && reason < REASONS) {
		s->user_exits[reason] += count;
	} else if (probe == KVRM_PROBE_WAKEUPS && !reason) {
		s->wakeups += count;
	} else {
		s->wrong++;
	}
}

static void see_vcpu(struct nlattr **a, int cmd, void *data)
{
	struct seen *s = data;

	s->vcpus++;
	s->kvm_exits += nla_get_u64(a[KVRM_A_VCPU_EXITS]);
	s->kvm_io += nla_get_u64(a[KVRM_A_VCPU_IO_EXITS]);
	s->kvm_halts += nla_get_u64(a[KVRM_A_VCPU_HALT_EXITS]);
	s->running_ns += nla_get_u64(a[KVRM_A_VCPU_RUNNING_NS]);
	if (a[KVRM_A_VCPU_ENTERED_NS]) {
		s->entered++;
		s->entered_ns += nla_get_u64(a[KVRM_A_VCPU_ENTERED_NS]);
	}
	if (a[KVRM_A_VCPU_PROBE_NS])
		s->probe_ns += nla_get_u64(a[KVRM_A_VCPU_PROBE_NS]);
}

static struct seen look(struct kvrmnl *nl, uint32_t id)
{
	static struct seen s;
	struct nl_msg *msg = kvrmnl_request(nl, KVRM_CMD_LATENCY_GET, NLM_F_DUMP);

	memset(&s, 0, sizeof(s));
	nla_put_u32(msg, KVRM_A_LATENCY_GUEST_ID, id);
	kvrmnl_send(nl, msg, see_latency, &s);
	msg = kvrmnl_request(nl, KVRM_CMD_VCPU_GET, NLM_F_DUMP);
	nla_put_u32(msg, KVRM_A_VCPU_GUEST_ID, id);
	kvrmnl_send(nl, msg, see_vcpu, &s);
	return s;
}

static uint64_t all_exits(const struct seen *s)
{
	uint64_t sum = 0;

	for (int i = 0; i < CLASSES; i++)
		sum += s->exits[i];
	return sum;
}

TEST_F(probes, which_there_are)
{
	struct nl_msg *msg = kvrmnl_request(&self->nl, KVRM_CMD_HOST_GET, NLM_F_ACK);
	uint32_t available = ~0U;

	EXPECT_EQ(0, kvrmnl_send(&self->nl, msg, see_probes, &available).error);
	EXPECT_EQ(ALL, available);
	ASSERT_EQ(0, start(&self->nl, &self->g, "spin", 1, 0, &self->id));
	EXPECT_EQ(0, probes_of(&self->nl, self->id));
	for (unsigned int probes = ALL; probes; probes--) {
		EXPECT_EQ(0, set_probes(&self->nl, self->id, probes).error);
		EXPECT_EQ(probes, probes_of(&self->nl, self->id));
	}
	EXPECT_REFUSED(set_probes(&self->nl, self->id, ALL + 1), ERANGE, KVRM_A_GUEST_PROBES);
	EXPECT_REFUSED(set_probes(&self->nl, self->id, ~0U), ERANGE, KVRM_A_GUEST_PROBES);
	EXPECT_EQ(1, probes_of(&self->nl, self->id));
}

TEST_F(probes, none_is_attached_unasked)
{
	struct seen s;

	ASSERT_EQ(0, start(&self->nl, &self->g, "pio", 1, 0, &self->id));
	usleep(200000);
	s = look(&self->nl, self->id);
	EXPECT_EQ(0, s.n);
	EXPECT_EQ(1, s.vcpus);
	EXPECT_EQ(0, s.entered);
	EXPECT_EQ(0, s.probe_ns);
}

/* Each exit is in one class, and those that KVM counts as port I/O are in that. */
TEST_F(probes, exits_are_what_kvm_counts)
{
	struct seen a, b;
	uint64_t kvm, io;

	ASSERT_EQ(0, start(&self->nl, &self->g, "pio", 1, KVRM_PROBE_EXITS, &self->id));
	usleep(200000);
	a = look(&self->nl, self->id);
	usleep(1000000);
	b = look(&self->nl, self->id);
	kvm = b.kvm_exits - a.kvm_exits;
	io = b.kvm_io - a.kvm_io;
	TH_LOG("%llu exits, %llu of them I/O; probes: %llu, %llu; %llu of %llu ns in the guest",
	       (unsigned long long)kvm, (unsigned long long)io,
	       (unsigned long long)(all_exits(&b) - all_exits(&a)),
	       (unsigned long long)(b.exits[KVRM_EXIT_CLASS_IO] - a.exits[KVRM_EXIT_CLASS_IO]),
	       (unsigned long long)(b.entered_ns - a.entered_ns),
	       (unsigned long long)(b.running_ns - a.running_ns));
	EXPECT_EQ(0, a.wrong + b.wrong + a.twice + b.twice);
	EXPECT_GT(io, 100);
	/* The two dumps are a moment apart. */
	EXPECT_LT(b.exits[KVRM_EXIT_CLASS_IO] - a.exits[KVRM_EXIT_CLASS_IO], io + io / 5 + 20);
	EXPECT_GT(b.exits[KVRM_EXIT_CLASS_IO] - a.exits[KVRM_EXIT_CLASS_IO], io - io / 5 - 20);
	EXPECT_LT(all_exits(&b) - all_exits(&a), kvm + kvm / 5 + 20);
	EXPECT_GT(b.exit_ns[KVRM_EXIT_CLASS_IO], a.exit_ns[KVRM_EXIT_CLASS_IO]);
	EXPECT_GT(b.entered_ns, a.entered_ns);
	EXPECT_LT(b.entered_ns - a.entered_ns, b.running_ns - a.running_ns);
	EXPECT_GT(b.probe_ns, 0);
	EXPECT_EQ(0, b.user_exits[KVM_EXIT_IO]);
	EXPECT_EQ(0, b.wakeups);
}

TEST_F(probes, user_exits_have_reasons)
{
	struct seen s;

	ASSERT_EQ(0, start(&self->nl, &self->g, "pio", 1, KVRM_PROBE_USER_EXITS, &self->id));
	usleep(500000);
	s = look(&self->nl, self->id);
	EXPECT_EQ(0, s.wrong);
	EXPECT_GT(s.user_exits[KVM_EXIT_IO], 50);
	EXPECT_EQ(0, all_exits(&s));
	EXPECT_EQ(0, s.entered);
}

TEST_F(probes, a_halted_guest_is_woken)
{
	struct seen s;

	ASSERT_EQ(0, start(&self->nl, &self->g, "halt", 1, ALL, &self->id));
	usleep(1000000);
	s = look(&self->nl, self->id);
	EXPECT_EQ(0, s.wrong);
	EXPECT_GT(s.exits[KVRM_EXIT_CLASS_HALT], 20);
	EXPECT_GT(s.wakeups, 10);
}

/* More messages than fit into one buffer: each once, of each virtual CPU. */
TEST_F(probes, all_virtual_cpus_are_told_once)
{
	struct seen s;

	ASSERT_EQ(0, start(&self->nl, &self->g, "pio", VCPUS, ALL, &self->id));
	usleep(3000000);
	s = look(&self->nl, self->id);
	EXPECT_EQ(0, s.wrong);
	EXPECT_EQ(0, s.twice);
	EXPECT_EQ(VCPUS, s.vcpus);
	EXPECT_EQ(VCPUS, s.entered);
	for (int i = 0; i < VCPUS; i++) {
		bool any = false;

		for (int class = 0; class < CLASSES; class ++)
			any |= s.told[i][class];
		EXPECT_TRUE(any);
	}
}

TEST_F(probes, detached_they_are_forgotten)
{
	struct seen s;

	ASSERT_EQ(0, start(&self->nl, &self->g, "pio", 2, ALL, &self->id));
	usleep(300000);
	EXPECT_GT(look(&self->nl, self->id).n, 0);
	EXPECT_EQ(0, set_probes(&self->nl, self->id, 0).error);
	s = look(&self->nl, self->id);
	EXPECT_EQ(0, s.n);
	EXPECT_EQ(0, s.entered);
	EXPECT_EQ(0, set_probes(&self->nl, self->id, KVRM_PROBE_EXITS).error);
	usleep(300000);
	s = look(&self->nl, self->id);
	EXPECT_GT(s.exits[KVRM_EXIT_CLASS_IO], 0);
	EXPECT_EQ(0, s.wakeups);
}

/* With its process the guest goes, its probes, and what they are attached to. */
TEST_F(probes, they_end_with_the_guest)
{
	ASSERT_EQ(0, start(&self->nl, &self->g, "pio", 2, ALL, &self->id));
	usleep(100000);
	kvrmguest_kill(&self->g);
	for (int i = 0; i < 100 && probes_of(&self->nl, self->id) != ~0U; i++)
		usleep(50000);
	EXPECT_EQ(~0U, probes_of(&self->nl, self->id));
	ASSERT_EQ(0, start(&self->nl, &self->g, "pio", 1, 0, &self->id));
	EXPECT_EQ(0, look(&self->nl, self->id).n);
}

/* Linux 6.1 has no sentences for what a dump begins with. */
TEST_F(probes, of_nobody)
{
	struct nl_msg *msg = kvrmnl_request(&self->nl, KVRM_CMD_LATENCY_GET, NLM_F_DUMP);

	nla_put_u32(msg, KVRM_A_LATENCY_GUEST_ID, 12345);
	EXPECT_EQ(-ENOENT, kvrmnl_send(&self->nl, msg, NULL, NULL).error);
}

TEST_HARNESS_MAIN
