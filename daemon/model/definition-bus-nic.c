// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * NICs on D-Bus: aa{sv}, keys as in Documentation/dbus/org.kvrm1.Manager.md.
 */
#include <errno.h>
#include <string.h>

#include "daemon/model/definition.h"
#include "daemon/util/text.h"

/**
 * definition_append_nic() - append what is inside of the a{sv} of a NIC
 * @m: message
 * @nic: card
 *
 * Return: 0 or more, or a negative errno.
 */
int definition_append_nic(sd_bus_message *m, const struct definition_nic *nic)
{
	struct definition_nic copy = *nic;
	int r = sd_bus_message_append(m, "{sv}{sv}{sv}", "Bridge", "s", nic->bridge, "VHost", "b",
				      (int)nic->vhost, "Uplink", "s", nic->uplink);

	if (r >= 0 && *nic->mac)
		r = sd_bus_message_append(m, "{sv}", "MAC", "s", nic->mac);
	for (size_t i = 0; r >= 0 && i < NIC_LIMIT_KEYS; i++) {
		uint64_t value = *nic_limit_at(&copy, i);

		if (nic_limit_keys[i].kind == LIMIT_WEIGHT)
			r = sd_bus_message_append(m, "{sv}", nic_limit_keys[i].bus, "u",
						  (uint32_t)value);
		else
			r = sd_bus_message_append(m, "{sv}", nic_limit_keys[i].bus, "t", value);
	}
	return r;
}

/**
 * definition_append_nics() - append the NICs as aa{sv}
 * @m: message
 * @d: definition
 *
 * Return: 0 or more, or a negative errno.
 */
int definition_append_nics(sd_bus_message *m, const struct definition *d)
{
	int r = sd_bus_message_open_container(m, 'a', "a{sv}");

	for (size_t i = 0; r >= 0 && i < d->n_nics; i++) {
		r = sd_bus_message_open_container(m, 'a', "{sv}");
		if (r >= 0)
			r = definition_append_nic(m, &d->nics[i]);
		if (r >= 0)
			r = sd_bus_message_close_container(m);
	}
	return r < 0 ? r : sd_bus_message_close_container(m);
}

static int read_bridge(sd_bus_message *m, struct definition_nic *nic, char **ret_error)
{
	const char *bridge;
	int r = sd_bus_message_read(m, "v", "s", &bridge);

	if (r < 0)
		return r;
	r = nic_check_bridge(bridge, ret_error);
	if (!r)
		strcpy(nic->bridge, bridge);
	return r;
}

static int read_mac(sd_bus_message *m, struct definition_nic *nic, char **ret_error)
{
	const char *mac;
	int r = sd_bus_message_read(m, "v", "s", &mac);

	return r < 0 ? r : nic_mac_parse(mac, nic->mac, ret_error);
}

static int read_vhost(sd_bus_message *m, struct definition_nic *nic)
{
	int vhost;
	int r = sd_bus_message_read(m, "v", "b", &vhost);

	if (r >= 0)
		nic->vhost = vhost;
	return r;
}

static int read_uplink(sd_bus_message *m, struct definition_nic *nic, char **ret_error)
{
	const char *name;
	int r = sd_bus_message_read(m, "v", "s", &name);

	return r < 0 ? r : nic_set_uplink(nic, name, ret_error);
}

static int read_weight(sd_bus_message *m, uint64_t *ret)
{
	uint32_t weight;
	int r = sd_bus_message_read(m, "v", "u", &weight);

	if (r >= 0)
		*ret = weight;
	return r;
}

/* What can be changed, too. Return: as sd_bus_message_read(); -ENOENT if there is no such key. */
static int read_limit(sd_bus_message *m, struct definition_nic *nic, const char *key,
		      char **ret_error)
{
	if (!strcmp(key, "Uplink"))
		return read_uplink(m, nic, ret_error);
	for (size_t i = 0; i < NIC_LIMIT_KEYS; i++) {
		if (strcmp(key, nic_limit_keys[i].bus))
			continue;
		if (nic_limit_keys[i].kind == LIMIT_WEIGHT)
			return read_weight(m, nic_limit_at(nic, i));
		return sd_bus_message_read(m, "v", "t", nic_limit_at(nic, i));
	}
	return -ENOENT;
}

#define LIMIT_KEYS                                                                                 \
	"Uplink ToGuestLimit ToGuestPacketLimit ToGuestBurst ToGuestReservation ToGuestWeight "    \
	"FromGuestLimit FromGuestPacketLimit FromGuestBurst FromGuestReservation FromGuestWeight"

static int read_pair(sd_bus_message *m, struct definition_nic *nic, bool limits, char **ret_error)
{
	const char *key;
	int r = sd_bus_message_read(m, "s", &key);

	if (r < 0)
		return r;
	if (limits)
		r = read_limit(m, nic, key, ret_error);
	else if (!strcmp(key, "Bridge"))
		r = read_bridge(m, nic, ret_error);
	else if (!strcmp(key, "MAC"))
		r = read_mac(m, nic, ret_error);
	else if (!strcmp(key, "VHost"))
		r = read_vhost(m, nic);
	else
		r = read_limit(m, nic, key, ret_error);
	if (r == -ENOENT)
		return text_error(ret_error, -EINVAL,
				  "NICs: unknown key '%s'; keys are %s" LIMIT_KEYS, key,
				  limits ? "" : "Bridge MAC VHost ");
	if (r == -ENXIO)
		return text_error(ret_error, -EINVAL,
				  "NICs: '%s' is not of its type (Bridge s, MAC s, VHost b, "
				  "Uplink s, weights u, all else t)",
				  key);
	return r;
}

static int read_pairs(sd_bus_message *m, struct definition_nic *nic, bool limits, char **ret_error)
{
	int r;

	while ((r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
		r = read_pair(m, nic, limits, ret_error);
		if (r < 0)
			return r;
		sd_bus_message_exit_container(m);
	}
	return r;
}

/**
 * nic_read_bus() - read a NIC from an a{sv}; definition_check_nics() it afterwards
 * @m: message, at the a{sv}
 * @ret: filled in
 * @ret_error: sentence
 *
 * Return: 1; 0 if there is none; or as definition_read_bus().
 */
int nic_read_bus(sd_bus_message *m, struct definition_nic *ret, char **ret_error)
{
	struct definition_nic nic = NIC_DEFAULTS;
	int r = sd_bus_message_enter_container(m, 'a', "{sv}");

	if (r <= 0)
		return r;
	r = read_pairs(m, &nic, false, ret_error);
	if (r < 0)
		return r;
	if (!*nic.bridge)
		return text_error(ret_error, -EINVAL, "NICs: Bridge is missing");
	*ret = nic;
	sd_bus_message_exit_container(m);
	return 1;
}

/* Return: as nic_read_bus(). */
static int read_nic(sd_bus_message *m, struct definition *d, char **ret_error)
{
	struct definition_nic nic;
	int r = nic_read_bus(m, &nic, ret_error), added;

	if (r <= 0)
		return r;
	added = definition_add_nic(d, &nic, ret_error);
	return added ? added : r;
}

/**
 * nic_read_bus_limits() - read limits, shares and uplink from an a{sv}; definition_check_nics() it afterwards
 * @m: message, at the a{sv}
 * @nic: what is not given stays
 * @ret_error: sentence
 *
 * Return: as definition_read_bus().
 */
int nic_read_bus_limits(sd_bus_message *m, struct definition_nic *nic, char **ret_error)
{
	int r = sd_bus_message_enter_container(m, 'a', "{sv}");

	if (r > 0)
		r = read_pairs(m, nic, true, ret_error);
	return r < 0 ? r : sd_bus_message_exit_container(m);
}

/**
 * definition_read_nics() - read NICs from a variant of aa{sv}, and add them
 * @m: message, at the variant
 * @d: definition
 * @ret_error: sentence
 *
 * Return: 0 or a negative errno; see definition.h.
 */
int definition_read_nics(sd_bus_message *m, struct definition *d, char **ret_error)
{
	int r = sd_bus_message_enter_container(m, 'v', "aa{sv}");

	if (r < 0)
		return r;
	r = sd_bus_message_enter_container(m, 'a', "a{sv}");
	while (r > 0)
		r = read_nic(m, d, ret_error);
	if (r < 0)
		return r;
	sd_bus_message_exit_container(m);
	sd_bus_message_exit_container(m);
	return 0;
}
