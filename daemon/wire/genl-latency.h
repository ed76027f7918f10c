/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What probes counted, as the module tells it; see genl.h for errors.
 */
#ifndef DAEMON_WIRE_GENL_LATENCY_H
#define DAEMON_WIRE_GENL_LATENCY_H

#include "daemon/wire/genl.h"
#include "kvrm/probecount.h"

/**
 * struct genl_latency - what probes counted of one virtual CPU and one reason
 * @guest_id: guest
 * @index: of the virtual CPU
 * @counted: the reason, and what was counted
 */
struct genl_latency {
	uint32_t guest_id;
	uint32_t index;
	struct kvrm_probe_count counted;
};

/**
 * genl_latency_dump() - what the probes of all guests have counted
 * @client: client
 * @ret: array to be freed; NULL if there is nothing; guest by guest
 * @ret_n: how many
 * @ret_error: sentence
 *
 * Return: 0 or a negative errno, see genl.h; -EOPNOTSUPP: an older module.
 */
int genl_latency_dump(struct genl_client *client, struct genl_latency **ret, size_t *ret_n,
		      char **ret_error);

struct nlmsghdr;

/**
 * genl_latency_parse() - take one message apart
 * @header: message
 * @ret: filled in
 *
 * Return: 0 or -EPROTO.
 */
int genl_latency_parse(struct nlmsghdr *header, struct genl_latency *ret);

#endif
