// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The netlink client: its life, and what it hears.
 *
 * One socket hears both the controller (the family appears and vanishes) and the family (guests
 * and pools come, change and go), so that what happened in one order is told in that order. The kernel takes
 * the socket out of the family's groups when the family vanishes; it joins again when the family
 * appears.
 */
#include <errno.h>
#include <linux/genetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "daemon/util/cleanup.h"
#include "daemon/util/text.h"
#include "daemon/wire/genl-client.h"
#include "daemon/wire/genl-socket.h"

/* Datagrams taken in one turn of the loop. */
#define TURN_DATAGRAMS 32

/* Large enough for some thousand notifications while the daemon is busy. */
#define RECEIVE_BUFFER_BYTES (1024 * 1024)

const char *const genl_groups[GENL_GROUPS] = { KVRM_MCGRP_GUEST, KVRM_MCGRP_POOL };

static void go_up(struct genl_client *client, const struct genl_family *family)
{
	client->family = *family;
	for (int i = 0; i < GENL_GROUPS; i++) {
		/* An older module has no group for pools. */
		if (family->groups[i])
			nl_socket_add_membership(client->events, (int)family->groups[i]);
	}
}

static void tell_up(struct genl_client *client)
{
	if (client->callbacks.up)
		client->callbacks.up(client->data);
}

static void tell_down(struct genl_client *client)
{
	client->family.id = 0;
	if (client->callbacks.down)
		client->callbacks.down(client->data);
}

/* The controller says that a family has appeared or vanished. */
static void take_control(struct genl_client *client, struct nlmsghdr *header)
{
	uint8_t command = genl_message_command(header);
	struct genl_family family;

	if (command != CTRL_CMD_NEWFAMILY && command != CTRL_CMD_DELFAMILY)
		return;
	if (genl_message_parse_family(header, genl_groups, &family) < 0 ||
	    strcmp(family.name, KVRM_FAMILY_NAME) != 0)
		return;
	if (command == CTRL_CMD_DELFAMILY) {
		if (client->family.id == family.id)
			tell_down(client);
	} else if (client->family.id != family.id) {
		if (client->family.id)
			tell_down(client);
		go_up(client, &family);
		tell_up(client);
	}
}

/* Something happened, but what is not known. */
static void tell_resync(struct genl_client *client)
{
	if (client->callbacks.resync)
		client->callbacks.resync(client->data);
}

static void take_guest(struct genl_client *client, struct nlmsghdr *header, enum genl_change change)
{
	enum kvrm_removal_reason reason = KVRM_REMOVAL_REASON_REQUESTED;
	struct genl_guest guest;

	if (genl_message_parse_guest(header, &guest, &reason) < 0)
		tell_resync(client);
	else if (client->callbacks.guest)
		client->callbacks.guest(change, &guest, reason, client->data);
}

static void take_pool(struct genl_client *client, struct nlmsghdr *header, enum genl_change change)
{
	struct genl_pool pool;

	if (genl_message_parse_pool(header, &pool) < 0)
		tell_resync(client);
	else if (client->callbacks.pool)
		client->callbacks.pool(change, &pool, client->data);
}

/* A newer module may tell more: that is passed over. */
static void take_notification(struct genl_client *client, struct nlmsghdr *header)
{
	switch (genl_message_command(header)) {
	case KVRM_CMD_GUEST_ADD_NTF:
		take_guest(client, header, GENL_GUEST_ADDED);
		break;
	case KVRM_CMD_GUEST_SET_NTF:
		take_guest(client, header, GENL_GUEST_CHANGED);
		break;
	case KVRM_CMD_GUEST_DEL_NTF:
		take_guest(client, header, GENL_GUEST_REMOVED);
		break;
	case KVRM_CMD_POOL_ADD_NTF:
		take_pool(client, header, GENL_POOL_ADDED);
		break;
	case KVRM_CMD_POOL_SET_NTF:
		take_pool(client, header, GENL_POOL_CHANGED);
		break;
	case KVRM_CMD_POOL_DEL_NTF:
		take_pool(client, header, GENL_POOL_REMOVED);
		break;
	}
}

static void take_datagram(struct genl_client *client, int size)
{
	struct nlmsghdr *header = client->buffer;

	for (; nlmsg_ok(header, size); header = nlmsg_next(header, &size)) {
		if (header->nlmsg_type == GENL_ID_CTRL)
			take_control(client, header);
		else if (client->family.id && header->nlmsg_type == client->family.id)
			take_notification(client, header);
	}
}

/* Messages were lost, perhaps those about the family too. */
static void resync(struct genl_client *client)
{
	struct genl_family family = { .id = 0 };
	bool was_up = client->family.id != 0;
	int r;

	r = genl_socket_find(client->requests, KVRM_FAMILY_NAME, genl_groups, &family);
	if (r < 0 && r != -ENOENT)
		family = client->family;
	if (was_up && client->family.id == family.id) {
		tell_resync(client);
		return;
	}
	if (was_up)
		tell_down(client);
	if (family.id) {
		go_up(client, &family);
		tell_up(client);
	}
}

static int on_events(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct genl_client *client = userdata;
	ssize_t n;

	for (int i = 0; i < TURN_DATAGRAMS; i++) {
		n = genl_socket_receive(client->events, client->buffer, MSG_DONTWAIT);
		if (n == -EAGAIN)
			break;
		if (n >= 0)
			take_datagram(client, (int)n);
		else
			resync(client);
	}
	return 0;
}

/* Hear the controller before looking for the family: whatever happens in between is heard. */
static int open_events(struct genl_client *client)
{
	static const char *const groups[GENL_GROUPS] = { "notify" };
	struct genl_family controller;
	int r;

	r = genl_socket_new(&client->events);
	if (r < 0)
		return r;
	if (nl_socket_set_nonblocking(client->events) < 0)
		return -EIO;
	/* Less is no failure: what is lost is told. */
	nl_socket_set_buffer_size(client->events, RECEIVE_BUFFER_BYTES, 0);
	r = genl_socket_resolve(client->requests, "nlctrl", groups, &controller);
	if (r < 0)
		return r;
	if (!controller.groups[0])
		return -EPROTONOSUPPORT;
	return nl_socket_add_membership(client->events, (int)controller.groups[0]) < 0 ? -EIO : 0;
}

static int open_sockets(struct genl_client *client)
{
	struct genl_family family;
	int r;

	r = genl_socket_new(&client->requests);
	if (r < 0)
		return r;
	r = open_events(client);
	if (r < 0)
		return r;
	r = genl_socket_resolve(client->requests, KVRM_FAMILY_NAME, genl_groups, &family);
	if (!r)
		go_up(client, &family);
	return r == -ENOENT ? 0 : r;
}

static void client_freep(struct genl_client **client)
{
	genl_client_free(*client);
}

int genl_client_new(sd_event *event, const struct genl_callbacks *callbacks, void *data,
		    struct genl_client **ret, char **ret_error)
{
	_cleanup_(client_freep) struct genl_client *client = calloc(1, sizeof(*client));
	int r;

	if (!client)
		return -ENOMEM;
	client->callbacks = *callbacks;
	client->data = data;
	client->buffer = malloc(GENL_BUFFER_SIZE);
	if (!client->buffer)
		return -ENOMEM;
	r = open_sockets(client);
	if (r < 0)
		return text_error(ret_error, r, "generic netlink cannot be used: %s", strerror(-r));
	r = sd_event_add_io(event, &client->source, nl_socket_get_fd(client->events), EPOLLIN,
			    on_events, client);
	if (r < 0)
		return text_error(ret_error, r, "netlink socket cannot be watched: %s",
				  strerror(-r));
	sd_event_source_set_description(client->source, "genl-events");
	*ret = TAKE_PTR(client);
	return 0;
}

struct genl_client *genl_client_free(struct genl_client *client)
{
	if (!client)
		return NULL;
	sd_event_source_disable_unref(client->source);
	nl_socket_free(client->events);
	nl_socket_free(client->requests);
	free(client->buffer);
	free(client);
	return NULL;
}

bool genl_client_is_up(const struct genl_client *client)
{
	return client->family.id != 0;
}
