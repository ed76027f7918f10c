// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The steps of jobs: for each how it is begun and, where it changes something, undone. A step that waits is ended
 * by job_news() or by a reply.
 */
#include <errno.h>
#include <string.h>

#include "daemon/apply/alloc.h"
#include "daemon/apply/disk.h"
#include "daemon/apply/job-internal.h"
#include "daemon/apply/nic.h"
#include "daemon/model/error.h"
#include "daemon/model/pool.h"
#include "daemon/util/clock.h"
#include "daemon/util/log.h"
#include "daemon/util/text.h"
#include "daemon/wire/launcher.h"

static const struct cpu_allocation *wanted(const struct job *job)
{
	return &job->guest->system->definition->cpu;
}

/* A system is in the tree as long as it has a guest. */
static struct pool *pool_of_job(const struct job *job)
{
	return pool_of(job->guest->system->node.parent);
}

static int append_definition(sd_bus_message *m, const void *definition)
{
	return definition_append_bus(m, definition);
}

static void on_launcher(const char *unit, const sd_bus_error *error, void *data)
{
	struct job *job = data;

	job->call = sd_bus_slot_unref(job->call);
	/* QEMU has them now, or nobody. */
	guest_close_taps(job->guest);
	/* Without an answer of the launcher's own it is not known what was done. */
	job->refused = error && error->name &&
		       !strncmp(error->name, LAUNCHER_ERRORS, strlen(LAUNCHER_ERRORS));
	job_step_done(job, error ? ERROR_LAUNCHER_FAILED : 0, error ? error->message : NULL);
}

static void on_launcher_undo(const char *unit, const sd_bus_error *error, void *data)
{
	if (error)
		log_warning("the launcher could not undo a step: %s", error->message);
}

static int do_taps(struct job *job, char **ret_error)
{
	return nic_open_taps(job->guest, ret_error);
}

static void undo_taps(struct job *job)
{
	guest_close_taps(job->guest);
}

static int begin_launch(struct job *job)
{
	const struct definition *d = job->guest->system->definition;
	/* One with a limit of each virtual CPU is started with the module only. */
	const struct launcher_allocation allocation =
		alloc_unit(job->guest->system, d->cpu.limit_us);
	int fds[DEFINITION_NICS_MAX];
	const struct launcher_taps taps = { .fds = fds, .n = d->n_nics };
	struct launcher_pool pool;

	for (size_t i = 0; i < d->n_nics; i++)
		fds[i] = job->guest->nics[i].tap;

	pool.n = pool_chain(pool_of_job(job), pool.chain);
	alloc_note(job->guest, &allocation);
	job->guest->storage_asserted = d->storage_weight;
	return launcher_start(job->guest->env->bus, d->uuid, append_definition, d, &pool,
			      &allocation, &taps, LAUNCHER_TIMEOUT_US, on_launcher, job,
			      &job->call);
}

static void undo_launch(struct job *job)
{
	job->guest->kill_asked = true;
	launcher_kill(job->guest->env->bus, job->guest->system->definition->uuid,
		      LAUNCHER_TIMEOUT_US, on_launcher_undo, NULL, NULL);
}

static int begin_unit(struct job *job)
{
	return guest_follow_unit(job->guest);
}

static int begin_monitor(struct job *job)
{
	int r = guest_connect_monitor(job->guest);

	if (r < 0 && r != -ENOMEM)
		job_await_end(job, strerror(-r));
	return r == -ENOMEM ? r : 0;
}

static int begin_quota(struct job *job)
{
	/* The weight is the module's business as soon as it knows the guest. */
	const struct launcher_allocation allocation = alloc_quota(job->guest, wanted(job));

	return launcher_set_allocation(job->guest->env->bus, job->guest->system->definition->uuid,
				       &allocation, LAUNCHER_TIMEOUT_US, on_launcher, job,
				       &job->call);
}

static int module_error(int r)
{
	return r == -ENOSPC ? ERROR_INSUFFICIENT : ERROR_APPLY_FAILED;
}

/* These are answered at once; the step's end is told by begin_step(). */
static int do_register(struct job *job, char **ret_error)
{
	const struct definition *d = job->guest->system->definition;
	const struct genl_memory_alloc memory = alloc_memory(&d->memory, job->guest->system);
	const struct genl_cpu_alloc alloc = alloc_cpu(&d->cpu);
	const struct pool *pool = pool_of_job(job);
	struct guest *guest = job->guest;
	const struct genl_guest_change wish = { .name = d->name,
						.cgroup_fd = guest->cgroup_fd,
						.pool_id = pool->module_id,
						.alloc = &alloc,
						.memory = &memory,
						.sample_rate_hz = d->sample_rate_hz };
	struct genl_guest registered;
	uint8_t uuid[16];
	int r;

	if (!pool->module_id)
		return text_error(ret_error, ERROR_APPLY_FAILED,
				  "its pool '%s' is not known to the module",
				  pool->definition->name);
	text_uuid_to_bytes(d->uuid, uuid);
	r = genl_guest_add(guest->env->genl, uuid, &wish, &registered, ret_error);
	if (r)
		return module_error(r);
	guest->module_id = registered.id;
	guest->rate_told_hz = d->sample_rate_hz;
	guest->registered_us = realtime_us();
	guest->reasserted = registered.reasserted;
	return 0;
}

static void undo_register(struct job *job)
{
	if (job->guest->module_id)
		genl_guest_del(job->guest->env->genl, job->guest->module_id, NULL);
	guest_lose_module(job->guest);
}

static int do_module(struct job *job, char **ret_error)
{
	const struct system *system = job->guest->system;
	const struct genl_memory_alloc memory = alloc_memory(&system->definition->memory, system);
	const struct genl_cpu_alloc alloc = alloc_cpu(wanted(job));
	const struct genl_guest_change change = { .cgroup_fd = -1,
						  .alloc = &alloc,
						  .memory = &memory };
	int r;

	/* Somebody else has removed it meanwhile. */
	if (!job->guest->module_id)
		return do_register(job, ret_error);
	r = genl_guest_set(job->guest->env->genl, job->guest->module_id, &change, ret_error);

	return r ? module_error(r) : 0;
}

static int do_nics(struct job *job, char **ret_error)
{
	return nic_limit_all(job->guest, ret_error);
}

static void on_disk(struct guest *guest, size_t index, int error, const char *text, void *data);

/* The next disk with a limit; the step ends behind the last one. */
static int limit_next_disk(struct job *job)
{
	const struct definition *d = job->guest->system->definition;

	while (job->disk < d->n_disks && !disk_limits_any(&d->disks[job->disk]))
		job->disk++;
	if (job->disk < d->n_disks)
		return disk_put_limits(job->guest, job->disk, &d->disks[job->disk], on_disk, NULL);
	job_step_done(job, 0, NULL);
	return 0;
}

static void on_disk(struct guest *guest, size_t index, int error, const char *text, void *data)
{
	struct job *job = guest->job;

	/* The job may have ended meanwhile. */
	if (!job || job->plan.steps[job->at] != PLAN_DISKS)
		return;
	if (!error) {
		job->disk = index + 1;
		error = limit_next_disk(job);
		text = NULL;
	}
	if (error)
		job_step_done(job, error, text);
}

static int begin_disks(struct job *job)
{
	job->disk = 0;
	return limit_next_disk(job);
}

/* One that finds a guest, or puts back a limit, does not launch. */
static bool is_start(const struct job *job)
{
	return job->plan.steps[0] == PLAN_LAUNCH || job->plan.steps[0] == PLAN_TAPS;
}

static int do_verify(struct job *job, char **ret_error)
{
	struct guest *guest = job->guest;
	const struct memory_allocation *memory = &guest->system->definition->memory;
	int r = guest_verify_limit(guest, wanted(job), ret_error);

	if (r)
		return r;
	/*
	 * What the module cannot hold any more, since it has gone, is told by a problem; memory.min is put
	 * right by the next sample then.
	 */
	if (!guest->module_id && !is_start(job))
		return 0;
	r = guest_verify_memory(guest, memory->reservation_bytes + guest->system->overhead_bytes,
				ret_error);
	if (!r && is_start(job))
		r = guest_verify_memory_limit(guest, memory->limit_bytes, ret_error);
	return r ? r : guest_read_vcpu_limit(guest, wanted(job)->vcpu_limit_us, ret_error);
}

static void on_continued(struct qmp *qmp, int error, struct json_object *value, const char *text,
			 void *data)
{
	struct guest *guest = data;

	/* The job may have ended meanwhile. */
	if (guest->job)
		job_step_done(guest->job, error ? ERROR_MONITOR_FAILED : 0, text);
}

static int begin_continue(struct job *job)
{
	struct guest *guest = job->guest;

	return guest->qmp ? qmp_call(guest->qmp, "cont", NULL, guest->env->timeout_us, on_continued,
				     guest)
			  : -ENOTCONN;
}

const struct job_executor job_executors[] = {
	[PLAN_TAPS] = { .run = do_taps, .undo = undo_taps },
	[PLAN_LAUNCH] = { .begin = begin_launch,
			  .undo = undo_launch,
			  .error = ERROR_LAUNCHER_FAILED },
	[PLAN_UNIT] = { .begin = begin_unit, .error = ERROR_LAUNCHER_FAILED },
	[PLAN_MONITOR] = { .begin = begin_monitor, .error = ERROR_MONITOR_FAILED },
	[PLAN_QUOTA] = { .begin = begin_quota, .error = ERROR_LAUNCHER_FAILED },
	[PLAN_REGISTER] = { .run = do_register, .undo = undo_register },
	[PLAN_MODULE] = { .run = do_module },
	[PLAN_NICS] = { .run = do_nics },
	[PLAN_DISKS] = { .begin = begin_disks, .error = ERROR_MONITOR_FAILED },
	[PLAN_VERIFY] = { .run = do_verify },
	[PLAN_CONTINUE] = { .begin = begin_continue, .error = ERROR_MONITOR_FAILED },
	[PLAN_PLUG_TAP] = { .run = plug_tap, .undo = plug_undo_tap },
	[PLAN_PLUG_VHOST] = { .begin = plug_vhost, .error = ERROR_LAUNCHER_FAILED },
	[PLAN_PLUG_LIMIT] = { .run = plug_limit, .undo = plug_undo_limit },
	[PLAN_PLUG_GIVE_TAP] = { .begin = plug_give_tap,
				 .undo = plug_undo_give_tap,
				 .error = ERROR_MONITOR_FAILED },
	[PLAN_PLUG_GIVE_VHOST] = { .begin = plug_give_vhost,
				   .undo = plug_undo_give_vhost,
				   .error = ERROR_MONITOR_FAILED },
	[PLAN_PLUG_NETDEV] = { .begin = plug_netdev,
			       .undo = plug_undo_netdev,
			       .error = ERROR_MONITOR_FAILED },
	[PLAN_PLUG_DEVICE] = { .begin = plug_device, .error = ERROR_MONITOR_FAILED },
	[PLAN_UNPLUG_DEVICE] = { .begin = unplug_device, .error = ERROR_MONITOR_FAILED },
	[PLAN_UNPLUG_NETDEV] = { .begin = unplug_netdev, .error = ERROR_MONITOR_FAILED },
	[PLAN_UNPLUG_LIMIT] = { .run = unplug_limit },
	[PLAN_PLUG_MEMORY] = { .begin = memory_plug,
			       .undo = memory_undo,
			       .error = ERROR_MONITOR_FAILED },
	[PLAN_UNPLUG_MEMORY] = { .begin = memory_unplug,
				 .undo = memory_undo,
				 .error = ERROR_MONITOR_FAILED },
};
_Static_assert(sizeof(job_executors) / sizeof(job_executors[0]) == PLAN_STEP_COUNT,
	       "an executor each");
