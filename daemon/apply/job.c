// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Jobs; see job.h. What steps do is job-steps.c's.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/apply/job-internal.h"
#include "daemon/model/error.h"
#include "daemon/util/cleanup.h"
#include "daemon/util/text.h"

/* For the reason of QEMU's end to come after its monitor is gone. */
#define ENDING_TIMEOUT_US (5 * 1000000ULL)
/* What is asked of QEMU has the time that is given; so an answer comes before a step is given up, and none after. */
#define STEP_SLACK_US 1000000ULL

static void job_free(struct job *job)
{
	sd_bus_slot_unref(job->call);
	sd_event_source_disable_unref(job->timer);
	if (job->vhost >= 0)
		close(job->vhost);
	job->guest->job = NULL;
	free(job->lost);
	free(job);
}

static void job_end(struct job *job, int error, const char *text)
{
	struct guest *guest = job->guest;
	job_done *done = job->done;
	void *data = job->data;

	job_free(job);
	done(guest, error, text, data);
}

/* A step failed: undo those before it, and itself if it may have had an effect. */
static void job_fail(struct job *job, int error, const char *text)
{
	_cleanup_free_ char *sentence = NULL;
	enum plan_step failed = job->plan.steps[job->at];

	job->call = sd_bus_slot_unref(job->call);
	for (size_t i = job->at + !job->refused; i-- > 0;) {
		if (job_executors[job->plan.steps[i]].undo)
			job_executors[job->plan.steps[i]].undo(job);
	}
	text_error(&sentence, 0, "could not %s: %s", plan_step_name(failed),
		   text ? text : strerror(-error));
	job_end(job, error, sentence);
}

static int on_step_timeout(sd_event_source *source, uint64_t usec, void *data)
{
	struct job *job = data;

	if (job->lost)
		job_fail(job, ERROR_MONITOR_FAILED, job->lost);
	else
		job_fail(job, ERROR_TIMEOUT,
			 "it did not happen in the time given (start-timeout-s)");
	return 0;
}

static int job_arm(struct job *job, uint64_t timeout_us)
{
	job->timer = sd_event_source_disable_unref(job->timer);
	return sd_event_add_time_relative(job->guest->env->event, &job->timer, CLOCK_MONOTONIC,
					  timeout_us, 0, on_step_timeout, job);
}

/**
 * job_await_end() - the monitor is gone; most likely QEMU is, too, and its end will tell why better than this
 * @job: fails with @why if it does not come
 * @why: sentence
 */
void job_await_end(struct job *job, const char *why)
{
	free(job->lost);
	job->lost = strdup(why);
	job_arm(job, ENDING_TIMEOUT_US);
}

/* Begin the step under way; go on as long as steps end at once. */
static void job_begin_step(struct job *job)
{
	while (job->at < job->plan.n) {
		enum plan_step step = job->plan.steps[job->at];
		_cleanup_free_ char *error = NULL;
		int r;

		job->guest->system->progress_percent = (uint16_t)(job->at * 100 / job->plan.n);
		if (job_executors[step].begin) {
			r = job_arm(job, job->guest->env->timeout_us + STEP_SLACK_US);
			if (r >= 0)
				r = job_executors[step].begin(job);
			if (r < 0)
				job_fail(job, job_executors[step].error, strerror(-r));
			return;
		}
		r = job_executors[step].run(job, &error);
		if (r) {
			job_fail(job, r, error);
			return;
		}
		job->at++;
	}
	job_end(job, 0, NULL);
}

/**
 * job_step_done() - the step under way has ended
 * @job: goes on; or what was done is undone, and it ends
 * @error: 0 or an ERROR_*
 * @text: sentence if @error is not 0
 */
void job_step_done(struct job *job, int error, const char *text)
{
	if (error) {
		job_fail(job, error, text);
		return;
	}
	job->at++;
	job_begin_step(job);
}

/**
 * job_run() - begin a job: what the definition wants is put into force
 * @guest: has no job; its system is in the tree of pools
 * @plan: copied
 * @done: told at the end, perhaps before this function returns
 * @data: for @done
 *
 * Return: 0 or -ENOMEM; @done is not called then.
 */
int job_run(struct guest *guest, const struct plan *plan, job_done *done, void *data)
{
	struct job *job = calloc(1, sizeof(*job));

	if (!job)
		return -ENOMEM;
	job->guest = guest;
	job->plan = *plan;
	job->done = done;
	job->data = data;
	job->vhost = -1;
	guest->job = job;
	job_begin_step(job);
	return 0;
}

/**
 * job_news() - something happened to a guest that may end the step under way
 * @guest: with or without a job
 * @news: what
 * @text: why
 */
void job_news(struct guest *guest, enum guest_news news, const char *text)
{
	struct job *job = guest->job;
	enum plan_step step;

	if (!job)
		return;
	step = job->plan.steps[job->at];
	if (news == GUEST_ENDED)
		job_fail(job, ERROR_START_FAILED, text);
	else if (news == GUEST_UNIT_READY && step == PLAN_UNIT)
		job_step_done(job, 0, NULL);
	else if (news == GUEST_UNIT_LOST && step == PLAN_UNIT)
		job_step_done(job, ERROR_LAUNCHER_FAILED, text);
	else if (news == GUEST_MONITOR_READY && step == PLAN_MONITOR)
		job_step_done(job, 0, NULL);
	else if (news == GUEST_MONITOR_LOST && step == PLAN_MONITOR)
		job_await_end(job, text);
	else if (news == GUEST_MONITOR_LOST && step == PLAN_UNPLUG_DEVICE)
		job_step_done(job, ERROR_MONITOR_FAILED, text);
	else if (news == GUEST_DEVICE_DELETED && step == PLAN_UNPLUG_DEVICE)
		plug_news(job, text);
	else if (news == GUEST_MONITOR_LOST && step == PLAN_UNPLUG_MEMORY)
		job_step_done(job, ERROR_MONITOR_FAILED, text);
	else if (news == GUEST_MEMORY_READ && step == PLAN_UNPLUG_MEMORY)
		memory_news(job);
}

/**
 * job_cancel() - forget a guest's job without undoing; nobody is told
 * @guest: with or without one
 */
void job_cancel(struct guest *guest)
{
	struct job *job = guest->job;

	if (job)
		job_free(job);
}
