// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DSP1050's pools: one of all network adapters that share nothing, one of each uplink, whose rate they share, and
 * one of each part of an uplink. Amounts without a direction in their name are of what is sent.
 */
#include <string.h>

#include "daemon/profile/setting.h"

#define POOLS PROFILE_PREFIX "pool/adapter/"

/* An element's object is its uplink or part; NULL: the pool of those on none. */
static struct broker_element adapters_of(const struct uplink *uplink)
{
	return (struct broker_element){ .provider = &adapter_pool, .object = uplink };
}

static int visit_pool(const struct uplink *uplink, broker_visit *visit, void *data)
{
	const struct broker_element element = adapters_of(uplink);

	return visit(&element, data);
}

static int each_pool(const struct broker *broker, const struct broker_provider *provider,
		     broker_visit *visit, void *data)
{
	const struct host *host = profile_env(broker)->host;
	int r = visit_pool(NULL, visit, data);

	for (size_t i = 0; !r && i < host->n_uplinks; i++)
		r = visit_pool(host->uplinks[i], visit, data);
	return r;
}

static bool find_pool(const struct broker *broker, const struct broker_provider *provider,
		      const struct cim_path *path, struct broker_element *ret)
{
	const char *id = cim_path_text(path, "InstanceID");

	*ret = adapters_of(NULL);
	if (!strcmp(id, POOLS POOL_HOST))
		return true;
	if (strncmp(id, POOLS PROFILE_UPLINK_PREFIX, strlen(POOLS PROFILE_UPLINK_PREFIX)))
		return false;
	id += strlen(POOLS PROFILE_UPLINK_PREFIX);
	ret->object = host_find_uplink(profile_env(broker)->host, id);
	return ret->object;
}

static const char *prefix_of(const struct uplink *uplink)
{
	return uplink ? PROFILE_UPLINK_PREFIX : "";
}

static const char *name_of(const struct uplink *uplink)
{
	return uplink ? uplink->definition->name : POOL_HOST;
}

static void pool_keys(const struct broker *broker, const struct broker_element *element,
		      struct cim_instance *instance)
{
	cim_put_format(instance, "InstanceID", POOLS "%s%s", prefix_of(element->object),
		       name_of(element->object));
}

static bool is_on(const struct host *host, const struct system *system, size_t index,
		  const struct uplink *uplink)
{
	const struct uplink *at = host_uplink_of_nic(host, &system->definition->nics[index]);

	while (at != uplink && at && uplink_is_part(at))
		at = host_find_uplink(host, at->definition->parent);
	return at == uplink;
}

/* Adapters of what runs, those of parts among them. */
static uint64_t consumed(const struct host *host, const struct uplink *uplink)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < host->n_systems; i++) {
		const struct system *system = host->systems[i];

		for (size_t k = 0;
		     profile_has_world(system, PROFILE_STATE) && k < system->definition->n_nics;
		     k++)
			sum += is_on(host, system, k, uplink);
	}
	return sum;
}

static void put_direction(const struct uplink *uplink, enum nic_direction direction,
			  const char *capacity, const char *reserved, struct cim_instance *instance)
{
	/* Of those on no uplink nothing is guaranteed. */
	cim_put_number(instance, capacity, uplink ? uplink->node.share[direction].reservation : 0);
	cim_put_number(instance, reserved, uplink ? uplink->node.reserved[direction] : 0);
}

static void pool_fill(const struct broker *broker, const struct broker_element *element,
		      struct cim_instance *instance)
{
	static const uint16_t ok[] = { 2 };
	const struct uplink *uplink = element->object;

	cim_put_text(instance, "ElementName", uplink ? name_of(uplink) : "Network adapters");
	cim_put_text(instance, "Description", uplink ? uplink->definition->description : NULL);
	cim_put_format(instance, "PoolID", "%s%s", prefix_of(uplink), name_of(uplink));
	cim_put_bool(instance, "Primordial", !uplink || !uplink_is_part(uplink));
	cim_put_number(instance, "ResourceType", PROFILE_ADAPTER);
	cim_put_text(instance, "AllocationUnits", PROFILE_RATE_UNIT);
	put_direction(uplink, NIC_FROM_GUEST, "Capacity", "Reserved", instance);
	put_direction(uplink, NIC_TO_GUEST, "ReceiveCapacity", "ReceiveReserved", instance);
	cim_put_text(instance, "ConsumedResourceUnits", PROFILE_COUNT_UNIT);
	cim_put_number(instance, "CurrentlyConsumedResource",
		       consumed(profile_env(broker)->host, uplink));
	cim_put_numbers(instance, "OperationalStatus", 1, ok);
	cim_put_number(instance, "HealthState", 5);
}

const struct broker_provider adapter_pool = {
	.class = "KVRM_ResourcePool",
	.ns = CIM_ROOT,
	.each = each_pool,
	.find = find_pool,
	.keys = pool_keys,
	.fill = pool_fill,
};

/* What a part has from what it was carved out of. */
static int each_setting(const struct broker *broker, const struct broker_provider *provider,
			broker_visit *visit, void *data)
{
	const struct host *host = profile_env(broker)->host;
	int r = 0;

	for (size_t i = 0; !r && i < host->n_uplinks; i++) {
		if (uplink_is_part(host->uplinks[i]))
			r = visit(&(struct broker_element){ .provider = &adapter_pool_setting,
							    .object = host->uplinks[i] },
				  data);
	}
	return r;
}

static void setting_keys(const struct broker *broker, const struct broker_element *element,
			 struct cim_instance *instance)
{
	cim_put_format(instance, "InstanceID", POOLS PROFILE_UPLINK_PREFIX "%s/allocation",
		       name_of(element->object));
}

static void setting_fill(const struct broker *broker, const struct broker_element *element,
			 struct cim_instance *instance)
{
	const struct uplink *uplink = element->object;
	const struct uplink_allocation *send = &uplink->definition->allocations[NIC_FROM_GUEST];
	const struct uplink_allocation *receive = &uplink->definition->allocations[NIC_TO_GUEST];

	cim_put_text(instance, "ElementName", name_of(uplink));
	cim_put_number(instance, "ChangeableType", 2);
	cim_put_number(instance, "ResourceType", PROFILE_ADAPTER);
	cim_put_format(instance, "PoolID", PROFILE_UPLINK_PREFIX "%s", uplink->definition->parent);
	/* Nobody sees a pool as a device. */
	cim_put_number(instance, "ConsumerVisibility", 4);
	cim_put_text(instance, "AllocationUnits", PROFILE_RATE_UNIT);
	cim_put_number(instance, "Reservation", send->reservation);
	cim_put_number(instance, "Limit", send->limit);
	cim_put_number(instance, "Weight", send->weight);
	cim_put_number(instance, "ReceiveBandwidthReservation", receive->reservation);
	cim_put_number(instance, "ReceiveBandwidthLimit", receive->limit);
	cim_put_number(instance, "ReceiveWeight", receive->weight);
}

const struct broker_provider adapter_pool_setting = {
	.class = "KVRM_EthernetPortAllocationSettingData",
	.ns = CIM_ROOT,
	.each = each_setting,
	.keys = setting_keys,
	.fill = setting_fill,
};

static int to_parent(const struct broker *broker, const struct broker_element *from,
		     const struct broker_provider *to, broker_visit *visit, void *data)
{
	const struct uplink *uplink = from->object;

	return uplink && uplink_is_part(uplink)
		       ? visit_pool(host_find_uplink(profile_env(broker)->host,
						     uplink->definition->parent),
				    visit, data)
		       : 0;
}

static int to_children(const struct broker *broker, const struct broker_element *from,
		       const struct broker_provider *to, broker_visit *visit, void *data)
{
	const struct host *host = profile_env(broker)->host;
	const struct uplink *uplink = from->object;
	int r = 0;

	for (size_t i = 0; !r && uplink && i < host->n_uplinks; i++) {
		if (!strcmp(host->uplinks[i]->definition->parent, uplink->definition->name))
			r = visit_pool(host->uplinks[i], visit, data);
	}
	return r;
}

static int setting_to_pool(const struct broker *broker, const struct broker_element *from,
			   const struct broker_provider *to, broker_visit *visit, void *data)
{
	return visit_pool(from->object, visit, data);
}

/* From an adapter of a virtual system that runs. */
static int to_pool(const struct broker *broker, const struct broker_element *from,
		   const struct broker_provider *to, broker_visit *visit, void *data)
{
	const struct system *system = from->object;

	/* What is defined is a wish; nothing is allocated for it. */
	if (from->provider == &adapter_setting && from->part != PROFILE_STATE)
		return 0;
	return visit_pool(host_uplink_of_nic(profile_env(broker)->host,
					     &system->definition->nics[from->index]),
			  visit, data);
}

static const struct broker_provider *const providers[] = { &adapter_pool, &adapter_pool_setting };

static const struct broker_link links[] = {
	PROFILE_OF_POOL(adapter_pool, adapter_setting, virtual_port, to_pool),
	{ .class = "CIM_ElementAllocatedFromPool",
	  .roles = { "Antecedent", "Dependent" },
	  .ends = { &adapter_pool, &adapter_pool },
	  .others = { to_children, to_parent } },
	{ .class = "CIM_ResourceAllocationFromPool",
	  .roles = { "Antecedent", "Dependent" },
	  .ends = { &adapter_pool, &adapter_pool_setting },
	  .others = { NULL, to_parent } },
	{ .class = "CIM_SettingsDefineState",
	  .roles = { "ManagedElement", "SettingData" },
	  .ends = { &adapter_pool, &adapter_pool_setting },
	  .others = { NULL, setting_to_pool } },
};

const struct broker_profile profile_dsp1050_pool = { providers,
						     sizeof(providers) / sizeof(providers[0]),
						     links, sizeof(links) / sizeof(links[0]) };
