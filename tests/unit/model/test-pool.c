// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pools: keys and their ranges, the host's tree, admission and its sentences.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/model/admission.h"
#include "daemon/model/error.h"
#include "daemon/model/host.h"

static void expect_invalid(const struct pool_definition *d, const char *part)
{
	_cleanup_free_ char *error = NULL;

	assert_int_equal(pool_definition_validate(d, 2000000, &error), -EINVAL);
	if (!strstr(error, part))
		fail_msg("'%s' does not say '%s'", error, part);
}

static void test_rules(void **state)
{
	_cleanup_pool_definition_ struct pool_definition *d = pool_definition_new("");

	expect_invalid(d, "name: is missing");
	strcpy(d->name, "host");
	expect_invalid(d, "name: 'host' is the root pool's");
	strcpy(d->name, "a b");
	expect_invalid(d, "name: 'a b' is not 1 to 63 of A-Z a-z 0-9 . _ -");
	strcpy(d->name, "web");
	assert_int_equal(pool_definition_validate(d, 2000000, NULL), 0);
	assert_string_equal(d->parent, "host");
	assert_int_equal(d->cpu.weight, 100);
	assert_true(d->expandable);
	assert_true(d->memory_expandable);
	strcpy(d->parent, "/");
	expect_invalid(d, "parent: '/'");
	strcpy(d->parent, "host");
	d->cpu.limit_us = 9999;
	expect_invalid(d, "cpu-limit: 9999 us per second is below 10000");
	d->cpu.limit_us = 2000001;
	expect_invalid(d, "cpu-limit: 2000001 us per second is above the host's 2000000");
	d->cpu.limit_us = 500000;
	d->cpu.reservation_us = 500001;
	expect_invalid(d, "cpu-reservation: 500001 us per second is above the cpu-limit of 500000");
	d->cpu.reservation_us = 500000;
	d->cpu.weight = 0;
	expect_invalid(d, "cpu-weight: 0 is not 1 to 10000");
	d->cpu.weight = 10000;
	d->memory.reservation_bytes = 4096;
	expect_invalid(d, "memory-reservation: 4096 bytes is not a multiple of 1M from 0 to 16T");
	d->memory.reservation_bytes = DEFINITION_MEMORY_MAX_BYTES + DEFINITION_MEMORY_UNIT;
	expect_invalid(d, "memory-reservation: 17592187092992 bytes is not a multiple");
	d->memory.reservation_bytes = DEFINITION_MEMORY_MAX_BYTES;
	d->description = malloc(257);
	memset(d->description, 'x', 256);
	d->description[256] = '\0';
	expect_invalid(d, "description: longer than 255 bytes");
	d->description[255] = '\0';
	assert_int_equal(pool_definition_validate(d, 2000000, NULL), 0);
}

static sd_bus_message *new_message(sd_bus **ret_bus)
{
	sd_bus_message *m = NULL;
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_true(sd_bus_new(ret_bus) >= 0);
	assert_true(sd_bus_set_fd(*ret_bus, pair[0], pair[0]) >= 0);
	assert_true(sd_bus_start(*ret_bus) >= 0);
	close(pair[1]);
	assert_true(sd_bus_message_new_signal(*ret_bus, &m, "/x", "x.y", "Z") >= 0);
	return m;
}

static int read_keys(enum pool_keys keys, struct pool_definition *d, char **ret_error,
		     const char *types, ...)
{
	sd_bus *bus = NULL;
	sd_bus_message *m = new_message(&bus);
	va_list args;
	int r;

	va_start(args, types);
	assert_true(sd_bus_message_appendv(m, types, args) >= 0);
	va_end(args);
	assert_true(sd_bus_message_seal(m, 1, 0) >= 0);
	r = pool_definition_read_bus(m, keys, d, ret_error);
	sd_bus_message_unref(m);
	sd_bus_close_unref(bus);
	return r;
}

static void test_from_bus(void **state)
{
	_cleanup_pool_definition_ struct pool_definition *d = pool_definition_new("");
	_cleanup_free_ char *name = NULL, *type = NULL, *unknown = NULL, *root = NULL;

	assert_int_equal(read_keys(POOL_KEYS_ALL, d, NULL, "a{sv}", 11, "Name", "s", "web",
				   "Description", "s", "for the shop", "Parent", "s", "all",
				   "ProcessorReservation", "t", UINT64_C(250000), "ProcessorLimit",
				   "t", UINT64_C(500000), "ProcessorWeight", "u", 7,
				   "ProcessorExpandable", "b", 0, "MemoryReservation", "t",
				   UINT64_C(1048576), "MemoryExpandable", "b", 0, "MemoryWeight",
				   "u", 3, "MemoryLimit", "t", UINT64_C(33554432)),
			 0);
	assert_string_equal(d->name, "web");
	assert_string_equal(d->description, "for the shop");
	assert_string_equal(d->parent, "all");
	assert_int_equal(d->cpu.reservation_us, 250000);
	assert_int_equal(d->cpu.limit_us, 500000);
	assert_int_equal(d->cpu.weight, 7);
	assert_false(d->expandable);
	assert_int_equal(d->memory.reservation_bytes, 1048576);
	assert_int_equal(d->memory.weight, 3);
	assert_int_equal(d->memory.limit_bytes, 33554432);
	assert_false(d->memory_expandable);
	assert_int_equal(read_keys(POOL_KEYS_CHANGE, d, NULL, "a{sv}", 1, "ProcessorWeight", "u",
				   9),
			 0);
	assert_int_equal(d->cpu.weight, 9);
	assert_int_equal(d->cpu.limit_us, 500000);
	assert_int_equal(read_keys(POOL_KEYS_CHANGE, d, &name, "a{sv}", 1, "Name", "s", "x"),
			 -EINVAL);
	assert_non_null(strstr(name, "unknown key 'Name'"));
	assert_non_null(strstr(name, "keys are Description ProcessorReservation"));
	assert_int_equal(read_keys(POOL_KEYS_ALL, d, &type, "a{sv}", 1, "ProcessorWeight", "t",
				   UINT64_C(1)),
			 -EINVAL);
	assert_string_equal(type, "ProcessorWeight: is of type t, not u");
	assert_int_equal(read_keys(POOL_KEYS_ALL, d, &unknown, "a{sv}", 1, "Colour", "s", "red"),
			 -EINVAL);
	assert_non_null(strstr(unknown, "unknown key 'Colour'; keys are Name Parent"));
	assert_int_equal(read_keys(POOL_KEYS_NOTHING, d, &root, "a{sv}", 1, "ProcessorWeight", "u",
				   1),
			 -EINVAL);
	assert_string_equal(root, "key 'ProcessorWeight' of the root pool cannot be set; keys "
				  "are Description");
}

static void test_json(void **state)
{
	_cleanup_pool_definition_ struct pool_definition *d = pool_definition_new("web"),
							 *back = NULL, *root = NULL;
	_cleanup_free_ char *text = NULL, *error = NULL, *root_text = NULL;

	strcpy(d->parent, "all");
	d->description = strdup("a \"b\"");
	d->cpu = (struct cpu_allocation){ 250000, 500000, 10000 };
	d->expandable = false;
	d->memory.reservation_bytes = UINT64_C(3) << 40;
	d->memory.weight = 9999;
	d->memory.limit_bytes = UINT64_C(4) << 40;
	d->memory_expandable = false;
	assert_int_equal(pool_definition_to_json(d, &text), 0);
	assert_int_equal(pool_definition_from_json(text, &back, NULL), 0);
	assert_string_equal(back->name, "web");
	assert_string_equal(back->parent, "all");
	assert_string_equal(back->description, "a \"b\"");
	assert_true(cpu_allocation_equal(&back->cpu, &d->cpu));
	assert_false(back->expandable);
	assert_int_equal(back->memory.reservation_bytes, UINT64_C(3) << 40);
	assert_int_equal(back->memory.weight, 9999);
	assert_int_equal(back->memory.limit_bytes, UINT64_C(4) << 40);
	assert_false(back->memory_expandable);
	/* The root has its description there and nothing else. */
	strcpy(d->name, "host");
	d->parent[0] = '\0';
	assert_int_equal(pool_definition_to_json(d, &root_text), 0);
	assert_int_equal(pool_definition_from_json(root_text, &root, NULL), 0);
	assert_string_equal(root->description, "a \"b\"");
	assert_string_equal(root->parent, "");
	assert_int_equal(pool_definition_from_json("{\"name\":\"x\",\"colour\":1}", &root, &error),
			 -EINVAL);
	assert_string_equal(error, "unknown key 'colour'");
}

/* Two CPUs, a tenth of one for the host: 1.9 to give. */
static int set_up(void **state)
{
	struct host *host = malloc(sizeof(*host));

	assert_int_equal(host_init(host), 0);
	host_set_capacity(host, 2000000, UINT64_MAX);
	*state = host;
	return 0;
}

static int tear_down(void **state)
{
	host_deinit(*state);
	free(*state);
	return 0;
}

static struct pool *add_pool(struct host *host, const char *name, const char *parent,
			     uint64_t reservation_us, bool expandable)
{
	struct pool_definition *d = pool_definition_new(name);
	struct pool *pool;

	strcpy(d->parent, parent);
	d->cpu.reservation_us = reservation_us;
	d->expandable = expandable;
	pool = pool_new(d);
	assert_int_equal(host_add_pool(host, pool), 0);
	admission_place(host, pool);
	return pool;
}

static struct system *add_system(struct host *host, const char *name, const char *pool,
				 uint64_t reservation_us)
{
	struct definition *d = definition_new();
	struct system *system;

	strcpy(d->name, name);
	strcpy(d->uuid, name);
	strcpy(d->pool, pool);
	d->cpu.reservation_us = reservation_us;
	system = system_new(d);
	assert_int_equal(host_add(host, system), 0);
	return system;
}

static uint64_t reserved(const struct pool *pool)
{
	return pool->node.reserved[KVRM_RESOURCE_CPU];
}

static void test_host(void **state)
{
	struct host *host = *state;
	struct pool *web = add_pool(host, "web", "host", 0, true);
	const char *chain[SLICE_CHAIN_MAX];

	assert_ptr_equal(host_find_pool(host, "host"), host->root);
	assert_ptr_equal(host_find_pool(host, "web"), web);
	assert_null(host_find_pool(host, "we"));
	assert_true(pool_is_root(host->root));
	assert_false(pool_is_root(web));
	assert_int_equal(host->cpu_reserve_us, 100000);
	assert_int_equal(host->root->node.share[KVRM_RESOURCE_CPU].reservation, 1900000);
	host_set_capacity(host, 64000000, UINT64_MAX);
	assert_int_equal(host->cpu_reserve_us, 3200000);
	host_set_capacity(host, 2000000, 500000);
	assert_int_equal(host->root->node.share[KVRM_RESOURCE_CPU].reservation, 1500000);
	assert_int_equal(pool_chain(host->root, chain), 0);
	assert_int_equal(pool_chain(add_pool(host, "front", "web", 0, true), chain), 2);
	assert_string_equal(chain[0], "web");
	assert_string_equal(chain[1], "front");
	add_system(host, "a", "web", 0);
	assert_int_equal(host_count_members(host, web), 2);
	assert_int_equal(host_count_members(host, host->root), 1);
}

static void test_start_and_end(void **state)
{
	struct host *host = *state;
	struct pool *web = add_pool(host, "web", "host", 1000000, false);
	struct system *a = add_system(host, "a", "web", 750000);
	struct system *b = add_system(host, "b", "web", 500000);
	_cleanup_free_ char *error = NULL, *again = NULL;

	assert_int_equal(reserved(web), 0);
	assert_int_equal(admission_enter(host, a, NULL), 0);
	assert_int_equal(reserved(web), 750000);
	assert_int_equal(admission_enter(host, b, &error), ERROR_INSUFFICIENT);
	assert_string_equal(error, "cpu-reservation: pool 'web' lacks 0.25 CPU (250000 us per "
				   "second): it has 750000 reserved of 1000000");
	assert_int_equal(reserved(web), 750000);
	assert_null(b->node.parent);
	assert_int_equal(host->admitted, 1);
	assert_int_equal(host->refused, 1);
	/* One that was found running is in nevertheless. */
	assert_int_equal(admission_enter_found(host, b, &again), ERROR_INSUFFICIENT);
	assert_string_equal(again, error);
	assert_int_equal(reserved(web), 1250000);
	assert_int_equal(kvrm_shortfall(&web->node, KVRM_RESOURCE_CPU), 250000);
	system_ended(a, "");
	assert_int_equal(reserved(web), 500000);
	system_ended(a, "");
	system_ended(b, "");
	assert_int_equal(reserved(web), 0);
}

/* An expandable pool borrows, and it is the root that lacks. */
static void test_borrowing(void **state)
{
	struct host *host = *state;
	struct pool *web;
	struct system *a, *b;
	_cleanup_free_ char *error = NULL;

	web = add_pool(host, "web", "host", 500000, true);
	add_pool(host, "other", "host", 400000, false);
	a = add_system(host, "a", "web", 1500000);
	b = add_system(host, "b", "web", 10001);
	assert_int_equal(admission_enter(host, a, NULL), 0);
	assert_int_equal(reserved(host->root), 1900000);
	assert_int_equal(kvrm_unreserved(&web->node, KVRM_RESOURCE_CPU), 0);
	assert_int_equal(admission_enter(host, b, &error), ERROR_INSUFFICIENT);
	assert_string_equal(error, "cpu-reservation: pool 'host' lacks 0.010001 CPU (10001 us per "
				   "second): it has 1900000 reserved of 1900000");
	system_ended(a, "");
}

static int change(struct host *host, struct pool *pool, uint64_t reservation_us, uint64_t limit_us,
		  const char *parent, char **ret_error)
{
	struct pool_definition d = *pool->definition;
	struct kvrm_edit edit;

	d.cpu.reservation_us = reservation_us;
	d.cpu.limit_us = limit_us;
	kvrm_edit_init(&edit, &pool->node);
	pool_share(&d, edit.share);
	if (parent)
		edit.parent = &host_find_pool(host, parent)->node;
	return admission_apply(host, &edit, 1, ret_error);
}

static void test_sentences(void **state)
{
	struct host *host = *state;
	struct pool *web = add_pool(host, "web", "host", 1000000, false);
	struct pool *front = add_pool(host, "front", "web", 0, true);
	struct system *a = add_system(host, "a", "front", 600000);
	_cleanup_free_ char *shrunk = NULL, *limit = NULL, *above = NULL, *cycle = NULL;

	assert_int_equal(admission_enter(host, a, NULL), 0);
	assert_int_equal(change(host, web, 500000, 0, NULL, &shrunk), ERROR_INSUFFICIENT);
	assert_string_equal(shrunk, "cpu-reservation: pool 'web' lacks 0.1 CPU (100000 us per "
				    "second): it has 600000 reserved of 1000000");
	assert_int_equal(change(host, front, 0, 500000, NULL, &limit), ERROR_INSUFFICIENT);
	assert_non_null(strstr(limit, "the limit of pool 'front' lacks 0.1 CPU"));
	assert_int_equal(change(host, web, 3900000, 0, NULL, &above), ERROR_INSUFFICIENT);
	assert_string_equal(above, "cpu-reservation: pool 'host' lacks 2 CPU (2000000 us per "
				   "second) for pool 'web': it has 1900000 in all");
	assert_int_equal(change(host, web, 1000000, 0, "front", &cycle), ERROR_INVALID_ARGUMENT);
	assert_string_equal(cycle, "parent: pool 'web' would lie below itself");
	system_ended(a, "");
}

/* 2 GiB, of which the host keeps the least it can: 1.5 GiB to give; each QEMU takes 8 MiB, and 1 for tables. */
static void test_memory(void **state)
{
	const uint64_t mib = DEFINITION_MEMORY_UNIT;
	struct host *host = *state;
	struct pool *web = add_pool(host, "web", "host", 0, true);
	struct kvrm_share *share = &web->node.share[KVRM_RESOURCE_MEMORY];
	_cleanup_free_ char *lacks = NULL, *above = NULL;
	struct system *a, *b;

	host_set_memory(host, 2048 * mib, UINT64_MAX);
	assert_int_equal(host->memory_reserve_bytes, 512 * mib);
	host->overhead_base_bytes = 8 * mib;
	a = add_system(host, "a", "web", 0);
	a->definition->memory_bytes = 64 * mib;
	a->overhead_bytes = definition_overhead(a->definition, host->overhead_base_bytes);
	b = add_system(host, "b", "web", 0);
	assert_int_equal(b->overhead_bytes, 8 * mib);
	a->definition->memory.reservation_bytes = 64 * mib;
	assert_int_equal(admission_enter(host, a, NULL), 0);
	assert_int_equal(web->node.reserved[KVRM_RESOURCE_MEMORY], 73 * mib);
	assert_int_equal(pool_memory_min(web), 73 * mib);
	assert_int_equal(pool_memory_min(host->root), 73 * mib);
	assert_int_equal(kvrm_unreserved(&web->node, KVRM_RESOURCE_MEMORY), (1536 - 73) * mib);
	/* Without a reservation a system takes what QEMU needs. */
	share->expandable = false;
	share->reservation = 80 * mib;
	assert_int_equal(admission_enter(host, b, &lacks), ERROR_INSUFFICIENT);
	assert_string_equal(lacks,
			    "memory-reservation: pool 'web' lacks 1M (1048576 bytes): it has "
			    "76546048 reserved of 83886080, with what each QEMU needs");
	assert_null(b->node.parent);
	b->definition->memory.reservation_bytes = 1536 * mib;
	assert_int_equal(admission_enter(host, b, &above), ERROR_INSUFFICIENT);
	assert_string_equal(above, "memory-reservation: pool 'host' lacks 8M (8388608 bytes) for "
				   "'b', with what each QEMU needs: it has 1610612736 in all");
	system_ended(a, "");
	assert_int_equal(web->node.reserved[KVRM_RESOURCE_MEMORY], 0);
}

static void test_host_memory(void **state)
{
	const uint64_t mib = DEFINITION_MEMORY_UNIT;
	struct host *host = *state;
	struct kvrm_share *share = &host->root->node.share[KVRM_RESOURCE_MEMORY];

	/* A twentieth, in whole pages. */
	host_set_memory(host, 20480 * mib + 4096, UINT64_MAX);
	assert_int_equal(host->memory_reserve_bytes, 1024 * mib + 4096);
	assert_int_equal(share->reservation, (20480 - 1024) * mib);
	assert_int_equal(host->root->definition->memory.reservation_bytes, share->reservation);
	host_set_memory(host, 256 * mib, UINT64_MAX);
	assert_int_equal(share->reservation, 0);
	host_set_memory(host, 256 * mib, 0);
	assert_int_equal(share->reservation, 256 * mib);
	assert_int_equal(host->sample.memory_capacity_bytes, 256 * mib);
}

static void test_depth(void **state)
{
	struct host *host = *state;
	_cleanup_free_ char *error = NULL;
	struct pool *loose;
	char parent[16] = "host", name[16];

	for (int i = 0; i < 7; i++) {
		snprintf(name, sizeof(name), "p%d", i);
		add_pool(host, name, parent, 0, true);
		strcpy(parent, name);
	}
	assert_int_equal(admission_enter(host, add_system(host, "a", "p6", 1), NULL), 0);
	loose = add_pool(host, "loose", "host", 0, true);
	assert_int_equal(change(host, loose, 0, 0, "p6", &error), ERROR_INVALID_ARGUMENT);
	assert_string_equal(error, "parent: more than 8 pools would lie above a system in pool "
				   "'loose'");
	system_ended(host_find(host, "a"), "");
}

static void test_no_such_pool(void **state)
{
	struct host *host = *state;
	_cleanup_free_ char *error = NULL;

	assert_int_equal(admission_enter(host, add_system(host, "a", "gone", 1), &error),
			 ERROR_NOT_FOUND);
	assert_string_equal(error, "pool: there is no pool 'gone'");
}

/* Without a loop: reservations are in the weights. */
static void test_static_weights(void **state)
{
	struct host *host = *state;
	struct system *a = add_system(host, "a", "host", 1500000);
	struct system *b = add_system(host, "b", "host", 0);

	assert_int_equal(admission_enter(host, a, NULL), 0);
	assert_int_equal(admission_enter(host, b, NULL), 0);
	host_update_weights(host);
	assert_true(b->node.flow.weight >= KVRM_WEIGHT_MIN);
	assert_in_range(a->node.flow.weight, b->node.flow.weight * 35 / 10,
			b->node.flow.weight * 4);
	assert_int_equal(host->root->node.flow.weight, 1900);
	system_ended(a, "");
	system_ended(b, "");
}

static void test_problems(void **state)
{
	struct host *host = *state;

	assert_int_equal(host_add_problem(host, "pool 'a' has no slice: x"), 0);
	assert_int_equal(host_add_problem(host, "pool 'b' has no slice: x"), 0);
	assert_int_equal(host_add_problem(host, "pool 'a' has no slice: x"), 0);
	assert_int_equal(host->n_problems, 2);
	host_drop_problem(host, "pool 'a' has no slice");
	assert_int_equal(host->n_problems, 1);
	assert_string_equal(host->problems[0], "pool 'b' has no slice: x");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

/* A limit of each virtual CPU is held by one limiter only; that of the module that is loaded. */
static void test_who_limits_virtual_cpus(void **state)
{
	const struct cpu_allocation none = { .weight = 100 };
	const struct cpu_allocation one = { .weight = 100, .vcpu_limit_us = 50000 };
	_cleanup_free_ char *unloaded = NULL, *by_cpu_max = NULL;
	struct host host;

	assert_int_equal(host_init(&host), 0);
	assert_int_equal(host_check_vcpu_limit(&host, &none, NULL), 0);
	assert_int_equal(host_check_vcpu_limit(&host, &one, &unloaded), ERROR_APPLY_FAILED);
	assert_string_equal(unloaded, "vcpu-limit: needs the module, which is not loaded");
	host.sample.module_up = true;
	assert_int_equal(host_check_vcpu_limit(&host, &one, &by_cpu_max), ERROR_APPLY_FAILED);
	assert_string_equal(by_cpu_max, "vcpu-limit: needs the module's limiter task-work, but "
					"limits are held by cpu-max");
	host.sample.cpu_limiter = KVRM_CPU_LIMITER_TASK_WORK;
	assert_int_equal(host_check_vcpu_limit(&host, &one, NULL), 0);
	host_deinit(&host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules), cmocka_unit_test(test_from_bus),
		cmocka_unit_test(test_json),  TEST(test_host),
		TEST(test_start_and_end),     TEST(test_borrowing),
		TEST(test_sentences),	      TEST(test_memory),
		TEST(test_host_memory),	      TEST(test_depth),
		TEST(test_no_such_pool),      TEST(test_static_weights),
		TEST(test_problems),	      cmocka_unit_test(test_who_limits_virtual_cpus),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
