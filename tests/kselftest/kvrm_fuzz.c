// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Random netlink messages: a valid header, mutated attributes. Whatever the module answers, it
 * must still answer sensibly afterwards; the kernel's own checkers tell the rest.
 *
 *	kvrm_fuzz [MESSAGES [SEED]]	(1000, 1)
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kselftest.h"
#include "kvrmguest.h"
#include "kvrmnl.h"

static uint32_t below(uint32_t n)
{
	return (uint32_t)random() % n;
}

/* An attribute of a right type and size, a wrong one, or none at all. */
static void put_attribute(struct nl_msg *msg, const struct kvrmguest *g)
{
	uint8_t bytes[300];
	uint64_t number =
		below(4) ? (uint64_t)below(5000000) : ((uint64_t)random() << 33) ^ random();

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = random();
	switch (below(8)) {
	case 0:
		nla_put(msg, KVRM_A_GUEST_UUID, 16, bytes);
		break;
	case 1:
		nla_put_string(msg, KVRM_A_GUEST_NAME, "fuzz");
		break;
	case 2:
		nla_put_u32(msg, KVRM_A_GUEST_CGROUP_FD, below(3) ? (uint32_t)g->dir : below(64));
		break;
	case 3:
		nla_put_u64(msg, KVRM_A_GUEST_CPU_LIMIT_US, number);
		break;
	case 4:
		nla_put_flag(msg, KVRM_A_GUEST_CPU_UNLIMITED);
		break;
	case 5:
		nla_put_u32(msg, KVRM_A_GUEST_ID, below(40));
		break;
	default:
		nla_put(msg, below(70) | (below(16) ? 0 : NLA_F_NESTED), below(sizeof(bytes)),
			bytes);
	}
}

/* Lengths inside the payload that do not add up. */
static void damage(struct nl_msg *msg)
{
	struct nlmsghdr *header = nlmsg_hdr(msg);
	size_t first = NLMSG_HDRLEN + GENL_HDRLEN;
	uint8_t *bytes = (uint8_t *)header;

	if (header->nlmsg_len > first && !below(4))
		bytes[first + below(header->nlmsg_len - first)] = random();
	if (header->nlmsg_len > first && !below(8))
		header->nlmsg_len -= below(header->nlmsg_len - first);
}

int main(int argc, char **argv)
{
	long messages = argc > 1 ? atol(argv[1]) : 1000;
	unsigned int seed = argc > 2 ? (unsigned int)atol(argv[2]) : 1;
	long accepted = 0, refused = 0;
	struct kvrmguest g;
	struct kvrmnl nl;
	struct nl_msg *msg;

	ksft_print_header();
	ksft_set_plan(2);
	if (kvrmnl_open(&nl) || kvrmguest_cgroup(&g, "kvrm-fuzz") || kvrmguest_start(&g, "spin", 2))
		ksft_exit_fail_msg("needs the module, KVM and root\n");
	srandom(seed);
	for (long i = 0; i < messages; i++) {
		int dump = !below(5);

		msg = kvrmnl_request(&nl, (int)below(12), dump ? NLM_F_DUMP : NLM_F_ACK);
		for (uint32_t n = below(7); n; n--)
			put_attribute(msg, &g);
		damage(msg);
		if (kvrmnl_send(&nl, msg, NULL, NULL).error)
			refused++;
		else
			accepted++;
	}
	ksft_print_msg("seed %u: %ld accepted, %ld refused\n", seed, accepted, refused);
	ksft_test_result(accepted && refused, "%ld messages were answered\n", messages);

	kvrmguest_remove(&g);
	usleep(200000);
	msg = kvrmnl_request(&nl, KVRM_CMD_GUEST_GET, NLM_F_DUMP);
	ksft_test_result(!kvrmnl_send(&nl, msg, NULL, NULL).error, "dumps still work\n");
	kvrmnl_close(&nl);
	ksft_finished();
}
