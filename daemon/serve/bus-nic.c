// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * NICs of a virtual system on D-Bus; see Documentation/dbus/org.kvrm1.VirtualSystem.md.
 */
#include <errno.h>

#include "daemon/model/error.h"
#include "daemon/serve/bus-internal.h"
#include "daemon/util/cleanup.h"

/* The uplink whose reservations and weights are in force; "" if none's are. */
static const char *applied_uplink(const struct system *system, size_t index)
{
	const struct uplink *uplink = uplink_of_nic(system, index);

	return uplink && system->nics[index].shares ? uplink->definition->name : "";
}

static int append_nic(sd_bus_message *m, const struct system *system, size_t index)
{
	const struct system_nic *nic = &system->nics[index];
	int r = sd_bus_message_open_container(m, 'a', "{sv}");

	if (r >= 0)
		r = definition_append_nic(m, &system->definition->nics[index]);
	if (r >= 0 && system->runtime)
		r = sd_bus_message_append(m, "{sv}{sv}{sv}", "Interface", "s", nic->ifname,
					  "EnforcedBy", "s", nic_enforcer_name(nic->enforced_by),
					  "UplinkApplied", "s", applied_uplink(system, index));
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
	const struct bus_counter values[] = {
		{ "Bytes", flow->bytes },
		{ "Packets", flow->packets },
		{ "QueuedBytes", flow->queued_bytes },
		{ "QueuedPackets", flow->queued_packets },
		{ "DelayedPackets", flow->delayed_packets },
		{ "DroppedPackets", nic_flow_dropped(flow) },
		{ "DroppedFull", flow->dropped[KVRM_DROP_FULL] },
		{ "DroppedDevice", flow->dropped[KVRM_DROP_DEVICE] },
		{ "DroppedMemory", flow->dropped[KVRM_DROP_MEMORY] },
		{ "Limited", flow->limited_ns },
	};

	return bus_append_counters(m, prefix, values, sizeof(values) / sizeof(values[0]));
}

/* Of one that is on an uplink. */
static int append_share(sd_bus_message *m, const char *prefix, const struct nic_flow_sample *flow)
{
	const struct bus_counter values[] = {
		{ "Demand", flow->demand },
		{ "Used", flow->used },
		{ "Entitled", flow->entitled },
		{ "Applied", flow->applied },
	};

	return bus_append_counters(m, prefix, values, sizeof(values) / sizeof(values[0]));
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
	int r = bus_open_rows(m, "NICs");

	for (size_t i = 0; r >= 0 && i < system->definition->n_nics; i++) {
		const struct nic_sample *nic = &system->sample.nics[i];
		const char *ifname = system->nics[i].ifname;

		r = sd_bus_message_open_container(m, 'a', "{sv}");
		if (r >= 0 && *ifname)
			r = sd_bus_message_append(m, "{sv}", "Interface", "s", ifname);
		if (r >= 0 && nic->known)
			r = append_flow(m, "ToGuest", &nic->flows[NIC_TO_GUEST]);
		if (r >= 0 && nic->known)
			r = append_flow(m, "FromGuest", &nic->flows[NIC_FROM_GUEST]);
		if (r >= 0 && nic->shares)
			r = append_share(m, "ToGuest", &nic->flows[NIC_TO_GUEST]);
		if (r >= 0 && nic->shares)
			r = append_share(m, "FromGuest", &nic->flows[NIC_FROM_GUEST]);
		if (r >= 0)
			r = sd_bus_message_close_container(m);
	}
	return r < 0 ? r : bus_close_rows(m);
}

static void set_nic_go_on(struct bus_call *call)
{
	struct bus *bus = call->bus;
	struct system *system = bus_call_system(call, SYSTEM_OP_SET);
	_cleanup_free_ char *error = NULL;
	struct definition_nic nic;
	uint32_t index;
	int r;

	if (!system || bus_read_index(call, "NIC", system->definition->n_nics, &index))
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

	if (system && !bus_read_index(call, "NIC", system->definition->n_nics, &index))
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
