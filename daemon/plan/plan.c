// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Plans; see plan.h.
 *
 * The order is the promise: the limit is in the unit's properties before QEMU exists, the module
 * has it, those of NICs and disks too, and it was read back before the guest's first instruction. Of a
 * guest that runs, NICs and disks are put right with each sample: one that cannot be limited costs it
 * nothing else.
 */
#include "daemon/plan/plan.h"

static void plan_add(struct plan *plan, enum plan_step step)
{
	plan->steps[plan->n++] = step;
}

/* The module's part of holding a limit, and the proof. */
static void plan_enforce(struct plan *plan, const struct plan_facts *facts)
{
	if (facts->module_up)
		plan_add(plan, facts->registered ? PLAN_MODULE : PLAN_REGISTER);
	plan_add(plan, PLAN_VERIFY);
}

/**
 * plan_start() - start a defined system
 * @facts: observed
 *
 * Return: the steps.
 */
struct plan plan_start(const struct plan_facts *facts)
{
	struct plan plan = { 0 };

	if (facts->nics)
		plan_add(&plan, PLAN_TAPS);
	plan_add(&plan, PLAN_LAUNCH);
	plan_add(&plan, PLAN_UNIT);
	plan_add(&plan, PLAN_MONITOR);
	if (facts->module_up)
		plan_add(&plan, PLAN_REGISTER);
	if (facts->nics)
		plan_add(&plan, PLAN_NICS);
	if (facts->disks)
		plan_add(&plan, PLAN_DISKS);
	plan_add(&plan, PLAN_VERIFY);
	plan_add(&plan, PLAN_CONTINUE);
	return plan;
}

/**
 * plan_limit() - put the limit of a running system into force again, which somebody changed
 * @facts: observed
 *
 * Return: the steps.
 */
struct plan plan_limit(const struct plan_facts *facts)
{
	struct plan plan = { 0 };

	plan_add(&plan, PLAN_QUOTA);
	plan_enforce(&plan, facts);
	return plan;
}

/**
 * plan_find() - find a system again that was started before this kvrmd
 *
 * Its limit is compared and, if need be, put into force again by the next sample.
 *
 * Return: the steps.
 */
struct plan plan_find(void)
{
	struct plan plan = { 0 };

	plan_add(&plan, PLAN_UNIT);
	plan_add(&plan, PLAN_MONITOR);
	return plan;
}

/**
 * plan_register() - let the module, which was loaded just now, enforce a running system's allocation
 * @facts: observed
 *
 * Return: the steps; none if there is nothing to do.
 */
struct plan plan_register(const struct plan_facts *facts)
{
	struct plan plan = { 0 };

	if (facts->module_up && !facts->registered)
		plan_enforce(&plan, facts);
	return plan;
}

/**
 * plan_plug() - plug a NIC of its definition into a system that runs
 * @nic: which
 * @vhost: the host's kernel moves its packets
 *
 * Return: the steps; the guest sees it after its limits are in force.
 */
struct plan plan_plug(size_t nic, bool vhost)
{
	struct plan plan = { .nic = nic };

	plan_add(&plan, PLAN_PLUG_TAP);
	if (vhost)
		plan_add(&plan, PLAN_PLUG_VHOST);
	plan_add(&plan, PLAN_PLUG_LIMIT);
	plan_add(&plan, PLAN_PLUG_GIVE_TAP);
	if (vhost)
		plan_add(&plan, PLAN_PLUG_GIVE_VHOST);
	plan_add(&plan, PLAN_PLUG_NETDEV);
	plan_add(&plan, PLAN_PLUG_DEVICE);
	return plan;
}

/**
 * plan_unplug() - take a NIC out of a system that runs
 * @nic: which
 *
 * Return: the steps; its limits are in force until the guest has let go of it. What has been done already, or was
 * never plugged in, is no error.
 */
struct plan plan_unplug(size_t nic)
{
	struct plan plan = { .nic = nic };

	plan_add(&plan, PLAN_UNPLUG_DEVICE);
	plan_add(&plan, PLAN_UNPLUG_NETDEV);
	plan_add(&plan, PLAN_UNPLUG_LIMIT);
	return plan;
}

/**
 * plan_resize() - let the guest of a system that runs have more memory, or less
 * @from_bytes: what it was to take beside what it was started with
 * @to_bytes: what it is to take
 *
 * More is reserved and limited before, and less after: by a change of the allocation.
 *
 * Return: the steps; none if nothing is to be done.
 */
struct plan plan_resize(uint64_t from_bytes, uint64_t to_bytes)
{
	struct plan plan = { .memory_from_bytes = from_bytes, .memory_to_bytes = to_bytes };

	if (to_bytes > from_bytes)
		plan_add(&plan, PLAN_PLUG_MEMORY);
	else if (to_bytes < from_bytes)
		plan_add(&plan, PLAN_UNPLUG_MEMORY);
	return plan;
}

/**
 * plan_step_name() - for messages
 * @step: step
 *
 * Return: static text that fits behind "could not".
 */
const char *plan_step_name(enum plan_step step)
{
	static const char *const names[] = {
		[PLAN_TAPS] = "connect its NICs",
		[PLAN_LAUNCH] = "start the unit",
		[PLAN_UNIT] = "find the unit's cgroup",
		[PLAN_MONITOR] = "talk to QEMU",
		[PLAN_QUOTA] = "set the unit's CPU quota",
		[PLAN_REGISTER] = "register the guest with the module",
		[PLAN_MODULE] = "change the allocation in the module",
		[PLAN_NICS] = "limit its NICs",
		[PLAN_DISKS] = "limit its disks",
		[PLAN_VERIFY] = "verify the allocation",
		[PLAN_CONTINUE] = "let the guest run",
		[PLAN_PLUG_TAP] = "connect the NIC",
		[PLAN_PLUG_VHOST] = "open /dev/vhost-net",
		[PLAN_PLUG_LIMIT] = "limit the NIC",
		[PLAN_PLUG_GIVE_TAP] = "hand the NIC's tap to QEMU",
		[PLAN_PLUG_GIVE_VHOST] = "hand /dev/vhost-net to QEMU",
		[PLAN_PLUG_NETDEV] = "let QEMU use the NIC's tap",
		[PLAN_PLUG_DEVICE] = "plug the NIC in",
		[PLAN_UNPLUG_DEVICE] = "take the NIC out",
		[PLAN_UNPLUG_NETDEV] = "let QEMU close the NIC's tap",
		[PLAN_UNPLUG_LIMIT] = "let the module forget the NIC",
		[PLAN_PLUG_MEMORY] = "plug memory in",
		[PLAN_UNPLUG_MEMORY] = "have the guest give memory back",
	};
	_Static_assert(sizeof(names) / sizeof(names[0]) == PLAN_STEP_COUNT, "a name each");

	return names[step];
}
