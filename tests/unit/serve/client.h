/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A model in memory on a bus, and a client of it. Include it behind cmocka.h.
 */
#ifndef KVRM_TEST_CLIENT_H
#define KVRM_TEST_CLIENT_H

#include "tests/unit/fake-bus.h"
#include "tests/unit/serve/call.h"
#include "tests/unit/serve/operations.h"

static struct fake_bus fake;

static int client_pass(sd_bus_message *m, void *data, sd_bus_error *ret_error)
{
	return 0;
}

/* Behind driver_open(). */
static void client_open(const struct bus_operations *todo)
{
	fake_bus_open(&fake, client_pass, NULL);
	assert_int_equal(bus_new(fake.server, &host, todo, NULL, &bus), 0);
	client = (struct walk_bus){ .bus = fake.client, .event = fake.event, .page = 2 };
}

static int client_close(void **state_)
{
	bus = bus_free(bus);
	fake_bus_close(&fake);
	driver_close();
	return 0;
}

#endif
