// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Requests to the module; see genl.h. Each is built, sent and taken apart here.
 */
#include <errno.h>
#include <netlink/attr.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/util/cleanup.h"
#include "daemon/util/text.h"
#include "daemon/wire/genl-client.h"
#include "daemon/wire/genl-socket.h"

/* An array that a dump fills. */
struct list {
	char *items;
	size_t n;
	size_t capacity;
	size_t item_size;
};

static void free_message(struct nl_msg **message)
{
	nlmsg_free(*message);
}

static void free_list(struct list *list)
{
	free(list->items);
}

#define _cleanup_message_ _cleanup_(free_message)
#define _cleanup_list_	  _cleanup_(free_list)

/* Room for one more item, all zero; NULL: no memory. */
static void *list_grow(struct list *list)
{
	size_t capacity = list->capacity ? 2 * list->capacity : 16;
	char *items;

	if (list->n == list->capacity) {
		items = reallocarray(list->items, capacity, list->item_size);
		if (!items)
			return NULL;
		list->items = items;
		list->capacity = capacity;
	}
	return memset(list->items + list->item_size * list->n, 0, list->item_size);
}

/*
 * The module does not know the message type: it was unloaded, and perhaps loaded again, and what
 * the controller said of that was not read yet. Its next request would be the same mistake.
 */
static bool find_again(struct genl_client *client, struct nl_msg *request)
{
	struct genl_family family;

	if (genl_socket_resolve(client->requests, KVRM_FAMILY_NAME, KVRM_MCGRP_GUEST, &family) < 0)
		return false;
	if (nlmsg_hdr(request)->nlmsg_type == family.id)
		return false;
	nlmsg_hdr(request)->nlmsg_type = family.id;
	return true;
}

/* An error's sentence: the module's own if it gave one. */
static int refuse(const char *what, int err, const struct genl_ack *ack, char **ret_error)
{
	if (ack->sentence[0])
		return text_error(ret_error, err, "%s", ack->sentence);
	switch (err) {
	case -ENODEV:
		return text_error(ret_error, err, "the kernel module kvrm is not loaded");
	case -ETIMEDOUT:
		return text_error(ret_error, err,
				  "%s: the kernel module did not answer within %d seconds", what,
				  GENL_TIMEOUT_S);
	case -EINTR:
		return text_error(ret_error, err,
				  "%s: guests came and went too fast, %d attempts were interrupted",
				  what, GENL_DUMP_TRIES);
	case -EPROTO:
		return text_error(ret_error, err, "%s: the kernel module's answer makes no sense",
				  what);
	case -EPERM:
		return text_error(ret_error, err, "%s: not allowed, CAP_NET_ADMIN is needed", what);
	default:
		return text_error(ret_error, err, "%s: %s", what, strerror(-err));
	}
}

/* Send a request; @list, if any, is emptied before each attempt. */
static int call(struct genl_client *client, struct nl_msg *request, const char *what,
		genl_socket_each *each, void *data, struct list *list, char **ret_error)
{
	struct genl_ack ack = { 0 };
	bool again = true;
	int tries = 0;
	int r;

	if (!client->family.id)
		return refuse(what, -ENODEV, &ack, ret_error);
	do {
		if (list)
			list->n = 0;
		r = genl_socket_exchange(client->requests, request, each, data, &ack);
		if (r == -ENOENT && !ack.sentence[0]) {
			if (!again || !find_again(client, request))
				return refuse(what, -ENODEV, &ack, ret_error);
			again = false;
			r = -EINTR;
		}
		tries++;
	} while (r == -EINTR && tries < GENL_DUMP_TRIES);
	return r < 0 ? refuse(what, r, &ack, ret_error) : 0;
}

struct answer {
	int (*parse)(struct nlmsghdr *header, struct answer *answer);
	void *ret;
	bool found;
};

static int take_answer(struct nlmsghdr *header, void *data)
{
	struct answer *answer = data;
	int r = answer->parse(header, answer);

	answer->found |= !r;
	return r;
}

static int parse_host(struct nlmsghdr *header, struct answer *answer)
{
	return genl_message_parse_host(header, answer->ret);
}

static int parse_guest(struct nlmsghdr *header, struct answer *answer)
{
	return genl_message_parse_guest(header, answer->ret, NULL);
}

/* A request that one message answers. */
static int call_one(struct genl_client *client, struct nl_msg *request, const char *what,
		    struct answer *answer, char **ret_error)
{
	int r = call(client, request, what, take_answer, answer, NULL, ret_error);

	if (r < 0)
		return r;
	return answer->found ? 0 : refuse(what, -EPROTO, &(struct genl_ack){ 0 }, ret_error);
}

int genl_host_get(struct genl_client *client, struct genl_host *ret, char **ret_error)
{
	_cleanup_message_ struct nl_msg *request =
		genl_message_new(client->family.id, KVRM_CMD_HOST_GET, NLM_F_ACK);
	struct genl_host host = { 0 };
	struct answer answer = { .parse = parse_host, .ret = &host };
	int r;

	if (!request)
		return -ENOMEM;
	r = call_one(client, request, "host-get", &answer, ret_error);
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
	struct answer answer = { .parse = parse_guest, .ret = &guest };
	int r;

	if (!request || nla_put_u32(request, KVRM_A_GUEST_ID, id) < 0)
		return -ENOMEM;
	r = call_one(client, request, "guest-get", &answer, ret_error);
	if (!r)
		*ret = guest;
	return r;
}

int genl_guest_add(struct genl_client *client, int cgroup_fd, const uint8_t *uuid, const char *name,
		   uint64_t limit_us, struct genl_guest *ret, char **ret_error)
{
	_cleanup_message_ struct nl_msg *request =
		genl_message_new(client->family.id, KVRM_CMD_GUEST_ADD, NLM_F_ACK);
	struct genl_guest guest;
	struct answer answer = { .parse = parse_guest, .ret = &guest };
	int r;

	if (!request || nla_put(request, KVRM_A_GUEST_UUID, KVRM_UUID_LEN, uuid) < 0 ||
	    nla_put_string(request, KVRM_A_GUEST_NAME, name) < 0 ||
	    nla_put_u32(request, KVRM_A_GUEST_CGROUP_FD, (uint32_t)cgroup_fd) < 0 ||
	    genl_message_put_limit(request, limit_us) < 0)
		return -ENOMEM;
	r = call_one(client, request, "guest-add", &answer, ret_error);
	if (!r && ret)
		*ret = guest;
	return r;
}

int genl_guest_set(struct genl_client *client, uint32_t id, const char *name,
		   const uint64_t *limit_us, char **ret_error)
{
	_cleanup_message_ struct nl_msg *request =
		genl_message_new(client->family.id, KVRM_CMD_GUEST_SET, NLM_F_ACK);

	if (!request || nla_put_u32(request, KVRM_A_GUEST_ID, id) < 0 ||
	    (name && nla_put_string(request, KVRM_A_GUEST_NAME, name) < 0) ||
	    (limit_us && genl_message_put_limit(request, *limit_us) < 0))
		return -ENOMEM;
	return call(client, request, "guest-set", NULL, NULL, NULL, ret_error);
}

int genl_guest_del(struct genl_client *client, uint32_t id, char **ret_error)
{
	_cleanup_message_ struct nl_msg *request =
		genl_message_new(client->family.id, KVRM_CMD_GUEST_DEL, NLM_F_ACK);

	if (!request || nla_put_u32(request, KVRM_A_GUEST_ID, id) < 0)
		return -ENOMEM;
	return call(client, request, "guest-del", NULL, NULL, NULL, ret_error);
}

static int take_guest(struct nlmsghdr *header, void *data)
{
	struct list *list = data;
	struct genl_guest *guest = list_grow(list);
	int r;

	if (!guest)
		return -ENOMEM;
	r = genl_message_parse_guest(header, guest, NULL);
	list->n += !r;
	return r;
}

static int take_vcpu(struct nlmsghdr *header, void *data)
{
	struct list *list = data;
	struct genl_vcpu *vcpu = list_grow(list);
	int r;

	if (!vcpu)
		return -ENOMEM;
	r = genl_message_parse_vcpu(header, vcpu);
	list->n += !r;
	return r;
}

/* What a dump has gathered becomes the caller's. */
static void list_give(struct list *list, void *ret, size_t *ret_n)
{
	*(void **)ret = list->n ? TAKE_PTR(list->items) : NULL;
	*ret_n = list->n;
}

int genl_guest_dump(struct genl_client *client, struct genl_guest **ret, size_t *ret_n,
		    char **ret_error)
{
	_cleanup_message_ struct nl_msg *request =
		genl_message_new(client->family.id, KVRM_CMD_GUEST_GET, NLM_F_DUMP);
	_cleanup_list_ struct list list = { .item_size = sizeof(struct genl_guest) };
	int r;

	if (!request)
		return -ENOMEM;
	r = call(client, request, "guest-get", take_guest, &list, &list, ret_error);
	if (!r)
		list_give(&list, ret, ret_n);
	return r;
}

int genl_vcpu_dump(struct genl_client *client, uint32_t guest_id, struct genl_vcpu **ret,
		   size_t *ret_n, char **ret_error)
{
	_cleanup_message_ struct nl_msg *request =
		genl_message_new(client->family.id, KVRM_CMD_VCPU_GET, NLM_F_DUMP);
	_cleanup_list_ struct list list = { .item_size = sizeof(struct genl_vcpu) };
	int r;

	if (!request || (guest_id && nla_put_u32(request, KVRM_A_VCPU_GUEST_ID, guest_id) < 0))
		return -ENOMEM;
	r = call(client, request, "vcpu-get", take_vcpu, &list, &list, ret_error);
	if (!r)
		list_give(&list, ret, ret_n);
	return r;
}
