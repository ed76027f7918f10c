// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DSP1042's AddResourceSettings: disks, network adapters and channels come to a virtual system, all of a call or none.
 * To what does not run they are added in its defined configuration, to what runs in the one in effect, and are there at
 * the next start as well.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/model/error.h"
#include "daemon/profile/setting.h"

/* The virtual system whose configuration is given, if resources can be added there now. */
static struct system *find_system(struct broker_call *call, unsigned int *ret_world,
				  struct cim_error *error)
{
	const struct cim_value *affected = cim_argument(call->inputs, "AffectedConfiguration");
	_cleanup_free_ char *text = NULL;
	struct broker_element element;
	struct system *system;
	bool runs;

	if (affected->state != CIM_VALUE) {
		cim_fail(error, CIM_MESSAGE_MISSING, "AffectedConfiguration");
		return NULL;
	}
	if (!broker_find(call->broker, affected->one.path, &element) ||
	    element.provider != &configuration) {
		text = cim_path_format(affected->one.path);
		cim_fail(error, CIM_MESSAGE_UNUSABLE, "AffectedConfiguration", text ? text : "it",
			 "there is no such configuration");
		return NULL;
	}
	system = (struct system *)element.object;
	*ret_world = element.part;
	runs = system->state != SYSTEM_DEFINED;
	if (runs == (element.part == PROFILE_STATE))
		return system;
	cim_fail(
		error, CIM_MESSAGE_STATE,
		runs ? "AffectedConfiguration: the virtual system runs: add to its configuration "
		       "in "
		       "effect, which holds for the next start as well."
		     : "AffectedConfiguration: the virtual system does not run: add to its defined "
		       "configuration.");
	return NULL;
}

/* One of ResourceSettings, added to the wish. */
static int take_one(struct profile_wish *wish, const struct cim_instance *setting,
		    const char *where, struct cim_error *error)
{
	const char *kind = cim_get_text(setting, "ResourceSubType");
	char field[CIM_FIELD_SIZE];
	uint64_t type;

	if (kind && !strcmp(kind, PROFILE_CONSOLE))
		return cim_fail(error, CIM_MESSAGE_UNUSABLE,
				cim_field(field, where, "ResourceSubType"), kind,
				"a virtual system has one console for good");
	cim_field(field, where, "ResourceType");
	if (cim_get_number(setting, "ResourceType", &type) &&
	    (type == PROFILE_PROCESSOR || type == PROFILE_MEMORY))
		return cim_fail(error, CIM_MESSAGE_UNUSABLE, field,
				type == PROFILE_MEMORY ? "4 (Memory)" : "3 (Processor)",
				"a virtual system has one such resource for good; its "
				"VirtualQuantity says how much");
	return profile_take_resource(wish, setting, where, error);
}

static int take_all(struct broker_call *call, struct profile_wish *wish, struct cim_error *error)
{
	const struct cim_value *settings = cim_argument(call->inputs, "ResourceSettings");
	size_t n = cim_value_count(settings);
	char where[CIM_WHERE_SIZE];
	int status = 0;

	if (!n)
		return cim_fail(error, CIM_MESSAGE_MISSING, "ResourceSettings");
	for (size_t i = 0; !status && i < n; i++) {
		snprintf(where, sizeof(where), "ResourceSettings[%zu]", i);
		status = take_one(wish, settings->items[i].instance, where, error);
	}
	return status;
}

/* Of what runs: a guest gets one adapter at a time, because what it has got it may not give back. */
static int check_live(const struct system *system, const struct definition *d,
		      struct cim_error *error)
{
	if (d->n_disks > system->definition->n_disks ||
	    d->n_channels > system->definition->n_channels ||
	    d->storage_weight != system->definition->storage_weight)
		return cim_fail(error, CIM_MESSAGE_STATE,
				"Disks and channels are added only while the virtual system does "
				"not run.");
	if (d->n_nics > system->definition->n_nics + 1)
		return cim_fail(error, CIM_MESSAGE_INCOMPATIBLE,
				"ResourceSettings: while the virtual system runs, one network "
				"adapter is added with nothing else in one call.");
	return 0;
}

/* The settings of what was added last of a type, and others before. */
static struct broker_element last_of(const struct system *system, uint64_t type, size_t before)
{
	const struct definition *d = system->definition;
	struct broker_element element = { .provider = &serial_setting, .object = system };
	/* The console is before all channels. */
	size_t n = 1 + d->n_channels;

	if (type == PROFILE_DISK) {
		element.provider = &disk_setting;
		n = d->n_disks;
	} else if (type == PROFILE_ADAPTER) {
		element.provider = &adapter_setting;
		n = d->n_nics;
	}
	element.index = n - 1 - before;
	return element;
}

/* How many settings behind one are of its type. */
static size_t count_behind(const struct cim_value *settings, size_t index, uint64_t type)
{
	uint64_t other = 0;
	size_t n = 0;

	for (size_t i = index + 1; i < cim_value_count(settings); i++) {
		cim_get_number(settings->items[i].instance, "ResourceType", &other);
		n += other == type;
	}
	return n;
}

/* What was added last is what this call has added, each type in the order of its settings. */
static int give_results(struct broker_call *call, const struct system *system, unsigned int world)
{
	const struct cim_value *settings = cim_argument(call->inputs, "ResourceSettings");
	size_t n = cim_value_count(settings);
	uint64_t type = 0;
	int status = broker_give_array(call, "ResultingResourceSettings", SCHEMA_REFERENCE, n);

	for (size_t i = 0; !status && i < n; i++) {
		struct broker_element element;

		cim_get_number(settings->items[i].instance, "ResourceType", &type);
		element = last_of(system, type, count_behind(settings, i, type));
		element.part = world;
		status = broker_add_path(call, "ResultingResourceSettings",
					 broker_path(call->broker, &element));
	}
	return status;
}

static void on_added(int error, const char *text, struct system *none, struct pool *pool,
		     void *data)
{
	struct broker_call *call = data;
	struct cim_error gone = { 0 };
	struct system *system;
	unsigned int world;

	if (error) {
		profile_refuse(call, error, text);
		return;
	}
	/* It is there; if it has ended since, or without memory, the client finds it in its configuration. */
	system = find_system(call, &world, &gone);
	if (system)
		give_results(call, system, world);
	cim_error_deinit(&gone);
	broker_return(call, CIM_RETURN_OK);
}

static void ask(struct broker_call *call, struct system *system, struct definition **d)
{
	const struct profile_env *env = profile_env(call->broker);
	struct profile_request request = { .ask = PROFILE_REDEFINE, .system = system };

	if (system->state != SYSTEM_DEFINED) {
		request.ask = PROFILE_ADD_NIC;
		request.nic = &(*d)->nics[(*d)->n_nics - 1];
	} else {
		request.definition = TAKE_PTR(*d);
	}
	env->ask(&request, on_added, call, env->data);
}

/**
 * profile_add_resources() - AddResourceSettings
 * @call: ended when all is in the store, and what runs has it
 * @element: the service
 */
void profile_add_resources(struct broker_call *call, const struct broker_element *element)
{
	const struct profile_env *env = profile_env(call->broker);
	struct profile_wish wish = { .env = env };
	_cleanup_definition_ struct definition *d = NULL;
	_cleanup_free_ char *text = NULL;
	struct cim_error error = { 0 };
	unsigned int world;
	struct system *system = find_system(call, &world, &error);
	int status = system ? 0 : CIM_INVALID_PARAMETER;

	if (!status) {
		d = wish.definition = profile_copy_definition(system->definition, &error);
		status = d ? take_all(call, &wish, &error) : CIM_FAILED;
	}
	if (!status && world == PROFILE_STATE)
		status = check_live(system, d, &error);
	if (!status && definition_validate(d, env->host->sample.cpu_capacity_us, &text))
		status = cim_fail(&error, CIM_MESSAGE_INCOMPATIBLE,
				  text ? text : "The values do not fit together.");
	if (status)
		broker_refuse(call, &error);
	else
		ask(call, system, &d);
}
