// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Order of guests; see order.h.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tools/kvrmctl/guest.h"
#include "tools/kvrmctl/order.h"
#include "tools/kvrmctl/value.h"

static const char *const names[ORDER_KEYS] = {
	[ORDER_USED] = "used",	     [ORDER_NAME] = "name",	  [ORDER_READY] = "ready",
	[ORDER_LIMITED] = "limited", [ORDER_DEMAND] = "demand",	  [ORDER_EXITS] = "exits",
	[ORDER_MEMORY] = "memory",   [ORDER_NETWORK] = "network",
};

/**
 * order_parse() - a key by its name
 * @name: name
 * @ret: key; left alone if there is none
 *
 * Return: whether there is one.
 */
bool order_parse(const char *name, enum order_key *ret)
{
	for (int i = 0; i < ORDER_KEYS; i++) {
		if (!strcmp(name, names[i])) {
			*ret = i;
			return true;
		}
	}
	return false;
}

/**
 * order_name() - the name of a key
 * @key: key
 *
 * Return: static text.
 */
const char *order_name(enum order_key key)
{
	return names[key];
}

/* Ready and limited as a part of its time: the one that suffers most is first, not the largest. */
static double value_of(const struct guest *guest, enum order_key key)
{
	switch (key) {
	case ORDER_USED:
		return guest->rates.used;
	case ORDER_READY:
		return guest_share(guest, guest->rates.ready);
	case ORDER_LIMITED:
		return guest_share(guest, guest->rates.limited);
	case ORDER_DEMAND:
		return guest->rates.demand;
	case ORDER_EXITS:
		return guest->rates.exits_per_s;
	case ORDER_MEMORY:
		return guest->rates.memory_bytes ? (double)guest->rates.memory_bytes : NAN;
	case ORDER_NETWORK:
		return guest_network(guest);
	default:
		return 0;
	}
}

static int compare_names(const struct guest *a, const struct guest *b)
{
	return strcmp(value_text(a->system, "Name"), value_text(b->system, "Name"));
}

static int compare(const void *first, const void *second, void *data)
{
	const struct order *order = data;
	const struct guest *a = first, *b = second;
	double left = value_of(a, order->key), right = value_of(b, order->key);
	int sign = order->reverse ? -1 : 1;

	if (order->key == ORDER_NAME)
		return sign * compare_names(a, b);
	if (isnan(left) != isnan(right))
		return isnan(left) ? 1 : -1;
	if (isnan(left) || left == right)
		return compare_names(a, b);
	return left > right ? -sign : sign;
}

/**
 * order_apply() - put guests in order; equal ones by name
 * @order: order
 * @guests: guests
 */
void order_apply(const struct order *order, struct guests *guests)
{
	struct order copy = *order;

	qsort_r(guests->item, guests->n, sizeof(*guests->item), compare, &copy);
}
