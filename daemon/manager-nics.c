// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * NICs of guests that run: what the module counts of them, and their limits as they should be. With each sample
 * what the module holds is compared with what is wanted; what somebody else has changed or removed is put back
 * and counted.
 */
#include <errno.h>
#include <string.h>

#include "daemon/apply/nic.h"
#include "daemon/manager-internal.h"
#include "daemon/model/error.h"
#include "daemon/util/log.h"
#include "daemon/util/text.h"

/**
 * manager_lose_nics() - the module does not know a guest's NICs any more
 * @guest: guest
 */
void manager_lose_nics(struct guest *guest)
{
	for (size_t i = 0; i < DEFINITION_NICS_MAX; i++) {
		guest->nics[i].module_id = 0;
		guest->system->nics[i].held = false;
	}
}

static const struct genl_nic *find_known(const struct guest *guest, size_t index,
					 const struct genl_nic *known, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (known[i].guest_id == guest->module_id &&
		    known[i].ifindex == guest->nics[index].ifindex)
			return &known[i];
	}
	return NULL;
}

static void count_drift(struct manager *m, const struct system *system, size_t index,
			const char *what)
{
	m->host.sample.drift_corrected++;
	log_system(LOG_WARNING, system->definition->uuid, system->definition->name,
		   "NIC %zu was %s by somebody else; putting it back", index, what);
}

/* Make the module know a NIC, and its limits, as they should be. */
static int match_nic(struct manager *m, struct guest *guest, size_t index,
		     const struct genl_nic *known, char **ret_error)
{
	const struct definition_nic *d = &guest->system->definition->nics[index];
	struct genl_nic_limit limits[GENL_DIRECTIONS];
	struct guest_nic *nic = &guest->nics[index];
	_cleanup_free_ char *error = NULL;
	int r;

	if (!known) {
		if (nic->module_id)
			count_drift(m, guest->system, index, "removed");
		nic->module_id = 0;
		return nic_register(guest, index, ret_error);
	}
	if (nic_hold(d, known)) {
		nic->module_id = known->id;
		return 0;
	}
	/* What a kvrmd before this one had asked for is no drift. */
	if (nic->module_id)
		count_drift(m, guest->system, index, "changed");
	nic->module_id = known->id;
	nic_limits(d, limits);
	r = genl_nic_set(m->genl, known->id, limits, &error);
	return r ? text_error(ret_error, ERROR_APPLY_FAILED, "NIC %zu: %s", index,
			      error ? error : strerror(-r))
		 : 0;
}

/* Why limits cannot be held; NULL if they are. */
static const char *why_not_held(const struct genl_nic *known)
{
	switch (known ? known->state : KVRM_NIC_STATE_ENFORCEABLE) {
	case KVRM_NIC_STATE_XDP:
		return "an XDP program is attached to its tap";
	case KVRM_NIC_STATE_GONE:
		return "its tap is gone, or in another network namespace";
	case KVRM_NIC_STATE_ENFORCEABLE:
		break;
	}
	return NULL;
}

static void tell_problem(struct manager *m, const struct system *system, size_t index,
			 const char *why)
{
	if (nic_limits_any(&system->definition->nics[index]))
		manager_problem(m, MANAGER_NIC_PROBLEM "NIC %zu: %s", system->definition->name,
				index, why);
}

static void sample_nic(struct manager *m, struct guest *guest, size_t index,
		       const struct genl_nic *known)
{
	struct system *system = guest->system;
	bool held = system->nics[index].held;
	_cleanup_free_ char *error = NULL;
	const char *why = why_not_held(known);

	if (known)
		guest_sample_nic(guest, index, known);
	if (!guest->nics[index].ifindex)
		why = "its tap is not known";
	if (!why && match_nic(m, guest, index, known, &error))
		why = error ? error : "the module refused them";
	system->nics[index].held = !why;
	if (why)
		tell_problem(m, system, index, why);
	if (held != system->nics[index].held)
		bus_system_changed(m->bus, system);
}

static void sample_guest(struct manager *m, struct guest *guest, const struct genl_nic *known,
			 size_t n)
{
	struct system *system = guest->system;

	if (!system->definition->n_nics || guest->job || system->busy)
		return;
	if (m->host.n_problems)
		manager_drop_problem(m, MANAGER_NIC_PROBLEM, system->definition->name);
	for (size_t i = 0; i < system->definition->n_nics; i++) {
		if (guest->module_id) {
			sample_nic(m, guest, i, find_known(guest, i, known, n));
			continue;
		}
		tell_problem(m, system, i,
			     genl_client_is_up(m->genl) ? "the module does not know the guest"
							: "the module is not loaded");
	}
}

static bool any_nics(const struct manager *m)
{
	for (size_t i = 0; i < m->host.n_systems; i++) {
		if (m->host.systems[i]->runtime && m->host.systems[i]->definition->n_nics)
			return true;
	}
	return false;
}

/**
 * manager_sample_nics() - measure the NICs of all guests, and compare their limits with what is wanted
 * @m: manager
 */
void manager_sample_nics(struct manager *m)
{
	_cleanup_free_ struct genl_nic *known = NULL;
	size_t n = 0;

	if (!any_nics(m))
		return;
	/* What cannot be read is no drift. */
	if (genl_client_is_up(m->genl) && genl_nic_dump(m->genl, &known, &n, NULL))
		return;
	for (size_t i = 0; i < m->host.n_systems; i++) {
		struct guest *guest = m->host.systems[i]->runtime;

		if (guest)
			sample_guest(m, guest, known, n);
	}
}

/* In force, as far as it runs, and not stored yet. */
static int apply(struct manager *m, struct system *system, size_t index,
		 const struct definition_nic *nic, char **ret_error)
{
	struct genl_nic_limit limits[GENL_DIRECTIONS];
	struct guest *guest = system->runtime;

	if (!guest)
		return 0;
	if (!guest->nics[index].module_id) {
		if (!nic_limits_any(nic))
			return 0;
		return text_error(ret_error, ERROR_APPLY_FAILED,
				  genl_client_is_up(m->genl)
					  ? "nic: the module does not know it"
					  : "nic: its limits need the module, which is not loaded");
	}
	nic_limits(nic, limits);
	return genl_nic_set(m->genl, guest->nics[index].module_id, limits, ret_error)
		       ? ERROR_APPLY_FAILED
		       : 0;
}

/**
 * manager_op_set_nic() - change the limits of a NIC, at once if its guest runs
 * @system: system
 * @index: of the NIC
 * @nic: with the wanted limits; the rest is as it was
 * @call: to be answered
 * @data: manager
 */
void manager_op_set_nic(struct system *system, size_t index, const struct definition_nic *nic,
			struct bus_call *call, void *data)
{
	struct definition_nic before = system->definition->nics[index];
	_cleanup_free_ char *error = NULL, *undo = NULL;
	struct manager *m = data;
	int r;

	/* Whole, because what is forbidden may lie between two keys. */
	system->definition->nics[index] = *nic;
	r = definition_check_nics(system->definition, &error);
	if (r)
		r = ERROR_INVALID_ARGUMENT;
	else
		r = apply(m, system, index, nic, &error);
	if (!r) {
		r = store_put(m->store, system->definition, &error);
		if (r && apply(m, system, index, &before, &undo))
			log_error("NIC %zu of %s could not be put back: %s", index,
				  system->definition->name, undo ? undo : "the module refused");
	}
	if (r)
		system->definition->nics[index] = before;
	else
		bus_system_changed(m->bus, system);
	bus_reply(call, r, error);
}
