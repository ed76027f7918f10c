// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /metrics over HTTP; see metrics-http.h.
 *
 * libmicrohttpd keeps an epoll descriptor of its own for each listener. That descriptor is a
 * source of the event loop; when it is readable, or when the library's next timeout comes, the
 * library is run once.
 */
#include <errno.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/serve/metrics-http.h"
#include "daemon/serve/metrics-listen.h"
#include "daemon/util/cleanup.h"
#include "daemon/util/text.h"
#include "kvrm/version.h"

/* Behind everything that is about guests, before their monitors. */
#define HTTP_PRIORITY (SD_EVENT_PRIORITY_NORMAL + 5)

#define CONNECTIONS_MAX	 32u
#define CONNECTION_BYTES ((size_t)16384)
#define IDLE_TIMEOUT_S	 15u

/* How long no connection is accepted if there are no more descriptors. */
#define PAUSE_US 1000000

/**
 * struct listener - one socket that is listened on, and its connections
 * @fd: listening; -1: none
 * @daemon: the library's
 * @accept: source of @fd
 * @pause: after which @accept goes on
 * @io: source of the library's epoll descriptor
 * @timer: the library's timeout
 */
struct listener {
	int fd;
	struct MHD_Daemon *daemon;
	sd_event_source *accept;
	sd_event_source *pause;
	sd_event_source *io;
	sd_event_source *timer;
};

struct metrics_http {
	metrics_http_snapshot *snapshot;
	void *data;
	struct listener tcp;
	struct listener local;
	char address[METRICS_ADDRESS_BYTES];
	char *socket_path;
};

/* Queue a response, which is given away; @header is one more header, NULL: none. */
static enum MHD_Result respond(struct MHD_Connection *connection, unsigned int status,
			       struct MHD_Response *response, const char *type, const char *header,
			       const char *value)
{
	enum MHD_Result ok = MHD_NO;

	if (!response)
		return MHD_NO;
	if (MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type) &&
	    (!header || MHD_add_response_header(response, header, value)))
		ok = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return ok;
}

static enum MHD_Result say(struct MHD_Connection *connection, unsigned int status, const char *text)
{
	struct MHD_Response *response =
		MHD_create_response_from_buffer(strlen(text), (void *)text, MHD_RESPMEM_PERSISTENT);
	bool refused = status == MHD_HTTP_METHOD_NOT_ALLOWED;

	return respond(connection, status, response, "text/plain; charset=utf-8",
		       refused ? MHD_HTTP_HEADER_ALLOW : NULL, "GET, HEAD");
}

static enum MHD_Result answer_root(struct MHD_Connection *connection)
{
	static const char page[] =
		"<!DOCTYPE html>\n<html lang=\"en\"><title>kvrm</title>\n"
		"<p>kvrm " KVRM_VERSION ": <a href=\"/metrics\">metrics</a></p></html>\n";
	struct MHD_Response *response =
		MHD_create_response_from_buffer(sizeof(page) - 1, (void *)page,
						MHD_RESPMEM_PERSISTENT);

	return respond(connection, MHD_HTTP_OK, response, "text/html; charset=utf-8", NULL, NULL);
}

static enum MHD_Result answer_metrics(struct metrics_http *http, struct MHD_Connection *connection)
{
	const char *accept =
		MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT);
	enum openmetrics_format format = openmetrics_negotiate(accept);
	struct openmetrics_snapshot snapshot = { .n_vms = 0 };
	_cleanup_free_ char *text = NULL;
	struct MHD_Response *response;
	size_t size;

	if (http->snapshot(&snapshot, http->data) < 0 ||
	    openmetrics_write(&snapshot, format, &text, &size) < 0)
		return say(connection, MHD_HTTP_SERVICE_UNAVAILABLE,
			   "The metrics cannot be gathered now; kvrmd's log says why.\n");
	response = MHD_create_response_from_buffer(size, text, MHD_RESPMEM_MUST_FREE);
	if (response)
		(void)TAKE_PTR(text);
	/* A cache must not give one collector what another asked for. */
	return respond(connection, MHD_HTTP_OK, response, openmetrics_content_type(format),
		       MHD_HTTP_HEADER_VARY, MHD_HTTP_HEADER_ACCEPT);
}

static enum MHD_Result on_request(void *data, struct MHD_Connection *connection, const char *url,
				  const char *method, const char *version, const char *upload,
				  size_t *upload_size, void **state)
{
	static int seen;

	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
		return say(connection, MHD_HTTP_METHOD_NOT_ALLOWED,
			   "Only GET and HEAD are understood here.\n");
	/* The first call is for the headers alone; an answer then would end the connection. */
	if (!*state) {
		*state = &seen;
		return MHD_YES;
	}
	if (!strcmp(url, "/metrics"))
		return answer_metrics(data, connection);
	if (!strcmp(url, "/"))
		return answer_root(connection);
	return say(connection, MHD_HTTP_NOT_FOUND,
		   "There is nothing here. The metrics are at /metrics.\n");
}

/* Let the library do what is due, and come back when it wants to. */
static int run(struct listener *listener)
{
	MHD_UNSIGNED_LONG_LONG timeout_ms;

	MHD_run(listener->daemon);
	if (MHD_get_timeout(listener->daemon, &timeout_ms) != MHD_YES)
		return sd_event_source_set_enabled(listener->timer, SD_EVENT_OFF);
	if (timeout_ms > IDLE_TIMEOUT_S * 1000)
		timeout_ms = IDLE_TIMEOUT_S * 1000;
	sd_event_source_set_time_relative(listener->timer, timeout_ms * 1000);
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
	struct listener *listener = userdata;

	return sd_event_source_set_enabled(listener->accept, SD_EVENT_ON);
}

/* One connection; if there are too many, the library closes it at once. */
static int on_accept(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct listener *listener = userdata;
	struct sockaddr_storage address;
	socklen_t length = sizeof(address);
	int connection =
		accept4(fd, (struct sockaddr *)&address, &length, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (connection >= 0) {
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

static int add_timer(struct listener *listener, sd_event *event, sd_event_time_handler_t handler,
		     sd_event_source **ret)
{
	int r = sd_event_add_time_relative(event, ret, CLOCK_MONOTONIC, 0, 0, handler, listener);

	if (r < 0)
		return r;
	sd_event_source_set_enabled(*ret, SD_EVENT_OFF);
	return sd_event_source_set_priority(*ret, HTTP_PRIORITY);
}

static int add_io(struct listener *listener, sd_event *event, int fd, sd_event_io_handler_t handler,
		  sd_event_source **ret)
{
	int r = sd_event_add_io(event, ret, fd, EPOLLIN, handler, listener);

	if (r < 0)
		return r;
	sd_event_source_set_description(*ret, "metrics-http");
	return sd_event_source_set_priority(*ret, HTTP_PRIORITY);
}

static int watch(struct listener *listener, sd_event *event)
{
	const union MHD_DaemonInfo *info =
		MHD_get_daemon_info(listener->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	int r;

	if (!info || info->epoll_fd < 0)
		return -EOPNOTSUPP;
	r = add_timer(listener, event, on_timer, &listener->timer);
	if (r >= 0)
		r = add_timer(listener, event, on_pause, &listener->pause);
	if (r >= 0)
		r = add_io(listener, event, info->epoll_fd, on_io, &listener->io);
	if (r >= 0)
		r = add_io(listener, event, listener->fd, on_accept, &listener->accept);
	return r < 0 ? r : 0;
}

/* What clients do wrong is their business; it is not written to standard error. */
static void drop_log(void *data, const char *format, va_list args)
{
}

/* Serve on a listening socket. */
static int serve(struct metrics_http *http, struct listener *listener, sd_event *event)
{
	listener->daemon =
		MHD_start_daemon(MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_USE_ERROR_LOG, 0,
				 NULL, NULL, on_request, http, MHD_OPTION_EXTERNAL_LOGGER, drop_log,
				 NULL, MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS_MAX,
				 MHD_OPTION_CONNECTION_TIMEOUT, IDLE_TIMEOUT_S,
				 MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_BYTES,
				 MHD_OPTION_END);
	return listener->daemon ? watch(listener, event) : -EIO;
}

static int open_tcp(struct metrics_http *http, sd_event *event, const char *address,
		    char **ret_error)
{
	int r;

	http->tcp.fd = metrics_listen_tcp(address, http->address, ret_error);
	if (http->tcp.fd < 0)
		return http->tcp.fd;
	r = serve(http, &http->tcp, event);
	if (r < 0)
		return text_error(ret_error, r, "metrics address %s cannot be served", address);
	return 0;
}

static int open_local(struct metrics_http *http, sd_event *event, const char *path,
		      char **ret_error)
{
	_cleanup_free_ char *copy = strdup(path);
	int r;

	if (!copy)
		return -ENOMEM;
	http->local.fd = metrics_listen_unix(path, ret_error);
	if (http->local.fd < 0)
		return http->local.fd;
	http->socket_path = TAKE_PTR(copy);
	r = serve(http, &http->local, event);
	if (r < 0)
		return text_error(ret_error, r, "metrics socket %s cannot be served", path);
	return 0;
}

static void http_freep(struct metrics_http **http)
{
	metrics_http_free(*http);
}

int metrics_http_new(sd_event *event, const char *address, const char *socket_path,
		     metrics_http_snapshot *snapshot, void *data, struct metrics_http **ret,
		     char **ret_error)
{
	_cleanup_(http_freep) struct metrics_http *http = calloc(1, sizeof(*http));
	int r = 0;

	if (!http)
		return -ENOMEM;
	http->snapshot = snapshot;
	http->data = data;
	http->tcp.fd = -1;
	http->local.fd = -1;
	if (address && *address)
		r = open_tcp(http, event, address, ret_error);
	if (!r && socket_path && *socket_path)
		r = open_local(http, event, socket_path, ret_error);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(http);
	return 0;
}

static void listener_deinit(struct listener *listener)
{
	sd_event_source_disable_unref(listener->accept);
	sd_event_source_disable_unref(listener->pause);
	sd_event_source_disable_unref(listener->io);
	sd_event_source_disable_unref(listener->timer);
	cleanup_closep(&listener->fd);
	if (listener->daemon)
		MHD_stop_daemon(listener->daemon);
}

struct metrics_http *metrics_http_free(struct metrics_http *http)
{
	if (!http)
		return NULL;
	listener_deinit(&http->tcp);
	listener_deinit(&http->local);
	if (http->socket_path)
		unlink(http->socket_path);
	free(http->socket_path);
	free(http);
	return NULL;
}

const char *metrics_http_address(const struct metrics_http *http)
{
	return http->address;
}
