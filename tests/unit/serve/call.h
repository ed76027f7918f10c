/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A client on a bus, and its calls. Include it behind cmocka.h.
 */
#ifndef KVRM_TEST_CALL_H
#define KVRM_TEST_CALL_H

#include "tests/profiles/walk-bus.h"

static struct walk_bus client;

/* A call of an object, with arguments; @types: of them. */
static inline sd_bus_message *call(const char *path, const char *interface, const char *member,
				   const char *types, ...)
{
	sd_bus_message *m = NULL;
	va_list arguments;

	assert_true(sd_bus_message_new_method_call(client.bus, &m, NULL, path, interface, member) >=
		    0);
	va_start(arguments, types);
	assert_true(sd_bus_message_appendv(m, types, arguments) >= 0);
	va_end(arguments);
	return walk_bus_send(&client, m);
}

static inline void expect_done(sd_bus_message *reply)
{
	const sd_bus_error *error = sd_bus_message_get_error(reply);

	if (error)
		fail_msg("%s: %s", error->name, error->message);
	sd_bus_message_unref(reply);
}

#endif
