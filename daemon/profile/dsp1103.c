// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DSP1103, job control: the jobs that methods began, who runs them and what they work on.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "daemon/broker/datetime.h"
#include "daemon/profile/job.h"
#include "daemon/util/clock.h"

#define ID_PREFIX PROFILE_PREFIX "job/"

/* As RequestedState of a job counts. */
enum {
	STATE_TERMINATE = 4,
	STATE_KILL = 5,
};

static int visit_job(const struct profile_job *job, broker_visit *visit, void *data)
{
	return visit(&(struct broker_element){ .provider = &concrete_job, .object = job }, data);
}

static int each_job(const struct broker *broker, const struct broker_provider *provider,
		    broker_visit *visit, void *data)
{
	int r = 0;

	for (const struct profile_job *job = profile_first_job(broker); !r && job; job = job->next)
		r = visit_job(job, visit, data);
	return r;
}

static bool find_job(const struct broker *broker, const struct broker_provider *provider,
		     const struct cim_path *path, struct broker_element *ret)
{
	const char *id = cim_path_text(path, "InstanceID");

	*ret = (struct broker_element){ .provider = provider };
	if (!strncmp(id, ID_PREFIX, strlen(ID_PREFIX)))
		ret->object = profile_find_job(broker, id + strlen(ID_PREFIX));
	return ret->object;
}

static void job_keys(const struct broker *broker, const struct broker_element *element,
		     struct cim_instance *instance)
{
	const struct profile_job *job = element->object;

	cim_put_format(instance, "InstanceID", ID_PREFIX "%s", job->id);
}

/* What JobState is in words, and in terms of OperationalStatus: OK, Error, Completed or Stopped. */
static const struct {
	const char *words;
	size_t n;
	uint16_t operational[2];
} states[] = {
	[PROFILE_JOB_RUNNING] = { "Running", 1, { 2 } },
	[PROFILE_JOB_SHUTTING_DOWN] = { "Is being stopped", 1, { 9 } },
	[PROFILE_JOB_COMPLETED] = { "Completed", 2, { 17, 2 } },
	[PROFILE_JOB_TERMINATED] = { "Terminated", 1, { 10 } },
	[PROFILE_JOB_KILLED] = { "Killed", 1, { 10 } },
	[PROFILE_JOB_EXCEPTION] = { "Failed", 2, { 17, 6 } },
};

static void put_interval(struct cim_instance *instance, const char *property, uint64_t us)
{
	char text[CIM_DATETIME_SIZE];

	cim_interval_format(us, text);
	cim_put_text(instance, property, text);
}

static void job_fill(const struct broker *broker, const struct broker_element *element,
		     struct cim_instance *instance)
{
	const struct profile_job *job = element->object;
	bool ended = profile_job_has_ended(job);
	uint64_t until_us = ended ? job->ended_us : realtime_us();

	cim_put_text(instance, "Name", job->title);
	cim_put_text(instance, "ElementName", job->title);
	cim_put_number(instance, "JobState", job->state);
	cim_put_text(instance, "JobStatus", states[job->state].words);
	cim_put_numbers(instance, "OperationalStatus", states[job->state].n,
			states[job->state].operational);
	cim_put_time(instance, "TimeSubmitted", job->since_us);
	cim_put_time(instance, "StartTime", job->since_us);
	put_interval(instance, "ElapsedTime",
		     until_us > job->since_us ? until_us - job->since_us : 0);
	cim_put_time(instance, "TimeOfLastStateChange", job->changed_us);
	put_interval(instance, "TimeBeforeRemoval", job->keep_us);
	cim_put_bool(instance, "DeleteOnCompletion", !job->stays);
	cim_put_number(instance, "PercentComplete", profile_job_percent(job));
	if (!ended)
		return;
	cim_put_number(instance, "ErrorCode", job->code);
	if (job->error.message)
		cim_put_format(instance, "ErrorDescription", "%s: %s", job->error.message->id,
			       cim_error_text(&job->error));
}

/* Of what clients may write kvrm has two settings. */
static int check_modify(const struct broker *broker, const struct broker_element *element,
			const struct cim_instance *wanted, struct cim_error *error)
{
	_cleanup_instance_ struct cim_instance *is = broker_instance(broker, element);

	if (!is)
		return cim_fail_memory(error);
	for (size_t i = 0; i < wanted->class->n_properties; i++) {
		const char *name = wanted->class->properties[i]->name;
		const struct cim_value *value = &wanted->values[i];
		bool taken =
			!strcmp(name, "TimeBeforeRemoval") || !strcmp(name, "DeleteOnCompletion");

		if (taken && value->state == CIM_NULL)
			return cim_fail(error, CIM_MESSAGE_MISSING, name);
		if (!taken && value->state == CIM_VALUE && !cim_value_equal(value, &is->values[i]))
			return cim_fail(error, CIM_MESSAGE_NOT_CHANGEABLE, name, "this");
	}
	return 0;
}

static int job_modify(const struct broker *broker, const struct broker_element *element,
		      const struct cim_instance *wanted, struct cim_error *error)
{
	struct profile_job *job = (struct profile_job *)element->object;
	const char *keep = cim_get_text(wanted, "TimeBeforeRemoval");
	int status = check_modify(broker, element, wanted, error);
	uint64_t keep_us = job->keep_us;
	bool removed = !job->stays;

	if (status)
		return status;
	if (keep && cim_interval_parse(keep, &keep_us))
		return cim_fail(error, CIM_MESSAGE_UNUSABLE, "TimeBeforeRemoval", keep,
				"it is no interval");
	cim_get_bool(wanted, "DeleteOnCompletion", &removed);
	job->keep_us = keep_us;
	job->stays = !removed;
	profile_job_changed(job);
	return 0;
}

static int job_remove(const struct broker *broker, const struct broker_element *element,
		      struct cim_error *error)
{
	struct profile_job *job = (struct profile_job *)element->object;

	if (!profile_job_has_ended(job))
		return cim_fail(error, CIM_MESSAGE_JOB_STATE, "The job has not ended.");
	profile_remove_job(job);
	return 0;
}

/* As ErrorType counts. */
static uint16_t error_type(enum cim_reason reason)
{
	switch (reason) {
	case CIM_REASON_INSUFFICIENT:
		return 8;
	case CIM_REASON_IN_USE:
	case CIM_REASON_BUSY:
		return 9;
	case CIM_REASON_NOT_SUPPORTED:
		return 10;
	default:
		return 4;
	}
}

static struct cim_instance *error_instance(const struct broker_call *call,
					   const struct cim_error *error)
{
	struct cim_instance *instance = cim_instance_new(schema_class_find("CIM_Error"));
	_cleanup_free_ char *path = cim_path_format(call->path);

	if (!instance)
		return NULL;
	cim_put_number(instance, "ErrorType", error_type(error->message->reason));
	cim_put_text(instance, "OwningEntity", "KVRM");
	cim_put_text(instance, "MessageID", error->message->id);
	cim_put_text(instance, "Message", cim_error_text(error));
	cim_put_texts(instance, "MessageArguments", error->n_arguments,
		      (const char *const *)error->arguments);
	cim_put_number(instance, "PerceivedSeverity", 5);
	cim_put_number(instance, "ProbableCause", 0);
	cim_put_texts(instance, "RecommendedActions", 1,
		      (const char *const[]){ error->message->action });
	cim_put_text(instance, "ErrorSource", path);
	cim_put_number(instance, "ErrorSourceFormat", path ? 2 : 0);
	cim_put_number(instance, "CIMStatusCode", error->message->status);
	if (!instance->failed)
		return instance;
	return cim_instance_free(instance);
}

static void end_errors(struct broker_call *call, int status)
{
	struct cim_error error = { 0 };

	if (!status) {
		broker_return(call, CIM_RETURN_OK);
		return;
	}
	cim_fail_memory(&error);
	broker_refuse(call, &error);
}

static void get_error(struct broker_call *call, const struct broker_element *element)
{
	const struct profile_job *job = element->object;
	int status = 0;

	if (job->error.message)
		status = broker_give_instance(call, "Error", error_instance(call, &job->error));
	end_errors(call, status);
}

/* There is one reason at most. */
static void get_errors(struct broker_call *call, const struct broker_element *element)
{
	const struct profile_job *job = element->object;
	int status = 0;

	if (job->error.message) {
		status = broker_give_array(call, "Errors", CIM_INSTANCE, 1);
		if (!status)
			status = broker_add_instance(call, "Errors",
						     error_instance(call, &job->error));
	}
	end_errors(call, status);
}

/* No job is begun later, or stands still. */
static void request_state(struct broker_call *call, const struct broker_element *element)
{
	const char *timeout = cim_argument_text(call->inputs, "TimeoutPeriod");
	uint64_t requested = 0, timeout_us = 0;
	char asked[40];

	if (!cim_argument_number(call->inputs, "RequestedState", &requested)) {
		profile_refuse_message(call, CIM_MESSAGE_MISSING, "RequestedState", NULL, NULL);
		return;
	}
	snprintf(asked, sizeof(asked), "RequestedState: %u", (unsigned int)requested);
	if (requested != STATE_TERMINATE && requested != STATE_KILL) {
		profile_refuse_message(call, CIM_MESSAGE_UNSUPPORTED, asked,
				       "jobs are terminated and killed only", NULL);
		return;
	}
	if (timeout && cim_interval_parse(timeout, &timeout_us)) {
		profile_refuse_message(call, CIM_MESSAGE_UNUSABLE, "TimeoutPeriod", timeout,
				       "it is no interval");
		return;
	}
	snprintf(asked, sizeof(asked), "%u", (unsigned int)requested);
	if (timeout_us)
		profile_refuse_message(call, CIM_MESSAGE_TIMEOUT_PARAMETER, asked, NULL, NULL);
	else
		profile_stop_job(call, (struct profile_job *)element->object,
				 requested == STATE_KILL ? PROFILE_JOB_KILLED
							 : PROFILE_JOB_TERMINATED);
}

static const struct broker_method methods[] = {
	{ "RequestStateChange", CIM_FAMILY_STATE, BROKER_OPERATE, request_state },
	{ "GetError", CIM_FAMILY_STATE, BROKER_READ, get_error },
	{ "GetErrors", CIM_FAMILY_STATE, BROKER_READ, get_errors },
};

const struct broker_provider concrete_job = {
	.class = "KVRM_ConcreteJob",
	.ns = CIM_ROOT,
	.each = each_job,
	.find = find_job,
	.keys = job_keys,
	.fill = job_fill,
	.modify = job_modify,
	.remove = job_remove,
	.methods = methods,
	.n_methods = sizeof(methods) / sizeof(methods[0]),
};

/* The service that runs a job: the one whose method began it, or that of virtual systems if it is a system's. */
static const struct broker_provider *owner_of(const struct profile_job *job)
{
	return strcasecmp(job->path->class->name, power_service.class) ? &management_service
								       : &power_service;
}

static int to_owned(const struct broker *broker, const struct broker_element *from,
		    const struct broker_provider *to, broker_visit *visit, void *data)
{
	int r = 0;

	for (const struct profile_job *job = profile_first_job(broker); !r && job;
	     job = job->next) {
		if (owner_of(job) == from->provider)
			r = visit_job(job, visit, data);
	}
	return r;
}

static int to_owner(const struct broker *broker, const struct broker_element *from,
		    const struct broker_provider *to, broker_visit *visit, void *data)
{
	if (owner_of(from->object) != to)
		return 0;
	return visit(&(struct broker_element){ .provider = to }, data);
}

static int to_affecting(const struct broker *broker, const struct broker_element *from,
			const struct broker_provider *to, broker_visit *visit, void *data)
{
	const struct system *system = from->object;
	int r = 0;

	for (const struct profile_job *job = profile_first_job(broker); !r && job;
	     job = job->next) {
		if (!strcmp(job->system, system->definition->uuid))
			r = visit_job(job, visit, data);
	}
	return r;
}

static int to_affected(const struct broker *broker, const struct broker_element *from,
		       const struct broker_provider *to, broker_visit *visit, void *data)
{
	const struct profile_job *job = from->object;
	const struct system *system = host_find(profile_env(broker)->host, job->system);
	const struct broker_element element = profile_system_element(system);

	return system ? visit(&element, data) : 0;
}

static void fill_affected(const struct broker *broker, const struct broker_element *const ends[2],
			  struct cim_instance *instance)
{
	static const uint16_t other[] = { 1 };
	const struct profile_job *job = ends[1]->object;

	cim_put_numbers(instance, "ElementEffects", 1, other);
	cim_put_texts(instance, "OtherElementEffectsDescriptions", 1,
		      (const char *const[]){ job->title });
}

static const struct broker_provider *const providers[] = { &concrete_job };

#define OWNING(service)                                                                            \
	{                                                                                          \
		.class = "CIM_OwningJobElement",                                                   \
		.roles = { "OwningElement", "OwnedElement" },                                      \
		.ends = { &(service), &concrete_job },                                             \
		.others = { to_owned, to_owner },                                                  \
	}

static const struct broker_link links[] = {
	OWNING(management_service),
	OWNING(power_service),
	{ .class = "CIM_AffectedJobElement",
	  .roles = { "AffectedElement", "AffectingElement" },
	  .ends = { &virtual_system, &concrete_job },
	  .others = { to_affecting, to_affected },
	  .fill = fill_affected },
};

const struct broker_profile profile_dsp1103 = { providers, sizeof(providers) / sizeof(providers[0]),
						links, sizeof(links) / sizeof(links[0]) };
