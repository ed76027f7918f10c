// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DSP1042's RemoveResourceSettings: disks, network adapters and channels are taken from a virtual system, all of a call
 * or none. Processors, memory and the console stay: no machine is without.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/model/error.h"
#include "daemon/profile/job.h"
#include "daemon/profile/setting.h"

/**
 * struct removal - what a call removes
 * @system: from which system; NULL: nothing was named yet
 * @disks: which of its disks
 * @nics: which of its adapters
 * @ports: which of its serial ports, the console never
 * @n: how many
 */
struct removal {
	struct system *system;
	bool disks[DEFINITION_DISKS_MAX];
	bool nics[DEFINITION_NICS_MAX];
	bool ports[1 + DEFINITION_CHANNELS_MAX];
	size_t n;
};

/* Whether settings can be removed now. */
static int check_state(const struct broker_element *element, struct cim_error *error)
{
	const struct system *system = element->object;
	bool runs = system->state != SYSTEM_DEFINED;

	if (runs && element->part == PROFILE_DEFINED)
		return cim_fail(error, CIM_MESSAGE_STATE,
				"The virtual system runs: remove from its configuration in effect, "
				"which holds for the next start as well.");
	if (runs && element->provider != &adapter_setting)
		return cim_fail(error, CIM_MESSAGE_STATE,
				"Disks and channels are removed only while the virtual system does "
				"not run.");
	return 0;
}

/* The settings that a path names, if they can be removed. */
static int find_settings(struct broker_call *call, const struct cim_path *path, const char *where,
			 struct broker_element *ret, struct cim_error *error)
{
	_cleanup_free_ char *text = cim_path_format(path);
	const char *name = text ? text : "it";

	if (!broker_find(call->broker, path, ret))
		return cim_fail(error, CIM_MESSAGE_UNUSABLE, where, name,
				"there are no such settings");
	switch (profile_setting_type(ret->provider)) {
	case 0:
		return cim_fail(error, CIM_MESSAGE_UNUSABLE, where, name,
				"they are no virtual system's");
	case PROFILE_PROCESSOR:
		return cim_fail(error, CIM_MESSAGE_NOT_REMOVABLE, where, name,
				"a virtual system has processors always");
	case PROFILE_MEMORY:
		return cim_fail(error, CIM_MESSAGE_NOT_REMOVABLE, where, name,
				"a virtual system has memory always");
	case PROFILE_SERIAL:
		if (!ret->index)
			return cim_fail(error, CIM_MESSAGE_NOT_REMOVABLE, where, name,
					"a virtual system has a console always");
		return check_state(ret, error);
	default:
		return check_state(ret, error);
	}
}

/* Where it is noted that a resource is removed. */
static bool *mark_of(struct removal *removal, const struct broker_element *element)
{
	if (element->provider == &disk_setting)
		return &removal->disks[element->index];
	if (element->provider == &adapter_setting)
		return &removal->nics[element->index];
	return &removal->ports[element->index];
}

static int take_one(struct broker_call *call, const struct cim_path *path, const char *where,
		    struct removal *removal, struct cim_error *error)
{
	struct broker_element element;
	int status = find_settings(call, path, where, &element, error);
	bool *mark;

	if (status)
		return status;
	if (removal->system && removal->system != element.object)
		return cim_fail(error, CIM_MESSAGE_UNUSABLE, where, "another virtual system's",
				"resources of one virtual system are removed in one call");
	removal->system = (struct system *)element.object;
	mark = mark_of(removal, &element);
	if (*mark)
		return cim_fail(error, CIM_MESSAGE_TWICE, where);
	*mark = true;
	removal->n++;
	return 0;
}

static int take_all(struct broker_call *call, struct removal *removal, struct cim_error *error)
{
	const struct cim_value *settings = cim_argument(call->inputs, "ResourceSettings");
	size_t n = cim_value_count(settings);
	char where[CIM_WHERE_SIZE];
	int status = 0;

	if (!n)
		return cim_fail(error, CIM_MESSAGE_MISSING, "ResourceSettings");
	for (size_t i = 0; !status && i < n; i++) {
		snprintf(where, sizeof(where), "ResourceSettings[%zu]", i);
		status = take_one(call, settings->items[i].path, where, removal, error);
	}
	if (!status && removal->system->state != SYSTEM_DEFINED && n > 1)
		status =
			cim_fail(error, CIM_MESSAGE_STATE,
				 "While the virtual system runs, one network adapter is removed in "
				 "one call.");
	return status;
}

/* Those behind move up: the last ones go first. */
static void remove_all(struct definition *d, const struct removal *removal)
{
	for (size_t i = d->n_disks; i-- > 0;) {
		if (removal->disks[i])
			definition_remove_disk(d, i);
	}
	for (size_t i = d->n_nics; i-- > 0;) {
		if (removal->nics[i])
			definition_remove_nic(d, i);
	}
	for (size_t i = d->n_channels; i-- > 0;) {
		if (removal->ports[1 + i])
			definition_remove_channel(d, i);
	}
}

/* Of what runs: the guest has to let go of it first. */
static void unplug(struct broker_call *call, const struct removal *removal)
{
	struct profile_request request = { .ask = PROFILE_REMOVE_NIC, .system = removal->system };
	size_t index = 0;

	while (!removal->nics[index])
		index++;
	request.nic = &removal->system->definition->nics[index];
	profile_ask_job(call, &request, "Remove a network adapter of", profile_answer);
}

static int redefine(struct broker_call *call, const struct removal *removal,
		    struct cim_error *error)
{
	const struct profile_env *env = profile_env(call->broker);
	struct profile_request request = { .ask = PROFILE_REDEFINE, .system = removal->system };
	_cleanup_definition_ struct definition *d =
		profile_copy_definition(removal->system->definition, error);
	_cleanup_free_ char *text = NULL;

	if (!d)
		return CIM_FAILED;
	remove_all(d, removal);
	if (definition_validate(d, env->host->sample.cpu_capacity_us, &text))
		return cim_fail(error, CIM_MESSAGE_INCOMPATIBLE,
				text ? text : "What is left is no machine.");
	request.definition = TAKE_PTR(d);
	env->ask(&request, profile_answer, call, env->data);
	return 0;
}

/**
 * profile_remove_resources() - RemoveResourceSettings
 * @call: ended when all is out of the store, or, of what runs, when the job has begun that waits for the guest
 * @element: the service
 */
void profile_remove_resources(struct broker_call *call, const struct broker_element *element)
{
	struct removal removal = { 0 };
	struct cim_error error = { 0 };
	int status = take_all(call, &removal, &error);

	if (!status && removal.system->state != SYSTEM_DEFINED) {
		unplug(call, &removal);
		return;
	}
	if (!status)
		status = redefine(call, &removal, &error);
	if (status)
		broker_refuse(call, &error);
}
