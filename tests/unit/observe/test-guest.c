// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Guests as they are observed: which units are theirs, and whether the limit that cpu.max has is theirs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/model/error.h"
#include "daemon/observe/guest.h"
#include "daemon/util/cleanup.h"

#define UUID "5f0c1d1e-9d0a-4c0b-8c7e-2f6d1b7a9e10"

/* A scope that a guest was moved to is none of them: the guest is the service's. */
static void test_units(void **state)
{
	static const char *const others[] = {
		"kvrm-guest-" UUID "-1.scope",
		"kvrm-guest-" UUID ".scope",
		"kvrm-guest-" UUID ".servicex",
		"kvrm-guest-" UUID,
		"kvrm-guest-5f0c1d1e.service",
		"kvrm-web.slice",
		"",
	};
	char uuid[37];

	assert_true(guest_unit_parse("kvrm-guest-" UUID ".service", uuid));
	assert_string_equal(uuid, UUID);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_false(guest_unit_parse(others[i], uuid));
}

/* The module may choose the period, kvrmd alone may not; the amount is the same. */
static void test_limit(void **state)
{
	static const struct {
		const char *cpu_max;
		uint64_t limit_us;
		bool holds;
		bool holds_by_module;
	} cases[] = {
		{ "2500 10000", 250000, true, true },	    { "25000 100000", 250000, false, true },
		{ "25001 100000", 250000, false, false },   { "2400 10000", 250000, false, false },
		{ "250000 1000000", 250000, false, false }, { "1250 5000", 250000, false, false },
		{ "max 100000", 250000, false, false },	    { "max 100000", 0, true, true },
		{ "2500 10000", 0, false, false },
	};
	char directory[] = "/tmp/kvrm-guest-XXXXXX";
	const struct guest_env env = { 0 };
	struct system *system = system_new(definition_new());
	struct guest *guest = guest_new(&env, system);

	assert_non_null(mkdtemp(directory));
	guest->cgroup_fd = open(directory, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_close_ int fd = openat(guest->cgroup_fd, "cpu.max",
						O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
		const struct cpu_allocation cpu = { .limit_us = cases[i].limit_us };
		bool holds;

		assert_int_equal(dprintf(fd, "%s\n", cases[i].cpu_max),
				 strlen(cases[i].cpu_max) + 1);
		guest->module_id = 0;
		assert_int_equal(guest_read_limit(guest, &cpu, &holds), 0);
		assert_int_equal(holds, cases[i].holds);
		assert_int_equal(system->enforced_by, SYSTEM_ENFORCED_CGROUP);
		guest->module_id = 7;
		assert_int_equal(guest_read_limit(guest, &cpu, &holds), 0);
		assert_int_equal(holds, cases[i].holds_by_module);
		assert_int_equal(system->enforced_by, SYSTEM_ENFORCED_MODULE);
	}
	unlinkat(guest->cgroup_fd, "cpu.max", 0);
	guest_free(guest);
	system_free(system);
	rmdir(directory);
}

/* What cpu.max is to hold while nobody holds a limit of each virtual CPU, and with the module. */
static void test_quota(void **state)
{
	static const struct {
		uint64_t limit_us, vcpu_limit_us, alone_us;
	} cases[] = {
		{ 0, 0, 0 },
		{ 500000, 0, 500000 },
		{ 0, 200000, 800000 },
		{ 500000, 200000, 500000 },
		{ 900000, 200000, 800000 },
	};
	const struct guest_env env = { 0 };
	struct system *system = system_new(definition_new());
	struct guest *guest = guest_new(&env, system);

	system->definition->vcpus = 4;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct cpu_allocation cpu = { .limit_us = cases[i].limit_us,
						    .vcpu_limit_us = cases[i].vcpu_limit_us };

		guest->module_id = 0;
		assert_int_equal(guest_quota_us(guest, &cpu), cases[i].alone_us);
		guest->module_id = 7;
		assert_int_equal(guest_quota_us(guest, &cpu), cases[i].limit_us);
	}
	guest_free(guest);
	system_free(system);
}

/* Without the module there is none. */
static void test_vcpu_limit(void **state)
{
	const struct guest_env env = { 0 };
	struct system *system = system_new(definition_new());
	struct guest *guest = guest_new(&env, system);
	_cleanup_free_ char *error = NULL;

	system->vcpu_limit_applied_us = 50000;
	assert_int_equal(guest_read_vcpu_limit(guest, 0, NULL), 0);
	assert_int_equal(system->vcpu_limit_applied_us, 0);
	assert_int_equal(guest_read_vcpu_limit(guest, 50000, &error), ERROR_APPLY_FAILED);
	assert_string_equal(error, "vcpu-limit: the module does not know the guest");
	guest_free(guest);
	system_free(system);
}

/* Drops by their reasons and delays are the module's, of each direction. */
static void test_nic(void **state)
{
	static const struct genl_nic known = {
		.ifname = "kvrm3",
		.flows = { [GENL_TO_GUEST] = { .dropped_full = 4,
					       .dropped_device = 2,
					       .dropped_memory = 1,
					       .delays_known = true,
					       .delays = { 9, [14] = 8 },
					       .delay_ns = 77 },
			   [GENL_FROM_GUEST] = { .dropped_full = 5 } },
	};
	const struct guest_env env = { 0 };
	struct system *system = system_new(definition_new());
	struct guest *guest = guest_new(&env, system);
	const struct nic_flow_sample *to = &system->sample.nics[1].flows[NIC_TO_GUEST];
	const struct nic_flow_sample *from = &system->sample.nics[1].flows[NIC_FROM_GUEST];

	/* Nothing is known as long as the guest was not measured. */
	guest_sample_nic(guest, 1, &known);
	assert_false(system->sample.nics[1].known);
	system->sample.time_us = 1;
	guest_sample_nic(guest, 1, &known);
	assert_true(system->sample.nics[1].known);
	assert_int_equal(to->dropped[KVRM_DROP_FULL], 4);
	assert_int_equal(to->dropped[KVRM_DROP_DEVICE], 2);
	assert_int_equal(to->dropped[KVRM_DROP_MEMORY], 1);
	assert_int_equal(nic_flow_dropped(to), 7);
	assert_true(to->delays_known);
	assert_memory_equal(to->delays, known.flows[GENL_TO_GUEST].delays, sizeof(to->delays));
	assert_int_equal(to->delay_ns, 77);
	assert_int_equal(nic_flow_dropped(from), 5);
	assert_false(from->delays_known);
	guest_free(guest);
	system_free(system);
}

static void put(int folder, const char *name, const char *text)
{
	_cleanup_close_ int fd =
		openat(folder, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_int_equal(dprintf(fd, "%s\n", text), strlen(text) + 1);
}

static void check_counts(struct guest *guest, uint64_t swapped, uint64_t oom, uint64_t minor)
{
	const struct vm_sample *sample = &guest->system->sample;

	guest_sample(guest, NULL, 0);
	assert_true(sample->known & VM_KNOWS_SWAPPED);
	assert_int_equal(sample->swapped_bytes, swapped);
	assert_int_equal(sample->counts.value[KVRM_COUNT_EVENT_OOM], oom);
	assert_int_equal(sample->counts.value[KVRM_COUNT_FAULT_MINOR], minor);
	assert_int_equal(sample->counts.known, KVRM_COUNT_BIT(KVRM_COUNT_EVENT_OOM) |
						       KVRM_COUNT_BIT(KVRM_COUNT_FAULT_MINOR) |
						       KVRM_COUNT_BIT(KVRM_COUNT_FAULT_MAJOR));
}

/* What was counted of a guest's memory stays counted when it moves on, and does not go back. */
static void test_counts_move(void **state)
{
	static const char *const names[] = { "home", "one", "two" };
	static const char *const files[] = { "memory.events", "memory.stat",
					     "memory.swap.current" };
	char directory[] = "/tmp/kvrm-guest-XXXXXX";
	struct guest_env env = { .cgroup_root = directory };
	struct system *system = system_new(definition_new());
	struct guest *guest = guest_new(&env, system);
	int root;

	assert_int_equal(sd_event_new(&env.event), 0);
	assert_non_null(mkdtemp(directory));
	root = open(directory, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
	strcpy(guest->home, "/home");
	for (size_t i = 0; i < 3; i++) {
		_cleanup_close_ int fd = -1;

		mkdirat(root, names[i], 0700);
		fd = openat(root, names[i], O_DIRECTORY | O_RDONLY | O_CLOEXEC);
		put(fd, "memory.swap.current", "4096");
		put(fd, "memory.events", "oom 1");
		put(fd, "memory.stat", "pgfault 100\npgmajfault 10");
	}
	guest_adopt_cgroup(guest, openat(root, "home", O_DIRECTORY | O_CLOEXEC), "/home");
	check_counts(guest, 4096, 1, 90);
	put(guest->cgroup_fd, "memory.stat", "pgfault 100\npgmajfault 11");
	check_counts(guest, 4096, 1, 90);
	guest_adopt_cgroup(guest, openat(root, "one", O_DIRECTORY | O_CLOEXEC), "/one");
	check_counts(guest, 8192, 2, 179);
	/* What was swapped there is not the guest's any more, where nothing of it stays. */
	guest_adopt_cgroup(guest, openat(root, "two", O_DIRECTORY | O_CLOEXEC), "/two");
	check_counts(guest, 8192, 3, 269);
	for (size_t i = 0; i < 9; i++) {
		char path[64];

		snprintf(path, sizeof(path), "%s/%s", names[i / 3], files[i % 3]);
		unlinkat(root, path, 0);
	}
	for (size_t i = 0; i < 3; i++)
		unlinkat(root, names[i], AT_REMOVEDIR);
	close(root);
	guest_free(guest);
	system_free(system);
	sd_event_unref(env.event);
	rmdir(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_units),	    cmocka_unit_test(test_limit),
		cmocka_unit_test(test_quota),	    cmocka_unit_test(test_vcpu_limit),
		cmocka_unit_test(test_counts_move), cmocka_unit_test(test_nic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
