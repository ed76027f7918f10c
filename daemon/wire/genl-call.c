// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Requests to the module, sent and answered; see genl-call.h.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/util/text.h"
#include "daemon/wire/genl-call.h"

/* What the messages of an answer are gathered in. */
struct list {
	genl_call_parse *parse;
	char *items;
	size_t n;
	size_t capacity;
	size_t item_size;
};

static void free_list(struct list *list)
{
	free(list->items);
}

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

static int take_item(struct nlmsghdr *header, void *data)
{
	struct list *list = data;
	void *item = list_grow(list);
	int r;

	if (!item)
		return -ENOMEM;
	r = list->parse(header, item);
	list->n += !r;
	return r;
}

/*
 * The module does not know the message type: it was unloaded, and perhaps loaded again, and what
 * the controller said of that was not read yet. Its next request would be the same mistake. Who
 * unloaded it does not want it to be loaded by our asking.
 */
static bool find_again(struct genl_client *client, struct nl_msg *request)
{
	struct genl_family family;

	if (genl_socket_find(client->requests, KVRM_FAMILY_NAME, genl_groups, &family) < 0)
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
		return text_error(
			ret_error, err,
			"%s: guests or pools came and went too fast, %d attempts were interrupted",
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

int genl_call(struct genl_client *client, struct nl_msg *request, const char *what,
	      char **ret_error)
{
	return call(client, request, what, NULL, NULL, NULL, ret_error);
}

int genl_call_dump(struct genl_client *client, struct nl_msg *request, const char *what,
		   genl_call_parse *parse, size_t item_size, void *ret, size_t *ret_n,
		   char **ret_error)
{
	_cleanup_(free_list) struct list list = { .parse = parse, .item_size = item_size };
	int r = call(client, request, what, take_item, &list, &list, ret_error);

	if (r < 0)
		return r;
	*(void **)ret = list.n ? TAKE_PTR(list.items) : NULL;
	*ret_n = list.n;
	return 0;
}

struct one {
	genl_call_parse *parse;
	void *ret;
	bool found;
};

static int take_one(struct nlmsghdr *header, void *data)
{
	struct one *one = data;
	int r = one->parse(header, one->ret);

	one->found |= !r;
	return r;
}

int genl_call_one(struct genl_client *client, struct nl_msg *request, const char *what,
		  genl_call_parse *parse, void *ret, char **ret_error)
{
	struct one one = { .parse = parse, .ret = ret };
	int r = call(client, request, what, take_one, &one, NULL, ret_error);

	if (r < 0)
		return r;
	return one.found ? 0 : refuse(what, -EPROTO, &(struct genl_ack){ 0 }, ret_error);
}
