// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Looks from records: what top makes of them is what they tell; and a burst that an average hides.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tests/unit/kvrmctl/tapes.h"
#include "tools/kvrmctl/gather.h"
#include "tools/kvrmctl/guest.h"
#include "tools/kvrmctl/look.h"
#include "tools/kvrmctl/value.h"

#define MS UINT64_C(1000000)

/**
 * struct scene - a stage and what was gathered of it
 * @st: stage
 * @g: gathered so far
 * @before: look before the last
 * @after: last look
 * @guests: between them
 */
struct scene {
	struct stage st;
	struct gather g;
	struct look before;
	struct look after;
	struct guests guests;
};

static void scene_init(struct scene *s)
{
	*s = (struct scene){ 0 };
	stage_init(&s->st);
	gather_init(&s->g, &s->st.reader);
}

/* All that was written is a round, or several. */
static void scene_gather(struct scene *s)
{
	static char *names[] = { NULL };
	struct frame frame = { .before = &s->before, .after = &s->after, .names = names };
	struct kvrm_sample sample;

	while (kvrm_samples_next(&s->st.reader, &sample)) {
		assert_false(gather_is_over(&s->g, &sample.head));
		gather_add(&s->g, &sample.head);
	}
	s->st.round++;
	guests_deinit(&s->guests);
	look_deinit(&s->before);
	s->before = s->after;
	s->after = (struct look){ 0 };
	gather_take(&s->g, &s->after);
	assert_int_equal(guests_build(&frame, &s->guests), 0);
}

static void scene_deinit(struct scene *s)
{
	guests_deinit(&s->guests);
	look_deinit(&s->before);
	look_deinit(&s->after);
	gather_deinit(&s->g);
	stage_deinit(&s->st);
}

static bool is_about(double value, double wanted)
{
	return fabs(value - wanted) < 0.001;
}

static void test_rates(void **state)
{
	const struct guest *guest;
	struct scene s;

	scene_init(&s);
	stage_guest(&s.st, 7, "web", 1000 * MS, 50 * MS);
	stage_vcpu(&s.st, 7, 1000 * MS, 40 * MS, 0);
	stage_nic(&s.st, 7, 1000 * MS, 1000);
	scene_gather(&s);
	assert_int_equal(s.guests.n, 1);
	assert_false(guest_is_measured(&s.guests.item[0]));

	stage_guest(&s.st, 7, "web", 1010 * MS, 55 * MS);
	stage_vcpu(&s.st, 7, 1010 * MS, 44 * MS, 3 * MS);
	stage_nic(&s.st, 7, 1010 * MS, 2000);
	scene_gather(&s);
	guest = &s.guests.item[0];
	assert_true(guest_is_measured(guest));
	assert_string_equal(guest_uuid(guest), "00000000-0000-0000-0000-000000000007");
	assert_string_equal(value_text(guest->system, "Name"), "web");
	assert_int_equal(guest->rates.interval_us, 10000);
	assert_true(is_about(guest->rates.used, 0.5));
	assert_true(is_about(guest->rates.running, 0.4));
	assert_true(is_about(guest->rates.limited, 0.3));
	assert_true(is_about(guest->rates.ready, 0));
	assert_true(is_about(guest->rates.exits_per_s, 400));
	assert_true(is_about(guest->receive_bytes_per_s, 100000));
	assert_true(is_about(guest->transmit_bytes_per_s, 200000));
	assert_int_equal(guest->rates.memory_bytes, 1048576);
	assert_string_equal(guest->why, "limited 30 %: processor limit 500 ms/s");
	/* The ring does not tell of it. */
	assert_true(isnan(guest->rates.demand));
	scene_deinit(&s);
}

/* Guests with rates of their own: who is not in a round has no rates of it, and is not forgotten. */
static void test_several(void **state)
{
	struct scene s;

	scene_init(&s);
	stage_guest(&s.st, 1, "slow", 1000 * MS, 0);
	stage_guest(&s.st, 2, "fast", 1000 * MS, 0);
	scene_gather(&s);
	assert_int_equal(s.guests.n, 2);
	stage_guest(&s.st, 2, "fast", 1010 * MS, 10 * MS);
	scene_gather(&s);
	assert_int_equal(s.guests.n, 2);
	assert_false(guest_is_measured(&s.guests.item[0]));
	assert_true(is_about(s.guests.item[1].rates.used, 1));
	/* It was renamed meanwhile. */
	stage_guest(&s.st, 1, "late", 1100 * MS, 50 * MS);
	scene_gather(&s);
	assert_true(is_about(s.guests.item[0].rates.used, 0.5));
	assert_string_equal(value_text(s.guests.item[0].system, "Name"), "late");
	assert_false(guest_is_measured(&s.guests.item[1]));
	scene_deinit(&s);
}

/* Parts whose guest was lost belong to nobody. */
static void test_lost_guest(void **state)
{
	struct scene s;

	scene_init(&s);
	stage_vcpu(&s.st, 1, 1000 * MS, 1, 1);
	stage_nic(&s.st, 1, 1000 * MS, 1);
	stage_guest(&s.st, 2, "there", 1000 * MS, 0);
	stage_vcpu(&s.st, 1, 1000 * MS, 1, 1);
	stage_vcpu(&s.st, 2, 1000 * MS, 1, 1);
	scene_gather(&s);
	assert_int_equal(s.guests.n, 1);
	assert_int_equal(json_object_array_length(value_get(value_get(s.after.samples,
								      guest_uuid(s.guests.item)),
							    "VCPUs")),
			 1);
	scene_deinit(&s);
}

/* A virtual CPU that is missing, because it was lost: the sums are not known, instead of wrong. */
static void test_lost_vcpu(void **state)
{
	struct scene s;

	scene_init(&s);
	stage_guest(&s.st, 1, "one", 1000 * MS, 0);
	stage_vcpu(&s.st, 1, 1000 * MS, 1, 1);
	scene_gather(&s);
	stage_guest(&s.st, 1, "one", 1010 * MS, 5 * MS);
	scene_gather(&s);
	assert_true(is_about(s.guests.item[0].rates.used, 0.5));
	assert_true(isnan(s.guests.item[0].rates.running));
	scene_deinit(&s);
}

/*
 * 20 ms of each second it is held back all the time, else not at all: 2 % on average, which is next to nothing; at 100 Hz
 * it is all there is in two samples of a hundred.
 */
static void test_burst(void **state)
{
	int held = 0, idle = 0;
	uint64_t limited_ns = 0;
	struct scene s;

	scene_init(&s);
	for (uint64_t ms = 0; ms <= 2000; ms += 10) {
		double limited;

		stage_guest(&s.st, 1, "bursts", ms * MS, 0);
		stage_vcpu(&s.st, 1, ms * MS, 0, limited_ns);
		scene_gather(&s);
		/* In the 10 ms that follow. */
		if (ms % 1000 == 500 || ms % 1000 == 510)
			limited_ns += 10 * MS;
		limited = s.guests.item[0].rates.limited;
		held += limited > 0.99;
		idle += limited < 0.01;
	}
	assert_int_equal(held, 4);
	assert_int_equal(idle, 196);
	assert_int_equal(limited_ns, 40 * MS);
	scene_deinit(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rates),	   cmocka_unit_test(test_several),
		cmocka_unit_test(test_lost_guest), cmocka_unit_test(test_lost_vcpu),
		cmocka_unit_test(test_burst),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
