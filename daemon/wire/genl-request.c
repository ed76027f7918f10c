// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Requests to the module about the host, guests and their virtual CPUs; see genl.h.
 */
#include <errno.h>
#include <netlink/attr.h>

#include "daemon/wire/genl-call.h"

static int parse_host(struct nlmsghdr *header, void *ret)
{
	return genl_message_parse_host(header, ret);
}

static int parse_guest(struct nlmsghdr *header, void *ret)
{
	return genl_message_parse_guest(header, ret, NULL);
}

static int parse_vcpu(struct nlmsghdr *header, void *ret)
{
	return genl_message_parse_vcpu(header, ret);
}

int genl_host_get(struct genl_client *client, struct genl_host *ret, char **ret_error)
{
	_cleanup_message_ struct nl_msg *request =
		genl_message_new(client->family.id, KVRM_CMD_HOST_GET, NLM_F_ACK);
	struct genl_host host = { 0 };
	int r;

	if (!request)
		return -ENOMEM;
	r = genl_call_one(client, request, "host-get", parse_host, &host, ret_error);
	if (!r)
		*ret = host;
	return r;
}

int genl_guest_get(struct genl_client *client, uint32_t id, struct genl_guest *ret,
		   char **ret_error)
{
	_cleanup_message_ struct nl_msg *request =
		genl_message_new(client->family.id, KVRM_CMD_GUEST_GET, NLM_F_ACK);
	struct genl_guest guest;
	int r;

	if (!request || nla_put_u32(request, KVRM_A_GUEST_ID, id) < 0)
		return -ENOMEM;
	r = genl_call_one(client, request, "guest-get", parse_guest, &guest, ret_error);
	if (!r)
		*ret = guest;
	return r;
}

int genl_guest_add(struct genl_client *client, const uint8_t *uuid,
		   const struct genl_guest_change *guest, struct genl_guest *ret, char **ret_error)
{
	_cleanup_message_ struct nl_msg *request =
		genl_message_new(client->family.id, KVRM_CMD_GUEST_ADD, NLM_F_ACK);
	struct genl_guest added;
	int r;

	if (!request || nla_put(request, KVRM_A_GUEST_UUID, KVRM_UUID_LEN, uuid) < 0 ||
	    genl_message_put_guest(request, guest) < 0)
		return -ENOMEM;
	r = genl_call_one(client, request, "guest-add", parse_guest, &added, ret_error);
	if (!r && ret)
		*ret = added;
	return r;
}

int genl_guest_set(struct genl_client *client, uint32_t id, const struct genl_guest_change *change,
		   char **ret_error)
{
	_cleanup_message_ struct nl_msg *request =
		genl_message_new(client->family.id, KVRM_CMD_GUEST_SET, NLM_F_ACK);

	if (!request || nla_put_u32(request, KVRM_A_GUEST_ID, id) < 0 ||
	    genl_message_put_guest(request, change) < 0)
		return -ENOMEM;
	return genl_call(client, request, "guest-set", ret_error);
}

int genl_guest_del(struct genl_client *client, uint32_t id, char **ret_error)
{
	_cleanup_message_ struct nl_msg *request =
		genl_message_new(client->family.id, KVRM_CMD_GUEST_DEL, NLM_F_ACK);

	if (!request || nla_put_u32(request, KVRM_A_GUEST_ID, id) < 0)
		return -ENOMEM;
	return genl_call(client, request, "guest-del", ret_error);
}

int genl_guest_dump(struct genl_client *client, struct genl_guest **ret, size_t *ret_n,
		    char **ret_error)
{
	_cleanup_message_ struct nl_msg *request =
		genl_message_new(client->family.id, KVRM_CMD_GUEST_GET, NLM_F_DUMP);

	if (!request)
		return -ENOMEM;
	return genl_call_dump(client, request, "guest-get", parse_guest, sizeof(**ret), ret, ret_n,
			      ret_error);
}

int genl_vcpu_dump(struct genl_client *client, uint32_t guest_id, struct genl_vcpu **ret,
		   size_t *ret_n, char **ret_error)
{
	_cleanup_message_ struct nl_msg *request =
		genl_message_new(client->family.id, KVRM_CMD_VCPU_GET, NLM_F_DUMP);

	if (!request || (guest_id && nla_put_u32(request, KVRM_A_VCPU_GUEST_ID, guest_id) < 0))
		return -ENOMEM;
	return genl_call_dump(client, request, "vcpu-get", parse_vcpu, sizeof(**ret), ret, ret_n,
			      ret_error);
}
