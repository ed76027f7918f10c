// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * org.kvrm1.VirtualSystem; see Documentation/dbus/org.kvrm1.VirtualSystem.md.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/model/error.h"
#include "daemon/serve/bus-internal.h"

/**
 * bus_call_system() - the system that a call is about, if the operation fits its state
 * @call: refused if not
 * @op: operation
 *
 * Return: the system, or NULL.
 */
struct system *bus_call_system(struct bus_call *call, enum system_operation op)
{
	_cleanup_free_ char *error = NULL;
	struct system *system = bus_path_system(call->bus, sd_bus_message_get_path(call->message));
	int r = system ? system_check(system, op, &error) : ERROR_NOT_FOUND;

	if (!r)
		return system;
	bus_reply(call, r, system ? error : "the virtual system was deleted");
	return NULL;
}

#define SIMPLE_METHOD(name, op, authorize, action)                                                 \
	static void name##_go_on(struct bus_call *call)                                            \
	{                                                                                          \
		struct bus *bus = call->bus;                                                       \
		struct system *system = bus_call_system(call, op);                                 \
                                                                                                   \
		if (system)                                                                        \
			bus->operations->name(system, call, bus->data);                            \
	}                                                                                          \
	static int method_##name(sd_bus_message *m, void *data, sd_bus_error *ret_error)           \
	{                                                                                          \
		return authorize(data, m, action, name##_go_on);                                   \
	}

SIMPLE_METHOD(start, SYSTEM_OP_START, bus_authorize_alone, "org.kvrm1.operate")
SIMPLE_METHOD(kill, SYSTEM_OP_KILL, bus_authorize, "org.kvrm1.operate")
SIMPLE_METHOD(pause, SYSTEM_OP_PAUSE, bus_authorize, "org.kvrm1.operate")
SIMPLE_METHOD(resume, SYSTEM_OP_RESUME, bus_authorize, "org.kvrm1.operate")
SIMPLE_METHOD(reset, SYSTEM_OP_RESET, bus_authorize, "org.kvrm1.operate")
SIMPLE_METHOD(console, SYSTEM_OP_CONSOLE, bus_authorize, "org.kvrm1.operate")
SIMPLE_METHOD(remove, SYSTEM_OP_DELETE, bus_authorize_alone, "org.kvrm1.manage")

static void release_go_on(struct bus_call *call)
{
	struct bus *bus = call->bus;
	struct system *system = bus_path_system(bus, sd_bus_message_get_path(call->message));

	if (!system)
		bus_reply(call, ERROR_NOT_FOUND, "the virtual system was deleted");
	else if (!system->adoption)
		bus_reply(call, ERROR_INVALID_STATE,
			  "it is not adopted, but kvrmd's own: it can be deleted");
	else
		bus->operations->release(system, call, bus->data);
}

static int method_release(sd_bus_message *m, void *data, sd_bus_error *ret_error)
{
	return bus_authorize_alone(data, m, "org.kvrm1.adopt", release_go_on);
}

static void stop_go_on(struct bus_call *call)
{
	struct bus *bus = call->bus;
	struct system *system = bus_call_system(call, SYSTEM_OP_STOP);
	uint64_t timeout_us;

	if (!system)
		return;
	if (sd_bus_message_read(call->message, "t", &timeout_us) < 0)
		bus_reply(call, ERROR_INVALID_ARGUMENT, "timeout_us is missing");
	else
		bus->operations->stop(system, timeout_us, call, bus->data);
}

static int method_stop(sd_bus_message *m, void *data, sd_bus_error *ret_error)
{
	return bus_authorize(data, m, "org.kvrm1.operate", stop_go_on);
}

static void set_go_on(struct bus_call *call)
{
	struct bus *bus = call->bus;
	struct system *system = bus_call_system(call, SYSTEM_OP_ALLOCATE);
	struct bus_changes changes = { .n = 1 };
	_cleanup_free_ char *error = NULL;
	int r = 0;

	if (!system)
		return;
	changes.items = calloc(1, sizeof(*changes.items));
	if (!changes.items)
		r = -ENOMEM;
	if (!r) {
		changes.items->system = system;
		changes.items->allocation = definition_allocation(system->definition);
		r = allocation_read_bus(call->message, &changes.items->allocation, &error);
	}
	if (!r) {
		bus->operations->set(changes, call, bus->data);
		return;
	}
	free(changes.items);
	bus_reply(call, r == -ENOMEM ? r : ERROR_INVALID_ARGUMENT, error);
}

static int method_set(sd_bus_message *m, void *data, sd_bus_error *ret_error)
{
	return bus_authorize_alone(data, m, "org.kvrm1.manage", set_go_on);
}

static void move_go_on(struct bus_call *call)
{
	struct bus *bus = call->bus;
	struct system *system = bus_call_system(call, SYSTEM_OP_MOVE);
	const char *pool;

	if (!system)
		return;
	if (sd_bus_message_read(call->message, "s", &pool) < 0)
		bus_reply(call, ERROR_INVALID_ARGUMENT, "pool is missing");
	else
		bus->operations->move(system, pool, call, bus->data);
}

static int method_move(sd_bus_message *m, void *data, sd_bus_error *ret_error)
{
	return bus_authorize_alone(data, m, "org.kvrm1.manage", move_go_on);
}

static int append_reasons(sd_bus_message *m, const struct vcpu_sample *v)
{
	int r = sd_bus_message_open_container(m, 'e', "sv");

	if (r >= 0)
		r = sd_bus_message_append(m, "s", "ExitsByReason");
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'v', "a{st}");
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'a', "{st}");
	for (int reason = 0; r >= 0 && reason < KVRM_EXIT_COUNT; reason++) {
		if (v->known & VCPU_KNOWS_REASON(reason))
			r = sd_bus_message_append(m, "{st}", sample_exit_name(reason),
						  v->exits_by_reason[reason]);
	}
	for (int level = 0; r >= 0 && level < 3; level++)
		r = sd_bus_message_close_container(m);
	return r;
}

static int append_vcpu(sd_bus_message *m, const struct vcpu_sample *v)
{
	const struct {
		const char *key;
		uint32_t known;
		uint64_t value;
	} values[] = {
		{ "Running", VCPU_KNOWS_RUNNING, v->running_ns },
		{ "Ready", VCPU_KNOWS_READY, v->ready_ns },
		{ "Limited", VCPU_KNOWS_LIMITED, v->limited_ns },
		{ "Halted", VCPU_KNOWS_HALTED, v->halted_ns },
		{ "Waiting", VCPU_KNOWS_WAITING, v->waiting_ns },
		{ "Guest", VCPU_KNOWS_MODE(KVRM_CPU_MODE_GUEST), v->modes_ns[KVRM_CPU_MODE_GUEST] },
		{ "Kernel", VCPU_KNOWS_MODE(KVRM_CPU_MODE_KERNEL),
		  v->modes_ns[KVRM_CPU_MODE_KERNEL] },
		{ "User", VCPU_KNOWS_MODE(KVRM_CPU_MODE_USER), v->modes_ns[KVRM_CPU_MODE_USER] },
		{ "Exits", VCPU_KNOWS_EXITS, v->exits },
		{ "HaltPollSuccess", VCPU_KNOWS_POLL_SUCCESS, v->poll_success_ns },
		{ "HaltPollFail", VCPU_KNOWS_POLL_FAIL, v->poll_fail_ns },
		{ "Entered", VCPU_KNOWS_ENTERED, v->entered_ns },
		{ "Probe", VCPU_KNOWS_PROBE, v->probe_ns },
	};
	int r = sd_bus_message_open_container(m, 'a', "{sv}");

	if (r >= 0)
		r = sd_bus_message_append(m, "{sv}", "Index", "u", v->index);
	for (size_t i = 0; r >= 0 && i < sizeof(values) / sizeof(values[0]); i++) {
		if (v->known & values[i].known)
			r = sd_bus_message_append(m, "{sv}", values[i].key, "t", values[i].value);
	}
	if (r >= 0)
		r = append_reasons(m, v);
	if (r >= 0)
		r = sd_bus_message_close_container(m);
	return r;
}

static int append_vcpus(sd_bus_message *m, const struct vm_sample *s)
{
	int r = bus_open_rows(m, "VCPUs");

	for (size_t i = 0; r >= 0 && i < s->n_vcpus; i++)
		r = append_vcpu(m, &s->vcpus[i]);
	return r < 0 ? r : bus_close_rows(m);
}

/**
 * bus_append_statistics() - append the last sample of a system as a{sv}
 * @m: message
 * @system: system
 *
 * Return: 0 or more, or a negative errno.
 */
int bus_append_statistics(sd_bus_message *m, const struct system *system)
{
	const struct vm_sample *s = &system->sample;
	int r = sd_bus_message_open_container(m, 'a', "{sv}");

	if (r >= 0 && s->time_us)
		r = sd_bus_message_append(m, "{sv}{sv}", "SampleTime", "t", s->time_us,
					  "MonotonicTime", "t", s->monotonic_us);
	if (r >= 0 && s->known & VM_KNOWS_USAGE)
		r = sd_bus_message_append(m, "{sv}", "CPUUsage", "t", s->usage_us);
	if (r >= 0 && s->known & VM_KNOWS_LIMITED)
		r = sd_bus_message_append(m, "{sv}", "CPULimited", "t", s->limited_us);
	if (r >= 0 && s->known & VM_KNOWS_FLOW)
		r = sd_bus_message_append(m, "{sv}{sv}{sv}{sv}", "CPUDemand", "t", s->demand_us,
					  "CPUUsed", "t", s->used_us, "CPUEntitled", "t",
					  s->entitled_us, "MemoryEntitled", "t",
					  s->memory_entitled_bytes);
	if (r >= 0)
		r = bus_append_overhead(m, s);
	if (r >= 0 && s->known & VM_KNOWS_MEMORY)
		r = sd_bus_message_append(m, "{sv}", "MemoryUsage", "t", s->memory_bytes);
	if (r >= 0 && s->known & VM_KNOWS_SWAPPED)
		r = sd_bus_message_append(m, "{sv}", "MemorySwapped", "t", s->swapped_bytes);
	if (r >= 0)
		r = bus_append_counts(m, s);
	if (r >= 0 && s->known & VM_KNOWS_ACTIVE)
		r = sd_bus_message_append(m, "{sv}", "MemoryActive", "t", s->memory_active_bytes);
	if (r >= 0 && s->n_vcpus)
		r = append_vcpus(m, s);
	if (r >= 0 && s->latencies.n)
		r = bus_append_latencies(m, s);
	if (r >= 0 && system->definition->n_nics)
		r = bus_append_nic_statistics(m, system);
	if (r >= 0 && system->definition->n_disks)
		r = bus_append_disk_statistics(m, system);
	if (r >= 0)
		r = sd_bus_message_close_container(m);
	return r;
}

static int method_statistics(sd_bus_message *m, void *data, sd_bus_error *ret_error)
{
	struct bus *bus = data;
	struct system *system = bus_path_system(bus, sd_bus_message_get_path(m));
	sd_bus_message *reply = NULL;
	int r;

	if (!system)
		return bus_error(ret_error, ERROR_NOT_FOUND, "the virtual system was deleted");
	r = sd_bus_message_new_method_return(m, &reply);
	if (r >= 0)
		r = bus_append_statistics(reply, system);
	if (r >= 0)
		r = sd_bus_send(bus->sd, reply, NULL);
	sd_bus_message_unref(reply);
	return r;
}

static int append_channels(sd_bus_message *m, const struct definition *d)
{
	int r = sd_bus_message_open_container(m, 'a', "s");

	for (size_t i = 0; r >= 0 && i < d->n_channels; i++)
		r = sd_bus_message_append(m, "s", d->channels[i]);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

/* A property that is a text; NULL if it is of another type. */
static const char *text_property(const struct system *s, const char *property, char unit[static 64])
{
	const struct definition *d = s->definition;

	if (!strcmp(property, "Name"))
		return d->name;
	if (!strcmp(property, "UUID"))
		return d->uuid;
	if (!strcmp(property, "Description"))
		return d->description ? d->description : "";
	if (!strcmp(property, "Kernel"))
		return d->kernel ? d->kernel : "";
	if (!strcmp(property, "Initrd"))
		return d->initrd ? d->initrd : "";
	if (!strcmp(property, "CommandLine"))
		return d->cmdline ? d->cmdline : "";
	if (!strcmp(property, "Pool"))
		return d->pool;
	if (!strcmp(property, "State"))
		return system_state_name(s->state);
	if (!strcmp(property, "StateReason"))
		return s->reason ? s->reason : "";
	if (!strcmp(property, "EnforcedBy"))
		return system_enforcer_name(s->enforced_by);
	if (!strcmp(property, "MemoryBalloonState"))
		return balloon_state_name(s->balloon);
	if (!strcmp(property, "ControlGroup"))
		return s->control_group;
	if (!strcmp(property, "Probes"))
		return probes_text(d->probes);
	if (!strcmp(property, "ProbesApplied"))
		return probes_text(s->probes_applied);
	if (!strcmp(property, "ManagedBy"))
		return s->adoption ? s->adoption->manager : "";
	if (strcmp(property, "Unit"))
		return NULL;
	if (s->adoption)
		return "";
	snprintf(unit, 64, "kvrm-guest-%s.service", d->uuid);
	return unit;
}

/* A property that is a t; NULL if it is of another type. */
static const uint64_t *number_property(const struct system *s, const char *property)
{
	const struct definition *d = s->definition;
	const struct {
		const char *name;
		const uint64_t *value;
	} numbers[] = {
		{ "Memory", &d->memory_bytes },
		{ "MemoryMax", &d->memory_max_bytes },
		{ "ProcessorLimit", &d->cpu.limit_us },
		{ "ProcessorReservation", &d->cpu.reservation_us },
		{ "ProcessorVCPULimit", &d->cpu.vcpu_limit_us },
		{ "ProcessorVCPULimitApplied", &s->vcpu_limit_applied_us },
		{ "ProcessorLimitApplied", &s->limit_applied_us },
		{ "MemoryReservation", &d->memory.reservation_bytes },
		{ "MemoryReservationApplied", &s->memory_applied_bytes },
		{ "MemoryOverhead", &s->overhead_bytes },
		{ "MemoryLimit", &d->memory.limit_bytes },
		{ "MemoryLimitApplied", &s->memory_limit_applied_bytes },
		{ "MemoryBalloon", &s->balloon_left_bytes },
	};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		if (!strcmp(property, numbers[i].name))
			return numbers[i].value;
	}
	return NULL;
}

static int property_any(sd_bus *sd, const char *path, const char *interface, const char *property,
			sd_bus_message *reply, void *data, sd_bus_error *ret_error)
{
	const struct system *s = bus_path_system(data, path);
	const uint64_t *number;
	const char *text;
	char unit[64];

	if (!s)
		return bus_error(ret_error, ERROR_NOT_FOUND, "the virtual system was deleted");
	text = text_property(s, property, unit);
	if (text)
		return sd_bus_message_append(reply, "s", text);
	number = number_property(s, property);
	if (number)
		return sd_bus_message_append(reply, "t", *number);
	if (!strcmp(property, "MemoryApplied"))
		return sd_bus_message_append(reply, "t",
					     s->memory_base_bytes ? system_memory(s) : 0);
	if (!strcmp(property, "VCPUs"))
		return sd_bus_message_append(reply, "u", s->definition->vcpus);
	if (!strcmp(property, "Disks"))
		return bus_append_disks(reply, s);
	if (!strcmp(property, "Channels"))
		return append_channels(reply, s->definition);
	if (!strcmp(property, "NICs"))
		return bus_append_nics(reply, s);
	if (!strcmp(property, "ProcessorWeight"))
		return sd_bus_message_append(reply, "u", s->definition->cpu.weight);
	if (!strcmp(property, "MemoryWeight"))
		return sd_bus_message_append(reply, "u", s->definition->memory.weight);
	if (!strcmp(property, "StorageWeight"))
		return sd_bus_message_append(reply, "u", s->definition->storage_weight);
	if (!strcmp(property, "StorageWeightApplied"))
		return sd_bus_message_append(reply, "u", s->storage_weight_applied);
	if (!strcmp(property, "SampleRate"))
		return sd_bus_message_append(reply, "u", s->definition->sample_rate_hz);
	if (!strcmp(property, "SampleRateApplied"))
		return sd_bus_message_append(reply, "u", s->sample_rate_applied_hz);
	return sd_bus_message_append(reply, "u", s->main_pid);
}

#define CONSTANT(name, type)  BUS_CONSTANT(name, type, property_any)
#define CHANGING(name, type)  BUS_CHANGING(name, type, property_any)
#define METHOD(name, handler) SD_BUS_METHOD(name, NULL, NULL, handler, SD_BUS_VTABLE_UNPRIVILEGED)

const sd_bus_vtable bus_system_vtable[] = {
	SD_BUS_VTABLE_START(0),
	METHOD("Start", method_start),
	SD_BUS_METHOD_WITH_NAMES("Stop", "t", SD_BUS_PARAM(timeout_us), NULL, , method_stop,
				 SD_BUS_VTABLE_UNPRIVILEGED),
	METHOD("Kill", method_kill),
	METHOD("Pause", method_pause),
	METHOD("Resume", method_resume),
	METHOD("Reset", method_reset),
	METHOD("Delete", method_remove),
	METHOD("Release", method_release),
	SD_BUS_METHOD_WITH_NAMES("SetAllocation", "a{sv}", SD_BUS_PARAM(allocation), NULL, ,
				 method_set, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("SetNIC", "ua{sv}", SD_BUS_PARAM(index) SD_BUS_PARAM(changes),
				 NULL, , bus_method_set_nic, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("AddNIC", "a{sv}", SD_BUS_PARAM(nic), NULL, , bus_method_add_nic,
				 SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("RemoveNIC", "u", SD_BUS_PARAM(index), NULL, ,
				 bus_method_remove_nic, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("SetDisk", "ua{sv}", SD_BUS_PARAM(index) SD_BUS_PARAM(limits),
				 NULL, , bus_method_set_disk, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("MoveToPool", "s", SD_BUS_PARAM(pool), NULL, , method_move,
				 SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("OpenConsole", NULL, , "h", SD_BUS_PARAM(console), method_console,
				 SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("GetStatistics", NULL, , "a{sv}", SD_BUS_PARAM(statistics),
				 method_statistics, SD_BUS_VTABLE_UNPRIVILEGED),
	CONSTANT("Name", "s"),
	CONSTANT("UUID", "s"),
	CHANGING("Description", "s"),
	CHANGING("VCPUs", "u"),
	CHANGING("Memory", "t"),
	CHANGING("MemoryMax", "t"),
	CHANGING("MemoryApplied", "t"),
	CHANGING("Kernel", "s"),
	CHANGING("Initrd", "s"),
	CHANGING("CommandLine", "s"),
	CONSTANT("Channels", "as"),
	CONSTANT("Unit", "s"),
	CONSTANT("ManagedBy", "s"),
	CHANGING("State", "s"),
	CHANGING("StateReason", "s"),
	CHANGING("Pool", "s"),
	CHANGING("ProcessorReservation", "t"),
	CHANGING("ProcessorWeight", "u"),
	CHANGING("ProcessorLimit", "t"),
	CHANGING("ProcessorLimitApplied", "t"),
	CHANGING("ProcessorVCPULimit", "t"),
	CHANGING("ProcessorVCPULimitApplied", "t"),
	CHANGING("MemoryReservation", "t"),
	CHANGING("MemoryReservationApplied", "t"),
	CHANGING("MemoryOverhead", "t"),
	CHANGING("MemoryLimit", "t"),
	CHANGING("MemoryLimitApplied", "t"),
	CHANGING("MemoryWeight", "u"),
	CHANGING("MemoryBalloon", "t"),
	CHANGING("MemoryBalloonState", "s"),
	CHANGING("StorageWeight", "u"),
	CHANGING("StorageWeightApplied", "u"),
	CHANGING("SampleRate", "u"),
	CHANGING("SampleRateApplied", "u"),
	CHANGING("Probes", "s"),
	CHANGING("ProbesApplied", "s"),
	CHANGING("Disks", "aa{sv}"),
	CHANGING("NICs", "aa{sv}"),
	CHANGING("EnforcedBy", "s"),
	CHANGING("MainPID", "u"),
	CHANGING("ControlGroup", "s"),
	SD_BUS_VTABLE_END,
};
