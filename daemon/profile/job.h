/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Jobs: what goes on after its method was answered.
 *
 * A method begins a job if what it asks for waits for a guest, or for a QEMU to begin or end, and is not over at once:
 * a start, a stop, a shut down within a time, the destruction of what runs, the removal of an adapter that a guest has
 * to let go of, and of memory that it has to give back. All others are answered when all is done. If there are
 * PROFILE_JOBS_MAX jobs already, so are these.
 *
 * A job stays for some time after its end, or until it is removed; none outlasts who drives the model.
 */
#ifndef KVRM_PROFILE_JOB_H
#define KVRM_PROFILE_JOB_H

#include "daemon/profile/profile.h"

/* How many jobs there may be, those that have ended among them. */
#define PROFILE_JOBS_MAX 128

/* As JobState counts. */
enum profile_job_state {
	PROFILE_JOB_RUNNING = 4,
	PROFILE_JOB_SHUTTING_DOWN = 6,
	PROFILE_JOB_COMPLETED = 7,
	PROFILE_JOB_TERMINATED = 8,
	PROFILE_JOB_KILLED = 9,
	PROFILE_JOB_EXCEPTION = 10,
};

/**
 * struct profile_job - a job
 * @next: in the list
 * @broker: that tells of it
 * @id: a UUID
 * @title: for people; owned
 * @ask: what it waits for
 * @system: UUID of the virtual system that it is about
 * @state: where it stands
 * @wanted: how it is to end, because a client stops it; PROFILE_JOB_COMPLETED: nobody does
 * @path: of the instance whose method began it; owned
 * @method: that began it
 * @before: the instance as it was then; owned
 * @after: as it was at the end; owned, NULL: there is no end, or it was gone
 * @since_us: when it began, CLOCK_REALTIME
 * @changed_us: when @state last changed, likewise
 * @ended_us: when it ended, likewise; 0: it has not
 * @removal_us: when it ended, CLOCK_MONOTONIC
 * @keep_us: for how long it stays then
 * @stays: it is not removed by itself
 * @percent: how much was done at its end
 * @code: what the method returned
 * @error: why it failed
 */
struct profile_job {
	struct profile_job *next;
	const struct broker *broker;
	char id[37];
	char *title;
	enum profile_ask ask;
	char system[37];
	enum profile_job_state state;
	enum profile_job_state wanted;
	struct cim_path *path;
	const struct schema_method *method;
	struct cim_instance *before;
	struct cim_instance *after;
	uint64_t since_us;
	uint64_t changed_us;
	uint64_t ended_us;
	uint64_t removal_us;
	uint64_t keep_us;
	bool stays;
	uint16_t percent;
	uint32_t code;
	struct cim_error error;
};

/**
 * struct profile_jobs - all jobs
 * @first: the newest one; owned
 * @n: how many
 * @changed: told that a job is new, has changed or is gone
 * @data: for @changed
 */
struct profile_jobs {
	struct profile_job *first;
	size_t n;
	void (*changed)(const char *id, void *data);
	void *data;
};

const struct profile_job *profile_first_job(const struct broker *broker);
struct profile_job *profile_find_job(const struct broker *broker, const char *id);
bool profile_job_has_ended(const struct profile_job *job);
uint16_t profile_job_percent(const struct profile_job *job);
void profile_ask_job(struct broker_call *call, const struct profile_request *request,
		     const char *verb, profile_done *done);
void profile_stop_job(struct broker_call *call, struct profile_job *job,
		      enum profile_job_state wanted);
void profile_job_changed(const struct profile_job *job);
void profile_remove_job(struct profile_job *job);
uint64_t profile_remove_old_jobs(const struct broker *broker);
void profile_free_jobs(struct profile_jobs *jobs);

#endif
