// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A generic netlink socket for requests; see genl-socket.h. Messages are read here and not by
 * libnl's loop, because that turns "messages were lost" and "no memory" into the same error.
 */
#include <errno.h>
#include <linux/netlink.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "daemon/util/cleanup.h"
#include "daemon/wire/genl-socket.h"

int genl_socket_new(struct nl_sock **ret)
{
	struct timeval timeout = { .tv_sec = GENL_TIMEOUT_S };
	struct nl_sock *socket = nl_socket_alloc();
	int one = 1;
	int fd;

	if (!socket)
		return -ENOMEM;
	if (genl_connect(socket) < 0) {
		int r = errno ? -errno : -EIO;

		nl_socket_free(socket);
		return r;
	}
	fd = nl_socket_get_fd(socket);
	if (setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout)) < 0) {
		int r = -errno;

		nl_socket_free(socket);
		return r;
	}
	*ret = socket;
	return 0;
}

ssize_t genl_socket_receive(struct nl_sock *socket, void *buffer, int flags)
{
	struct sockaddr_nl from = { 0 };
	struct iovec iov = { .iov_base = buffer, .iov_len = GENL_BUFFER_SIZE };
	struct msghdr m = {
		.msg_name = &from,
		.msg_namelen = sizeof(from),
		.msg_iov = &iov,
		.msg_iovlen = 1,
	};
	ssize_t n;

	do {
		n = recvmsg(nl_socket_get_fd(socket), &m, flags);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	if (m.msg_flags & MSG_TRUNC)
		return -ENOBUFS;
	return from.nl_pid ? 0 : n;
}

struct exchange {
	uint32_t sequence;
	genl_socket_each *each;
	void *data;
	struct genl_ack *ack;
	int error;
	bool interrupted;
	bool done;
};

static void take_message(struct exchange *x, struct nlmsghdr *header)
{
	int r = 0;

	/* Left over from a request that timed out. */
	if (header->nlmsg_seq != x->sequence)
		return;
	x->interrupted |= !!(header->nlmsg_flags & NLM_F_DUMP_INTR);
	if (header->nlmsg_type == NLMSG_ERROR || header->nlmsg_type == NLMSG_DONE) {
		r = genl_message_parse_ack(header, x->ack);
		if (!r)
			r = x->ack->error;
		x->done = true;
	} else if (header->nlmsg_type >= NLMSG_MIN_TYPE && x->each) {
		r = x->each(header, x->data);
	}
	if (r < 0 && !x->error)
		x->error = r;
}

/* Everything is read to its end even if a message was bad, so that the next request finds nothing old. */
static int take_answer(struct nl_sock *socket, struct exchange *x)
{
	_cleanup_free_ void *buffer = malloc(GENL_BUFFER_SIZE);
	struct nlmsghdr *header;
	ssize_t n;
	int rest;

	if (!buffer)
		return -ENOMEM;
	while (!x->done) {
		n = genl_socket_receive(socket, buffer, 0);
		if (n < 0)
			return n == -EAGAIN ? -ETIMEDOUT : n;
		rest = n;
		for (header = buffer; nlmsg_ok(header, rest); header = nlmsg_next(header, &rest))
			take_message(x, header);
	}
	if (x->error)
		return x->error;
	return x->interrupted ? -EINTR : 0;
}

int genl_socket_exchange(struct nl_sock *socket, struct nl_msg *request, genl_socket_each *each,
			 void *data, struct genl_ack *ret_ack)
{
	struct exchange x = { .each = each, .data = data, .ack = ret_ack };
	struct nlmsghdr *header = nlmsg_hdr(request);
	ssize_t n;

	*ret_ack = (struct genl_ack){ 0 };
	/* A request that is sent again is a new one: its sequence number must be new. */
	header->nlmsg_seq = NL_AUTO_SEQ;
	nl_complete_msg(socket, request);
	x.sequence = header->nlmsg_seq;
	do {
		n = send(nl_socket_get_fd(socket), header, header->nlmsg_len, 0);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN ? -ETIMEDOUT : -errno;
	return take_answer(socket, &x);
}

struct resolve {
	const char *name;
	const char *const *groups;
	struct genl_family family;
	bool found;
};

static int take_family(struct nlmsghdr *header, void *data)
{
	struct resolve *resolve = data;
	struct genl_family family;
	int r = genl_message_parse_family(header, resolve->groups, &family);

	if (r < 0 || strcmp(family.name, resolve->name))
		return r;
	resolve->family = family;
	resolve->found = true;
	return 0;
}

static void free_message(struct nl_msg **message)
{
	nlmsg_free(*message);
}

int genl_socket_resolve(struct nl_sock *socket, const char *family,
			const char *const groups[GENL_GROUPS], struct genl_family *ret)
{
	_cleanup_(free_message) struct nl_msg *request =
		genl_message_new(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, NLM_F_ACK);
	struct resolve resolve = { .name = family, .groups = groups };
	struct genl_ack ack;
	int r;

	if (!request || nla_put_string(request, CTRL_ATTR_FAMILY_NAME, family) < 0)
		return -ENOMEM;
	r = genl_socket_exchange(socket, request, take_family, &resolve, &ack);
	if (r < 0)
		return r;
	if (!resolve.found)
		return -EPROTO;
	*ret = resolve.family;
	return 0;
}

int genl_socket_find(struct nl_sock *socket, const char *family,
		     const char *const groups[GENL_GROUPS], struct genl_family *ret)
{
	_cleanup_(free_message) struct nl_msg *request =
		genl_message_new(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, NLM_F_DUMP);
	struct resolve resolve = { .name = family, .groups = groups };
	struct genl_ack ack;
	int r;

	if (!request)
		return -ENOMEM;
	for (int tries = 0; tries < GENL_DUMP_TRIES; tries++) {
		r = genl_socket_exchange(socket, request, take_family, &resolve, &ack);
		if (r != -EINTR)
			break;
	}
	if (r < 0)
		return r;
	if (!resolve.found)
		return -ENOENT;
	*ret = resolve.family;
	return 0;
}
