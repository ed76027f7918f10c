// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * NICs on uplinks: where they are to be, what they may reserve there, and all of a system's at once; see uplink.h.
 */
#include <stdlib.h>
#include <string.h>

#include "daemon/model/error.h"
#include "daemon/model/host.h"
#include "daemon/model/uplink.h"
#include "daemon/util/text.h"

/* What a NIC is to have of which uplink; @ret->node is NULL if it is on none, and is to be on none. */
static int nic_edit(struct system *system, size_t index, const struct uplink *uplink,
		    struct kvrm_edit *ret)
{
	const struct definition_nic *nic = &system->definition->nics[index];
	struct system_nic *end = &system->nics[index];

	*ret = (struct kvrm_edit){ 0 };
	if (!uplink && !uplink_of_nic(system, index))
		return 0;
	if (!end->member) {
		end->member = calloc(1, sizeof(*end->member));
		if (!end->member)
			return -ENOMEM;
		kvrm_node_init(&end->member->node, false);
	}
	kvrm_edit_init(ret, &end->member->node);
	ret->parent = uplink ? (struct kvrm_node *)&uplink->node : NULL;
	for (int i = 0; i < NIC_DIRECTIONS; i++) {
		uint64_t limit = nic->limits[i].bytes_per_s;

		ret->share[i].reservation = nic->shares[i].reservation_bytes_per_s;
		ret->share[i].limit = limit ? limit : KVRM_UNLIMITED;
		ret->share[i].weight = (uint32_t)nic->shares[i].weight;
	}
	return 0;
}

static int needs_uplink(const struct definition_nic *nic, char **ret_error)
{
	bool receives = nic->shares[NIC_TO_GUEST].reservation_bytes_per_s;

	return text_error(ret_error, ERROR_INSUFFICIENT,
			  "%s-reservation: needs an uplink, and bridge '%s' has none",
			  receives ? "to-guest" : "from-guest", nic->bridge);
}

static int judge_nic(struct host *host, struct system *system, size_t index, struct kvrm_edit *edit,
		     char **ret_error)
{
	const struct definition_nic *nic = &system->definition->nics[index];
	const struct uplink *uplink = host_uplink_of_nic(host, nic);
	struct kvrm_refusal refusal;
	int r = nic_edit(system, index, uplink, edit);

	if (r)
		return r;
	if (!uplink && nic_reserves_any(nic))
		return needs_uplink(nic, ret_error);
	if (!edit->node ||
	    kvrm_edits_apply(edit, 1, uplink ? &uplink_whole(uplink)->node : NULL, &refusal))
		return 0;
	return uplink_explain(&refusal, uplink, ret_error);
}

/**
 * uplink_admit_nic() - let a NIC of a system that has a QEMU have what its definition says
 * @host: host
 * @system: system
 * @index: of the NIC
 * @ret: for uplink_undo()
 * @ret_error: sentence
 *
 * Return: 0 or an error, see uplink.h.
 */
int uplink_admit_nic(struct host *host, struct system *system, size_t index,
		     struct uplink_move *ret, char **ret_error)
{
	_cleanup_free_ char *error = NULL;
	int r;

	*ret = (struct uplink_move){ .system = system, .index = index };
	r = judge_nic(host, system, index, &ret->edit, &error);
	if (!r)
		return 0;
	ret->edit.node = NULL;
	return error ? text_error(ret_error, r, "nic %zu: %s", index, error) : r;
}

/**
 * uplink_undo() - take changes of NICs back that were made last
 * @moves: changes
 * @n: how many
 */
void uplink_undo(struct uplink_move *moves, size_t n)
{
	while (n-- > 0) {
		if (moves[n].edit.node)
			kvrm_edits_undo(&moves[n].edit, 1);
	}
}

/* One that is not where it is to be. */
static bool is_misplaced(const struct host *host, const struct system *system, size_t index)
{
	return uplink_of_nic(system, index) !=
	       host_uplink_of_nic(host, &system->definition->nics[index]);
}

static int add_move(struct host *host, struct system *system, size_t index,
		    struct uplink_move **moves, size_t *n, char **ret_error)
{
	_cleanup_free_ char *error = NULL;
	struct uplink_move *more = reallocarray(*moves, *n + 1, sizeof(*more));
	int r;

	if (!more)
		return -ENOMEM;
	*moves = more;
	r = uplink_admit_nic(host, system, index, &more[*n], &error);
	if (!r)
		++*n;
	return r && error ? text_error(ret_error, r, "%s: %s", system->definition->name, error) : r;
}

/**
 * uplink_admit_moves() - put the NICs of all systems that have a QEMU where they are to be, all or none
 * @host: host, of which an uplink's bridge has changed
 * @ret: which ones, for uplink_undo(); to be freed, also on failure; NULL: none
 * @ret_n: how many
 * @ret_error: sentence
 *
 * Return: 0 or an error, see uplink.h.
 */
int uplink_admit_moves(struct host *host, struct uplink_move **ret, size_t *ret_n, char **ret_error)
{
	int r = 0;

	*ret = NULL;
	*ret_n = 0;
	for (size_t i = 0; !r && i < host->n_systems; i++) {
		struct system *system = host->systems[i];

		if (!system->node.parent)
			continue;
		for (size_t k = 0; !r && k < system->definition->n_nics; k++) {
			if (is_misplaced(host, system, k))
				r = add_move(host, system, k, ret, ret_n, ret_error);
		}
	}
	if (r) {
		uplink_undo(*ret, *ret_n);
		*ret_n = 0;
	}
	return r;
}

/**
 * uplink_enter() - a system is to be started: its NICs take their reservations out of their uplinks
 * @host: host
 * @system: its NICs are on none
 * @ret_error: sentence
 *
 * Return: 0 or an error, see uplink.h.
 */
int uplink_enter(struct host *host, struct system *system, char **ret_error)
{
	int r = host_check_uplinks(host, system->definition, ret_error);

	for (size_t i = 0; !r && i < system->definition->n_nics; i++) {
		struct uplink_move move;

		r = uplink_admit_nic(host, system, i, &move, ret_error);
	}
	if (r)
		uplink_leave_system(system);
	return r;
}

/**
 * uplink_enter_found() - a system was found running: its NICs have their reservations, whether they fit or not
 * @host: host
 * @system: its NICs are on none
 * @ret_error: sentence
 *
 * Return: 0, or the error with which uplink_enter() would have failed first; NICs for which there is an uplink are on
 * it nevertheless.
 */
int uplink_enter_found(struct host *host, struct system *system, char **ret_error)
{
	int first = host_check_uplinks(host, system->definition, ret_error);

	for (size_t i = 0; i < system->definition->n_nics; i++) {
		_cleanup_free_ char *error = NULL;
		struct uplink_move move;
		struct kvrm_edit edit;
		int r = uplink_admit_nic(host, system, i, &move, &error);

		if (!r)
			continue;
		if (!first)
			first = text_error(ret_error, r, "%s", error ? error : strerror(-r));
		if (nic_edit(system, i, host_uplink_of_nic(host, &system->definition->nics[i]),
			     &edit))
			continue;
		if (edit.node)
			kvrm_edits_undo(&edit, 1);
	}
	return first;
}

/**
 * uplink_leave_nic() - a NIC is on no uplink any more
 * @system: system
 * @index: of the NIC
 */
void uplink_leave_nic(struct system *system, size_t index)
{
	struct uplink_member *member = system->nics[index].member;
	struct kvrm_edit edit;

	if (!member)
		return;
	kvrm_edit_init(&edit, &member->node);
	edit.parent = NULL;
	if (member->node.parent)
		kvrm_edits_undo(&edit, 1);
	free(member);
	system->nics[index].member = NULL;
}

/**
 * uplink_leave_system() - the same of all NICs of a system
 * @system: system
 */
void uplink_leave_system(struct system *system)
{
	for (size_t i = 0; i < DEFINITION_NICS_MAX; i++)
		uplink_leave_nic(system, i);
}
