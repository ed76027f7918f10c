// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DSP1050, Ethernet port resource virtualization: network adapters of virtual systems, what they are connected to,
 * and what they have of their uplink. An adapter is known by its address.
 */
#include <stdio.h>
#include <string.h>

#include "daemon/profile/setting.h"

/**
 * profile_count_adapters() - how many adapters a virtual system has
 * @system: which
 */
size_t profile_count_adapters(const struct system *system)
{
	return system->definition->n_nics;
}

/**
 * profile_adapter_name() - what an adapter is known by
 * @system: whose
 * @index: of the adapter
 *
 * Return: its address, to be freed; NULL: no memory.
 */
char *profile_adapter_name(const struct system *system, size_t index)
{
	return strdup(system->definition->nics[index].mac);
}

/**
 * profile_find_adapter() - which adapter has an address
 * @system: whose
 * @id: the address
 *
 * Return: its index; the number of adapters if it is none's.
 */
size_t profile_find_adapter(const struct system *system, const char *id)
{
	return definition_find_nic(system->definition, id);
}

/**
 * profile_adapter_pool_id() - where an adapter is from
 * @host: host
 * @nic: the adapter
 * @ret: receives the PoolID
 */
void profile_adapter_pool_id(const struct host *host, const struct definition_nic *nic,
			     char ret[static PROFILE_POOL_ID_SIZE])
{
	const struct uplink *uplink = host_uplink_of_nic(host, nic);

	snprintf(ret, PROFILE_POOL_ID_SIZE, "%s%s", uplink ? PROFILE_UPLINK_PREFIX : "",
		 uplink ? uplink->definition->name : POOL_HOST);
}

/* Without a direction in their name they are of what it sends. */
static void put_allocation(const struct definition_nic *nic, bool limits, bool shares,
			   struct cim_instance *instance)
{
	const struct nic_limit *send = &nic->limits[NIC_FROM_GUEST];
	const struct nic_limit *receive = &nic->limits[NIC_TO_GUEST];

	if (limits) {
		cim_put_number(instance, "Limit", send->bytes_per_s);
		cim_put_number(instance, "TransmitPacketLimit", send->packets_per_s);
		cim_put_number(instance, "TransmitBurst", send->burst_bytes);
		cim_put_number(instance, "ReceiveBandwidthLimit", receive->bytes_per_s);
		cim_put_number(instance, "ReceivePacketLimit", receive->packets_per_s);
		cim_put_number(instance, "ReceiveBurst", receive->burst_bytes);
	}
	if (!shares)
		return;
	cim_put_number(instance, "Reservation",
		       nic->shares[NIC_FROM_GUEST].reservation_bytes_per_s);
	cim_put_number(instance, "Weight", nic->shares[NIC_FROM_GUEST].weight);
	cim_put_number(instance, "ReceiveBandwidthReservation",
		       nic->shares[NIC_TO_GUEST].reservation_bytes_per_s);
	cim_put_number(instance, "ReceiveWeight", nic->shares[NIC_TO_GUEST].weight);
}

static void setting_fill(const struct broker *broker, const struct broker_element *element,
			 struct cim_instance *instance)
{
	const struct system *system = element->object;
	const struct definition_nic *nic = &system->definition->nics[element->index];
	const struct system_nic *is = &system->nics[element->index];
	bool state = element->part == PROFILE_STATE;
	char pool[PROFILE_POOL_ID_SIZE];

	profile_adapter_pool_id(profile_env(broker)->host, nic, pool);
	profile_put_setting(PROFILE_ADAPTER, pool, instance);
	cim_put_format(instance, "ElementName", "Network adapter %zu", element->index);
	cim_put_number(instance, "VirtualQuantity", 1);
	cim_put_text(instance, "VirtualQuantityUnits", PROFILE_COUNT_UNIT);
	cim_put_text(instance, "AllocationUnits", PROFILE_RATE_UNIT);
	cim_put_texts(instance, "Connection", 1, (const char *const[]){ nic->bridge });
	cim_put_text(instance, "Address", nic->mac);
	cim_put_bool(instance, "HostKernelForwarding", nic->vhost);
	/* Nobody holds what nobody asked for, and that is how it should be. */
	put_allocation(nic, !state || is->enforced_by != NIC_ENFORCED_NOT || !nic_limits_any(nic),
		       !state || is->shares || !host_uplink_of_nic(profile_env(broker)->host, nic),
		       instance);
}

const struct broker_provider adapter_setting = {
	.class = "KVRM_EthernetPortAllocationSettingData",
	.ns = CIM_ROOT,
	.data = &(const struct profile_setting){ "/adapter/", profile_count_adapters,
						 profile_adapter_name, profile_find_adapter },
	.each = profile_each_setting,
	.find = profile_find_setting,
	.keys = profile_setting_keys,
	.fill = setting_fill,
};

static const struct broker_provider *const providers[] = { &adapter_setting };

static const struct broker_link links[] = { PROFILE_RESOURCE(adapter_setting, virtual_port) };

const struct broker_profile profile_dsp1050 = { providers, sizeof(providers) / sizeof(providers[0]),
						links, sizeof(links) / sizeof(links[0]) };
