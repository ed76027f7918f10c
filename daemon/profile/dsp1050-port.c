// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DSP1050: the ports of virtual systems that run, the connection of each to a bridge of the host, and what passed it.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/profile/setting.h"

/* As the schema has addresses. */
#define ADDRESS_SIZE 13
/* The digits of ProtocolIFType for Ethernet. */
#define ETHERNET 6

static void address_of(const struct broker_element *element, char ret[static ADDRESS_SIZE])
{
	const struct system *system = element->object;
	size_t n = 0;

	for (const char *at = system->definition->nics[element->index].mac; *at; at++) {
		if (*at != ':' && n < ADDRESS_SIZE - 1)
			ret[n++] = (char)toupper((unsigned char)*at);
	}
	ret[n] = '\0';
}

static void port_fill(const struct broker *broker, const struct broker_element *element,
		      struct cim_instance *instance)
{
	char address[ADDRESS_SIZE];

	address_of(element, address);
	cim_put_format(instance, "ElementName", "Network adapter %zu", element->index);
	cim_put_text(instance, "PermanentAddress", address);
	cim_put_texts(instance, "NetworkAddresses", 1, (const char *const[]){ address });
	cim_put_number(instance, "LinkTechnology", 2);
	cim_put_bool(instance, "FullDuplex", true);
	profile_put_device(element->object, instance);
}

const struct broker_provider virtual_port = {
	.class = "KVRM_EthernetPort",
	.ns = CIM_ROOT,
	.data = &(const struct profile_device){ "adapter/", profile_count_adapters,
						profile_adapter_name, profile_find_adapter },
	.each = profile_each_device,
	.find = profile_find_device,
	.keys = profile_device_keys,
	.fill = port_fill,
};

/* The device of the host that a port is connected through; "": it is not known. */
static const char *tap_of(const struct broker_element *element)
{
	const struct system *system = element->object;

	return system->nics[element->index].ifname;
}

/* What there is one of for each port. */
static int visit_port(const struct broker_element *port, const struct broker_provider *to,
		      broker_visit *visit, void *data)
{
	const struct broker_element element = { .provider = to,
						.object = port->object,
						.index = port->index };

	return to == &bridge_endpoint && !*tap_of(&element) ? 0 : visit(&element, data);
}

/* Visiting all ports for something that there is one of for each. */
struct ports {
	const struct broker_provider *to;
	broker_visit *visit;
	void *data;
};

static int on_port(const struct broker_element *port, void *data)
{
	const struct ports *ports = data;

	return visit_port(port, ports->to, ports->visit, ports->data);
}

static int each_of_port(const struct broker *broker, const struct broker_provider *provider,
			broker_visit *visit, void *data)
{
	struct ports ports = { provider, visit, data };

	return profile_each_device(broker, &virtual_port, on_port, &ports);
}

static int same_port(const struct broker *broker, const struct broker_element *from,
		     const struct broker_provider *to, broker_visit *visit, void *data)
{
	return visit_port(from, to, visit, data);
}

static int system_to_endpoints(const struct broker *broker, const struct broker_element *from,
			       const struct broker_provider *to, broker_visit *visit, void *data)
{
	struct ports ports = { to, visit, data };

	return profile_to_devices(broker, from, &virtual_port, on_port, &ports);
}

/* Both ends of a connection are Ethernet's. */
static void put_endpoint(struct cim_instance *instance)
{
	static const uint16_t ok[] = { 2 };

	cim_put_number(instance, "ProtocolIFType", ETHERNET);
	cim_put_number(instance, "EnabledState", 2);
	cim_put_number(instance, "RequestedState", 12);
	cim_put_numbers(instance, "OperationalStatus", 1, ok);
}

static void endpoint_keys(const struct broker *broker, const struct broker_element *element,
			  struct cim_instance *instance)
{
	const struct system *system = element->object;

	cim_put_text(instance, "SystemCreationClassName", virtual_system.class);
	cim_put_text(instance, "SystemName", system->definition->uuid);
	cim_put_text(instance, "Name", system->definition->nics[element->index].mac);
}

static void endpoint_fill(const struct broker *broker, const struct broker_element *element,
			  struct cim_instance *instance)
{
	char address[ADDRESS_SIZE];

	address_of(element, address);
	cim_put_format(instance, "ElementName", "Network adapter %zu", element->index);
	cim_put_text(instance, "MACAddress", address);
	put_endpoint(instance);
}

const struct broker_provider port_endpoint = {
	.class = "KVRM_LANEndpoint",
	.ns = CIM_ROOT,
	.each = each_of_port,
	.keys = endpoint_keys,
	.fill = endpoint_fill,
};

static void bridge_keys(const struct broker *broker, const struct broker_element *element,
			struct cim_instance *instance)
{
	cim_put_text(instance, "SystemCreationClassName", host_system.class);
	cim_put_text(instance, "SystemName", profile_env(broker)->host->id);
	cim_put_text(instance, "Name", tap_of(element));
}

static void bridge_fill(const struct broker *broker, const struct broker_element *element,
			struct cim_instance *instance)
{
	const struct system *system = element->object;

	cim_put_format(instance, "ElementName", "Port of %s",
		       system->definition->nics[element->index].bridge);
	cim_put_text(instance, "LANID", system->definition->nics[element->index].bridge);
	put_endpoint(instance);
}

const struct broker_provider bridge_endpoint = {
	.class = "KVRM_LANEndpoint",
	.ns = CIM_ROOT,
	.each = each_of_port,
	.keys = bridge_keys,
	.fill = bridge_fill,
};

static void statistics_keys(const struct broker *broker, const struct broker_element *element,
			    struct cim_instance *instance)
{
	const struct system *system = element->object;

	cim_put_format(instance, "InstanceID", PROFILE_PREFIX "%s/statistics/adapter/%s",
		       system->definition->uuid, system->definition->nics[element->index].mac);
}

static void statistics_fill(const struct broker *broker, const struct broker_element *element,
			    struct cim_instance *instance)
{
	const struct system *system = element->object;
	const struct nic_sample *sample = &system->sample.nics[element->index];

	cim_put_format(instance, "ElementName", "Network adapter %zu", element->index);
	/* Without the module nobody counts. */
	if (!sample->known)
		return;
	cim_put_number(instance, "BytesTransmitted", sample->flows[NIC_FROM_GUEST].bytes);
	cim_put_number(instance, "BytesReceived", sample->flows[NIC_TO_GUEST].bytes);
	cim_put_number(instance, "PacketsTransmitted", sample->flows[NIC_FROM_GUEST].packets);
	cim_put_number(instance, "PacketsReceived", sample->flows[NIC_TO_GUEST].packets);
}

const struct broker_provider port_statistics = {
	.class = "KVRM_EthernetPortStatistics",
	.ns = CIM_ROOT,
	.each = each_of_port,
	.keys = statistics_keys,
	.fill = statistics_fill,
};

static const struct broker_provider *const providers[] = { &virtual_port, &port_endpoint,
							   &bridge_endpoint, &port_statistics };

static const struct broker_link links[] = {
	{ .class = "CIM_DeviceSAPImplementation",
	  .roles = { "Antecedent", "Dependent" },
	  .ends = { &virtual_port, &port_endpoint },
	  .others = { same_port, same_port } },
	{ .class = "CIM_HostedAccessPoint",
	  .roles = { "Antecedent", "Dependent" },
	  .ends = { &virtual_system, &port_endpoint },
	  .others = { system_to_endpoints, profile_same_object } },
	{ .class = "CIM_HostedAccessPoint",
	  .roles = { "Antecedent", "Dependent" },
	  .ends = { &host_system, &bridge_endpoint } },
	{ .class = "CIM_ActiveConnection",
	  .roles = { "Antecedent", "Dependent" },
	  .ends = { &port_endpoint, &bridge_endpoint },
	  .others = { same_port, same_port } },
	{ .class = "CIM_ElementStatisticalData",
	  .roles = { "ManagedElement", "Stats" },
	  .ends = { &virtual_port, &port_statistics },
	  .others = { same_port, same_port } },
};

const struct broker_profile profile_dsp1050_port = { providers,
						     sizeof(providers) / sizeof(providers[0]),
						     links, sizeof(links) / sizeof(links[0]) };
