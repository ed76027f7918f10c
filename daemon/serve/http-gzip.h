/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Answers that are compressed, for clients that want it: Accept-Encoding (RFC 9110, 12.5.3) and zlib.
 * Pure. Inside daemon/serve only.
 */
#ifndef DAEMON_SERVE_HTTP_GZIP_H
#define DAEMON_SERVE_HTTP_GZIP_H

#include <stdbool.h>
#include <stddef.h>

/**
 * http_wants_gzip() - whether a client would rather have it compressed
 * @accept_encoding: value of its header; NULL: not sent
 *
 * Return: true if gzip is accepted with a quality not below that of no compression.
 */
bool http_wants_gzip(const char *accept_encoding);

/**
 * http_gzip() - compress, quickly rather than well
 * @data: what
 * @size: bytes
 * @ret: to be freed
 * @ret_size: bytes
 *
 * Return: 0 or -ENOMEM.
 */
int http_gzip(const char *data, size_t size, char **ret, size_t *ret_size);

#endif
