/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests without pause, for tests of what a caller may do to the module.
 */
#ifndef KVRMFLOOD_H
#define KVRMFLOOD_H

#include <stddef.h>
#include <stdint.h>

#include "kvrmnl.h"

/**
 * struct kvrmflood - what became of a flood
 * @sent: requests that the kernel has dealt with
 * @refused: how many of them it refused
 * @took_ns: the time that this took
 */
struct kvrmflood {
	uint64_t sent;
	uint64_t refused;
	uint64_t took_ns;
};

int kvrmflood_send(struct kvrmnl *nl, struct nl_msg *const *requests, size_t n,
		   unsigned int seconds, struct kvrmflood *ret);

#endif
