// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Properties of guests' units and pools' slices, as they are sent to systemd.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/launch/unit.h"

#define UUID "5f0c1d1e-9d0a-4c0b-8c7e-2f6d1b7a9e10"

struct test {
	sd_bus *bus;
	sd_bus_message *m;
	char text[4096];
};

static int set_up(void **state)
{
	struct test *t = calloc(1, sizeof(*t));
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_true(sd_bus_new(&t->bus) >= 0);
	assert_true(sd_bus_set_fd(t->bus, pair[0], pair[0]) >= 0);
	assert_true(sd_bus_negotiate_fds(t->bus, 1) >= 0);
	assert_true(sd_bus_start(t->bus) >= 0);
	close(pair[1]);
	assert_true(sd_bus_message_new_signal(t->bus, &t->m, "/x", "x.y", "Z") >= 0);
	assert_true(sd_bus_message_open_container(t->m, 'a', "(sv)") >= 0);
	*state = t;
	return 0;
}

static int tear_down(void **state)
{
	struct test *t = *state;

	sd_bus_message_unref(t->m);
	sd_bus_close_unref(t->bus);
	free(t);
	return 0;
}

/* Numbers and texts, "NAME=VALUE " each; of other types the name alone. */
static const char *seal(struct test *t)
{
	const char *name, *contents, *value;
	uint64_t number;
	int flag;

	assert_true(sd_bus_message_close_container(t->m) >= 0);
	assert_true(sd_bus_message_seal(t->m, 1, 0) >= 0);
	assert_true(sd_bus_message_enter_container(t->m, 'a', "(sv)") > 0);
	while (sd_bus_message_enter_container(t->m, 'r', "sv") > 0) {
		size_t len = strlen(t->text);
		char *at = t->text + len;
		size_t room = sizeof(t->text) - len;

		assert_true(sd_bus_message_read(t->m, "s", &name) > 0);
		assert_true(sd_bus_message_peek_type(t->m, NULL, &contents) > 0);
		if (!strcmp(contents, "t")) {
			assert_true(sd_bus_message_read(t->m, "v", "t", &number) > 0);
			snprintf(at, room, "%s=%llu ", name, (unsigned long long)number);
		} else if (!strcmp(contents, "s")) {
			assert_true(sd_bus_message_read(t->m, "v", "s", &value) > 0);
			snprintf(at, room, "%s=%s ", name, value);
		} else if (!strcmp(contents, "b")) {
			assert_true(sd_bus_message_read(t->m, "v", "b", &flag) > 0);
			snprintf(at, room, "%s=%s ", name, flag ? "yes" : "no");
		} else {
			assert_true(sd_bus_message_skip(t->m, "v") >= 0);
			snprintf(at, room, "%s ", name);
		}
		assert_true(sd_bus_message_exit_container(t->m) >= 0);
	}
	return t->text;
}

static void test_cpu(void **state)
{
	const struct unit_allocation cpu = { .quota_us = 250000,
					     .period_us = 10000,
					     .weight = 300,
					     .memory_min_bytes = 0,
					     .memory_high_bytes = 1 << 24,
					     .memory_max_bytes = 1 << 25 };
	struct test *t = *state;

	assert_true(unit_append_allocation(t->m, &cpu) >= 0);
	assert_string_equal(seal(t), "CPUQuotaPerSecUSec=250000 CPUQuotaPeriodUSec=10000 "
				     "CPUWeight=300 MemoryMin=0 MemoryHigh=16777216 "
				     "MemoryMax=33554432 ");
}

/* What systemd calls infinity; and the weight and memory that stay as they are. */
static void test_unlimited(void **state)
{
	const struct unit_allocation cpu = { .period_us = 10000,
					     .memory_min_bytes = UNIT_AS_IT_IS,
					     .memory_high_bytes = UNIT_AS_IT_IS,
					     .memory_max_bytes = 0 };
	struct test *t = *state;

	assert_true(unit_append_allocation(t->m, &cpu) >= 0);
	assert_string_equal(seal(t), "CPUQuotaPerSecUSec=18446744073709551615 "
				     "CPUQuotaPeriodUSec=18446744073709551615 "
				     "MemoryMax=18446744073709551615 ");
}

static void test_slice(void **state)
{
	const struct unit_allocation cpu = { .quota_us = 1500000,
					     .period_us = 10000,
					     .weight = 1,
					     .memory_min_bytes = 1048576,
					     .memory_high_bytes = UNIT_AS_IT_IS,
					     .memory_max_bytes = UNIT_AS_IT_IS };
	struct test *t = *state;

	assert_true(unit_append_slice(t->m, "web", &cpu) >= 0);
	assert_string_equal(seal(t), "Description=Pool web of the KVM Resource Manager "
				     "CPUAccounting=yes MemoryAccounting=yes "
				     "CPUQuotaPerSecUSec=1500000 CPUQuotaPeriodUSec=10000 "
				     "CPUWeight=1 MemoryMin=1048576 ");
}

static void test_guest(void **state)
{
	const struct unit_allocation cpu = { .weight = 77, .memory_min_bytes = 4096 };
	struct test *t = *state;
	_cleanup_definition_ struct definition *d = definition_new();
	const char *text;

	strcpy(d->name, "web1");
	strcpy(d->uuid, UUID);
	assert_true(unit_append_start(t->m, d, "kvrm-web.slice", &cpu, STDIN_FILENO) >= 0);
	text = seal(t);
	assert_non_null(strstr(text, "Slice=kvrm-web.slice "));
	assert_non_null(strstr(text, "CPUWeight=77 MemoryMin=4096 "));
	assert_non_null(strstr(text, "User=kvrm-5f0c1d1e9d0a7e2f6d1b7a9e10 "));
	assert_non_null(strstr(text, "DynamicUser=yes "));
	assert_null(strstr(strstr(text, "CPUWeight") + 1, "CPUWeight"));
	assert_null(strstr(strstr(text, "Slice=") + 1, "Slice="));
	assert_null(strstr(text, "IOWeight"));
}

static void test_storage_weight(void **state)
{
	const struct unit_allocation cpu = { .weight = 77, .memory_min_bytes = 4096 };
	struct test *t = *state;
	_cleanup_definition_ struct definition *d = definition_new();

	strcpy(d->name, "web1");
	strcpy(d->uuid, UUID);
	d->storage_weight = 250;
	assert_true(unit_append_start(t->m, d, "kvrm-web.slice", &cpu, STDIN_FILENO) >= 0);
	assert_non_null(strstr(seal(t), " IOWeight=250 "));
}

/* The limits, and what else is its cgroup's; and that it ends with its service. */
static void test_scope(void **state)
{
	const struct unit_allocation cpu = { .quota_us = 250000,
					     .period_us = 10000,
					     .weight = 77,
					     .memory_min_bytes = 8192,
					     .memory_high_bytes = 16384,
					     .memory_max_bytes = 32768 };
	const uint32_t pids[] = { 17, 4242 };
	struct test *t = *state;

	assert_true(unit_append_scope(t->m, UUID, "kvrm-web.slice", &cpu, pids, 2) >= 0);
	assert_string_equal(seal(t), "Description=KVM guest " UUID ", in another pool "
				     "Slice=kvrm-web.slice CollectMode=inactive-or-failed "
				     "BindsTo After CPUAccounting=yes MemoryAccounting=yes "
				     "DevicePolicy=closed DeviceAllow KillMode=control-group "
				     "TimeoutStopUSec=10000000 CPUQuotaPerSecUSec=250000 "
				     "CPUQuotaPeriodUSec=10000 CPUWeight=77 MemoryMin=8192 "
				     "MemoryHigh=16384 MemoryMax=32768 PIDs ");
}

/* What is taken for a guest's unit is its own name, and nothing that begins or ends like it. */
static void test_names(void **state)
{
	static const struct {
		const char *name;
		enum unit_kind kind;
	} cases[] = {
		{ "kvrm-guest-" UUID ".service", UNIT_GUEST },
		{ "kvrm-guest-" UUID "-1.scope", UNIT_SCOPE },
		{ "kvrm-guest-" UUID "-99.scope", UNIT_SCOPE },
		{ "kvrm-guest-" UUID "-0.scope", UNIT_OTHER },
		{ "kvrm-guest-" UUID "-01.scope", UNIT_OTHER },
		{ "kvrm-guest-" UUID "-100.scope", UNIT_OTHER },
		{ "kvrm-guest-" UUID "-1.scope.d", UNIT_OTHER },
		{ "kvrm-guest-" UUID "-1.service", UNIT_OTHER },
		{ "kvrm-guest-" UUID ".scope", UNIT_OTHER },
		{ "kvrm-guest-" UUID ".servicex", UNIT_OTHER },
		{ "kvrm-guest-" UUID, UNIT_OTHER },
		{ "kvrm-guest-5f0c1d1e.service", UNIT_OTHER },
		{ "xkvrm-guest-" UUID ".service", UNIT_OTHER },
		{ "kvrm-web.slice", UNIT_OTHER },
		{ "", UNIT_OTHER },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char uuid[37];

		if (unit_parse(cases[i].name, uuid) != cases[i].kind)
			fail_msg("'%s' is taken for what it is not", cases[i].name);
		assert_string_equal(uuid, cases[i].kind == UNIT_OTHER ? "" : UUID);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_cpu),
		TEST(test_unlimited),
		TEST(test_slice),
		TEST(test_guest),
		TEST(test_storage_weight),
		TEST(test_scope),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
