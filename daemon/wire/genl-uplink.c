// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Requests to the module about uplinks; see genl-uplink.h.
 */
#include <errno.h>
#include <netlink/attr.h>

#include "daemon/wire/genl-call.h"
#include "daemon/wire/genl-message-uplink.h"

static int parse_uplink(struct nlmsghdr *header, void *ret)
{
	return genl_message_parse_uplink(header, ret);
}

int genl_uplink_add(struct genl_client *client, const char *name, uint32_t parent,
		    const struct genl_uplink_share shares[static GENL_DIRECTIONS],
		    struct genl_uplink *ret, char **ret_error)
{
	_cleanup_message_ struct nl_msg *request =
		genl_message_new(client->family.id, KVRM_CMD_UPLINK_ADD, NLM_F_ACK);
	struct genl_uplink added;
	int r;

	if (!request || nla_put_string(request, KVRM_A_UPLINK_NAME, name) < 0 ||
	    (parent && nla_put_u32(request, KVRM_A_UPLINK_PARENT, parent) < 0) ||
	    genl_message_put_uplink(request, parent, shares) < 0)
		return -ENOMEM;
	r = genl_call_one(client, request, "uplink-add", parse_uplink, &added, ret_error);
	if (!r)
		*ret = added;
	return r;
}

int genl_uplink_set(struct genl_client *client, uint32_t id, uint32_t parent,
		    const struct genl_uplink_share shares[static GENL_DIRECTIONS], char **ret_error)
{
	_cleanup_message_ struct nl_msg *request =
		genl_message_new(client->family.id, KVRM_CMD_UPLINK_SET, NLM_F_ACK);

	if (!request || nla_put_u32(request, KVRM_A_UPLINK_ID, id) < 0 ||
	    (parent && nla_put_u32(request, KVRM_A_UPLINK_PARENT, parent) < 0) ||
	    genl_message_put_uplink(request, parent, shares) < 0)
		return -ENOMEM;
	return genl_call(client, request, "uplink-set", ret_error);
}

int genl_uplink_del(struct genl_client *client, uint32_t id, char **ret_error)
{
	_cleanup_message_ struct nl_msg *request =
		genl_message_new(client->family.id, KVRM_CMD_UPLINK_DEL, NLM_F_ACK);

	if (!request || nla_put_u32(request, KVRM_A_UPLINK_ID, id) < 0)
		return -ENOMEM;
	return genl_call(client, request, "uplink-del", ret_error);
}

int genl_uplink_dump(struct genl_client *client, struct genl_uplink **ret, size_t *ret_n,
		     char **ret_error)
{
	_cleanup_message_ struct nl_msg *request =
		genl_message_new(client->family.id, KVRM_CMD_UPLINK_GET, NLM_F_DUMP);

	if (!request)
		return -ENOMEM;
	return genl_call_dump(client, request, "uplink-get", parse_uplink, sizeof(**ret), ret,
			      ret_n, ret_error);
}
