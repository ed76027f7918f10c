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
 * @disk: whose limits are put into force, of the step that does it
 * @refused: the step under way had no effect, and is not to be undone
 * @lost: why the monitor is gone, while QEMU's end is awaited; NULL if it is not
 * @timer: bounds the step under way
 * @vhost: descriptor of /dev/vhost-net, for a NIC that is plugged in; else -1
 * @told: QEMU has told the guest to give memory back
 * @unplugging_bytes: what was plugged in when that began
 */
struct job {
	struct guest *guest;
	struct plan plan;
	size_t at;
	job_done *done;
	void *data;
	sd_bus_slot *call;
	size_t disk;
	bool refused;
	char *lost;
	sd_event_source *timer;
	int vhost;
	bool told;
	uint64_t unplugging_bytes;
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

/* What the launcher calls its errors. */
#define LAUNCHER_ERRORS "org.kvrm1.Error."
/* Beyond a unit's own start, which systemd bounds. */
#define LAUNCHER_TIMEOUT_US (60 * 1000000ULL)

/* job-steps.c */
extern const struct job_executor job_executors[]; /* by enum plan_step */

/* job-plug.c */
int plug_tap(struct job *job, char **ret_error);
void plug_undo_tap(struct job *job);
int plug_vhost(struct job *job);
int plug_limit(struct job *job, char **ret_error);
void plug_undo_limit(struct job *job);
int plug_give_tap(struct job *job);
void plug_undo_give_tap(struct job *job);
int plug_give_vhost(struct job *job);
void plug_undo_give_vhost(struct job *job);
int plug_netdev(struct job *job);
void plug_undo_netdev(struct job *job);
int plug_device(struct job *job);
int unplug_device(struct job *job);
int unplug_netdev(struct job *job);
int unplug_limit(struct job *job, char **ret_error);
void plug_news(struct job *job, const char *device);

/* job-memory.c */
int memory_plug(struct job *job);
int memory_unplug(struct job *job);
void memory_undo(struct job *job);
void memory_news(struct job *job);

/* job.c */
void job_step_done(struct job *job, int error, const char *text);
void job_await_end(struct job *job, const char *why);

#endif
