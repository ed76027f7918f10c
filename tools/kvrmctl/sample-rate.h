/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How often guests are sampled: asked of the module itself, which wants CAP_NET_ADMIN for it, and put back afterwards.
 */
#ifndef KVRMCTL_SAMPLE_RATE_H
#define KVRMCTL_SAMPLE_RATE_H

#include <linux/kvrm.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/util/cleanup.h"

struct client;
struct nl_sock;

/**
 * struct sample_rates - what was changed
 * @sock: connected to the module; owned
 * @family: of the module
 * @guests: @n of them: id and the rate before; owned
 * @n: number
 */
struct sample_rates {
	struct nl_sock *sock;
	int family;
	struct sample_rate {
		uint32_t id;
		uint32_t before_hz;
	} *guests;
	size_t n;
};

int sample_rates_set(struct client *client, char *const *names, uint32_t rate_hz, bool at_least,
		     struct sample_rates *ret);
int sample_rates_restore(struct client *client, struct sample_rates *rates);
void sample_rates_deinit(struct sample_rates *rates);
#define _cleanup_rates_ _cleanup_(sample_rates_deinit)

#endif
