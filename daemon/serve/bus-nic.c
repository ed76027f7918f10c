// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * NICs of a virtual system on D-Bus; see Documentation/dbus/org.kvrm1.VirtualSystem.md.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "daemon/model/error.h"
#include "daemon/serve/bus-internal.h"
#include "daemon/util/text.h"

static int append_nic(sd_bus_message *m, const struct system *system, size_t index)
{
	const struct system_nic *nic = &system->nics[index];
	int r = sd_bus_message_open_container(m, 'a', "{sv}");

	if (r >= 0)
		r = definition_append_nic(m, &system->definition->nics[index]);
	if (r >= 0 && system->runtime)
		r = sd_bus_message_append(m, "{sv}{sv}", "Interface", "s", nic->ifname,
					  "EnforcedBy", "s", nic_enforcer_name(nic->enforced_by));
	return r < 0 ? r : sd_bus_message_close_container(m);
}

/**
 * bus_append_nics() - append the NICs of a system, as they are wanted and are, as aa{sv}
 * @m: message
 * @system: system
 *
 * Return: 0 or more, or a negative errno.
 */
int bus_append_nics(sd_bus_message *m, const struct system *system)
{
	int r = sd_bus_message_open_container(m, 'a', "a{sv}");

	for (size_t i = 0; r >= 0 && i < system->definition->n_nics; i++)
		r = append_nic(m, system, i);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append_flow(sd_bus_message *m, const char *prefix, const struct nic_flow_sample *flow)
{
	const struct {
		const char *key;
		uint64_t value;
	} values[] = {
		{ "Bytes", flow->bytes },
		{ "Packets", flow->packets },
		{ "QueuedBytes", flow->queued_bytes },
		{ "QueuedPackets", flow->queued_packets },
		{ "DelayedPackets", flow->delayed_packets },
		{ "DroppedPackets", flow->dropped_packets },
		{ "Limited", flow->limited_ns },
	};
	char key[64];
	int r = 0;

	for (size_t i = 0; r >= 0 && i < sizeof(values) / sizeof(values[0]); i++) {
		snprintf(key, sizeof(key), "%s%s", prefix, values[i].key);
		r = sd_bus_message_append(m, "{sv}", key, "t", values[i].value);
	}
	return r;
}

/**
 * bus_append_nic_statistics() - append the last sample of all NICs as the pair NICs aa{sv} of an a{sv}
 * @m: message, in the a{sv}
 * @system: system
 *
 * Return: 0 or more, or a negative errno.
 */
int bus_append_nic_statistics(sd_bus_message *m, const struct system *system)
{
	int r = sd_bus_message_open_container(m, 'e', "sv");

	if (r >= 0)
		r = sd_bus_message_append(m, "s", "NICs");
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'v', "aa{sv}");
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'a', "a{sv}");
	for (size_t i = 0; r >= 0 && i < system->definition->n_nics; i++) {
		const struct nic_sample *nic = &system->sample.nics[i];

		r = sd_bus_message_open_container(m, 'a', "{sv}");
		if (r >= 0 && nic->known)
			r = append_flow(m, "ToGuest", &nic->flows[NIC_TO_GUEST]);
		if (r >= 0 && nic->known)
			r = append_flow(m, "FromGuest", &nic->flows[NIC_FROM_GUEST]);
		if (r >= 0)
			r = sd_bus_message_close_container(m);
	}
	for (int level = 0; r >= 0 && level < 3; level++)
		r = sd_bus_message_close_container(m);
	return r;
}

/* Return: 0; if there is no such NIC an answer was given. */
static int read_index(struct bus_call *call, const struct system *system, uint32_t *ret)
{
	_cleanup_free_ char *error = NULL;
	int r = sd_bus_message_read(call->message, "u", ret);

	if (r < 0) {
		bus_reply(call, ERROR_INVALID_ARGUMENT, "index is missing");
		return r;
	}
	if (*ret < system->definition->n_nics)
		return 0;
	text_error(&error, 0, "index: %" PRIu32 " is not that of a NIC; there are %zu", *ret,
		   system->definition->n_nics);
	bus_reply(call, ERROR_NOT_FOUND, error);
	return -ENOENT;
}

static void set_nic_go_on(struct bus_call *call)
{
	struct bus *bus = call->bus;
	struct system *system = bus_call_system(call, SYSTEM_OP_SET);
	_cleanup_free_ char *error = NULL;
	struct definition_nic nic;
	uint32_t index;
	int r;

	if (!system || read_index(call, system, &index))
		return;
	nic = system->definition->nics[index];
	r = nic_read_bus_limits(call->message, &nic, &error);
	if (r < 0)
		bus_reply(call, r == -ENOMEM ? r : ERROR_INVALID_ARGUMENT, error);
	else
		bus->operations->set_nic(system, index, &nic, call, bus->data);
}

/**
 * bus_method_set_nic() - SetNIC
 * @m: call
 * @data: bus
 * @ret_error: filled in if it fails at once
 *
 * Return: as sd-bus wants it.
 */
int bus_method_set_nic(sd_bus_message *m, void *data, sd_bus_error *ret_error)
{
	return bus_authorize_alone(data, m, "org.kvrm1.manage", set_nic_go_on);
}

static void add_nic_go_on(struct bus_call *call)
{
	struct bus *bus = call->bus;
	struct system *system = bus_call_system(call, SYSTEM_OP_SET);
	_cleanup_free_ char *error = NULL;
	struct definition_nic nic;
	int r;

	if (!system)
		return;
	r = nic_read_bus(call->message, &nic, &error);
	if (r <= 0)
		bus_reply(call, r == -ENOMEM ? r : ERROR_INVALID_ARGUMENT,
			  error ? error : "nic is missing");
	else
		bus->operations->add_nic(system, &nic, call, bus->data);
}

/**
 * bus_method_add_nic() - AddNIC
 * @m: call
 * @data: bus
 * @ret_error: filled in if it fails at once
 *
 * Return: as sd-bus wants it.
 */
int bus_method_add_nic(sd_bus_message *m, void *data, sd_bus_error *ret_error)
{
	return bus_authorize_alone(data, m, "org.kvrm1.manage", add_nic_go_on);
}

static void remove_nic_go_on(struct bus_call *call)
{
	struct bus *bus = call->bus;
	struct system *system = bus_call_system(call, SYSTEM_OP_SET);
	uint32_t index;

	if (system && !read_index(call, system, &index))
		bus->operations->remove_nic(system, index, call, bus->data);
}

/**
 * bus_method_remove_nic() - RemoveNIC
 * @m: call
 * @data: bus
 * @ret_error: filled in if it fails at once
 *
 * Return: as sd-bus wants it.
 */
int bus_method_remove_nic(sd_bus_message *m, void *data, sd_bus_error *ret_error)
{
	return bus_authorize_alone(data, m, "org.kvrm1.manage", remove_nic_go_on);
}
