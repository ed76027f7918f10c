/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The manager: the root of kvrmd. Owns the loop's sources, the model and the store, and ties the
 * stations together: what clients ask for becomes a job on a guest, what guests tell becomes a
 * change of the model.
 */
#ifndef KVRM_MANAGER_H
#define KVRM_MANAGER_H

#include <systemd/sd-event.h>

#include "daemon/conf.h"

struct manager;

int manager_new(sd_event *event, const struct conf *conf, const char *bus_address,
		struct manager **ret, char **ret_error);
struct manager *manager_free(struct manager *manager);

#endif
