// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Guests: what is computed of them, filter, order, histories, records.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>

#include "tests/unit/kvrmctl/guests.h"
#include "tools/kvrmctl/history.h"
#include "tools/kvrmctl/order.h"
#include "tools/kvrmctl/record.h"

static const char *name_of(const struct pair *p, size_t i)
{
	return value_text(p->guests.item[i].system, "Name");
}

static void three(struct pair *p)
{
	pair_init(p, THREE_SYSTEMS, "[]", THREE_BEFORE, THREE_AFTER);
	assert_int_equal(p->guests.n, 3);
}

static void test_numbers(void **state)
{
	_cleanup_pair_ struct pair p = { 0 };

	three(&p);
	assert_true(fabs(guest_ceiling(&p.guests.item[0]) - 0.3) < 1e-9);
	assert_true(fabs(guest_ceiling(&p.guests.item[1]) - 2) < 1e-9);
	assert_true(fabs(guest_share(&p.guests.item[1], p.guests.item[1].rates.ready) - 0.2) <
		    1e-9);
	assert_true(guest_is_measured(&p.guests.item[0]));
	assert_false(guest_is_measured(&p.guests.item[2]));
	/* No NIC moves nothing; of what does not run nothing is known. */
	assert_true(guest_network(&p.guests.item[0]) == 0);
	assert_true(isnan(guest_network(&p.guests.item[2])));
}

static void test_names(void **state)
{
	_cleanup_pair_ struct pair p = { 0 };
	char *names[] = { (char *)"waits", NULL };

	three(&p);
	p.frame.names = names;
	assert_int_equal(guests_build(&p.frame, &p.guests), 0);
	assert_int_equal(p.guests.n, 1);
	assert_string_equal(name_of(&p, 0), "waits");
}

static void test_filter(void **state)
{
	_cleanup_pair_ struct pair p = { 0 };
	const struct guest *limited, *waits;

	three(&p);
	limited = &p.guests.item[0];
	waits = &p.guests.item[1];
	assert_true(guest_matches(limited, ""));
	assert_true(guest_matches(limited, "  "));
	assert_true(guest_matches(limited, "MIT"));
	/* State, pool, reasons; all words. */
	assert_true(guest_matches(waits, "active batch"));
	assert_true(guest_matches(waits, "ready"));
	assert_false(guest_matches(waits, "active nothing"));
	assert_false(guest_matches(limited, "batch"));
}

static void check_order(struct pair *p, enum order_key key, bool reverse, const char *wanted)
{
	const struct order order = { key, reverse };
	char names[128] = "";

	order_apply(&order, &p->guests);
	for (size_t i = 0; i < p->guests.n; i++)
		snprintf(names + strlen(names), sizeof(names) - strlen(names), "%s ",
			 name_of(p, i));
	assert_string_equal(names, wanted);
}

static void test_order(void **state)
{
	_cleanup_pair_ struct pair p = { 0 };
	enum order_key key = ORDER_KEYS;

	three(&p);
	check_order(&p, ORDER_USED, false, "waits limited stopped ");
	/* What is not known stays behind. */
	check_order(&p, ORDER_USED, true, "limited waits stopped ");
	check_order(&p, ORDER_NAME, false, "limited stopped waits ");
	check_order(&p, ORDER_NAME, true, "waits stopped limited ");
	check_order(&p, ORDER_LIMITED, false, "limited waits stopped ");
	check_order(&p, ORDER_READY, false, "waits limited stopped ");
	check_order(&p, ORDER_DEMAND, false, "waits limited stopped ");
	check_order(&p, ORDER_MEMORY, false, "waits limited stopped ");
	check_order(&p, ORDER_EXITS, false, "limited waits stopped ");
	/* Equal ones by name. */
	check_order(&p, ORDER_NETWORK, false, "limited waits stopped ");
	for (int i = 0; i < ORDER_KEYS; i++) {
		assert_true(order_parse(order_name(i), &key));
		assert_int_equal(key, i);
		assert_non_null(strstr(ORDER_NAMES, order_name(i)));
	}
	assert_false(order_parse("Used", &key));
	assert_int_equal(key, ORDER_KEYS - 1);
}

static void check_drawn(const struct histories *h, const char *uuid, enum history_kind kind,
			bool utf8, const char *wanted)
{
	char text[3 * 4 + 1];

	history_draw(histories_find(h, uuid), kind, 4, utf8, text, sizeof(text));
	assert_string_equal(text, wanted);
}

static void test_history(void **state)
{
	_cleanup_pair_ struct pair p = { 0 };
	struct histories h = { 0 };

	three(&p);
	assert_int_equal(histories_add(&h, &p.guests), 0);
	check_drawn(&h, "l", HISTORY_USED, true, "   █");
	check_drawn(&h, "w", HISTORY_USED, true, "   ▃");
	check_drawn(&h, "l", HISTORY_HELD, false, "   +");
	check_drawn(&h, "s", HISTORY_USED, true, "    ");
	check_drawn(&h, "nobody", HISTORY_USED, true, "    ");
	/* Those that go are forgotten, those that come are found. */
	p.guests.item[0].rates.used = 0;
	p.guests.n = 2;
	assert_int_equal(histories_add(&h, &p.guests), 0);
	p.guests.n = 3;
	assert_int_equal(h.n, 2);
	assert_null(histories_find(&h, "s"));
	check_drawn(&h, "l", HISTORY_USED, false, "  #_");
	for (int i = 0; i < 2 * HISTORY_MAX; i++)
		assert_int_equal(histories_add(&h, &p.guests), 0);
	check_drawn(&h, "l", HISTORY_USED, false, "____");
	assert_int_equal(h.n, 3);
	histories_deinit(&h);
}

static void test_csv(void **state)
{
	_cleanup_pair_ struct pair p = { 0 };
	_cleanup_free_ char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);
	char *line, *rest;
	int fields = 0, lines = 0;

	three(&p);
	free(p.guests.item[0].why);
	p.guests.item[0].why = strdup("a, \"b\"");
	record_csv_header(file);
	record_csv(&p.guests, 12, file);
	fclose(file);
	assert_non_null(strstr(text,
			       "\n12,limited,l,active,host,1000000,1,300000,0.3,0.3,0,0.7,0,"));
	assert_non_null(strstr(text, ",\"a, \"\"b\"\"\"\n"));
	/* What is not known is empty, and every line has all fields. */
	assert_non_null(strstr(text, "\n12,stopped,s,defined,host,,1,0,,,,,,,,,,,,,,,,,0,,,\n"));
	for (const char *c = strchr(text, '\n') - 1; c >= text; c--)
		fields += *c == ',';
	rest = text;
	while ((line = strsep(&rest, "\n")) && *line) {
		int commas = 0;

		for (const char *c = line; *c; c++)
			commas += *c == ',';
		/* A comma of their reasons. */
		assert_int_equal(commas, fields + (lines == 1 || lines == 2));
		lines++;
	}
	assert_int_equal(lines, 4);
}

static double number_of(struct json_object *object, const char *key)
{
	assert_non_null(value_get(object, key));
	return json_object_get_double(value_get(object, key));
}

static void test_json(void **state)
{
	_cleanup_pair_ struct pair p = { 0 };
	_cleanup_value_ struct json_object *record = NULL;
	struct json_object *first, *vcpus;
	double ready;

	three(&p);
	p.client.json = true;
	record = record_object(&p.frame, &p.guests, 12);
	assert_int_equal(value_number(record, "Time"), 12);
	assert_int_equal(json_object_array_length(value_get(record, "Systems")), 3);
	first = json_object_array_get_idx(value_get(record, "Systems"), 1);
	assert_string_equal(value_text(first, "Name"), "waits");
	vcpus = value_get(first, "VCPUs");
	assert_int_equal(json_object_array_length(vcpus), 2);
	ready = json_object_get_double(value_get(json_object_array_get_idx(vcpus, 0), "Ready"));
	assert_true(fabs(ready - 0.4) < 1e-9);
	assert_true(fabs(number_of(json_object_array_get_idx(vcpus, 0), "Kernel") - 0.06) < 1e-9);
	assert_true(fabs(number_of(first, "KernelCPUs") - 0.06) < 1e-9);
	assert_true(fabs(number_of(first, "EmulatorCPUs") - 0.05) < 1e-9);
	assert_int_equal(json_object_array_length(value_get(first, "NICs")), 0);
	assert_int_equal(json_object_array_length(value_get(first, "Reasons")), 1);
	/* What is not known is not there. */
	first = json_object_array_get_idx(value_get(record, "Systems"), 2);
	assert_null(value_get(first, "UsedCPUs"));
	assert_null(value_get(first, "EmulatorCPUs"));
}

static void test_plain(void **state)
{
	_cleanup_pair_ struct pair p = { 0 };
	_cleanup_free_ char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	three(&p);
	record_plain(&p.guests, 0, file);
	fclose(file);
	assert_non_null(strstr(text, ", 3 virtual systems\nNAME "));
	assert_non_null(strstr(text, "limited 70 %: processor limit 300 ms/s\n"));
	assert_null(strstr(text, "HISTORY"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers), cmocka_unit_test(test_names),
		cmocka_unit_test(test_filter),	cmocka_unit_test(test_order),
		cmocka_unit_test(test_history), cmocka_unit_test(test_csv),
		cmocka_unit_test(test_json),	cmocka_unit_test(test_plain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
