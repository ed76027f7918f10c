// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A socket that HTTP is served on; see http-listener.h.
 *
 * libmicrohttpd keeps an epoll descriptor of its own for each listener. That descriptor is a
 * source of the event loop; when it is readable, or when the library's next timeout comes, the
 * library is run once.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>

#include "daemon/serve/http-listener.h"
#include "daemon/util/cleanup.h"

/* Behind everything that is about guests, before their monitors. */
#define HTTP_PRIORITY (SD_EVENT_PRIORITY_NORMAL + 5)

/* For a request's line and headers, and the answer's: a longer request is refused. */
#define CONNECTION_BYTES ((size_t)16384)

/* How long no connection is accepted if there are no more descriptors. */
#define PAUSE_US 1000000

/* Who a connection is. */
static struct http_client *client_of(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info ? info->socket_context : NULL;
}

static uint64_t now_us(const struct http_listener *listener)
{
	uint64_t now = 0;

	sd_event_now(listener->event, CLOCK_MONOTONIC, &now);
	return now;
}

/* The answer is sent, or the client went before that. */
static void on_completed(void *data, struct MHD_Connection *connection, void **state,
			 enum MHD_RequestTerminationCode code)
{
	struct http_listener *listener = data;

	http_clients_wait(&listener->clients, client_of(connection), now_us(listener));
}

static void on_connection(void *data, struct MHD_Connection *connection, void **client,
			  enum MHD_ConnectionNotificationCode code)
{
	struct http_listener *listener = data;
	const union MHD_ConnectionInfo *info;

	if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
		http_clients_remove(&listener->clients, *client);
		*client = NULL;
		return;
	}
	info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	if (info)
		*client = http_clients_add(&listener->clients, info->connect_fd, now_us(listener));
}

/* Let the library do what is due, and come back when it wants to, or when somebody's turn is over. */
static int run(struct http_listener *listener)
{
	MHD_UNSIGNED_LONG_LONG timeout_ms;
	uint64_t now = now_us(listener), next_us;

	MHD_run(listener->daemon);
	next_us = http_clients_end_overdue(&listener->clients, now);
	if (MHD_get_timeout(listener->daemon, &timeout_ms) == MHD_YES &&
	    timeout_ms < HTTP_TURN_US / 1000 && now + timeout_ms * 1000 < next_us)
		next_us = now + timeout_ms * 1000;
	if (next_us == UINT64_MAX)
		return sd_event_source_set_enabled(listener->timer, SD_EVENT_OFF);
	sd_event_source_set_time(listener->timer, next_us);
	return sd_event_source_set_enabled(listener->timer, SD_EVENT_ONESHOT);
}

static int on_io(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	run(userdata);
	return 0;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	run(userdata);
	return 0;
}

static int on_pause(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct http_listener *listener = userdata;

	return sd_event_source_set_enabled(listener->accept, SD_EVENT_ON);
}

/* One connection; if there are too many, somebody else has to go. */
static int on_accept(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct http_listener *listener = userdata;
	struct sockaddr_storage address;
	socklen_t length = sizeof(address);
	int connection =
		accept4(fd, (struct sockaddr *)&address, &length, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (connection >= 0) {
		if (http_clients_make_room(&listener->clients))
			MHD_run(listener->daemon);
		MHD_add_connection(listener->daemon, connection, (struct sockaddr *)&address,
				   length);
		return run(listener);
	}
	/* The client may have given up; else it would be tried again and again. */
	if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
		sd_event_source_set_enabled(listener->accept, SD_EVENT_OFF);
		sd_event_source_set_time_relative(listener->pause, PAUSE_US);
		sd_event_source_set_enabled(listener->pause, SD_EVENT_ONESHOT);
	}
	return 0;
}

static int add_timer(struct http_listener *listener, sd_event_time_handler_t handler,
		     sd_event_source **ret)
{
	int r = sd_event_add_time_relative(listener->event, ret, CLOCK_MONOTONIC, 0, 0, handler,
					   listener);

	if (r < 0)
		return r;
	sd_event_source_set_enabled(*ret, SD_EVENT_OFF);
	return sd_event_source_set_priority(*ret, HTTP_PRIORITY);
}

static int add_io(struct http_listener *listener, int fd, sd_event_io_handler_t handler,
		  sd_event_source **ret)
{
	int r = sd_event_add_io(listener->event, ret, fd, EPOLLIN, handler, listener);

	if (r < 0)
		return r;
	sd_event_source_set_description(*ret, "metrics-http");
	return sd_event_source_set_priority(*ret, HTTP_PRIORITY);
}

static int watch(struct http_listener *listener)
{
	const union MHD_DaemonInfo *info =
		MHD_get_daemon_info(listener->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	int r;

	if (!info || info->epoll_fd < 0)
		return -EOPNOTSUPP;
	r = add_timer(listener, on_timer, &listener->timer);
	if (r >= 0)
		r = add_timer(listener, on_pause, &listener->pause);
	if (r >= 0)
		r = add_io(listener, info->epoll_fd, on_io, &listener->io);
	if (r >= 0)
		r = add_io(listener, listener->fd, on_accept, &listener->accept);
	return r < 0 ? r : 0;
}

/* What clients do wrong is their business; it is not written to standard error. */
static void drop_log(void *data, const char *format, va_list args)
{
}

int http_listener_start(struct http_listener *listener, sd_event *event,
			MHD_AccessHandlerCallback handler, void *data)
{
	listener->event = event;
	listener->data = data;
	listener->daemon =
		MHD_start_daemon(MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_USE_ERROR_LOG, 0,
				 NULL, NULL, handler, listener, MHD_OPTION_EXTERNAL_LOGGER,
				 drop_log, NULL, MHD_OPTION_NOTIFY_CONNECTION, on_connection,
				 listener, MHD_OPTION_NOTIFY_COMPLETED, on_completed, listener,
				 MHD_OPTION_CONNECTION_LIMIT, (unsigned int)HTTP_CLIENTS_MAX,
				 MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_BYTES,
				 MHD_OPTION_END);
	return listener->daemon ? watch(listener) : -EIO;
}

bool http_listener_may_answer(struct http_listener *listener, struct MHD_Connection *connection,
			      size_t bytes)
{
	return http_clients_answer(&listener->clients, client_of(connection), bytes,
				   now_us(listener));
}

void http_listener_deinit(struct http_listener *listener)
{
	sd_event_source_disable_unref(listener->accept);
	sd_event_source_disable_unref(listener->pause);
	sd_event_source_disable_unref(listener->io);
	sd_event_source_disable_unref(listener->timer);
	cleanup_closep(&listener->fd);
	if (listener->daemon)
		MHD_stop_daemon(listener->daemon);
}
