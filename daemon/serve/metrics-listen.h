/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sockets that /metrics is served on. Inside daemon/serve only.
 */
#ifndef DAEMON_SERVE_METRICS_LISTEN_H
#define DAEMON_SERVE_METRICS_LISTEN_H

#include <stddef.h>

#define METRICS_ADDRESS_BYTES 64

/**
 * metrics_listen_tcp() - listen on a TCP address
 * @address: see metrics_http_new()
 * @ret_address: what is listened on, METRICS_ADDRESS_BYTES
 * @ret_error: see metrics_http_new()
 *
 * Return: a descriptor, or a negative errno.
 */
int metrics_listen_tcp(const char *address, char *ret_address, char **ret_error);

/**
 * metrics_listen_unix() - listen on a UNIX socket
 * @path: replaced if nobody listens there any more
 * @ret_error: see metrics_http_new()
 *
 * Return: a descriptor, or a negative errno.
 */
int metrics_listen_unix(const char *path, char **ret_error);

#endif
