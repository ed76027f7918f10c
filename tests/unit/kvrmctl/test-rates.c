// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rates from two samples.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "tools/kvrmctl/rates.h"
#include "tools/kvrmctl/value.h"

static struct json_object *sample(const char *text)
{
	struct json_object *object = json_tokener_parse(text);

	assert_non_null(object);
	return object;
}

static void test_two_vcpus(void **state)
{
	_cleanup_value_ struct json_object *before =
		sample("{\"SampleTime\":1000000,\"CPUUsage\":0,\"MemoryUsage\":1,\"VCPUs\":["
		       "{\"Running\":0,\"Ready\":0,\"Limited\":0,\"Halted\":0,\"Waiting\":0,"
		       "\"Exits\":10},"
		       "{\"Running\":5,\"Ready\":0,\"Limited\":0,\"Halted\":0,\"Waiting\":0,"
		       "\"Exits\":0}]}");
	_cleanup_value_ struct json_object *after = sample(
		"{\"SampleTime\":3000000,\"CPUUsage\":500000,\"MemoryUsage\":4096,\"VCPUs\":["
		"{\"Running\":200000000,\"Ready\":100000000,\"Limited\":1700000000,\"Halted\":0,"
		"\"Waiting\":0,\"Exits\":30},"
		"{\"Running\":200000005,\"Ready\":0,\"Limited\":0,\"Halted\":1700000000,"
		"\"Waiting\":100000000,\"Exits\":2000}]}");
	struct rates rates;

	assert_true(rates_compute(before, after, &rates));
	assert_int_equal(rates.interval_us, 2000000);
	assert_true(fabs(rates.used - 0.25) < 1e-9);
	assert_true(fabs(rates.running - 0.2) < 1e-9);
	assert_true(fabs(rates.ready - 0.05) < 1e-9);
	assert_true(fabs(rates.limited - 0.85) < 1e-9);
	assert_true(fabs(rates.halted - 0.85) < 1e-9);
	assert_true(fabs(rates.waiting - 0.05) < 1e-9);
	assert_true(fabs(rates.exits_per_s - 1010) < 1e-9);
	assert_int_equal(rates.memory_bytes, 4096);
	assert_true(isnan(rates.memory_active_bytes));
}

static void test_without_module(void **state)
{
	_cleanup_value_ struct json_object *before = sample("{\"SampleTime\":1,\"CPUUsage\":0}");
	_cleanup_value_ struct json_object *after =
		sample("{\"SampleTime\":1000001,\"CPUUsage\":10}");
	struct rates rates;

	assert_true(rates_compute(before, after, &rates));
	assert_true(fabs(rates.used - 0.00001) < 1e-12);
	assert_true(isnan(rates.running));
	assert_true(isnan(rates.exits_per_s));
	assert_int_equal(rates.memory_bytes, 0);
}

/* Of two virtual CPUs; and of QEMU's threads, of which vhost's worker came meanwhile. */
static void test_modes_and_overhead(void **state)
{
	_cleanup_value_ struct json_object *before =
		sample("{\"SampleTime\":1000000,\"CPUOverhead\":{\"emulator\":1000,\"io\":7},"
		       "\"VCPUs\":["
		       "{\"Index\":0,\"Guest\":0,\"Kernel\":9,\"User\":0},"
		       "{\"Index\":1,\"Guest\":5,\"Kernel\":9,\"User\":0}]}");
	_cleanup_value_ struct json_object *after =
		sample("{\"SampleTime\":3000000,\"CPUOverhead\":{\"emulator\":201000,\"io\":7,"
		       "\"vhost\":500000},\"VCPUs\":["
		       "{\"Index\":0,\"Guest\":1000000000,\"Kernel\":9,\"User\":200000000},"
		       "{\"Index\":1,\"Guest\":5,\"Kernel\":100000009,\"User\":0}]}");
	_cleanup_value_ struct json_object *none = sample("{\"SampleTime\":5000000}");
	struct vcpu_rates vcpu;
	struct rates rates;

	assert_true(rates_compute(before, after, &rates));
	assert_true(fabs(rates.guest - 0.5) < 1e-9);
	assert_true(fabs(rates.kernel - 0.05) < 1e-9);
	assert_true(fabs(rates.user - 0.1) < 1e-9);
	assert_true(fabs(rates.emulator - 0.1) < 1e-9);
	assert_true(rates.io == 0);
	assert_true(fabs(rates.vhost - 0.25) < 1e-9);
	assert_true(fabs(rates_overhead(&rates) - 0.35) < 1e-9);
	rates_compute_vcpu(before, after, 1, &vcpu);
	assert_true(vcpu.guest == 0 && vcpu.user == 0);
	assert_true(fabs(vcpu.kernel - 0.05) < 1e-9);
	/* Without vhost's all others; without the module nothing. */
	rates.vhost = NAN;
	assert_true(fabs(rates_overhead(&rates) - 0.1) < 1e-9);
	assert_true(rates_compute(after, none, &rates));
	assert_true(isnan(rates.guest) && isnan(rates.emulator) && isnan(rates.vhost));
	assert_true(isnan(rates_overhead(&rates)));
}

/* Not rates: what the second sample says. */
static void test_demand(void **state)
{
	_cleanup_value_ struct json_object *before =
		sample("{\"SampleTime\":1,\"CPUDemand\":2000000,\"CPUEntitled\":1}");
	_cleanup_value_ struct json_object *after =
		sample("{\"SampleTime\":2,\"CPUDemand\":1500000,\"MemoryActive\":0}");
	struct rates rates;

	assert_true(rates_compute(before, after, &rates));
	assert_true(fabs(rates.demand - 1.5) < 1e-9);
	assert_true(isnan(rates.entitled));
	assert_true(rates.memory_active_bytes == 0);
}

static void test_memory(void **state)
{
	_cleanup_value_ struct json_object *before =
		sample("{\"SampleTime\":1000000,\"MemoryFaults\":{\"minor\":9,\"major\":10},"
		       "\"MemoryPressure\":{\"some\":500,\"full\":0}}");
	_cleanup_value_ struct json_object *after =
		sample("{\"SampleTime\":3000000,\"MemoryFaults\":{\"minor\":10,\"major\":16},"
		       "\"MemoryPressure\":{\"some\":500500,\"full\":7},\"MemorySwapped\":0}");
	_cleanup_value_ struct json_object *none = sample("{\"SampleTime\":5000000}");
	struct rates rates;

	assert_true(rates_compute(before, after, &rates));
	assert_true(rates.memory_swapped_bytes == 0);
	assert_true(fabs(rates.major_faults_per_s - 3) < 1e-9);
	assert_true(fabs(rates.memory_pressure - 0.25) < 1e-9);
	assert_true(rates_compute(after, none, &rates));
	assert_true(isnan(rates.memory_swapped_bytes));
	assert_true(isnan(rates.major_faults_per_s));
	assert_true(isnan(rates.memory_pressure));
}

/* QEMU was started anew between the two. */
static void test_counters_went_back(void **state)
{
	_cleanup_value_ struct json_object *before =
		sample("{\"SampleTime\":1,\"CPUUsage\":100,\"VCPUs\":[{\"Running\":5}]}");
	_cleanup_value_ struct json_object *after =
		sample("{\"SampleTime\":2,\"CPUUsage\":10,\"VCPUs\":[{\"Running\":4}]}");
	struct rates rates;

	assert_true(rates_compute(before, after, &rates));
	assert_true(isnan(rates.used));
	assert_true(isnan(rates.running));
}

static void test_vcpu_came(void **state)
{
	_cleanup_value_ struct json_object *before =
		sample("{\"SampleTime\":1,\"VCPUs\":[{\"Running\":5}]}");
	_cleanup_value_ struct json_object *after =
		sample("{\"SampleTime\":2,\"VCPUs\":[{\"Running\":6},{\"Running\":1}]}");
	struct rates rates;

	assert_true(rates_compute(before, after, &rates));
	assert_true(isnan(rates.running));
}

static void test_no_time_passed(void **state)
{
	_cleanup_value_ struct json_object *one = sample("{\"SampleTime\":5,\"CPUUsage\":0}");
	struct rates rates;

	assert_false(rates_compute(one, one, &rates));
	assert_true(isnan(rates.used));
	assert_int_equal(rates.interval_us, 0);
	assert_false(rates_compute(NULL, one, &rates));
	assert_false(rates_compute(one, NULL, &rates));
}

/* The time of day was set back between the two. */
static void test_time_set(void **state)
{
	_cleanup_value_ struct json_object *before = sample(
		"{\"SampleTime\":9000000,\"MonotonicTime\":1000000,\"CPUUsage\":0,\"Disks\":["
		"{\"SampleTime\":9000000,\"MonotonicTime\":1000000,\"ReadBytes\":0}]}");
	_cleanup_value_ struct json_object *after = sample(
		"{\"SampleTime\":5000000,\"MonotonicTime\":3000000,\"CPUUsage\":500000,\"Disks\":["
		"{\"SampleTime\":5000000,\"MonotonicTime\":2000000,\"ReadBytes\":700}]}");
	struct disk_rates disk;
	struct rates rates;

	assert_int_equal(rates_time_us(after), 3000000);
	assert_int_equal(rates_time_us(NULL), 0);
	assert_true(rates_compute(before, after, &rates));
	assert_int_equal(rates.interval_us, 2000000);
	assert_true(fabs(rates.used - 0.25) < 1e-9);
	rates_compute_disk(before, after, 0, "Read", &disk);
	assert_true(fabs(disk.bytes_per_s - 700) < 1e-9);
}

static void test_nic(void **state)
{
	_cleanup_value_ struct json_object *before = sample(
		"{\"SampleTime\":1000000,\"NICs\":[{},{\"ToGuestBytes\":1000,\"ToGuestPackets\":10,"
		"\"ToGuestLimited\":0,\"ToGuestDelayedPackets\":1,\"ToGuestDroppedPackets\":7,"
		"\"ToGuestQueuedBytes\":9}]}");
	_cleanup_value_ struct json_object *after = sample(
		"{\"SampleTime\":3000000,\"NICs\":[{},{\"ToGuestBytes\":5000,\"ToGuestPackets\":30,"
		"\"ToGuestLimited\":1500000000,\"ToGuestDelayedPackets\":4,"
		"\"ToGuestDroppedPackets\":7,\"ToGuestQueuedBytes\":1514,"
		"\"ToGuestDemand\":70,\"ToGuestEntitled\":60}]}");
	struct nic_rates rates;

	rates_compute_nic(before, after, 1, "ToGuest", &rates);
	assert_true(fabs(rates.bytes_per_s - 2000) < 1e-9);
	assert_true(fabs(rates.packets_per_s - 10) < 1e-9);
	assert_true(fabs(rates.limited - 0.75) < 1e-9);
	assert_true(fabs(rates.delayed_per_s - 1.5) < 1e-9);
	assert_true(fabs(rates.dropped_per_s) < 1e-9);
	/* A kvrmd that tells the sum only. */
	for (int reason = 0; reason < KVRM_DROP_COUNT; reason++)
		assert_true(isnan(rates.dropped_by_per_s[reason]));
	assert_true(fabs(rates.queued_bytes - 1514) < 1e-9);
	assert_true(fabs(rates.demand_bytes_per_s - 70) < 1e-9);
	assert_true(fabs(rates.entitled_bytes_per_s - 60) < 1e-9);
	/* What is not there is not known: another direction, NIC or sample. */
	rates_compute_nic(before, after, 1, "FromGuest", &rates);
	assert_true(isnan(rates.bytes_per_s) && isnan(rates.queued_bytes));
	/* On no uplink. */
	assert_true(isnan(rates.demand_bytes_per_s) && isnan(rates.entitled_bytes_per_s));
	rates_compute_nic(before, after, 2, "ToGuest", &rates);
	assert_true(isnan(rates.bytes_per_s) && isnan(rates.queued_bytes));
	rates_compute_nic(NULL, after, 1, "ToGuest", &rates);
	assert_true(isnan(rates.limited));
	rates_compute_nic(after, before, 1, "ToGuest", &rates);
	assert_true(isnan(rates.packets_per_s));
}

static void test_nic_drops(void **state)
{
	_cleanup_value_ struct json_object *before =
		sample("{\"SampleTime\":1000000,\"NICs\":[{\"FromGuestDroppedPackets\":10,"
		       "\"FromGuestDroppedFull\":7,\"FromGuestDroppedDevice\":2,"
		       "\"FromGuestDroppedMemory\":1}]}");
	_cleanup_value_ struct json_object *after =
		sample("{\"SampleTime\":3000000,\"NICs\":[{\"FromGuestDroppedPackets\":24,"
		       "\"FromGuestDroppedFull\":17,\"FromGuestDroppedDevice\":6,"
		       "\"FromGuestDroppedMemory\":1}]}");
	struct nic_rates rates;

	rates_compute_nic(before, after, 0, "FromGuest", &rates);
	assert_true(fabs(rates.dropped_per_s - 7) < 1e-9);
	assert_true(fabs(rates.dropped_by_per_s[KVRM_DROP_FULL] - 5) < 1e-9);
	assert_true(fabs(rates.dropped_by_per_s[KVRM_DROP_DEVICE] - 2) < 1e-9);
	assert_true(fabs(rates.dropped_by_per_s[KVRM_DROP_MEMORY]) < 1e-9);
	rates_compute_nic(before, after, 0, "ToGuest", &rates);
	assert_true(isnan(rates.dropped_by_per_s[KVRM_DROP_FULL]));
}

/* The first of two is removed, and the second has its place. */
static void test_nic_removed(void **state)
{
	_cleanup_value_ struct json_object *before = sample(
		"{\"SampleTime\":1000000,\"NICs\":[{\"Interface\":\"tap0\",\"ToGuestBytes\":1000},"
		"{\"Interface\":\"tap1\",\"ToGuestBytes\":9000000}]}");
	_cleanup_value_ struct json_object *after =
		sample("{\"SampleTime\":3000000,\"NICs\":[{\"Interface\":\"tap1\",\"ToGuestBytes\":"
		       "9000400,"
		       "\"ToGuestQueuedBytes\":9}]}");
	_cleanup_value_ struct json_object *later =
		sample("{\"SampleTime\":5000000,\"NICs\":[{\"Interface\":\"tap1\",\"ToGuestBytes\":"
		       "9000800,"
		       "\"ToGuestQueuedBytes\":9}]}");
	struct nic_rates rates;

	rates_compute_nic(before, after, 0, "ToGuest", &rates);
	assert_true(isnan(rates.bytes_per_s) && isnan(rates.queued_bytes));
	rates_compute_nic(after, later, 0, "ToGuest", &rates);
	assert_true(fabs(rates.bytes_per_s - 200) < 1e-9);
}

/* By index, wherever it is. */
static void test_vcpu(void **state)
{
	_cleanup_value_ struct json_object *before =
		sample("{\"SampleTime\":1000000,\"VCPUs\":[{\"Index\":0,\"Running\":0},"
		       "{\"Index\":1,\"Running\":0,\"Ready\":5,\"Exits\":0}]}");
	_cleanup_value_ struct json_object *after =
		sample("{\"SampleTime\":3000000,\"VCPUs\":[{\"Index\":1,\"Running\":500000000,"
		       "\"Ready\":4,\"Exits\":30},{\"Index\":2,\"Running\":7}]}");
	struct vcpu_rates rates;

	rates_compute_vcpu(before, after, 1, &rates);
	assert_true(fabs(rates.running - 0.25) < 1e-9);
	assert_true(fabs(rates.exits_per_s - 15) < 1e-9);
	/* It went back; it is not there. */
	assert_true(isnan(rates.ready) && isnan(rates.halted) && isnan(rates.waiting));
	/* One that came, one that went, no earlier sample, no time. */
	rates_compute_vcpu(before, after, 2, &rates);
	assert_true(isnan(rates.running));
	rates_compute_vcpu(before, after, 0, &rates);
	assert_true(isnan(rates.running));
	rates_compute_vcpu(NULL, after, 1, &rates);
	assert_true(isnan(rates.running));
	rates_compute_vcpu(after, after, 1, &rates);
	assert_true(isnan(rates.running));
}

/* Of a disk, the time is its own. */
static void test_disk(void **state)
{
	_cleanup_value_ struct json_object *before = sample(
		"{\"SampleTime\":1000000,\"Disks\":[{},{\"SampleTime\":1000000,"
		"\"ReadBytes\":1000,\"ReadOperations\":10,\"ReadFailed\":0,\"ReadTime\":5,"
		"\"WriteBytes\":7,\"WriteOperations\":1,\"WriteFailed\":0,\"WriteTime\":1}]}");
	_cleanup_value_ struct json_object *after =
		sample("{\"SampleTime\":9000000,\"Disks\":[{},{\"SampleTime\":3000000,"
		       "\"ReadBytes\":5000,\"ReadOperations\":30,\"ReadFailed\":4,"
		       "\"ReadTime\":1000000005,\"WriteBytes\":7,\"WriteOperations\":1,"
		       "\"WriteFailed\":0,\"WriteTime\":1}]}");
	struct disk_rates rates;

	rates_compute_disk(before, after, 1, "Read", &rates);
	assert_true(fabs(rates.bytes_per_s - 2000) < 1e-9);
	assert_true(fabs(rates.operations_per_s - 10) < 1e-9);
	assert_true(fabs(rates.time_s - 0.05) < 1e-9);
	assert_true(fabs(rates.failed_per_s - 2) < 1e-9);
	rates_compute_disk(before, after, 1, "Write", &rates);
	assert_true(rates.bytes_per_s == 0 && rates.operations_per_s == 0);
	assert_true(isnan(rates.time_s));
	/* QEMU has not answered, anew or at all; there is no such disk; it was started anew. */
	rates_compute_disk(after, after, 1, "Read", &rates);
	assert_true(isnan(rates.bytes_per_s) && isnan(rates.time_s));
	rates_compute_disk(before, after, 0, "Read", &rates);
	assert_true(isnan(rates.bytes_per_s));
	rates_compute_disk(before, after, 2, "Read", &rates);
	assert_true(isnan(rates.failed_per_s));
	rates_compute_disk(NULL, after, 1, "Read", &rates);
	assert_true(isnan(rates.operations_per_s));
	rates_compute_disk(after, before, 1, "Read", &rates);
	assert_true(isnan(rates.bytes_per_s) && isnan(rates.operations_per_s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vcpu),
		cmocka_unit_test(test_time_set),
		cmocka_unit_test(test_nic),
		cmocka_unit_test(test_nic_drops),
		cmocka_unit_test(test_nic_removed),
		cmocka_unit_test(test_disk),
		cmocka_unit_test(test_two_vcpus),
		cmocka_unit_test(test_without_module),
		cmocka_unit_test(test_modes_and_overhead),
		cmocka_unit_test(test_demand),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_counters_went_back),
		cmocka_unit_test(test_vcpu_came),
		cmocka_unit_test(test_no_time_passed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
