// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Requests to the module about pools, and several changes at once; see genl-pool.h.
 */
#include <errno.h>
#include <netlink/attr.h>

#include "daemon/wire/genl-call.h"

static int parse_pool(struct nlmsghdr *header, void *ret)
{
	return genl_message_parse_pool(header, ret);
}

int genl_pool_get(struct genl_client *client, uint32_t id, struct genl_pool *ret, char **ret_error)
{
	_cleanup_message_ struct nl_msg *request =
		genl_message_new(client->family.id, KVRM_CMD_POOL_GET, NLM_F_ACK);
	struct genl_pool pool;
	int r;

	if (!request || nla_put_u32(request, KVRM_A_POOL_ID, id) < 0)
		return -ENOMEM;
	r = genl_call_one(client, request, "pool-get", parse_pool, &pool, ret_error);
	if (!r)
		*ret = pool;
	return r;
}

int genl_pool_add(struct genl_client *client, int cgroup_fd, const struct genl_pool_change *pool,
		  struct genl_pool *ret, char **ret_error)
{
	_cleanup_message_ struct nl_msg *request =
		genl_message_new(client->family.id, KVRM_CMD_POOL_ADD, NLM_F_ACK);
	struct genl_pool_change change = *pool;
	struct genl_pool added;
	int r;

	change.cgroup_fd = cgroup_fd;
	if (!request || genl_message_put_pool(request, &change) < 0)
		return -ENOMEM;
	r = genl_call_one(client, request, "pool-add", parse_pool, &added, ret_error);
	if (!r && ret)
		*ret = added;
	return r;
}

int genl_pool_set(struct genl_client *client, uint32_t id, const struct genl_pool_change *change,
		  char **ret_error)
{
	_cleanup_message_ struct nl_msg *request =
		genl_message_new(client->family.id, KVRM_CMD_POOL_SET, NLM_F_ACK);

	if (!request || nla_put_u32(request, KVRM_A_POOL_ID, id) < 0 ||
	    genl_message_put_pool(request, change) < 0)
		return -ENOMEM;
	return genl_call(client, request, "pool-set", ret_error);
}

int genl_pool_del(struct genl_client *client, uint32_t id, char **ret_error)
{
	_cleanup_message_ struct nl_msg *request =
		genl_message_new(client->family.id, KVRM_CMD_POOL_DEL, NLM_F_ACK);

	if (!request || nla_put_u32(request, KVRM_A_POOL_ID, id) < 0)
		return -ENOMEM;
	return genl_call(client, request, "pool-del", ret_error);
}

int genl_pool_dump(struct genl_client *client, struct genl_pool **ret, size_t *ret_n,
		   char **ret_error)
{
	_cleanup_message_ struct nl_msg *request =
		genl_message_new(client->family.id, KVRM_CMD_POOL_GET, NLM_F_DUMP);

	if (!request)
		return -ENOMEM;
	return genl_call_dump(client, request, "pool-get", parse_pool, sizeof(**ret), ret, ret_n,
			      ret_error);
}

int genl_batch_set(struct genl_client *client, const struct genl_batch_item *items, size_t n,
		   char **ret_error)
{
	_cleanup_message_ struct nl_msg *request =
		genl_message_new_batch(client->family.id, items, n);

	if (!request)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		if (genl_message_put_batch(request, &items[i]) < 0)
			return -ENOMEM;
	}
	return genl_call(client, request, "batch-set", ret_error);
}
