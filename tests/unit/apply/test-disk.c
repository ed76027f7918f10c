// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Limits of disks put into force, with a QEMU that says what the test wants.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "daemon/apply/disk.h"
#include "daemon/model/error.h"

#define TIMEOUT_US 30000000

struct test {
	sd_event *event;
	int peer;
	struct guest_env env;
	struct system system;
	struct guest guest;
	int done, error, news;
	char text[256];
};

static void on_news(struct guest *guest, enum guest_news news, const char *text, void *data)
{
	struct test *t = data;

	assert_int_equal(news, GUEST_DISKS_READ);
	t->news++;
}

static void on_done(struct guest *guest, size_t index, int error, const char *text, void *data)
{
	struct test *t = data;

	t->done++;
	t->error = error;
	snprintf(t->text, sizeof(t->text), "%s", text ? text : "");
}

static void spin(struct test *t)
{
	while (sd_event_run(t->event, 0) > 0)
		;
}

/* What kvrmd has sent; all of it must begin so. */
static void hear(struct test *t, const char *part)
{
	char buffer[2048];
	ssize_t n;

	spin(t);
	n = recv(t->peer, buffer, sizeof(buffer) - 1, MSG_DONTWAIT);
	buffer[n > 0 ? n : 0] = '\0';
	if (!strstr(buffer, part))
		fail_msg("'%s' has no '%s'", buffer, part);
}

static void say(struct test *t, const char *text)
{
	assert_int_equal(send(t->peer, text, strlen(text), MSG_NOSIGNAL), strlen(text));
	spin(t);
}

#define DISK(n, rate)                                                                              \
	"{\"inserted\":{\"node-name\":\"disk" #n "\",\"bps\":0,\"bps_rd\":" #rate ",\"bps_wr\":0," \
	"\"iops\":0,\"iops_rd\":0,\"iops_wr\":0}}"
#define BLOCK(id, rate) "{\"return\":[" DISK(0, rate) "," DISK(1, 0) "],\"id\":" #id "}\n"
#define DONE(id)	"{\"return\":{},\"id\":" #id "}\n"

static int set_up(void **state)
{
	static const struct qmp_callbacks callbacks = { 0 };
	struct test *t = calloc(1, sizeof(*t));
	int fds[2];

	if (!t || sd_event_new(&t->event) < 0 ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds))
		return -1;
	*state = t;
	t->peer = fds[1];
	t->env = (struct guest_env){ .event = t->event, .news = on_news, .data = t };
	t->system.definition = definition_new();
	t->guest.env = &t->env;
	t->guest.system = &t->system;
	definition_set(t->system.definition, "disk", "/a,read-limit=1000B", NULL);
	definition_set(t->system.definition, "disk", "/b", NULL);
	if (qmp_new(t->event, fds[0], TIMEOUT_US, &callbacks, NULL, &t->guest.qmp))
		return -1;
	say(t, "{\"QMP\":{}}\n");
	hear(t, "qmp_capabilities");
	say(t, DONE(1));
	return qmp_is_ready(t->guest.qmp) ? 0 : -1;
}

static int tear_down(void **state)
{
	struct test *t = *state;

	qmp_free(t->guest.qmp);
	definition_free(t->system.definition);
	close(t->peer);
	sd_event_unref(t->event);
	free(t);
	return 0;
}

static void put(struct test *t, size_t index)
{
	assert_int_equal(disk_put_limits(&t->guest, index, &t->system.definition->disks[index],
					 on_done, t),
			 0);
	assert_int_equal(t->done, 0);
}

static void expect(struct test *t, int error, const char *text)
{
	assert_int_equal(t->done, 1);
	assert_int_equal(t->error, error);
	assert_string_equal(t->text, text);
	assert_int_equal(t->guest.disks[0].changing, 0);
	assert_int_equal(t->system.disks[0].enforced, !error);
}

static void test_held(void **state)
{
	struct test *t = *state;

	put(t, 0);
	hear(t, "\"bps_rd\":1000,");
	assert_int_equal(t->guest.disks[0].changing, 1);
	say(t, DONE(2));
	assert_int_equal(t->done, 0);
	hear(t, "query-block");
	say(t, BLOCK(3, 1000));
	expect(t, 0, "");
}

static void test_refused(void **state)
{
	struct test *t = *state;

	put(t, 0);
	spin(t);
	say(t, "{\"error\":{\"desc\":\"no such device\"},\"id\":2}\n");
	expect(t, ERROR_APPLY_FAILED, "disk 0: no such device");
}

static void test_not_held(void **state)
{
	struct test *t = *state;

	put(t, 0);
	spin(t);
	say(t, DONE(2));
	say(t, BLOCK(3, 1001));
	expect(t, ERROR_APPLY_FAILED, "disk 0: QEMU holds other limits than it was given");
}

static void test_does_not_say(void **state)
{
	struct test *t = *state;

	put(t, 0);
	spin(t);
	say(t, DONE(2));
	say(t, "{\"return\":[],\"id\":3}\n");
	expect(t, ERROR_APPLY_FAILED, "disk 0: QEMU does not say which limits it holds");
}

static void test_gone(void **state)
{
	struct test *t = *state;

	put(t, 0);
	t->guest.qmp = qmp_free(t->guest.qmp);
	expect(t, ERROR_MONITOR_FAILED, "disk 0: kvrmd has closed the monitor");
	assert_int_equal(disk_put_limits(&t->guest, 0, &t->system.definition->disks[0], on_done, t),
			 ERROR_MONITOR_FAILED);
	assert_int_equal(t->done, 1);
}

/* What QEMU says may be the later one's; only that is compared. */
static void test_two_at_once(void **state)
{
	struct test *t = *state;

	put(t, 0);
	t->system.definition->disks[0].limits[DISK_READ].bytes_per_s = 2000;
	put(t, 0);
	spin(t);
	say(t, DONE(2));
	say(t, DONE(3));
	say(t, BLOCK(4, 2000));
	assert_int_equal(t->done, 1);
	assert_int_equal(t->error, 0);
	say(t, BLOCK(5, 2000));
	assert_int_equal(t->done, 2);
	assert_int_equal(t->error, 0);
}

static void expect_known(struct test *t, bool known)
{
	assert_int_equal(t->guest.disks[0].known, known);
	assert_true(t->guest.disks[1].known);
}

/* Answers to what was asked before or during a change say nothing of it. */
static void test_answers_across_a_change(void **state)
{
	struct test *t = *state;

	guest_ask_disks(&t->guest); /* 2, 3 */
	guest_ask_disks(&t->guest); /* not again */
	put(t, 0);		    /* 4 */
	spin(t);
	say(t, "{\"return\":[],\"id\":2}\n");
	say(t, BLOCK(3, 0));
	assert_int_equal(t->news, 1);
	expect_known(t, false);
	guest_ask_disks(&t->guest); /* 5, 6 */
	spin(t);
	say(t, DONE(4)); /* asks: 7 */
	say(t, "{\"return\":[],\"id\":5}\n");
	say(t, BLOCK(6, 1000));
	assert_int_equal(t->news, 2);
	expect_known(t, false);
	say(t, BLOCK(7, 1000));
	expect(t, 0, "");
	guest_ask_disks(&t->guest); /* 8, 9 */
	spin(t);
	say(t, "{\"return\":[{\"node-name\":\"disk1\",\"stats\":{\"rd_bytes\":11,\"wr_bytes\":2,"
	       "\"rd_operations\":3,\"wr_operations\":4,\"failed_rd_operations\":5,"
	       "\"failed_wr_operations\":6,\"rd_total_time_ns\":7,\"wr_total_time_ns\":8}}],"
	       "\"id\":8}\n");
	say(t, BLOCK(9, 1000));
	assert_int_equal(t->news, 3);
	expect_known(t, true);
	assert_true(disk_hold(&t->system.definition->disks[0], &t->guest.disks[0].limits));
	assert_true(disk_hold(&t->system.definition->disks[1], &t->guest.disks[1].limits));
	assert_false(disk_hold(&t->system.definition->disks[1], &t->guest.disks[0].limits));
	assert_int_equal(t->guest.disks[0].sample.time_us, 0);
	assert_true(t->guest.disks[1].sample.time_us != 0);
	assert_int_equal(t->guest.disks[1].sample.flows[DISK_READ].bytes, 11);
	assert_int_equal(t->guest.disks[1].sample.flows[DISK_WRITE].time_ns, 8);
	/* A QEMU that does not answer any more: what it said is not shown as if it were of now. */
	guest_ask_disks(&t->guest);
	spin(t);
	say(t, "{\"error\":{\"desc\":\"busy\"},\"id\":10}\n{\"error\":{\"desc\":\"busy\"},\"id\":"
	       "11}\n");
	assert_int_equal(t->guest.disks[1].sample.time_us, 0);
	assert_int_equal(t->news, 3);
	assert_int_equal(t->guest.disk_questions, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_held, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_not_held, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_does_not_say, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_gone, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_two_at_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_answers_across_a_change, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
