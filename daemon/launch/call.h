/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What all methods of the launcher share: who may call, arguments that are checked, refusals.
 */
#ifndef KVRM_LAUNCH_CALL_H
#define KVRM_LAUNCH_CALL_H

#include <stdbool.h>
#include <sys/types.h>
#include <systemd/sd-bus.h>

#include "daemon/launch/unit.h"
#include "daemon/util/slice.h"

#define SYSTEMD_NAME	"org.freedesktop.systemd1"
#define SYSTEMD_PATH	"/org/freedesktop/systemd1"
#define SYSTEMD_MANAGER "org.freedesktop.systemd1.Manager"

/**
 * struct call_pool - which pool; names are the message's
 * @chain: names from below the root to the pool itself
 * @n: how many; 0: the root
 */
struct call_pool {
	const char *chain[SLICE_CHAIN_MAX];
	size_t n;
};

int call_refuse(sd_bus_error *ret_error, const char *name, const char *text);
int call_user(uid_t *ret_uid, gid_t *ret_gid);
int call_check_caller(sd_bus_message *m, sd_bus_error *ret_error);
int call_read_allocation(sd_bus_message *m, struct unit_allocation *ret, bool needs_weight,
			 sd_bus_error *ret_error);
int call_read_pool(sd_bus_message *m, struct call_pool *ret, char slice[static SLICE_NAME_SIZE],
		   sd_bus_error *ret_error);
int call_read_uuid(sd_bus_message *m, const char **ret_uuid, sd_bus_error *ret_error);
bool call_unit_is_gone(sd_bus *bus, const char *name);
int call_start_begin(sd_bus *bus, const char *name, sd_bus_message **ret);
int call_start_end(sd_bus *bus, sd_bus_message *m, int r, sd_bus_error *ret_error);
int call_set_allocation(sd_bus *bus, const char *name, const struct unit_allocation *allocation,
			sd_bus_error *ret_error);
int call_set_storage_weight(sd_bus *bus, const char *name, uint64_t weight,
			    sd_bus_error *ret_error);
int call_unprotect(sd_bus *bus, const char *name, sd_bus_error *ret_error);
int call_await_active(sd_bus *bus, const char *name, sd_bus_error *ret_error);
int call_systemd_refused(sd_bus_error *ret_error, sd_bus_error *from, int r);

#endif
