/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The netlink client's own state, shared by genl.c and genl-call.c. Inside daemon/wire only.
 */
#ifndef DAEMON_WIRE_GENL_CLIENT_H
#define DAEMON_WIRE_GENL_CLIENT_H

#include <netlink/socket.h>

#include "daemon/wire/genl.h"
#include "daemon/wire/genl-message.h"

/**
 * struct genl_client - client
 * @callbacks: of the owner
 * @data: for @callbacks
 * @requests: socket for requests
 * @events: socket for notifications, non-blocking
 * @source: of @events
 * @family: the module's, as last heard; its id is 0 while the module is not loaded
 * @buffer: for what arrives at @events, GENL_BUFFER_SIZE bytes
 */
struct genl_client {
	struct genl_callbacks callbacks;
	void *data;
	struct nl_sock *requests;
	struct nl_sock *events;
	sd_event_source *source;
	struct genl_family family;
	void *buffer;
};

/* The family's multicast groups that are heard. */
extern const char *const genl_groups[GENL_GROUPS];

#endif
