// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Slices of pools: transient units, made when they are first asked for.
 */
#include <errno.h>

#include "daemon/launch/call.h"
#include "daemon/launch/pool.h"
#include "daemon/util/log.h"
#include "kvrm/node.h"

static int start_slice(sd_bus *bus, const char *slice, const char *pool,
		       struct unit_allocation allocation, sd_bus_error *ret_error)
{
	sd_bus_message *m = NULL;
	int r = call_start_begin(bus, slice, &m);

	if (!allocation.weight)
		allocation.weight = KVRM_WEIGHT_DEFAULT;
	if (r >= 0)
		r = unit_append_slice(m, pool, &allocation);
	return call_start_end(bus, m, r, ret_error);
}

static int change_slice(sd_bus *bus, const char *slice, const struct unit_allocation *allocation,
			sd_bus_error *ret_error)
{
	int r = call_set_allocation(bus, slice, allocation, ret_error);

	/* It may have been stopped by hand; one that runs is left alone. */
	return r < 0 ? r
		     : sd_bus_call_method(bus, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER,
					  "StartUnit", ret_error, NULL, "ss", slice, "fail");
}

static int ensure_slice(sd_bus *bus, const char *slice, const struct call_pool *pool,
			const struct unit_allocation *allocation, sd_bus_error *ret_error)
{
	int r;

	if (!pool->n)
		return change_slice(bus, slice, allocation, ret_error);
	r = start_slice(bus, slice, pool->chain[pool->n - 1], *allocation, ret_error);
	if (r < 0 && sd_bus_error_has_name(ret_error, "org.freedesktop.systemd1.UnitExists")) {
		sd_bus_error_free(ret_error);
		r = change_slice(bus, slice, allocation, ret_error);
	}
	return r < 0 ? r : call_await_active(bus, slice, ret_error);
}

/** pool_method_set() - SetPool */
int pool_method_set(sd_bus_message *m, void *data, sd_bus_error *ret_error)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	char slice[SLICE_NAME_SIZE];
	struct call_pool pool;
	struct unit_allocation allocation;
	int r = call_check_caller(m, ret_error);

	if (!r)
		r = call_read_pool(m, &pool, slice, ret_error);
	if (!r)
		r = call_read_allocation(m, &allocation, false, ret_error);
	if (!r && !pool.n && allocation.quota_us)
		r = call_refuse(ret_error, "InvalidArgument", "quota_us: the root has no limit");
	if (r < 0)
		return r;
	r = ensure_slice(sd_bus_message_get_bus(m), slice, &pool, &allocation, &error);
	if (r < 0)
		return call_systemd_refused(ret_error, &error, r);
	log_debug("%s is as it should be", slice);
	return sd_bus_reply_method_return(m, NULL);
}

/** pool_method_remove() - RemovePool */
int pool_method_remove(sd_bus_message *m, void *data, sd_bus_error *ret_error)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	char slice[SLICE_NAME_SIZE];
	struct call_pool pool;
	int r = call_check_caller(m, ret_error);

	if (!r)
		r = call_read_pool(m, &pool, slice, ret_error);
	if (!r && !pool.n)
		r = call_refuse(ret_error, "InvalidArgument", "pools: the root is not removed");
	if (r < 0)
		return r;
	r = sd_bus_call_method(sd_bus_message_get_bus(m), SYSTEMD_NAME, SYSTEMD_PATH,
			       SYSTEMD_MANAGER, "StopUnit", &error, NULL, "ss", slice, "replace");
	/* That it is gone already is what was wanted. */
	if (r < 0 && !sd_bus_error_has_name(&error, "org.freedesktop.systemd1.NoSuchUnit"))
		return call_systemd_refused(ret_error, &error, r);
	sd_bus_error_free(&error);
	return sd_bus_reply_method_return(m, NULL);
}
