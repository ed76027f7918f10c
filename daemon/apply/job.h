/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Jobs: a plan being carried out on one guest. Steps run one after the other; if one fails, those
 * that were done are undone in reverse.
 */
#ifndef KVRM_JOB_H
#define KVRM_JOB_H

#include "daemon/observe/guest.h"
#include "daemon/plan/plan.h"

struct job;

/**
 * job_done - a job's end, once
 * @guest: whose job it was; has none any more
 * @error: 0, or an ERROR_* after everything was undone
 * @text: sentence if @error is not 0
 * @data: as given to job_run()
 */
typedef void job_done(struct guest *guest, int error, const char *text, void *data);

int job_run(struct guest *guest, const struct plan *plan, job_done *done, void *data);
void job_news(struct guest *guest, enum guest_news news, const char *text);
void job_cancel(struct guest *guest);

#endif
