// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Settings of uplinks; see uplink-setting.h. A number is of one direction (to-guest-capacity), or of both (capacity).
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/model/definition.h"
#include "daemon/util/text.h"
#include "tools/kvrmctl/uplink-setting.h"

#define KEYS                                                                                       \
	"bridge description, and of a direction (to-guest-, from-guest-) or both capacity "        \
	"reservation limit weight expandable"

static int parse_rate(const char *key, const char *value, struct setting *ret, char **ret_error)
{
	return rate_parse("uplink", key, value, &ret->number, ret_error);
}

static int parse_reservation(const char *key, const char *value, struct setting *ret,
			     char **ret_error)
{
	return rate_reservation_parse("uplink", key, value, &ret->number, ret_error);
}

static int parse_capacity(const char *key, const char *value, struct setting *ret, char **ret_error)
{
	if (strcmp(value, "unlimited") && strcmp(value, "0"))
		return parse_rate(key, value, ret, ret_error);
	return text_error(ret_error, -EINVAL,
			  "uplink: %s: '%s' is no capacity; say what the link carries (10Gbit)",
			  key, value);
}

static int parse_weight(const char *key, const char *value, struct setting *ret, char **ret_error)
{
	return weight_parse("uplink", key, value, &ret->number, ret_error);
}

static int parse_expandable(const char *key, const char *value, struct setting *ret,
			    char **ret_error)
{
	ret->number = !strcmp(value, "yes");
	if (ret->number || !strcmp(value, "no"))
		return 0;
	return text_error(ret_error, -EINVAL, "uplink: %s: '%s' is neither yes nor no", key, value);
}

/* Of each direction. */
static const struct {
	const char *key;
	const char *properties[NIC_DIRECTIONS];
	char type;
	int (*parse)(const char *key, const char *value, struct setting *ret, char **ret_error);
} numbers[] = {
	{ "capacity", { "ToGuestCapacity", "FromGuestCapacity" }, 't', parse_capacity },
	{ "reservation", { "ToGuestReservation", "FromGuestReservation" }, 't', parse_reservation },
	{ "limit", { "ToGuestLimit", "FromGuestLimit" }, 't', parse_rate },
	{ "weight", { "ToGuestWeight", "FromGuestWeight" }, 'u', parse_weight },
	{ "expandable", { "ToGuestExpandable", "FromGuestExpandable" }, 'b', parse_expandable },
};

/* Which directions a key is about, and what is behind them. */
static unsigned int directions_of(const char *key, const char **ret_rest)
{
	static const char to[] = "to-guest-", from[] = "from-guest-";

	if (!strncmp(key, to, strlen(to))) {
		*ret_rest = key + strlen(to);
		return 1u << NIC_TO_GUEST;
	}
	if (!strncmp(key, from, strlen(from))) {
		*ret_rest = key + strlen(from);
		return 1u << NIC_FROM_GUEST;
	}
	*ret_rest = key;
	return 1u << NIC_TO_GUEST | 1u << NIC_FROM_GUEST;
}

/* Return: -ENOENT if it is no number. */
static int add_number(struct settings *s, const char *key, const char *value, char **ret_error)
{
	const char *rest;
	unsigned int directions = directions_of(key, &rest);
	int r = -ENOENT;

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		struct setting setting = { .type = numbers[i].type };

		if (strcmp(rest, numbers[i].key))
			continue;
		r = numbers[i].parse(key, value, &setting, ret_error);
		for (int d = 0; !r && d < NIC_DIRECTIONS; d++) {
			setting.property = numbers[i].properties[d];
			if (directions & 1u << d)
				r = settings_put(s, key, &setting, ret_error);
		}
	}
	return r;
}

static int add_text(struct settings *s, const char *key, const char *property, const char *value,
		    char **ret_error)
{
	const struct setting setting = { .property = property, .type = 's', .text = value };

	if (!text_is_utf8(value, strlen(value)))
		return text_error(ret_error, -EINVAL, "uplink: %s: is not UTF-8 text", key);
	return settings_put(s, key, &setting, ret_error);
}

/** uplink_settings_add() - add a change to an uplink or part; see setting.h */
int uplink_settings_add(struct settings *s, const char *key, const char *value, char **ret_error)
{
	int r;

	if (!strcmp(key, "bridge"))
		return add_text(s, key, "Bridge", value, ret_error);
	if (!strcmp(key, "description"))
		return add_text(s, key, "Description", value, ret_error);
	r = add_number(s, key, value, ret_error);
	return r == -ENOENT ? text_error(ret_error, -EINVAL,
					 "'%s' is nothing that can be changed; keys are " KEYS, key)
			    : r;
}
