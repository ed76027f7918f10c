// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The host's list of virtual systems: by name and by UUID, whatever the order in which they come and go.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include "daemon/model/host.h"

#define SYSTEMS 101

static struct host host;

static int setup(void **state)
{
	return host_init(&host);
}

static int teardown(void **state)
{
	host_deinit(&host);
	return 0;
}

static void names_of(unsigned int number, char name[static 16], char uuid[static 37])
{
	/* Each before the other in one order, and behind it in the other one. */
	snprintf(name, 16, "system-%03u", number);
	snprintf(uuid, 37, "abcdef%02x-0000-4000-8000-%012x", SYSTEMS - number, number);
}

static int add(const char *name, const char *uuid)
{
	struct definition *d = definition_new();
	struct system *system;
	int r;

	assert_non_null(d);
	strcpy(d->name, name);
	strcpy(d->uuid, uuid);
	system = system_new(d);
	assert_non_null(system);
	r = host_add(&host, system);
	if (r)
		system_free(system);
	return r;
}

static void add_all(void)
{
	char name[16], uuid[37];

	/* 7 and their number have no divisor in common: each comes once. */
	for (unsigned int i = 0; i < SYSTEMS; i++) {
		names_of(i * 7 % SYSTEMS, name, uuid);
		assert_int_equal(add(name, uuid), 0);
	}
	assert_int_equal(host.n_systems, SYSTEMS);
}

static void upper(char *text)
{
	for (; *text; text++) {
		if (*text >= 'a' && *text <= 'z')
			*text = (char)(*text - 'a' + 'A');
	}
}

/* @there: whether it is to be found. */
static void check(unsigned int number, bool there)
{
	char name[16], uuid[37];
	struct system *system;

	names_of(number, name, uuid);
	system = host_find(&host, name);
	assert_int_equal(system != NULL, there);
	if (there)
		assert_string_equal(system->definition->name, name);
	assert_ptr_equal(host_find(&host, uuid), system);
	upper(uuid);
	assert_ptr_equal(host_find(&host, uuid), system);
	assert_ptr_equal(host_find_uuid(&host, uuid), system);
	assert_null(host_find_uuid(&host, name));
	/* Names are not the same in another case. */
	upper(name);
	assert_null(host_find(&host, name));
}

static void test_each_is_found(void **state)
{
	add_all();
	for (unsigned int i = 0; i < SYSTEMS; i++)
		check(i, true);
	for (size_t i = 1; i < host.n_systems; i++)
		assert_true(strcmp(host.systems[i - 1]->definition->name,
				   host.systems[i]->definition->name) < 0);
	assert_null(host_find(&host, ""));
	assert_null(host_find(&host, "system-"));
	assert_null(host_find(&host, "zzz"));
	assert_null(host_find_uuid(&host, "ffffffff-0000-4000-8000-000000000000"));
}

static void test_who_goes_is_not_found(void **state)
{
	char name[16], uuid[37];

	add_all();
	for (unsigned int i = 0; i < SYSTEMS; i += 2) {
		struct system *system;

		names_of(i, name, uuid);
		system = host_find(&host, name);
		host_remove(&host, system);
		/* It is no more the host's. */
		host_remove(&host, system);
		system_free(system);
	}
	for (unsigned int i = 0; i < SYSTEMS; i++)
		check(i, i % 2);
	assert_int_equal(host.n_systems, SYSTEMS / 2);
}

static void test_none_is_there_twice(void **state)
{
	char name[16], uuid[37], other[37];

	add_all();
	names_of(50, name, uuid);
	names_of(51, (char[16]){ 0 }, other);
	other[0] = '0';
	assert_int_equal(add(name, other), -EEXIST);
	assert_int_equal(add("other", uuid), -EEXIST);
	/* A name may be a UUID, but not one that is in use. */
	assert_int_equal(add(uuid, other), -EEXIST);
	assert_int_equal(add("other", other), 0);
	assert_int_equal(host.n_systems, SYSTEMS + 1);
	check(50, true);
}

/* Only what is known to be attached breaks a promise; with the module's limiter one less. */
static void test_scheduler(void **state)
{
	struct host_sample *s = &host.sample;

	assert_string_equal(host_scheduler_problem(&host), "");
	s->sched_ext = true;
	assert_string_equal(host_scheduler_problem(&host), "");
	s->sched_ext_known = true;
	s->cpu_limiter = KVRM_CPU_LIMITER_CPU_MAX;
	assert_string_equal(host_scheduler_problem(&host),
			    "reservations, weights and limits of processors need not hold");
	s->cpu_limiter = KVRM_CPU_LIMITER_TASK_WORK;
	assert_string_equal(host_scheduler_problem(&host),
			    "reservations and weights of processors, and limits of pools, need not "
			    "hold; limits of systems do");
	s->sched_ext = false;
	assert_string_equal(host_scheduler_problem(&host), "");
}

/* Without the module there are none; of a newer one those that it finds. */
static void test_probes(void **state)
{
	struct host_sample *s = &host.sample;
	const char *why;

	assert_int_equal(host_missing_probes(&host, 0, &why), 0);
	assert_int_equal(host_missing_probes(&host, KVRM_PROBE_EXITS, &why), KVRM_PROBE_EXITS);
	assert_string_equal(why, "need the module, which is not loaded");
	s->module_up = true;
	assert_int_equal(host_missing_probes(&host, KVRM_PROBE_EXITS, &why), KVRM_PROBE_EXITS);
	assert_string_equal(why, "need a newer module");
	s->probes_known = true;
	s->probes = KVRM_PROBE_USER_EXITS | KVRM_PROBE_WAKEUPS;
	assert_int_equal(host_missing_probes(&host, KVRM_PROBE_EXITS | KVRM_PROBE_WAKEUPS, &why),
			 KVRM_PROBE_EXITS);
	assert_string_equal(why, "need tracepoints that the module does not find in the kernel");
	assert_int_equal(host_missing_probes(&host, KVRM_PROBE_WAKEUPS, &why), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_each_is_found, setup, teardown),
		cmocka_unit_test_setup_teardown(test_who_goes_is_not_found, setup, teardown),
		cmocka_unit_test_setup_teardown(test_none_is_there_twice, setup, teardown),
		cmocka_unit_test_setup_teardown(test_scheduler, setup, teardown),
		cmocka_unit_test_setup_teardown(test_probes, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
