/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A generic netlink socket for requests: one at a time, answered before the call returns. Inside
 * daemon/wire only.
 */
#ifndef DAEMON_WIRE_GENL_SOCKET_H
#define DAEMON_WIRE_GENL_SOCKET_H

#include <netlink/socket.h>

#include "daemon/wire/genl-message.h"

#define GENL_TIMEOUT_S	 5
#define GENL_BUFFER_SIZE (64 * 1024)
#define GENL_DUMP_TRIES	 5

/**
 * genl_socket_new() - open a socket
 * @ret: to be freed with nl_socket_free()
 *
 * Return: 0 or a negative errno.
 */
int genl_socket_new(struct nl_sock **ret);

/**
 * genl_socket_receive() - take one datagram from the kernel
 * @socket: socket
 * @buffer: of GENL_BUFFER_SIZE bytes, aligned for a netlink header
 * @flags: MSG_DONTWAIT or 0
 *
 * Return: bytes (0: not from the kernel, to be passed over) or a negative errno: -EAGAIN: nothing
 * came,
 * -ENOBUFS: messages were lost.
 */
ssize_t genl_socket_receive(struct nl_sock *socket, void *buffer, int flags);

/**
 * genl_socket_each - called for each message of an answer but its end
 * @header: message
 * @data: as given to genl_socket_exchange()
 *
 * Return: 0, or a negative errno, which becomes that of the exchange.
 */
typedef int genl_socket_each(struct nlmsghdr *header, void *data);

/**
 * genl_socket_exchange() - send a request and take the whole answer
 * @socket: socket
 * @request: with NLM_F_ACK or NLM_F_DUMP; stays the caller's
 * @each: NULL: only the end matters
 * @data: for @each
 * @ret_ack: end of the answer; its sentence is "" if the call fails otherwise
 *
 * Return: 0; -ETIMEDOUT; -EINTR: a dump was interrupted by changes; -EPROTO; what the kernel
 * refused with; what the socket said.
 */
int genl_socket_exchange(struct nl_sock *socket, struct nl_msg *request, genl_socket_each *each,
			 void *data, struct genl_ack *ret_ack);

/**
 * genl_socket_resolve() - ask for a family; the kernel loads a module that has it
 * @socket: socket
 * @family: name
 * @groups: names of the multicast groups wanted, NULL: none
 * @ret: filled in
 *
 * Return: 0; -ENOENT: there is no such family; another negative errno.
 */
int genl_socket_resolve(struct nl_sock *socket, const char *family,
			const char *const groups[GENL_GROUPS], struct genl_family *ret);

/**
 * genl_socket_find() - look for a family among those that are there; no module is loaded
 * @socket: socket
 * @family: name
 * @groups: names of the multicast groups wanted, NULL: none
 * @ret: filled in
 *
 * Return: 0; -ENOENT: there is no such family; another negative errno.
 */
int genl_socket_find(struct nl_sock *socket, const char *family,
		     const char *const groups[GENL_GROUPS], struct genl_family *ret);

#endif
