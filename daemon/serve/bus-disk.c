// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Disks of a virtual system on D-Bus; see Documentation/dbus/org.kvrm1.VirtualSystem.md.
 */
#include <errno.h>

#include "daemon/model/error.h"
#include "daemon/serve/bus-internal.h"
#include "daemon/util/cleanup.h"

static int append_disk(sd_bus_message *m, const struct system *system, size_t index)
{
	int r = sd_bus_message_open_container(m, 'a', "{sv}");

	if (r >= 0)
		r = definition_append_disk(m, &system->definition->disks[index]);
	if (r >= 0 && system->runtime)
		r = sd_bus_message_append(m, "{sv}", "EnforcedBy", "s",
					  system->disks[index].enforced ? "qemu" : "");
	return r < 0 ? r : sd_bus_message_close_container(m);
}

/**
 * bus_append_disks() - append the disks of a system, as they are wanted and are, as aa{sv}
 * @m: message
 * @system: system
 *
 * Return: 0 or more, or a negative errno.
 */
int bus_append_disks(sd_bus_message *m, const struct system *system)
{
	int r = sd_bus_message_open_container(m, 'a', "a{sv}");

	for (size_t i = 0; r >= 0 && i < system->definition->n_disks; i++)
		r = append_disk(m, system, i);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append_flow(sd_bus_message *m, const char *prefix, const struct disk_flow_sample *flow)
{
	const struct bus_counter values[] = {
		{ "Bytes", flow->bytes },
		{ "Operations", flow->operations },
		{ "Failed", flow->failed },
		{ "Time", flow->time_ns },
	};

	return bus_append_counters(m, prefix, values, sizeof(values) / sizeof(values[0]));
}

static int append_sample(sd_bus_message *m, const struct disk_sample *disk)
{
	int r = sd_bus_message_open_container(m, 'a', "{sv}");

	if (r >= 0 && disk->time_us)
		r = sd_bus_message_append(m, "{sv}{sv}", "SampleTime", "t", disk->time_us,
					  "MonotonicTime", "t", disk->monotonic_us);
	if (r >= 0 && disk->time_us)
		r = append_flow(m, "Read", &disk->flows[DISK_READ]);
	if (r >= 0 && disk->time_us)
		r = append_flow(m, "Write", &disk->flows[DISK_WRITE]);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

/**
 * bus_append_disk_statistics() - append the last sample of all disks as the pair Disks aa{sv} of an a{sv}
 * @m: message, in the a{sv}
 * @system: system
 *
 * Return: 0 or more, or a negative errno.
 */
int bus_append_disk_statistics(sd_bus_message *m, const struct system *system)
{
	int r = bus_open_rows(m, "Disks");

	for (size_t i = 0; r >= 0 && i < system->definition->n_disks; i++)
		r = append_sample(m, &system->sample.disks[i]);
	return r < 0 ? r : bus_close_rows(m);
}

static void set_disk_go_on(struct bus_call *call)
{
	struct bus *bus = call->bus;
	struct system *system = bus_call_system(call, SYSTEM_OP_SET);
	_cleanup_free_ char *error = NULL;
	struct definition_disk disk;
	uint32_t index;
	int r;

	if (!system || bus_read_index(call, "disk", system->definition->n_disks, &index))
		return;
	disk = system->definition->disks[index];
	r = disk_read_bus_limits(call->message, &disk, &error);
	if (r < 0)
		bus_reply(call, r == -ENOMEM ? r : ERROR_INVALID_ARGUMENT, error);
	else
		bus->operations->set_disk(system, index, &disk, call, bus->data);
}

/**
 * bus_method_set_disk() - SetDisk
 * @m: call
 * @data: bus
 * @ret_error: filled in if it fails at once
 *
 * Return: as sd-bus wants it.
 */
int bus_method_set_disk(sd_bus_message *m, void *data, sd_bus_error *ret_error)
{
	return bus_authorize_alone(data, m, "org.kvrm1.manage", set_disk_go_on);
}
