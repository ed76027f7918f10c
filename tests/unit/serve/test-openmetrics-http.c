// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /metrics over HTTP, on TCP and on a UNIX socket, with requests good and bad.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <cmocka.h>

#include "daemon/serve/http-clients.h"
#include "daemon/serve/metrics-http.h"
#include "daemon/util/cleanup.h"

struct test {
	sd_event *event;
	struct metrics_http *http;
	char path[64];
	int snapshots;
	int fail;
};

static int take_snapshot(struct metric_snapshot *ret, void *data)
{
	struct test *t = data;

	t->snapshots++;
	ret->host.drift_corrected = 41 + (uint64_t)t->snapshots;
	return t->fail;
}

static int set_up(void **state)
{
	struct test *t = calloc(1, sizeof(*t));

	if (!t || sd_event_new(&t->event) < 0)
		return -1;
	snprintf(t->path, sizeof(t->path), "/tmp/kvrm-test-metrics.%d", getpid());
	unlink(t->path);
	*state = t;
	return metrics_http_new(t->event, "127.0.0.1:0", t->path, take_snapshot, t, &t->http, NULL);
}

static int tear_down(void **state)
{
	struct test *t = *state;

	metrics_http_free(t->http);
	sd_event_unref(t->event);
	free(t);
	return 0;
}

static int connect_tcp(struct test *t)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address.sin_port = htons((uint16_t)atoi(strrchr(metrics_http_address(t->http), ':') + 1));
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static int connect_unix(struct test *t)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(address.sun_path, t->path);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

/* Send a request, let the loop work, return the whole answer: what came until the server closed. */
static const char *ask_on(struct test *t, int fd, const char *request)
{
	static char answer[65536];
	size_t size = 0;
	ssize_t n;

	assert_int_equal(send(fd, request, strlen(request), MSG_NOSIGNAL), strlen(request));
	for (int i = 0; i < 500; i++) {
		sd_event_run(t->event, 10000);
		n = recv(fd, answer + size, sizeof(answer) - 1 - size, MSG_DONTWAIT);
		if (n == 0 || (n < 0 && errno != EAGAIN))
			break;
		size += n > 0 ? (size_t)n : 0;
	}
	assert_true(n == 0 || errno == ECONNRESET);
	close(fd);
	answer[size] = '\0';
	return answer;
}

static const char *ask(struct test *t, const char *request)
{
	return ask_on(t, connect_tcp(t), request);
}

static void expect(const char *answer, const char *part)
{
	if (!strcasestr(answer, part))
		fail_msg("'%s' is missing in\n%s", part, answer);
}

#define END "Connection: close\r\nHost: x\r\n\r\n"

static void test_get(void **state)
{
	struct test *t = *state;
	const char *answer = ask(t, "GET /metrics HTTP/1.1\r\n" END);

	expect(answer, "HTTP/1.1 200 OK\r\n");
	expect(answer, "\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n");
	expect(answer, "\r\nVary: Accept, Accept-Encoding\r\n");
	expect(answer, "\nkvrm_drift_corrected_total 42\n");
	answer = ask(t, "GET /metrics?x=1 HTTP/1.1\r\nAccept: "
			"application/openmetrics-text;version=1.0.0,text/plain;q=0.5\r\n" END);
	expect(answer,
	       "\r\nContent-Type: application/openmetrics-text; version=1.0.0; charset=utf-8\r\n");
	expect(answer, "\nkvrm_drift_corrected_total 43\n");
	expect(answer, "\n# EOF\n");
}

static void test_gzip(void **state)
{
	struct test *t = *state;
	const char *answer =
		ask(t, "GET /metrics HTTP/1.1\r\nAccept-Encoding: gzip, deflate\r\n" END);
	const char *body = strstr(answer, "\r\n\r\n");

	expect(answer, "\r\nContent-Encoding: gzip\r\n");
	expect(answer, "\r\nVary: Accept, Accept-Encoding\r\n");
	assert_memory_equal(body + 4, "\x1f\x8b\x08", 3);
	answer = ask(t, "GET /metrics HTTP/1.1\r\nAccept-Encoding: gzip;q=0\r\n" END);
	assert_null(strcasestr(answer, "Content-Encoding"));
	expect(answer, "\nkvrm_drift_corrected_total 43\n");
}

static void test_unix(void **state)
{
	struct test *t = *state;
	struct stat st;

	assert_int_equal(stat(t->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0666);
	expect(ask_on(t, connect_unix(t), "GET /metrics HTTP/1.1\r\n" END),
	       "\nkvrm_drift_corrected_total 42\n");
	t->http = metrics_http_free(t->http);
	assert_int_equal(stat(t->path, &st), -1);
}

static void test_head(void **state)
{
	const char *answer = ask(*state, "HEAD /metrics HTTP/1.1\r\n" END);

	expect(answer, "HTTP/1.1 200 OK\r\n");
	assert_null(strstr(answer, "kvrm_"));
}

static void test_root(void **state)
{
	const char *answer = ask(*state, "GET / HTTP/1.1\r\n" END);

	expect(answer, "HTTP/1.1 200 OK\r\n");
	expect(answer, "href=\"/metrics\"");
}

static void test_refused(void **state)
{
	struct test *t = *state;
	const char *answer = ask(t, "GET /metrics/ HTTP/1.1\r\n" END);

	expect(answer, "HTTP/1.1 404 ");
	expect(answer, "The metrics are at /metrics.");
	answer = ask(t, "POST /metrics HTTP/1.1\r\nContent-Length: 5\r\n" END "hello");
	expect(answer, "HTTP/1.1 405 ");
	expect(answer, "\r\nAllow: GET, HEAD\r\n");
	expect(answer, "Only GET and HEAD");
	expect(ask(t, "DELETE /x HTTP/1.1\r\n" END), "HTTP/1.1 405 ");
	expect(ask(t, "nonsense\r\n\r\n"), "");
	assert_int_equal(t->snapshots, 0);
}

static void test_long_header(void **state)
{
	static char request[40000] = "GET /metrics HTTP/1.1\r\nX: ";
	size_t start = strlen(request);

	memset(request + start, 'x', sizeof(request) - start - 5);
	memcpy(request + sizeof(request) - 5, "\r\n\r\n", 5);
	ask(*state, request);
	/* Others are served as before. */
	expect(ask(*state, "GET / HTTP/1.1\r\n" END), "200 OK");
}

/* What does not fit is told so or hung up on; others are served as before. */
static void test_long_line(void **state)
{
	enum { SIZE = 1 << 20 };
	_cleanup_free_ char *request = malloc(SIZE + 1);
	struct test *t = *state;
	int fd = connect_tcp(t);
	char answer[512];
	size_t sent = 0;
	ssize_t n = -1;

	memset(request, 'x', SIZE);
	memcpy(request, "GET /", 5);
	for (int i = 0; i < 1000 && n < 0; i++) {
		n = send(fd, request + sent, SIZE - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
		sent += n > 0 ? (size_t)n : 0;
		sd_event_run(t->event, 10000);
		n = recv(fd, answer, sizeof(answer) - 1, MSG_DONTWAIT);
		if (n < 0 && errno != EAGAIN)
			n = 0;
	}
	assert_true(n >= 0);
	answer[n] = '\0';
	if (n)
		expect(answer, " 414 ");
	assert_int_equal(t->snapshots, 0);
	close(fd);
	expect(ask(t, "GET / HTTP/1.1\r\n" END), "200 OK");
}

static void test_unavailable(void **state)
{
	struct test *t = *state;
	const char *answer;

	t->fail = -EIO;
	answer = ask(t, "GET /metrics HTTP/1.1\r\n" END);
	expect(answer, "HTTP/1.1 503 ");
	expect(answer, "cannot be gathered");
}

static void test_keep_alive(void **state)
{
	struct test *t = *state;
	int fd = connect_tcp(t);
	static const char request[] = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";
	char answer[8192];
	ssize_t n = -1;

	for (int round = 1; round <= 2; round++) {
		assert_int_equal(send(fd, request, strlen(request), 0), strlen(request));
		for (int i = 0; i < 500 && n < 0; i++) {
			sd_event_run(t->event, 10000);
			n = recv(fd, answer, sizeof(answer) - 1, MSG_DONTWAIT);
		}
		assert_true(n > 0);
		assert_int_equal(t->snapshots, round);
		n = -1;
	}
	close(fd);
}

/* Clients that say nothing, or half of something, take up places, but never the loop: it sleeps. */
static void test_idle_clients(void **state)
{
	struct test *t = *state;
	int fds[40], turns = 0;

	for (int i = 0; i < 40; i++) {
		fds[i] = connect_tcp(t);
		if (i % 2)
			assert_int_equal(send(fds[i], "GET /met", 8, 0), 8);
		sd_event_run(t->event, 1000);
	}
	while (sd_event_run(t->event, 100000) > 0 && turns < 1000)
		turns++;
	assert_in_range(turns, 0, 100);
	expect(ask(t, "GET / HTTP/1.1\r\n" END), "200 OK");
	for (int i = 0; i < 40; i++)
		close(fds[i]);
	turns = 0;
	while (sd_event_run(t->event, 20000) > 0 && turns < 1000)
		turns++;
	assert_in_range(turns, 0, 100);
	expect(ask(t, "GET / HTTP/1.1\r\n" END), "200 OK");
}

/* Far more than there are places for: those that came first go, who asks is answered. */
static void test_many_clients(void **state)
{
	enum { N = 600 };
	struct test *t = *state;
	static int fds[N];
	int gone = 0;
	char byte;

	for (int i = 0; i < N; i++) {
		fds[i] = i % 2 ? connect_tcp(t) : connect_unix(t);
		assert_int_equal(send(fds[i], "GET /", 5, MSG_NOSIGNAL), 5);
		while (sd_event_run(t->event, 0) > 0)
			;
		if (i % 100 == 99)
			expect(ask(t, "GET /metrics HTTP/1.1\r\n" END), "200 OK");
	}
	while (sd_event_run(t->event, 20000) > 0)
		;
	for (int i = 0; i < N; i++) {
		gone += recv(fds[i], &byte, 1, MSG_DONTWAIT) == 0 || errno == ECONNRESET;
		errno = 0;
		close(fds[i]);
	}
	assert_in_range(gone, N - 2 * HTTP_CLIENTS_MAX, N - 2 * HTTP_CLIENTS_MAX + 20);
	expect(ask_on(t, connect_unix(t), "GET / HTTP/1.1\r\n" END), "200 OK");
}

/* One that asks again and again and never reads is not served without end, and the loop sleeps. */
static void test_never_reads(void **state)
{
	enum { N = 20000 };
	static const char request[] = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";
	struct test *t = *state;
	int fd = connect_tcp(t), small = 1, turns = 0;

	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	for (int i = 0; i < N; i++) {
		if (send(fd, request, strlen(request), MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
			break;
		sd_event_run(t->event, 0);
	}
	while (sd_event_run(t->event, 20000) > 0 && turns < N)
		turns++;
	assert_in_range(turns, 0, N - 1);
	assert_in_range(t->snapshots, 1, N - 1);
	expect(ask(t, "GET / HTTP/1.1\r\n" END), "200 OK");
	close(fd);
}

static int try_new(struct test *t, const char *address, const char *path, char **ret_error)
{
	struct metrics_http *http = NULL;
	int r = metrics_http_new(t->event, address, path, take_snapshot, t, &http, ret_error);

	metrics_http_free(http);
	return r;
}

static void test_bad_addresses(void **state)
{
	static const char *const bad[] = { "x",
					   "127.0.0.1:",
					   "127.0.0.1:65536",
					   ":80",
					   "127.0.0.1:-1",
					   "localhost:80",
					   "[::1:80",
					   "[::1]x:80",
					   "::1",
					   "256.0.0.1:80",
					   "127.0.0.1:80 ",
					   "1:2:3:4" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		_cleanup_free_ char *error = NULL;

		assert_int_equal(try_new(*state, bad[i], NULL, &error), -EINVAL);
		expect(error, bad[i]);
		expect(error, "65535");
	}
}

static void test_addresses(void **state)
{
	struct metrics_http *http;
	struct test *t = *state;

	assert_int_equal(metrics_http_new(t->event, "0", "", take_snapshot, t, &http, NULL), 0);
	assert_int_equal(strncmp(metrics_http_address(http), "127.0.0.1:", 10), 0);
	assert_string_not_equal(metrics_http_address(http), "127.0.0.1:0");
	metrics_http_free(http);
	assert_int_equal(metrics_http_new(t->event, NULL, NULL, take_snapshot, t, &http, NULL), 0);
	assert_string_equal(metrics_http_address(http), "");
	metrics_http_free(http);
	/* Where IPv6 is to be had. */
	if (!metrics_http_new(t->event, "[::1]:0", NULL, take_snapshot, t, &http, NULL)) {
		assert_int_equal(strncmp(metrics_http_address(http), "[::1]:", 6), 0);
		metrics_http_free(http);
	}
}

static void test_taken(void **state)
{
	_cleanup_free_ char *error = NULL;
	struct test *t = *state;
	char path[80];
	int fd;

	assert_int_equal(try_new(t, metrics_http_address(t->http), NULL, &error), -EADDRINUSE);
	expect(error, metrics_http_address(t->http));
	free(TAKE_PTR(error));
	assert_int_equal(try_new(t, NULL, t->path, &error), -EADDRINUSE);
	expect(error, t->path);
	free(TAKE_PTR(error));
	/* The one that was there has not suffered. */
	expect(ask_on(t, connect_unix(t), "GET / HTTP/1.1\r\n" END), "200 OK");
	assert_int_equal(try_new(t, NULL, "relative", &error), -EINVAL);
	free(TAKE_PTR(error));
	snprintf(path, sizeof(path), "%s.file", t->path);
	fclose(fopen(path, "we"));
	assert_int_equal(try_new(t, NULL, path, &error), -EEXIST);
	assert_int_equal(unlink(path), 0);
	/* One that nobody listens on any more. */
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	{
		struct sockaddr_un address = { .sun_family = AF_UNIX };

		strcpy(address.sun_path, path);
		assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	}
	close(fd);
	assert_int_equal(try_new(t, NULL, path, NULL), 0);
	assert_int_equal(unlink(path), -1);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_gzip),	 TEST(test_long_line),	   TEST(test_many_clients),
		TEST(test_never_reads),	 TEST(test_get),	   TEST(test_unix),
		TEST(test_head),	 TEST(test_root),	   TEST(test_refused),
		TEST(test_long_header),	 TEST(test_unavailable),   TEST(test_keep_alive),
		TEST(test_idle_clients), TEST(test_bad_addresses), TEST(test_addresses),
		TEST(test_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
