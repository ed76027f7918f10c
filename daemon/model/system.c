// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Virtual systems: the object and the table of what each state allows; see system.h.
 */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/model/admission.h"
#include "daemon/model/system.h"
#include "daemon/model/uplink.h"
#include "daemon/util/clock.h"
#include "daemon/util/text.h"

static const char *const state_names[] = {
	[SYSTEM_DEFINED] = "defined", [SYSTEM_STARTING] = "starting", [SYSTEM_ACTIVE] = "active",
	[SYSTEM_PAUSED] = "paused",   [SYSTEM_STOPPING] = "stopping",
};
_Static_assert(sizeof(state_names) / sizeof(state_names[0]) == SYSTEM_STATE_COUNT, "a name each");

static const struct {
	const char *verb;
	unsigned int states; /* bit S is set if state S allows it */
} operations[] = {
	[SYSTEM_OP_START] = { "started", 1 << SYSTEM_DEFINED },
	[SYSTEM_OP_STOP] = { "shut down", 1 << SYSTEM_ACTIVE },
	[SYSTEM_OP_KILL] = { "killed", 1 << SYSTEM_STARTING | 1 << SYSTEM_ACTIVE |
					       1 << SYSTEM_PAUSED | 1 << SYSTEM_STOPPING },
	[SYSTEM_OP_PAUSE] = { "paused", 1 << SYSTEM_ACTIVE },
	[SYSTEM_OP_RESUME] = { "resumed", 1 << SYSTEM_PAUSED },
	[SYSTEM_OP_RESET] = { "reset", 1 << SYSTEM_ACTIVE | 1 << SYSTEM_PAUSED },
	[SYSTEM_OP_DELETE] = { "deleted", 1 << SYSTEM_DEFINED },
	[SYSTEM_OP_REDEFINE] = { "redefined", 1 << SYSTEM_DEFINED },
	[SYSTEM_OP_ALLOCATE] = { "changed", 1 << SYSTEM_DEFINED | 1 << SYSTEM_ACTIVE |
						    1 << SYSTEM_PAUSED | 1 << SYSTEM_STOPPING },
	[SYSTEM_OP_SET] = { "changed", 1 << SYSTEM_DEFINED | 1 << SYSTEM_ACTIVE |
					       1 << SYSTEM_PAUSED | 1 << SYSTEM_STOPPING },
	[SYSTEM_OP_MOVE] = { "moved to another pool", 1 << SYSTEM_DEFINED | 1 << SYSTEM_ACTIVE |
							      1 << SYSTEM_PAUSED |
							      1 << SYSTEM_STOPPING },
	[SYSTEM_OP_CONSOLE] = { "connected to",
				1 << SYSTEM_ACTIVE | 1 << SYSTEM_PAUSED | 1 << SYSTEM_STOPPING },
};
_Static_assert(sizeof(operations) / sizeof(operations[0]) == SYSTEM_OP_COUNT, "a row each");

/**
 * system_new() - a system that is defined and not started
 * @definition: owned by the system from now on, unless the call fails
 *
 * Return: to be freed with system_free(); NULL if there is no memory.
 */
struct system *system_new(struct definition *definition)
{
	struct system *system = calloc(1, sizeof(*system));

	if (!system)
		return NULL;
	system->definition = definition;
	kvrm_node_init(&system->node, false);
	return system;
}

/**
 * system_of() - the system that a node is of
 * @node: a guest's
 *
 * Return: the system.
 */
struct system *system_of(const struct kvrm_node *node)
{
	return (struct system *)((char *)node - offsetof(struct system, node));
}

/**
 * system_free() - free a system
 * @system: without a runtime; may be NULL
 *
 * Return: NULL.
 */
struct system *system_free(struct system *system)
{
	if (!system)
		return NULL;
	uplink_leave_system(system);
	definition_free(system->definition);
	vm_sample_deinit(&system->sample);
	free(system->adoption);
	free(system->reason);
	free(system);
	return NULL;
}

/**
 * system_state_name() - name of a state
 * @state: state
 *
 * Return: static text, as on D-Bus.
 */
const char *system_state_name(enum system_state state)
{
	return state_names[state];
}

/**
 * system_enforcer_name() - who holds a limit
 * @enforcer: who
 *
 * Return: static text, as on D-Bus.
 */
const char *system_enforcer_name(enum system_enforcer enforcer)
{
	switch (enforcer) {
	case SYSTEM_ENFORCED_NOT:
		return "";
	case SYSTEM_ENFORCED_CGROUP:
		return "cgroup";
	case SYSTEM_ENFORCED_MODULE:
		return "module";
	}
	return "";
}

/**
 * balloon_state_name() - what a balloon does
 * @state: state
 *
 * Return: static text, as on D-Bus.
 */
const char *balloon_state_name(enum balloon_state state)
{
	static const char *const names[] = {
		[BALLOON_UNKNOWN] = "",	     [BALLOON_SETTLED] = "settled",
		[BALLOON_MOVING] = "moving", [BALLOON_SILENT] = "silent",
		[BALLOON_ABSENT] = "absent",
	};

	return names[state];
}

/**
 * nic_enforcer_name() - as the D-Bus key EnforcedBy of a NIC has it
 * @enforcer: who
 *
 * Return: static text.
 */
const char *nic_enforcer_name(enum nic_enforcer enforcer)
{
	static const char *const names[] = {
		[NIC_ENFORCED_NOT] = "",
		[NIC_ENFORCED_TC] = "tc",
		[NIC_ENFORCED_MODULE] = "module",
	};

	return names[enforcer];
}

/**
 * system_memory() - the memory that a system's guest has now
 * @system: system
 *
 * Return: bytes; what it is defined with, if it does not run or QEMU has not said yet what it has.
 */
uint64_t system_memory(const struct system *system)
{
	return system->memory_base_bytes ? system->memory_base_bytes + system->memory_plugged_bytes
					 : system->definition->memory_bytes;
}

/**
 * system_remove_nic() - remove a NIC, and what is observed of it; those behind it move up
 * @system: system
 * @index: of the NIC
 */
void system_remove_nic(struct system *system, size_t index)
{
	size_t behind = DEFINITION_NICS_MAX - 1 - index;

	uplink_leave_nic(system, index);
	definition_remove_nic(system->definition, index);
	memmove(&system->nics[index], &system->nics[index + 1], behind * sizeof(system->nics[0]));
	system->nics[DEFINITION_NICS_MAX - 1] = (struct system_nic){ 0 };
	memmove(&system->sample.nics[index], &system->sample.nics[index + 1],
		behind * sizeof(system->sample.nics[0]));
	system->sample.nics[DEFINITION_NICS_MAX - 1] = (struct nic_sample){ 0 };
}

/**
 * system_check() - whether an operation fits the state
 * @system: system
 * @op: operation
 * @ret_error: sentence that names the state, to be freed; may be NULL
 *
 * Return: 0, -ESTALE if the state does not allow it, or somebody else manages it, -EBUSY if another operation is
 * under way.
 */
int system_check(const struct system *system, enum system_operation op, char **ret_error)
{
	const char *name = system->definition->name;

	if (system->adoption && op != SYSTEM_OP_ALLOCATE)
		return text_error(ret_error, -ESTALE,
				  "%s is adopted: it is managed by %s, and cannot be %s here", name,
				  system->adoption->manager, operations[op].verb);
	if (!(operations[op].states & 1u << system->state))
		return text_error(ret_error, -ESTALE, "%s is %s and cannot be %s", name,
				  state_names[system->state], operations[op].verb);
	if (system->busy && op != SYSTEM_OP_KILL && op != SYSTEM_OP_CONSOLE)
		return text_error(ret_error, -EBUSY,
				  "%s is %s; another operation on it is under way", name,
				  state_names[system->state]);
	return 0;
}

/**
 * system_set_state() - enter a state
 * @system: system
 * @state: new
 * @reason: copied; "" for none
 */
void system_set_state(struct system *system, enum system_state state, const char *reason)
{
	free(system->reason);
	system->reason = strdup(reason);
	if (system->state != state)
		system->state_since_us = realtime_us();
	system->state = state;
}

/**
 * system_ended() - its QEMU is gone: nothing is observed or reserved any more
 * @system: system
 * @reason: copied
 */
void system_ended(struct system *system, const char *reason)
{
	system_set_state(system, SYSTEM_DEFINED, reason);
	admission_leave(system);
	system->limit_applied_us = 0;
	system->vcpu_limit_applied_us = 0;
	system->memory_base_bytes = 0;
	system->memory_plugged_bytes = 0;
	system->memory_applied_bytes = 0;
	system->memory_limit_applied_bytes = 0;
	system->balloon = BALLOON_UNKNOWN;
	system->balloon_left_bytes = 0;
	system->storage_weight_applied = 0;
	system->sample_rate_applied_hz = 0;
	system->probes_applied = 0;
	system->enforced_by = SYSTEM_ENFORCED_NOT;
	system->main_pid = 0;
	system->control_group[0] = '\0';
	system->started_us = 0;
	memset(system->nics, 0, sizeof(system->nics));
	memset(system->disks, 0, sizeof(system->disks));
	vm_sample_deinit(&system->sample);
}
