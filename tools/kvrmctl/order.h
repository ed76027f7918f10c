/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * In which order guests are shown. Pure.
 */
#ifndef KVRMCTL_ORDER_H
#define KVRMCTL_ORDER_H

#include <stdbool.h>

struct guests;

enum order_key {
	ORDER_USED,
	ORDER_NAME,
	ORDER_READY,
	ORDER_LIMITED,
	ORDER_DEMAND,
	ORDER_EXITS,
	ORDER_MEMORY,
	ORDER_NETWORK,
	ORDER_KEYS,
};

/**
 * struct order - one order
 * @key: names upwards, all else downwards
 * @reverse: the other way; what is not known is last nevertheless
 */
struct order {
	enum order_key key;
	bool reverse;
};

/* "used, name, ..." for messages. */
#define ORDER_NAMES "used, name, ready, limited, demand, exits, memory, network"

bool order_parse(const char *name, enum order_key *ret);
const char *order_name(enum order_key key);
void order_apply(const struct order *order, struct guests *guests);

#endif
