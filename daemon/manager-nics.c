// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * NICs of guests that run: what the module counts of them, and their limits as they should be. With each sample
 * what the module holds is compared with what is wanted; what somebody else has changed or removed is put back
 * and counted, also what they have of their uplinks. Without the module traffic control holds the limits, and nobody
 * the rest.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/apply/nic.h"
#include "daemon/manager-internal.h"
#include "daemon/model/error.h"
#include "daemon/util/clock.h"
#include "daemon/util/log.h"
#include "daemon/util/text.h"
#include "daemon/wire/police.h"
#include "daemon/wire/redirect.h"

/* How often a tap is looked at for filters of others: two messages each. */
#define LOOK_US 2000000

static const struct genl_nic *find_known(const struct guest *guest, size_t index,
					 const struct genl_nic *known, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (known[i].ifindex == guest->nics[index].ifindex)
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
	struct guest_nic *nic = &guest->nics[index];

	/* Somebody says that it is another guest's. */
	if (known && known->guest_id != guest->module_id) {
		genl_nic_del(m->genl, known->id, NULL);
		known = NULL;
	}
	if (!known) {
		if (nic->module_id)
			count_drift(m, guest->system, index, "removed");
		nic->module_id = 0;
		return nic_register(guest, index, ret_error);
	}
	/* What a kvrmd before this one had asked for is no drift. */
	if (nic->module_id && !nic_hold(d, uplink_of_nic(guest->system, index), known))
		count_drift(m, guest->system, index, "changed");
	else if (nic->module_id && nic->policed == nic_policed(d, POLICE_BEHIND))
		return 0;
	nic->module_id = known->id;
	return nic_put_limits(guest, index, d, ret_error);
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

/* The module has it, or should. */
static const char *match(struct manager *m, struct guest *guest, size_t index,
			 const struct genl_nic *known, char **ret_error)
{
	const struct uplink *uplink = uplink_of_nic(guest->system, index);
	const char *why = why_not_held(known);

	if (known)
		guest_sample_nic(guest, index, known);
	if (!why && match_nic(m, guest, index, known, ret_error))
		why = *ret_error ? *ret_error : "the module refused them";
	guest->system->nics[index].enforced_by = why ? NIC_ENFORCED_NOT : NIC_ENFORCED_MODULE;
	guest->system->nics[index].shares = !why && uplink && uplink->module_id;
	return why;
}

/* The module has no part in it. What an earlier kvrmd has left is not known, and is made anew. */
static const char *police(struct guest *guest, size_t index, char **ret_error)
{
	const struct definition_nic *d = &guest->system->definition->nics[index];

	if (guest->nics[index].policed == nic_policed(d, POLICE_ALONE)) {
		guest->system->nics[index].enforced_by =
			nic_limits_any(d) ? NIC_ENFORCED_TC : NIC_ENFORCED_NOT;
		return NULL;
	}
	if (!nic_put_limits(guest, index, d, ret_error))
		return NULL;
	return *ret_error ? *ret_error : "traffic control refused them";
}

/* What takes packets of the guest past its limits; NULL if nothing is known to, or there is none that way. */
static const char *redirected(const struct system *system, size_t index, struct guest_nic *nic)
{
	const struct nic_limit *limit = &system->definition->nics[index].limits[NIC_FROM_GUEST];
	const struct uplink *uplink = uplink_of_nic(system, index);
	uint64_t now_us = monotonic_us();

	if (!limit->bytes_per_s && !limit->packets_per_s && !uplink)
		return NULL;
	if (!nic->looked_us || now_us - nic->looked_us >= LOOK_US) {
		/* What cannot be read does not change what was found. */
		redirect_find(nic->ifindex, &nic->redirect);
		nic->looked_us = now_us;
	}
	/* Traffic control polices limits, also behind the module. */
	return uplink || nic->redirect.preference <= POLICE_PREFERENCE_LAST ? nic->redirect.what
									    : NULL;
}

/* Return: why its limits are not held, NULL if they are; perhaps *@ret_error, which is to be freed. */
static const char *sample_nic(struct manager *m, struct guest *guest, size_t index,
			      const struct genl_nic *known, size_t n, char **ret_error)
{
	struct system *system = guest->system;
	const struct system_nic before = system->nics[index];
	const struct genl_nic *same = find_known(guest, index, known, n);
	const char *why;

	if (!guest->nics[index].ifindex)
		why = "its tap is not known";
	else if (guest->module_id)
		why = match(m, guest, index, same, ret_error);
	else
		/* What an earlier kvrmd has told the module is held, though the guest is not matched yet. */
		why = same ? NULL : police(guest, index, ret_error);
	if (!why) {
		why = redirected(system, index, &guest->nics[index]);
		if (why) {
			system->nics[index].enforced_by = NIC_ENFORCED_NOT;
			system->nics[index].shares = false;
		}
	}
	if (before.enforced_by != system->nics[index].enforced_by ||
	    before.shares != system->nics[index].shares)
		bus_system_changed(m->bus, system);
	return nic_limits_any(&system->definition->nics[index]) || uplink_of_nic(system, index)
		       ? why
		       : NULL;
}

static void tell(struct manager *m, struct guest *guest, size_t index, const char *why)
{
	char text[GUEST_PROBLEM_SIZE] = "";

	if (why)
		snprintf(text, sizeof(text), "NIC %zu: %s", index, why);
	manager_tell_unheld(m, guest->nic_problem, MANAGER_NIC_PROBLEM,
			    guest->system->definition->name, text);
}

/*
 * Whether it is not the sample's turn: a guest that is being started gets its limits by its job, and whether the
 * module knows one that was just found is not known yet.
 */
static bool is_early(const struct manager *m, const struct guest *guest)
{
	return guest->system->state == SYSTEM_STARTING ||
	       (guest->job && !guest->module_id && genl_client_is_up(m->genl));
}

static void sample_guest(struct manager *m, struct guest *guest, const struct genl_nic *known,
			 size_t n)
{
	bool told = false;

	if (!guest->system->definition->n_nics || is_early(m, guest))
		return;
	guest_tend_taps(guest);
	for (size_t i = 0; i < guest->system->definition->n_nics; i++) {
		_cleanup_free_ char *error = NULL;
		const char *why;

		if (guest->nics[i].plugging)
			continue;
		why = sample_nic(m, guest, i, known, n, &error);
		if (why && !told)
			tell(m, guest, i, why);
		told |= why != NULL;
	}
	if (!told)
		tell(m, guest, 0, NULL);
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
static int apply(struct system *system, size_t index, const struct definition_nic *nic,
		 char **ret_error)
{
	struct guest *guest = system->runtime;

	if (!guest)
		return 0;
	if (!guest->nics[index].ifindex)
		return text_error(ret_error, ERROR_APPLY_FAILED, "nic %zu: its tap is not known",
				  index);
	return nic_put_limits(guest, index, nic, ret_error);
}

/* Whether a NIC as it is defined now can be so; of a system that runs it has its reservation then. */
static int admit(struct manager *m, struct system *system, size_t index, struct uplink_move *move,
		 char **ret_error)
{
	int r;

	*move = (struct uplink_move){ .system = system, .index = index };
	if (definition_check_nics(system->definition, ret_error))
		return ERROR_INVALID_ARGUMENT;
	r = host_check_uplinks(&m->host, system->definition, ret_error);
	if (r || !system->runtime)
		return r;
	r = uplink_admit_nic(&m->host, system, index, move, ret_error);
	if (!r)
		m->host.admitted++;
	else if (r == ERROR_INSUFFICIENT)
		m->host.refused++;
	return r;
}

/* An uplink that the module has refused so far is asked for again; if it still does, it says why. */
static int check_uplink(struct manager *m, const struct system *system, size_t index,
			char **ret_error)
{
	_cleanup_free_ char *error = NULL;
	int r;

	if (!system->runtime || !nic_check_uplink(system->runtime, index, NULL))
		return 0;
	r = manager_match_uplinks(m, uplink_of_nic(system, index), &error);
	return r ? text_error(ret_error, r, "nic %zu: %s", index,
			      error ? error : "the module did not say why")
		 : 0;
}

/* Admitted: in force and stored, or neither. */
static int put(struct manager *m, struct system *system, size_t index, char **ret_error)
{
	struct definition *d = system->definition;
	int r = check_uplink(m, system, index, ret_error);

	if (!r)
		r = apply(system, index, &d->nics[index], ret_error);
	return r ? r : store_put(m->store, d, ret_error);
}

/**
 * manager_op_set_nic() - change the limits of a NIC and what it has of its uplink, at once if its guest runs
 * @system: system
 * @index: of the NIC
 * @nic: as it is wanted; what cannot be changed is as it was
 * @call: to be answered
 * @data: manager
 */
void manager_op_set_nic(struct system *system, size_t index, const struct definition_nic *nic,
			struct bus_call *call, void *data)
{
	struct definition_nic before = system->definition->nics[index];
	_cleanup_free_ char *error = NULL, *undo = NULL;
	struct manager *m = data;
	struct uplink_move move;
	int r;

	/* Whole, because what is forbidden may lie between two keys. */
	system->definition->nics[index] = *nic;
	r = admit(m, system, index, &move, &error);
	if (r) {
		system->definition->nics[index] = before;
		bus_reply(call, r, error);
		return;
	}
	r = put(m, system, index, &error);
	if (r) {
		system->definition->nics[index] = before;
		uplink_undo(&move, 1);
		if (apply(system, index, &before, &undo))
			log_error("NIC %zu of %s could not be put back: %s", index,
				  system->definition->name, undo ? undo : "the module refused");
	} else {
		bus_system_changed(m->bus, system);
		bus_uplinks_changed(m->bus);
	}
	bus_reply(call, r, error);
}
