// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rows of uplinks: what is summed up, what is not known, and what is shown of which.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tools/kvrmctl/client.h"
#include "tools/kvrmctl/look.h"
#include "tools/kvrmctl/stats.h"
#include "tools/kvrmctl/table.h"
#include "tools/kvrmctl/value.h"

static const char uplinks_text[] =
	"[{'Name':'gold','Parent':'lan','Members':['nic/web/1'],'EnforcedBy':'module',"
	"'ToGuestCapacity':125000,'ToGuestLimit':250000,'ToGuestReserved':0,"
	"'ToGuestDemand':125000,'ToGuestEntitled':250000},"
	"{'Name':'lan','Parent':'','Members':['uplink/gold','nic/web/0','nic/off/0'],"
	"'EnforcedBy':'module','ToGuestCapacity':125000000,'ToGuestReserved':125000,"
	"'ToGuestDemand':2500000,'ToGuestEntitled':125000000,'FromGuestCapacity':1250000,"
	"'FromGuestReserved':2500000,'FromGuestShortfall':1250000},"
	"{'Name':'wan','Parent':'','Members':[],'EnforcedBy':'','ToGuestCapacity':1000000,"
	"'ToGuestDemand':0,'ToGuestEntitled':0}]";
static const char systems_text[] =
	"[{'Name':'off','UUID':'u1','State':'defined','NICs':[{'ToGuestReservation':1000000}]},"
	"{'Name':'web','UUID':'u2','State':'active','NICs':["
	"{'ToGuestReservation':125000,'ToGuestLimit':12500000},{}]}]";
/* Two seconds; of the NIC in gold nothing but bytes is known. */
static const char before_text[] =
	"{'u2':{'SampleTime':1000000,'NICs':[{'ToGuestBytes':1000,'ToGuestPackets':1,"
	"'ToGuestLimited':0,'ToGuestDelayedPackets':2,'ToGuestDroppedPackets':0,"
	"'ToGuestDroppedFull':0,'ToGuestDroppedMemory':0},"
	"{'ToGuestBytes':0}]}}";
static const char after_text[] =
	"{'u2':{'SampleTime':3000000,'NICs':[{'ToGuestBytes':2501000,'ToGuestPackets':2001,"
	"'ToGuestLimited':1000000000,'ToGuestDelayedPackets':202,'ToGuestDroppedPackets':8,"
	"'ToGuestDroppedFull':6,'ToGuestDroppedMemory':2,"
	"'ToGuestQueuedBytes':3000,'ToGuestDemand':2500000,'ToGuestEntitled':12500000},"
	"{'ToGuestBytes':250000}]}}";

/* @text: JSON with ' for ". */
static struct json_object *parse(const char *text)
{
	_cleanup_free_ char *copy = strdup(text);
	struct json_object *object;

	assert_non_null(copy);
	for (char *c = copy; *c; c++)
		*c = *c == '\'' ? '"' : *c;
	object = json_tokener_parse(copy);
	assert_non_null(object);
	return object;
}

static void take(struct look *look, const char *samples)
{
	look->uplinks = parse(uplinks_text);
	look->systems = parse(systems_text);
	look->samples = parse(samples);
}

/* What is shown: as JSON, to be freed, if @t is NULL. */
static struct json_object *show(const char *before_samples, char **names, struct table *t)
{
	_cleanup_look_ struct look before = { 0 }, after = { 0 };
	struct json_object *rows = json_object_new_array();
	struct client client = { .json = !t };
	const struct frame frame = {
		.client = &client, .before = &before, .after = &after, .names = names
	};

	take(&before, before_samples);
	take(&after, after_text);
	uplink_stats.show_all(&frame, t, rows);
	if (!t)
		return rows;
	json_object_put(rows);
	return NULL;
}

/* The row of an uplink itself, or of a NIC on it; NULL: there is none. */
static struct json_object *row_of(struct json_object *rows, const char *uplink,
				  const char *direction, const char *system)
{
	for (size_t i = 0; i < json_object_array_length(rows); i++) {
		struct json_object *row = json_object_array_get_idx(rows, i);

		if (!strcmp(value_text(row, "Uplink"), uplink) &&
		    !strcmp(value_text(row, "Direction"), direction) &&
		    !strcmp(value_text(row, "System"), system))
			return row;
	}
	return NULL;
}

static void test_sums(void **state)
{
	char *names[] = { NULL };
	_cleanup_value_ struct json_object *rows = show(before_text, names, NULL);
	struct json_object *lan = row_of(rows, "lan", "receive", "");
	struct json_object *gold = row_of(rows, "gold", "receive", "");

	/* Three uplinks and three NICs, in two directions. */
	assert_int_equal(json_object_array_length(rows), 12);
	/* NICs in parts are in what is above them. */
	assert_float_equal(json_object_get_double(value_get(lan, "BytesPerSecond")), 1375000, 0.1);
	assert_float_equal(json_object_get_double(value_get(gold, "BytesPerSecond")), 125000, 0.1);
	assert_float_equal(json_object_get_double(value_get(lan, "PacketsPerSecond")), 1000, 0.1);
	assert_float_equal(json_object_get_double(value_get(lan, "QueuedBytes")), 3000, 0.1);
	assert_float_equal(json_object_get_double(value_get(lan, "DelayedPerSecond")), 100, 0.1);
	assert_float_equal(json_object_get_double(value_get(lan, "DroppedPerSecond")), 4, 0.1);
	assert_float_equal(json_object_get_double(value_get(lan, "DroppedFullPerSecond")), 3, 0.1);
	assert_float_equal(json_object_get_double(value_get(lan, "DroppedMemoryPerSecond")), 1,
			   0.1);
	assert_null(value_get(lan, "DroppedDevicePerSecond"));
	/* What the module says of the uplink itself. */
	assert_float_equal(json_object_get_double(value_get(lan, "DemandBytesPerSecond")), 2500000,
			   0.1);
	assert_float_equal(json_object_get_double(value_get(lan, "EntitledBytesPerSecond")),
			   125000000, 0.1);
	assert_int_equal(value_number(lan, "Capacity"), 125000000);
	assert_int_equal(value_number(lan, "Reserved"), 125000);
	/* A capacity is the limit of an uplink; a part has one of its own. */
	assert_null(value_get(lan, "Limit"));
	assert_int_equal(value_number(gold, "Limit"), 250000);
	assert_string_equal(value_text(gold, "Parent"), "lan");
}

static void test_nics(void **state)
{
	char *names[] = { NULL };
	_cleanup_value_ struct json_object *rows = show(before_text, names, NULL);
	struct json_object *web = row_of(rows, "lan", "receive", "web");
	struct json_object *in_gold = row_of(rows, "gold", "receive", "web");

	assert_int_equal(value_number(web, "NIC"), 0);
	assert_int_equal(value_number(in_gold, "NIC"), 1);
	assert_string_equal(value_text(web, "UUID"), "u2");
	assert_int_equal(value_number(web, "Reservation"), 125000);
	assert_int_equal(value_number(web, "Limit"), 12500000);
	assert_float_equal(json_object_get_double(value_get(web, "BytesPerSecond")), 1250000, 0.1);
	assert_float_equal(json_object_get_double(value_get(web, "Limited")), 0.5, 1e-6);
	assert_float_equal(json_object_get_double(value_get(web, "EntitledBytesPerSecond")),
			   12500000, 0.1);
}

static void test_unknown(void **state)
{
	char *names[] = { NULL };
	_cleanup_value_ struct json_object *rows = show("{}", names, NULL);
	struct json_object *lan = row_of(rows, "lan", "receive", "");
	struct json_object *wan = row_of(rows, "wan", "receive", "");

	/* Without an earlier sample there are no rates; what is due now is known. */
	assert_null(value_get(lan, "BytesPerSecond"));
	assert_null(value_get(lan, "QueuedBytes"));
	assert_non_null(value_get(lan, "EntitledBytesPerSecond"));
	/* Nobody holds it, so nobody measures. */
	assert_null(value_get(wan, "DemandBytesPerSecond"));
	assert_null(value_get(wan, "EntitledBytesPerSecond"));
	assert_int_equal(value_number(wan, "Capacity"), 1000000);
	assert_null(value_get(row_of(rows, "lan", "receive", "off"), "BytesPerSecond"));
}

static void test_named(void **state)
{
	char *names[] = { "wan", "gold", NULL };
	_cleanup_value_ struct json_object *rows = show(before_text, names, NULL);

	assert_int_equal(json_object_array_length(rows), 6);
	assert_null(row_of(rows, "lan", "receive", ""));
	assert_string_equal(value_text(json_object_array_get_idx(rows, 0), "Uplink"), "wan");
}

static void test_check_names(void **state)
{
	_cleanup_look_ struct look look = { 0 };
	struct client client = { .keep = true };
	char *good[] = { "gold", "lan", NULL }, *bad[] = { "lan", "web", NULL };

	take(&look, before_text);
	assert_int_equal(uplink_stats.check_names(&client, good, &look), EXIT_OK);
	assert_int_equal(uplink_stats.check_names(&client, bad, &look), EXIT_NOT_FOUND);
	assert_string_equal(client.said, "web: there is no such uplink");
}

static void test_table(void **state)
{
	_cleanup_table_ struct table t = { .columns = uplink_stats.columns,
					   .header = uplink_stats.header };
	char *names[] = { "lan", NULL }, *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);
	/* A line each, whatever its length. */
	/* clang-format off */
	static const char expected[] =
		"UPLINK           DIRECTION  CAPACITY      LIMIT  RESERVED  MBIT/S  DEMAND  ENTITLED  QUEUED  DELAYED/S  DROPPED/S\n"
		"lan              receive       1Gbit          -     1Mbit  11.000  20.000  1000.000    3000        100          4\n"
		"|- web NIC 0     receive           -    100Mbit     1Mbit  10.000  20.000   100.000    3000        100          4\n"
		"|- off NIC 0     receive           -  unlimited   (8Mbit)       -       -         -       -          -          -\n"
		"`- gold          receive       1Mbit      2Mbit         0   1.000   1.000     2.000       -          -          -\n"
		"   `- web NIC 1  receive           -  unlimited         0   1.000       -         -       -          -          -\n"
		"lan (!)          transmit     10Mbit          -    20Mbit       -   0.000     0.000       -          -          -\n"
		"|- web NIC 0     transmit          -  unlimited         0       -       -         -       -          -          -\n"
		"|- off NIC 0     transmit          -  unlimited       (0)       -       -         -       -          -          -\n"
		"`- gold          transmit          0  unlimited         0       -   0.000     0.000       -          -          -\n"
		"   `- web NIC 1  transmit          -  unlimited         0       -       -         -       -          -          -\n";
	/* clang-format on */

	assert_non_null(file);
	show(before_text, names, &t);
	table_print(&t, file);
	fclose(file);
	assert_string_equal(text, expected);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sums),	    cmocka_unit_test(test_nics),
		cmocka_unit_test(test_unknown),	    cmocka_unit_test(test_named),
		cmocka_unit_test(test_check_names), cmocka_unit_test(test_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
