// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Admission to uplinks, with sentences: capacities, and which part can be carved out of what. The rules are those
 * of include/kvrm/admit.h, as in the tree of pools; see uplink.h.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/model/error.h"
#include "daemon/model/host.h"
#include "daemon/model/uplink.h"
#include "daemon/util/text.h"

_Static_assert((int)NIC_TO_GUEST == (int)KVRM_RESOURCE_TO_GUEST &&
		       (int)NIC_FROM_GUEST == (int)KVRM_RESOURCE_FROM_GUEST &&
		       (int)NIC_DIRECTIONS == (int)KVRM_RESOURCE_COUNT,
	       "a direction is a resource of an uplink's tree");

static const char *const directions[NIC_DIRECTIONS] = {
	[NIC_TO_GUEST] = "to-guest",
	[NIC_FROM_GUEST] = "from-guest",
};

/* "50Mbit/s (6250000 bytes per second)" */
static void format_rate(uint64_t bytes_per_s, char buf[static 80])
{
	char rate[32];

	rate_format(bytes_per_s, rate, sizeof(rate));
	snprintf(buf, 80, "%s/s (%" PRIu64 " bytes per second)", rate, bytes_per_s);
}

/**
 * uplink_explain() - why a change was refused
 * @refusal: by kvrm_edits_apply(), which has left the tree as it was
 * @uplink: uplink or part that was to have the member
 * @ret_error: sentence
 *
 * Return: an error, see uplink.h.
 */
int uplink_explain(const struct kvrm_refusal *refusal, const struct uplink *uplink,
		   char **ret_error)
{
	const struct uplink *whole = uplink_whole(uplink);
	const struct kvrm_node *at = refusal->at;
	const char *key = directions[refusal->resource];
	const char *name = at->pool ? uplink_of(at)->definition->name : "";
	char lacks[80];

	format_rate(refusal->shortfall, lacks);
	switch (refusal->kind) {
	case KVRM_REFUSED_ABOVE_HOST:
		return text_error(ret_error, ERROR_INSUFFICIENT,
				  "%s-reservation: uplink '%s' lacks %s: it has %" PRIu64 " in all",
				  key, whole->definition->name, lacks,
				  whole->node.share[refusal->resource].reservation);
	case KVRM_REFUSED_POOL_LACKS:
		return text_error(ret_error, ERROR_INSUFFICIENT,
				  "%s-reservation: uplink '%s' lacks %s: it has %" PRIu64
				  " reserved of %" PRIu64,
				  key, name, lacks, at->reserved[refusal->resource],
				  at->share[refusal->resource].reservation);
	case KVRM_REFUSED_POOL_LIMIT:
		return text_error(
			ret_error, ERROR_INSUFFICIENT,
			"%s-reservation: the limit of uplink '%s' lacks %s: it has %" PRIu64
			" reserved",
			key, name, lacks, at->reserved[refusal->resource]);
	case KVRM_REFUSED_ABOVE_LIMIT:
		return text_error(ret_error, ERROR_INVALID_ARGUMENT,
				  "%s-reservation: is above the %s-limit by %s", key, key, lacks);
	case KVRM_REFUSED_DEPTH:
		return text_error(ret_error, ERROR_INVALID_ARGUMENT,
				  "parent: more than %u uplinks would lie above a NIC",
				  KVRM_DEPTH_MAX);
	case KVRM_REFUSED_CYCLE:
		return text_error(ret_error, ERROR_INVALID_ARGUMENT,
				  "parent: uplink '%s' cannot lie in itself or below", name);
	case KVRM_REFUSED_MEMBERS:
	case KVRM_ADMITTED:
		break;
	}
	return text_error(ret_error, ERROR_INVALID_ARGUMENT, "uplink '%s' cannot be changed so",
			  name);
}

static void part_edit(struct uplink *uplink, const struct uplink_definition *d,
		      const struct uplink *parent, struct kvrm_edit *ret)
{
	kvrm_edit_init(ret, &uplink->node);
	ret->parent = (struct kvrm_node *)&parent->node;
	for (int i = 0; i < NIC_DIRECTIONS; i++) {
		const struct uplink_allocation *a = &d->allocations[i];

		ret->share[i] = (struct kvrm_share){ .reservation = a->reservation,
						     .limit = a->limit ? a->limit : KVRM_UNLIMITED,
						     .weight = a->weight,
						     .expandable = a->expandable };
	}
}

static void set_capacity(struct uplink *uplink, const struct uplink_definition *d)
{
	for (int i = 0; i < NIC_DIRECTIONS; i++) {
		uplink->node.share[i].reservation = d->allocations[i].capacity;
		uplink->node.share[i].expandable = false;
	}
}

/* What was reserved already stays so. */
static int check_capacity(const struct uplink *uplink, const struct uplink_definition *d,
			  char **ret_error)
{
	for (int i = 0; i < NIC_DIRECTIONS; i++) {
		uint64_t lacks = kvrm_excess(uplink->node.reserved[i], d->allocations[i].capacity);
		char text[80];

		format_rate(lacks, text);
		if (lacks)
			return text_error(ret_error, ERROR_INSUFFICIENT,
					  "%s-capacity: uplink '%s' lacks %s: it has %" PRIu64
					  " reserved",
					  directions[i], d->name, text, uplink->node.reserved[i]);
	}
	return 0;
}

static int admit_part(struct host *host, struct uplink *uplink, const struct uplink_definition *d,
		      char **ret_error)
{
	const struct uplink *parent = host_find_uplink(host, d->parent);
	struct kvrm_refusal refusal;
	struct kvrm_edit edit;

	if (!parent)
		return text_error(ret_error, ERROR_NOT_FOUND, "parent: there is no uplink '%s'",
				  d->parent);
	part_edit(uplink, d, parent, &edit);
	if (kvrm_edits_apply(&edit, 1, &uplink_whole(parent)->node, &refusal))
		return 0;
	return uplink_explain(&refusal, parent, ret_error);
}

/* Count what came of it. */
static int counted(struct host *host, int r)
{
	host->admitted += !r;
	host->refused += r == ERROR_INSUFFICIENT;
	return r;
}

/**
 * uplink_admit() - let an uplink or part have what is wanted of it
 * @host: host; counts what was admitted and what not
 * @uplink: new or in its tree; its own definition is left alone
 * @d: what is wanted, validated; of a part also where it is to lie, with all that lies in it
 * @ret_error: sentence
 *
 * Return: 0 or an error, see uplink.h.
 */
int uplink_admit(struct host *host, struct uplink *uplink, const struct uplink_definition *d,
		 char **ret_error)
{
	int r;

	if (*d->parent)
		return counted(host, admit_part(host, uplink, d, ret_error));
	r = check_capacity(uplink, d, ret_error);
	if (!r)
		set_capacity(uplink, d);
	return counted(host, r);
}

/**
 * uplink_place() - let an uplink or part have what its definition says, whether it fits or not
 * @host: host
 * @uplink: new or in its tree; what it is carved out of is in its own
 */
void uplink_place(struct host *host, struct uplink *uplink)
{
	const struct uplink_definition *d = uplink->definition;
	struct kvrm_edit edit;

	if (!uplink_is_part(uplink)) {
		set_capacity(uplink, d);
		return;
	}
	part_edit(uplink, d, host_find_uplink(host, d->parent), &edit);
	/* Exchanged without being judged. */
	kvrm_edits_undo(&edit, 1);
}

/**
 * uplink_leave() - give a part back to what it is carved out of
 * @uplink: without members; nothing is done if it lies in nothing
 */
void uplink_leave(struct uplink *uplink)
{
	struct kvrm_edit edit;

	kvrm_edit_init(&edit, &uplink->node);
	edit.parent = NULL;
	if (uplink->node.parent)
		kvrm_edits_undo(&edit, 1);
}
