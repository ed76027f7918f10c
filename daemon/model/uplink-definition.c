// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is wanted of an uplink or a part: its rules; see uplink.h.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/model/uplink.h"
#include "daemon/util/text.h"

static const char *const directions[NIC_DIRECTIONS] = {
	[NIC_TO_GUEST] = "to-guest",
	[NIC_FROM_GUEST] = "from-guest",
};

/**
 * uplink_definition_new() - no name, no capacity and nothing of anybody's yet
 *
 * Return: to be freed with uplink_definition_free(); NULL if there is no memory.
 */
struct uplink_definition *uplink_definition_new(void)
{
	struct uplink_definition *d = calloc(1, sizeof(*d));

	for (int i = 0; d && i < NIC_DIRECTIONS; i++)
		d->allocations[i] = (struct uplink_allocation){ .weight = KVRM_WEIGHT_DEFAULT,
								.expandable = true };
	return d;
}

/**
 * uplink_definition_copy() - a copy
 * @d: of what
 *
 * Return: to be freed with uplink_definition_free(); NULL if there is no memory.
 */
struct uplink_definition *uplink_definition_copy(const struct uplink_definition *d)
{
	_cleanup_uplink_definition_ struct uplink_definition *copy = malloc(sizeof(*copy));

	if (!copy)
		return NULL;
	*copy = *d;
	copy->description = NULL;
	if (d->description) {
		copy->description = strdup(d->description);
		if (!copy->description)
			return NULL;
	}
	return TAKE_PTR(copy);
}

/**
 * uplink_definition_free() - free what is wanted of an uplink
 * @d: may be NULL
 *
 * Return: NULL.
 */
struct uplink_definition *uplink_definition_free(struct uplink_definition *d)
{
	if (d)
		free(d->description);
	free(d);
	return NULL;
}

static int check_name(const char *key, const char *value, char **ret_error)
{
	if (!text_is_name(value, UPLINK_NAME_MAX))
		return text_error(ret_error, -EINVAL,
				  "%s: '%s' is not 1 to %d of A-Z a-z 0-9 . _ -", key, value,
				  UPLINK_NAME_MAX);
	if (!strcmp(value, UPLINK_OF_BRIDGE) || !strcmp(value, UPLINK_NONE))
		return text_error(ret_error, -EINVAL,
				  "%s: '%s' cannot be the name of an uplink: it is a word of NICs",
				  key, value);
	return 0;
}

static int check_texts(const struct uplink_definition *d, char **ret_error)
{
	int r = *d->name ? check_name("name", d->name, ret_error)
			 : text_error(ret_error, -EINVAL, "name: is missing");

	if (!r && *d->parent)
		r = check_name("parent", d->parent, ret_error);
	if (!r && *d->bridge && !text_is_name(d->bridge, DEFINITION_BRIDGE_MAX))
		r = text_error(ret_error, -EINVAL,
			       "bridge: '%s' is not 1 to %d of A-Z a-z 0-9 . _ -", d->bridge,
			       DEFINITION_BRIDGE_MAX);
	if (!r && d->description && strlen(d->description) > DEFINITION_DESCRIPTION_MAX)
		r = text_error(ret_error, -EINVAL, "description: longer than %d bytes",
			       DEFINITION_DESCRIPTION_MAX);
	return r;
}

/* Of what is no part. */
static int check_capacity(const struct uplink_allocation *a, const char *direction,
			  char **ret_error)
{
	if (!a->capacity || a->capacity > UPLINK_MAX_BYTES_PER_S)
		return text_error(ret_error, -EINVAL,
				  "%s-capacity: %" PRIu64 " bytes per second is not 1 to %" PRIu64
				  ", and an uplink needs one",
				  direction, a->capacity, UPLINK_MAX_BYTES_PER_S);
	if (a->reservation || a->limit || a->weight != KVRM_WEIGHT_DEFAULT || !a->expandable)
		return text_error(ret_error, -EINVAL,
				  "%s-%s: only a part of an uplink, which has a parent, has one",
				  direction,
				  a->reservation		     ? "reservation"
				  : a->limit			     ? "limit"
				  : a->weight != KVRM_WEIGHT_DEFAULT ? "weight"
								     : "expandable");
	return 0;
}

static int check_part(const struct uplink_allocation *a, const char *direction, char **ret_error)
{
	if (a->capacity)
		return text_error(
			ret_error, -EINVAL,
			"%s-capacity: a part of an uplink has none, but a reservation and a limit",
			direction);
	if (a->reservation > UPLINK_MAX_BYTES_PER_S)
		return text_error(ret_error, -EINVAL,
				  "%s-reservation: %" PRIu64
				  " bytes per second is not 0 to %" PRIu64,
				  direction, a->reservation, UPLINK_MAX_BYTES_PER_S);
	if (a->limit > UPLINK_MAX_BYTES_PER_S)
		return text_error(ret_error, -EINVAL,
				  "%s-limit: %" PRIu64 " bytes per second is not 1 to %" PRIu64
				  ", or 0: unlimited",
				  direction, a->limit, UPLINK_MAX_BYTES_PER_S);
	if (a->limit && a->reservation > a->limit)
		return text_error(ret_error, -EINVAL,
				  "%s-reservation: %" PRIu64
				  " bytes per second is above the %s-limit, %" PRIu64,
				  direction, a->reservation, direction, a->limit);
	if (a->weight < KVRM_WEIGHT_MIN || a->weight > KVRM_WEIGHT_MAX)
		return text_error(ret_error, -EINVAL, "%s-weight: %" PRIu32 " is not %u to %u",
				  direction, a->weight, KVRM_WEIGHT_MIN, KVRM_WEIGHT_MAX);
	return 0;
}

/**
 * uplink_definition_validate() - the rules for an uplink or a part as a whole
 * @d: definition
 * @ret_error: sentence
 *
 * Return: 0 or a negative errno; see uplink.h.
 */
int uplink_definition_validate(const struct uplink_definition *d, char **ret_error)
{
	int r = check_texts(d, ret_error);

	for (int i = 0; !r && i < NIC_DIRECTIONS; i++)
		r = *d->parent ? check_part(&d->allocations[i], directions[i], ret_error)
			       : check_capacity(&d->allocations[i], directions[i], ret_error);
	return r;
}
