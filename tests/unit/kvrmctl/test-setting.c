// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Keys and values of set and pool set, and how they go over the bus.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "daemon/model/definition.h"
#include "tools/kvrmctl/target.h"
#include "tools/kvrmctl/value.h"

static void test_reservations(void **state)
{
	static const struct {
		const char *text;
		uint64_t us;
		const char *formatted;
	} good[] = {
		{ "0", 0, "0" },
		{ "0%", 0, "0" },
		{ "0.0001%", 1, "0.0001%" },
		{ "25%", 250000, "25%" },
		{ "25.50000%", 255000, "25.5%" },
		{ "1.5", 1500000, "150%" },
		{ ".5", 500000, "50%" },
		{ "0.000001", 1, "0.0001%" },
		{ "64", 64000000, "6400%" },
	};
	static const char *const bad[] = { "",
					   "%",
					   "unlimited",
					   "-1",
					   "1.5.2",
					   "1e3",
					   "0.00001%",
					   "0.0000001",
					   ".",
					   "25 %",
					   "99999999999999999999",
					   "99999999999999999" };
	char text[32];
	uint64_t us;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(cpu_reservation_parse(good[i].text, &us, NULL), 0);
		assert_int_equal(us, good[i].us);
		reservation_format(us, text, sizeof(text));
		assert_string_equal(text, good[i].formatted);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		_cleanup_free_ char *error = NULL;

		assert_int_equal(cpu_reservation_parse(bad[i], &us, &error), -EINVAL);
		assert_non_null(strstr(error, "cpu-reservation: "));
	}
}

static void test_pairs(void **state)
{
	struct settings s = { 0 };

	assert_int_equal(settings_add_pair(&s, settings_add_to_pool, "cpu-reservation=50%", NULL),
			 0);
	assert_int_equal(settings_add_pair(&s, settings_add_to_pool, "cpu-limit=unlimited", NULL),
			 0);
	assert_int_equal(settings_add_pair(&s, settings_add_to_pool, "cpu-weight=10000", NULL), 0);
	assert_int_equal(settings_add_pair(&s, settings_add_to_pool, "expandable=no", NULL), 0);
	assert_int_equal(settings_add_pair(&s, settings_add_to_pool, "description=a=b", NULL), 0);
	assert_int_equal(settings_add_pair(&s, settings_add_to_pool, "memory-expandable=no", NULL),
			 0);
	assert_string_equal(s.item[5].property, "MemoryExpandable");
	assert_int_equal(s.item[5].type, 'b');
	assert_int_equal(settings_add_pair(&s, settings_add_to_pool, "memory-reservation=0", NULL),
			 0);
	assert_int_equal(s.n, 7);
	assert_string_equal(s.item[0].property, "ProcessorReservation");
	assert_int_equal(s.item[0].number, 500000);
	assert_int_equal(s.item[1].number, 0);
	assert_int_equal(s.item[2].type, 'u');
	assert_int_equal(s.item[2].number, 10000);
	assert_int_equal(s.item[3].number, 0);
	assert_string_equal(s.item[4].text, "a=b");
	s.n = 0;
	assert_int_equal(settings_add_pair(&s, settings_add_to_system, "vcpu-limit=25%", NULL), 0);
	assert_int_equal(settings_add_pair(&s, settings_add_to_system, "memory-reservation=512M",
					   NULL),
			 0);
	assert_int_equal(settings_add_pair(&s, settings_add_to_system, "storage-weight=7", NULL),
			 0);
	assert_string_equal(s.item[2].property, "StorageWeight");
	assert_int_equal(s.item[2].type, 'u');
	assert_int_equal(s.item[2].number, 7);
	assert_string_equal(s.item[1].property, "MemoryReservation");
	assert_int_equal(s.item[1].type, 't');
	assert_int_equal(s.item[1].number, 512 << 20);
	assert_int_equal(settings_add_pair(&s, settings_add_to_system, "memory-limit=1G", NULL), 0);
	assert_string_equal(s.item[3].property, "MemoryLimit");
	assert_int_equal(s.item[3].type, 't');
	assert_int_equal(s.item[3].number, 1 << 30);
	s.n = 3;
	assert_int_equal(settings_add_pair(&s, settings_add_to_system, "memory-weight=250", NULL),
			 0);
	assert_string_equal(s.item[3].property, "MemoryWeight");
	assert_int_equal(s.item[3].type, 'u');
	assert_int_equal(s.item[3].number, 250);
	s.n = 3;
	assert_int_equal(settings_add_pair(&s, settings_add_to_system, "sample-rate=1000", NULL),
			 0);
	assert_string_equal(s.item[3].property, "SampleRate");
	assert_int_equal(s.item[3].type, 'u');
	assert_int_equal(s.item[3].number, 1000);
	s.n = 3;
	assert_int_equal(settings_add_pair(&s, settings_add_to_system, "memory-limit=unlimited",
					   NULL),
			 0);
	assert_int_equal(s.item[3].number, 0);
	assert_int_equal(settings_add_pair(&s, settings_add_to_system, "memory=1G", NULL), 0);
	assert_string_equal(s.item[4].property, "Memory");
	assert_int_equal(s.item[4].type, 't');
	assert_int_equal(s.item[4].number, 1 << 30);
	assert_string_equal(s.item[0].property, "ProcessorVCPULimit");
	assert_int_equal(s.item[0].type, 't');
	assert_int_equal(s.item[0].number, 250000);
}

static void test_bad_pairs(void **state)
{
	static const struct {
		bool pool;
		const char *pair;
		const char *sentence;
	} bad[] = {
		{ true, "cpu-weight=0", "cpu-weight: '0' is not 1 to 10000" },
		{ true, "cpu-weight=10001", "cpu-weight: '10001' is not 1 to 10000" },
		{ true, "cpu-weight=", "cpu-weight: '' is not 1 to 10000" },
		{ true, "cpu-limit=0", "cpu-limit: " },
		{ true, "expandable=true", "expandable: 'true' is neither yes nor no" },
		{ true, "description=\xff", "description: not UTF-8" },
		{ true, "parent=host", "'parent' is nothing that can be changed; keys are " },
		{ false, "expandable=yes", "'expandable' is nothing" },
		{ false, "description=x", "'description' is nothing" },
		{ true, "vcpu-limit=25%", "'vcpu-limit' is nothing" },
		{ true, "storage-weight=5", "'storage-weight' is nothing" },
		{ true, "sample-rate=5", "'sample-rate' is nothing" },
		{ false, "sample-rate=1001", "sample-rate: '1001' is not 1 to 1000" },
		{ true, "probes=all", "'probes' is nothing" },
		{ false, "probes=exits;wakeups", "probes: 'exits;wakeups' is not none, all, or" },
		{ false, "storage-weight=0", "storage-weight: '0' is not 1 to 10000" },
		{ false, "vcpu-limit=150%", "vcpu-limit: 1500000 us per second is not" },
		{ false, "memory-reservation=5%", "memory-reservation: '5%' is not a size from 0" },
		{ true, "memory-reservation=100K", "memory-reservation: '100K' is not a size" },
		{ false, "memory=0", "memory: '0' is not a size from 1M to 16T" },
		{ false, "memory=+1G", "memory: '+1G' is not a size" },
		{ true, "memory=1G", "'memory' is nothing" },
		{ false, "memory-max=1G", "'memory-max' is nothing" },
		{ false, "memory-limit=0", "memory-limit: '0' is neither a size from 16M to 32T" },
		{ true, "memory-limit=15M",
		  "memory-limit: '15M' is neither a size from 16M to 32T" },
		{ true, "memory-expandable=1", "memory-expandable: '1' is neither yes nor no" },
		{ false, "memory-expandable=yes", "'memory-expandable' is nothing" },
		{ false, "cpu-weight", "'cpu-weight' is not KEY=VALUE" },
		{ false, "=1", "'' is nothing" },
		{ false, "cpu-limit=1", "cpu-limit: given more than once" },
	};
	struct settings s = { 0 };

	assert_int_equal(settings_add_pair(&s, settings_add_to_system, "cpu-limit=2", NULL), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		_cleanup_free_ char *error = NULL;

		assert_int_equal(settings_add_pair(&s,
						   bad[i].pool ? settings_add_to_pool
							       : settings_add_to_system,
						   bad[i].pair, &error),
				 -EINVAL);
		assert_ptr_equal(strstr(error, bad[i].sentence), error);
		assert_int_equal(s.n, 1);
	}
}

static void test_long_description(void **state)
{
	struct settings s = { 0 };
	char text[300];

	memset(text, 'x', sizeof(text));
	text[256] = '\0';
	assert_int_equal(settings_add_to_pool(&s, "description", text, NULL), -EINVAL);
	text[255] = '\0';
	assert_int_equal(settings_add_to_pool(&s, "description", text, NULL), 0);
}

static void test_targets(void **state)
{
	_cleanup_targets_ struct targets t = { 0 };
	char *words[] = { "web1",	   "cpu-reservation=1",
			  "cpu-weight=5",  "pool/batch",
			  "expandable=no", "db1",
			  "cpu-limit=2",   NULL };

	assert_int_equal(targets_parse(&t, words, NULL), 0);
	assert_int_equal(t.n, 3);
	assert_string_equal(t.item[0].name, "web1");
	assert_false(t.item[0].pool);
	assert_int_equal(t.item[0].settings.n, 2);
	assert_string_equal(t.item[1].name, "batch");
	assert_string_equal(t.item[1].word, "pool/batch");
	assert_true(t.item[1].pool);
	assert_int_equal(t.item[2].settings.item[0].number, 2000000);
}

static void test_bad_targets(void **state)
{
	static const struct {
		char *words[5];
		const char *sentence;
	} bad[] = {
		{ { "cpu-limit=1" }, "'cpu-limit=1': which system" },
		{ { "web1", "db1", "cpu-limit=1" }, "'db1' is not KEY=VALUE" },
		{ { "web1", "cpu-limit=1", "pool/a" }, "'pool/a': KEY=VALUE is missing" },
		{ { "web1", "cpu-limit=1", "db1", "expandable=no" }, "'expandable' is nothing" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		_cleanup_targets_ struct targets t = { 0 };
		_cleanup_free_ char *error = NULL;

		assert_int_equal(targets_parse(&t, bad[i].words, &error), -EINVAL);
		assert_ptr_equal(strstr(error, bad[i].sentence), error);
	}
}

/* A bus that nobody answers: enough to make messages. */
static sd_bus *open_bus(int fds[static 2])
{
	sd_bus *bus = NULL;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	assert_true(sd_bus_new(&bus) >= 0);
	assert_true(sd_bus_set_fd(bus, fds[0], fds[0]) >= 0);
	assert_true(sd_bus_start(bus) >= 0);
	return bus;
}

static void test_on_the_bus(void **state)
{
	_cleanup_targets_ struct targets t = { 0 };
	_cleanup_value_ struct json_object *systems = NULL, *pools = NULL;
	char *words[] = { "web1",	   "cpu-weight=5", "pool/batch",	"expandable=yes",
			  "description=x", "db1",	   "cpu-reservation=1", NULL };
	sd_bus_message *m = NULL;
	int fds[2];
	sd_bus *bus = open_bus(fds);

	assert_int_equal(targets_parse(&t, words, NULL), 0);
	assert_true(sd_bus_message_new_method_call(bus, &m, "a.b", "/", "a.b", "C") >= 0);
	assert_true(targets_append(m, &t, false) >= 0);
	assert_true(targets_append(m, &t, true) >= 0);
	assert_true(sd_bus_message_seal(m, 1, 0) >= 0);
	assert_true(sd_bus_message_has_signature(m, "a(sa{sv})a(sa{sv})"));
	assert_true(value_from_bus(m, &systems) >= 0);
	assert_true(value_from_bus(m, &pools) >= 0);
	assert_string_equal(json_object_to_json_string_ext(systems, JSON_C_TO_STRING_PLAIN),
			    "[[\"web1\",{\"ProcessorWeight\":5}],"
			    "[\"db1\",{\"ProcessorReservation\":1000000}]]");
	assert_string_equal(json_object_to_json_string_ext(pools, JSON_C_TO_STRING_PLAIN),
			    "[[\"batch\",{\"ProcessorExpandable\":true,\"Description\":\"x\"}]]");
	sd_bus_message_unref(m);
	sd_bus_close_unref(bus);
	close(fds[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reservations), cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_bad_pairs),    cmocka_unit_test(test_long_description),
		cmocka_unit_test(test_targets),	     cmocka_unit_test(test_bad_targets),
		cmocka_unit_test(test_on_the_bus),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
