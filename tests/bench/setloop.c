// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * setloop: what one change of a guest's limit costs over the module's netlink family.
 *
 *	setloop ID COUNT LIMIT_US OTHER_LIMIT_US
 *
 * Sets guest ID's limit COUNT times, to one limit and the other in turn, and waits for the answer each
 * time. Prints the mean time of one change in ns.
 */
#include <err.h>
#include <linux/kvrm.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void set_limit(struct nl_sock *sock, int family, uint32_t id, uint64_t limit_us)
{
	struct nl_msg *msg = nlmsg_alloc();
	int r;

	if (!msg || !genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, family, 0, NLM_F_ACK,
				 KVRM_CMD_GUEST_SET, 1))
		errx(1, "memory");
	if (nla_put_u32(msg, KVRM_A_GUEST_ID, id) ||
	    nla_put_u64(msg, KVRM_A_GUEST_CPU_LIMIT_US, limit_us))
		errx(1, "memory");
	r = nl_send_sync(sock, msg);
	if (r < 0)
		errx(1, "guest %u, limit %lu: %s", id, limit_us, nl_geterror(r));
}

int main(int argc, char **argv)
{
	struct nl_sock *sock = nl_socket_alloc();
	uint64_t limits_us[2], start;
	unsigned long count;
	uint32_t id;
	int family;

	if (argc != 5) {
		fprintf(stderr, "usage: setloop ID COUNT LIMIT_US OTHER_LIMIT_US\n");
		return 64;
	}
	id = (uint32_t)strtoul(argv[1], NULL, 10);
	count = strtoul(argv[2], NULL, 10);
	limits_us[0] = strtoull(argv[3], NULL, 10);
	limits_us[1] = strtoull(argv[4], NULL, 10);
	if (!count)
		errx(64, "COUNT: at least 1");
	if (!sock || genl_connect(sock))
		errx(1, "generic netlink");
	family = genl_ctrl_resolve(sock, "kvrm");
	if (family < 0)
		errx(2, "the module is not loaded");
	start = now_ns();
	for (unsigned long i = 0; i < count; i++)
		set_limit(sock, family, id, limits_us[i % 2]);
	printf("%lu\n", (now_ns() - start) / count);
	nl_socket_free(sock);
	return 0;
}
