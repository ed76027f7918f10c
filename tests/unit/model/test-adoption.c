// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who is adopted: names, cgroups and managers, from what QEMU and the kernel say; and the store's text of it.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "daemon/model/adoption.h"
#include "daemon/model/definition.h"
#include "daemon/model/system.h"
#include "daemon/util/text.h"

#define UUID "6d8f1b1e-0000-4000-8000-0123456789ab"

static void test_place(void **state)
{
	static const struct {
		const char *cgroup, *place, *manager;
	} cases[] = {
		{ "/machine.slice/machine-qemu\\x2d1\\x2dweb.scope/libvirt/emulator",
		  "/machine.slice/machine-qemu\\x2d1\\x2dweb.scope", "libvirt" },
		{ "/machine.slice/machine-qemu\\x2d1\\x2dweb.scope/libvirt/vcpu0",
		  "/machine.slice/machine-qemu\\x2d1\\x2dweb.scope", "libvirt" },
		{ "/machine.slice/machine-qemu\\x2d1\\x2dweb.scope/libvirt",
		  "/machine.slice/machine-qemu\\x2d1\\x2dweb.scope", "libvirt" },
		{ "/machine.slice/machine-qemu\\x2d1\\x2dweb.scope/",
		  "/machine.slice/machine-qemu\\x2d1\\x2dweb.scope", "libvirt" },
		{ "/machine/qemu-1-web.libvirt-qemu/emulator", "/machine/qemu-1-web.libvirt-qemu",
		  "libvirt" },
		{ "/qemu.slice/100.scope", "/qemu.slice/100.scope", "Proxmox VE" },
		{ "/qemu.slice/web.scope", "/qemu.slice/web.scope", "web.scope" },
		{ "/qemu.slice/sub.slice/100.scope", "/qemu.slice/sub.slice/100.scope",
		  "100.scope" },
		{ "/machine.slice/web.service", "/machine.slice/web.service", "web.service" },
		{ "/user.slice/user-0.slice/session-3.scope",
		  "/user.slice/user-0.slice/session-3.scope", "session-3.scope" },
		{ "/by-hand", "/by-hand", "by-hand" },
		{ "/", "", "" },
		{ "", "", "" },
		{ "/emulator", "", "" },
	};
	char place[SLICE_PATH_SIZE], manager[SLICE_NAME_SIZE];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(adoption_place(cases[i].cgroup, place, manager),
				 *cases[i].place ? 0 : -ENOENT);
		assert_string_equal(place, cases[i].place);
		assert_string_equal(manager, cases[i].manager);
	}
}

/* Any user may give his cgroups any names; D-Bus takes texts only. */
static void test_foreign_names(void **state)
{
	static const char *const names[] = { "/a\xff.scope", "/\xc3", "/a\x1b[1m.scope",
					     "/\xff/emulator", "/a/\xed\xa0\x80" };
	char place[SLICE_PATH_SIZE] = "x", manager[SLICE_NAME_SIZE] = "x";
	char long_name[SLICE_NAME_SIZE + 8];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_int_equal(adoption_place(names[i], place, manager), -EILSEQ);
		assert_string_equal(place, "");
		assert_string_equal(manager, "");
	}
	assert_int_equal(adoption_place("/grüße.scope", place, manager), 0);
	assert_string_equal(manager, "grüße.scope");
	/* Nor is a character cut. */
	memset(long_name, 'a', sizeof(long_name));
	long_name[0] = '/';
	strcpy(long_name + SLICE_NAME_SIZE - 1, "üb");
	assert_int_equal(adoption_place(long_name, place, manager), 0);
	assert_int_equal(strlen(manager), SLICE_NAME_SIZE - 2);
	assert_true(text_is_clean(manager));
}

static void test_own(void **state)
{
	assert_true(adoption_is_own("/kvrm.slice"));
	assert_true(adoption_is_own("/kvrm.slice/kvrm-guest-" UUID ".service"));
	assert_false(adoption_is_own("/kvrm.slices/a"));
	assert_false(adoption_is_own("/machine.slice/kvrm.slice"));
	assert_false(adoption_is_own("/"));
}

static void test_is_qemu(void **state)
{
	assert_true(adoption_is_qemu("qemu-system-x86"));
	assert_true(adoption_is_qemu("qemu-kvm"));
	assert_true(adoption_is_qemu("kvm"));
	assert_false(adoption_is_qemu("qemu-img"));
	assert_false(adoption_is_qemu("bash"));
	assert_false(adoption_is_qemu(""));
}

#define MIB (UINT64_C(1) << 20)

static void test_arguments(void **state)
{
	static const struct {
		const char *arguments;
		size_t size;
		const char *name, *uuid;
		uint32_t vcpus;
		uint64_t memory_bytes;
	} cases[] = {
#define ARGUMENTS(text) text, sizeof(text)
		/* As libvirt starts it. */
		{ ARGUMENTS("/usr/bin/qemu-system-x86_64\0-name\0guest=web,debug-threads=on\0-m\0"
			    "size=1048576k\0-smp\0002,sockets=2,cores=1,threads=1\0-uuid\0" UUID),
		  "web", UUID, 2, 1024 * MIB },
		/* As Proxmox VE does. */
		{ ARGUMENTS("/usr/bin/kvm\0-id\000100\0-name\0db,debug-threads=on\0-smp\0"
			    "4,sockets=1,cores=4,maxcpus=4\0-m\0002048"),
		  "db", "", 4, 2048 * MIB },
		/* As people do. */
		{ ARGUMENTS("qemu-system-x86_64\0--name\0a,,b c\0-m\0001.5G\0-uuid\0"
			    "6D8F1B1E-0000-4000-8000-0123456789AB"),
		  "a-b-c", UUID, 1, 1536 * MIB },
		{ ARGUMENTS("qemu-system-x86_64\0-m\0maxmem=8G,size=4G,slots=2\0-smp\0cpus=3"), "",
		  "", 3, 4096 * MIB },
		{ ARGUMENTS("qemu-system-x86_64"), "", "", 1, 128 * MIB },
		{ ARGUMENTS(""), "", "", 1, 128 * MIB },
		/* An option at the end, without its value; values that are none. */
		{ ARGUMENTS("qemu\0-name"), "", "", 1, 128 * MIB },
		{ ARGUMENTS("qemu\0-smp\0x\0-m\0x\0-uuid\0x\0-name\0"), "", "", 1, 128 * MIB },
		{ ARGUMENTS("qemu\0-m\00012Q\0-name\0debug-threads=on\0-smp\000sockets=2"), "", "",
		  1, 128 * MIB },
		/* A value that looks like an option. */
		{ ARGUMENTS("qemu\0-name\0-m\0-m\000256"), "-m", "", 1, 256 * MIB },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_definition_ struct definition *d = definition_new();

		adoption_read_arguments(d, cases[i].arguments, cases[i].size);
		assert_string_equal(d->name, cases[i].name);
		assert_string_equal(d->uuid, cases[i].uuid);
		assert_int_equal(d->vcpus, cases[i].vcpus);
		assert_int_equal(d->memory_bytes, cases[i].memory_bytes);
	}
}

/* A command line that does not end with a NUL, because it was cut off. */
static void test_cut_arguments(void **state)
{
	static const char text[] = "qemu\0-name\0web\0-m\000512";

	for (size_t size = 0; size < sizeof(text); size++) {
		_cleanup_definition_ struct definition *d = definition_new();
		/* As process_read() has it. */
		char *copy = calloc(1, size + 1);

		memcpy(copy, text, size);
		adoption_read_arguments(d, copy, size);
		free(copy);
		assert_true(strlen(d->name) <= 3);
	}
}

static void test_long_name(void **state)
{
	_cleanup_definition_ struct definition *d = definition_new();
	char text[300] = "qemu\0-name\0";

	memset(text + 11, 'x', 200);
	adoption_read_arguments(d, text, 212);
	assert_int_equal(strlen(d->name), DEFINITION_NAME_MAX);
	assert_true(text_is_name(d->name, DEFINITION_NAME_MAX));
}

static void test_name(void **state)
{
	static const struct {
		const char *place, *name;
	} cases[] = {
		{ "/machine.slice/web.service", "web" },
		{ "/qemu.slice/100.scope", "100" },
		{ "/system.slice/run-u12.service", "run-u12" },
		{ "/by.hand", "by.hand" },
		{ "/a\\x2db.scope", "a-x2db" },
	};
	_cleanup_definition_ struct definition *d = definition_new();

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		adoption_name(d, cases[i].place);
		assert_string_equal(d->name, cases[i].name);
	}
}

static void test_uuid(void **state)
{
	static const char boot[] = "0123456789abcdef0123456789abcdef";
	char one[37], other[37];

	adoption_uuid("/a", boot, 5, one);
	assert_true(text_is_uuid(one));
	assert_int_equal(one[14], '8');
	assert_non_null(strchr("89ab", one[19]));
	adoption_uuid("/a", boot, 5, other);
	assert_string_equal(one, other);
	adoption_uuid("/b", boot, 5, other);
	assert_string_not_equal(one, other);
	adoption_uuid("/a", boot, 6, other);
	assert_string_not_equal(one, other);
	adoption_uuid("/a", "1123456789abcdef0123456789abcdef", 5, other);
	assert_string_not_equal(one, other);
}

static struct system *make(void)
{
	struct definition *d = definition_new();
	struct system *system;

	strcpy(d->name, "web");
	strcpy(d->uuid, UUID);
	d->vcpus = 3;
	d->memory_bytes = 5 * MIB;
	d->cpu.limit_us = 250000;
	d->cpu.vcpu_limit_us = 125000;
	system = system_new(d);
	system->adoption = calloc(1, sizeof(*system->adoption));
	system->adoption->pid = 4242;
	system->adoption->start_ticks = UINT64_MAX;
	strcpy(system->adoption->boot, "0123456789abcdef0123456789abcdef");
	strcpy(system->adoption->manager, ADOPTION_LIBVIRT);
	strcpy(system->control_group, "/machine.slice/machine-qemu\\x2d1\\x2dweb.scope");
	return system;
}

static void test_json(void **state)
{
	struct system *one = make(), *other = NULL;
	_cleanup_free_ char *text = NULL;

	assert_int_equal(adoption_to_json(one, &text), 0);
	assert_int_equal(adoption_from_json(text, &other, NULL), 0);
	assert_string_equal(other->definition->name, "web");
	assert_string_equal(other->definition->uuid, UUID);
	assert_int_equal(other->definition->vcpus, 3);
	assert_int_equal(other->definition->memory_bytes, 5 * MIB);
	assert_int_equal(other->definition->cpu.limit_us, 250000);
	assert_int_equal(other->definition->cpu.vcpu_limit_us, 125000);
	assert_string_equal(other->definition->pool, POOL_HOST);
	assert_memory_equal(other->adoption, one->adoption, sizeof(*one->adoption));
	assert_string_equal(other->control_group, one->control_group);
	assert_int_equal(other->main_pid, 4242);
	system_free(one);
	system_free(other);
}

/* A key that is missing, or of another kind, is named. */
static void test_bad_json(void **state)
{
	static const char *const keys[] = { "name",	    "uuid",	    "boot",
					    "manager",	    "cgroup",	    "pid",
					    "start-ticks",  "vcpus",	    "memory-bytes",
					    "cpu-limit-us", "vcpu-limit-us" };
	struct system *system = make(), *none = NULL;
	_cleanup_free_ char *text = NULL;

	assert_int_equal(adoption_to_json(system, &text), 0);
	system_free(system);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		_cleanup_free_ char *copy = strdup(text), *error = NULL;
		char quoted[32], *at;

		snprintf(quoted, sizeof(quoted), "\"%s\"", keys[i]);
		at = strstr(copy, quoted);
		assert_non_null(at);
		at[1] = 'X';
		assert_int_equal(adoption_from_json(copy, &none, &error), -EINVAL);
		assert_memory_equal(error, keys[i], strlen(keys[i]));
	}
	assert_int_equal(adoption_from_json("", &none, NULL), -EINVAL);
	assert_int_equal(adoption_from_json("[]", &none, NULL), -EINVAL);
	assert_null(none);
}

/* Nothing but limits is for others to decide. */
static void test_operations(void **state)
{
	struct system *system = make();

	system_set_state(system, SYSTEM_ACTIVE, "");
	for (int op = 0; op < SYSTEM_OP_COUNT; op++) {
		_cleanup_free_ char *error = NULL;
		int r = system_check(system, op, &error);

		if (op == SYSTEM_OP_ALLOCATE) {
			assert_int_equal(r, 0);
			continue;
		}
		assert_int_equal(r, -ESTALE);
		assert_non_null(strstr(error,
				       "web is adopted: it is managed by libvirt, and cannot be "));
	}
	system_free(system);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_place),	  cmocka_unit_test(test_foreign_names),
		cmocka_unit_test(test_own),	  cmocka_unit_test(test_is_qemu),
		cmocka_unit_test(test_arguments), cmocka_unit_test(test_cut_arguments),
		cmocka_unit_test(test_long_name), cmocka_unit_test(test_name),
		cmocka_unit_test(test_uuid),	  cmocka_unit_test(test_json),
		cmocka_unit_test(test_bad_json),  cmocka_unit_test(test_operations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
