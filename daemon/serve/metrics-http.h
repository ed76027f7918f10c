/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /metrics over HTTP, on a TCP address and on a UNIX socket. libmicrohttpd does the protocol
 * inside the daemon's event loop; there are no threads. A request is answered from a snapshot
 * taken at that moment.
 */
#ifndef DAEMON_SERVE_METRICS_HTTP_H
#define DAEMON_SERVE_METRICS_HTTP_H

#include <systemd/sd-event.h>

#include "daemon/serve/openmetrics.h"

struct metrics_http;

/**
 * metrics_http_snapshot - called for each scrape, from the event loop
 * @ret: to be filled in; what it refers to must stay valid until the function returns to the event loop
 * @data: as given to metrics_http_new()
 *
 * Return: 0, or a negative errno: the collector gets 503.
 */
typedef int metrics_http_snapshot(struct metric_snapshot *ret, void *data);

/**
 * metrics_http_new() - begin to listen
 * @event: loop
 * @address: "ADDRESS:PORT", "[IPv6]:PORT" or "PORT" (on 127.0.0.1); port 0: any free one. NULL or "": no TCP.
 *	Numbers only, no names.
 * @socket_path: of a UNIX socket that everybody on this host may connect to; a stale one is replaced.
 *	NULL or "": none
 * @snapshot: called for each scrape
 * @data: for @snapshot
 * @ret: to be freed with metrics_http_free()
 * @ret_error: on failure a sentence to be freed; may be NULL
 *
 * Return: 0; -EINVAL: @address or @socket_path is malformed; another negative errno: it cannot be
 * listened on (-EADDRINUSE: somebody else does). Nothing is left behind then.
 */
int metrics_http_new(sd_event *event, const char *address, const char *socket_path,
		     metrics_http_snapshot *snapshot, void *data, struct metrics_http **ret,
		     char **ret_error);

/**
 * metrics_http_free() - close all connections and remove the UNIX socket
 * @http: may be NULL
 *
 * Return: NULL.
 */
struct metrics_http *metrics_http_free(struct metrics_http *http);

/**
 * metrics_http_address() - the TCP address that is listened on
 * @http: listening
 *
 * Return: "ADDRESS:PORT" with the real port, "" if there is none; valid as long as @http.
 */
const char *metrics_http_address(const struct metrics_http *http);

#endif
