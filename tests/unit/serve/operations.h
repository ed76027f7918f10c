/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a bus asks for, done to a model in memory. Include it behind cmocka.h.
 */
#ifndef KVRM_TEST_OPERATIONS_H
#define KVRM_TEST_OPERATIONS_H

#include "daemon/serve/bus.h"
#include "tests/unit/driver.h"

static struct bus *bus;

static void answer(struct bus_call *call, int r, char *error)
{
	bus_reply(call, r, error);
	free(error);
}

static void op_define(struct definition *d, struct bus_call *call, void *data)
{
	struct system *system = NULL;
	char *error = NULL;
	int r = driver_define(d, &system, &error);

	if (r) {
		answer(call, r, error);
		return;
	}
	bus_system_added(bus, system);
	bus_reply_system(call, system);
}

static void op_redefine(struct system *system, struct definition *d, struct bus_call *call,
			void *data)
{
	char *error = NULL;
	int r = driver_redefine(system, d, &error);

	answer(call, r, error);
}

static void state(enum profile_ask ask, struct system *system, struct bus_call *call)
{
	char *error = NULL;
	int r = driver_change_state(ask, system, &error);

	answer(call, r, error);
}

static void op_start(struct system *system, struct bus_call *call, void *data)
{
	state(PROFILE_START, system, call);
}

static void op_stop(struct system *system, uint64_t timeout_us, struct bus_call *call, void *data)
{
	state(PROFILE_STOP, system, call);
}

static void op_stop_waiting(struct system *system, struct bus_call *call, void *data)
{
	bus_reply(call, ERROR_INVALID_STATE, "nobody waits until it has shut down");
}

static void op_kill(struct system *system, struct bus_call *call, void *data)
{
	state(PROFILE_KILL, system, call);
}

static void op_pause(struct system *system, struct bus_call *call, void *data)
{
	state(PROFILE_PAUSE, system, call);
}

static void op_resume(struct system *system, struct bus_call *call, void *data)
{
	state(PROFILE_RESUME, system, call);
}

static void op_reset(struct system *system, struct bus_call *call, void *data)
{
	state(PROFILE_RESET, system, call);
}

static void op_remove(struct system *system, struct bus_call *call, void *data)
{
	bus_system_removed(bus, system);
	host_remove(&host, system);
	system_free(system);
	bus_reply(call, 0, NULL);
}

static void op_move(struct system *system, const char *pool, struct bus_call *call, void *data)
{
	char *error = NULL;
	int r = driver_move(system, pool, &error);

	answer(call, r, error);
}

static void op_set(struct bus_changes changes, struct bus_call *call, void *data)
{
	char *error = NULL;
	int r = 0;

	for (size_t i = 0; !r && i < changes.n; i++) {
		struct bus_change *item = &changes.items[i];
		struct system *system = item->system;

		if (!system) {
			r = driver_set_pool(item->pool, item->definition, &error);
			continue;
		}
		r = driver_set_system(system, &item->allocation, &error);
		if (r)
			break;
		definition_set_allocation(system->definition, &item->allocation);
		if (system->state != SYSTEM_DEFINED)
			driver_put_in_effect(system);
	}
	bus_changes_deinit(&changes);
	answer(call, r, error);
}

static void op_create_pool(struct pool_definition *d, struct bus_call *call, void *data)
{
	struct pool *pool = NULL;
	char *error = NULL;
	int r = driver_create_pool(d, &pool, &error);

	if (r)
		answer(call, r, error);
	else
		bus_reply_pool(call, pool);
}

static void op_move_pool(struct pool *pool, const char *parent, struct bus_call *call, void *data)
{
	char *error = NULL;
	int r = driver_move_pool(pool, parent, &error);

	answer(call, r, error);
}

static void op_remove_pool(struct pool *pool, struct bus_call *call, void *data)
{
	char *error = NULL;
	int r = driver_remove_pool(pool, &error);

	answer(call, r, error);
}

static void change_nic(const struct profile_request *request, struct bus_call *call)
{
	char *error = NULL;
	int r = driver_change_nic(request, &error);

	answer(call, r, error);
}

static void op_add_nic(struct system *system, const struct definition_nic *nic,
		       struct bus_call *call, void *data)
{
	const struct profile_request request = { .ask = PROFILE_ADD_NIC,
						 .system = system,
						 .nic = nic };

	change_nic(&request, call);
}

static void op_set_nic(struct system *system, size_t index, const struct definition_nic *nic,
		       struct bus_call *call, void *data)
{
	const struct profile_request request = { .ask = PROFILE_SET_NIC,
						 .system = system,
						 .nic = nic };

	assert_string_equal(nic->mac, system->definition->nics[index].mac);
	change_nic(&request, call);
}

static void op_remove_nic(struct system *system, size_t index, struct bus_call *call, void *data)
{
	const struct profile_request request = { .ask = PROFILE_REMOVE_NIC,
						 .system = system,
						 .nic = &system->definition->nics[index] };

	change_nic(&request, call);
}

static void op_set_disk(struct system *system, size_t index, const struct definition_disk *disk,
			struct bus_call *call, void *data)
{
	/* All but limits is as it was. */
	assert_ptr_equal(disk->path, system->definition->disks[index].path);
	system->definition->disks[index] = *disk;
	bus_reply(call, 0, NULL);
}

static const struct bus_operations operations = {
	.define = op_define,
	.redefine = op_redefine,
	.start = op_start,
	.stop = op_stop,
	.stop_waiting = op_stop_waiting,
	.kill = op_kill,
	.pause = op_pause,
	.resume = op_resume,
	.reset = op_reset,
	.remove = op_remove,
	.add_nic = op_add_nic,
	.set_nic = op_set_nic,
	.remove_nic = op_remove_nic,
	.set_disk = op_set_disk,
	.move = op_move,
	.set = op_set,
	.create_pool = op_create_pool,
	.move_pool = op_move_pool,
	.remove_pool = op_remove_pool,
};

#endif
