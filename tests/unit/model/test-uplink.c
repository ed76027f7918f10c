// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Uplinks: keys and their ranges, D-Bus and the store, which one a NIC is on, admission and its sentences; and random
 * comings and goings against sums that are computed anew each time.
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
#include "daemon/util/text.h"
#include "tests/unit/random.h"

static void expect_invalid(const struct uplink_definition *d, const char *part)
{
	_cleanup_free_ char *error = NULL;

	assert_int_equal(uplink_definition_validate(d, &error), -EINVAL);
	if (!strstr(error, part))
		fail_msg("'%s' does not say '%s'", error, part);
}

static void test_rules(void **state)
{
	_cleanup_uplink_definition_ struct uplink_definition *d = uplink_definition_new();

	expect_invalid(d, "name: is missing");
	strcpy(d->name, "a/b");
	expect_invalid(d, "name: 'a/b' is not 1 to 63 of A-Z a-z 0-9 . _ -");
	strcpy(d->name, "none");
	expect_invalid(d, "name: 'none' cannot be the name of an uplink");
	strcpy(d->name, "bridge");
	expect_invalid(d, "name: 'bridge' cannot be the name of an uplink");
	strcpy(d->name, "lan");
	expect_invalid(d, "to-guest-capacity: 0 bytes per second is not 1 to 1099511627776");
	d->allocations[NIC_TO_GUEST].capacity = UPLINK_MAX_BYTES_PER_S;
	expect_invalid(d, "from-guest-capacity: 0 bytes per second");
	d->allocations[NIC_FROM_GUEST].capacity = UPLINK_MAX_BYTES_PER_S + 1;
	expect_invalid(d, "from-guest-capacity: 1099511627777 bytes per second is not");
	d->allocations[NIC_FROM_GUEST].capacity = 1;
	assert_int_equal(uplink_definition_validate(d, NULL), 0);
	strcpy(d->bridge, "br 0");
	expect_invalid(d, "bridge: 'br 0' is not 1 to 15");
	strcpy(d->bridge, "br0");
	d->allocations[NIC_TO_GUEST].reservation = 1;
	expect_invalid(d, "to-guest-reservation: only a part of an uplink");
	d->allocations[NIC_TO_GUEST].reservation = 0;
	d->allocations[NIC_FROM_GUEST].weight = 99;
	expect_invalid(d, "from-guest-weight: only a part of an uplink");
	d->allocations[NIC_FROM_GUEST].weight = 100;
	d->allocations[NIC_TO_GUEST].expandable = false;
	expect_invalid(d, "to-guest-expandable: only a part of an uplink");
	d->allocations[NIC_TO_GUEST].expandable = true;
	d->description = malloc(257);
	memset(d->description, 'x', 256);
	d->description[256] = '\0';
	expect_invalid(d, "description: longer than 255 bytes");
	d->description[255] = '\0';
	assert_int_equal(uplink_definition_validate(d, NULL), 0);
}

static void test_rules_of_parts(void **state)
{
	_cleanup_uplink_definition_ struct uplink_definition *d = uplink_definition_new();
	struct uplink_allocation *to = &d->allocations[NIC_TO_GUEST];

	strcpy(d->name, "gold");
	strcpy(d->parent, "lan");
	assert_int_equal(uplink_definition_validate(d, NULL), 0);
	to->capacity = 1;
	expect_invalid(d, "to-guest-capacity: a part of an uplink has none");
	to->capacity = 0;
	to->reservation = UPLINK_MAX_BYTES_PER_S + 1;
	expect_invalid(d, "to-guest-reservation: 1099511627777 bytes per second is not 0 to");
	to->reservation = 2;
	to->limit = 1;
	expect_invalid(d,
		       "to-guest-reservation: 2 bytes per second is above the to-guest-limit, 1");
	to->limit = UPLINK_MAX_BYTES_PER_S + 1;
	expect_invalid(d, "to-guest-limit: 1099511627777 bytes per second is not 1 to");
	to->limit = UPLINK_MAX_BYTES_PER_S;
	to->weight = 0;
	expect_invalid(d, "to-guest-weight: 0 is not 1 to 10000");
	to->weight = 10001;
	expect_invalid(d, "to-guest-weight: 10001 is not 1 to 10000");
	to->weight = 10000;
	to->expandable = false;
	assert_int_equal(uplink_definition_validate(d, NULL), 0);
	strcpy(d->parent, "none");
	expect_invalid(d, "parent: 'none' cannot be");
}

static int read_bus(enum uplink_keys keys, struct uplink_definition *d, char **ret_error,
		    const char *types, ...)
{
	sd_bus *bus = NULL;
	sd_bus_message *m = NULL;
	int pair[2], r;
	va_list args;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_true(sd_bus_new(&bus) >= 0);
	assert_true(sd_bus_set_fd(bus, pair[0], pair[0]) >= 0);
	assert_true(sd_bus_start(bus) >= 0);
	close(pair[1]);
	assert_true(sd_bus_message_new_signal(bus, &m, "/x", "x.y", "Z") >= 0);
	va_start(args, types);
	assert_true(sd_bus_message_appendv(m, types, args) >= 0);
	va_end(args);
	assert_true(sd_bus_message_seal(m, 1, 0) >= 0);
	r = uplink_definition_read_bus(m, keys, d, ret_error);
	sd_bus_message_unref(m);
	sd_bus_close_unref(bus);
	return r;
}

static void test_from_bus(void **state)
{
	_cleanup_uplink_definition_ struct uplink_definition *d = uplink_definition_new();
	_cleanup_free_ char *name = NULL, *type = NULL, *unknown = NULL, *size = NULL;

	assert_int_equal(read_bus(UPLINK_KEYS_ALL, d, NULL, "a{sv}", 9, "Name", "s", "gold",
				  "Parent", "s", "lan", "Bridge", "s", "br1", "Description", "s",
				  "x", "ToGuestReservation", "t", UINT64_C(5), "ToGuestLimit", "t",
				  UINT64_C(6), "ToGuestWeight", "u", 7, "FromGuestExpandable", "b",
				  0, "FromGuestCapacity", "t", UINT64_C(8)),
			 0);
	assert_string_equal(d->name, "gold");
	assert_string_equal(d->parent, "lan");
	assert_string_equal(d->bridge, "br1");
	assert_string_equal(d->description, "x");
	assert_int_equal(d->allocations[NIC_TO_GUEST].reservation, 5);
	assert_int_equal(d->allocations[NIC_TO_GUEST].limit, 6);
	assert_int_equal(d->allocations[NIC_TO_GUEST].weight, 7);
	assert_true(d->allocations[NIC_TO_GUEST].expandable);
	assert_false(d->allocations[NIC_FROM_GUEST].expandable);
	assert_int_equal(d->allocations[NIC_FROM_GUEST].capacity, 8);
	assert_int_equal(d->allocations[NIC_FROM_GUEST].weight, 100);
	assert_int_equal(read_bus(UPLINK_KEYS_CHANGE, d, NULL, "a{sv}", 1, "Bridge", "s", ""), 0);
	assert_string_equal(d->bridge, "");
	assert_int_equal(read_bus(UPLINK_KEYS_CHANGE, d, &name, "a{sv}", 1, "Name", "s", "x"),
			 -EINVAL);
	assert_non_null(strstr(name, "unknown key 'Name'; keys are Bridge Description"));
	assert_int_equal(read_bus(UPLINK_KEYS_CHANGE, d, &type, "a{sv}", 1, "ToGuestWeight", "t",
				  UINT64_C(1)),
			 -EINVAL);
	assert_non_null(strstr(type, "ToGuestWeight: is not of its type"));
	assert_int_equal(read_bus(UPLINK_KEYS_ALL, d, &unknown, "a{sv}", 1, "Weight", "u", 1),
			 -EINVAL);
	assert_non_null(strstr(unknown, "unknown key 'Weight'; keys are Name Parent Bridge"));
	assert_int_equal(read_bus(UPLINK_KEYS_ALL, d, &size, "a{sv}", 1, "Bridge", "s",
				  "0123456789abcdef"),
			 -EINVAL);
	assert_non_null(strstr(size, "bridge: longer than 15 characters"));
	assert_int_equal(read_bus(UPLINK_KEYS_ALL, d, NULL, "s", "x"), -ENXIO);
}

static void test_json(void **state)
{
	static const char *const bad[][2] = {
		{ "[]", "is not a JSON object" },
		{ "{\"name\":\"lan\"}", "to-guest-capacity" },
		{ "{\"name\":\"lan\",\"colour\":\"red\"}", "unknown key 'colour'" },
	};
	_cleanup_uplink_definition_ struct uplink_definition *d = uplink_definition_new();
	_cleanup_uplink_definition_ struct uplink_definition *back = NULL;
	_cleanup_free_ char *text = NULL;

	strcpy(d->name, "gold");
	strcpy(d->parent, "lan");
	strcpy(d->bridge, "br1");
	d->description = strdup("what is \"paid\" for");
	d->allocations[NIC_TO_GUEST] =
		(struct uplink_allocation){ .reservation = UPLINK_MAX_BYTES_PER_S,
					    .limit = UPLINK_MAX_BYTES_PER_S,
					    .weight = 10000 };
	assert_int_equal(uplink_definition_to_json(d, &text), 0);
	assert_int_equal(uplink_definition_from_json(text, &back, NULL), 0);
	assert_string_equal(back->name, d->name);
	assert_string_equal(back->parent, d->parent);
	assert_string_equal(back->bridge, d->bridge);
	assert_string_equal(back->description, d->description);
	assert_memory_equal(back->allocations, d->allocations, sizeof(d->allocations));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		_cleanup_free_ char *error = NULL;
		struct uplink_definition *none;

		assert_int_equal(uplink_definition_from_json(bad[i][0], &none, &error), -EINVAL);
		assert_non_null(strstr(error, bad[i][1]));
	}
}

/* An uplink (@parent is ""), or a part, that is admitted; its capacity, or reservation, is of each direction. */
static struct uplink *add_uplink(struct host *host, const char *name, const char *parent,
				 const char *bridge, uint64_t amount)
{
	struct uplink_definition *d = uplink_definition_new();
	struct uplink *uplink;

	strcpy(d->name, name);
	strcpy(d->parent, parent);
	strcpy(d->bridge, bridge);
	for (int i = 0; i < NIC_DIRECTIONS; i++)
		*(*parent ? &d->allocations[i].reservation : &d->allocations[i].capacity) = amount;
	assert_int_equal(uplink_definition_validate(d, NULL), 0);
	uplink = uplink_new(d);
	assert_int_equal(uplink_admit(host, uplink, d, NULL), 0);
	assert_int_equal(host_add_uplink(host, uplink), 0);
	return uplink;
}

static struct system *add_system(struct host *host, const char *name, const char *const *nics,
				 size_t n)
{
	struct definition *d = definition_new();
	struct system *system;

	strcpy(d->name, name);
	text_uuid_new(d->uuid);
	d->memory_bytes = DEFINITION_MEMORY_UNIT;
	for (size_t i = 0; i < n; i++)
		assert_int_equal(definition_set(d, "nic", nics[i], NULL), 0);
	assert_int_equal(definition_complete(d), 0);
	assert_int_equal(definition_validate(d, 0, NULL), 0);
	system = system_new(d);
	assert_int_equal(host_add(host, system), 0);
	return system;
}

static void begin(struct host *host)
{
	assert_int_equal(host_init(host), 0);
	host_set_capacity(host, 64 * UINT64_C(1000000), 0);
	host_set_memory(host, UINT64_C(1) << 50, 0);
}

static void expect_refused(struct host *host, struct system *system, int wanted, const char *part)
{
	_cleanup_free_ char *error = NULL;

	assert_int_equal(admission_enter(host, system, &error), wanted);
	if (!error || !strstr(error, part))
		fail_msg("'%s' does not say '%s'", error, part);
	assert_null(system->node.parent);
	for (size_t i = 0; i < DEFINITION_NICS_MAX; i++)
		assert_null(uplink_of_nic(system, i));
}

static void test_which_uplink(void **state)
{
	struct definition_nic nic = NIC_DEFAULTS;
	struct uplink *lan, *dmz, *gold;
	struct host host;

	begin(&host);
	lan = add_uplink(&host, "lan", "", "br0", 1000);
	dmz = add_uplink(&host, "dmz", "", "", 1000);
	gold = add_uplink(&host, "gold", "lan", "br1", 100);
	strcpy(nic.bridge, "br0");
	assert_ptr_equal(host_uplink_of_nic(&host, &nic), lan);
	strcpy(nic.bridge, "br1");
	assert_ptr_equal(host_uplink_of_nic(&host, &nic), gold);
	strcpy(nic.bridge, "br2");
	assert_null(host_uplink_of_nic(&host, &nic));
	strcpy(nic.uplink, "dmz");
	assert_ptr_equal(host_uplink_of_nic(&host, &nic), dmz);
	strcpy(nic.uplink, "none");
	strcpy(nic.bridge, "br0");
	assert_null(host_uplink_of_nic(&host, &nic));
	/* In order: each after what it is carved out of. */
	assert_ptr_equal(uplink_next(&host, NULL), dmz);
	assert_ptr_equal(uplink_next(&host, dmz), lan);
	assert_ptr_equal(uplink_next(&host, lan), gold);
	assert_null(uplink_next(&host, gold));
	assert_ptr_equal(uplink_whole(gold), lan);
	assert_true(host_uplink_is_used(&host, lan));
	assert_false(host_uplink_is_used(&host, gold));
	host_deinit(&host);
}

static void test_starts(void **state)
{
	static const char *const web[] = {
		"br0,from-guest-reservation=4800bit,from-guest-weight=7",
		"br9,uplink=gold,to-guest-reservation=800bit,to-guest-limit=1600bit"
	};
	static const char *const more[] = { "br0,from-guest-reservation=3208bit" };
	static const char *const alone[] = { "br9,to-guest-reservation=8bit" };
	static const char *const lost[] = { "br0,uplink=wan" };
	static const char *const huge[] = { "br0,to-guest-reservation=8008bit" };
	struct system *first, *second, *third, *fourth, *fifth;
	struct uplink *lan, *gold;
	struct host host;

	begin(&host);
	lan = add_uplink(&host, "lan", "", "br0", 1000);
	gold = add_uplink(&host, "gold", "lan", "", 0);
	first = add_system(&host, "web", web, 2);
	second = add_system(&host, "more", more, 1);
	third = add_system(&host, "alone", alone, 1);
	fourth = add_system(&host, "lost", lost, 1);
	fifth = add_system(&host, "huge", huge, 1);
	host.admitted = host.refused = 0;
	assert_int_equal(admission_enter(&host, first, NULL), 0);
	assert_ptr_equal(uplink_of_nic(first, 0), lan);
	assert_ptr_equal(uplink_of_nic(first, 1), gold);
	assert_int_equal(lan->node.reserved[KVRM_RESOURCE_FROM_GUEST], 600);
	assert_int_equal(lan->node.reserved[KVRM_RESOURCE_TO_GUEST], 100);
	assert_int_equal(gold->node.reserved[KVRM_RESOURCE_TO_GUEST], 100);
	assert_int_equal(first->nics[0].member->node.share[NIC_FROM_GUEST].weight, 7);
	assert_int_equal(first->nics[1].member->node.share[NIC_TO_GUEST].limit, 200);
	expect_refused(
		&host, second, ERROR_INSUFFICIENT,
		"nic 0: from-guest-reservation: uplink 'lan' lacks 1B/s (1 bytes per second): "
		"it has 600 reserved of 1000");
	expect_refused(&host, third, ERROR_INSUFFICIENT,
		       "nic 0: to-guest-reservation: needs an uplink, and bridge 'br9' has none");
	expect_refused(&host, fourth, ERROR_NOT_FOUND, "nic 0: uplink: there is no uplink 'wan'");
	expect_refused(&host, fifth, ERROR_INSUFFICIENT,
		       "to-guest-reservation: uplink 'lan' lacks 1B/s (1 bytes per second): it has "
		       "1000 in all");
	assert_int_equal(host.admitted, 1);
	assert_int_equal(host.refused, 3);
	assert_true(host_uplink_is_used(&host, gold));
	/* Of two that run, and one that does not; the one that names no uplink of ours is on none. */
	assert_int_equal(host_count_uplink_members(&host, lan), 4);
	admission_leave(first);
	assert_int_equal(lan->node.reserved[KVRM_RESOURCE_FROM_GUEST], 0);
	assert_int_equal(lan->node.reserved[KVRM_RESOURCE_TO_GUEST], 0);
	assert_int_equal(admission_enter(&host, second, NULL), 0);
	/* One that was found has what it has, whether it fits or not. */
	assert_int_equal(admission_enter_found(&host, first, NULL), ERROR_INSUFFICIENT);
	assert_int_equal(lan->node.reserved[KVRM_RESOURCE_FROM_GUEST], 1001);
	assert_int_equal(kvrm_shortfall(&lan->node, KVRM_RESOURCE_FROM_GUEST), 1);
	assert_int_equal(admission_enter_found(&host, third, NULL), ERROR_INSUFFICIENT);
	assert_null(uplink_of_nic(third, 0));
	assert_non_null(third->node.parent);
	host_deinit(&host);
}

/* A NIC changed, and one taken out, while the others stay. */
static void test_changes_of_nics(void **state)
{
	static const char *const nics[] = { "br0,to-guest-reservation=800bit", "br1",
					    "br0,to-guest-reservation=1600bit" };
	_cleanup_free_ char *error = NULL;
	struct uplink_move move;
	struct uplink *lan, *dmz;
	struct system *web;
	struct host host;

	begin(&host);
	lan = add_uplink(&host, "lan", "", "br0", 1000);
	dmz = add_uplink(&host, "dmz", "", "br1", 50);
	web = add_system(&host, "web", nics, 3);
	assert_int_equal(admission_enter(&host, web, NULL), 0);
	strcpy(web->definition->nics[0].uplink, "dmz");
	assert_int_equal(uplink_admit_nic(&host, web, 0, &move, &error), ERROR_INSUFFICIENT);
	assert_string_equal(error,
			    "nic 0: to-guest-reservation: uplink 'dmz' lacks 50B/s (50 bytes "
			    "per second): it has 0 reserved of 50");
	assert_ptr_equal(uplink_of_nic(web, 0), lan);
	web->definition->nics[0].shares[NIC_TO_GUEST].reservation_bytes_per_s = 50;
	assert_int_equal(uplink_admit_nic(&host, web, 0, &move, NULL), 0);
	assert_ptr_equal(uplink_of_nic(web, 0), dmz);
	assert_int_equal(lan->node.reserved[KVRM_RESOURCE_TO_GUEST], 200);
	assert_int_equal(dmz->node.reserved[KVRM_RESOURCE_TO_GUEST], 50);
	uplink_undo(&move, 1);
	assert_ptr_equal(uplink_of_nic(web, 0), lan);
	assert_int_equal(lan->node.reserved[KVRM_RESOURCE_TO_GUEST], 300);
	/* The last one moves up, and stays where it was. */
	system_remove_nic(web, 1);
	assert_ptr_equal(uplink_of_nic(web, 1), lan);
	assert_int_equal(dmz->node.children, 0);
	system_remove_nic(web, 0);
	assert_int_equal(lan->node.reserved[KVRM_RESOURCE_TO_GUEST], 200);
	system_remove_nic(web, 0);
	assert_int_equal(lan->node.children, 0);
	host_deinit(&host);
}

static int change(struct host *host, struct uplink *uplink, uint64_t amount, char **ret_error)
{
	_cleanup_uplink_definition_ struct uplink_definition *d =
		uplink_definition_copy(uplink->definition);

	for (int i = 0; i < NIC_DIRECTIONS; i++)
		*(*d->parent ? &d->allocations[i].reservation : &d->allocations[i].capacity) =
			amount;
	return uplink_admit(host, uplink, d, ret_error);
}

static void test_changes_of_uplinks(void **state)
{
	static const char *const nics[] = { "br0,to-guest-reservation=4800bit" };
	_cleanup_free_ char *capacity = NULL, *part = NULL, *none = NULL;
	_cleanup_uplink_definition_ struct uplink_definition *d = uplink_definition_new();
	struct uplink *lan, *gold, *lost;
	struct system *web;
	struct host host;

	begin(&host);
	lan = add_uplink(&host, "lan", "", "br0", 1000);
	gold = add_uplink(&host, "gold", "lan", "", 100);
	web = add_system(&host, "web", nics, 1);
	assert_int_equal(admission_enter(&host, web, NULL), 0);
	assert_int_equal(lan->node.reserved[KVRM_RESOURCE_TO_GUEST], 700);
	assert_int_equal(change(&host, lan, 699, &capacity), ERROR_INSUFFICIENT);
	assert_string_equal(capacity, "to-guest-capacity: uplink 'lan' lacks 1B/s (1 bytes per "
				      "second): it has 700 reserved");
	assert_int_equal(lan->node.share[NIC_TO_GUEST].reservation, 1000);
	assert_int_equal(change(&host, lan, 700, NULL), 0);
	assert_int_equal(change(&host, gold, 101, &part), ERROR_INSUFFICIENT);
	assert_string_equal(part, "to-guest-reservation: uplink 'lan' lacks 1B/s (1 bytes per "
				  "second): it has 700 reserved of 700");
	assert_int_equal(change(&host, gold, 50, NULL), 0);
	assert_int_equal(lan->node.reserved[KVRM_RESOURCE_TO_GUEST], 650);
	/* Placed is placed: as the definition has it, whether it fits or not. */
	gold->definition->allocations[NIC_TO_GUEST].reservation = 400;
	uplink_place(&host, gold);
	assert_int_equal(lan->node.reserved[KVRM_RESOURCE_TO_GUEST], 1000);
	assert_int_equal(kvrm_shortfall(&lan->node, KVRM_RESOURCE_TO_GUEST), 300);
	strcpy(d->name, "lost");
	strcpy(d->parent, "wan");
	lost = uplink_new(uplink_definition_copy(d));
	assert_int_equal(uplink_admit(&host, lost, d, &none), ERROR_NOT_FOUND);
	assert_string_equal(none, "parent: there is no uplink 'wan'");
	uplink_free(lost);
	host_deinit(&host);
}

static int move(struct host *host, struct uplink *uplink, const char *parent, char **ret_error)
{
	_cleanup_uplink_definition_ struct uplink_definition *d =
		uplink_definition_copy(uplink->definition);
	int r;

	strcpy(d->parent, parent);
	r = uplink_admit(host, uplink, d, ret_error);
	if (!r)
		strcpy(uplink->definition->parent, parent);
	return r;
}

/* A part is carved out of something else, with what lies in it. */
static void test_moves_of_parts(void **state)
{
	static const char *const nics[] = { "br0,uplink=deep,to-guest-reservation=4800bit" };
	_cleanup_free_ char *lacks = NULL, *itself = NULL, *below = NULL, *none = NULL;
	struct uplink *lan, *wan, *gold, *deep;
	struct system *web;
	struct host host;

	begin(&host);
	lan = add_uplink(&host, "lan", "", "", 1000);
	wan = add_uplink(&host, "wan", "", "", 599);
	gold = add_uplink(&host, "gold", "lan", "", 100);
	deep = add_uplink(&host, "deep", "lan", "", 0);
	web = add_system(&host, "web", nics, 1);
	assert_int_equal(admission_enter(&host, web, NULL), 0);
	assert_int_equal(lan->node.reserved[KVRM_RESOURCE_TO_GUEST], 700);
	/* What an expandable one has reserves for what comes to it. */
	assert_int_equal(move(&host, deep, "gold", NULL), 0);
	assert_ptr_equal(deep->node.parent, &gold->node);
	assert_int_equal(gold->node.reserved[KVRM_RESOURCE_TO_GUEST], 600);
	assert_int_equal(lan->node.reserved[KVRM_RESOURCE_TO_GUEST], 600);
	assert_int_equal(move(&host, gold, "gold", &itself), ERROR_INVALID_ARGUMENT);
	assert_string_equal(itself, "parent: uplink 'gold' cannot lie in itself or below");
	assert_int_equal(move(&host, gold, "deep", &below), ERROR_INVALID_ARGUMENT);
	assert_string_equal(below, "parent: uplink 'gold' cannot lie in itself or below");
	assert_int_equal(move(&host, gold, "tin", &none), ERROR_NOT_FOUND);
	assert_string_equal(none, "parent: there is no uplink 'tin'");
	assert_int_equal(move(&host, gold, "wan", &lacks), ERROR_INSUFFICIENT);
	assert_string_equal(lacks, "to-guest-reservation: uplink 'wan' lacks 1B/s (1 bytes per "
				   "second): it has 0 reserved of 599");
	assert_ptr_equal(gold->node.parent, &lan->node);
	assert_int_equal(lan->node.reserved[KVRM_RESOURCE_TO_GUEST], 600);
	assert_int_equal(change(&host, wan, 600, NULL), 0);
	assert_int_equal(move(&host, gold, "wan", NULL), 0);
	assert_int_equal(lan->node.reserved[KVRM_RESOURCE_TO_GUEST], 0);
	assert_int_equal(wan->node.reserved[KVRM_RESOURCE_TO_GUEST], 600);
	assert_ptr_equal(uplink_whole(uplink_of_nic(web, 0)), wan);
	host_deinit(&host);
}

/* A bridge becomes an uplink's: its NICs go there, all or none. */
static void test_moves(void **state)
{
	static const char *const plain[] = { "br0", "br0,uplink=none" };
	static const char *const reserves[] = { "br0,uplink=lan,to-guest-reservation=800bit" };
	static const char *const follows[] = { "br0,to-guest-reservation=800bit" };
	_cleanup_free_ struct uplink_move *moves = NULL, *more = NULL, *last = NULL;
	_cleanup_free_ char *error = NULL;
	struct system *web, *db, *off, *app;
	struct uplink *lan, *wan;
	struct host host;
	size_t n;

	begin(&host);
	lan = add_uplink(&host, "lan", "", "", 1000);
	web = add_system(&host, "web", plain, 2);
	db = add_system(&host, "db", reserves, 1);
	off = add_system(&host, "off", plain, 2);
	assert_int_equal(admission_enter(&host, web, NULL), 0);
	assert_int_equal(admission_enter(&host, db, NULL), 0);
	assert_null(uplink_of_nic(web, 0));
	assert_ptr_equal(uplink_of_nic(db, 0), lan);
	strcpy(lan->definition->bridge, "br0");
	assert_int_equal(uplink_admit_moves(&host, &moves, &n, NULL), 0);
	assert_int_equal(n, 1);
	assert_ptr_equal(moves[0].system, web);
	assert_int_equal(moves[0].index, 0);
	assert_ptr_equal(uplink_of_nic(web, 0), lan);
	assert_null(uplink_of_nic(web, 1));
	assert_null(uplink_of_nic(off, 0));
	uplink_undo(moves, n);
	assert_null(uplink_of_nic(web, 0));
	assert_int_equal(lan->node.children, 1);
	/* One that reserves something cannot be without, and then the other one is not moved either. */
	assert_int_equal(uplink_admit_moves(&host, &more, &n, NULL), 0);
	app = add_system(&host, "app", follows, 1);
	assert_int_equal(admission_enter(&host, app, NULL), 0);
	lan->definition->bridge[0] = '\0';
	wan = add_uplink(&host, "wan", "", "br0", 99);
	assert_int_equal(uplink_admit_moves(&host, &last, &n, &error), ERROR_INSUFFICIENT);
	assert_int_equal(n, 0);
	assert_string_equal(error, "app: nic 0: to-guest-reservation: uplink 'wan' lacks 1B/s (1 "
				   "bytes per second): it has 0 reserved of 99");
	assert_ptr_equal(uplink_of_nic(web, 0), lan);
	assert_ptr_equal(uplink_of_nic(app, 0), lan);
	assert_int_equal(wan->node.children, 0);
	host_deinit(&host);
}

#define SYSTEMS 12
#define CASES	200000

/* What a part, or an uplink, is claimed for: computed anew from what everybody wants, and nothing else. */
static uint64_t reserved_in(const struct host *host, const struct uplink *uplink, int direction)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < host->n_uplinks; i++) {
		const struct uplink_definition *d = host->uplinks[i]->definition;
		const struct uplink_allocation *a = &d->allocations[direction];
		uint64_t below;

		if (strcmp(d->parent, uplink->definition->name))
			continue;
		below = reserved_in(host, host->uplinks[i], direction);
		sum += a->expandable && below > a->reservation ? below : a->reservation;
	}
	for (size_t i = 0; i < host->n_systems; i++) {
		const struct definition_nic *nic = &host->systems[i]->definition->nics[0];

		if (host->systems[i]->node.parent && !strcmp(nic->uplink, uplink->definition->name))
			sum += nic->shares[direction].reservation_bytes_per_s;
	}
	return sum;
}

static bool all_fits(const struct host *host)
{
	for (size_t i = 0; i < host->n_uplinks; i++) {
		const struct uplink_definition *d = host->uplinks[i]->definition;

		for (int k = 0; k < NIC_DIRECTIONS; k++) {
			const struct uplink_allocation *a = &d->allocations[k];
			uint64_t sum = reserved_in(host, host->uplinks[i], k);

			if (!*d->parent ? sum > a->capacity
					: (!a->expandable && sum > a->reservation) ||
						  (a->limit && sum > a->limit))
				return false;
		}
	}
	return true;
}

static void check_sums(const struct host *host)
{
	for (size_t i = 0; i < host->n_uplinks; i++) {
		for (int k = 0; k < NIC_DIRECTIONS; k++)
			assert_int_equal(host->uplinks[i]->node.reserved[k],
					 reserved_in(host, host->uplinks[i], k));
	}
}

/* What is asked for is made if all fits then, and only then. */
static bool random_nic(struct host *host, struct system *system)
{
	static const char *const names[] = { "lan", "gold", "fixed", "deep", "wan" };
	struct definition_nic *nic = &system->definition->nics[0], before = *nic;
	bool runs = system->node.parent, admitted;
	struct uplink_move move;

	if (runs && random64() % 4 == 0) {
		admission_leave(system);
		return true;
	}
	strcpy(nic->uplink, names[random64() % 5]);
	for (int i = 0; i < NIC_DIRECTIONS; i++)
		nic->shares[i].reservation_bytes_per_s = random64() % 3 ? random64() % 400 : 0;
	admitted = !(runs ? uplink_admit_nic(host, system, 0, &move, NULL)
			  : admission_enter(host, system, NULL));
	if (admitted) {
		assert_true(all_fits(host));
		return true;
	}
	/* In force it would have been too much. */
	if (!runs) {
		struct kvrm_node other;

		system->node.parent = &other;
		assert_false(all_fits(host));
		system->node.parent = NULL;
	} else {
		assert_false(all_fits(host));
	}
	*nic = before;
	return false;
}

static bool random_uplink(struct host *host, struct uplink *uplink)
{
	struct uplink_definition *before = uplink->definition, *d = uplink_definition_copy(before);

	for (int i = 0; i < NIC_DIRECTIONS; i++) {
		struct uplink_allocation *a = &d->allocations[i];

		if (!*d->parent) {
			a->capacity = 1 + random64() % 2000;
			continue;
		}
		a->reservation = random64() % 500;
		a->limit = random64() % 2 ? 0 : a->reservation + 1 + random64() % 500;
	}
	assert_int_equal(uplink_definition_validate(d, NULL), 0);
	uplink->definition = d;
	if (!uplink_admit(host, uplink, d, NULL)) {
		assert_true(all_fits(host));
		uplink_definition_free(before);
		return true;
	}
	assert_false(all_fits(host));
	uplink->definition = before;
	uplink_definition_free(d);
	return false;
}

static void test_random(void **state)
{
	static const char *const nics[] = { "br0,uplink=lan" };
	struct system *systems[SYSTEMS];
	size_t admitted = 0;
	struct uplink *fixed;
	struct host host;

	begin(&host);
	add_uplink(&host, "lan", "", "", 2000);
	add_uplink(&host, "wan", "", "", 1000);
	add_uplink(&host, "gold", "lan", "", 300);
	fixed = add_uplink(&host, "fixed", "lan", "", 300);
	for (int i = 0; i < NIC_DIRECTIONS; i++)
		fixed->definition->allocations[i].expandable = false;
	uplink_place(&host, fixed);
	add_uplink(&host, "deep", "gold", "", 0);
	for (int i = 0; i < SYSTEMS; i++) {
		char name[16];

		snprintf(name, sizeof(name), "s%d", i);
		systems[i] = add_system(&host, name, nics, 1);
	}
	for (int i = 0; i < CASES; i++) {
		if (random64() % 8)
			admitted += random_nic(&host, systems[random64() % SYSTEMS]);
		else
			admitted += random_uplink(&host, host.uplinks[random64() % host.n_uplinks]);
		check_sums(&host);
	}
	/* Enough of either. */
	assert_in_range(admitted, CASES / 10, CASES * 9 / 10);
	host_deinit(&host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules),		cmocka_unit_test(test_rules_of_parts),
		cmocka_unit_test(test_from_bus),	cmocka_unit_test(test_json),
		cmocka_unit_test(test_which_uplink),	cmocka_unit_test(test_starts),
		cmocka_unit_test(test_changes_of_nics), cmocka_unit_test(test_changes_of_uplinks),
		cmocka_unit_test(test_moves_of_parts),	cmocka_unit_test(test_moves),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
