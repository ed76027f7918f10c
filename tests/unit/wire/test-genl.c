// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Netlink messages about the host, guests and virtual CPUs, taken apart, also broken ones; and the
 * client without a module.
 */
#include <errno.h>
#include <linux/netlink.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "daemon/util/cleanup.h"
#include "daemon/wire/genl-client.h"
#include "daemon/wire/genl-message.h"

#define FAMILY_ID 31

static const uint8_t uuid[KVRM_UUID_LEN] = "0123456789abcdef";

static const uint64_t stalls[KVRM_LIMIT_STALL_BUCKETS] = { 1, [11] = UINT64_MAX };
static const uint64_t more_stalls[KVRM_LIMIT_STALL_BUCKETS + 1];

static struct nl_msg *full_guest(void)
{
	struct nl_msg *m = genl_message_new(FAMILY_ID, KVRM_CMD_GUEST_GET, 0);

	nla_put_u32(m, KVRM_A_GUEST_ID, 7);
	nla_put(m, KVRM_A_GUEST_UUID, sizeof(uuid), uuid);
	nla_put_string(m, KVRM_A_GUEST_NAME, "web");
	nla_put_u64(m, KVRM_A_GUEST_CGROUP_ID, UINT64_C(0x123456789a));
	nla_put_u32(m, KVRM_A_GUEST_PID, 4242);
	nla_put_u64(m, KVRM_A_GUEST_CPU_LIMIT_US, 250000);
	nla_put_u64(m, KVRM_A_GUEST_CPU_QUOTA_US, 2500);
	nla_put_u64(m, KVRM_A_GUEST_CPU_PERIOD_US, 10000);
	nla_put_u32(m, KVRM_A_GUEST_VCPUS, 3);
	nla_put_u64(m, KVRM_A_GUEST_LIMITED_NS, UINT64_MAX);
	nla_put_u64(m, KVRM_A_GUEST_USAGE_NS, 99);
	nla_put_u32(m, KVRM_A_GUEST_POOL_ID, 5);
	nla_put_u64(m, KVRM_A_GUEST_CPU_RESERVATION_US, 200000);
	nla_put_u32(m, KVRM_A_GUEST_CPU_WEIGHT, 300);
	nla_put_u64(m, KVRM_A_GUEST_CPU_DEMAND_US, 240000);
	nla_put_u64(m, KVRM_A_GUEST_CPU_USED_US, 230000);
	nla_put_u64(m, KVRM_A_GUEST_CPU_ENTITLED_US, 235000);
	nla_put_u32(m, KVRM_A_GUEST_CPU_WEIGHT_APPLIED, 42);
	nla_put_u64(m, KVRM_A_GUEST_REASSERTED, 8);
	nla_put_u64(m, KVRM_A_GUEST_CPU_VCPU_LIMIT_US, 50000);
	nla_put_u64(m, KVRM_A_GUEST_MEMORY_RESERVATION_BYTES, UINT64_C(1) << 40);
	nla_put_u64(m, KVRM_A_GUEST_MEMORY_OVERHEAD_BYTES, 65536);
	nla_put_u64(m, KVRM_A_GUEST_MEMORY_ACTIVE_BYTES, 0);
	nla_put_u32(m, KVRM_A_GUEST_MEMORY_WEIGHT, 301);
	nla_put_u64(m, KVRM_A_GUEST_MEMORY_ENTITLED_BYTES, UINT64_C(1) << 41);
	nla_put_u32(m, KVRM_A_GUEST_SAMPLE_RATE_HZ, 0);
	nla_put_u64(m, KVRM_A_GUEST_SAMPLES_MISSED, UINT64_MAX);
	nla_put(m, KVRM_A_GUEST_LIMIT_STALLS, sizeof(stalls), stalls);
	nla_put_u64(m, KVRM_A_GUEST_LIMIT_STALL_NS, 77);
	nla_put_u32(m, KVRM_A_GUEST_PROBES, 5);
	nla_put_u64(m, KVRM_A_GUEST_EMULATOR_NS, UINT64_MAX);
	nla_put_u64(m, KVRM_A_GUEST_VHOST_NS, 0);
	/* From a newer module. */
	nla_put_u64(m, KVRM_A_GUEST_MAX + 5, 1);
	return m;
}

static struct nl_msg *full_vcpu(void)
{
	struct nl_msg *m = genl_message_new(FAMILY_ID, KVRM_CMD_VCPU_GET, 0);

	nla_put_u32(m, KVRM_A_VCPU_GUEST_ID, 7);
	nla_put_u32(m, KVRM_A_VCPU_INDEX, 2);
	nla_put_u32(m, KVRM_A_VCPU_TID, 4243);
	for (int i = KVRM_A_VCPU_RUNNING_NS; i <= KVRM_A_VCPU_MAX; i++) {
		if (i != KVRM_A_VCPU_HYPERCALLS)
			nla_put_u64(m, i, 1000u + (unsigned int)i);
	}
	return m;
}

static struct nl_msg *full_host(void)
{
	struct nl_msg *m = genl_message_new(FAMILY_ID, KVRM_CMD_HOST_GET, 0);

	nla_put_u32(m, KVRM_A_HOST_ABI, 1);
	nla_put_string(m, KVRM_A_HOST_VERSION, "a version longer than the thirty-one bytes kept");
	nla_put_u32(m, KVRM_A_HOST_CPUS_ONLINE, 4);
	nla_put_u64(m, KVRM_A_HOST_CPU_CAPACITY_US, 4000000);
	nla_put_u8(m, KVRM_A_HOST_KVM_PRESENT, 1);
	nla_put_u32(m, KVRM_A_HOST_GUESTS, 5);
	nla_put_u32(m, KVRM_A_HOST_GENERATION, 6);
	nla_put_u32(m, KVRM_A_HOST_POOLS, 7);
	nla_put_u64(m, KVRM_A_HOST_CPU_HOST_RESERVE_US, 200000);
	nla_put_u32(m, KVRM_A_HOST_CONTROL_INTERVAL_US, 10000);
	nla_put_u8(m, KVRM_A_HOST_SCHED_EXT, 1);
	nla_put_u32(m, KVRM_A_HOST_CPU_LIMITER, KVRM_CPU_LIMITER_TASK_WORK);
	nla_put_u64(m, KVRM_A_HOST_MEMORY_CAPACITY_BYTES, UINT64_C(1) << 41);
	nla_put_u64(m, KVRM_A_HOST_MEMORY_HOST_RESERVE_BYTES, 1 << 29);
	nla_put_u64(m, KVRM_A_HOST_VCPU_EXCESS_NS, 123456789);
	nla_put_u32(m, KVRM_A_HOST_PROBES, 5);
	return m;
}

static struct nl_msg *full_family(void)
{
	struct nl_msg *m = genl_message_new(GENL_ID_CTRL, CTRL_CMD_NEWFAMILY, 0);
	static const char *const groups[] = { "other", KVRM_MCGRP_POOL, KVRM_MCGRP_GUEST };
	struct nlattr *all, *one;

	nla_put_string(m, CTRL_ATTR_FAMILY_NAME, KVRM_FAMILY_NAME);
	nla_put_u16(m, CTRL_ATTR_FAMILY_ID, FAMILY_ID);
	all = nla_nest_start(m, CTRL_ATTR_MCAST_GROUPS);
	for (int i = 0; i < 3; i++) {
		one = nla_nest_start(m, i + 1);
		nla_put_u32(m, CTRL_ATTR_MCAST_GRP_ID, 50u + (unsigned int)i);
		nla_put_string(m, CTRL_ATTR_MCAST_GRP_NAME, groups[i]);
		nla_nest_end(m, one);
	}
	nla_nest_end(m, all);
	return m;
}

static void test_guest(void **state)
{
	enum kvrm_removal_reason reason = KVRM_REMOVAL_REASON_EXITED;
	struct nl_msg *m = full_guest();
	struct genl_guest guest;

	assert_int_equal(genl_message_command(nlmsg_hdr(m)), KVRM_CMD_GUEST_GET);
	assert_int_equal(genl_message_parse_guest(nlmsg_hdr(m), &guest, &reason), 0);
	assert_int_equal(guest.id, 7);
	assert_memory_equal(guest.uuid, uuid, sizeof(uuid));
	assert_string_equal(guest.name, "web");
	assert_int_equal(guest.cgroup_id, UINT64_C(0x123456789a));
	assert_int_equal(guest.pid, 4242);
	assert_int_equal(guest.limit_us, 250000);
	assert_int_equal(guest.quota_us, 2500);
	assert_int_equal(guest.period_us, 10000);
	assert_int_equal(guest.vcpus, 3);
	assert_true(guest.limited_ns == UINT64_MAX);
	assert_int_equal(guest.usage_ns, 99);
	assert_int_equal(guest.pool_id, 5);
	assert_int_equal(guest.reservation_us, 200000);
	assert_int_equal(guest.weight, 300);
	assert_int_equal(guest.demand_us, 240000);
	assert_int_equal(guest.used_us, 230000);
	assert_int_equal(guest.entitled_us, 235000);
	assert_int_equal(guest.weight_applied, 42);
	assert_int_equal(guest.reasserted, 8);
	assert_int_equal(guest.vcpu_limit_us, 50000);
	assert_int_equal(guest.memory_reservation_bytes, UINT64_C(1) << 40);
	assert_int_equal(guest.memory_overhead_bytes, 65536);
	assert_true(guest.memory_active_known);
	assert_int_equal(guest.memory_active_bytes, 0);
	assert_int_equal(guest.memory_weight, 301);
	assert_int_equal(guest.memory_entitled_bytes, UINT64_C(1) << 41);
	assert_true(guest.samples_known);
	assert_int_equal(guest.sample_rate_hz, 0);
	assert_int_equal(guest.probes, 5);
	assert_true(guest.samples_missed == UINT64_MAX);
	assert_true(guest.stalls_known);
	assert_memory_equal(guest.stalls, stalls, sizeof(stalls));
	assert_int_equal(guest.stall_ns, 77);
	/* vhost's are known, and 0; those of I/O threads are not known. */
	assert_int_equal(guest.overhead_known,
			 1 << KVRM_CPU_OVERHEAD_EMULATOR | 1 << KVRM_CPU_OVERHEAD_VHOST);
	assert_true(guest.overhead_ns[KVRM_CPU_OVERHEAD_EMULATOR] == UINT64_MAX);
	assert_int_equal(guest.overhead_ns[KVRM_CPU_OVERHEAD_VHOST], 0);
	assert_int_equal(reason, KVRM_REMOVAL_REASON_REQUESTED);
	nlmsg_free(m);
}

static void test_removed_guest(void **state)
{
	struct nl_msg *m = genl_message_new(FAMILY_ID, KVRM_CMD_GUEST_DEL_NTF, 0);
	enum kvrm_removal_reason reason;
	struct genl_guest guest;

	nla_put_u32(m, KVRM_A_GUEST_ID, 7);
	nla_put(m, KVRM_A_GUEST_UUID, sizeof(uuid), uuid);
	nla_put_u32(m, KVRM_A_GUEST_REMOVAL_REASON, KVRM_REMOVAL_REASON_EXITED);
	assert_int_equal(genl_message_parse_guest(nlmsg_hdr(m), &guest, &reason), 0);
	assert_int_equal(reason, KVRM_REMOVAL_REASON_EXITED);
	assert_string_equal(guest.name, "");
	assert_int_equal(guest.limit_us, 0);
	assert_int_equal(guest.pool_id, 0);
	assert_int_equal(guest.weight_applied, 0);
	assert_int_equal(guest.vcpu_limit_us, 0);
	assert_false(guest.memory_active_known);
	assert_false(guest.samples_known);
	assert_false(guest.stalls_known);
	assert_int_equal(guest.overhead_known, 0);
	nlmsg_free(m);
}

static void test_bad_guest(void **state)
{
	struct genl_guest guest = { .id = 1 };

	for (int i = 0; i < 9; i++) {
		struct nl_msg *m = genl_message_new(FAMILY_ID, KVRM_CMD_GUEST_GET, 0);

		if (i != 0)
			nla_put_u32(m, KVRM_A_GUEST_ID, 7);
		if (i != 1)
			nla_put(m, KVRM_A_GUEST_UUID, i == 2 ? 15 : 16, uuid);
		if (i == 3)
			nla_put(m, KVRM_A_GUEST_NAME, 3, "abc");
		if (i == 4)
			nla_put_u32(m, KVRM_A_GUEST_CPU_RESERVATION_US, 1);
		if (i == 5)
			nla_put_u16(m, KVRM_A_GUEST_CPU_WEIGHT, 1);
		if (i == 6)
			nla_put(m, KVRM_A_GUEST_LIMIT_STALLS, sizeof(stalls) - 8, stalls);
		if (i == 7)
			nla_put(m, KVRM_A_GUEST_LIMIT_STALLS, sizeof(more_stalls), more_stalls);
		if (i == 8)
			nla_put_u32(m, KVRM_A_GUEST_IO_NS, 1);
		assert_int_equal(genl_message_parse_guest(nlmsg_hdr(m), &guest, NULL), -EPROTO);
		assert_int_equal(guest.id, 1);
		nlmsg_free(m);
	}
}

static void test_vcpu(void **state)
{
	struct nl_msg *m = full_vcpu();
	struct genl_vcpu vcpu;

	assert_int_equal(genl_message_parse_vcpu(nlmsg_hdr(m), &vcpu), 0);
	assert_int_equal(vcpu.guest_id, 7);
	assert_int_equal(vcpu.index, 2);
	assert_int_equal(vcpu.tid, 4243);
	for (int i = KVRM_A_VCPU_RUNNING_NS; i <= KVRM_A_VCPU_MAX; i++) {
		/* One does not come, and one is no counter. */
		bool told = i != KVRM_A_VCPU_HYPERCALLS && i != KVRM_A_VCPU_SELECT;

		assert_int_equal(genl_vcpu_knows(&vcpu, i), told);
		assert_int_equal(vcpu.value[i], told ? 1000 + i : 0);
	}
	nlmsg_free(m);
}

static void test_host(void **state)
{
	struct nl_msg *m = full_host();
	struct genl_host host;

	assert_int_equal(genl_message_parse_host(nlmsg_hdr(m), &host), 0);
	assert_int_equal(host.abi, 1);
	assert_string_equal(host.version, "a version longer than the thirt");
	assert_int_equal(host.cpus_online, 4);
	assert_int_equal(host.cpu_capacity_us, 4000000);
	assert_true(host.kvm_present);
	assert_int_equal(host.guests, 5);
	assert_int_equal(host.generation, 6);
	assert_int_equal(host.pools, 7);
	assert_int_equal(host.host_reserve_us, 200000);
	assert_int_equal(host.control_interval_us, 10000);
	assert_true(host.sched_ext);
	assert_true(host.sched_ext_known);
	assert_int_equal(host.cpu_limiter, KVRM_CPU_LIMITER_TASK_WORK);
	assert_int_equal(host.memory_capacity_bytes, UINT64_C(1) << 41);
	assert_int_equal(host.memory_reserve_bytes, 1 << 29);
	assert_true(host.vcpu_excess_known);
	assert_int_equal(host.vcpu_excess_ns, 123456789);
	assert_true(host.probes_known);
	assert_int_equal(host.probes, 5);
	nlmsg_free(m);
}

/* Of an older module, and under a kernel without sched_ext. */
static void test_old_host(void **state)
{
	struct nl_msg *m = genl_message_new(FAMILY_ID, KVRM_CMD_HOST_GET, 0);
	struct genl_host host = { .pools = 1,
				  .sched_ext_known = true,
				  .probes = 7,
				  .probes_known = true,
				  .cpu_limiter = KVRM_CPU_LIMITER_TASK_WORK };

	nla_put_u32(m, KVRM_A_HOST_ABI, 1);
	nla_put_string(m, KVRM_A_HOST_VERSION, "0.1");
	assert_int_equal(genl_message_parse_host(nlmsg_hdr(m), &host), -EPROTO);
	nla_put_u64(m, KVRM_A_HOST_CPU_CAPACITY_US, 4000000);
	assert_int_equal(genl_message_parse_host(nlmsg_hdr(m), &host), 0);
	assert_int_equal(host.pools, 0);
	assert_false(host.sched_ext);
	assert_false(host.sched_ext_known);
	assert_false(host.vcpu_excess_known);
	assert_false(host.probes_known);
	assert_int_equal(host.probes, 0);
	assert_int_equal(host.cpu_limiter, KVRM_CPU_LIMITER_CPU_MAX);
	nlmsg_free(m);
}

static void test_family(void **state)
{
	static const char *const both[GENL_GROUPS] = { KVRM_MCGRP_GUEST, KVRM_MCGRP_POOL };
	static const char *const none[GENL_GROUPS] = { "none" };
	struct nl_msg *m = full_family();
	struct genl_family family;

	assert_int_equal(genl_message_parse_family(nlmsg_hdr(m), both, &family), 0);
	assert_string_equal(family.name, "kvrm");
	assert_int_equal(family.id, FAMILY_ID);
	assert_int_equal(family.groups[0], 52);
	assert_int_equal(family.groups[1], 51);
	assert_int_equal(genl_message_parse_family(nlmsg_hdr(m), none, &family), 0);
	assert_int_equal(family.groups[0], 0);
	assert_int_equal(family.groups[1], 0);
	nlmsg_free(m);
}

/* An ack as the kernel sends it: the error, the request (or its header), attributes. */
static struct nl_msg *make_ack(int type, int error, size_t request_size, int flags,
			       const char *sentence)
{
	struct nl_msg *m = nlmsg_alloc();
	struct nlmsghdr *header = nlmsg_put(m, 0, 1, type, 0, flags);
	struct nlmsgerr *e;

	if (type == NLMSG_ERROR) {
		e = nlmsg_reserve(m, sizeof(*e) + request_size, NLMSG_ALIGNTO);
		memset(e, 0, sizeof(*e) + request_size);
		e->error = error;
		e->msg.nlmsg_len = (uint32_t)(sizeof(e->msg) + request_size);
	} else {
		memcpy(nlmsg_reserve(m, sizeof(error), NLMSG_ALIGNTO), &error, sizeof(error));
	}
	if (sentence)
		nla_put_string(m, NLMSGERR_ATTR_MSG, sentence);
	(void)header;
	return m;
}

static void expect_ack(struct nl_msg *m, int r, int error, const char *sentence)
{
	struct genl_ack ack = { 0 };

	assert_int_equal(genl_message_parse_ack(nlmsg_hdr(m), &ack), r);
	if (!r) {
		assert_int_equal(ack.error, error);
		assert_string_equal(ack.sentence, sentence);
	}
	nlmsg_free(m);
}

static void test_ack(void **state)
{
	static char long_sentence[400];

	memset(long_sentence, 'x', sizeof(long_sentence) - 1);
	expect_ack(make_ack(NLMSG_ERROR, 0, 0, NLM_F_CAPPED, NULL), 0, 0, "");
	expect_ack(make_ack(NLMSG_ERROR, -ENOENT, 44, 0, NULL), 0, -ENOENT, "");
	expect_ack(make_ack(NLMSG_ERROR, -ENOENT, 44, NLM_F_ACK_TLVS, "no guest with this id"), 0,
		   -ENOENT, "no guest with this id");
	expect_ack(make_ack(NLMSG_ERROR, -EINVAL, 0, NLM_F_ACK_TLVS | NLM_F_CAPPED, "bad"), 0,
		   -EINVAL, "bad");
	expect_ack(make_ack(NLMSG_DONE, -ENOENT, 0, NLM_F_ACK_TLVS, "gone"), 0, -ENOENT, "gone");
	expect_ack(make_ack(NLMSG_DONE, 0, 0, NLM_F_MULTI, NULL), 0, 0, "");
	/* A sentence is not taken from where none was announced, and is cut if it is too long. */
	expect_ack(make_ack(NLMSG_ERROR, -EPERM, 0, NLM_F_CAPPED, "no"), 0, -EPERM, "");
	long_sentence[255] = '\0';
	{
		static char longer[400];

		memset(longer, 'x', sizeof(longer) - 1);
		expect_ack(make_ack(NLMSG_ERROR, -EPERM, 0, NLM_F_ACK_TLVS | NLM_F_CAPPED, longer),
			   0, -EPERM, long_sentence);
	}
	expect_ack(make_ack(NLMSG_ERROR, 5, 0, NLM_F_CAPPED, NULL), -EPROTO, 0, "");
}

static void test_short_ack(void **state)
{
	struct nlmsghdr header = { .nlmsg_len = sizeof(header), .nlmsg_type = NLMSG_ERROR };
	struct genl_ack ack;

	assert_int_equal(genl_message_parse_ack(&header, &ack), -EPROTO);
	header.nlmsg_type = NLMSG_DONE;
	assert_int_equal(genl_message_parse_ack(&header, &ack), -EPROTO);
	assert_int_equal(genl_message_command(&header), 0);
}

/* Every message with bytes changed and cut short: refused or taken, never read beyond its end. */
static void test_mutations(void **state)
{
	struct nl_msg *messages[] = { full_guest(),
				      full_vcpu(),
				      full_host(),
				      full_family(),
				      make_ack(NLMSG_ERROR, -EINVAL, 44, NLM_F_ACK_TLVS, "bad"),
				      make_ack(NLMSG_DONE, -EINVAL, 0, NLM_F_ACK_TLVS, "bad") };
	enum kvrm_removal_reason reason;
	struct genl_family family;
	struct genl_guest guest;
	struct genl_vcpu vcpu;
	struct genl_host host;
	struct genl_ack ack;
	int refused = 0;

	srand(1);
	for (int i = 0; i < 60000; i++) {
		struct nlmsghdr *original = nlmsg_hdr(messages[i % 6]);
		uint32_t length = original->nlmsg_len;
		struct nlmsghdr *copy;

		if (i % 3 == 0)
			length = sizeof(*copy) +
				 (uint32_t)rand() % (length - (uint32_t)sizeof(*copy) + 1);
		copy = malloc(length);
		memcpy(copy, original, length);
		copy->nlmsg_len = length;
		for (int n = rand() % 4; n > 0 && length > sizeof(*copy); n--)
			((uint8_t *)
				 copy)[sizeof(*copy) + (size_t)rand() % (length - sizeof(*copy))] =
				(uint8_t)rand();
		copy->nlmsg_flags ^= rand() % 2 ? NLM_F_CAPPED : 0;
		refused += genl_message_parse_guest(copy, &guest, &reason) < 0;
		refused += genl_message_parse_vcpu(copy, &vcpu) < 0;
		refused += genl_message_parse_host(copy, &host) < 0;
		refused += genl_message_parse_family(copy, genl_groups, &family) < 0;
		refused += genl_message_parse_ack(copy, &ack) < 0;
		free(copy);
	}
	assert_in_range(refused, 1, 5 * 60000 - 1);
	for (int i = 0; i < 6; i++)
		nlmsg_free(messages[i]);
}

/* Also run where the module may be: then there is nothing to be seen here. */
static void test_without_module(void **state)
{
	const struct genl_callbacks callbacks = { 0 };
	struct genl_client *client = NULL;
	_cleanup_free_ char *error = NULL;
	struct genl_host host = { .abi = 77 };
	struct genl_guest *guests = NULL;
	struct genl_pool *pools = NULL;
	sd_event *event = NULL;
	size_t n = 5;
	int r;

	assert_int_equal(sd_event_new(&event), 0);
	r = genl_client_new(event, &callbacks, NULL, &client, &error);
	if (r < 0 || genl_client_is_up(client)) {
		print_message("skipped: netlink or the absence of the module is not to be had\n");
		genl_client_free(client);
		sd_event_unref(event);
		skip();
	}
	assert_int_equal(genl_host_get(client, &host, &error), -ENODEV);
	assert_string_equal(error, "the kernel module kvrm is not loaded");
	assert_int_equal(host.abi, 77);
	assert_int_equal(genl_guest_dump(client, &guests, &n, NULL), -ENODEV);
	assert_int_equal(n, 5);
	assert_int_equal(genl_guest_del(client, 1, NULL), -ENODEV);
	assert_int_equal(genl_pool_dump(client, &pools, &n, NULL), -ENODEV);
	assert_int_equal(n, 5);
	assert_int_equal(genl_pool_del(client, 2, NULL), -ENODEV);
	assert_int_equal(genl_batch_set(client, NULL, 0, NULL), -ENODEV);
	/* As if it had been there a moment ago: the kernel knows better, and says so without a sentence. */
	client->family.id = 0x3ff;
	free(TAKE_PTR(error));
	assert_int_equal(genl_host_get(client, &host, &error), -ENODEV);
	assert_string_equal(error, "the kernel module kvrm is not loaded");
	assert_int_equal(genl_guest_dump(client, &guests, &n, NULL), -ENODEV);
	genl_client_free(client);
	sd_event_unref(event);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_guest),	       cmocka_unit_test(test_removed_guest),
		cmocka_unit_test(test_bad_guest),      cmocka_unit_test(test_vcpu),
		cmocka_unit_test(test_host),	       cmocka_unit_test(test_old_host),
		cmocka_unit_test(test_family),	       cmocka_unit_test(test_ack),
		cmocka_unit_test(test_short_ack),      cmocka_unit_test(test_mutations),
		cmocka_unit_test(test_without_module),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
