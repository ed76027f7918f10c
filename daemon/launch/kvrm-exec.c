// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kvrm-exec: becomes QEMU. Runs as the guest's own user inside the guest's unit. Its standard
 * input is a socket on which the launcher sends one message: the arguments, each ended by a NUL,
 * and descriptors, which become 10, 11, ... in this order (daemon/launch/handover.h).
 */
#include <err.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/launch/handover.h"

/* Copy the received descriptors to where QEMU's arguments say they are. */
static void place(const int *fds, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		/* Out of the way of all targets first. */
		int high = fcntl(fds[i], F_DUPFD_CLOEXEC, HANDOVER_FD_FIRST + HANDOVER_FDS_MAX);

		if (high < 0)
			err(125, "descriptor %zu", i);
		close(fds[i]);
		((int *)fds)[i] = high;
	}
	for (size_t i = 0; i < n; i++) {
		if (dup2(fds[i], HANDOVER_FD_FIRST + (int)i) < 0)
			err(125, "descriptor %zu", i);
		close(fds[i]);
	}
}

static size_t receive(char *text, size_t size, int *fds, size_t *ret_n_fds)
{
	union {
		char space[CMSG_SPACE(sizeof(int) * HANDOVER_FDS_MAX)];
		struct cmsghdr align;
	} control;
	struct iovec iov = { .iov_base = text, .iov_len = size };
	struct msghdr message = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t len = recvmsg(STDIN_FILENO, &message, MSG_CMSG_CLOEXEC);
	struct cmsghdr *header;

	if (len < 0)
		err(125, "no arguments from the launcher");
	if (len == 0 || message.msg_flags & (MSG_TRUNC | MSG_CTRUNC) || text[len - 1])
		errx(125, "malformed arguments from the launcher");
	header = CMSG_FIRSTHDR(&message);
	if (!header || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
		errx(125, "no descriptors from the launcher");
	*ret_n_fds = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	memcpy(fds, CMSG_DATA(header), *ret_n_fds * sizeof(int));
	return (size_t)len;
}

int main(void)
{
	static char text[HANDOVER_TEXT_MAX];
	char *argv[HANDOVER_ARGS_MAX + 1];
	int fds[HANDOVER_FDS_MAX], null;
	size_t n_fds, argc = 0;
	size_t len = receive(text, sizeof(text), fds, &n_fds);

	for (char *at = text; at < text + len; at += strlen(at) + 1) {
		if (argc == HANDOVER_ARGS_MAX)
			errx(125, "too many arguments from the launcher");
		argv[argc++] = at;
	}
	argv[argc] = NULL;
	null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (null < 0 || dup2(null, STDIN_FILENO) < 0)
		err(125, "/dev/null");
	place(fds, n_fds);
	execv(argv[0], argv);
	err(125, "%s", argv[0]);
}
