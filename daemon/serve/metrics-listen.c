// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sockets that /metrics is served on; see metrics-listen.h.
 */
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/serve/metrics-listen.h"
#include "daemon/util/cleanup.h"
#include "daemon/util/text.h"

#define BACKLOG 16

static void free_addresses(struct addrinfo **addresses)
{
	if (*addresses)
		freeaddrinfo(*addresses);
}

/* "127.0.0.1:80", "[::1]:80" or "80" into its parts, in place. */
static int split(char *text, char **ret_host, char **ret_port)
{
	char *colon = strrchr(text, ':');
	char *end;

	if (!colon) {
		*ret_host = NULL;
		*ret_port = text;
		return 0;
	}
	*colon = '\0';
	*ret_host = text;
	*ret_port = colon + 1;
	if (*text == '[') {
		end = strchr(text, ']');
		if (!end || end[1])
			return -EINVAL;
		*end = '\0';
		*ret_host = text + 1;
	}
	return **ret_host ? 0 : -EINVAL;
}

static int parse_address(const char *address, struct addrinfo **ret)
{
	struct addrinfo hints = {
		.ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
	};
	_cleanup_free_ char *text = strdup(address);
	char *host, *port;
	uint64_t number;

	if (!text)
		return -ENOMEM;
	if (split(text, &host, &port) < 0 || text_to_u64(port, &number) || number > 65535)
		return -EINVAL;
	switch (getaddrinfo(host ? host : "127.0.0.1", port, &hints, ret)) {
	case 0:
		return 0;
	case EAI_MEMORY:
		return -ENOMEM;
	default:
		return -EINVAL;
	}
}

static int bind_tcp(const struct addrinfo *address)
{
	_cleanup_close_ int fd =
		socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int one = 1;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0 ||
	    bind(fd, address->ai_addr, address->ai_addrlen) < 0 || listen(fd, BACKLOG) < 0)
		return -errno;
	return TAKE_FD(fd);
}

/* The address that a socket got, as text. */
static int name_socket(int fd, char *ret_address)
{
	struct sockaddr_storage address;
	socklen_t length = sizeof(address);
	char host[48], port[8];
	bool v6;

	if (getsockname(fd, (struct sockaddr *)&address, &length) < 0)
		return -errno;
	if (getnameinfo((struct sockaddr *)&address, length, host, sizeof(host), port, sizeof(port),
			NI_NUMERICHOST | NI_NUMERICSERV))
		return -EINVAL;
	v6 = address.ss_family == AF_INET6;
	snprintf(ret_address, METRICS_ADDRESS_BYTES, v6 ? "[%s]:%s" : "%s:%s", host, port);
	return 0;
}

int metrics_listen_tcp(const char *address, char *ret_address, char **ret_error)
{
	_cleanup_(free_addresses) struct addrinfo *addresses = NULL;
	_cleanup_close_ int fd = -1;
	int r;

	r = parse_address(address, &addresses);
	if (r < 0)
		return text_error(
			ret_error, r,
			"metrics address \"%s\" is not ADDRESS:PORT, [ADDRESS]:PORT or PORT, "
			"with a numeric address and a port from 0 to 65535",
			address);
	fd = bind_tcp(addresses);
	r = fd < 0 ? fd : name_socket(fd, ret_address);
	if (r < 0)
		return text_error(ret_error, r, "metrics address %s cannot be listened on: %s",
				  address, strerror(-r));
	return TAKE_FD(fd);
}

/* Make way for a socket: only a socket that nobody listens on is removed. */
static int remove_stale(const struct sockaddr_un *address)
{
	_cleanup_close_ int fd = -1;
	struct stat st;

	if (lstat(address->sun_path, &st) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -EEXIST;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (!connect(fd, (const struct sockaddr *)address, sizeof(*address)) || errno == EAGAIN)
		return -EADDRINUSE;
	if (errno != ECONNREFUSED)
		return -errno;
	return unlink(address->sun_path) < 0 && errno != ENOENT ? -errno : 0;
}

static int bind_unix(const struct sockaddr_un *address)
{
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	if (bind(fd, (const struct sockaddr *)address, sizeof(*address)) < 0)
		return -errno;
	if (chmod(address->sun_path, 0666) < 0 || listen(fd, BACKLOG) < 0) {
		int r = -errno;

		unlink(address->sun_path);
		return r;
	}
	return TAKE_FD(fd);
}

int metrics_listen_unix(const char *path, char **ret_error)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int r;

	if (*path != '/' || strlen(path) >= sizeof(address.sun_path))
		return text_error(
			ret_error, -EINVAL,
			"metrics socket \"%s\" is not an absolute path of at most %zu bytes", path,
			sizeof(address.sun_path) - 1);
	strcpy(address.sun_path, path);
	r = remove_stale(&address);
	if (r >= 0)
		r = bind_unix(&address);
	if (r == -EEXIST)
		return text_error(ret_error, r, "metrics socket %s exists and is no socket", path);
	if (r < 0)
		return text_error(ret_error, r, "metrics socket %s cannot be listened on: %s", path,
				  strerror(-r));
	return r;
}
