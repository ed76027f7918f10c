// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Calls that polkit is asked about: what it is asked, how many wait for it, and that what is given
 * up is taken back. The test stands in for polkit.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "daemon/util/clock.h"
#include "tests/unit/serve/peer.h"

#define POLKIT "org.freedesktop.PolicyKit1.Authority"
#define DENIED "org.kvrm1.Error.AccessDenied"
#define MOST   64

/**
 * struct question - what polkit was asked
 * @m: to be answered
 * @flags: 1: a person may be asked
 * @id: by which it is taken back
 * @taken_back: it was
 */
struct question {
	sd_bus_message *m;
	uint32_t flags;
	char id[24];
	bool taken_back;
};

/**
 * struct outcome - what a caller got
 * @n: how often
 * @error: its name; "": none
 * @text: of the error
 */
struct outcome {
	int n;
	char error[64];
	char text[128];
};

static struct question questions[MOST];
static size_t n_questions;
static struct outcome outcomes[MOST];
static size_t n_outcomes;
static int started;

static void op_count(struct system *system, struct bus_call *call, void *data)
{
	started++;
	bus_reply(call, 0, NULL);
}

static void on_question(sd_bus_message *m)
{
	struct question *q = &questions[n_questions];
	const char *kind, *key, *caller, *action, *id;

	assert_true(n_questions < MOST);
	assert_true(sd_bus_message_read(m, "(sa{sv})sa{ss}us", &kind, 1, &key, "s", &caller,
					&action, 0, &q->flags, &id) > 0);
	assert_string_equal(kind, "system-bus-name");
	assert_string_equal(key, "name");
	assert_int_equal(*caller, ':');
	assert_string_equal(action, "org.kvrm1.operate");
	assert_true(*id);
	for (size_t i = 0; i < n_questions; i++)
		assert_string_not_equal(id, questions[i].id);
	snprintf(q->id, sizeof(q->id), "%s", id);
	q->m = sd_bus_message_ref(m);
	q->taken_back = false;
	n_questions++;
}

static void on_taken_back(sd_bus_message *m)
{
	const char *id;
	size_t i = 0;

	assert_int_equal(sd_bus_message_get_expect_reply(m), 0);
	assert_true(sd_bus_message_read(m, "s", &id) > 0);
	while (i < n_questions && strcmp(questions[i].id, id))
		i++;
	assert_true(i < n_questions);
	assert_false(questions[i].taken_back);
	questions[i].taken_back = true;
}

static int on_call(sd_bus_message *m, void *data, sd_bus_error *error)
{
	if (sd_bus_message_is_method_call(m, POLKIT, "CheckAuthorization"))
		on_question(m);
	else if (sd_bus_message_is_method_call(m, POLKIT, "CancelCheckAuthorization"))
		on_taken_back(m);
	else
		return 0;
	return 1;
}

static int open_polkit(void **state_)
{
	setup(state_);
	own.start = op_count;
	n_questions = 0;
	n_outcomes = 0;
	started = 0;
	assert_true(sd_bus_add_filter(fake.client, NULL, on_call, NULL) >= 0);
	return 0;
}

static int close_polkit(void **state_)
{
	while (n_questions)
		sd_bus_message_unref(questions[--n_questions].m);
	return client_close(state_);
}

static int on_answer(sd_bus_message *reply, void *data, sd_bus_error *ret_error)
{
	const sd_bus_error *error = sd_bus_message_get_error(reply);
	struct outcome *got = data;

	got->n++;
	snprintf(got->error, sizeof(got->error), "%s", error ? error->name : "");
	snprintf(got->text, sizeof(got->text), "%s", error ? error->message : "");
	return 0;
}

/* A call that polkit may have to be asked about. */
static const struct outcome *begin(const char *peer, bool interactive)
{
	struct outcome *got = &outcomes[n_outcomes++];
	sd_bus_message *m;
	char path[128];

	assert_true(n_outcomes <= MOST);
	*got = (struct outcome){ 0 };
	bus_system_path(vm, path);
	m = peer_method(peer, path, "org.kvrm1.VirtualSystem", "Start");
	assert_true(sd_bus_message_set_allow_interactive_authorization(m, interactive) >= 0);
	assert_true(sd_bus_call_async(fake.client, NULL, m, on_answer, got, UINT64_MAX) >= 0);
	sd_bus_message_unref(m);
	fake_bus_spin(&fake);
	return got;
}

static void say(size_t question, bool authorized, bool challenge)
{
	assert_true(question < n_questions);
	assert_true(sd_bus_reply_method_return(questions[question].m, "(bba{ss})", (int)authorized,
					       (int)challenge, 0) >= 0);
	fake_bus_spin(&fake);
}

/* As sd-bus does when the time is over, and the bus when nobody is there to be asked. */
static void fail_question(size_t question, const char *error)
{
	assert_true(question < n_questions);
	assert_true(sd_bus_reply_method_errorf(questions[question].m, error, "no answer") >= 0);
	fake_bus_spin(&fake);
}

/* A call that waits for a person. */
static const struct outcome *begin_person(const char *peer)
{
	const struct outcome *got = begin(peer, true);

	assert_int_equal(questions[n_questions - 1].flags, 0);
	say(n_questions - 1, false, true);
	return got;
}

static void expect_refused(const struct outcome *got, const char *text)
{
	assert_int_equal(got->n, 1);
	assert_string_equal(got->error, DENIED);
	if (!strstr(got->text, text))
		fail_msg("'%s' does not have '%s'", got->text, text);
}

static void expect_allowed(const struct outcome *got)
{
	assert_int_equal(got->n, 1);
	assert_string_equal(got->error, "");
}

/* The question that is given up next is so in no more than so many seconds, nor much earlier. */
static void expect_limit(uint64_t seconds)
{
	uint64_t due_us = 0;

	assert_true(sd_bus_get_timeout(fake.server, &due_us) > 0);
	assert_in_range(due_us - monotonic_us(), (seconds - 5) * 1000000, seconds * 1000000);
}

static void test_root(void **state_)
{
	expect_allowed(begin(":0.1", false));
	expect_allowed(begin(":0.1", true));
	assert_int_equal(n_questions, 0);
	assert_int_equal(started, 2);
}

/* What needs nobody's consent, and what nobody may be asked about. */
static void test_at_once(void **state_)
{
	const struct outcome *got = begin(":1000.1", false);

	assert_int_equal(got->n, 0);
	assert_int_equal(n_questions, 1);
	assert_int_equal(questions[0].flags, 0);
	expect_limit(25);
	say(0, true, false);
	expect_allowed(got);
	assert_int_equal(started, 1);

	got = begin(":1000.1", true);
	say(1, true, false);
	expect_allowed(got);
	assert_int_equal(started, 2);

	got = begin(":1000.1", false);
	say(2, false, true);
	expect_refused(got, "only root, or whom polkit allows it");
	got = begin(":1000.1", true);
	say(3, false, false);
	expect_refused(got, "only root, or whom polkit allows it");
	assert_int_equal(n_questions, 4);
	assert_int_equal(started, 2);
}

static void test_person(void **state_)
{
	const struct outcome *got = begin_person(":1000.1");

	assert_int_equal(got->n, 0);
	assert_int_equal(n_questions, 2);
	assert_int_equal(questions[1].flags, 1);
	expect_limit(120);
	say(1, true, false);
	expect_allowed(got);
	assert_int_equal(started, 1);

	got = begin_person(":1000.1");
	say(3, false, true);
	expect_refused(got, "only root, or whom polkit allows it");
	assert_int_equal(n_questions, 4);
	assert_int_equal(started, 1);
	for (size_t i = 0; i < n_questions; i++)
		assert_false(questions[i].taken_back);
}

/* A user's calls that wait for a person are four, and do not keep him from others. */
static void test_few_persons(void **state_)
{
	const struct outcome *first = begin_person(":1000.1"), *got;

	for (int i = 0; i < 3; i++)
		begin_person(i % 2 ? ":1000.1" : ":1000.2");
	assert_int_equal(n_questions, 8);
	expect_refused(begin_person(":1000.3"), "wait for somebody's consent already");
	assert_int_equal(n_questions, 9);
	got = begin(":1000.1", true);
	say(9, true, false);
	expect_allowed(got);
	begin_person(":1001.1");
	assert_int_equal(questions[n_questions - 1].flags, 1);
	/* Room for another. */
	say(1, false, false);
	expect_refused(first, "only root");
	got = begin_person(":1000.1");
	assert_int_equal(got->n, 0);
	assert_int_equal(questions[n_questions - 1].flags, 1);
	say(n_questions - 1, true, false);
	expect_allowed(got);
	assert_int_equal(started, 2);
}

/* Of a polkit that does not answer little is asked: 16 times for one user, 32 times for all. */
static void test_few(void **state_)
{
	const struct outcome *first = begin(":1000.1", false);

	for (int i = 1; i < 16; i++)
		begin(i % 2 ? ":1000.1" : ":1000.2", i % 3);
	assert_int_equal(n_questions, 16);
	expect_refused(begin(":1000.3", true), "too many calls wait for polkit already");
	for (int i = 0; i < 16; i++)
		begin(":1001.1", false);
	assert_int_equal(n_questions, 32);
	expect_refused(begin(":1002.1", false), "too many calls wait for polkit already");
	assert_int_equal(n_questions, 32);
	expect_allowed(begin(":0.1", false));
	say(0, true, false);
	expect_allowed(first);
	begin(":1002.1", false);
	assert_int_equal(n_questions, 33);
}

/* Who leaves the bus takes his calls with him, so that others have room. */
static void test_leaves(void **state_)
{
	const struct outcome *got = begin(":1000.9", true);

	for (int i = 0; i < 4; i++)
		begin_person(":1000.1");
	assert_int_equal(n_questions, 9);
	peer_leave(":1000.1");
	fake_bus_spin(&fake);
	for (size_t i = 0; i < n_questions; i++)
		assert_int_equal(questions[i].taken_back, i > 0 && questions[i].flags);
	/* Too late. */
	say(2, true, false);
	assert_int_equal(started, 0);
	for (size_t i = 1; i < n_outcomes; i++)
		assert_int_equal(outcomes[i].n, 0);
	begin_person(":1000.2");
	assert_int_equal(questions[n_questions - 1].flags, 1);
	say(0, true, false);
	expect_allowed(got);
	assert_int_equal(started, 1);
}

/* What polkit does not answer in time is taken back, so that the bus does not count it any more. */
static void test_too_late(void **state_)
{
	const struct outcome *got = begin(":1000.1", true);

	fail_question(0, SD_BUS_ERROR_NO_REPLY);
	expect_refused(got, "polkit has not answered in time");
	assert_true(questions[0].taken_back);
	got = begin_person(":1000.1");
	fail_question(2, SD_BUS_ERROR_NO_REPLY);
	expect_refused(got, "nobody has consented in time");
	assert_false(questions[1].taken_back);
	assert_true(questions[2].taken_back);
	/* Another error is an answer. */
	got = begin(":1000.1", true);
	fail_question(3, SD_BUS_ERROR_SERVICE_UNKNOWN);
	expect_refused(got, "only root, or whom polkit allows it");
	assert_false(questions[3].taken_back);
	assert_int_equal(started, 0);
}

/* kvrmd ends, and polkit answers behind that. */
static void test_end(void **state_)
{
	const struct outcome *got = begin_person(":1000.1");

	bus = bus_free(bus);
	fake_bus_spin(&fake);
	assert_int_equal(got->n, 1);
	assert_string_equal(got->text, "kvrmd is ending");
	assert_true(questions[1].taken_back);
	say(1, true, false);
	assert_int_equal(started, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_root, open_polkit, close_polkit),
		cmocka_unit_test_setup_teardown(test_at_once, open_polkit, close_polkit),
		cmocka_unit_test_setup_teardown(test_person, open_polkit, close_polkit),
		cmocka_unit_test_setup_teardown(test_few_persons, open_polkit, close_polkit),
		cmocka_unit_test_setup_teardown(test_few, open_polkit, close_polkit),
		cmocka_unit_test_setup_teardown(test_leaves, open_polkit, close_polkit),
		cmocka_unit_test_setup_teardown(test_too_late, open_polkit, close_polkit),
		cmocka_unit_test_setup_teardown(test_end, open_polkit, close_polkit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
