// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From settings of a network adapter that a client sends to a definition.
 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "daemon/profile/setting.h"

#define RATE(property, field)                                                                      \
	{ property, "AllocationUnits", PROFILE_RATE_UNIT, offsetof(struct definition_nic, field) }
#define BOUND(property, field) { property, NULL, NULL, offsetof(struct definition_nic, field) }

/* Without a direction in their name they are of what it sends. */
static const struct profile_amount amounts[] = {
	RATE("Reservation", shares[NIC_FROM_GUEST].reservation_bytes_per_s),
	RATE("Limit", limits[NIC_FROM_GUEST].bytes_per_s),
	RATE("ReceiveBandwidthReservation", shares[NIC_TO_GUEST].reservation_bytes_per_s),
	RATE("ReceiveBandwidthLimit", limits[NIC_TO_GUEST].bytes_per_s),
	BOUND("Weight", shares[NIC_FROM_GUEST].weight),
	BOUND("ReceiveWeight", shares[NIC_TO_GUEST].weight),
	BOUND("TransmitPacketLimit", limits[NIC_FROM_GUEST].packets_per_s),
	BOUND("ReceivePacketLimit", limits[NIC_TO_GUEST].packets_per_s),
	BOUND("TransmitBurst", limits[NIC_FROM_GUEST].burst_bytes),
	BOUND("ReceiveBurst", limits[NIC_TO_GUEST].burst_bytes),
};

static const char *const taken[] = {
	"InstanceID",
	"ElementName",
	"ResourceType",
	"PoolID",
	"AllocationUnits",
	"VirtualQuantity",
	"VirtualQuantityUnits",
	"Reservation",
	"Limit",
	"ReceiveBandwidthReservation",
	"ReceiveBandwidthLimit",
	"Weight",
	"ReceiveWeight",
	"TransmitPacketLimit",
	"ReceivePacketLimit",
	"TransmitBurst",
	"ReceiveBurst",
	"Connection",
	"Address",
	"HostKernelForwarding",
	NULL,
};

static int take_bridge(struct definition_nic *nic, const struct cim_instance *setting, bool added,
		       const char *where, struct cim_error *error)
{
	const struct cim_value *value = cim_get(setting, "Connection");
	_cleanup_free_ char *why = NULL;
	char field[CIM_FIELD_SIZE];
	const char *bridge;

	cim_field(field, where, "Connection");
	if (!value || !cim_value_count(value))
		return added ? cim_fail(error, CIM_MESSAGE_MISSING, field) : 0;
	bridge = cim_value_items(value)[0].text;
	if (cim_value_count(value) > 1)
		return cim_fail(error, CIM_MESSAGE_UNUSABLE, field, "more than one entry",
				"an adapter is connected to one bridge of the host");
	if (nic_check_bridge(bridge, &why))
		return cim_fail(error, CIM_MESSAGE_UNUSABLE, field, bridge,
				why ? why : "it is no bridge");
	strcpy(nic->bridge, bridge);
	return 0;
}

/* Its address is what an adapter is known by: it has one for good. */
static int take_address(struct definition_nic *nic, const struct cim_instance *setting, bool added,
			const char *where, struct cim_error *error)
{
	const char *address = cim_get_text(setting, "Address");
	_cleanup_free_ char *why = NULL;
	char field[CIM_FIELD_SIZE];

	cim_field(field, where, "Address");
	if (!address)
		return 0;
	if (!added)
		return strcasecmp(address, nic->mac)
			       ? cim_fail(error, CIM_MESSAGE_NOT_CHANGEABLE, field, address)
			       : 0;
	if (nic_mac_parse(address, nic->mac, &why))
		return cim_fail(error, CIM_MESSAGE_UNUSABLE, field, address,
				why ? why : "it is no address");
	return 0;
}

/* The pool that it is from now stays as it is defined, if that by its bridge. */
static int take_pool(const struct profile_wish *wish, struct definition_nic *nic,
		     const struct cim_instance *setting, bool added, const char *where,
		     struct cim_error *error)
{
	const struct host *host = wish->env->host;
	const char *pool = cim_get_text(setting, "PoolID");
	char field[CIM_FIELD_SIZE], is[PROFILE_POOL_ID_SIZE];

	profile_adapter_pool_id(host, nic, is);
	if (!pool || (!added && !strcmp(pool, is)))
		return 0;
	if (!strcmp(pool, POOL_HOST)) {
		strcpy(nic->uplink, UPLINK_NONE);
		return 0;
	}
	if (strncmp(pool, PROFILE_UPLINK_PREFIX, strlen(PROFILE_UPLINK_PREFIX)) ||
	    !host_find_uplink(host, pool + strlen(PROFILE_UPLINK_PREFIX)))
		return cim_fail(error, CIM_MESSAGE_UNUSABLE, cim_field(field, where, "PoolID"),
				pool, "there is no pool of network adapters with this PoolID");
	strcpy(nic->uplink, pool + strlen(PROFILE_UPLINK_PREFIX));
	return 0;
}

/* All of a setting; undefined on failure. */
static int take(const struct profile_wish *wish, struct definition_nic *nic,
		const struct cim_instance *setting, const struct cim_instance *is,
		const char *where, struct cim_error *error)
{
	static const struct profile_amount count = { "VirtualQuantity", "VirtualQuantityUnits",
						     PROFILE_COUNT_UNIT, 0 };
	uint64_t one;
	bool given;
	int status = profile_check_known(setting, taken, is, where, error);

	if (!status)
		status = take_bridge(nic, setting, !is, where, error);
	if (!status)
		status = take_address(nic, setting, !is, where, error);
	if (!status)
		status = profile_take_ranged(wish->env, setting, PROFILE_ADAPTER, &count, where,
					     &one, &given, error);
	if (!status)
		status = profile_take_amounts(wish->env, setting, PROFILE_ADAPTER, amounts,
					      sizeof(amounts) / sizeof(amounts[0]), where, nic,
					      error);
	cim_get_bool(setting, "HostKernelForwarding", &nic->vhost);
	return status ? status : take_pool(wish, nic, setting, !is, where, error);
}

static bool is_same(const struct definition_nic *a, const struct definition_nic *b)
{
	return !memcmp(a->limits, b->limits, sizeof(a->limits)) &&
	       !memcmp(a->shares, b->shares, sizeof(a->shares)) && !strcmp(a->uplink, b->uplink);
}

/**
 * profile_take_adapter() - merge settings of a network adapter into a wish
 * @wish: receives them; undefined on failure
 * @setting: from a client
 * @is: settings of the adapter as they are told; NULL: one is added
 * @index: of the adapter, if there is one
 * @where: what @setting is called in messages
 * @error: receives a message
 *
 * Return: 0 or a status.
 */
int profile_take_adapter(struct profile_wish *wish, const struct cim_instance *setting,
			 const struct cim_instance *is, size_t index, const char *where,
			 struct cim_error *error)
{
	struct definition *d = wish->definition;
	struct definition_nic nic = NIC_DEFAULTS;
	_cleanup_free_ char *why = NULL;
	int status;

	if (is)
		nic = d->nics[index];
	status = take(wish, &nic, setting, is, where, error);
	if (status)
		return status;
	if (!is) {
		if (!definition_add_nic(d, &nic, &why))
			return 0;
		return why ? cim_fail(error, CIM_MESSAGE_UNUSABLE, where, "it", why)
			   : cim_fail_memory(error);
	}
	/* The card itself is plugged in as it is. */
	wish->machine |=
		nic.vhost != d->nics[index].vhost || strcmp(nic.bridge, d->nics[index].bridge);
	if (!is_same(&nic, &d->nics[index])) {
		wish->n_devices++;
		wish->device = PROFILE_ADAPTER;
		wish->index = index;
	}
	d->nics[index] = nic;
	return 0;
}
