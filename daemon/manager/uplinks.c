// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Uplinks and parts made, changed and deleted. Each is admitted in the model first, then made true in the module, and
 * stored at last; what fails undoes all of it. If kvrmd is killed in between, the next one makes true what is on the
 * disk.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/apply/nic.h"
#include "daemon/manager/internal.h"
#include "daemon/model/error.h"
#include "daemon/util/log.h"
#include "daemon/util/text.h"
#include "daemon/wire/genl-uplink.h"

static int add_loaded(struct uplink_definition *definition, void *data)
{
	_cleanup_uplink_definition_ struct uplink_definition *d = definition;
	struct uplink *uplink = uplink_new(d);
	struct manager *m = data;
	int r;

	if (!uplink)
		return -ENOMEM;
	TAKE_PTR(d);
	r = host_add_uplink(&m->host, uplink);
	if (r)
		uplink_free(uplink);
	return r;
}

/* Into their trees, parents first. Return: how many could be placed. */
static size_t place_parts(struct manager *m)
{
	size_t placed = 0;

	for (size_t i = 0; i < m->host.n_uplinks; i++) {
		struct uplink *uplink = m->host.uplinks[i];
		const struct uplink *parent =
			host_find_uplink(&m->host, uplink->definition->parent);

		if (!uplink_is_part(uplink) || uplink->node.parent || !parent ||
		    (uplink_is_part(parent) && !parent->node.parent))
			continue;
		uplink_place(&m->host, uplink);
		placed++;
	}
	return placed;
}

/**
 * manager_load_uplinks() - the uplinks and parts that the store has, into the model
 * @m: manager; the store is open
 * @ret_error: sentence, to be freed
 *
 * Return: 0 or a negative errno.
 */
int manager_load_uplinks(struct manager *m, char **ret_error)
{
	int r = store_load_uplinks(m->store, add_loaded, m, ret_error);

	if (r)
		return r;
	for (size_t i = 0; i < m->host.n_uplinks; i++) {
		if (!uplink_is_part(m->host.uplinks[i]))
			uplink_place(&m->host, m->host.uplinks[i]);
	}
	while (place_parts(m))
		;
	for (size_t i = 0; i < m->host.n_uplinks; i++) {
		const struct uplink *uplink = m->host.uplinks[i];

		if (uplink_is_part(uplink) && !uplink->node.parent)
			return text_error(ret_error, -EIO,
					  "the database is damaged: uplink '%s' is part of none",
					  uplink->definition->name);
	}
	return 0;
}

/* A NIC that the module knows as it is wanted now; others get that when they are told to it. */
static int put_nic(const struct uplink_move *move, char **ret_error)
{
	struct guest *guest = move->system->runtime;

	if (!guest || !guest->module_id || !guest->nics[move->index].module_id)
		return 0;
	return nic_put_limits(guest, move->index, &move->system->definition->nics[move->index],
			      ret_error);
}

static void put_nics_back(const struct uplink_move *moves, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		_cleanup_free_ char *error = NULL;

		if (put_nic(&moves[i], &error))
			log_error("%s: a NIC could not be put back: %s",
				  moves[i].system->definition->name,
				  error ? error : "the module refused");
	}
}

static int put_into_module(struct manager *m, const struct uplink *uplink,
			   const struct uplink_move *moves, size_t n, char **ret_error)
{
	int r = manager_match_uplinks(m, uplink, ret_error);

	for (size_t i = 0; !r && i < n; i++) {
		_cleanup_free_ char *error = NULL;

		r = put_nic(&moves[i], &error);
		if (r)
			text_error(ret_error, 0, "%s: %s", moves[i].system->definition->name,
				   error ? error : "the module refused");
	}
	return r;
}

/*
 * An uplink of the model is new or has changed: NICs go where they are to be now, in the model and in the module, and
 * it is stored. If that fails, NICs are where they were.
 */
static int settle(struct manager *m, const struct uplink *uplink, char **ret_error)
{
	_cleanup_free_ struct uplink_move *moves = NULL;
	size_t n;
	int r = uplink_admit_moves(&m->host, &moves, &n, ret_error);

	if (r)
		return r;
	if (genl_client_is_up(m->genl))
		r = put_into_module(m, uplink, moves, n, ret_error);
	if (!r)
		r = store_put_uplink(m->store, uplink->definition, ret_error);
	if (r) {
		uplink_undo(moves, n);
		put_nics_back(moves, n);
		return r;
	}
	for (size_t i = 0; i < n; i++)
		bus_system_changed(m->bus, moves[i].system);
	return 0;
}

/* After something has failed: the module's uplinks as the model has them, again. */
static void match_back(struct manager *m)
{
	_cleanup_free_ char *error = NULL;

	if (genl_client_is_up(m->genl) && manager_match_uplinks(m, NULL, &error))
		log_error("the module's uplinks could not be put back: %s",
			  error ? error : "it did not say why");
}

static void forget(struct manager *m, struct uplink *uplink)
{
	uplink_leave(uplink);
	host_remove_uplink(&m->host, uplink);
	uplink_free(uplink);
}

static int check_bridge(struct manager *m, const struct uplink *uplink,
			const struct uplink_definition *d, char **ret_error)
{
	const struct uplink *other = *d->bridge ? host_uplink_of_bridge(&m->host, d->bridge) : NULL;

	if (!other || other == uplink)
		return 0;
	return text_error(ret_error, ERROR_ALREADY_EXISTS, "bridge: '%s' is that of uplink '%s'",
			  d->bridge, other->definition->name);
}

/* Everything that can be refused at once; then it is in the model. */
static int add(struct manager *m, struct uplink_definition *d, struct uplink **ret,
	       char **ret_error)
{
	_cleanup_uplink_definition_ struct uplink_definition *owned = d;
	int r = uplink_definition_validate(d, ret_error);
	struct uplink *uplink;

	if (!r && host_find_uplink(&m->host, d->name))
		r = text_error(ret_error, ERROR_ALREADY_EXISTS, "name: '%s' is in use", d->name);
	if (!r)
		r = check_bridge(m, NULL, d, ret_error);
	if (r)
		return r;
	uplink = uplink_new(d);
	if (!uplink)
		return -ENOMEM;
	TAKE_PTR(owned);
	r = uplink_admit(&m->host, uplink, d, ret_error);
	if (!r)
		r = host_add_uplink(&m->host, uplink);
	if (r) {
		uplink_leave(uplink);
		uplink_free(uplink);
		return r;
	}
	*ret = uplink;
	return 0;
}

/**
 * manager_op_create_uplink() - an uplink, or a part that is carved out of one
 * @d: owned
 * @call: to be answered
 * @data: manager
 */
void manager_op_create_uplink(struct uplink_definition *d, struct bus_call *call, void *data)
{
	_cleanup_free_ char *error = NULL;
	struct manager *m = data;
	struct uplink *uplink;
	int r = add(m, d, &uplink, &error);

	if (r) {
		bus_reply(call, r, error);
		return;
	}
	r = settle(m, uplink, &error);
	if (r) {
		forget(m, uplink);
		match_back(m);
		bus_reply(call, r, error);
		return;
	}
	log_info("uplink '%s' was made", uplink->definition->name);
	bus_uplink_added(m->bus, uplink);
	bus_uplinks_changed(m->bus);
	bus_reply_uplink(call, uplink);
}

/* @d has what was there before if it is made, and is as it was if not. */
static int change(struct manager *m, struct uplink *uplink, struct uplink_definition **d,
		  char **ret_error)
{
	struct uplink_definition *before = uplink->definition;
	int r = 0;

	if (!*before->parent != !*(*d)->parent)
		r = text_error(ret_error, ERROR_INVALID_STATE,
			       "uplink '%s' is no part of another, and cannot become one",
			       before->name);
	if (!r)
		r = uplink_definition_validate(*d, ret_error);
	if (!r)
		r = check_bridge(m, uplink, *d, ret_error);
	if (!r)
		r = uplink_admit(&m->host, uplink, *d, ret_error);
	if (r)
		return r;
	uplink->definition = *d;
	r = settle(m, uplink, ret_error);
	if (!r) {
		*d = before;
		return 0;
	}
	uplink->definition = before;
	uplink_place(&m->host, uplink);
	match_back(m);
	return r;
}

/**
 * manager_op_set_uplink() - change an uplink or part, and what that is carved out of, all that is wanted or nothing
 * @uplink: which
 * @definition: as it is wanted, not checked yet; owned
 * @call: to be answered
 * @data: manager
 */
void manager_op_set_uplink(struct uplink *uplink, struct uplink_definition *definition,
			   struct bus_call *call, void *data)
{
	_cleanup_uplink_definition_ struct uplink_definition *d = definition;
	_cleanup_free_ char *error = NULL;
	struct manager *m = data;
	int r = change(m, uplink, &d, &error);

	if (!r)
		bus_uplinks_changed(m->bus);
	bus_reply(call, r, error);
}

static int remove_from_module(struct manager *m, struct uplink *uplink, char **ret_error)
{
	int r;

	if (!uplink->module_id || !genl_client_is_up(m->genl))
		return 0;
	r = genl_uplink_del(m->genl, uplink->module_id, ret_error);
	if (r && r != -ENOENT)
		return ERROR_APPLY_FAILED;
	uplink->module_id = 0;
	return 0;
}

/**
 * manager_op_remove_uplink() - forget an uplink, or give a part back
 * @uplink: which
 * @call: to be answered
 * @data: manager
 */
void manager_op_remove_uplink(struct uplink *uplink, struct bus_call *call, void *data)
{
	_cleanup_free_ char *error = NULL;
	struct manager *m = data;
	int r;

	if (host_uplink_is_used(&m->host, uplink))
		r = text_error(&error, ERROR_INVALID_STATE, "uplink '%s' has members",
			       uplink->definition->name);
	else
		r = remove_from_module(m, uplink, &error);
	if (!r)
		r = store_delete_uplink(m->store, uplink->definition->name, &error);
	if (r) {
		match_back(m);
		bus_reply(call, r, error);
		return;
	}
	log_info("uplink '%s' was deleted", uplink->definition->name);
	bus_uplink_removed(m->bus, uplink);
	forget(m, uplink);
	bus_uplinks_changed(m->bus);
	bus_reply(call, 0, NULL);
}
