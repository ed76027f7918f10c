/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Directions of NICs and disks, as they are called.
 */
#ifndef KVRMCTL_DIRECTION_H
#define KVRMCTL_DIRECTION_H

#include <stdint.h>

struct json_object;

/**
 * struct direction - one direction
 * @name: for people, as the guest sees it
 * @key: keys on D-Bus begin with it
 */
struct direction {
	const char *name;
	const char *key;
};

#define DIRECTIONS 2

static const struct direction nic_directions[DIRECTIONS] = {
	{ "receive", "ToGuest" },
	{ "transmit", "FromGuest" },
};

static const struct direction disk_directions[DIRECTIONS] = {
	{ "read", "Read" },
	{ "write", "Write" },
};

const char *direction_key(const struct direction *direction, const char *what);
uint64_t direction_number(struct json_object *device, const struct direction *direction,
			  const char *what);

#endif
