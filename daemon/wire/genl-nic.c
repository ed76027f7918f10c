// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Requests to the module about NICs; see genl-nic.h.
 */
#include <errno.h>
#include <netlink/attr.h>

#include "daemon/wire/genl-call.h"
#include "daemon/wire/genl-message-nic.h"

static int parse_nic(struct nlmsghdr *header, void *ret)
{
	return genl_message_parse_nic(header, ret);
}

int genl_nic_add(struct genl_client *client, uint32_t guest_id, uint32_t ifindex,
		 const struct genl_nic_wish *wish, struct genl_nic *ret, char **ret_error)
{
	_cleanup_message_ struct nl_msg *request =
		genl_message_new(client->family.id, KVRM_CMD_NIC_ADD, NLM_F_ACK);
	struct genl_nic added;
	int r;

	if (!request || nla_put_u32(request, KVRM_A_NIC_GUEST_ID, guest_id) < 0 ||
	    nla_put_u32(request, KVRM_A_NIC_IFINDEX, ifindex) < 0 ||
	    genl_message_put_nic(request, wish) < 0)
		return -ENOMEM;
	r = genl_call_one(client, request, "nic-add", parse_nic, &added, ret_error);
	if (!r)
		*ret = added;
	return r;
}

int genl_nic_set(struct genl_client *client, uint32_t id, const struct genl_nic_wish *wish,
		 char **ret_error)
{
	_cleanup_message_ struct nl_msg *request =
		genl_message_new(client->family.id, KVRM_CMD_NIC_SET, NLM_F_ACK);

	if (!request || nla_put_u32(request, KVRM_A_NIC_ID, id) < 0 ||
	    genl_message_put_nic(request, wish) < 0)
		return -ENOMEM;
	return genl_call(client, request, "nic-set", ret_error);
}

int genl_nic_del(struct genl_client *client, uint32_t id, char **ret_error)
{
	_cleanup_message_ struct nl_msg *request =
		genl_message_new(client->family.id, KVRM_CMD_NIC_DEL, NLM_F_ACK);

	if (!request || nla_put_u32(request, KVRM_A_NIC_ID, id) < 0)
		return -ENOMEM;
	return genl_call(client, request, "nic-del", ret_error);
}

int genl_nic_dump(struct genl_client *client, struct genl_nic **ret, size_t *ret_n,
		  char **ret_error)
{
	_cleanup_message_ struct nl_msg *request =
		genl_message_new(client->family.id, KVRM_CMD_NIC_GET, NLM_F_DUMP);

	if (!request)
		return -ENOMEM;
	return genl_call_dump(client, request, "nic-get", parse_nic, sizeof(**ret), ret, ret_n,
			      ret_error);
}
