// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What HTTP's clients ask for and are held to: compression, places, time, memory.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <cmocka.h>
#include <zlib.h>

#include "daemon/serve/http-clients.h"
#include "daemon/serve/http-gzip.h"
#include "daemon/util/cleanup.h"
#include "tests/unit/random.h"

static void test_wants_gzip(void **state)
{
	static const struct {
		const char *header;
		bool gzip;
	} cases[] = {
		{ NULL, false },
		{ "", false },
		{ "gzip", true },
		{ "GZip", true },
		{ "x-gzip", true },
		{ "deflate, br", false },
		{ "br, gzip;q=0.5", true },
		{ "gzip;q=0", false },
		{ "gzip;q=0.000", false },
		{ "gzip;q=0.001", true },
		{ "gzip;q=2", false },
		{ "*", true },
		{ "*;q=0", false },
		{ "*;q=0, gzip", true },
		{ "*, gzip;q=0", false },
		{ "gzip;q=0.5, identity", false },
		{ "gzip;q=0.5, identity;q=0.5", true },
		{ "identity;q=0", false },
		{ "gzip, identity;q=0", true },
		{ "gzipped", false },
		{ ";gzip", false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		if (http_wants_gzip(cases[i].header) != cases[i].gzip)
			fail_msg("'%s' is misunderstood", cases[i].header);
	}
}

/* What zlib makes of it again. */
static void expect_gunzips(const char *packed, size_t packed_size, const char *data, size_t size)
{
	_cleanup_free_ char *out = malloc(size + 1);
	z_stream stream = { .next_in = (z_const Bytef *)packed,
			    .avail_in = (uInt)packed_size,
			    .next_out = (Bytef *)out,
			    .avail_out = (uInt)size + 1 };

	assert_int_equal(inflateInit2(&stream, MAX_WBITS + 16), Z_OK);
	assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
	assert_int_equal(stream.total_out, size);
	assert_memory_equal(out, data, size);
	inflateEnd(&stream);
}

static void test_gzip(void **state)
{
	static const size_t sizes[] = { 0, 1, 100, 65536, 3000000 };

	for (size_t i = 0; i < 2 * sizeof(sizes) / sizeof(*sizes); i++) {
		_cleanup_free_ char *packed = NULL, *data = malloc(sizes[i / 2] + 1);
		size_t size;

		/* What repeats itself and what does not. */
		for (size_t k = 0; k < sizes[i / 2]; k++)
			data[k] = i % 2 ? (char)random64() : "kvrm_vm 1\n"[k % 10];
		assert_int_equal(http_gzip(data, sizes[i / 2], &packed, &size), 0);
		expect_gunzips(packed, size, data, sizes[i / 2]);
		if (i == 8)
			assert_in_range(size, 1, sizes[i / 2] / 20);
	}
}

struct test {
	struct http_clients clients;
	struct http_client *rows[HTTP_CLIENTS_MAX];
	int ours[HTTP_CLIENTS_MAX];
	int theirs[HTTP_CLIENTS_MAX];
};

/* All places are taken, one after the other, at 0, 1, 2, ... us. */
static int set_up(void **state)
{
	struct test *t = calloc(1, sizeof(*t));

	for (int i = 0; i < HTTP_CLIENTS_MAX; i++) {
		int fds[2];

		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
			return -1;
		t->ours[i] = fds[0];
		t->theirs[i] = fds[1];
		assert_false(http_clients_make_room(&t->clients));
		t->rows[i] = http_clients_add(&t->clients, fds[0], (uint64_t)i);
		assert_non_null(t->rows[i]);
	}
	*state = t;
	return 0;
}

static int tear_down(void **state)
{
	struct test *t = *state;

	for (int i = 0; i < HTTP_CLIENTS_MAX; i++) {
		close(t->ours[i]);
		close(t->theirs[i]);
	}
	free(t);
	return 0;
}

static bool is_cut_off(const struct test *t, int i)
{
	char byte;

	return recv(t->theirs[i], &byte, 1, MSG_DONTWAIT) == 0;
}

static void test_room(void **state)
{
	struct test *t = *state;

	assert_null(http_clients_add(&t->clients, t->ours[0], 100));
	/* The first two are being answered, and the third was. */
	assert_true(http_clients_answer(&t->clients, t->rows[0], 1, 50));
	assert_true(http_clients_answer(&t->clients, t->rows[1], 1, 51));
	assert_true(http_clients_answer(&t->clients, t->rows[2], 1, 52));
	http_clients_wait(&t->clients, t->rows[2], 90);
	for (int i = 3; i < HTTP_CLIENTS_MAX; i++) {
		assert_false(is_cut_off(t, i));
		assert_true(http_clients_make_room(&t->clients));
		assert_true(is_cut_off(t, i));
	}
	assert_true(http_clients_make_room(&t->clients));
	assert_true(is_cut_off(t, 2));
	assert_true(http_clients_make_room(&t->clients));
	assert_true(is_cut_off(t, 0));
	assert_false(is_cut_off(t, 1));
	/* A place is free once the library says so. */
	assert_null(http_clients_add(&t->clients, t->ours[0], 100));
	http_clients_remove(&t->clients, t->rows[0]);
	assert_false(http_clients_make_room(&t->clients));
	assert_ptr_equal(http_clients_add(&t->clients, t->ours[0], 100), t->rows[0]);
	http_clients_remove(&t->clients, NULL);
}

static void test_overdue(void **state)
{
	struct test *t = *state;

	assert_int_equal(http_clients_end_overdue(&t->clients, HTTP_TURN_US - 1), HTTP_TURN_US);
	assert_false(is_cut_off(t, 0));
	/* Neither is one that is answered given more time than that, nor is one that got its answer given less. */
	assert_true(http_clients_answer(&t->clients, t->rows[1], 1, 10));
	http_clients_wait(&t->clients, t->rows[2], 20);
	assert_int_equal(http_clients_end_overdue(&t->clients, HTTP_TURN_US + 2), HTTP_TURN_US + 3);
	assert_true(is_cut_off(t, 0));
	assert_false(is_cut_off(t, 1));
	assert_false(is_cut_off(t, 2));
	assert_int_equal(http_clients_end_overdue(&t->clients, HTTP_TURN_US + 19),
			 HTTP_TURN_US + 20);
	assert_true(is_cut_off(t, 1));
	for (int i = 1; i < HTTP_CLIENTS_MAX; i++)
		http_clients_remove(&t->clients, t->rows[i]);
	/* Who is cut off is not waited for. */
	assert_int_equal(http_clients_end_overdue(&t->clients, UINT64_MAX / 2), UINT64_MAX);
}

static void test_memory(void **state)
{
	const size_t half = HTTP_ANSWERS_BYTES_MAX / 2;
	struct test *t = *state;

	assert_true(http_clients_answer(&t->clients, t->rows[0], half, 0));
	assert_true(http_clients_answer(&t->clients, t->rows[1], half, 0));
	assert_false(http_clients_answer(&t->clients, t->rows[2], 1, 0));
	http_clients_wait(&t->clients, t->rows[0], 0);
	assert_true(http_clients_answer(&t->clients, t->rows[2], half, 0));
	assert_false(http_clients_answer(&t->clients, t->rows[3], 1, 0));
	http_clients_remove(&t->clients, t->rows[1]);
	assert_true(http_clients_answer(&t->clients, t->rows[3], half, 0));
	assert_false(http_clients_answer(&t->clients, t->rows[4], SIZE_MAX, 0));
	http_clients_remove(&t->clients, t->rows[2]);
	http_clients_remove(&t->clients, t->rows[3]);
	assert_int_equal(t->clients.bytes, 0);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wants_gzip),
		cmocka_unit_test(test_gzip),
		TEST(test_room),
		TEST(test_overdue),
		TEST(test_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
