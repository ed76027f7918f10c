// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Limits of adopted guests: of the processor, which the module holds. All else is their manager's.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/apply/alloc.h"
#include "daemon/manager-adopt.h"
#include "daemon/model/error.h"
#include "daemon/util/text.h"
#include "daemon/wire/cgroup.h"
#include "daemon/wire/process.h"
#include "kvrm/cpumax.h"

/* As many are named. */
#define OTHERS_NAMED 3
#define OTHERS_SIZE  160

/* Who belongs to a guest its manager knows: it puts helpers into its cgroup. */
static bool is_orderly(const struct adoption *a)
{
	return !strcmp(a->manager, ADOPTION_LIBVIRT) || !strcmp(a->manager, ADOPTION_PROXMOX);
}

/* The processes in a guest's cgroup beside QEMU: "bash (12), sshd (10), ...". Return: how many. */
static size_t name_others(const struct adopted *adopted, char text[static OTHERS_SIZE])
{
	_cleanup_free_ pid_t *pids = NULL;
	size_t n = 0, others = 0, length = 0;

	text[0] = '\0';
	if (cgroup_read_all_procs(adopted->cgroup_fd, &pids, &n))
		return 0;
	for (size_t i = 0; i < n; i++) {
		struct process process;

		if ((uint32_t)pids[i] == adopted->system->adoption->pid)
			continue;
		if (!process_read(NULL, pids[i], &process) && ++others <= OTHERS_NAMED)
			length += (size_t)snprintf(text + length, OTHERS_SIZE - length, "%s%s (%d)",
						   length ? ", " : "", process.name, (int)pids[i]);
		process_deinit(&process);
	}
	if (others > OTHERS_NAMED)
		snprintf(text + length, OTHERS_SIZE - length, ", ...");
	return others;
}

/**
 * manager_check_adopted_limits() - whether an adopted guest can have limits
 * @m: manager; the module is up, or has no part in this
 * @adopted: adopted guest
 * @cpu: its allocation, as it is wanted
 * @ret_error: sentence, to be freed
 *
 * Return: 0 or an ERROR_*.
 */
int manager_check_adopted_limits(struct manager *m, const struct adopted *adopted,
				 const struct cpu_allocation *cpu, char **ret_error)
{
	const struct definition *d = adopted->system->definition;
	char others[OTHERS_SIZE];
	int r = cpu_allocation_check(cpu, d->vcpus * KVRM_USEC_PER_SEC,
				     m->host.sample.cpu_capacity_us, ret_error);

	if (r || (!cpu->limit_us && !cpu->vcpu_limit_us))
		return r;
	if (!genl_client_is_up(m->genl))
		return text_error(ret_error, ERROR_APPLY_FAILED,
				  "limits of what is adopted need the module, which is not loaded");
	r = host_check_vcpu_limit(&m->host, cpu, ret_error);
	if (r || !cpu->limit_us || is_orderly(adopted->system->adoption) ||
	    !name_others(adopted, others))
		return r;
	return text_error(ret_error, ERROR_INVALID_ARGUMENT,
			  "cpu-limit: it would limit other processes in %s, too: %s",
			  adopted->system->control_group, others);
}

/**
 * manager_changes_adopted() - whether changes are about what is adopted
 * @changes: of systems and pools
 *
 * Return: whether.
 */
bool manager_changes_adopted(const struct bus_changes *changes)
{
	for (size_t i = 0; i < changes->n; i++) {
		if (changes->items[i].system && changes->items[i].system->adoption)
			return true;
	}
	return false;
}

/* Nothing but limits of the processor. */
static int check_wish(const struct bus_changes *changes, char **ret_error)
{
	const struct system *system = changes->items[0].system;
	struct allocation now, wish;

	if (changes->n > 1)
		return text_error(ret_error, ERROR_INVALID_ARGUMENT,
				  "what is adopted cannot be changed together with others");
	now = definition_allocation(system->definition);
	wish = changes->items[0].allocation;
	wish.cpu.limit_us = now.cpu.limit_us;
	wish.cpu.vcpu_limit_us = now.cpu.vcpu_limit_us;
	if (allocation_equal(&now, &wish))
		return 0;
	return text_error(ret_error, ERROR_INVALID_ARGUMENT,
			  "%s is adopted: only cpu-limit and vcpu-limit can be set; reservations, "
			  "weights, memory, sample-rate and probes are for guests below kvrm.slice",
			  system->definition->name);
}

static int tell_module(struct manager *m, struct adopted *adopted, const struct cpu_allocation *cpu,
		       char **ret_error)
{
	const struct genl_cpu_alloc alloc = alloc_cpu(cpu);
	const struct genl_guest_change change = { .cgroup_fd = -1, .alloc = &alloc };
	struct genl_guest now;
	int r;

	if (!adopted->module_id)
		return cpu->limit_us || cpu->vcpu_limit_us
			       ? text_error(ret_error, ERROR_APPLY_FAILED,
					    "the module does not know the guest")
			       : 0;
	r = genl_guest_set(m->genl, adopted->module_id, &change, ret_error);
	if (!r)
		r = genl_guest_get(m->genl, adopted->module_id, &now, ret_error);
	if (r)
		return ERROR_APPLY_FAILED;
	adopted_note_limits(adopted, &now);
	return 0;
}

/**
 * manager_set_adopted() - change the limits of an adopted guest
 * @m: manager
 * @changes: owned; of that guest alone, or refused
 * @call: to be answered
 */
void manager_set_adopted(struct manager *m, struct bus_changes changes, struct bus_call *call)
{
	_cleanup_free_ char *error = NULL;
	struct cpu_allocation before, wish;
	struct adopted *adopted;
	struct system *system;
	int r = check_wish(&changes, &error);

	if (r) {
		bus_changes_deinit(&changes);
		bus_reply(call, r, error);
		return;
	}
	system = changes.items[0].system;
	wish = changes.items[0].allocation.cpu;
	bus_changes_deinit(&changes);
	adopted = adopted_of(system);
	before = system->definition->cpu;
	r = manager_check_adopted_limits(m, adopted, &wish, &error);
	if (!r)
		r = tell_module(m, adopted, &wish, &error);
	if (!r) {
		system->definition->cpu = wish;
		r = store_put_adoption(m->store, system, &error);
		if (r) {
			system->definition->cpu = before;
			tell_module(m, adopted, &before, NULL);
		}
	}
	bus_system_changed(m->bus, system);
	bus_reply(call, r, error);
}
