// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The steps that plug memory into a guest that runs, and have it give some back. More is done when QEMU has told the
 * guest: it takes it when it wants to. Less is done when QEMU says that the guest has no more than that.
 */
#include <errno.h>

#include "daemon/apply/job-internal.h"
#include "daemon/model/error.h"
#include "kvrm/arith.h"

static void on_plugged(struct qmp *qmp, int error, struct json_object *value, const char *text,
		       void *data)
{
	struct guest *guest = data;
	struct job *job = guest->job;

	if (job && job->plan.steps[job->at] == PLAN_PLUG_MEMORY)
		job_step_done(job, error ? ERROR_MONITOR_FAILED : 0, text);
}

int memory_plug(struct job *job)
{
	return guest_request_memory(job->guest, job->plan.memory_to_bytes, on_plugged);
}

/* What QEMU says from now on is what the guest has since it knows. */
static void on_told(struct qmp *qmp, int error, struct json_object *value, const char *text,
		    void *data)
{
	struct guest *guest = data;
	struct job *job = guest->job;

	if (!job || job->plan.steps[job->at] != PLAN_UNPLUG_MEMORY)
		return;
	if (error) {
		job_step_done(job, ERROR_MONITOR_FAILED, text);
		return;
	}
	job->told = true;
	guest_ask_memory(guest);
}

int memory_unplug(struct job *job)
{
	job->told = false;
	job->unplugging_bytes = job->guest->system->memory_plugged_bytes;
	return guest_request_memory(job->guest, job->plan.memory_to_bytes, on_told);
}

/* Nobody waits for the answer: it is done because something else has failed. */
void memory_undo(struct job *job)
{
	guest_request_memory(job->guest, job->plan.memory_from_bytes, NULL);
}

/* Of what it has to give back. */
static uint16_t percent_done(const struct job *job, uint64_t left_bytes)
{
	uint64_t all = kvrm_excess(job->unplugging_bytes, job->plan.memory_to_bytes);
	uint64_t left = kvrm_excess(left_bytes, job->plan.memory_to_bytes);

	return all ? (uint16_t)kvrm_muldiv(kvrm_excess(all, left), 100, all) : 0;
}

/**
 * memory_news() - QEMU has said what memory the guest has
 * @job: waits for the guest to give some back
 */
void memory_news(struct job *job)
{
	struct system *system = job->guest->system;

	if (!job->told)
		return;
	if (system->memory_plugged_bytes <= job->plan.memory_to_bytes)
		job_step_done(job, 0, NULL);
	else
		system->progress_percent = percent_done(job, system->memory_plugged_bytes);
}
