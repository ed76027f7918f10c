// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The module's uplinks as they should be, and what it measures of them. They survive kvrmd, but not the module; what
 * it knows already is found by name. With each sample what somebody else has changed, removed or added is put right
 * and counted. An uplink with members cannot be removed; so one that nobody defines is taken away once it has none.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/manager/internal.h"
#include "daemon/model/error.h"
#include "daemon/util/log.h"
#include "daemon/util/text.h"
#include "daemon/wire/genl-uplink.h"

#define SHARE_PROBLEM	"the reservations and weights of NICs are not held: "
#define FOREIGN_PROBLEM "the module has uplinks that are not defined here: "

_Static_assert(UPLINK_NAME_MAX == KVRM_UPLINK_NAME_MAX &&
		       UPLINK_MAX_BYTES_PER_S == KVRM_UPLINK_CAPACITY_BYTES_PER_S_MAX,
	       "the bounds are the module's");

static void shares_of(const struct uplink *uplink,
		      struct genl_uplink_share ret[static GENL_DIRECTIONS])
{
	for (int i = 0; i < GENL_DIRECTIONS; i++) {
		const struct uplink_allocation *a = &uplink->definition->allocations[i];

		ret[i] = (struct genl_uplink_share){ .capacity = a->capacity,
						     .reservation = a->reservation,
						     .limit = a->limit,
						     .weight = a->weight,
						     .expandable = a->expandable };
	}
}

/* Whether the module has of it what is wanted. */
static bool holds(const struct uplink *uplink, uint32_t parent, const struct genl_uplink *known)
{
	struct genl_uplink_share wanted[GENL_DIRECTIONS];
	bool same = known->parent == parent;

	shares_of(uplink, wanted);
	for (int i = 0; i < GENL_DIRECTIONS; i++) {
		const struct genl_uplink_share *is = &known->shares[i];

		if (!uplink_is_part(uplink))
			same &= is->capacity == wanted[i].capacity;
		else
			same &= is->reservation == wanted[i].reservation &&
				is->limit == wanted[i].limit && is->weight == wanted[i].weight &&
				is->expandable == wanted[i].expandable;
	}
	return same;
}

/*
 * The one with the id that it had, wherever somebody has put it; else the one of its name, of which ours have one each:
 * that in its place, or else one that is to be put there.
 */
static const struct genl_uplink *find_known(const struct uplink *uplink, uint32_t parent,
					    const struct genl_uplink *known, size_t n)
{
	const struct genl_uplink *named = NULL;

	for (size_t i = 0; i < n; i++) {
		/* A part never becomes an uplink, nor the other way round. */
		if (!known[i].parent != !parent || strcmp(known[i].name, uplink->definition->name))
			continue;
		if (known[i].id == uplink->module_id)
			return &known[i];
		if (!named || (named->parent != parent && known[i].parent == parent))
			named = &known[i];
	}
	return named;
}

/* @drift: what differs from what this kvrmd has told the module is somebody else's doing */
static void count_drift(struct manager *m, bool drift, const char *name, const char *what)
{
	if (!drift)
		return;
	m->host.sample.drift_corrected++;
	log_warning("uplink '%s' was %s by somebody else; putting it right", name, what);
}

static int match_uplink(struct manager *m, struct uplink *uplink, const struct genl_uplink *known,
			size_t n, bool drift, char **ret_error)
{
	const struct uplink *above = uplink_of(uplink->node.parent);
	const char *name = uplink->definition->name;
	struct genl_uplink_share shares[GENL_DIRECTIONS];
	uint32_t parent = above ? above->module_id : 0;
	const struct genl_uplink *same;
	struct genl_uplink added;
	int r;

	if (above && !parent) {
		uplink->module_id = 0;
		return text_error(ret_error, -ECANCELED, "what it is part of is not");
	}
	drift &= uplink->module_id != 0;
	same = find_known(uplink, parent, known, n);
	uplink->module_id = same ? same->id : 0;
	if (same && holds(uplink, parent, same))
		return 0;
	count_drift(m, drift, name, same ? "changed" : "removed");
	shares_of(uplink, shares);
	if (same)
		return genl_uplink_set(m->genl, same->id, parent, shares, ret_error);
	r = genl_uplink_add(m->genl, name, parent, shares, &added, ret_error);
	if (!r)
		uplink->module_id = added.id;
	return r;
}

static bool is_ours(const struct manager *m, uint32_t id)
{
	for (size_t i = 0; i < m->host.n_uplinks; i++) {
		if (m->host.uplinks[i]->module_id == id)
			return true;
	}
	return false;
}

/* What nobody defines; the newest first, as parts are newer than their uplink. What is left is tried again. */
static void take_away(struct manager *m, const struct genl_uplink *known, size_t n, bool drift)
{
	char left[GUEST_PROBLEM_SIZE] = "";

	for (size_t i = n; i-- > 0;) {
		if (is_ours(m, known[i].id))
			continue;
		if (!genl_uplink_del(m->genl, known[i].id, NULL))
			count_drift(m, drift, known[i].name, "added");
		else
			snprintf(left, sizeof(left),
				 "'%s' has members, and is left alone until then", known[i].name);
	}
	manager_tell(m, m->foreign_uplink_problem, FOREIGN_PROBLEM, left);
}

/* Return: 0, or the error that the module refused @about with; NULL: the first one that it refused any with. */
static int match(struct manager *m, const struct genl_uplink *known, size_t n, bool drift,
		 const struct uplink *about, char **ret_error)
{
	struct uplink *uplink;
	int first = 0;

	for (uplink = uplink_next(&m->host, NULL); uplink; uplink = uplink_next(&m->host, uplink)) {
		_cleanup_free_ char *error = NULL;
		int r = match_uplink(m, uplink, known, n, drift, &error);

		if (r && !first && (!about || about == uplink))
			first = text_error(ret_error,
					   r == -ENOSPC ? ERROR_INSUFFICIENT : ERROR_APPLY_FAILED,
					   "uplink '%s': the module does not hold it: %s",
					   uplink->definition->name, error ? error : strerror(-r));
	}
	/* What an earlier kvrmd has left is no drift. */
	take_away(m, known, n, drift && m->uplinks_matched);
	m->uplinks_matched = true;
	return first;
}

/**
 * manager_match_uplinks() - make the module's uplinks what they should be; what differs is no drift
 * @m: manager; the module is up
 * @about: what others are refused for is no error; NULL: it is
 * @ret_error: sentence, to be freed
 *
 * Return: 0 or an ERROR_*; as much as possible has been done then.
 */
int manager_match_uplinks(struct manager *m, const struct uplink *about, char **ret_error)
{
	_cleanup_free_ struct genl_uplink *known = NULL;
	size_t n = 0;
	int r = genl_uplink_dump(m->genl, &known, &n, ret_error);

	return r ? ERROR_APPLY_FAILED : match(m, known, n, false, about, ret_error);
}

/* Whether anybody lacks what the module does not hold. */
static bool any_on_uplinks(const struct manager *m)
{
	for (size_t i = 0; i < m->host.n_systems; i++) {
		for (size_t k = 0; k < m->host.systems[i]->definition->n_nics; k++) {
			if (uplink_of_nic(m->host.systems[i], k))
				return true;
		}
	}
	return false;
}

static void sample_uplink(struct uplink *uplink, const struct genl_uplink *known, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (known[i].id != uplink->module_id)
			continue;
		for (int d = 0; d < NIC_DIRECTIONS; d++)
			uplink->flows[d] =
				(struct uplink_flow){ .known = true,
						      .demand = known[i].flows[d].demand,
						      .used = known[i].flows[d].used,
						      .entitled = known[i].flows[d].entitled,
						      .contended = known[i].flows[d].contended };
	}
}

/**
 * manager_sample_uplinks() - what passes uplinks, as the module measures it; what it has of them, put right
 * @m: manager
 */
void manager_sample_uplinks(struct manager *m)
{
	_cleanup_free_ struct genl_uplink *known = NULL;
	_cleanup_free_ char *error = NULL;
	const char *why = NULL;
	size_t n = 0;

	for (size_t i = 0; i < m->host.n_uplinks; i++)
		memset(m->host.uplinks[i]->flows, 0, sizeof(m->host.uplinks[i]->flows));
	if (!genl_client_is_up(m->genl))
		why = "the module is not loaded";
	else if (genl_uplink_dump(m->genl, &known, &n, &error) ||
		 match(m, known, n, true, NULL, &error))
		why = error ? error : "the module refused them";
	for (size_t i = 0; i < m->host.n_uplinks; i++)
		sample_uplink(m->host.uplinks[i], known, n);
	manager_tell(m, m->uplink_problem, SHARE_PROBLEM, why && any_on_uplinks(m) ? why : "");
}

/**
 * manager_lose_uplinks() - the module is gone, and its uplinks with it
 * @m: manager
 */
void manager_lose_uplinks(struct manager *m)
{
	for (size_t i = 0; i < m->host.n_uplinks; i++)
		m->host.uplinks[i]->module_id = 0;
	m->uplinks_matched = false;
	manager_tell(m, m->foreign_uplink_problem, FOREIGN_PROBLEM, "");
}
