// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What methods of DMTF's profiles want, asked of the same operations as everything else.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/model/error.h"
#include "daemon/serve/bus-internal.h"
#include "daemon/util/clock.h"

/**
 * struct asked - a request that waits for its turn, with names instead of what may be gone by then
 * @request: what is asked; its system and pool are looked up again
 * @uuid: of the system; "": none
 * @pool: name of the pool; "": none
 * @to: of the request
 * @nic: of the request
 * @disk: of the request; its path is owned
 * @changes: of the request
 * @done: told of the end
 * @done_data: for @done
 */
struct asked {
	struct profile_request request;
	char uuid[37];
	char pool[POOL_NAME_MAX + 1];
	char to[POOL_NAME_MAX + 1];
	struct definition_nic nic;
	struct definition_disk disk;
	struct bus_changes changes;
	profile_done *done;
	void *done_data;
};

/* What the state of a system has to allow. */
static const int operations_of[] = {
	[PROFILE_DEFINE] = SYSTEM_OP_COUNT,	  [PROFILE_REDEFINE] = SYSTEM_OP_REDEFINE,
	[PROFILE_REMOVE] = SYSTEM_OP_DELETE,	  [PROFILE_START] = SYSTEM_OP_START,
	[PROFILE_STOP] = SYSTEM_OP_STOP,	  [PROFILE_KILL] = SYSTEM_OP_KILL,
	[PROFILE_PAUSE] = SYSTEM_OP_PAUSE,	  [PROFILE_RESUME] = SYSTEM_OP_RESUME,
	[PROFILE_RESET] = SYSTEM_OP_RESET,	  [PROFILE_MOVE] = SYSTEM_OP_MOVE,
	[PROFILE_SET] = SYSTEM_OP_COUNT,	  [PROFILE_CREATE_POOL] = SYSTEM_OP_COUNT,
	[PROFILE_MOVE_POOL] = SYSTEM_OP_COUNT,	  [PROFILE_REMOVE_POOL] = SYSTEM_OP_COUNT,
	[PROFILE_ADD_NIC] = SYSTEM_OP_SET,	  [PROFILE_REMOVE_NIC] = SYSTEM_OP_SET,
	[PROFILE_SET_NIC] = SYSTEM_OP_SET,	  [PROFILE_SET_DISK] = SYSTEM_OP_SET,
	[PROFILE_STOP_WAITING] = SYSTEM_OP_COUNT,
};
_Static_assert(sizeof(operations_of) / sizeof(operations_of[0]) == PROFILE_ASKS, "a row each");

static void on_done(int error, const char *text, struct system *system, struct pool *pool,
		    void *data)
{
	struct asked *asked = data;

	definition_free(asked->request.definition);
	pool_definition_free(asked->request.pool_definition);
	free(asked->disk.path);
	bus_changes_deinit(&asked->changes);
	asked->done(error, text, system, pool, asked->done_data);
	free(asked);
}

/* The system or the pool that a request is about, if it is still there and its state allows it. */
static int find_object(struct bus *bus, struct asked *asked, struct system **ret_system,
		       struct pool **ret_pool, char **ret_error)
{
	int operation = operations_of[asked->request.ask];

	*ret_system = *asked->uuid ? host_find(bus->host, asked->uuid) : NULL;
	*ret_pool = *asked->pool ? host_find_pool(bus->host, asked->pool) : NULL;
	if ((*asked->uuid && !*ret_system) || (*asked->pool && !*ret_pool))
		return ERROR_NOT_FOUND;
	if (!*ret_system || operation == SYSTEM_OP_COUNT)
		return 0;
	return system_check(*ret_system, operation, ret_error);
}

static int check_changes(const struct bus_changes *changes, char **ret_error)
{
	int r = 0;

	for (size_t i = 0; !r && i < changes->n; i++) {
		if (changes->items[i].system)
			r = system_check(changes->items[i].system, SYSTEM_OP_ALLOCATE, ret_error);
	}
	return r;
}

static void set_nic(struct bus_call *call, struct asked *asked, struct system *system, size_t index)
{
	struct definition_nic nic = system->definition->nics[index];

	memcpy(nic.limits, asked->nic.limits, sizeof(nic.limits));
	memcpy(nic.shares, asked->nic.shares, sizeof(nic.shares));
	strcpy(nic.uplink, asked->nic.uplink);
	call->bus->operations->set_nic(system, index, &nic, call, call->bus->data);
}

static void set_disk(struct bus_call *call, struct asked *asked, struct system *system)
{
	const struct definition *d = system->definition;
	struct definition_disk disk;
	size_t index = asked->request.index;

	if (index >= d->n_disks || strcmp(d->disks[index].path, asked->disk.path)) {
		bus_reply(call, ERROR_NOT_FOUND, "it was removed meanwhile");
		return;
	}
	disk = d->disks[index];
	memcpy(disk.limits, asked->disk.limits, sizeof(disk.limits));
	call->bus->operations->set_disk(system, index, &disk, call, call->bus->data);
}

/* Of a network card that is there. */
static void ask_nic(struct bus_call *call, struct asked *asked, struct system *system)
{
	size_t index = definition_find_nic(system->definition, asked->nic.mac);

	if (index == system->definition->n_nics)
		bus_reply(call, ERROR_NOT_FOUND, "it was removed meanwhile");
	else if (asked->request.ask == PROFILE_SET_NIC)
		set_nic(call, asked, system, index);
	else
		call->bus->operations->remove_nic(system, index, call, call->bus->data);
}

/* What the operation owns is not ours any more. */
static void ask_now(struct bus_call *call, struct asked *asked, struct system *system,
		    struct pool *pool)
{
	const struct bus_operations *o = call->bus->operations;
	void *data = call->bus->data;
	struct bus_changes changes = asked->changes;

	switch (asked->request.ask) {
	case PROFILE_DEFINE:
		o->define(TAKE_PTR(asked->request.definition), call, data);
		break;
	case PROFILE_REDEFINE:
		o->redefine(system, TAKE_PTR(asked->request.definition), call, data);
		break;
	case PROFILE_REMOVE:
		o->remove(system, call, data);
		break;
	case PROFILE_START:
		o->start(system, call, data);
		break;
	case PROFILE_STOP:
		o->stop(system, asked->request.timeout_us, call, data);
		break;
	case PROFILE_STOP_WAITING:
		o->stop_waiting(system, call, data);
		break;
	case PROFILE_KILL:
		o->kill(system, call, data);
		break;
	case PROFILE_PAUSE:
		o->pause(system, call, data);
		break;
	case PROFILE_RESUME:
		o->resume(system, call, data);
		break;
	case PROFILE_RESET:
		o->reset(system, call, data);
		break;
	case PROFILE_MOVE:
		o->move(system, asked->to, call, data);
		break;
	case PROFILE_SET:
		asked->changes = (struct bus_changes){ 0 };
		o->set(changes, call, data);
		break;
	case PROFILE_CREATE_POOL:
		o->create_pool(TAKE_PTR(asked->request.pool_definition), call, data);
		break;
	case PROFILE_MOVE_POOL:
		o->move_pool(pool, asked->to, call, data);
		break;
	case PROFILE_REMOVE_POOL:
		o->remove_pool(pool, call, data);
		break;
	case PROFILE_ADD_NIC:
		o->add_nic(system, &asked->nic, call, data);
		break;
	case PROFILE_SET_NIC:
	case PROFILE_REMOVE_NIC:
		ask_nic(call, asked, system);
		break;
	case PROFILE_SET_DISK:
		set_disk(call, asked, system);
		break;
	case PROFILE_ASKS:
		break;
	}
}

static void go_on(struct bus_call *call)
{
	struct asked *asked = call->data;
	_cleanup_free_ char *error = NULL;
	struct system *system;
	struct pool *pool;
	int r = find_object(call->bus, asked, &system, &pool, &error);

	if (!r)
		r = check_changes(&asked->changes, &error);
	if (r)
		bus_reply(call, r, error ? error : "it was deleted meanwhile");
	else
		ask_now(call, asked, system, pool);
}

/* Changes point to what they are of, and are made at once or not at all. */
static int copy_changes(struct bus *bus, const struct profile_request *request,
			struct bus_changes *ret)
{
	if (!request->n)
		return 0;
	if (bus->held)
		return -EBUSY;
	if (request->n > BUS_CHANGES_MAX)
		return -E2BIG;
	ret->items = calloc(request->n, sizeof(*ret->items));
	if (!ret->items)
		return -ENOMEM;
	for (; ret->n < request->n; ret->n++) {
		const struct profile_change *change = &request->changes[ret->n];
		struct bus_change *item = &ret->items[ret->n];

		item->system = change->system;
		item->pool = change->pool;
		item->allocation = change->allocation;
		if (!change->pool)
			continue;
		item->definition = pool_definition_copy(change->definition);
		if (!item->definition)
			return -ENOMEM;
	}
	return 0;
}

/* Those that do not cross a change that is under way. */
static bool may_cross(enum profile_ask ask)
{
	return ask >= PROFILE_STOP && ask <= PROFILE_RESET;
}

/* What is good only as long as the request's caller is here. */
static int copy_devices(const struct profile_request *request, struct asked *asked)
{
	if (request->nic)
		asked->nic = *request->nic;
	if (!request->disk)
		return 0;
	asked->disk = *request->disk;
	asked->disk.path = strdup(request->disk->path);
	return asked->disk.path ? 0 : -ENOMEM;
}

static void ask(const struct profile_request *request, profile_done *done, void *done_data,
		void *data)
{
	struct bus *bus = data;
	struct asked *asked = calloc(1, sizeof(*asked));
	struct bus_call *call = calloc(1, sizeof(*call));
	int r = -ENOMEM;

	if (asked && call) {
		asked->done = done;
		asked->done_data = done_data;
		asked->request = *request;
		if (request->system)
			strcpy(asked->uuid, request->system->definition->uuid);
		if (request->pool)
			strcpy(asked->pool, request->pool->definition->name);
		if (request->to)
			strcpy(asked->to, request->to);
		*call = (struct bus_call){ .bus = bus,
					   .done = on_done,
					   .data = asked,
					   .go_on = go_on,
					   .alone = !may_cross(request->ask) };
		r = copy_devices(request, asked);
		if (!r)
			r = copy_changes(bus, request, &asked->changes);
		if (r)
			bus_reply(call, r,
				  r == -EBUSY	? "another change is under way"
				  : r == -E2BIG ? "too many virtual systems are changed at once"
						: NULL);
		else
			bus_go_on(call);
		return;
	}
	free(asked);
	free(call);
	definition_free(request->definition);
	pool_definition_free(request->pool_definition);
	done(r, NULL, NULL, NULL, done_data);
}

/**
 * bus_init_profiles() - begin to tell of the model as DMTF's classes
 * @bus: with its model
 */
void bus_init_profiles(struct bus *bus)
{
	bus->env = (struct profile_env){
		.host = bus->host, .ask = ask, .data = bus, .since_us = realtime_us()
	};
	bus->broker = profile_broker(&bus->env);
}
