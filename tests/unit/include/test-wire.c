// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A packet's size on the wire, by hand and against one that segments it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

#include "kvrm/wire.h"
#include "tests/unit/random.h"

static void assert_wire(uint32_t length, uint32_t headers, uint32_t segment, uint32_t bytes,
			uint32_t packets)
{
	struct kvrm_wire wire = kvrm_wire(length, headers, segment);

	assert_int_equal(wire.bytes, bytes);
	assert_int_equal(wire.packets, packets);
}

static void test_by_hand(void **state)
{
	assert_wire(60, 0, 0, 60, 1);
	/* A packet that need not be segmented although it could. */
	assert_wire(1514, 66, 1448, 1514, 1);
	assert_wire(66 + 1449, 66, 1448, 2 * 66 + 1449, 2);
	/* 64 KiB of TCP. */
	assert_wire(66 + 45 * 1448, 66, 1448, 45 * 1514, 45);
	/* What a guest might say: nothing but headers, more headers than packet, one byte each. */
	assert_wire(66, 66, 1, 66, 1);
	assert_wire(60, 100, 1, 60, 1);
	assert_wire(0, 0, 1, 0, 1);
	assert_wire(54 + 65536, 54, 1, 65536 * 55, 65536);
	assert_wire((1 << 20) - 1, UINT32_MAX, 1, (1 << 20) - 1 + ((1 << 20) - 1 - 256 - 1) * 256u,
		    (1 << 20) - 1 - 256);
	/* Two tags, IPv6, UDP, VXLAN, Ethernet, IPv6 and TCP with all options are believed. */
	assert_wire(192 + 2 * 1000, 22 + 40 + 8 + 8 + 14 + 40 + 60, 1000, 2 * 1192, 2);
}

/* The oracle: segment after segment. */
static struct kvrm_wire segment_it(uint32_t length, uint32_t headers, uint32_t segment)
{
	struct kvrm_wire wire = { 0 };
	uint32_t left;

	if (!segment || headers >= length)
		return (struct kvrm_wire){ length, 1 };
	for (left = length - headers; left; wire.packets++) {
		uint32_t now = left < segment ? left : segment;

		wire.bytes += headers + now;
		left -= now;
	}
	return wire;
}

static void test_random(void **state)
{
	for (int i = 0; i < 1000000; i++) {
		uint32_t length = random64() % (random64() % 2 ? 2000 : 100000);
		uint32_t headers = random64() % 200;
		uint32_t segment = random64() % 4 ? 200 + random64() % 9000 : 50 + random64() % 150;
		struct kvrm_wire got = kvrm_wire(length, headers, segment);
		struct kvrm_wire wanted = segment_it(length, headers, segment);

		assert_int_equal(got.bytes, wanted.bytes);
		assert_int_equal(got.packets, wanted.packets);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_by_hand),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
