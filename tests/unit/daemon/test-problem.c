// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Problems, as the manager tells them: each once, and of foreign texts whole characters only; those of probes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/manager-internal.h"
#include "daemon/util/text.h"

#define PREFIX "the disk of web: "

static struct manager m;
static char told[GUEST_PROBLEM_SIZE];

static int set_up(void **state)
{
	m = (struct manager){ 0 };
	told[0] = '\0';
	return host_init(&m.host);
}

static int tear_down(void **state)
{
	host_deinit(&m.host);
	return 0;
}

static void expect(const char *sentence)
{
	assert_int_equal(m.host.n_problems, 1);
	assert_string_equal(m.host.problems[0], sentence);
}

static void test_once(void **state)
{
	manager_tell(&m, told, PREFIX, "QEMU refused");
	manager_tell(&m, told, PREFIX, "QEMU refused");
	expect(PREFIX "QEMU refused");
	manager_tell(&m, told, PREFIX, "it is gone");
	expect(PREFIX "it is gone");
	manager_tell(&m, told, PREFIX, "");
	assert_int_equal(m.host.n_problems, 0);
}

/* Whatever number of bytes is in front of it, no character is cut. */
static void test_long(void **state)
{
	char why[GUEST_PROBLEM_SIZE + 8];

	for (size_t before = GUEST_PROBLEM_SIZE - 6; before < GUEST_PROBLEM_SIZE; before++) {
		memset(why, 'x', before);
		strcpy(why + before, "😀😀");
		manager_tell(&m, told, PREFIX, why);
		assert_int_equal(m.host.n_problems, 1);
		assert_true(text_is_clean(m.host.problems[0]));
		assert_int_equal(strlen(m.host.problems[0]),
				 strlen(PREFIX) + (before > GUEST_PROBLEM_SIZE - 5
							   ? before
							   : before + strlen("😀")));
		manager_tell(&m, told, PREFIX, why);
		assert_int_equal(m.host.n_problems, 1);
		manager_tell(&m, told, PREFIX, "");
	}
}

/* A guest that runs; to be removed with remove_guest(). */
static void add_guest(struct guest *guest, uint32_t probes)
{
	struct definition *d = definition_new();

	assert_non_null(d);
	strcpy(d->name, "web");
	strcpy(d->uuid, "5f0c1d1e-9d0a-4c0b-8c7e-2f6d1b7a9e10");
	d->probes = probes;
	*guest = (struct guest){ .system = system_new(d), .rate_told_hz = d->sample_rate_hz };
	assert_non_null(guest->system);
	assert_int_equal(host_add(&m.host, guest->system), 0);
	guest->system->runtime = guest;
}

static void remove_guest(struct guest *guest)
{
	guest->system->runtime = NULL;
}

static void test_probes(void **state)
{
	struct host_sample *s = &m.host.sample;
	struct guest guest;

	add_guest(&guest, KVRM_PROBE_EXITS | KVRM_PROBE_WAKEUPS);
	guest.cgroup_fd = -1;
	manager_check_probes(&m, &guest);
	assert_int_equal(m.host.n_problems, 0);
	guest.cgroup_fd = 0;
	manager_check_probes(&m, &guest);
	expect("the probes of web are not all attached: exits,wakeups need the module, which is "
	       "not loaded");
	s->module_up = true;
	s->probes_known = true;
	s->probes = KVRM_PROBE_USER_EXITS | KVRM_PROBE_WAKEUPS;
	manager_check_probes(&m, &guest);
	expect("the probes of web are not all attached: exits need tracepoints that the module "
	       "does not find in the kernel");
	s->probes |= KVRM_PROBE_EXITS;
	manager_check_probes(&m, &guest);
	expect("the probes of web are not all attached: exits,wakeups need the module, which does "
	       "not know the guest");
	guest.module_id = 1;
	guest.system->probes_applied = KVRM_PROBE_EXITS;
	manager_check_probes(&m, &guest);
	expect("the probes of web are not all attached: wakeups were refused, or detached by "
	       "somebody else");
	guest.system->probes_applied |= KVRM_PROBE_WAKEUPS;
	manager_check_probes(&m, &guest);
	assert_int_equal(m.host.n_problems, 0);
	remove_guest(&guest);
}

/* The module is asked for what there is, and left alone while it does not say what that is. */
static void test_probes_that_there_are(void **state)
{
	static const struct genl_callbacks callbacks;
	struct host_sample *s = &m.host.sample;
	struct guest guest;

	assert_true(sd_event_new(&m.event) >= 0);
	assert_int_equal(genl_client_new(m.event, &callbacks, NULL, &m.genl, NULL), 0);
	add_guest(&guest, KVRM_PROBE_EXITS | KVRM_PROBE_WAKEUPS);
	/* No module has one with this id. */
	guest.module_id = UINT32_MAX;
	manager_tend_measuring(&m);
	assert_int_equal(guest.probes_told, 0);
	s->probes_known = true;
	s->probes = KVRM_PROBE_WAKEUPS;
	manager_tend_measuring(&m);
	assert_int_equal(guest.probes_told, KVRM_PROBE_WAKEUPS);
	s->probes_known = false;
	s->probes = 0;
	manager_tend_measuring(&m);
	assert_int_equal(guest.probes_told, KVRM_PROBE_WAKEUPS);
	remove_guest(&guest);
	m.genl = genl_client_free(m.genl);
	m.event = sd_event_unref(m.event);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_once),
		TEST(test_long),
		TEST(test_probes),
		TEST(test_probes_that_there_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
