/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Connections of users, on a bus that has neither: a message's sender says whose it is,
 * ":UID.NUMBER". Include it behind cmocka.h.
 */
#ifndef KVRM_TEST_PEER_H
#define KVRM_TEST_PEER_H

#include "tests/unit/serve/object-client.h"

static uid_t peer_uid;

/* These two stand in for libsystemd's, which ask the bus. */
int sd_bus_query_sender_creds(sd_bus_message *m, uint64_t mask, sd_bus_creds **ret)
{
	const char *sender = sd_bus_message_get_sender(m);

	assert_int_equal(mask, SD_BUS_CREDS_EUID);
	peer_uid = sender ? (uid_t)strtoul(sender + 1, NULL, 10) : 0;
	*ret = NULL;
	return 0;
}

int sd_bus_creds_get_euid(sd_bus_creds *creds, uid_t *ret)
{
	*ret = peer_uid;
	return 0;
}

static inline sd_bus_message *peer_method(const char *peer, const char *path, const char *interface,
					  const char *member)
{
	sd_bus_message *m = method(path, interface, member);

	assert_true(sd_bus_message_set_sender(m, peer) >= 0);
	return m;
}

/* What the bus tells when a connection has ended. */
static inline void peer_leave(const char *peer)
{
	sd_bus_message *m = NULL;

	assert_true(sd_bus_message_new_signal(fake.client, &m, "/org/freedesktop/DBus",
					      "org.freedesktop.DBus", "NameOwnerChanged") >= 0);
	assert_true(sd_bus_message_set_sender(m, "org.freedesktop.DBus") >= 0);
	assert_true(sd_bus_message_append(m, "sss", peer, peer, "") >= 0);
	assert_true(sd_bus_send(fake.client, m, NULL) >= 0);
	sd_bus_message_unref(m);
}

#endif
