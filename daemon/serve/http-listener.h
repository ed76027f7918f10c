/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A socket that HTTP is served on, inside the daemon's event loop; libmicrohttpd does the protocol, without
 * threads. Clients are held to the bounds of http-clients.h. Inside daemon/serve only.
 */
#ifndef DAEMON_SERVE_HTTP_LISTENER_H
#define DAEMON_SERVE_HTTP_LISTENER_H

#include <microhttpd.h>
#include <systemd/sd-event.h>

#include "daemon/serve/http-clients.h"

/**
 * struct http_listener - one socket that is listened on, and its connections
 * @fd: listening; -1: none
 * @event: loop
 * @data: of who serves
 * @daemon: the library's
 * @clients: connections
 * @accept: source of @fd
 * @pause: after which @accept goes on
 * @io: source of the library's epoll descriptor
 * @timer: the library's timeout, or the end of a client's turn
 */
struct http_listener {
	int fd;
	sd_event *event;
	void *data;
	struct MHD_Daemon *daemon;
	struct http_clients clients;
	sd_event_source *accept;
	sd_event_source *pause;
	sd_event_source *io;
	sd_event_source *timer;
};

/**
 * http_listener_start() - serve on a listening socket
 * @listener: all zero but its fd, which it owns
 * @event: loop, which must outlive it
 * @handler: called for each request, with @listener as its closure
 * @data: for @handler, in @listener
 *
 * Return: 0 or a negative errno; http_listener_deinit() either way.
 */
int http_listener_start(struct http_listener *listener, sd_event *event,
			MHD_AccessHandlerCallback handler, void *data);

/**
 * http_listener_may_answer() - before an answer that takes memory: whether there is still room for it
 * @listener: serving
 * @connection: whose
 * @bytes: of the answer
 */
bool http_listener_may_answer(struct http_listener *listener, struct MHD_Connection *connection,
			      size_t bytes);

/**
 * http_listener_deinit() - close all connections and the socket
 * @listener: started or not
 */
void http_listener_deinit(struct http_listener *listener);

#endif
