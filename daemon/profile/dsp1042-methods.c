// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DSP1042's methods that define and destroy virtual systems.
 */
#include <stdio.h>
#include <string.h>

#include "daemon/model/error.h"
#include "daemon/profile/job.h"
#include "daemon/profile/setting.h"
#include "daemon/util/text.h"

static void on_defined(int error, const char *text, struct system *system, struct pool *pool,
		       void *data)
{
	struct broker_call *call = data;
	struct broker_element element;

	if (error) {
		profile_refuse(call, error, text);
		return;
	}
	element = profile_system_element(system);
	/* It is there; without memory for its path the client finds it by its name. */
	broker_give_path(call, "ResultingSystem", broker_path(call->broker, &element));
	broker_return(call, CIM_RETURN_OK);
}

/* What is to be defined begins as a copy of the reference configuration, without what names that. */
static int begin_definition(struct broker_call *call, struct definition **ret,
			    struct cim_error *error)
{
	const struct cim_value *reference = cim_argument(call->inputs, "ReferenceConfiguration");
	struct broker_element element;
	const struct system *system;
	_cleanup_free_ char *text = NULL;

	if (reference->state != CIM_VALUE) {
		*ret = definition_new();
		if (!*ret)
			return cim_fail_memory(error);
		(*ret)->memory_bytes = PROFILE_MEMORY_DEFAULT_BYTES;
		return 0;
	}
	if (!broker_find(call->broker, reference->one.path, &element) ||
	    element.provider != &configuration) {
		text = cim_path_format(reference->one.path);
		return cim_fail(error, CIM_MESSAGE_UNUSABLE, "ReferenceConfiguration",
				text ? text : "it", "there is no such configuration");
	}
	system = element.object;
	*ret = profile_copy_definition(system->definition, error);
	if (!*ret)
		return CIM_FAILED;
	(*ret)->uuid[0] = '\0';
	for (size_t i = 0; i < (*ret)->n_nics; i++)
		(*ret)->nics[i].mac[0] = '\0';
	return 0;
}

/* All of ResourceSettings, processors and memory once. */
static int take_resources(struct broker_call *call, struct profile_wish *wish,
			  struct cim_error *error)
{
	const struct cim_value *settings = cim_argument(call->inputs, "ResourceSettings");
	const union cim_scalar *items = cim_value_items(settings);
	size_t n = cim_value_count(settings);
	char where[CIM_WHERE_SIZE];
	uint64_t seen = 0, type;
	int status = 0;

	for (size_t i = 0; !status && i < n; i++) {
		snprintf(where, sizeof(where), "ResourceSettings[%zu]", i);
		status = profile_take_resource(wish, items[i].instance, where, error);
		if (status)
			break;
		cim_get_number(items[i].instance, "ResourceType", &type);
		if (type != PROFILE_PROCESSOR && type != PROFILE_MEMORY)
			continue;
		if (seen & UINT64_C(1) << type)
			status = cim_fail(error, CIM_MESSAGE_UNUSABLE, where, "its resource type",
					  "it is that of settings before, and there is one each");
		seen |= UINT64_C(1) << type;
	}
	return status;
}

/**
 * profile_define_system() - DefineSystem
 * @call: ended when the virtual system is in the store
 * @element: the service
 */
void profile_define_system(struct broker_call *call, const struct broker_element *element)
{
	const struct cim_value *settings = cim_argument(call->inputs, "SystemSettings");
	const struct profile_env *env = profile_env(call->broker);
	struct profile_request request = { .ask = PROFILE_DEFINE };
	struct profile_wish wish = { .env = env };
	_cleanup_definition_ struct definition *d = NULL;
	struct cim_error error = { 0 };
	int status;

	if (settings->state != CIM_VALUE) {
		profile_refuse_message(call, CIM_MESSAGE_MISSING, "SystemSettings", NULL, NULL);
		return;
	}
	status = begin_definition(call, &d, &error);
	wish.definition = d;
	if (!status)
		status = profile_take_system(&wish, settings->one.instance, true, "SystemSettings",
					     &error);
	if (!status)
		status = take_resources(call, &wish, &error);
	if (status) {
		broker_refuse(call, &error);
		return;
	}
	if (*wish.pool)
		strcpy(d->pool, wish.pool);
	request.definition = TAKE_PTR(d);
	env->ask(&request, on_defined, call, env->data);
}

static struct system *affected_system(struct broker_call *call)
{
	return profile_find_system(call->broker,
				   cim_argument(call->inputs, "AffectedSystem")->one.path);
}

/* Its QEMU is gone; it is as any other that does not run, if it is still there. */
static void on_killed(int error, const char *text, struct system *system, struct pool *pool,
		      void *data)
{
	struct broker_call *call = data;
	const struct profile_env *env = profile_env(call->broker);
	struct profile_request request = { .ask = PROFILE_REMOVE };

	request.system = affected_system(call);
	if (error)
		profile_refuse(call, error, text);
	else if (!request.system)
		broker_return(call, CIM_RETURN_OK);
	else
		env->ask(&request, profile_answer, call, env->data);
}

/**
 * profile_destroy_system() - DestroySystem: what runs is stopped first
 * @call: ended when the virtual system is gone, or, if it runs, when the job has begun
 * @element: the service
 */
void profile_destroy_system(struct broker_call *call, const struct broker_element *element)
{
	const struct cim_value *path = cim_argument(call->inputs, "AffectedSystem");
	const struct profile_env *env = profile_env(call->broker);
	struct profile_request request = { .ask = PROFILE_REMOVE };
	_cleanup_free_ char *text = NULL;

	if (path->state != CIM_VALUE) {
		profile_refuse_message(call, CIM_MESSAGE_MISSING, "AffectedSystem", NULL, NULL);
		return;
	}
	request.system = affected_system(call);
	if (!request.system) {
		text = cim_path_format(path->one.path);
		profile_refuse_message(call, CIM_MESSAGE_UNUSABLE, "AffectedSystem",
				       text ? text : "it", "there is no such virtual system");
		return;
	}
	if (request.system->state == SYSTEM_DEFINED) {
		env->ask(&request, profile_answer, call, env->data);
		return;
	}
	request.ask = PROFILE_KILL;
	profile_ask_job(call, &request, "Destroy", on_killed);
}
