// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * GetStatistics over a bus: what the kernel counts of memory and pressure, what QEMU's threads ran, what the module tells
 * of NICs, and nothing of what is not known.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/serve/client.h"

#define SYSTEM "org.kvrm1.VirtualSystem"
#define UUID   "6d8f1b1e-0000-4000-8000-0123456789ab"
#define PATH   "/org/kvrm1/system/6d8f1b1e_0000_4000_8000_0123456789ab"

static struct vm_sample *sample;

static int setup(void **state_)
{
	struct definition *d;
	struct system *system;

	driver_open();
	client_open(&operations);
	d = definition_new();
	strcpy(d->name, "web");
	strcpy(d->uuid, UUID);
	system = system_new(d);
	assert_int_equal(host_add(&host, system), 0);
	sample = &system->sample;
	sample->time_us = 1;
	return 0;
}

static void set_count(enum kvrm_count count, uint64_t value)
{
	sample->counts.known |= KVRM_COUNT_BIT(count);
	sample->counts.value[count] = value;
}

/* The value of a key, entered; NULL: it is not there. To be unreferenced. */
static sd_bus_message *find(const char *key, const char *type)
{
	sd_bus_message *reply = call(PATH, SYSTEM, "GetStatistics", "");
	const char *name;

	assert_false(sd_bus_message_is_method_error(reply, NULL));
	assert_true(sd_bus_message_enter_container(reply, 'a', "{sv}") > 0);
	while (sd_bus_message_enter_container(reply, 'e', "sv") > 0) {
		assert_true(sd_bus_message_read(reply, "s", &name) > 0);
		if (!strcmp(name, key)) {
			assert_true(sd_bus_message_enter_container(reply, 'v', type) > 0);
			return reply;
		}
		assert_true(sd_bus_message_skip(reply, "v") > 0);
		assert_true(sd_bus_message_exit_container(reply) > 0);
	}
	sd_bus_message_unref(reply);
	return NULL;
}

static void expect_next(sd_bus_message *reply, const char *name, uint64_t value)
{
	const char *found;
	uint64_t number;

	assert_true(sd_bus_message_read(reply, "{st}", &found, &number) > 0);
	assert_string_equal(found, name);
	assert_int_equal(number, value);
}

static void expect_end(sd_bus_message *reply)
{
	assert_int_equal(sd_bus_message_at_end(reply, 0), 1);
	sd_bus_message_unref(reply);
}

static sd_bus_message *find_counts(const char *key)
{
	sd_bus_message *reply = find(key, "a{st}");

	assert_non_null(reply);
	assert_true(sd_bus_message_enter_container(reply, 'a', "{st}") > 0);
	return reply;
}

/* The number of a key of the first NIC; that of one that is not there fails. */
static uint64_t nic_number(const char *key)
{
	sd_bus_message *reply = find("NICs", "aa{sv}");
	const char *name;
	uint64_t number;

	assert_non_null(reply);
	assert_true(sd_bus_message_enter_container(reply, 'a', "a{sv}") > 0);
	assert_true(sd_bus_message_enter_container(reply, 'a', "{sv}") > 0);
	while (sd_bus_message_enter_container(reply, 'e', "sv") > 0) {
		assert_true(sd_bus_message_read(reply, "s", &name) > 0);
		if (!strcmp(name, key)) {
			assert_true(sd_bus_message_read(reply, "v", "t", &number) > 0);
			sd_bus_message_unref(reply);
			return number;
		}
		assert_true(sd_bus_message_skip(reply, "v") > 0);
		assert_true(sd_bus_message_exit_container(reply) > 0);
	}
	fail_msg("there is no %s", key);
	return 0;
}

/* Dropped packets, all of them and by their reasons. */
static void test_nics(void **state_)
{
	struct definition *d = host.systems[0]->definition;

	d->nics = calloc(1, sizeof(*d->nics));
	assert_non_null(d->nics);
	d->n_nics = 1;
	sample->nics[0] = (struct nic_sample){
		.known = true,
		.flows = { [NIC_TO_GUEST] = { .dropped = { [KVRM_DROP_FULL] = 100,
							   [KVRM_DROP_DEVICE] = 20,
							   [KVRM_DROP_MEMORY] = 3 } },
			   [NIC_FROM_GUEST] = { .dropped = { [KVRM_DROP_MEMORY] = 4 } } },
	};
	assert_int_equal(nic_number("ToGuestDroppedPackets"), 123);
	assert_int_equal(nic_number("ToGuestDroppedFull"), 100);
	assert_int_equal(nic_number("ToGuestDroppedDevice"), 20);
	assert_int_equal(nic_number("ToGuestDroppedMemory"), 3);
	assert_int_equal(nic_number("FromGuestDroppedPackets"), 4);
	assert_int_equal(nic_number("FromGuestDroppedFull"), 0);
	assert_int_equal(nic_number("FromGuestDroppedMemory"), 4);
}

static void test_known(void **state_)
{
	sd_bus_message *reply;
	uint64_t bytes;

	sample->known = VM_KNOWS_SWAPPED;
	sample->swapped_bytes = 8192;
	for (int i = 0; i < KVRM_COUNTS_N; i++)
		set_count(i, 100 + (uint64_t)i);
	reply = find("MemorySwapped", "t");
	assert_non_null(reply);
	assert_true(sd_bus_message_read(reply, "t", &bytes) > 0);
	assert_int_equal(bytes, 8192);
	sd_bus_message_unref(reply);

	reply = find_counts("MemoryFaults");
	expect_next(reply, "minor", 100 + KVRM_COUNT_FAULT_MINOR);
	expect_next(reply, "major", 100 + KVRM_COUNT_FAULT_MAJOR);
	expect_end(reply);
	reply = find_counts("MemorySwap");
	expect_next(reply, "in", 100 + KVRM_COUNT_SWAP_IN);
	expect_next(reply, "out", 100 + KVRM_COUNT_SWAP_OUT);
	expect_end(reply);
	reply = find_counts("MemoryScanned");
	expect_next(reply, "kswapd", 100 + KVRM_COUNT_SCAN_KSWAPD);
	sd_bus_message_unref(reply);
	reply = find_counts("MemoryReclaimed");
	expect_next(reply, "kswapd", 100 + KVRM_COUNT_RECLAIM_KSWAPD);
	sd_bus_message_unref(reply);
	reply = find_counts("CPUPressure");
	expect_next(reply, "some", 100 + KVRM_COUNT_CPU_SOME);
	expect_next(reply, "full", 100 + KVRM_COUNT_CPU_FULL);
	expect_end(reply);
	reply = find_counts("MemoryPressure");
	expect_next(reply, "some", 100 + KVRM_COUNT_MEMORY_SOME);
	sd_bus_message_unref(reply);
	reply = find_counts("IOPressure");
	expect_next(reply, "some", 100 + KVRM_COUNT_IO_SOME);
	sd_bus_message_unref(reply);
}

static void test_partly_known(void **state_)
{
	static const char *const none[] = { "MemoryFaults",    "MemorySwap",   "MemoryScanned",
					    "MemoryReclaimed", "CPUPressure",  "MemoryPressure",
					    "IOPressure",      "MemorySwapped" };
	sd_bus_message *reply;

	set_count(KVRM_COUNT_EVENT_HIGH, 0);
	set_count(KVRM_COUNT_EVENT_OOM_KILL, 1);
	reply = find_counts("MemoryEvents");
	expect_next(reply, "high", 0);
	expect_next(reply, "oom_kill", 1);
	expect_end(reply);
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		assert_null(find(none[i], ""));
}

static void test_overhead(void **state_)
{
	sd_bus_message *reply;

	assert_null(find("CPUOverhead", ""));
	sample->overhead_known = 1 << KVRM_CPU_OVERHEAD_EMULATOR | 1 << KVRM_CPU_OVERHEAD_VHOST;
	sample->overhead_ns[KVRM_CPU_OVERHEAD_EMULATOR] = 1234567;
	sample->overhead_ns[KVRM_CPU_OVERHEAD_VHOST] = 0;
	reply = find_counts("CPUOverhead");
	expect_next(reply, "emulator", 1234);
	expect_next(reply, "vhost", 0);
	expect_end(reply);
}

/* The number of a key of the first virtual CPU. */
static bool find_of_vcpu(const char *key, uint64_t *ret_value)
{
	sd_bus_message *reply = find("VCPUs", "aa{sv}");
	bool found = false;
	const char *name;

	assert_non_null(reply);
	assert_true(sd_bus_message_enter_container(reply, 'a', "a{sv}") > 0);
	assert_true(sd_bus_message_enter_container(reply, 'a', "{sv}") > 0);
	while (!found && sd_bus_message_enter_container(reply, 'e', "sv") > 0) {
		assert_true(sd_bus_message_read(reply, "s", &name) > 0);
		found = !strcmp(name, key);
		if (found)
			assert_true(sd_bus_message_read(reply, "v", "t", ret_value) > 0);
		else
			assert_true(sd_bus_message_skip(reply, "v") > 0);
		assert_true(sd_bus_message_exit_container(reply) > 0);
	}
	sd_bus_message_unref(reply);
	return found;
}

static void test_modes(void **state_)
{
	struct vcpu_sample *vcpu = vm_sample_vcpu(sample, 0);
	uint64_t value;

	assert_non_null(vcpu);
	vcpu_sample_set(vcpu, KVRM_A_VCPU_RUNNING_NS, 6);
	assert_false(find_of_vcpu("Guest", &value));
	vcpu_sample_set(vcpu, KVRM_A_VCPU_GUEST_NS, 3);
	vcpu_sample_set(vcpu, KVRM_A_VCPU_KERNEL_NS, 2);
	vcpu_sample_set(vcpu, KVRM_A_VCPU_USER_NS, 1);
	assert_true(find_of_vcpu("Guest", &value));
	assert_int_equal(value, 3);
	assert_true(find_of_vcpu("Kernel", &value));
	assert_int_equal(value, 2);
	assert_true(find_of_vcpu("User", &value));
	assert_int_equal(value, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, client_close)

int main(void)
{
	const struct CMUnitTest tests[] = { TEST(test_known), TEST(test_partly_known),
					    TEST(test_nics), TEST(test_overhead),
					    TEST(test_modes) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
