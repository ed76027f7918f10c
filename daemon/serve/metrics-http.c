// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /metrics over HTTP; see metrics-http.h.
 */
#include <errno.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/serve/http-gzip.h"
#include "daemon/serve/http-listener.h"
#include "daemon/serve/metrics-http.h"
#include "daemon/serve/metrics-listen.h"
#include "daemon/util/cleanup.h"
#include "daemon/util/text.h"
#include "kvrm/version.h"

struct metrics_http {
	metrics_http_snapshot *snapshot;
	void *data;
	struct http_listener tcp;
	struct http_listener local;
	char address[METRICS_ADDRESS_BYTES];
	char *socket_path;
};

/* An answer to be sent. */
struct answer {
	unsigned int status;
	const char *type;
	struct MHD_Response *response;
};

static bool add_header(const struct answer *answer, const char *name, const char *value)
{
	return MHD_add_response_header(answer->response, name, value) == MHD_YES;
}

/* Queue an answer, which is given away. */
static enum MHD_Result queue(struct MHD_Connection *connection, const struct answer *answer)
{
	enum MHD_Result ok = MHD_NO;

	if (add_header(answer, MHD_HTTP_HEADER_CONTENT_TYPE, answer->type))
		ok = MHD_queue_response(connection, answer->status, answer->response);
	MHD_destroy_response(answer->response);
	return ok;
}

static enum MHD_Result say_as(struct MHD_Connection *connection, unsigned int status,
			      const char *type, const char *text)
{
	struct answer answer = { status, type,
				 MHD_create_response_from_buffer(strlen(text), (void *)text,
								 MHD_RESPMEM_PERSISTENT) };

	if (!answer.response)
		return MHD_NO;
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		add_header(&answer, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
	return queue(connection, &answer);
}

static enum MHD_Result say(struct MHD_Connection *connection, unsigned int status, const char *text)
{
	return say_as(connection, status, "text/plain; charset=utf-8", text);
}

static enum MHD_Result answer_root(struct MHD_Connection *connection)
{
	return say_as(connection, MHD_HTTP_OK, "text/html; charset=utf-8",
		      "<!DOCTYPE html>\n<html lang=\"en\"><title>kvrm</title>\n"
		      "<p>kvrm " KVRM_VERSION ": <a href=\"/metrics\">metrics</a></p></html>\n");
}

static const char *header(struct MHD_Connection *connection, const char *name)
{
	return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

/* The metrics as a text, compressed or not. */
static int render(struct metrics_http *http, enum openmetrics_format format, bool gzip,
		  char **ret_text, size_t *ret_size)
{
	struct metric_snapshot snapshot = { .n_vms = 0 };
	_cleanup_free_ char *text = NULL;
	size_t size;
	int r = http->snapshot(&snapshot, http->data);

	if (r >= 0)
		r = openmetrics_write(&snapshot, format, &text, &size);
	if (r >= 0 && gzip) {
		r = http_gzip(text, size, ret_text, ret_size);
		openmetrics_keep(TAKE_PTR(text), size);
		return r;
	}
	if (r < 0)
		return r;
	*ret_text = TAKE_PTR(text);
	*ret_size = size;
	return 0;
}

static enum MHD_Result answer_metrics(struct http_listener *listener,
				      struct MHD_Connection *connection)
{
	enum openmetrics_format format =
		openmetrics_negotiate(header(connection, MHD_HTTP_HEADER_ACCEPT));
	bool gzip = http_wants_gzip(header(connection, MHD_HTTP_HEADER_ACCEPT_ENCODING));
	struct answer answer = { MHD_HTTP_OK, openmetrics_content_type(format), NULL };
	_cleanup_free_ char *text = NULL;
	size_t size;

	if (render(listener->data, format, gzip, &text, &size) < 0)
		return say(connection, MHD_HTTP_SERVICE_UNAVAILABLE,
			   "The metrics cannot be gathered now; kvrmd's log says why.\n");
	if (!http_listener_may_answer(listener, connection, size))
		return say(connection, MHD_HTTP_SERVICE_UNAVAILABLE,
			   "Others have not taken their answers yet; come again.\n");
	answer.response = MHD_create_response_from_buffer(size, text, MHD_RESPMEM_MUST_FREE);
	if (!answer.response)
		return MHD_NO;
	(void)TAKE_PTR(text);
	if (gzip)
		add_header(&answer, MHD_HTTP_HEADER_CONTENT_ENCODING, "gzip");
	/* A cache must not give one collector what another asked for. */
	add_header(&answer, MHD_HTTP_HEADER_VARY, "Accept, Accept-Encoding");
	return queue(connection, &answer);
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

static int open_tcp(struct metrics_http *http, sd_event *event, const char *address,
		    char **ret_error)
{
	int r;

	http->tcp.fd = metrics_listen_tcp(address, http->address, ret_error);
	if (http->tcp.fd < 0)
		return http->tcp.fd;
	r = http_listener_start(&http->tcp, event, on_request, http);
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
	r = http_listener_start(&http->local, event, on_request, http);
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

struct metrics_http *metrics_http_free(struct metrics_http *http)
{
	if (!http)
		return NULL;
	http_listener_deinit(&http->tcp);
	http_listener_deinit(&http->local);
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
