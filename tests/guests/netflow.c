// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * netflow: traffic between a guest and its host, and how fast it comes.
 *
 *	netflow send tcp|udp ADDRESS PORT SECONDS	as fast as the socket takes it
 *	netflow receive tcp|udp PORT SECONDS		from one sender
 *
 * Either may be started first: for 20 s each waits for the other. By UDP a sender asks with a datagram, which the
 * receiver answers; neither is part of the traffic.
 *
 * A sender blocks while its socket is full: it honours back-pressure. Datagrams are numbered from 0, and 1400 bytes
 * each. It prints "sent=N", of datagrams or, of TCP, bytes.
 *
 * The receiver begins to measure a second after the first that comes, measures for SECONDS, reads on until the sender
 * closes or nothing has come for 2 s, and prints one line of key=value words: rate, bytes per second from the first to
 * the last arrival in the time that is measured, without the first one; received, datagrams or bytes in all; lost,
 * datagrams that are missing up to the highest number. Bytes are payload. Either ends with 1 if the other does not come.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define DATAGRAM_BYTES 1400
#define CHUNK_BYTES    65536
#define SECOND_NS      1000000000ULL
#define WARM_UP_NS     SECOND_NS
#define SECONDS_MAX    3600
#define FIRST_MS       20000
#define ANSWER_MS      500
#define AGAIN_US       100000
#define QUIET_MS       2000
/* The number of the datagram that asks whether somebody is there, and of the answer. */
#define HELLO UINT64_MAX

/* What came: from @began_ns on it is measured, up to @until_ns. */
struct arrivals {
	uint64_t began_ns;
	uint64_t until_ns;
	uint64_t first_ns;
	uint64_t last_ns;
	uint64_t bytes;
	uint64_t received;
	uint64_t highest;
};

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * SECOND_NS + (uint64_t)now.tv_nsec;
}

static uint64_t number(const char *text, const char *what, uint64_t most)
{
	char *end;
	uint64_t value;

	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno || *end || !*text || value < 1 || value > most)
		errx(2, "%s: '%s' is not 1 to %llu", what, text, (unsigned long long)most);
	return value;
}

static bool is_tcp(const char *name)
{
	if (strcmp(name, "tcp") && strcmp(name, "udp"))
		errx(2, "'%s' is not tcp or udp", name);
	return !strcmp(name, "tcp");
}

static int open_socket(bool tcp)
{
	int fd = socket(AF_INET, (tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0);

	if (fd < 0)
		err(1, "socket");
	return fd;
}

static void wait_at_most(int fd, unsigned int ms)
{
	const struct timeval timeout = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)))
		err(1, "SO_RCVTIMEO");
}

/* Whether somebody receives where a socket is connected to. */
static bool is_answered(int fd)
{
	const uint64_t hello = HELLO;
	uint64_t answer = 0;

	wait_at_most(fd, ANSWER_MS);
	return send(fd, &hello, sizeof(hello), 0) == (ssize_t)sizeof(hello) &&
	       recv(fd, &answer, sizeof(answer), 0) == (ssize_t)sizeof(answer) && answer == HELLO;
}

/* A socket to the receiver, once that is there. */
static int connect_to(bool tcp, const char *address, uint16_t port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port) };
	uint64_t until_ns = now_ns() + FIRST_MS * (SECOND_NS / 1000);
	/* Less than what a slow limit takes in 100 ms, so that the sender waits; the kernel doubles it. */
	const int sndbuf = 32768;

	if (inet_pton(AF_INET, address, &to.sin_addr) != 1)
		errx(2, "'%s' is no address", address);
	do {
		int fd = open_socket(tcp);

		if (!tcp && setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &sndbuf, sizeof(sndbuf)))
			err(1, "SO_SNDBUF");
		if (!connect(fd, (struct sockaddr *)&to, sizeof(to)) && (tcp || is_answered(fd)))
			return fd;
		close(fd);
		usleep(AGAIN_US);
	} while (now_ns() < until_ns);
	errx(1, "nobody receives at %s, port %u", address, port);
}

static int send_all(bool tcp, const char *address, uint16_t port, uint64_t seconds)
{
	static char data[CHUNK_BYTES];
	int fd = connect_to(tcp, address, port);
	uint64_t until_ns, sent = 0;

	for (until_ns = now_ns() + seconds * SECOND_NS; now_ns() < until_ns;) {
		ssize_t n;

		if (!tcp)
			memcpy(data, &sent, sizeof(sent));
		n = send(fd, data, tcp ? CHUNK_BYTES : DATAGRAM_BYTES, MSG_NOSIGNAL);
		if (n < 0)
			err(1, "send");
		sent += tcp ? (uint64_t)n : 1;
	}
	printf("sent=%llu\n", (unsigned long long)sent);
	close(fd);
	return 0;
}

/* What comes is not to be lost here, however late it is read. Who may not have so much room has what is allowed. */
static void make_room(int fd)
{
	const int bytes = 4 << 20;

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
}

/* Where what was sent comes in. */
static int listen_at(bool tcp, uint16_t port)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(port) };
	const int on = 1;
	int fd = open_socket(tcp), sender;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (!tcp)
		make_room(fd);
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)))
		err(1, "port %u", port);
	wait_at_most(fd, FIRST_MS);
	if (!tcp)
		return fd;
	if (listen(fd, 1))
		err(1, "listen");
	sender = accept(fd, NULL, NULL);
	if (sender < 0)
		err(1, "nobody has connected");
	close(fd);
	wait_at_most(sender, FIRST_MS);
	return sender;
}

/* The next of the traffic: as recv(). Who asks is answered; if that is lost, he asks again. */
static ssize_t take(bool tcp, int fd, void *data, size_t size)
{
	for (;;) {
		struct sockaddr_in from;
		socklen_t from_bytes = sizeof(from);
		ssize_t n = recvfrom(fd, data, size, 0, (struct sockaddr *)&from, &from_bytes);
		uint64_t index;

		if (tcp || n != (ssize_t)sizeof(index))
			return n;
		memcpy(&index, data, sizeof(index));
		if (index != HELLO)
			return n;
		sendto(fd, data, sizeof(index), 0, (struct sockaddr *)&from, from_bytes);
	}
}

static void note(struct arrivals *a, uint64_t at_ns, uint64_t bytes)
{
	if (at_ns < a->began_ns || at_ns > a->until_ns)
		return;
	if (a->first_ns)
		a->bytes += bytes;
	else
		a->first_ns = at_ns;
	a->last_ns = at_ns;
}

static int receive_all(bool tcp, uint16_t port, uint64_t seconds)
{
	static char data[CHUNK_BYTES];
	struct arrivals a = { 0 };
	int fd = listen_at(tcp, port);
	uint64_t index, rate = 0;
	ssize_t n;

	while ((n = take(tcp, fd, data, sizeof(data))) > 0) {
		uint64_t at_ns = now_ns();

		if (!a.began_ns) {
			a.began_ns = at_ns + WARM_UP_NS;
			a.until_ns = a.began_ns + seconds * SECOND_NS;
			wait_at_most(fd, QUIET_MS);
		}
		note(&a, at_ns, (uint64_t)n);
		a.received += tcp ? (uint64_t)n : 1;
		memcpy(&index, data, sizeof(index));
		if (!tcp && index >= a.highest)
			a.highest = index + 1;
	}
	if (!a.began_ns)
		errx(1, "nothing has come");
	if (a.last_ns >= a.first_ns + 1000)
		rate = a.bytes * 1000000 / ((a.last_ns - a.first_ns) / 1000);
	printf("rate=%llu received=%llu lost=%lld\n", (unsigned long long)rate,
	       (unsigned long long)a.received,
	       (long long)(tcp ? 0 : (int64_t)(a.highest - a.received)));
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 6 && !strcmp(argv[1], "send"))
		return send_all(is_tcp(argv[2]), argv[3],
				(uint16_t)number(argv[4], "port", UINT16_MAX),
				number(argv[5], "seconds", SECONDS_MAX));
	if (argc == 5 && !strcmp(argv[1], "receive"))
		return receive_all(is_tcp(argv[2]), (uint16_t)number(argv[3], "port", UINT16_MAX),
				   number(argv[4], "seconds", SECONDS_MAX));
	errx(2, "usage: netflow send tcp|udp ADDRESS PORT SECONDS | netflow receive tcp|udp PORT "
		"SECONDS");
}
