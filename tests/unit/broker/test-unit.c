// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Programmatic units: what is one, and exact conversion, against an oracle that knows a unit as powers of 2, 3
 * and 5 only, and counts factors one by one.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "daemon/broker/unit.h"
#include "tests/unit/random.h"

static struct cim_unit parse(const char *text)
{
	const char *why = "";
	struct cim_unit unit;

	if (cim_unit_parse(text, &unit, &why))
		fail_msg("%s: %s", text, why);
	return unit;
}

static int convert(uint64_t amount, const char *from, const char *to, uint64_t *ret)
{
	struct cim_unit a = parse(from), b = parse(to);

	assert_true(cim_unit_same_dimension(&a, &b));
	return cim_unit_convert(amount, &a, &b, ret);
}

static void assert_is(uint64_t amount, const char *from, const char *to, uint64_t result)
{
	uint64_t value;

	assert_int_equal(convert(amount, from, to, &value), 0);
	assert_true(value == result);
}

static bool same(const char *a, const char *b)
{
	struct cim_unit left = parse(a), right = parse(b);

	return cim_unit_same_dimension(&left, &right);
}

static void test_spellings(void **state)
{
	assert_is(1, "byte*2^10", "byte", 1024);
	assert_is(1, "byte * 2^10", "byte * 1024", 1);
	assert_is(1, "byte * 1024", "bit", 8192);
	assert_is(3, "kibibyte", "byte", 3072);
	assert_is(3, "kilobyte", "byte", 3000);
	assert_is(100000, "percent / 1000", "percent", 100);
	assert_is(1, "percent", "permille", 10);
	assert_is(25, "bit / second * 10^6", "bit / second", 25000000);
	assert_is(1, "byte / second", "bit / second", 8);
	assert_is(1, "hertz * 10^6", "hertz", 1000000);
	assert_is(60, "count / minute", "count / second", 1);
	assert_is(5, "second * 10^-6", "second / 1000000", 5);
	assert_is(5, "count(fixed size block) * 512", "count(fixed size block)", 2560);
	assert_is(3, "byte * 1.5", "byte * 0.5", 9);
	assert_is(7, "ACME:gizmo * 10^3", "ACME:gizmo", 7000);
	assert_is(2, "meter ^ 2 * 10^4", "centimeter ^ 2", 200000000);
	assert_is(0, "byte * 2^100", "byte", 0);
	assert_is(4, "2 * byte * 2", "byte", 16);
}

static void test_dimensions(void **state)
{
	assert_true(same("hertz", "second^-1"));
	assert_false(same("hertz", "count / second"));
	assert_false(same("byte", "byte / second"));
	assert_false(same("count", "percent"));
	assert_false(same("count", "count(processor)"));
	assert_false(same("count(disk)", "count(processor)"));
	assert_false(same("ACME:gizmo", "ACME:gadget"));
	assert_true(same("byte / byte", "bit / bit"));
	assert_true(same("count(disk) / count(disk) * byte", "bit"));
}

static void test_refused(void **state)
{
	static const char *const texts[] = {
		"",
		" ",
		"bytes * 2^20",
		"KiloBytes",
		"Bytes",
		"MB",
		"byte *",
		"* byte",
		"byte byte",
		"byte * 2^",
		"byte ^",
		"byte * 0",
		"byte/0",
		"byte 2",
		"2^20 byte",
		"byte * 2^-",
		"-byte",
		"count(block",
		"kilo",
		"kilokilobyte",
		"byte * 2^128",
		"byte ^ 200",
		"hertz2",
		"byte ** 2",
		"a:b * c:d",
		"byte * 99999999999999999999",
		"byte * 2 ^ 127 * 4",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		const char *why = NULL;
		struct cim_unit unit;

		if (cim_unit_parse(texts[i], &unit, &why) != -EINVAL)
			fail_msg("'%s' was taken", texts[i]);
		assert_non_null(why);
	}
}

static void test_inexact(void **state)
{
	uint64_t value = 77;

	assert_int_equal(convert(1023, "byte", "byte * 2^10", &value), -EDOM);
	assert_int_equal(convert(1, "percent / 1000", "percent", &value), -EDOM);
	assert_int_equal(convert(UINT64_MAX, "byte", "bit", &value), -ERANGE);
	assert_int_equal(convert(1, "byte * 2^64", "byte", &value), -ERANGE);
	assert_int_equal(convert(1, "byte", "byte * 2^120", &value), -EDOM);
	assert_int_equal(convert(1, "byte * 2^120", "byte / 10^30", &value), -ERANGE);
	assert_true(value == 77);
	assert_is(UINT64_MAX, "byte", "byte", UINT64_MAX);
	assert_is(UINT64_MAX / 8, "byte", "bit", UINT64_MAX / 8 * 8);
	assert_is(1, "byte * 2^63", "byte", UINT64_C(1) << 63);
	assert_is(UINT64_C(1) << 63, "byte", "exbibyte * 8", 1);
}

static const int primes[] = { 2, 3, 5 };

/* A unit of bytes with powers of primes, as text and as numbers of factors. */
static void random_unit(char text[128], int powers[3])
{
	int n = snprintf(text, 128, "byte");

	for (int i = 0; i < 3; i++) {
		powers[i] = (int)(random64() % 25) - 12;
		if (!powers[i])
			continue;
		n += snprintf(text + n, 128 - (size_t)n, " %c %d^%d", powers[i] < 0 ? '/' : '*',
			      primes[i], powers[i] < 0 ? -powers[i] : powers[i]);
	}
}

/* By single factors, so that nothing is common with the code but the question. */
static int oracle(uint64_t amount, const int from[3], const int to[3], uint64_t *ret)
{
	bool large = false;

	for (int i = 0; i < 3; i++) {
		for (int k = from[i] - to[i]; k < 0; k++) {
			if (amount % (uint64_t)primes[i])
				return -EDOM;
			amount /= (uint64_t)primes[i];
		}
	}
	for (int i = 0; i < 3; i++) {
		for (int k = from[i] - to[i]; k > 0; k--)
			large |= __builtin_mul_overflow(amount, (uint64_t)primes[i], &amount);
	}
	*ret = amount;
	return large ? -ERANGE : 0;
}

static void test_random(void **state)
{
	unsigned int counts[3] = { 0 };

	seed = 4;
	for (int i = 0; i < 1000000; i++) {
		uint64_t amount = (random64() >> (random64() % 64)) | 1, is = 0, wanted = 0;
		char from[128], to[128];
		int powers[2][3], r, expected;
		struct cim_unit a, b;

		for (uint64_t k = random64() % 20; k; k--) {
			uint64_t more = amount * (uint64_t)primes[random64() % 3];

			amount = more / 5 < amount / 3 ? amount : more;
		}
		random_unit(from, powers[0]);
		random_unit(to, powers[1]);
		a = parse(from);
		b = parse(to);
		r = cim_unit_convert(amount, &a, &b, &is);
		expected = oracle(amount, powers[0], powers[1], &wanted);
		counts[expected == 0 ? 0 : expected == -EDOM ? 1 : 2]++;
		if (r != expected || (!r && is != wanted))
			fail_msg("%llu %s in %s: %d %llu, not %d %llu", (unsigned long long)amount,
				 from, to, r, (unsigned long long)is, expected,
				 (unsigned long long)wanted);
	}
	/* Each of the three was tried often. */
	for (int i = 0; i < 3; i++)
		assert_true(counts[i] > 10000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spellings), cmocka_unit_test(test_dimensions),
		cmocka_unit_test(test_refused),	  cmocka_unit_test(test_inexact),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
