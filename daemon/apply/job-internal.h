/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What job.c and job-steps.c share.
 */
#ifndef KVRM_APPLY_JOB_INTERNAL_H
#define KVRM_APPLY_JOB_INTERNAL_H

#include "daemon/apply/job.h"
#include "daemon/plan/plan.h"

/**
 * struct job - see job.h
 * @guest: whose job it is
 * @plan: what is to be done
 * @at: step under way
 * @done: told at the end
 * @data: for @done
 * @call: to the launcher, outstanding
 * @refused: the step under way had no effect, and is not to be undone
 * @lost: why the monitor is gone, while QEMU's end is awaited; NULL if it is not
 * @timer: bounds the step under way
 */
struct job {
	struct guest *guest;
	struct plan plan;
	size_t at;
	job_done *done;
	void *data;
	sd_bus_slot *call;
	bool refused;
	char *lost;
	sd_event_source *timer;
};

/**
 * struct job_executor - how a step is done: by one of the first two
 * @begin: it ends later; 0 or a negative errno
 * @run: it ends at once; 0 or an ERROR_*, with a sentence
 * @undo: NULL: it changes nothing that stays
 * @error: if it cannot even be begun
 */
struct job_executor {
	int (*begin)(struct job *job);
	int (*run)(struct job *job, char **ret_error);
	void (*undo)(struct job *job);
	int error;
};

/* job-steps.c */
extern const struct job_executor job_executors[]; /* by enum plan_step */

/* job.c */
void job_step_done(struct job *job, int error, const char *text);
void job_await_end(struct job *job, const char *why);

#endif
