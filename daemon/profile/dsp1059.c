// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DSP1059, generic device resource virtualization: serial ports of virtual systems. The first one is the console, which
 * every virtual system has; the others are channels, each known by its name.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/profile/setting.h"

#define CONSOLE_ID     "console"
#define CHANNEL_PREFIX "channel/"

/* As ProtocolSupported and Capabilities of controllers count. */
enum {
	PROTOCOL_OTHER = 1,
	PROTOCOL_RS232 = 27,
	CAPABILITY_OTHER = 1,
	CAPABILITY_16550A = 6,
};

static size_t count_ports(const struct system *system)
{
	return 1 + system->definition->n_channels;
}

/* NULL: it is the console. */
static const char *channel_of(const struct system *system, size_t index)
{
	return index ? system->definition->channels[index - 1] : NULL;
}

static char *port_id(const struct system *system, size_t index)
{
	const char *channel = channel_of(system, index);
	char *id;

	if (asprintf(&id, "%s%s", channel ? CHANNEL_PREFIX : CONSOLE_ID, channel ? channel : "") <
	    0)
		return NULL;
	return id;
}

static size_t find_port(const struct system *system, const char *id)
{
	size_t i = 0;

	for (; i < count_ports(system); i++) {
		_cleanup_free_ char *own = port_id(system, i);

		if (own && !strcmp(own, id))
			break;
	}
	return i;
}

static void put_title(const struct system *system, size_t index, struct cim_instance *instance)
{
	const char *channel = channel_of(system, index);

	cim_put_format(instance, "ElementName", "%s%s", channel ? "Channel " : "Console",
		       channel ? channel : "");
}

static void setting_fill(const struct broker *broker, const struct broker_element *element,
			 struct cim_instance *instance)
{
	const char *channel = channel_of(element->object, element->index);

	profile_put_setting(PROFILE_SERIAL, POOL_HOST, instance);
	put_title(element->object, element->index, instance);
	cim_put_text(instance, "ResourceSubType", channel ? PROFILE_CHANNEL : PROFILE_CONSOLE);
	cim_put_text(instance, "AllocationUnits", PROFILE_COUNT_UNIT);
	cim_put_number(instance, "VirtualQuantity", 1);
	cim_put_text(instance, "VirtualQuantityUnits", PROFILE_COUNT_UNIT);
	cim_put_text(instance, "Address", channel);
}

const struct broker_provider serial_setting = {
	.class = "KVRM_ResourceAllocationSettingData",
	.ns = CIM_ROOT,
	.data = &(const struct profile_setting){ "/serial/", count_ports, port_id, find_port },
	.each = profile_each_setting,
	.find = profile_find_setting,
	.keys = profile_setting_keys,
	.fill = setting_fill,
};

static void port_fill(const struct broker *broker, const struct broker_element *element,
		      struct cim_instance *instance)
{
	static const uint16_t of_console[] = { CAPABILITY_16550A };
	static const uint16_t of_channel[] = { CAPABILITY_OTHER };
	static const char *const virtio[] = { "virtio-serial" };
	const char *channel = channel_of(element->object, element->index);

	put_title(element->object, element->index, instance);
	cim_put_numbers(instance, "Capabilities", 1, channel ? of_channel : of_console);
	cim_put_number(instance, "ProtocolSupported", channel ? PROTOCOL_OTHER : PROTOCOL_RS232);
	if (channel) {
		cim_put_texts(instance, "CapabilityDescriptions", 1, virtio);
		cim_put_text(instance, "ProtocolDescription", virtio[0]);
	}
	profile_put_device(element->object, instance);
}

const struct broker_provider virtual_serial = {
	.class = "KVRM_SerialController",
	.ns = CIM_ROOT,
	.data = &(const struct profile_device){ "serial/", count_ports, port_id, find_port },
	.each = profile_each_device,
	.find = profile_find_device,
	.keys = profile_device_keys,
	.fill = port_fill,
};

const struct broker_provider serial_pool = {
	.class = "KVRM_ResourcePool",
	.ns = CIM_ROOT,
	.data = &(const struct profile_plain_pool){ PROFILE_SERIAL, "serial", "Serial ports",
						    count_ports },
	.find = profile_find_plain_pool,
	.keys = profile_plain_pool_keys,
	.fill = profile_plain_pool_fill,
};

static const struct broker_provider *const providers[] = { &serial_setting, &virtual_serial,
							   &serial_pool };

static const struct broker_link links[] = {
	PROFILE_RESOURCE(serial_setting, virtual_serial),
	PROFILE_OF_POOL(serial_pool, serial_setting, virtual_serial, profile_to_plain_pool)
};

const struct broker_profile profile_dsp1059 = { providers, sizeof(providers) / sizeof(providers[0]),
						links, sizeof(links) / sizeof(links[0]) };
