// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reasons in words.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "tests/unit/kvrmctl/guests.h"

/*
 * One guest of @vcpus, with @system among its properties; a second in which each virtual CPU was @ready and @limited
 * for so many ms, and the whole used @used ms; @sample is added to the later sample, @from to the earlier.
 */
static void check(const char *system, int vcpus, int used, int ready, int limited, const char *from,
		  const char *sample, const char *why)
{
	static const char pools[] =
		"[{\"Name\":\"batch\",\"Parent\":\"outer\",\"ProcessorLimit\":1000000,"
		"\"ProcessorUsed\":400000},{\"Name\":\"outer\",\"Parent\":\"host\","
		"\"ProcessorLimit\":500000,\"ProcessorUsed\":490000},{\"Name\":\"host\","
		"\"Parent\":\"\",\"ProcessorLimit\":0,\"ProcessorUsed\":2000000}]";
	char systems[1024], before[2048], after[2048];
	_cleanup_pair_ struct pair p = { 0 };
	int length;

	snprintf(systems, sizeof(systems),
		 "[{\"Name\":\"a\",\"UUID\":\"u\",\"State\":\"active\",\"VCPUs\":%d%s}]", vcpus,
		 system);
	snprintf(before, sizeof(before),
		 "{\"u\":{\"SampleTime\":1000000,\"CPUUsage\":0%s,\"VCPUs\":[", from);
	length = snprintf(after, sizeof(after),
			  "{\"u\":{\"SampleTime\":2000000,\"CPUUsage\":%d%s,\"VCPUs\":[",
			  used * 1000, sample);
	for (int i = 0; i < vcpus; i++) {
		snprintf(before + strlen(before), sizeof(before) - strlen(before),
			 "%s{\"Index\":%d,\"Ready\":0,\"Limited\":0}", i ? "," : "", i);
		length += snprintf(after + length, sizeof(after) - (size_t)length,
				   "%s{\"Index\":%d,\"Ready\":%d000000,\"Limited\":%d000000}",
				   i ? "," : "", i, ready, limited);
	}
	snprintf(before + strlen(before), sizeof(before) - strlen(before), "]}}");
	snprintf(after + length, sizeof(after) - (size_t)length, "]}}");
	pair_init(&p, systems, pools, before, after);
	assert_int_equal(p.guests.n, 1);
	assert_string_equal(p.guests.item[0].why, why);
}

#define LIMIT(us) ",\"ProcessorLimit\":" us ",\"ProcessorLimitApplied\":" us

static void test_limited(void **state)
{
	check(LIMIT("500000"), 1, 500, 0, 380, "", "", "limited 38 %: processor limit 500 ms/s");
	/* A part of the time of all virtual CPUs. */
	check(LIMIT("1500000"), 2, 1500, 0, 250, "", "", "limited 25 %: processor limit 1500 ms/s");
	check(LIMIT("15500"), 1, 15, 0, 980, "", "", "limited 98 %: processor limit 15.5 ms/s");
	/* A trace of it is not worth a word. */
	check(LIMIT("500000"), 1, 100, 0, 9, "", "", "");
	check("", 1, 100, 0, 100, "", "", "limited 10 %: a limit that was lifted since");
}

/* Of two limits it is the one that is reached. */
static void test_limited_each(void **state)
{
	check(",\"ProcessorVCPULimit\":250000", 2, 500, 0, 750, "", "",
	      "limited 75 %: limit of each virtual CPU 250 ms/s");
	check(LIMIT("400000") ",\"ProcessorVCPULimit\":250000", 2, 250, 0, 375, "", "",
	      "limited 38 %: limit of each virtual CPU 250 ms/s");
	check(LIMIT("400000") ",\"ProcessorVCPULimit\":250000", 2, 399, 0, 750, "", "",
	      "limited 75 %: processor limit 400 ms/s");
}

static void test_ready(void **state)
{
	check("", 1, 800, 200, 0, "", "", "ready 20 %: others run");
	check("", 1, 400, 600, 0, "", ",\"CPUDemand\":1000000,\"CPUEntitled\":400000",
	      "ready 60 %: others run; wants 1000 ms/s, is due 400 ms/s");
	/* What its own limit forbids it is not denied by others. */
	check(LIMIT("400000"), 1, 390, 60, 540, "", ",\"CPUDemand\":1000000,\"CPUEntitled\":400000",
	      "limited 54 %: processor limit 400 ms/s; ready 6 %: others run");
	check("", 1, 400, 40, 0, "", "", "");
	/* The pool around its pool is full. */
	check(",\"Pool\":\"batch\"", 1, 400, 300, 0, "", "",
	      "ready 30 %: limit of pool outer 500 ms/s");
	check(",\"Pool\":\"host\"", 1, 400, 300, 0, "", "", "ready 30 %: others run");
}

/* One guest of two virtual CPUs, each of which waited @waiting ms of a second, of which @memory ms were memory's. */
static void check_waiting(const char *state, int waiting, int memory, const char *why)
{
	char systems[256], after[512];
	_cleanup_pair_ struct pair p = { 0 };

	snprintf(systems, sizeof(systems),
		 "[{\"Name\":\"a\",\"UUID\":\"u\",\"State\":\"%s\",\"VCPUs\":2}]", state);
	snprintf(after, sizeof(after),
		 "{\"u\":{\"SampleTime\":2000000,\"MemoryPressure\":{\"some\":%d},\"VCPUs\":["
		 "{\"Index\":0,\"Waiting\":%d000000},{\"Index\":1,\"Waiting\":%d000000}]}}",
		 memory * 1000, waiting, waiting);
	pair_init(&p, systems, "[]",
		  "{\"u\":{\"SampleTime\":1000000,\"MemoryPressure\":{\"some\":0},\"VCPUs\":["
		  "{\"Index\":0,\"Waiting\":0},{\"Index\":1,\"Waiting\":0}]}}",
		  after);
	assert_int_equal(p.guests.n, 1);
	assert_string_equal(p.guests.item[0].why, why);
}

static void test_waiting(void **state)
{
	check_waiting("active", 600, 0, "waiting 60 %: for QEMU, a disk or a lock of the host's");
	check_waiting("active", 600, 300, "waiting 60 %: for memory that has to be fetched");
	check_waiting("active", 49, 0, "");
	/* That says enough. */
	check_waiting("paused", 1000, 0, "paused");
}

static void test_not_in_force(void **state)
{
	check(",\"ProcessorLimit\":500000,\"ProcessorLimitApplied\":0", 1, 100, 0, 0, "", "",
	      "processor limit is not in force as it should be");
	check(",\"MemoryLimit\":536870912,\"MemoryLimitApplied\":1073741824,"
	      "\"MemoryBalloonState\":\"moving\"",
	      1, 100, 0, 0, "", ",\"MemoryUsage\":1",
	      "memory limit 512 MiB not in force yet: balloon is moving");
}

static void test_memory(void **state)
{
	static const char limit[] = ",\"MemoryLimit\":536870912,\"MemoryLimitApplied\":536870912";

	check(limit, 1, 100, 0, 0, "", ",\"MemoryUsage\":519045120",
	      "memory at limit: 495 MiB of 512 MiB");
	check(limit, 1, 100, 0, 0, "", ",\"MemoryUsage\":419430400", "");
	check("", 1, 100, 0, 0, "", ",\"MemoryUsage\":519045120", "");
}

static void test_paused(void **state)
{
	check(",\"State\":\"paused\",\"StateReason\":\"at its memory limit\"", 1, 0, 0, 0, "", "",
	      "paused: at its memory limit");
	check(",\"State\":\"paused\"", 1, 0, 0, 0, "", "", "paused");
}

static void test_nic(void **state)
{
	static const char from[] =
		",\"NICs\":[{\"ToGuestBytes\":0,\"ToGuestPackets\":0,\"ToGuestLimited\":0,"
		"\"ToGuestDroppedPackets\":0}]";
	static const char to[] = ",\"NICs\":[{\"ToGuestBytes\":1250000,\"ToGuestPackets\":900,"
				 "\"ToGuestLimited\":400000000,\"ToGuestDroppedPackets\":7,"
				 "\"ToGuestDemand\":2500000,\"ToGuestEntitled\":1250000}]";

	check(",\"NICs\":[{\"ToGuestLimit\":1250000}]", 1, 0, 0, 0, from, to,
	      "NIC 0 receive limited 40 %: limit 10Mbit; NIC 0 receive drops 7 packets/s");
	check(",\"NICs\":[{\"ToGuestLimit\":12500000,\"ToGuestPacketLimit\":1000}]", 1, 0, 0, 0,
	      from, to,
	      "NIC 0 receive limited 40 %: limit 1000 packets/s; NIC 0 receive drops 7 packets/s");
	check(",\"NICs\":[{\"UplinkApplied\":\"lan\"}]", 1, 0, 0, 0, from, to,
	      "NIC 0 receive limited 40 %: uplink lan; wants 20.0 Mbit/s, is due 10.0; "
	      "NIC 0 receive drops 7 packets/s");
	/* Its limit is far; the uplink it is. */
	check(",\"NICs\":[{\"ToGuestLimit\":12500000,\"UplinkApplied\":\"lan\"}]", 1, 0, 0, 0, from,
	      to,
	      "NIC 0 receive limited 40 %: uplink lan; wants 20.0 Mbit/s, is due 10.0; "
	      "NIC 0 receive drops 7 packets/s");
	check(",\"NICs\":[{}]", 1, 0, 0, 0, from, from, "");
}

static void test_nic_drops(void **state)
{
	static const char from[] =
		",\"NICs\":[{\"FromGuestLimited\":0,\"FromGuestDroppedPackets\":0,"
		"\"FromGuestDroppedFull\":0,\"FromGuestDroppedDevice\":0,"
		"\"FromGuestDroppedMemory\":0}]";

	check(",\"NICs\":[{}]", 1, 0, 0, 0, from,
	      ",\"NICs\":[{\"FromGuestLimited\":0,\"FromGuestDroppedPackets\":9,"
	      "\"FromGuestDroppedFull\":7,\"FromGuestDroppedDevice\":0,"
	      "\"FromGuestDroppedMemory\":2}]",
	      "NIC 0 transmit drops 9 packets/s: its queue is full");
	check(",\"NICs\":[{}]", 1, 0, 0, 0, from,
	      ",\"NICs\":[{\"FromGuestLimited\":0,\"FromGuestDroppedPackets\":5,"
	      "\"FromGuestDroppedFull\":0,\"FromGuestDroppedDevice\":5,"
	      "\"FromGuestDroppedMemory\":0}]",
	      "NIC 0 transmit drops 5 packets/s: its device went down");
	check(",\"NICs\":[{}]", 1, 0, 0, 0, from,
	      ",\"NICs\":[{\"FromGuestLimited\":0,\"FromGuestDroppedPackets\":3,"
	      "\"FromGuestDroppedFull\":1,\"FromGuestDroppedDevice\":0,"
	      "\"FromGuestDroppedMemory\":2}]",
	      "NIC 0 transmit drops 3 packets/s: the host has no memory");
}

static void test_disk(void **state)
{
	static const char from[] =
		",\"Disks\":[{\"SampleTime\":1,\"WriteBytes\":0,\"WriteOperations\":0,"
		"\"WriteTime\":0,\"WriteFailed\":0}]";
	static const char to[] = ",\"Disks\":[{\"SampleTime\":1000001,\"WriteBytes\":950000,"
				 "\"WriteOperations\":100,\"WriteTime\":1,\"WriteFailed\":1}]";

	check(",\"Disks\":[{\"WriteLimit\":1000000}]", 1, 0, 0, 0, from, to,
	      "disk 0 write at limit: 8Mbit; disk 0 write requests fail");
	check(",\"Disks\":[{\"WriteLimit\":9000000,\"WriteIOPS\":105}]", 1, 0, 0, 0, from, to,
	      "disk 0 write at limit: 105 operations/s; disk 0 write requests fail");
	check(",\"Disks\":[{}]", 1, 0, 0, 0, from, from, "");
}

/* A guest that is not measured yet is not judged. */
static void test_unknown(void **state)
{
	_cleanup_pair_ struct pair p = { 0 };

	pair_init(&p, THREE_SYSTEMS, "[]", "{}", THREE_AFTER);
	for (size_t i = 0; i < p.guests.n; i++)
		assert_string_equal(p.guests.item[i].why, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_limited),	     cmocka_unit_test(test_limited_each),
		cmocka_unit_test(test_ready),	     cmocka_unit_test(test_waiting),
		cmocka_unit_test(test_not_in_force), cmocka_unit_test(test_memory),
		cmocka_unit_test(test_paused),	     cmocka_unit_test(test_nic),
		cmocka_unit_test(test_nic_drops),    cmocka_unit_test(test_disk),
		cmocka_unit_test(test_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
