// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What probes counted; see genl-latency.h.
 */
#include <errno.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <string.h>

#include "daemon/wire/genl-call.h"
#include "daemon/wire/genl-latency.h"

int genl_latency_parse(struct nlmsghdr *header, struct genl_latency *ret)
{
	static struct nla_policy policy[KVRM_A_LATENCY_MAX + 1] = {
		[KVRM_A_LATENCY_GUEST_ID] = { .type = NLA_U32 },
		[KVRM_A_LATENCY_INDEX] = { .type = NLA_U32 },
		[KVRM_A_LATENCY_PROBE] = { .type = NLA_U32 },
		[KVRM_A_LATENCY_REASON] = { .type = NLA_U32 },
		[KVRM_A_LATENCY_COUNT] = { .type = NLA_U64 },
		[KVRM_A_LATENCY_TIME_NS] = { .type = NLA_U64 },
		[KVRM_A_LATENCY_HISTOGRAM] = { .minlen = KVRM_HISTOGRAM_BYTES,
					       .maxlen = KVRM_HISTOGRAM_BYTES },
	};
	struct nlattr *attrs[KVRM_A_LATENCY_MAX + 1];

	if (!genlmsg_valid_hdr(header, 0) ||
	    genlmsg_parse(header, 0, attrs, KVRM_A_LATENCY_MAX, policy) < 0)
		return -EPROTO;
	for (int i = KVRM_A_LATENCY_GUEST_ID; i <= KVRM_A_LATENCY_TIME_NS; i++) {
		if (!attrs[i])
			return -EPROTO;
	}
	*ret = (struct genl_latency){
		.guest_id = nla_get_u32(attrs[KVRM_A_LATENCY_GUEST_ID]),
		.index = nla_get_u32(attrs[KVRM_A_LATENCY_INDEX]),
		.counted = { .probe = nla_get_u32(attrs[KVRM_A_LATENCY_PROBE]),
			     .reason = nla_get_u32(attrs[KVRM_A_LATENCY_REASON]),
			     .count = nla_get_u64(attrs[KVRM_A_LATENCY_COUNT]),
			     .time_ns = nla_get_u64(attrs[KVRM_A_LATENCY_TIME_NS]),
			     .has_histogram = attrs[KVRM_A_LATENCY_HISTOGRAM] },
	};
	if (ret->counted.has_histogram)
		memcpy(ret->counted.histogram, nla_data(attrs[KVRM_A_LATENCY_HISTOGRAM]),
		       sizeof(ret->counted.histogram));
	return 0;
}

static int parse(struct nlmsghdr *header, void *ret)
{
	return genl_latency_parse(header, ret);
}

int genl_latency_dump(struct genl_client *client, struct genl_latency **ret, size_t *ret_n,
		      char **ret_error)
{
	_cleanup_message_ struct nl_msg *request =
		genl_message_new(client->family.id, KVRM_CMD_LATENCY_GET, NLM_F_DUMP);

	if (!request)
		return -ENOMEM;
	return genl_call_dump(client, request, "latency-get", parse, sizeof(**ret), ret, ret_n,
			      ret_error);
}
