// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DSP1103's older way to tell what a job's method was called with and returned. Which parameters there were is not
 * told: they would be properties of a class of their own for each method.
 */
#include <stdio.h>
#include <string.h>

#include "daemon/profile/job.h"

#define ID_PREFIX PROFILE_PREFIX "call/"

static int each_result(const struct broker *broker, const struct broker_provider *provider,
		       broker_visit *visit, void *data)
{
	int r = 0;

	for (const struct profile_job *job = profile_first_job(broker); !r && job; job = job->next)
		r = visit(&(struct broker_element){ .provider = provider, .object = job }, data);
	return r;
}

static void result_keys(const struct broker *broker, const struct broker_element *element,
			struct cim_instance *instance)
{
	const struct profile_job *job = element->object;

	cim_put_format(instance, "InstanceID", ID_PREFIX "%s", job->id);
}

/* The call as it came in, or as it ended. */
static struct cim_instance *call_instance(const struct profile_job *job, bool before)
{
	struct cim_instance *call = cim_instance_new(schema_class_find("CIM_InstMethodCall"));
	const struct cim_instance *source = before ? job->before : job->after;
	_cleanup_free_ char *path = cim_path_format(job->path);

	if (!call)
		return NULL;
	cim_put_time(call, "IndicationTime", before ? job->since_us : job->ended_us);
	if (source)
		cim_put_instance(call, "SourceInstance", cim_instance_copy(source));
	cim_put_text(call, "SourceInstanceModelPath", path);
	cim_put_text(call, "MethodName", job->method->result.name);
	cim_put_bool(call, "PreCall", before);
	if (!before)
		cim_put_format(call, "ReturnValue", "%u", job->code);
	if (!call->failed)
		return call;
	return cim_instance_free(call);
}

static void result_fill(const struct broker *broker, const struct broker_element *element,
			struct cim_instance *instance)
{
	const struct profile_job *job = element->object;

	cim_put_text(instance, "ElementName", job->title);
	cim_put_instance(instance, "PreCallIndication", call_instance(job, true));
	if (profile_job_has_ended(job))
		cim_put_instance(instance, "PostCallIndication", call_instance(job, false));
}

static const struct broker_provider method_result = {
	.class = "KVRM_MethodResult",
	.ns = CIM_ROOT,
	.each = each_result,
	.keys = result_keys,
	.fill = result_fill,
};

static const struct broker_provider *const providers[] = { &method_result };

static const struct broker_link links[] = {
	{ .class = "CIM_AssociatedJobMethodResult",
	  .roles = { "Job", "JobParameters" },
	  .ends = { &concrete_job, &method_result },
	  .others = { profile_same_object, profile_same_object } },
};

const struct broker_profile profile_dsp1103_call = { providers,
						     sizeof(providers) / sizeof(providers[0]),
						     links, sizeof(links) / sizeof(links[0]) };
