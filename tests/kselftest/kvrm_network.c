// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * NICs: what their commands accept and refuse, what is told, and what happens when a device changes.
 * Needs the same as kvrm_netlink, taps and a bridge.
 */
#include <errno.h>
#include <linux/if_tun.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "kvrmframe.h"
#include "kvrmguest.h"
#include "kvrmnl.h"
#include "kvrmtap.h"
#include "kvrmword.h"

#define ASK(cmd, ...)	    kvrmword_ask(&self->nl, cmd, NULL, NULL, __VA_ARGS__)
#define SEE(cmd, seen, ...) kvrmword_ask(&self->nl, cmd, see, seen, __VA_ARGS__)
#define TOLD_WITHIN_MS	    1500
#define FORWARDS_WITHIN_MS  10000

/* What it said of packets that had to wait on their way from the guest. */
struct waited {
	uint64_t delayed, queued, went_on, delay_ns;
	uint64_t least_ns, most_ns; /* by the buckets that they are in */
};

/* What a message about a NIC said; 0 is what it did not say. */
struct seen {
	int cmd, count;
	bool out_of_order;
	uint32_t id, guest_id, ifindex, state, reason;
	uint64_t to_bytes, to_packets, to_burst, from_bytes, from_packets, from_burst;
	uint64_t passed, queued, dropped;
	struct waited waited;
	char name[32];
};

static uint64_t u64_of(struct nlattr **a, int type)
{
	return a[type] ? nla_get_u64(a[type]) : 0;
}

static uint32_t u32_of(struct nlattr **a, int type)
{
	return a[type] ? nla_get_u32(a[type]) : 0;
}

/* Numbers of the wrong length are none. */
static void see_delays(const struct nlattr *a, struct waited *w)
{
	uint64_t delays[KVRM_NIC_QUEUE_DELAY_BUCKETS], bound_ns = KVRM_NIC_QUEUE_DELAY_FIRST_NS;

	if (!a || nla_len(a) != KVRM_NIC_QUEUE_DELAY_BYTES)
		return;
	memcpy(delays, nla_data(a), sizeof(delays));
	for (size_t i = 0; i < ARRAY_SIZE(delays); i++, bound_ns *= 2) {
		w->went_on += delays[i];
		w->least_ns += i ? delays[i] * bound_ns / 2 : 0;
		w->most_ns += delays[i] * bound_ns;
	}
}

static struct waited see_waited(struct nlattr **a)
{
	struct waited w = { .delayed = u64_of(a, KVRM_A_NIC_FROM_GUEST_DELAYED_PACKETS),
			    .queued = u64_of(a, KVRM_A_NIC_FROM_GUEST_QUEUED_PACKETS),
			    .delay_ns = u64_of(a, KVRM_A_NIC_FROM_GUEST_QUEUE_DELAY_NS) };

	see_delays(a[KVRM_A_NIC_FROM_GUEST_QUEUE_DELAYS], &w);
	return w;
}

static void see(struct nlattr **a, int cmd, void *data)
{
	struct seen *s = data;
	uint32_t id = u32_of(a, KVRM_A_NIC_ID);

	s->out_of_order |= s->count && id <= s->id;
	s->cmd = cmd;
	s->count++;
	s->id = id;
	s->guest_id = u32_of(a, KVRM_A_NIC_GUEST_ID);
	s->ifindex = u32_of(a, KVRM_A_NIC_IFINDEX);
	s->state = u32_of(a, KVRM_A_NIC_STATE);
	s->reason = a[KVRM_A_NIC_REMOVAL_REASON] ? nla_get_u32(a[KVRM_A_NIC_REMOVAL_REASON]) : 99;
	s->to_bytes = u64_of(a, KVRM_A_NIC_TO_GUEST_LIMIT_BYTES_PER_S);
	s->to_packets = u64_of(a, KVRM_A_NIC_TO_GUEST_LIMIT_PACKETS_PER_S);
	s->to_burst = u64_of(a, KVRM_A_NIC_TO_GUEST_BURST_BYTES);
	s->from_bytes = u64_of(a, KVRM_A_NIC_FROM_GUEST_LIMIT_BYTES_PER_S);
	s->from_packets = u64_of(a, KVRM_A_NIC_FROM_GUEST_LIMIT_PACKETS_PER_S);
	s->from_burst = u64_of(a, KVRM_A_NIC_FROM_GUEST_BURST_BYTES);
	s->passed =
		u64_of(a, KVRM_A_NIC_TO_GUEST_PACKETS) + u64_of(a, KVRM_A_NIC_FROM_GUEST_PACKETS);
	s->queued = u64_of(a, KVRM_A_NIC_FROM_GUEST_QUEUED_PACKETS);
	s->dropped = u64_of(a, KVRM_A_NIC_TO_GUEST_DROPPED_FULL);
	s->waited = see_waited(a);
	snprintf(s->name, sizeof(s->name), "%s",
		 a[KVRM_A_NIC_IFNAME] ? nla_get_string(a[KVRM_A_NIC_IFNAME]) : "");
}

static void see_id(struct nlattr **a, int cmd, void *data)
{
	*(uint32_t *)data = nla_get_u32(a[KVRM_A_GUEST_ID]);
}

FIXTURE(network)
{
	struct kvrmnl nl;
	struct kvrmguest g;
	struct kvrmtap tap, other;
	uint32_t guest;
	struct nl_sock *listener;
};

static struct nl_sock *listen_to(int group)
{
	struct nl_sock *sock = nl_socket_alloc();

	genl_connect(sock);
	nl_socket_disable_seq_check(sock);
	nl_socket_add_membership(sock, group);
	nl_socket_set_nonblocking(sock);
	return sock;
}

FIXTURE_SETUP(network)
{
	char path[300];

	ASSERT_EQ(0, kvrmnl_open(&self->nl));
	ASSERT_EQ(0, kvrmguest_cgroup(&self->g, "kvrm-net"));
	ASSERT_EQ(0, kvrmguest_start(&self->g, "halt", 1));
	snprintf(path, sizeof(path), "uuid=net-0123456789ab name=net cgroup=%s limit=unlimited",
		 self->g.path);
	ASSERT_EQ(0, kvrmword_ask(&self->nl, KVRM_CMD_GUEST_ADD, see_id, &self->guest, "%s", path)
			     .error);
	ASSERT_EQ(0, kvrmtap_open(&self->tap, "kvrmt0", IFF_TAP));
	ASSERT_EQ(0, kvrmtap_open(&self->other, "kvrmt1", IFF_TAP));
	self->listener = listen_to(self->nl.nic_group);
}

static int count(struct kvrmnl *nl, int cmd)
{
	return kvrmnl_send(nl, kvrmnl_request(nl, cmd, NLM_F_DUMP), NULL, NULL).count;
}

FIXTURE_TEARDOWN(network)
{
	nl_socket_free(self->listener);
	kvrmguest_remove(&self->g);
	for (int i = 0; i < 500 && count(&self->nl, KVRM_CMD_GUEST_GET); i++)
		usleep(10000);
	/* Its NICs go with a guest, a moment after nobody finds it any more. */
	for (int i = 0; i < 500 && count(&self->nl, KVRM_CMD_NIC_GET); i++)
		usleep(10000);
	EXPECT_EQ(0, count(&self->nl, KVRM_CMD_NIC_GET));
	kvrmtap_close(&self->tap);
	kvrmtap_close(&self->other);
	kvrmnl_close(&self->nl);
}

static int on_told(struct nl_msg *msg, void *data)
{
	struct nlattr *attrs[64] = { 0 };

	genlmsg_parse(nlmsg_hdr(msg), 0, attrs, 63, NULL);
	see(attrs, genlmsg_hdr(nlmsg_hdr(msg))->cmd, data);
	return NL_OK;
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

TEST_F(network, add_get_set_del)
{
	struct seen s = { 0 };
	uint32_t id;

	ASSERT_EQ(0, SEE(KVRM_CMD_NIC_ADD, &s,
			 "guest-id=%u ifindex=%u to-guest-limit-bytes-per-s=125000", self->guest,
			 self->tap.ifindex)
			     .error);
	id = s.id;
	EXPECT_NE(0, id);
	EXPECT_EQ(self->guest, s.guest_id);
	EXPECT_EQ(self->tap.ifindex, s.ifindex);
	EXPECT_STREQ("kvrmt0", s.name);
	EXPECT_EQ(KVRM_NIC_STATE_ENFORCEABLE, s.state);
	EXPECT_EQ(125000, s.to_bytes);
	EXPECT_EQ(0, s.to_packets + s.to_burst + s.from_bytes + s.from_packets + s.from_burst);
	EXPECT_EQ(0, s.passed);
	s = told(self->listener);
	EXPECT_EQ(KVRM_CMD_NIC_ADD_NTF, s.cmd);
	EXPECT_EQ(id, s.id);

	/* What is not given stays, 0 is no limit. */
	EXPECT_EQ(0,
		  ASK(KVRM_CMD_NIC_SET,
		      "id=%u from-guest-limit-packets-per-s=7 from-guest-burst-bytes=1000000", id)
			  .error);
	s = told(self->listener);
	EXPECT_EQ(KVRM_CMD_NIC_SET_NTF, s.cmd);
	EXPECT_EQ(0, SEE(KVRM_CMD_NIC_GET, &s, "id=%u", id).error);
	EXPECT_EQ(125000, s.to_bytes);
	EXPECT_EQ(7, s.from_packets);
	EXPECT_EQ(1000000, s.from_burst);
	EXPECT_EQ(0, ASK(KVRM_CMD_NIC_SET, "id=%u to-guest-limit-bytes-per-s=0", id).error);
	s = told(self->listener);
	EXPECT_EQ(0, s.to_bytes);
	EXPECT_EQ(7, s.from_packets);

	EXPECT_EQ(0, ASK(KVRM_CMD_NIC_DEL, "id=%u", id).error);
	s = told(self->listener);
	EXPECT_EQ(KVRM_CMD_NIC_DEL_NTF, s.cmd);
	EXPECT_EQ(id, s.id);
	EXPECT_EQ(self->guest, s.guest_id);
	EXPECT_EQ(KVRM_REMOVAL_REASON_REQUESTED, s.reason);
	EXPECT_REFUSED(ASK(KVRM_CMD_NIC_GET, "id=%u", id), ENOENT, KVRM_A_NIC_ID);
	EXPECT_REFUSED(ASK(KVRM_CMD_NIC_SET, "id=%u", id), ENOENT, KVRM_A_NIC_ID);
	EXPECT_REFUSED(ASK(KVRM_CMD_NIC_DEL, "id=%u", id), ENOENT, KVRM_A_NIC_ID);
}

TEST_F(network, out_of_range)
{
	static const struct {
		const char *name;
		unsigned long long most;
		int type;
	} numbers[] = {
		{ "to-guest-limit-bytes-per-s", KVRM_NIC_LIMIT_BYTES_PER_S_MAX,
		  KVRM_A_NIC_TO_GUEST_LIMIT_BYTES_PER_S },
		{ "to-guest-limit-packets-per-s", KVRM_NIC_LIMIT_PACKETS_PER_S_MAX,
		  KVRM_A_NIC_TO_GUEST_LIMIT_PACKETS_PER_S },
		{ "to-guest-burst-bytes", KVRM_NIC_BURST_BYTES_MAX,
		  KVRM_A_NIC_TO_GUEST_BURST_BYTES },
		{ "from-guest-limit-bytes-per-s", KVRM_NIC_LIMIT_BYTES_PER_S_MAX,
		  KVRM_A_NIC_FROM_GUEST_LIMIT_BYTES_PER_S },
		{ "from-guest-limit-packets-per-s", KVRM_NIC_LIMIT_PACKETS_PER_S_MAX,
		  KVRM_A_NIC_FROM_GUEST_LIMIT_PACKETS_PER_S },
		{ "from-guest-burst-bytes", KVRM_NIC_BURST_BYTES_MAX,
		  KVRM_A_NIC_FROM_GUEST_BURST_BYTES },
	};
	struct seen s = { 0 };

	ASSERT_EQ(0, SEE(KVRM_CMD_NIC_ADD, &s, "guest-id=%u ifindex=%u", self->guest,
			 self->tap.ifindex)
			     .error);
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		const unsigned long long bad[] = { numbers[i].most + 1, 1ull << 63, ~0ull };

		for (size_t j = 0; j < ARRAY_SIZE(bad); j++) {
			EXPECT_REFUSED(ASK(KVRM_CMD_NIC_SET, "id=%u %s=%llu", s.id, numbers[i].name,
					   bad[j]),
				       ERANGE, numbers[i].type);
			EXPECT_REFUSED(ASK(KVRM_CMD_NIC_ADD, "guest-id=%u ifindex=%u %s=%llu",
					   self->guest, self->other.ifindex, numbers[i].name,
					   bad[j]),
				       ERANGE, numbers[i].type);
		}
		EXPECT_EQ(0, ASK(KVRM_CMD_NIC_SET, "id=%u %s=%llu", s.id, numbers[i].name,
				 numbers[i].most)
				     .error);
		EXPECT_EQ(0, ASK(KVRM_CMD_NIC_SET, "id=%u %s=1", s.id, numbers[i].name).error);
	}
	/* One that is wrong: none is changed. */
	EXPECT_ERROR(ASK(KVRM_CMD_NIC_SET,
			 "id=%u to-guest-limit-bytes-per-s=5 from-guest-limit-bytes-per-s=%llu",
			 s.id, ~0ull),
		     ERANGE);
	EXPECT_EQ(0, SEE(KVRM_CMD_NIC_GET, &s, "id=%u", s.id).error);
	EXPECT_EQ(1, s.to_bytes);
}

TEST_F(network, which_device)
{
	const uint32_t none[] = { 0, 1000000, 0x7fffffff, 0x80000000, 0xffffffff };
	struct kvrmtap tun;
	struct kvrmnl_reply reply;
	struct seen s = { 0 };
	char claimed[80];

	EXPECT_REFUSED(ASK(KVRM_CMD_NIC_ADD, "guest-id=%u", self->guest), EINVAL, 0);
	EXPECT_REFUSED(ASK(KVRM_CMD_NIC_ADD, "ifindex=%u", self->tap.ifindex), EINVAL, 0);
	EXPECT_REFUSED(ASK(KVRM_CMD_NIC_ADD, "guest-id=%u ifindex=%u", self->guest + 1000,
			   self->tap.ifindex),
		       ENOENT, KVRM_A_NIC_GUEST_ID);
	for (size_t i = 0; i < ARRAY_SIZE(none); i++)
		EXPECT_REFUSED(ASK(KVRM_CMD_NIC_ADD, "guest-id=%u ifindex=%u", self->guest,
				   none[i]),
			       ENODEV, KVRM_A_NIC_IFINDEX);
	EXPECT_REFUSED(ASK(KVRM_CMD_NIC_ADD, "guest-id=%u ifindex=%u", self->guest,
			   if_nametoindex("lo")),
		       EOPNOTSUPP, KVRM_A_NIC_IFINDEX);
	/* No Ethernet. */
	ASSERT_EQ(0, kvrmtap_open(&tun, "kvrmtun", IFF_TUN));
	EXPECT_REFUSED(ASK(KVRM_CMD_NIC_ADD, "guest-id=%u ifindex=%u", self->guest, tun.ifindex),
		       EOPNOTSUPP, KVRM_A_NIC_IFINDEX);
	kvrmtap_close(&tun);

	ASSERT_EQ(0, SEE(KVRM_CMD_NIC_ADD, &s, "guest-id=%u ifindex=%u", self->guest,
			 self->tap.ifindex)
			     .error);
	reply = ASK(KVRM_CMD_NIC_ADD, "guest-id=%u ifindex=%u", self->guest, self->tap.ifindex);
	EXPECT_REFUSED(reply, EEXIST, KVRM_A_NIC_IFINDEX);
	snprintf(claimed, sizeof(claimed), "the device is NIC %u of guest %u", s.id, self->guest);
	EXPECT_STREQ(claimed, reply.sentence);
	EXPECT_REFUSED(ASK(KVRM_CMD_NIC_ADD, "guest-id=%u ifindex=%u to-guest-bytes=1", self->guest,
			   self->other.ifindex),
		       EINVAL, KVRM_A_NIC_TO_GUEST_BYTES);
	EXPECT_REFUSED(ASK(KVRM_CMD_NIC_SET, "id=%u ifindex=%u", s.id, self->other.ifindex), EINVAL,
		       KVRM_A_NIC_IFINDEX);
}

TEST_F(network, dump)
{
	struct kvrmtap taps[20];
	struct kvrmnl_reply reply;
	struct seen s = { 0 };
	char name[16];

	for (size_t i = 0; i < ARRAY_SIZE(taps); i++) {
		snprintf(name, sizeof(name), "kvrmd%zu", i);
		ASSERT_EQ(0, kvrmtap_open(&taps[i], name, IFF_TAP));
		ASSERT_EQ(0, ASK(KVRM_CMD_NIC_ADD, "guest-id=%u ifindex=%u", self->guest,
				 taps[i].ifindex)
				     .error);
	}
	reply = kvrmnl_send(&self->nl, kvrmnl_request(&self->nl, KVRM_CMD_NIC_GET, NLM_F_DUMP), see,
			    &s);
	EXPECT_EQ(0, reply.error);
	EXPECT_EQ(0, reply.intr);
	EXPECT_EQ((int)ARRAY_SIZE(taps), s.count);
	EXPECT_FALSE(s.out_of_order);
	EXPECT_EQ(taps[ARRAY_SIZE(taps) - 1].ifindex, s.ifindex);
	for (size_t i = 0; i < ARRAY_SIZE(taps); i++)
		kvrmtap_close(&taps[i]);
}

/* A NIC whose device has gone stays until it is removed; the device's number may come again. */
TEST_F(network, device_removed)
{
	struct seen s = { 0 };
	uint32_t id;

	ASSERT_EQ(0, SEE(KVRM_CMD_NIC_ADD, &s,
			 "guest-id=%u ifindex=%u from-guest-limit-bytes-per-s=1000", self->guest,
			 self->tap.ifindex)
			     .error);
	id = s.id;
	told(self->listener);
	kvrmtap_close(&self->tap);
	s = told(self->listener);
	EXPECT_EQ(KVRM_CMD_NIC_SET_NTF, s.cmd);
	EXPECT_EQ(id, s.id);
	EXPECT_EQ(KVRM_NIC_STATE_GONE, s.state);
	EXPECT_STREQ("kvrmt0", s.name);
	EXPECT_REFUSED(ASK(KVRM_CMD_NIC_SET, "id=%u from-guest-limit-bytes-per-s=2000", id), ENODEV,
		       KVRM_A_NIC_ID);
	EXPECT_EQ(0, SEE(KVRM_CMD_NIC_GET, &s, "id=%u", id).error);
	EXPECT_EQ(1000, s.from_bytes);
	ASSERT_EQ(0, kvrmtap_open(&self->tap, "kvrmt0", IFF_TAP));
	EXPECT_EQ(0, SEE(KVRM_CMD_NIC_ADD, &s, "guest-id=%u ifindex=%u", self->guest,
			 self->tap.ifindex)
			     .error);
	EXPECT_NE(id, s.id);
	EXPECT_EQ(0, ASK(KVRM_CMD_NIC_DEL, "id=%u", id).error);
}

TEST_F(network, renamed_and_moved_away)
{
	struct kvrmnl_reply reply;
	struct seen s = { 0 };
	uint32_t id;

	ASSERT_EQ(0, SEE(KVRM_CMD_NIC_ADD, &s, "guest-id=%u ifindex=%u", self->guest,
			 self->tap.ifindex)
			     .error);
	id = s.id;
	told(self->listener);
	ASSERT_EQ(0, kvrmtap_rename(&self->tap, "kvrmnew"));
	s = told(self->listener);
	EXPECT_EQ(KVRM_CMD_NIC_SET_NTF, s.cmd);
	EXPECT_STREQ("kvrmnew", s.name);
	ASSERT_EQ(0, kvrmtap_move_away(&self->tap));
	s = told(self->listener);
	EXPECT_EQ(id, s.id);
	EXPECT_EQ(KVRM_NIC_STATE_GONE, s.state);
	reply = ASK(KVRM_CMD_NIC_ADD, "guest-id=%u ifindex=%u", self->guest, self->tap.ifindex);
	EXPECT_REFUSED(reply, ENODEV, KVRM_A_NIC_IFINDEX);
	EXPECT_STREQ("no such device in the initial network namespace", reply.sentence);
}

/* A device that is a guest's is nobody else's, until it is that guest's no more. */
TEST_F(network, claimed_by_another_guest)
{
	struct kvrmnl_reply reply;
	struct kvrmguest second;
	struct seen s = { 0 };
	uint32_t guest = 0;
	char claimed[80];

	ASSERT_EQ(0, SEE(KVRM_CMD_NIC_ADD, &s, "guest-id=%u ifindex=%u", self->guest,
			 self->tap.ifindex)
			     .error);
	ASSERT_EQ(0, kvrmguest_cgroup(&second, "kvrm-two"));
	ASSERT_EQ(0, kvrmguest_start(&second, "halt", 1));
	EXPECT_EQ(0, kvrmword_ask(&self->nl, KVRM_CMD_GUEST_ADD, see_id, &guest,
				  "uuid=two-0123456789ab name=two cgroup=%s limit=unlimited",
				  second.path)
			     .error);
	reply = ASK(KVRM_CMD_NIC_ADD, "guest-id=%u ifindex=%u", guest, self->tap.ifindex);
	EXPECT_REFUSED(reply, EEXIST, KVRM_A_NIC_IFINDEX);
	snprintf(claimed, sizeof(claimed), "the device is NIC %u of guest %u", s.id, self->guest);
	EXPECT_STREQ(claimed, reply.sentence);
	EXPECT_EQ(1, count(&self->nl, KVRM_CMD_NIC_GET));
	EXPECT_EQ(0, ASK(KVRM_CMD_NIC_DEL, "id=%u", s.id).error);
	EXPECT_EQ(0, SEE(KVRM_CMD_NIC_ADD, &s, "guest-id=%u ifindex=%u", guest, self->tap.ifindex)
			     .error);
	EXPECT_EQ(guest, s.guest_id);
	kvrmguest_remove(&second);
}

TEST_F(network, guest_ends)
{
	struct seen s = { 0 };

	ASSERT_EQ(0, SEE(KVRM_CMD_NIC_ADD, &s, "guest-id=%u ifindex=%u", self->guest,
			 self->tap.ifindex)
			     .error);
	told(self->listener);
	kvrmguest_kill(&self->g);
	s = told(self->listener);
	EXPECT_EQ(KVRM_CMD_NIC_DEL_NTF, s.cmd);
	EXPECT_EQ(KVRM_REMOVAL_REASON_EXITED, s.reason);
	EXPECT_ERROR(ASK(KVRM_CMD_NIC_ADD, "guest-id=%u ifindex=%u", self->guest,
			 self->other.ifindex),
		     ENOENT);
}

/* Nobody tells that a program was attached: it is seen within a second, and limits are refused. */
TEST_F(network, xdp)
{
	struct seen s = { 0 };
	uint32_t id;
	int r;

	ASSERT_EQ(0, SEE(KVRM_CMD_NIC_ADD, &s, "guest-id=%u ifindex=%u", self->guest,
			 self->tap.ifindex)
			     .error);
	id = s.id;
	told(self->listener);
	r = kvrmtap_set_xdp(&self->tap, 1);
	if (r == -EOPNOTSUPP)
		SKIP(return, "this kernel knows no XDP programs");
	ASSERT_EQ(0, r);
	s = told(self->listener);
	EXPECT_EQ(id, s.id);
	EXPECT_EQ(KVRM_NIC_STATE_XDP, s.state);
	EXPECT_REFUSED(ASK(KVRM_CMD_NIC_SET, "id=%u to-guest-limit-bytes-per-s=1000", id),
		       EOPNOTSUPP, KVRM_A_NIC_TO_GUEST_LIMIT_BYTES_PER_S);
	EXPECT_EQ(0, ASK(KVRM_CMD_NIC_DEL, "id=%u", id).error);
	EXPECT_REFUSED(ASK(KVRM_CMD_NIC_ADD,
			   "guest-id=%u ifindex=%u from-guest-limit-packets-per-s=1", self->guest,
			   self->tap.ifindex),
		       EOPNOTSUPP, KVRM_A_NIC_FROM_GUEST_LIMIT_PACKETS_PER_S);
	EXPECT_EQ(0, SEE(KVRM_CMD_NIC_ADD, &s, "guest-id=%u ifindex=%u", self->guest,
			 self->tap.ifindex)
			     .error);
	EXPECT_EQ(KVRM_NIC_STATE_XDP, s.state);
	ASSERT_EQ(0, kvrmtap_set_xdp(&self->tap, 0));
	EXPECT_EQ(0, ASK(KVRM_CMD_NIC_SET, "id=%u to-guest-limit-bytes-per-s=1000", s.id).error);
}

/*
 * A guest asks for its 64 KiB to be cut into single bytes, with headers as they are, or with ones
 * of 2 KB. Also if the kernel makes that 8 bytes each, these are 0.5 MB, and 16 MB. Who receives
 * them may have 250,000 bytes per second, and is not kept waiting for either.
 */
TEST_F(network, cut_into_bytes)
{
	struct kvrmtap from, to;
	struct seen s = { 0 };
	int cut;

	ASSERT_EQ(0, kvrmtap_open(&from, "kvrmc0", IFF_TAP | IFF_VNET_HDR));
	ASSERT_EQ(0, kvrmtap_open(&to, "kvrmc1", IFF_TAP | IFF_VNET_HDR));
	ASSERT_EQ(0, kvrmframe_connect((struct kvrmtap[]){ from, to }, 2));
	ASSERT_EQ(0, SEE(KVRM_CMD_NIC_ADD, &s,
			 "guest-id=%u ifindex=%u to-guest-limit-bytes-per-s=250000", self->guest,
			 to.ifindex)
			     .error);
	/* A bridge's port forwards a moment after its carrier came. */
	ASSERT_TRUE(kvrmframe_comes_through(&from, &to, FORWARDS_WITHIN_MS));
	EXPECT_TRUE(kvrmframe_cut(&from, 1, KVRMFRAME_START));
	cut = 1 + kvrmframe_cut(&from, 1, 1980);
	EXPECT_TRUE(kvrmframe_comes_through(&from, &to, TOLD_WITHIN_MS));
	EXPECT_EQ(0, SEE(KVRM_CMD_NIC_GET, &s, "id=%u", s.id).error);
	EXPECT_EQ(cut, s.dropped);
	/* One that is real passes, in segments. */
	EXPECT_TRUE(kvrmframe_cut(&from, 1448, KVRMFRAME_START));
	EXPECT_TRUE(kvrmframe_comes_through(&from, &to, TOLD_WITHIN_MS));
	EXPECT_EQ(0, SEE(KVRM_CMD_NIC_GET, &s, "id=%u", s.id).error);
	EXPECT_EQ(cut, s.dropped);
	kvrmframe_disconnect();
	kvrmtap_close(&from);
	kvrmtap_close(&to);
}

/*
 * A guest sends small frames at 100 bytes per second: the first passes, each next one goes 600 ms
 * after the one before it. Whoever waited is counted once, in the bucket of its delay, when it
 * goes on.
 */
TEST_F(network, queue_delays)
{
	struct kvrmtap from, to;
	struct seen s = { 0 };
	int polls = 0;

	ASSERT_EQ(0, kvrmtap_open(&from, "kvrmq0", IFF_TAP | IFF_VNET_HDR));
	ASSERT_EQ(0, kvrmtap_open(&to, "kvrmq1", IFF_TAP | IFF_VNET_HDR));
	ASSERT_EQ(0, kvrmframe_connect((struct kvrmtap[]){ from, to }, 2));
	ASSERT_EQ(0, SEE(KVRM_CMD_NIC_ADD, &s, "guest-id=%u ifindex=%u", self->guest, from.ifindex)
			     .error);
	/* A bridge's port forwards a moment after its carrier came. */
	ASSERT_TRUE(kvrmframe_comes_through(&from, &to, FORWARDS_WITHIN_MS));
	EXPECT_EQ(0, SEE(KVRM_CMD_NIC_GET, &s, "id=%u", s.id).error);
	EXPECT_LE(1, s.passed);
	EXPECT_EQ(0, s.waited.delayed + s.waited.went_on + s.waited.delay_ns);

	EXPECT_EQ(0, ASK(KVRM_CMD_NIC_SET, "id=%u from-guest-limit-bytes-per-s=100", s.id).error);
	for (int i = 0; i < 3; i++)
		EXPECT_TRUE(kvrmframe_comes_through(&from, &to, TOLD_WITHIN_MS));
	EXPECT_EQ(0, SEE(KVRM_CMD_NIC_GET, &s, "id=%u", s.id).error);
	EXPECT_LE(1, s.waited.queued);
	EXPECT_LE(2, s.waited.went_on);
	EXPECT_EQ(s.waited.delayed, s.waited.queued + s.waited.went_on);
	EXPECT_LE(s.waited.least_ns, s.waited.delay_ns);
	EXPECT_GE(s.waited.most_ns, s.waited.delay_ns);
	/* Two of them waited for most of 600 ms. */
	EXPECT_LE(600000000, s.waited.delay_ns);

	/* What waits goes on without the limit, and has waited, too. */
	EXPECT_EQ(0, ASK(KVRM_CMD_NIC_SET, "id=%u from-guest-limit-bytes-per-s=0", s.id).error);
	do {
		usleep(10000);
		EXPECT_EQ(0, SEE(KVRM_CMD_NIC_GET, &s, "id=%u", s.id).error);
		EXPECT_EQ(s.waited.delayed, s.waited.queued + s.waited.went_on);
	} while (s.waited.queued && ++polls < 500);
	EXPECT_EQ(0, s.waited.queued);
	kvrmframe_disconnect();
	kvrmtap_close(&from);
	kvrmtap_close(&to);
}

TEST_HARNESS_MAIN
