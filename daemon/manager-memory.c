// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Memory limits of guests that run: each sample compares what is in force with what is wanted, and does the next
 * step (plan/memory.h): the balloon is asked, systemd told of memory.high and memory.max, which it writes. What
 * others have written is put back and counted; of memory.high the module does that.
 *
 * A guest that comes so near to its limit, although it is throttled, that the kernel may kill it soon is stopped
 * instead, and goes on once it uses less, or may use more, under another kvrmd, too (observe/guest-stop.c). So are
 * the members of a pool that is as near to its own limit, those that hold more than they are due.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/apply/alloc.h"
#include "daemon/manager-internal.h"
#include "daemon/plan/memory.h"
#include "daemon/util/log.h"

#define TEND_TIMEOUT_US (10 * 1000000ULL)
#define STOPPED_PROBLEM "%s is paused: "
#define STOPPED_SENTENCE                                                                           \
	STOPPED_PROBLEM "it needs more memory than its memory-limit, and has not got it back"
#define STOPPED_POOL_SENTENCE                                                                      \
	STOPPED_PROBLEM "its pool needs more memory than its memory-limit, and has not got it "    \
			"back"
#define BALLOON_PROBLEM "the balloon of %s "

static struct plan_memory_facts facts_of(const struct guest *guest,
					 const struct cgroup_memory *memory)
{
	const struct system *system = guest->system;

	return (struct plan_memory_facts){
		.limit_bytes = system->definition->memory.limit_bytes,
		.memory_bytes = system_memory(system),
		.overhead_bytes = system->overhead_bytes,
		.usage_bytes = memory->usage_bytes,
		.high_bytes = memory->high_bytes,
		.max_bytes = memory->max_bytes,
		.held = guest->module_id,
	};
}

static void on_told(const char *unit, const sd_bus_error *error, void *data)
{
	struct guest *guest = data;
	const struct definition *d = guest->system->definition;

	guest->asking = sd_bus_slot_unref(guest->asking);
	if (!error)
		return;
	guest->quota_asserted_us = GUEST_QUOTA_UNTOLD;
	guest->high_asserted = MEMORY_UNTOLD_LIMIT;
	guest->max_asserted = MEMORY_UNTOLD_LIMIT;
	log_system(LOG_ERR, d->uuid, d->name, "its memory-limit could not be changed: %s",
		   error->message);
}

/**
 * manager_limit_is_due() - whether systemd is to be told a memory.high or memory.max
 * @m: manager
 * @name: whose it is
 * @file: which of both
 * @held: the module looks after it
 * @wanted: that it is to say
 * @found: that it says
 * @asserted: that systemd was told last; one that an earlier kvrmd has told is there already
 */
bool manager_limit_is_due(struct manager *m, const char *name, const char *file, bool held,
			  uint64_t wanted, uint64_t found, uint64_t *asserted)
{
	if (*asserted == MEMORY_UNTOLD_LIMIT && found == wanted)
		*asserted = wanted;
	if (*asserted != wanted)
		return true;
	if (held || found == wanted)
		return false;
	if (!m->settling) {
		m->host.sample.drift_corrected++;
		log_warning("%s: %s was changed by somebody else; putting it back", name, file);
	}
	return true;
}

static void tell_unit(struct manager *m, struct guest *guest, const struct cgroup_memory *memory,
		      const struct plan_memory *plan)
{
	const struct definition *d = guest->system->definition;
	struct launcher_allocation allocation;
	bool high =
		plan->tell_high &&
		manager_limit_is_due(m, d->name, "memory.high", guest->module_id, plan->high_bytes,
				     memory->high_bytes, &guest->high_asserted);
	bool max = plan->tell_max &&
		   manager_limit_is_due(m, d->name, "memory.max", false, plan->max_bytes,
					memory->max_bytes, &guest->max_asserted);

	if (!high && !max)
		return;
	allocation = alloc_quota(guest, &d->cpu);
	if (high)
		allocation.memory_high_bytes =
			alloc_memory_bound(guest->high_asserted = plan->high_bytes);
	if (max)
		allocation.memory_max_bytes =
			alloc_memory_bound(guest->max_asserted = plan->max_bytes);
	manager_settle(m);
	if (launcher_set_allocation(m->sd, d->uuid, &allocation, TEND_TIMEOUT_US, on_told, guest,
				    &guest->asking) < 0)
		log_error("no memory to change a guest's unit");
}

static void on_stopped(struct qmp *qmp, int error, struct json_object *value, const char *text,
		       void *data)
{
	struct guest *guest = data;

	guest->stopping = false;
	/* Without an answer it is not known: QEMU says so when it is met again. */
	if (error == -EREMOTEIO)
		guest_forget_stopped(guest);
}

static void on_gone_on(struct qmp *qmp, int error, struct json_object *value, const char *text,
		       void *data)
{
	struct guest *guest = data;

	guest->stopping = false;
	if (!error)
		guest_forget_stopped(guest);
}

static void command(struct guest *guest, const char *name, qmp_reply *reply)
{
	guest->stopping = !qmp_call(guest->qmp, name, NULL, guest->env->timeout_us, reply, guest);
}

static void stop(struct guest *guest, const struct plan_memory *plan)
{
	const struct definition *d = guest->system->definition;

	guest_note_stopped(guest, plan->in_pool);
	command(guest, "stop", on_stopped);
	if (guest->stopping)
		log_system(LOG_WARNING, d->uuid, d->name, "paused: %s",
			   guest_stopped_reason(guest));
	else
		guest_forget_stopped(guest);
}

/* Whether something is done with it that it should be left alone for; memory that comes or goes is none. */
static bool has_job(const struct guest *guest)
{
	return guest->job && !guest->plug.moving;
}

static void tend_stop(struct manager *m, struct guest *guest, const struct plan_memory *plan)
{
	const struct definition *d = guest->system->definition;
	enum system_state state = guest->system->state;

	/* What is known of it stays until QEMU can be asked. */
	if (guest->stopping || has_job(guest) || !guest->qmp || !qmp_is_ready(guest->qmp))
		return;
	if (plan->stop && state == SYSTEM_ACTIVE) {
		stop(guest, plan);
	} else if (guest->stopped && plan->go_on) {
		command(guest, "cont", on_gone_on);
		log_system(LOG_NOTICE, d->uuid, d->name,
			   "goes on: it uses less than its memory-limit");
	}
	if (guest->stopped || (plan->stop && state == SYSTEM_PAUSED))
		manager_problem(m,
				guest->stopped_in_pool ? STOPPED_POOL_SENTENCE : STOPPED_SENTENCE,
				d->name);
	else if (m->host.n_problems)
		manager_drop_problem(m, STOPPED_PROBLEM, d->name);
}

/* The balloon is needed and does not help: what happens instead. */
static void tell_balloon(struct manager *m, struct guest *guest, const struct plan_memory *plan)
{
	const struct system *system = guest->system;
	bool limited = plan->balloon_bytes < system_memory(system);
	bool helps = system->balloon != BALLOON_SILENT && system->balloon != BALLOON_ABSENT;
	char why[GUEST_PROBLEM_SIZE] = "";

	if (helps && limited && plan->balloon_bytes < system->memory_plugged_bytes)
		snprintf(why, sizeof(why),
			 "takes no more than its guest was started with: throttling alone holds "
			 "the rest of its memory-limit");
	if (!helps && (limited || guest->balloon.pressed_bytes))
		snprintf(why, sizeof(why), "%s: %s",
			 system->balloon == BALLOON_SILENT
				 ? "gives nothing back"
				 : "is not there, until it is started anew",
			 limited ? "throttling alone holds its memory-limit"
				 : "while memory is short, what is too much is swapped");
	manager_tell_unheld(m, guest->balloon_problem, BALLOON_PROBLEM, system->definition->name,
			    why);
}

/* What its limit leaves it, or what it is due while memory is short, whatever is less. */
static uint64_t balloon_target(const struct manager *m, struct guest *guest,
			       const struct cgroup_memory *memory, const struct plan_memory *plan)
{
	uint64_t left = manager_press_balloon(m, guest, memory->usage_bytes);

	return kvrm_max(kvrm_min(plan->balloon_bytes, left), DEFINITION_MEMORY_UNIT);
}

/* A pool above may be so full that somebody in it would be killed: whoever holds too much stops before that. */
static void join_pools(const struct guest *guest, const struct cgroup_memory *memory,
		       struct plan_memory *plan)
{
	const struct kvrm_node *node = guest->system->node.parent;
	bool too_much = memory->usage_bytes > manager_due_memory(guest);

	for (; node; node = node->parent) {
		enum pool_room room = pool_of(node)->room;

		plan->in_pool =
			plan->in_pool || (!plan->stop && room == POOL_ROOM_KILLS && too_much);
		plan->go_on = plan->go_on && !plan->in_pool && room != POOL_ROOM_UNKNOWN &&
			      room < POOL_ROOM_LACKS;
	}
	plan->stop = plan->stop || plan->in_pool;
}

static bool observe(struct guest *guest, struct cgroup_memory *memory, struct plan_memory *ret)
{
	struct plan_memory_facts facts;

	if (guest->cgroup_fd < 0 || guest_look_at_memory(guest, memory))
		return false;
	facts = facts_of(guest, memory);
	*ret = plan_memory(&facts);
	join_pools(guest, memory, ret);
	return true;
}

static void tend(struct manager *m, struct guest *guest)
{
	uint64_t applied_before = guest->system->memory_limit_applied_bytes;
	uint64_t left_before = guest->system->balloon_left_bytes;
	struct cgroup_memory memory;
	struct plan_memory plan;
	uint64_t target;

	if (!observe(guest, &memory, &plan))
		return;
	if (applied_before != guest->system->memory_limit_applied_bytes)
		bus_system_changed(m->bus, guest->system);
	if (manager_is_tended(guest))
		tell_unit(m, guest, &memory, &plan);
	target = balloon_target(m, guest, &memory, &plan);
	if (!has_job(guest))
		guest_tend_balloon(guest, target);
	tend_stop(m, guest, &plan);
	tell_balloon(m, guest, &plan);
	if (left_before != guest->system->balloon_left_bytes)
		bus_system_changed(m->bus, guest->system);
}

/**
 * manager_tend_limits() - the next step towards the memory limits of all guests that run
 * @m: manager
 */
void manager_tend_limits(struct manager *m)
{
	for (size_t i = 0; !m->changing && i < m->host.n_systems; i++) {
		if (m->host.systems[i]->runtime)
			tend(m, m->host.systems[i]->runtime);
	}
}

/**
 * manager_press_limits() - memory is short on the host: have balloons give back what is too much, at once
 * @m: manager, without a change under way; it was seen what everybody is due
 */
void manager_press_limits(struct manager *m)
{
	for (size_t i = 0; i < m->host.n_systems; i++) {
		struct guest *guest = m->host.systems[i]->runtime;
		struct cgroup_memory memory;
		struct plan_memory plan;
		uint64_t target;

		if (!guest || !observe(guest, &memory, &plan))
			continue;
		target = balloon_target(m, guest, &memory, &plan);
		/* How long it does nothing is counted in samples. */
		if (!has_job(guest) &&
		    guest->balloon.asked_bytes != guest_balloon_value(guest, target))
			guest_tend_balloon(guest, target);
	}
}

/**
 * manager_pressed() - a guest is throttled because of a memory limit: see whether it is to be stopped
 * @m: manager
 * @guest: which
 */
void manager_pressed(struct manager *m, struct guest *guest)
{
	struct cgroup_memory memory;
	struct plan_memory plan;

	if (observe(guest, &memory, &plan))
		tend_stop(m, guest, &plan);
}

/**
 * manager_forget_limit() - a guest is gone, and with it what was wrong with its memory
 * @m: manager
 * @name: of its system
 */
void manager_forget_limit(struct manager *m, const char *name)
{
	manager_drop_problem(m, STOPPED_PROBLEM, name);
	manager_drop_problem(m, BALLOON_PROBLEM, name);
}
