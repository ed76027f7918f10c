// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Descriptors that go to a QEMU; see qmp_call_fd().
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "daemon/util/cleanup.h"
#include "daemon/wire/qmp-connection.h"

/* It goes with the first byte that the socket takes. */
static ssize_t send_with(struct qmp *qmp, char *text, size_t length, int fd)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { .header = { .cmsg_level = SOL_SOCKET,
				  .cmsg_type = SCM_RIGHTS,
				  .cmsg_len = CMSG_LEN(sizeof(int)) } };
	struct iovec data = { .iov_base = text, .iov_len = length };
	const struct msghdr message = { .msg_iov = &data,
					.msg_iovlen = 1,
					.msg_control = control.space,
					.msg_controllen = sizeof(control.space) };
	ssize_t n;

	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	do {
		n = sendmsg(qmp->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	return n;
}

int qmp_send_fd(struct qmp *qmp, struct qmp_call *call, int fd)
{
	ssize_t n;
	int r;

	/* What others have asked in this turn has not been sent yet. */
	r = qmp_flush(qmp);
	if (r < 0)
		return r;
	if (qmp->output_size)
		return -EBUSY;
	n = send_with(qmp, call->text, call->length, fd);
	if (n < 0)
		return errno == EAGAIN ? -EBUSY : -errno;
	call->length -= (size_t)n;
	memmove(call->text, call->text + n, call->length);
	if (call->length)
		return qmp_queue(qmp, call);
	free(TAKE_PTR(call->text));
	return 0;
}
