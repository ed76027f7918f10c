/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What all that speaks rtnetlink has in common. Inside daemon/wire only.
 */
#ifndef DAEMON_WIRE_ROUTE_H
#define DAEMON_WIRE_ROUTE_H

#include <netlink/socket.h>

#include "daemon/util/cleanup.h"

/**
 * route_open() - a socket for rtnetlink, in this process's network namespace
 * @ret: to be freed with nl_socket_free()
 *
 * Return: 0 or a negative errno.
 */
int route_open(struct nl_sock **ret);

/**
 * route_errno() - libnl's errors are its own
 * @r: what a function of libnl returned
 *
 * Return: 0 or a negative errno.
 */
int route_errno(int r);

static inline void route_free_socket(struct nl_sock **socket)
{
	nl_socket_free(*socket);
}

#define _cleanup_socket_ _cleanup_(route_free_socket)

#endif
