// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The life of jobs; see job.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/profile/job.h"
#include "daemon/util/clock.h"
#include "daemon/util/text.h"

/* What the schema has for TimeBeforeRemoval: five minutes. */
#define KEEP_US (5 * 60 * UINT64_C(1000000))

/**
 * profile_first_job() - the first one of the list of jobs
 * @broker: broker
 *
 * Return: the newest; NULL: there is none.
 */
const struct profile_job *profile_first_job(const struct broker *broker)
{
	const struct profile_jobs *jobs = profile_env(broker)->jobs;

	return jobs ? jobs->first : NULL;
}

/**
 * profile_find_job() - a job
 * @broker: broker
 * @id: of the job
 *
 * Return: NULL if there is none.
 */
struct profile_job *profile_find_job(const struct broker *broker, const char *id)
{
	struct profile_jobs *jobs = profile_env(broker)->jobs;
	struct profile_job *job = jobs ? jobs->first : NULL;

	while (job && strcmp(job->id, id))
		job = job->next;
	return job;
}

/**
 * profile_job_has_ended() - whether a job has ended
 * @job: any
 */
bool profile_job_has_ended(const struct profile_job *job)
{
	return job->ended_us;
}

/**
 * profile_job_percent() - how much of a job is done
 * @job: any
 *
 * Return: percent; 100 only of what has ended well.
 */
uint16_t profile_job_percent(const struct profile_job *job)
{
	const struct system *system;

	if (profile_job_has_ended(job))
		return job->percent;
	/* All others wait for one thing. */
	if (job->ask != PROFILE_START && job->ask != PROFILE_REMOVE_NIC && job->ask != PROFILE_SET)
		return 0;
	system = host_find(profile_env(job->broker)->host, job->system);
	return system ? system->progress_percent : 0;
}

/**
 * profile_job_changed() - a job is new, has changed or is gone
 * @job: any
 */
void profile_job_changed(const struct profile_job *job)
{
	const struct profile_jobs *jobs = profile_env(job->broker)->jobs;

	if (jobs->changed)
		jobs->changed(job->id, jobs->data);
}

static void set_state(struct profile_job *job, enum profile_job_state state)
{
	job->state = state;
	job->changed_us = realtime_us();
	profile_job_changed(job);
}

static void job_free(struct profile_job *job)
{
	cim_error_deinit(&job->error);
	cim_instance_free(job->before);
	cim_instance_free(job->after);
	cim_path_free(job->path);
	free(job->title);
	free(job);
}

/* The instance whose method a call is of, as it is; NULL: it is gone, or there is no memory. */
static struct cim_instance *instance_of(const struct broker *broker, const struct cim_path *path)
{
	struct broker_element element;

	return broker_find(broker, path, &element) ? broker_instance(broker, &element) : NULL;
}

/* Not in the list yet. NULL: there is no room, or no memory. */
static struct profile_job *job_new(struct broker_call *call, const struct profile_request *request,
				   const char *verb)
{
	const struct profile_jobs *jobs = profile_env(call->broker)->jobs;
	const struct definition *d = request->system->definition;
	struct profile_job *job;

	if (!jobs || jobs->n >= PROFILE_JOBS_MAX)
		return NULL;
	job = calloc(1, sizeof(*job));
	if (!job)
		return NULL;
	job->broker = call->broker;
	text_uuid_new(job->id);
	job->ask = request->ask;
	strcpy(job->system, d->uuid);
	job->state = PROFILE_JOB_RUNNING;
	job->wanted = PROFILE_JOB_COMPLETED;
	job->method = call->method;
	job->path = cim_path_copy(call->path);
	job->before = instance_of(call->broker, call->path);
	job->since_us = job->changed_us = realtime_us();
	job->keep_us = KEEP_US;
	if (asprintf(&job->title, "%s %s", verb, d->name) < 0)
		job->title = NULL;
	if (job->title && job->path && job->before)
		return job;
	job_free(job);
	return NULL;
}

/**
 * struct asked - a request whose end a call waits for
 * @call: ended by @done
 * @done: told of the request's end
 * @here: who has asked has not gone on yet
 * @over: the request has ended
 */
struct asked {
	struct broker_call *call;
	profile_done *done;
	bool here;
	bool over;
};

static void on_asked(int error, const char *text, struct system *system, struct pool *pool,
		     void *data)
{
	struct asked *asked = data;
	const struct asked copy = *asked;

	asked->over = true;
	if (!copy.here)
		free(asked);
	copy.done(error, text, system, pool, copy.call);
}

/* Ask; whether that is over already, and the call with it perhaps. Without memory there is nobody to find out. */
static bool ask(struct broker_call *call, const struct profile_request *request, profile_done *done)
{
	const struct profile_env *env = profile_env(call->broker);
	struct asked *asked = calloc(1, sizeof(*asked));

	if (!asked) {
		env->ask(request, done, call, env->data);
		return true;
	}
	*asked = (struct asked){ .call = call, .done = done, .here = true };
	env->ask(request, on_asked, asked, env->data);
	asked->here = false;
	if (!asked->over)
		return false;
	free(asked);
	return true;
}

static enum profile_job_state end_of(const struct profile_job *job)
{
	if (!job->code)
		return PROFILE_JOB_COMPLETED;
	return job->wanted == PROFILE_JOB_COMPLETED ? PROFILE_JOB_EXCEPTION : job->wanted;
}

/* Methods that begin jobs have return codes. */
static void on_end(const struct broker_result *result, void *data)
{
	struct profile_job *job = data;

	job->percent = result->code ? profile_job_percent(job) : 100;
	job->code = result->code;
	cim_error_copy(&job->error, result->error);
	job->after = instance_of(job->broker, job->path);
	job->ended_us = realtime_us();
	job->removal_us = monotonic_us();
	set_state(job, end_of(job));
}

static void begin(struct broker_call *call, struct profile_job *job)
{
	const struct broker_element element = { .provider = &concrete_job, .object = job };
	struct profile_jobs *jobs = profile_env(call->broker)->jobs;

	/* Without memory the call is answered at the end. */
	if (broker_give_path(call, "Job", broker_path(call->broker, &element))) {
		job_free(job);
		return;
	}
	job->next = jobs->first;
	jobs->first = job;
	jobs->n++;
	profile_job_changed(job);
	broker_go_on(call, on_end, job);
}

/**
 * profile_ask_job() - ask for something that may take long; a job begins unless it is over at once
 * @call: of a method with an output Job; ended by @done
 * @request: about a system
 * @verb: what is done with the system, for people
 * @done: told of the end of the request
 */
void profile_ask_job(struct broker_call *call, const struct profile_request *request,
		     const char *verb, profile_done *done)
{
	const struct profile_env *env = profile_env(call->broker);
	struct profile_job *job = job_new(call, request, verb);

	if (!job)
		env->ask(request, done, call, env->data);
	else if (ask(call, request, done))
		job_free(job);
	else
		begin(call, job);
}

/* What takes back what a job waits for; PROFILE_ASKS: nothing does. */
static enum profile_ask takes_back(enum profile_ask ask)
{
	switch (ask) {
	case PROFILE_START:
		return PROFILE_KILL;
	case PROFILE_STOP:
		return PROFILE_STOP_WAITING;
	default:
		return PROFILE_ASKS;
	}
}

/* The job has ended, or goes on as if nobody had wanted to stop it. */
static void on_stopped(int error, const char *text, struct system *system, struct pool *pool,
		       void *data)
{
	struct broker_call *call = data;
	struct broker_element element;
	struct profile_job *job;

	if (error && broker_find(call->broker, call->path, &element)) {
		job = (struct profile_job *)element.object;
		if (!profile_job_has_ended(job)) {
			job->wanted = PROFILE_JOB_COMPLETED;
			set_state(job, PROFILE_JOB_RUNNING);
		}
	}
	profile_answer(error, text, system, pool, call);
}

/* Who wanted a job to stop was answered that it is on its way: the job's state tells the rest. */
static void on_stop_end(const struct broker_result *result, void *data)
{
}

/**
 * profile_stop_job() - stop a job
 * @call: of the job; ended when it has stopped, or is on its way to that
 * @job: any
 * @wanted: how it is to end
 */
void profile_stop_job(struct broker_call *call, struct profile_job *job,
		      enum profile_job_state wanted)
{
	struct profile_request request = { .ask = takes_back(job->ask) };
	const char *why = NULL;

	request.system = host_find(profile_env(call->broker)->host, job->system);
	if (profile_job_has_ended(job))
		why = "The job has ended.";
	else if (job->state == PROFILE_JOB_SHUTTING_DOWN)
		why = "The job is being stopped.";
	else if (request.ask == PROFILE_ASKS || !request.system)
		why = "What the job has begun cannot be taken back.";
	if (why) {
		profile_refuse_message(call, CIM_MESSAGE_JOB_STATE, why, NULL, NULL);
		return;
	}
	job->wanted = wanted;
	set_state(job, PROFILE_JOB_SHUTTING_DOWN);
	if (!ask(call, &request, on_stopped))
		broker_go_on(call, on_stop_end, NULL);
}

/**
 * profile_remove_job() - forget a job
 * @job: has ended; freed
 */
void profile_remove_job(struct profile_job *job)
{
	struct profile_jobs *jobs = profile_env(job->broker)->jobs;
	struct profile_job **at = &jobs->first;

	while (*at != job)
		at = &(*at)->next;
	*at = job->next;
	jobs->n--;
	profile_job_changed(job);
	job_free(job);
}

/**
 * profile_remove_old_jobs() - forget the jobs that have stayed for as long as they should
 * @broker: broker
 *
 * Return: when to call this again, CLOCK_MONOTONIC; UINT64_MAX: not before a job changes.
 */
uint64_t profile_remove_old_jobs(const struct broker *broker)
{
	struct profile_job *job = profile_env(broker)->jobs->first, *next;
	uint64_t now = monotonic_us(), soonest = UINT64_MAX;

	for (; job; job = next) {
		uint64_t until = job->removal_us + job->keep_us;

		next = job->next;
		if (!profile_job_has_ended(job) || job->stays)
			continue;
		if (until <= now)
			profile_remove_job(job);
		else if (until < soonest)
			soonest = until;
	}
	return soonest;
}

/**
 * profile_free_jobs() - forget all jobs
 * @jobs: all have ended
 */
void profile_free_jobs(struct profile_jobs *jobs)
{
	while (jobs->first) {
		struct profile_job *job = jobs->first;

		jobs->first = job->next;
		job_free(job);
	}
	jobs->n = 0;
}
