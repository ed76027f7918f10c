// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Requests without pause; see kvrmflood.h. Many go to the kernel at once, and only the last of them
 * is answered if nothing is wrong: to ask and to read an answer takes longer than most requests do.
 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "kvrmflood.h"

#define TOGETHER      64
#define REQUEST_BYTES 512
#define SECOND_NS     1000000000ull

/* Requests one behind the other; their sequence numbers are 1 to TOGETHER. */
struct batch {
	_Alignas(struct nlmsghdr) char bytes[TOGETHER * REQUEST_BYTES];
	size_t length;
};

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * SECOND_NS + (uint64_t)now.tv_nsec;
}

static int make_batch(struct batch *b, struct nl_msg *const *requests, size_t n)
{
	memset(b, 0, sizeof(*b));
	for (uint32_t i = 1; i <= TOGETHER; i++) {
		const struct nlmsghdr *request = nlmsg_hdr(requests[(i - 1) % n]);
		struct nlmsghdr *copy = (struct nlmsghdr *)(b->bytes + b->length);

		if (request->nlmsg_len > REQUEST_BYTES)
			return -EMSGSIZE;
		memcpy(copy, request, request->nlmsg_len);
		copy->nlmsg_seq = i;
		copy->nlmsg_flags &= (uint16_t)~NLM_F_ACK;
		if (i == TOGETHER)
			copy->nlmsg_flags |= NLM_F_ACK;
		b->length += NLMSG_ALIGN(request->nlmsg_len);
	}
	return 0;
}

/* Takes what has come; sets @ret_done if the last request was answered. */
static int take_answers(int fd, struct kvrmflood *ret, bool *ret_done)
{
	static _Alignas(struct nlmsghdr) char bytes[65536];
	ssize_t length = recv(fd, bytes, sizeof(bytes), 0);
	struct nlmsghdr *header = (struct nlmsghdr *)bytes;
	int rest = (int)length;

	if (length < 0)
		return -errno;
	for (; nlmsg_ok(header, rest); header = nlmsg_next(header, &rest)) {
		if (header->nlmsg_type != NLMSG_ERROR)
			continue;
		ret->refused += ((struct nlmsgerr *)nlmsg_data(header))->error != 0;
		*ret_done = *ret_done || header->nlmsg_seq == TOGETHER;
	}
	return 0;
}

static int send_batch(int fd, const struct batch *b, struct kvrmflood *ret)
{
	bool done = false;
	int r = 0;

	if (send(fd, b->bytes, b->length, 0) < 0)
		return -errno;
	while (!r && !done)
		r = take_answers(fd, ret, &done);
	ret->sent += TOGETHER;
	return r;
}

/**
 * kvrmflood_send() - send requests in turn, as fast as the kernel takes them
 * @nl: connected, and used for nothing else meanwhile
 * @requests: no dumps
 * @n: how many; not 0
 * @seconds: for so long
 * @ret: what became of them
 *
 * Return: 0, or a negative errno if they could not be sent or an answer is missing.
 */
int kvrmflood_send(struct kvrmnl *nl, struct nl_msg *const *requests, size_t n,
		   unsigned int seconds, struct kvrmflood *ret)
{
	int fd = nl_socket_get_fd(nl->sock), r;
	uint64_t began_ns = now_ns();
	static struct batch batch;

	*ret = (struct kvrmflood){ 0 };
	/* Room for the answers if all are refused. */
	nl_socket_set_buffer_size(nl->sock, 1 << 18, 1 << 18);
	r = make_batch(&batch, requests, n);
	while (!r && now_ns() < began_ns + seconds * SECOND_NS)
		r = send_batch(fd, &batch, ret);
	ret->took_ns = now_ns() - began_ns;
	return r;
}
