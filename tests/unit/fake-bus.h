/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bus whose other end is the test itself: what the code under test calls comes to a function of the
 * test. Include it behind cmocka.h.
 */
#ifndef KVRM_TEST_FAKE_BUS_H
#define KVRM_TEST_FAKE_BUS_H

#include <stdbool.h>
#include <sys/socket.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

/**
 * struct fake_bus - both ends
 * @event: loop
 * @client: for the code under test
 * @server: what it sends comes here
 */
struct fake_bus {
	sd_event *event;
	sd_bus *client;
	sd_bus *server;
};

static inline sd_bus *fake_bus_end(sd_event *event, int fd, bool server, bool client)
{
	sd_id128_t id = { .bytes = { 1 } };
	sd_bus *bus = NULL;

	assert_int_equal(sd_bus_new(&bus), 0);
	assert_int_equal(sd_bus_set_fd(bus, fd, fd), 0);
	assert_true(sd_bus_negotiate_fds(bus, 1) >= 0);
	if (server) {
		assert_int_equal(sd_bus_set_server(bus, 1, id), 0);
		assert_int_equal(sd_bus_set_anonymous(bus, 1), 0);
	}
	assert_true(sd_bus_set_bus_client(bus, client) >= 0);
	assert_true(sd_bus_start(bus) >= 0);
	assert_true(sd_bus_attach_event(bus, event, 0) >= 0);
	return bus;
}

/**
 * fake_bus_open_client() - a loop and a bus
 * @bus: to be closed with fake_bus_close()
 * @on_message: gets every message that is sent
 * @data: for @on_message
 * @daemon: it is also to say Hello to a bus daemon, and to ask that to let messages pass
 */
static inline void fake_bus_open_client(struct fake_bus *bus, sd_bus_message_handler_t on_message,
					void *data, bool daemon)
{
	int fds[2];

	assert_true(sd_event_new(&bus->event) >= 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds),
			 0);
	bus->server = fake_bus_end(bus->event, fds[1], true, false);
	bus->client = fake_bus_end(bus->event, fds[0], false, daemon);
	assert_true(sd_bus_add_filter(bus->server, NULL, on_message, data) >= 0);
}

/**
 * fake_bus_open() - the same, without a bus daemon
 * @bus: to be closed with fake_bus_close()
 * @on_message: gets every message that is sent
 * @data: for @on_message
 */
static inline void fake_bus_open(struct fake_bus *bus, sd_bus_message_handler_t on_message,
				 void *data)
{
	fake_bus_open_client(bus, on_message, data, false);
}

/**
 * fake_bus_is_call() - whether a message is a method call
 * @m: message
 */
static inline bool fake_bus_is_call(sd_bus_message *m)
{
	uint8_t type;

	assert_true(sd_bus_message_get_type(m, &type) >= 0);
	return type == SD_BUS_MESSAGE_METHOD_CALL;
}

/**
 * fake_bus_spin() - run the loop until nothing happens any more
 * @bus: bus
 */
static inline void fake_bus_spin(struct fake_bus *bus)
{
	while (sd_event_run(bus->event, 50000) > 0)
		;
}

static inline void fake_bus_close(struct fake_bus *bus)
{
	sd_bus_close_unref(bus->client);
	sd_bus_close_unref(bus->server);
	sd_event_unref(bus->event);
}

#endif
