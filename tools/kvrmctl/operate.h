/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KVRMCTL_OPERATE_H
#define KVRMCTL_OPERATE_H

#include <stdint.h>
#include <systemd/sd-bus.h>

struct client;
struct operation;

const struct operation *operate_find(const char *name);
int operate_one(struct client *client, const struct operation *operation, const char *name,
		uint64_t timeout_us);
int operate_submit(struct client *client, const char *name, sd_bus_message *m, int r,
		   const char *progress, const char *result);
void operate_done(struct client *client, const char *name, const char *result);

#endif
