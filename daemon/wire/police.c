// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Policing; see police.h. Message formats are those of net/sched/act_police.c and cls_matchall.c.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/errno.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <string.h>

#include "daemon/util/text.h"
#include "daemon/wire/police.h"
#include "daemon/wire/route.h"
#include "kvrm/arith.h"

/* A new filter takes the one that is free; so there is none without a limit in between. */
#define PREFERENCE_A  0x6b76
#define PREFERENCE_B  POLICE_PREFERENCE_LAST
#define FILTER_HANDLE 1

/* A packet that will be segmented, with its headers. */
#define LARGEST_BYTES (UINT64_C(68) << 10)
/* An Ethernet frame without checksum. */
#define FRAME_BYTES 1514
#define BURST_NS    UINT64_C(4000000)
/* See POLICE_BEHIND. The smallest frames that can be in as many bytes are that many packets. */
#define BEHIND_BYTES	   (UINT64_C(1) << 20)
#define BEHIND_PACKETS	   (BEHIND_BYTES / 64)
#define BEHIND_NS	   UINT64_C(100000000)
#define BEHIND_LEAST_BYTES UINT64_C(4096)
#define NS_PER_S	   UINT64_C(1000000000)
/* The kernel's PSCHED_SHIFT. */
#define TICK_NS 64

#define CLSACT_HANDLE TC_H_MAKE(TC_H_CLSACT, 0)

/* More than a filter takes: two actions with a table of rates each. */
#define MESSAGE_BYTES 8192

static uint32_t parent_of(enum genl_direction direction)
{
	return TC_H_MAKE(TC_H_CLSACT,
			 direction == GENL_TO_GUEST ? TC_H_MIN_EGRESS : TC_H_MIN_INGRESS);
}

static struct nl_msg *begin(int type, int flags, const struct tcmsg *tc, const char *kind)
{
	struct nl_msg *m = nlmsg_alloc_size(MESSAGE_BYTES);
	struct nlmsghdr *header =
		m ? nlmsg_put(m, NL_AUTO_PORT, NL_AUTO_SEQ, type, sizeof(*tc), NLM_F_ACK | flags)
		  : NULL;

	if (!header || (kind && nla_put_string(m, TCA_KIND, kind) < 0)) {
		nlmsg_free(m);
		return NULL;
	}
	memcpy(nlmsg_data(header), tc, sizeof(*tc));
	return m;
}

/**
 * struct rate - a rate to be policed
 * @put: adds what the action says of it
 * @value: rate
 * @amount: of the same that may pass at once,
 * @time_ns: and what comes in that time
 */
struct rate {
	int (*put)(struct nl_msg *m, enum genl_direction direction, const struct rate *rate);
	uint64_t value;
	uint64_t amount;
	uint64_t time_ns;
};

static uint64_t burst_ticks(const struct rate *rate)
{
	uint64_t ns = rate->time_ns + kvrm_muldiv(rate->amount, NS_PER_S, rate->value);

	return (ns + TICK_NS - 1) / TICK_NS;
}

/*
 * The kernel wants a table, and computes from the rate. On the way in it has taken the Ethernet header off before
 * it counts.
 */
static int put_bytes(struct nl_msg *m, enum genl_direction direction, const struct rate *rate)
{
	static const uint8_t table[TC_RTAB_SIZE];
	const struct tc_police police = {
		.action = TC_ACT_SHOT,
		.burst = (uint32_t)kvrm_min(burst_ticks(rate), UINT32_MAX),
		.mtu = UINT32_MAX,
		.rate = { .cell_log = 3,
			  .linklayer = TC_LINKLAYER_ETHERNET,
			  .overhead = direction == GENL_FROM_GUEST ? ETH_HLEN : 0,
			  .rate = (uint32_t)kvrm_min(rate->value, UINT32_MAX) },
	};

	if (nla_put(m, TCA_POLICE_TBF, sizeof(police), &police) < 0 ||
	    nla_put(m, TCA_POLICE_RATE, sizeof(table), table) < 0)
		return -1;
	return rate->value > UINT32_MAX ? nla_put_u64(m, TCA_POLICE_RATE64, rate->value) : 0;
}

static int put_packets(struct nl_msg *m, enum genl_direction direction, const struct rate *rate)
{
	const struct tc_police police = { .action = TC_ACT_SHOT, .mtu = UINT32_MAX };

	if (nla_put(m, TCA_POLICE_TBF, sizeof(police), &police) < 0 ||
	    nla_put_u64(m, TCA_POLICE_PKTRATE64, rate->value) < 0)
		return -1;
	return nla_put_u64(m, TCA_POLICE_PKTBURST64, burst_ticks(rate));
}

/* One action; what conforms goes on to the next, or, behind the last, to what others have asked for. */
static int put_action(struct nl_msg *m, int order, enum genl_direction direction,
		      const struct rate *rate, bool last)
{
	struct nlattr *action = nla_nest_start(m, order), *options;

	if (!action || nla_put_string(m, TCA_ACT_KIND, "police") < 0)
		return -1;
	options = nla_nest_start(m, TCA_ACT_OPTIONS);
	if (!options || rate->put(m, direction, rate) < 0 ||
	    nla_put_u32(m, TCA_POLICE_RESULT, (uint32_t)(last ? TC_ACT_UNSPEC : TC_ACT_PIPE)) < 0)
		return -1;
	nla_nest_end(m, options);
	nla_nest_end(m, action);
	return 0;
}

/* Sets the rates that are policed; of 0 none. */
static void rates_alone(const struct genl_nic_limit *limit, struct rate *bytes,
			struct rate *packets)
{
	*packets = (struct rate){ put_packets, limit->packets_per_s, 1, BURST_NS };
	*bytes = (struct rate){ put_bytes, limit->bytes_per_s, LARGEST_BYTES, BURST_NS };
	if (packets->value) {
		uint64_t full_frames = packets->value * FRAME_BYTES;

		bytes->value = bytes->value ? kvrm_min(bytes->value, full_frames) : full_frames;
	}
}

/* A hundredth more, rounded up. */
static uint64_t little_more(uint64_t rate)
{
	return rate ? rate + rate / 100 + 1 : 0;
}

static void rates_behind(const struct genl_nic_limit *limit, struct rate *bytes,
			 struct rate *packets)
{
	*packets = (struct rate){ put_packets, little_more(limit->packets_per_s), BEHIND_PACKETS,
				  BEHIND_NS };
	*bytes = (struct rate){ put_bytes, little_more(limit->bytes_per_s),
				BEHIND_BYTES + limit->burst_bytes, BEHIND_NS };
	if (bytes->value)
		bytes->value = kvrm_max(bytes->value, BEHIND_LEAST_BYTES);
}

static int put_actions(struct nl_msg *m, enum genl_direction direction,
		       const struct genl_nic_limit *limit, enum police_role role)
{
	struct rate bytes, packets;
	int n = 0;

	if (role == POLICE_ALONE)
		rates_alone(limit, &bytes, &packets);
	else
		rates_behind(limit, &bytes, &packets);
	if (bytes.value && put_action(m, ++n, direction, &bytes, !packets.value) < 0)
		return -1;
	return packets.value ? put_action(m, ++n, direction, &packets, true) : 0;
}

struct nl_msg *police_new_filter(uint32_t ifindex, enum genl_direction direction,
				 uint16_t preference, const struct genl_nic_limit *limit,
				 enum police_role role)
{
	const struct tcmsg tc = {
		.tcm_ifindex = (int)ifindex,
		.tcm_handle = FILTER_HANDLE,
		.tcm_parent = parent_of(direction),
		.tcm_info = TC_H_MAKE((uint32_t)preference << 16, htons(ETH_P_ALL)),
	};
	struct nl_msg *m = begin(RTM_NEWTFILTER, NLM_F_CREATE | NLM_F_EXCL, &tc, "matchall");
	struct nlattr *options = m ? nla_nest_start(m, TCA_OPTIONS) : NULL;
	struct nlattr *actions = options ? nla_nest_start(m, TCA_MATCHALL_ACT) : NULL;

	if (!actions || put_actions(m, direction, limit, role) < 0) {
		nlmsg_free(m);
		return NULL;
	}
	nla_nest_end(m, actions);
	nla_nest_end(m, options);
	return m;
}

/* Sent and answered; the message is freed. */
static int exchange(struct nl_sock *socket, struct nl_msg *m)
{
	return m ? route_errno(nl_send_sync(socket, m)) : -ENOMEM;
}

static int add_clsact(struct nl_sock *socket, uint32_t ifindex)
{
	const struct tcmsg tc = { .tcm_ifindex = (int)ifindex,
				  .tcm_handle = CLSACT_HANDLE,
				  .tcm_parent = TC_H_CLSACT };

	/* One that is there stays; what is not a clsact is -EINVAL. */
	return exchange(socket, begin(RTM_NEWQDISC, NLM_F_CREATE, &tc, "clsact"));
}

/* Those of one preference; that there are none is no error. */
static int remove_filter(struct nl_sock *socket, uint32_t ifindex, enum genl_direction direction,
			 uint16_t preference)
{
	const struct tcmsg tc = {
		.tcm_ifindex = (int)ifindex,
		.tcm_parent = parent_of(direction),
		.tcm_info = TC_H_MAKE((uint32_t)preference << 16, htons(ETH_P_ALL)),
	};
	struct nl_msg *m = begin(RTM_DELTFILTER, 0, &tc, NULL);
	int r = m ? nl_send_sync(socket, m) : -NLE_NOMEM;

	/* No such filter, no clsact, or no such device. */
	return r == -NLE_OBJ_NOTFOUND || r == -NLE_INVAL || r == -NLE_NODEV ? 0 : route_errno(r);
}

static int set_direction(struct nl_sock *socket, uint32_t ifindex, enum genl_direction direction,
			 const struct genl_nic_limit *limit, enum police_role role)
{
	uint16_t other = PREFERENCE_B;
	int r;

	if (!limit->bytes_per_s && !limit->packets_per_s) {
		r = remove_filter(socket, ifindex, direction, PREFERENCE_A);
		return r ? r : remove_filter(socket, ifindex, direction, PREFERENCE_B);
	}
	r = exchange(socket, police_new_filter(ifindex, direction, PREFERENCE_A, limit, role));
	if (r == -EEXIST) {
		/* Both are there only if somebody was killed in between: A holds while B is removed. */
		r = remove_filter(socket, ifindex, direction, PREFERENCE_B);
		if (!r)
			r = exchange(socket, police_new_filter(ifindex, direction, PREFERENCE_B,
							       limit, role));
		other = PREFERENCE_A;
	}
	return r ? r : remove_filter(socket, ifindex, direction, other);
}

int police_set(uint32_t ifindex, const struct genl_nic_limit limits[static GENL_DIRECTIONS],
	       enum police_role role, char **ret_error)
{
	_cleanup_socket_ struct nl_sock *socket = NULL;
	int r = route_open(&socket);

	if (r)
		return text_error(ret_error, r, "rtnetlink cannot be used: %s", strerror(-r));
	r = add_clsact(socket, ifindex);
	if (r)
		return text_error(ret_error, r, "traffic control: no clsact: %s", strerror(-r));
	for (int i = 0; !r && i < GENL_DIRECTIONS; i++)
		r = set_direction(socket, ifindex, (enum genl_direction)i, &limits[i], role);
	return r ? text_error(ret_error, r, "traffic control: no filter that polices: %s",
			      strerror(-r))
		 : 0;
}

int police_clear(uint32_t ifindex)
{
	_cleanup_socket_ struct nl_sock *socket = NULL;
	int r = route_open(&socket);

	for (int i = 0; !r && i < GENL_DIRECTIONS; i++) {
		r = remove_filter(socket, ifindex, (enum genl_direction)i, PREFERENCE_A);
		if (!r)
			r = remove_filter(socket, ifindex, (enum genl_direction)i, PREFERENCE_B);
	}
	return r;
}
