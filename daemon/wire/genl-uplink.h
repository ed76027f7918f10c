/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests to the module about uplinks and their parts; errors as in genl.h. They go with the module, and with
 * nothing else.
 */
#ifndef DAEMON_WIRE_GENL_UPLINK_H
#define DAEMON_WIRE_GENL_UPLINK_H

#include "daemon/wire/genl-nic.h"

/**
 * struct genl_uplink_share - what one direction is to have, in bytes per second
 * @capacity: of an uplink, 1 to KVRM_UPLINK_CAPACITY_BYTES_PER_S_MAX; a part has none
 * @reservation: of a part, as all that follows
 * @limit: 0: unlimited
 * @weight: share among its siblings
 * @expandable: borrows from its parent what its reservation lacks
 */
struct genl_uplink_share {
	uint64_t capacity;
	uint64_t reservation;
	uint64_t limit;
	uint32_t weight;
	bool expandable;
};

/**
 * struct genl_uplink_flow - one direction, as the module measures it, in bytes per second
 * @demand: what its NICs want now
 * @used: what passes
 * @entitled: what it is due now
 * @contended: of an uplink: NICs are held to what they are due
 */
struct genl_uplink_flow {
	uint64_t demand;
	uint64_t used;
	uint64_t entitled;
	bool contended;
};

/**
 * struct genl_uplink - an uplink or a part as the module knows it
 * @id: given by the module, not 0
 * @name: given by who added it
 * @parent: id of what it is carved out of; 0: it is no part
 * @members: NICs and parts directly in it
 * @shares: by direction
 * @flows: by direction
 */
struct genl_uplink {
	uint32_t id;
	char name[KVRM_UPLINK_NAME_MAX + 1];
	uint32_t parent;
	uint32_t members;
	struct genl_uplink_share shares[GENL_DIRECTIONS];
	struct genl_uplink_flow flows[GENL_DIRECTIONS];
};

/**
 * genl_uplink_add() - say what NICs can share, or carve a part out of that
 * @client: client
 * @name: at most KVRM_UPLINK_NAME_MAX bytes
 * @parent: id of what it is carved out of; 0: it is no part
 * @shares: by direction; of capacity and the rest, what does not fit @parent is not looked at
 * @ret: receives it
 * @ret_error: sentence
 *
 * Return: 0 or a negative errno; -ENOSPC: what it is carved out of lacks what is to be reserved.
 */
int genl_uplink_add(struct genl_client *client, const char *name, uint32_t parent,
		    const struct genl_uplink_share shares[static GENL_DIRECTIONS],
		    struct genl_uplink *ret, char **ret_error);

/**
 * genl_uplink_set() - change an uplink or a part, and where that lies
 * @client: client
 * @id: of it
 * @parent: id of what the part is to be carved out of, as it is or instead; 0: it is no part
 * @shares: by direction, as for genl_uplink_add()
 * @ret_error: sentence
 *
 * Return: 0 or a negative errno; -ENOSPC: there is less than what is reserved. Nothing has changed then.
 */
int genl_uplink_set(struct genl_client *client, uint32_t id, uint32_t parent,
		    const struct genl_uplink_share shares[static GENL_DIRECTIONS],
		    char **ret_error);

/**
 * genl_uplink_del() - forget an uplink, or give a part back
 * @client: client
 * @id: of it
 * @ret_error: sentence
 *
 * Return: 0 or a negative errno; -ENOENT: no such uplink; -EBUSY: it has members.
 */
int genl_uplink_del(struct genl_client *client, uint32_t id, char **ret_error);

/**
 * genl_uplink_dump() - all uplinks and parts
 * @client: client
 * @ret: to be freed; NULL if there are none
 * @ret_n: how many
 * @ret_error: sentence
 *
 * Return: 0 or a negative errno; -EOPNOTSUPP from a module that knows no uplinks.
 */
int genl_uplink_dump(struct genl_client *client, struct genl_uplink **ret, size_t *ret_n,
		     char **ret_error);

#endif
