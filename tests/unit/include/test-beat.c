// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Beats: exact at all rates, for years, without drift; what is late is counted.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "kvrm/beat.h"
#include "tests/unit/random.h"

#define S  KVRM_BEAT_NSEC_PER_SEC
#define MS (S / 1000)
/* More than a machine runs. */
#define CENTURY_NS (S * 86400 * 366 * 100)

static void test_exact(void **state)
{
	for (int i = 0; i < 1000000; i++) {
		uint32_t rate_hz = 1 + (uint32_t)(random64() % 1000);
		uint64_t beat = random64() % (CENTURY_NS / S * rate_hz);
		uint64_t ns = kvrm_beat_ns(beat, rate_hz);

		assert_int_equal(kvrm_beat_at(ns, rate_hz), beat);
		assert_true(!ns || kvrm_beat_at(ns - 1, rate_hz) == beat - 1);
	}
}

/* As many beats as seconds tell, at any rate, and never two apart by more than the rate and a ns. */
static void test_no_drift(void **state)
{
	for (uint32_t rate_hz = 1; rate_hz <= 1000; rate_hz++) {
		uint64_t hour = 3600, beat = hour * rate_hz, apart;

		assert_int_equal(kvrm_beat_ns(beat, rate_hz), hour * S);
		apart = kvrm_beat_ns(beat + 1, rate_hz) - kvrm_beat_ns(beat, rate_hz);
		assert_in_range(apart, S / rate_hz, S / rate_hz + 1);
	}
}

static void test_pulse(void **state)
{
	struct kvrm_pulse pulse = { 0 };

	kvrm_pulse_begin(&pulse, 100, 12345 * MS);
	assert_int_equal(kvrm_pulse_next_ns(&pulse), 12350 * MS);
	assert_int_equal(kvrm_pulse_take(&pulse, 12345 * MS), 0);
	assert_int_equal(kvrm_pulse_take(&pulse, 12350 * MS - 1), 0);
	assert_int_equal(kvrm_pulse_take(&pulse, 12350 * MS), 1);
	assert_int_equal(kvrm_pulse_take(&pulse, 12350 * MS), 0);
	/* Late by less than a beat: the one after is not late for that. */
	assert_int_equal(kvrm_pulse_take(&pulse, 12369 * MS), 1);
	assert_int_equal(kvrm_pulse_next_ns(&pulse), 12370 * MS);
	assert_int_equal(kvrm_pulse_take(&pulse, 12401 * MS), 4);
	assert_int_equal(kvrm_pulse_take(&pulse, 12401 * MS), 0);
	/* A clock that seems to go back on another processor. */
	assert_int_equal(kvrm_pulse_take(&pulse, 12399 * MS), 0);
	assert_int_equal(kvrm_pulse_take(&pulse, 12410 * MS), 1);
	/* At another rate nothing is missed. */
	kvrm_pulse_begin(&pulse, 1000, 20000 * MS);
	assert_int_equal(kvrm_pulse_take(&pulse, 20001 * MS), 1);
	kvrm_pulse_begin(&pulse, 0, 20001 * MS);
	assert_int_equal(pulse.rate_hz, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exact),
		cmocka_unit_test(test_no_drift),
		cmocka_unit_test(test_pulse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
