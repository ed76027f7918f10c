// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A virtual system that does not run is to be another machine: more processors, less memory, another kernel, other
 * disks and network cards. Its name and its UUID stay.
 */
#include <string.h>

#include "daemon/manager/internal.h"
#include "daemon/model/error.h"
#include "daemon/util/log.h"
#include "daemon/util/text.h"

/* What no other system may have, and what has to be there. */
static int check_nics(struct manager *m, const struct definition *d, char **ret_error)
{
	const char *mac;
	const struct system *other = host_find_mac(&m->host, d, &mac);

	if (other)
		return text_error(ret_error, ERROR_ALREADY_EXISTS, "nic: mac %s is that of '%s'",
				  mac, other->definition->name);
	return host_check_uplinks(&m->host, d, ret_error);
}

static int check(struct manager *m, const struct system *system, struct definition *d,
		 char **ret_error)
{
	const struct definition *is = system->definition;
	int r;

	if (strcmp(d->name, is->name) || strcmp(d->uuid, is->uuid))
		return text_error(ret_error, ERROR_INVALID_ARGUMENT,
				  "name and uuid of a virtual system cannot be changed");
	if (strcmp(d->pool, is->pool))
		return text_error(ret_error, ERROR_INVALID_ARGUMENT,
				  "pool: a virtual system is moved to another pool, not redefined");
	r = definition_complete(d);
	if (!r)
		r = definition_validate(d, m->host.sample.cpu_capacity_us, ret_error);
	if (!r)
		r = memory_limit_check(&d->memory,
				       definition_overhead(d, m->host.overhead_base_bytes),
				       ret_error);
	if (!r)
		r = definition_check_paths(d, ret_error);
	return r ? r : check_nics(m, d, ret_error);
}

/**
 * manager_op_redefine() - give a virtual system that does not run another definition
 * @system: which
 * @definition: owned; of the same name, UUID and pool
 * @call: to be answered
 * @data: manager
 */
void manager_op_redefine(struct system *system, struct definition *definition,
			 struct bus_call *call, void *data)
{
	_cleanup_definition_ struct definition *d = definition;
	_cleanup_free_ char *error = NULL;
	struct manager *m = data;
	int r = check(m, system, d, &error);

	if (!r)
		r = store_put(m->store, d, &error);
	if (r) {
		bus_reply(call, r, error);
		return;
	}
	definition_free(system->definition);
	system->definition = TAKE_PTR(d);
	system->overhead_bytes =
		definition_overhead(system->definition, m->host.overhead_base_bytes);
	log_system(LOG_INFO, system->definition->uuid, system->definition->name, "redefined");
	bus_system_changed(m->bus, system);
	bus_uplinks_changed(m->bus);
	bus_reply(call, 0, NULL);
}
