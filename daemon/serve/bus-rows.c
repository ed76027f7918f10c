// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Parts of a virtual system on D-Bus that are many, such as NICs and disks: which one a call is about, and rows of
 * what is counted of each.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "daemon/model/error.h"
#include "daemon/serve/bus-internal.h"
#include "daemon/util/text.h"

/**
 * bus_read_index() - read which one a call is about
 * @call: answered if there is no such one
 * @what: one of them, for the sentence
 * @n: how many there are
 * @ret: its place
 *
 * Return: 0 or a negative errno.
 */
int bus_read_index(struct bus_call *call, const char *what, size_t n, uint32_t *ret)
{
	_cleanup_free_ char *error = NULL;
	int r = sd_bus_message_read(call->message, "u", ret);

	if (r < 0) {
		bus_reply(call, ERROR_INVALID_ARGUMENT, "index is missing");
		return r;
	}
	if (*ret < n)
		return 0;
	text_error(&error, 0, "index: %" PRIu32 " is not that of a %s; there are %zu", *ret, what,
		   n);
	bus_reply(call, ERROR_NOT_FOUND, error);
	return -ENOENT;
}

/**
 * bus_open_rows() - begin the pair KEY aa{sv} of an a{sv}
 * @m: message, in the a{sv}
 * @key: key
 *
 * Return: 0 or more, or a negative errno.
 */
int bus_open_rows(sd_bus_message *m, const char *key)
{
	int r = sd_bus_message_open_container(m, 'e', "sv");

	if (r >= 0)
		r = sd_bus_message_append(m, "s", key);
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'v', "aa{sv}");
	return r < 0 ? r : sd_bus_message_open_container(m, 'a', "a{sv}");
}

/**
 * bus_close_rows() - end what bus_open_rows() has begun
 * @m: message
 *
 * Return: 0 or more, or a negative errno.
 */
int bus_close_rows(sd_bus_message *m)
{
	int r = 0;

	for (int level = 0; r >= 0 && level < 3; level++)
		r = sd_bus_message_close_container(m);
	return r;
}

/**
 * bus_append_counters() - append pairs of an a{sv}, each a t
 * @m: message, in the a{sv}
 * @prefix: before each key
 * @counters: @n of them
 * @n: how many
 *
 * Return: 0 or more, or a negative errno.
 */
int bus_append_counters(sd_bus_message *m, const char *prefix, const struct bus_counter *counters,
			size_t n)
{
	char key[64];
	int r = 0;

	for (size_t i = 0; r >= 0 && i < n; i++) {
		snprintf(key, sizeof(key), "%s%s", prefix, counters[i].key);
		r = sd_bus_message_append(m, "{sv}", key, "t", counters[i].value);
	}
	return r;
}
