// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DSP1042's methods that change virtual systems and their resources. A call changes all that it names, or nothing.
 *
 * Allocations of what runs are changed in the configuration in effect, and stay for the next start; those of what
 * does not run in the defined one. So is the size of memory, if more can be plugged in. What is part of the machine, its
 * processors, boot and what its disks and network adapters are, changes in the defined configuration of what does not
 * run.
 *
 * Less memory of what runs its guest has to give back: that is a job.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/model/error.h"
#include "daemon/profile/job.h"
#include "daemon/profile/setting.h"

/**
 * struct modified - a virtual system that a call changes
 * @system: which
 * @wish: what it is to be
 */
struct modified {
	struct system *system;
	struct profile_wish wish;
};

/**
 * struct modification - all that a call changes
 * @items: owned, with their definitions
 * @n: how many
 */
struct modification {
	struct modified *items;
	size_t n;
};

static void modification_deinit(struct modification *m)
{
	for (size_t i = 0; i < m->n; i++)
		definition_free(m->items[i].wish.definition);
	free(m->items);
}

/* The settings that an InstanceID names, if they can be changed. */
static int find_settings(struct broker_call *call, const struct cim_instance *setting,
			 const char *where, struct broker_element *ret, struct cim_error *error)
{
	_cleanup_path_ struct cim_path *path = NULL;
	const char *id = cim_get_text(setting, "InstanceID");
	char field[CIM_FIELD_SIZE];
	struct system *system;

	cim_field(field, where, "InstanceID");
	if (!id)
		return cim_fail(error, CIM_MESSAGE_MISSING, field);
	path = cim_instance_path(setting, CIM_ROOT);
	if (!path)
		return cim_fail_memory(error);
	if (!broker_find_kind(call->broker, path, ret))
		return cim_fail(error, CIM_MESSAGE_UNUSABLE, field, id,
				"there are no such settings of this class");
	if (ret->provider != &configuration && !profile_setting_type(ret->provider))
		return cim_fail(error, CIM_MESSAGE_UNUSABLE, field, id,
				"they are no virtual system's");
	system = (struct system *)ret->object;
	if (ret->part == PROFILE_DEFINED && system->state != SYSTEM_DEFINED)
		return cim_fail(error, CIM_MESSAGE_STATE,
				"The virtual system runs: change its configuration in effect, "
				"which holds for the next start as well.");
	return 0;
}

static struct modified *find_modified(struct modification *m, const struct profile_env *env,
				      struct system *system, struct cim_error *error)
{
	struct modified *items;
	struct definition *d;

	for (size_t i = 0; i < m->n; i++) {
		if (m->items[i].system == system)
			return &m->items[i];
	}
	d = profile_copy_definition(system->definition, error);
	if (!d)
		return NULL;
	items = reallocarray(m->items, m->n + 1, sizeof(*items));
	if (!items) {
		definition_free(d);
		cim_fail_memory(error);
		return NULL;
	}
	m->items = items;
	items[m->n] =
		(struct modified){ .system = system, .wish = { .env = env, .definition = d } };
	return &items[m->n++];
}

/* Of what there is one each, or one of several. */
static int take_setting(struct broker_call *call, const struct broker_element *element,
			const struct cim_instance *setting, const char *where,
			struct profile_wish *wish, struct cim_error *error)
{
	_cleanup_instance_ struct cim_instance *is = NULL;

	if (element->provider != &adapter_setting && element->provider != &disk_setting &&
	    element->provider != &serial_setting)
		return profile_take_resource(wish, setting, where, error);
	is = broker_instance(call->broker, element);
	if (!is)
		return cim_fail_memory(error);
	if (element->provider == &serial_setting)
		return profile_take_serial(wish, setting, is, where, error);
	return element->provider == &disk_setting
		       ? profile_take_disk(wish, setting, is, element->index, where, error)
		       : profile_take_adapter(wish, setting, is, element->index, where, error);
}

/* Settings say of which type they are; if they do not, it is as it is. */
static int take_one(struct broker_call *call, struct cim_instance *setting, const char *where,
		    struct modification *m, struct cim_error *error)
{
	struct broker_element element;
	struct modified *modified;
	uint64_t type, is;
	char field[CIM_FIELD_SIZE], number[24];
	int status = find_settings(call, setting, where, &element, error);

	if (status)
		return status;
	is = profile_setting_type(element.provider);
	if (!cim_get_number(setting, "ResourceType", &type))
		cim_put_number(setting, "ResourceType", is);
	else if (type != is) {
		cim_field(field, where, "ResourceType");
		snprintf(number, sizeof(number), "%u", (unsigned int)type);
		return cim_fail(error, CIM_MESSAGE_NOT_CHANGEABLE, field, number);
	}
	modified =
		find_modified(m, profile_env(call->broker), (struct system *)element.object, error);
	if (!modified)
		return CIM_FAILED;
	return take_setting(call, &element, setting, where, &modified->wish, error);
}

static bool same_allocation(const struct definition *a, const struct definition *b)
{
	const struct allocation left = definition_allocation(a), right = definition_allocation(b);

	return allocation_equal(&left, &right);
}

/* One device of a system that runs is changed by itself. */
static int choose_device(struct modification *m, const struct modified *item, bool moves,
			 struct profile_request *request, struct cim_error *error)
{
	const struct profile_wish *wish = &item->wish;

	if (m->n > 1 || wish->n_devices > 1 || moves ||
	    !same_allocation(wish->definition, item->system->definition))
		return cim_fail(
			error, CIM_MESSAGE_INCOMPATIBLE,
			"While the virtual system runs, limits and reservations of one "
			"network adapter or disk are changed with nothing else in one call.");
	request->system = item->system;
	if (wish->device == PROFILE_ADAPTER) {
		request->ask = PROFILE_SET_NIC;
		request->nic = &wish->definition->nics[wish->index];
	} else {
		request->ask = PROFILE_SET_DISK;
		request->disk = &wish->definition->disks[wish->index];
		request->index = wish->index;
	}
	return 0;
}

/* What is part of the machine, or a pool, is changed of one system at a time. */
static int choose_one(struct modification *m, const struct modified *item, bool machine, bool moves,
		      struct profile_request *request, struct cim_error *error)
{
	if (m->n > 1)
		return cim_fail(
			error, CIM_MESSAGE_INCOMPATIBLE,
			"PoolID, VirtualQuantity of processors, VirtualQuantityLimit, boot, "
			"disks and network adapters are changed of one virtual system at a "
			"time.");
	request->ask = machine ? PROFILE_REDEFINE : PROFILE_MOVE;
	request->system = item->system;
	request->to = item->wish.pool;
	if (moves && (machine || !same_allocation(item->wish.definition, item->system->definition)))
		return cim_fail(error, CIM_MESSAGE_INCOMPATIBLE,
				"PoolID is changed with nothing else in one call.");
	return 0;
}

/* Memory of what runs: if it can be plugged in, and of nobody else in the same call, since a guest is waited for. */
static int check_size(const struct modification *m, const struct modified *item,
		      struct cim_error *error)
{
	const struct definition *is = item->system->definition;

	if (item->system->state == SYSTEM_DEFINED ||
	    item->wish.definition->memory_bytes == is->memory_bytes)
		return 0;
	if (!is->memory_max_bytes)
		return cim_fail(error, CIM_MESSAGE_STATE,
				"VirtualQuantity of memory without a VirtualQuantityLimit can be "
				"changed only while the virtual system does not run.");
	if (m->n > 1)
		return cim_fail(error, CIM_MESSAGE_INCOMPATIBLE,
				"VirtualQuantity of memory of a virtual system that runs is "
				"changed of one at a time.");
	return 0;
}

/* Whether a call's changes can be made as one, and by which request. */
static int choose(struct modification *m, struct profile_request *request, struct cim_error *error)
{
	int status = 0;

	for (size_t i = 0; !status && i < m->n; i++) {
		const struct modified *item = &m->items[i];
		bool runs = item->system->state != SYSTEM_DEFINED;
		bool machine = item->wish.machine || (item->wish.n_devices && !runs);
		bool moves =
			*item->wish.pool && strcmp(item->wish.pool, item->system->definition->pool);

		if (machine && runs)
			status = cim_fail(error, CIM_MESSAGE_STATE,
					  "VirtualQuantity of processors, VirtualQuantityLimit, "
					  "boot, Access, ImageFormat, Connection and "
					  "HostKernelForwarding can be changed only while the "
					  "virtual system does not run.");
		else if (item->wish.n_devices && runs)
			status = choose_device(m, item, moves, request, error);
		else if (machine || moves)
			status = choose_one(m, item, machine, moves, request, error);
		if (!status)
			status = check_size(m, item, error);
	}
	return status;
}

/* Values that are each in their range, and yet do not fit together. */
static int check_together(struct modification *m, const struct profile_env *env,
			  struct cim_error *error)
{
	_cleanup_free_ char *text = NULL;

	for (size_t i = 0; i < m->n; i++) {
		if (definition_validate(m->items[i].wish.definition,
					env->host->sample.cpu_capacity_us, &text))
			return cim_fail(error, CIM_MESSAGE_INCOMPATIBLE,
					text ? text : "The values do not fit together.");
	}
	return 0;
}

/* The settings' own path: they may have come as of a class above theirs. */
static struct cim_path *own_path(struct broker_call *call, const struct cim_instance *setting)
{
	_cleanup_path_ struct cim_path *path = cim_instance_path(setting, CIM_ROOT);
	struct broker_element element;

	if (!path || !broker_find_kind(call->broker, path, &element))
		return NULL;
	return broker_path(call->broker, &element);
}

/* The settings that were given, in their order. */
static int give_results(struct broker_call *call)
{
	const struct cim_value *settings = cim_argument(call->inputs, "ResourceSettings");
	size_t n = cim_value_count(settings);
	int status = broker_give_array(call, "ResultingResourceSettings", SCHEMA_REFERENCE, n);

	for (size_t i = 0; !status && i < n; i++)
		status = broker_add_path(call, "ResultingResourceSettings",
					 own_path(call, settings->items[i].instance));
	return status;
}

static void on_changed(int error, const char *text, struct system *system, struct pool *pool,
		       void *data)
{
	struct broker_call *call = data;

	if (error) {
		profile_refuse(call, error, text);
		return;
	}
	if (cim_argument(call->outputs, "ResultingResourceSettings"))
		give_results(call);
	broker_return(call, CIM_RETURN_OK);
}

/* Whether a guest has to give memory back; it is the only one of the call, see check_size(). */
static bool takes_memory(const struct modification *m)
{
	const struct modified *item = m->items;

	return m->n == 1 && item->system->state != SYSTEM_DEFINED &&
	       item->wish.definition->memory_bytes < item->system->definition->memory_bytes;
}

static void ask(struct broker_call *call, struct modification *m, struct profile_request *request)
{
	const struct profile_env *env = profile_env(call->broker);
	_cleanup_free_ struct profile_change *changes = calloc(m->n + 1, sizeof(*changes));
	struct cim_error error = { 0 };

	if (!changes) {
		cim_fail_memory(&error);
		broker_refuse(call, &error);
		return;
	}
	for (size_t i = 0; i < m->n; i++) {
		changes[i].system = m->items[i].system;
		changes[i].allocation = definition_allocation(m->items[i].wish.definition);
	}
	request->changes = changes;
	request->n = m->n;
	if (request->ask == PROFILE_SET && takes_memory(m)) {
		request->system = m->items[0].system;
		profile_ask_job(call, request, "Take memory from", on_changed);
		return;
	}
	if (request->ask == PROFILE_REDEFINE)
		request->definition = TAKE_PTR(m->items[0].wish.definition);
	env->ask(request, on_changed, call, env->data);
}

static void go_on(struct broker_call *call, struct modification *m, struct cim_error *error)
{
	struct profile_request request = { .ask = PROFILE_SET };
	int status = error->message ? (int)error->message->status : choose(m, &request, error);

	if (!status)
		status = check_together(m, profile_env(call->broker), error);
	if (status)
		broker_refuse(call, error);
	else
		ask(call, m, &request);
	modification_deinit(m);
}

/**
 * profile_modify_resources() - ModifyResourceSettings
 * @call: ended when all is in effect and in the store, or when the job has begun that waits for a guest to give memory
 *	back
 * @element: the service
 */
void profile_modify_resources(struct broker_call *call, const struct broker_element *element)
{
	const struct cim_value *settings = cim_argument(call->inputs, "ResourceSettings");
	size_t n = cim_value_count(settings);
	struct modification m = { 0 };
	struct cim_error error = { 0 };
	char where[CIM_WHERE_SIZE];
	int status = 0;

	if (settings->state != CIM_VALUE) {
		profile_refuse_message(call, CIM_MESSAGE_MISSING, "ResourceSettings", NULL, NULL);
		return;
	}
	for (size_t i = 0; !status && i < n; i++) {
		const char *id = cim_get_text(settings->items[i].instance, "InstanceID");

		snprintf(where, sizeof(where), "ResourceSettings[%zu]", i);
		for (size_t k = 0; id && !status && k < i; k++) {
			const char *other = cim_get_text(settings->items[k].instance, "InstanceID");

			if (!strcmp(id, other))
				status = cim_fail(&error, CIM_MESSAGE_TWICE, where);
		}
		if (!status)
			status = take_one(call, settings->items[i].instance, where, &m, &error);
	}
	go_on(call, &m, &error);
}

/**
 * profile_modify_system() - ModifySystemSettings
 * @call: ended when all is in the store
 * @element: the service
 */
void profile_modify_system(struct broker_call *call, const struct broker_element *element)
{
	const struct cim_value *settings = cim_argument(call->inputs, "SystemSettings");
	struct cim_instance *setting = settings->one.instance;
	struct modification m = { 0 };
	struct cim_error error = { 0 };
	struct broker_element found;
	struct modified *modified;

	if (settings->state != CIM_VALUE) {
		profile_refuse_message(call, CIM_MESSAGE_MISSING, "SystemSettings", NULL, NULL);
		return;
	}
	if (!find_settings(call, setting, "SystemSettings", &found, &error)) {
		modified = find_modified(&m, profile_env(call->broker),
					 (struct system *)found.object, &error);
		if (modified)
			profile_take_system(&modified->wish, setting, false, "SystemSettings",
					    &error);
	}
	go_on(call, &m, &error);
}
