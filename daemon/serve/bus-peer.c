// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Connections that something is kept for: whose they are, how much of it one user may have, and
 * that it is kept no longer than they are there.
 *
 * One match tells of the end of every connection on the bus. One for each that something is kept
 * for would be one of the few hundred that the bus gives kvrmd, and anybody could use them up.
 * Besides, the end of a connection comes behind its calls, so that none is missed that ends at
 * once.
 */
#include <unistd.h>

#include "daemon/serve/bus-internal.h"
#include "daemon/serve/bus-object.h"

/* The end of a connection, or of a name that it had: arg2, who has the name now, is empty. */
#define ENDS                                                                                       \
	"type='signal',sender='org.freedesktop.DBus',path='/org/freedesktop/DBus',"                \
	"interface='org.freedesktop.DBus',member='NameOwnerChanged',arg2=''"

/**
 * bus_peer_uid() - whose call it is
 * @m: method call
 * @ret: receives the effective user of the caller; unchanged on failure
 *
 * The bus is asked, and waited for; it answers at once.
 *
 * Return: 0 or more, or a negative errno: the caller is gone.
 */
int bus_peer_uid(sd_bus_message *m, uid_t *ret)
{
	sd_bus_creds *creds = NULL;
	int r = sd_bus_query_sender_creds(m, SD_BUS_CREDS_EUID, &creds);

	if (r >= 0)
		r = sd_bus_creds_get_euid(creds, ret);
	sd_bus_creds_unref(creds);
	return r;
}

/**
 * bus_peer_share() - how much one user may have of what is there a limited number of times
 * @uid: user
 * @all: how often it is there
 *
 * Return: half of it, so that nobody takes it from all others; user 0 and kvrmd's own may have all.
 */
size_t bus_peer_share(uid_t uid, size_t all)
{
	return !uid || uid == geteuid() ? all : all / 2;
}

static int on_end(sd_bus_message *m, void *data, sd_bus_error *ret_error)
{
	struct bus *bus = data;
	const char *name;
	int r = sd_bus_message_read(m, "s", &name);

	if (r < 0)
		return r;
	bus_forget_checks(bus, name);
	bus_close_contexts(bus, name);
	bus_end_subscriptions(bus, name);
	bus_unwatch(bus, name);
	return 0;
}

/**
 * bus_heed_peers() - keep nothing from now on for connections that have ended
 * @bus: bus
 * @ret: receives a slot
 *
 * Return: 0 or more, or a negative errno.
 */
int bus_heed_peers(struct bus *bus, sd_bus_slot **ret)
{
	return sd_bus_add_match(bus->sd, ret, ENDS, on_end, bus);
}
