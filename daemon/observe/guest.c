// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A guest, as it is observed; see guest.h.
 *
 * That QEMU is gone is told by systemd alone: its monitor may close while it lives, and the
 * module's word comes before the unit has ended. Why it is gone is, in this order: what QEMU's
 * SHUTDOWN event said, that somebody asked for it, and what QEMU wrote to the journal last, for
 * which journald gets a second.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/observe/guest.h"
#include "daemon/util/clock.h"
#include "daemon/util/log.h"
#include "daemon/util/text.h"
#include "daemon/wire/cgroup.h"
#include "daemon/wire/journal.h"

#define ENDING_TRIES	   10
#define ENDING_INTERVAL_US 100000
#define LAST_WORDS_LINES   5

/**
 * guest_unit_name() - name of a guest's unit
 * @uuid: of the system
 * @name: receives it
 */
void guest_unit_name(const char *uuid, char name[static 64])
{
	snprintf(name, 64, "kvrm-guest-%s.service", uuid);
}

/**
 * guest_unit_parse() - whether a unit is a guest's, and whose; a scope that one was moved to is none
 * @name: of the unit
 * @uuid: receives it
 *
 * Return: whether.
 */
bool guest_unit_parse(const char *name, char uuid[static 37])
{
	char rebuilt[64];

	if (sscanf(name, "kvrm-guest-%36[0-9a-f-]", uuid) != 1 || !text_is_uuid(uuid))
		return false;
	guest_unit_name(uuid, rebuilt);
	return !strcmp(name, rebuilt);
}

/**
 * guest_new() - begin to observe
 * @env: for all guests; must stay
 * @system: has no runtime yet
 *
 * Return: the system's runtime from now on, to be freed with guest_free(); NULL if there is no
 * memory.
 */
struct guest *guest_new(const struct guest_env *env, struct system *system)
{
	struct guest *guest = calloc(1, sizeof(*guest));

	if (!guest)
		return NULL;
	guest->env = env;
	guest->system = system;
	guest->cgroup_fd = -1;
	guest->home_fd = -1;
	for (int i = 0; i < DEFINITION_NICS_MAX; i++)
		guest->nics[i].tap = -1;
	guest->quota_asserted_us = GUEST_QUOTA_UNTOLD;
	guest->memory_asserted = MEMORY_UNTOLD;
	guest->high_asserted = MEMORY_UNTOLD_LIMIT;
	guest->max_asserted = MEMORY_UNTOLD_LIMIT;
	guest->since_us = realtime_us();
	system->runtime = guest;
	return guest;
}

/**
 * guest_free() - observe no more; QEMU is not touched
 * @guest: may be NULL
 *
 * Return: NULL.
 */
struct guest *guest_free(struct guest *guest)
{
	if (!guest)
		return NULL;
	guest->system->runtime = NULL;
	sd_event_source_disable_unref(guest->ending);
	sd_event_source_disable_unref(guest->pressure);
	sd_bus_slot_unref(guest->asking);
	systemd_unit_free(guest->unit);
	qmp_free(guest->qmp);
	guest_close_taps(guest);
	if (guest->cgroup_fd >= 0)
		close(guest->cgroup_fd);
	if (guest->home_fd >= 0)
		close(guest->home_fd);
	free(guest);
	return NULL;
}

/* Why QEMU is gone, without its last words. NULL: they are needed. */
static const char *guest_end_reason(struct guest *guest)
{
	const struct systemd_unit_status *status = systemd_unit_status(guest->unit);

	if (guest->kill_asked)
		return "killed";
	if (*guest->shutdown)
		return guest->shutdown;
	if (status->loaded && status->exec_main_code == CLD_EXITED && !status->exec_main_status)
		return "QEMU ended";
	return NULL;
}

/*
 * Whoever is told frees the guest, and its monitor with it. The monitor must not go before that:
 * who waits for an answer would hear of that instead of QEMU's end, and free the guest too soon.
 */
static void guest_ended(struct guest *guest, const char *reason)
{
	guest->ending = sd_event_source_disable_unref(guest->ending);
	guest_tell(guest, GUEST_ENDED, reason);
}

static int guest_on_ending(sd_event_source *source, uint64_t usec, void *data)
{
	struct guest *guest = data;
	const struct systemd_unit_status *status = systemd_unit_status(guest->unit);
	_cleanup_free_ char *words = NULL, *reason = NULL;
	char name[64];

	guest_unit_name(guest->system->definition->uuid, name);
	if (journal_last_words(status->invocation_id, name, guest->system->main_pid,
			       guest->since_us, LAST_WORDS_LINES, &words))
		words = NULL;
	if ((!words || !*words) && ++guest->ending_tries < ENDING_TRIES) {
		sd_event_source_set_time_relative(source, ENDING_INTERVAL_US);
		sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
		return 0;
	}
	if (status->exec_main_code == CLD_KILLED || status->exec_main_code == CLD_DUMPED)
		text_error(&reason, 0, "QEMU was ended by signal %d%s%s", status->exec_main_status,
			   words && *words ? ": " : "", words ? words : "");
	else
		text_error(&reason, 0, "QEMU failed%s%s", words && *words ? ": " : "",
			   words ? words : "");
	guest_ended(guest, reason ? reason : "QEMU failed");
	return 0;
}

static void guest_begin_ending(struct guest *guest)
{
	const char *reason = guest_end_reason(guest);

	if (guest->ending)
		return;
	if (reason || sd_event_add_time_relative(guest->env->event, &guest->ending, CLOCK_MONOTONIC,
						 ENDING_INTERVAL_US, 0, guest_on_ending, guest) < 0)
		guest_ended(guest, reason ? reason : "QEMU failed");
}

/* The unit has a process and a cgroup: open it. */
static void guest_unit_up(struct guest *guest, const struct systemd_unit_status *status)
{
	struct system *system = guest->system;
	char path[SLICE_PATH_SIZE];
	int fd;

	if (guest->cgroup_fd >= 0 || !status->main_pid || !*status->control_group)
		return;
	fd = guest_find_cgroup(guest, status->control_group, status->main_pid, path);
	if (fd < 0) {
		guest_tell(guest, GUEST_UNIT_LOST, strerror(-fd));
		return;
	}
	system->main_pid = status->main_pid;
	system->started_us = status->started_us;
	snprintf(guest->home, sizeof(guest->home), "%s", status->control_group);
	guest_adopt_cgroup(guest, fd, path);
	guest_tell(guest, GUEST_UNIT_READY, NULL);
}

/* A unit is inactive before it was started, too. */
static bool guest_unit_over(struct guest *guest, const struct systemd_unit_status *status)
{
	bool inactive = !strcmp(status->active_state, "inactive");

	if (!status->loaded || !strcmp(status->active_state, "failed"))
		return true;
	guest->unit_seen |= !inactive;
	return inactive && guest->unit_seen;
}

static void guest_on_unit(struct systemd_unit *unit, const struct systemd_unit_status *status,
			  const sd_bus_error *error, void *data)
{
	struct guest *guest = data;

	if (error)
		guest_tell(guest, GUEST_UNIT_LOST, error->message);
	else if (guest_unit_over(guest, status))
		guest_begin_ending(guest);
	else
		guest_unit_up(guest, status);
}

/**
 * guest_follow_unit() - follow the guest's unit; GUEST_UNIT_READY or GUEST_ENDED follows
 * @guest: guest
 *
 * Return: 0 or a negative errno.
 */
int guest_follow_unit(struct guest *guest)
{
	char name[64];

	guest_unit_name(guest->system->definition->uuid, name);
	return systemd_unit_new(guest->env->systemd, name, guest_on_unit, guest, &guest->unit);
}

/**
 * guest_leave_unit() - follow the guest's unit no more
 * @guest: guest; one that has ended, which is told in a moment, stays as it is
 */
void guest_leave_unit(struct guest *guest)
{
	if (!guest->ending)
		guest->unit = systemd_unit_free(guest->unit);
}

/**
 * guest_take_cpu_stat() - CPU time of a cgroup, into a sample
 * @sample: of now
 * @stat: as it was read
 */
void guest_take_cpu_stat(struct vm_sample *sample, const struct cgroup_cpu_stat *stat)
{
	sample->usage_us = stat->usage_us;
	sample->limited_us = stat->limited_us;
	sample->known |= VM_KNOWS_USAGE | (stat->limited_known ? VM_KNOWS_LIMITED : 0);
}

/**
 * guest_take_vcpus() - counters of one guest's virtual CPUs, into a sample
 * @sample: of now
 * @module_id: the guest
 * @vcpus: of all guests, from the module
 * @n_vcpus: how many
 */
void guest_take_vcpus(struct vm_sample *sample, uint32_t module_id, const struct genl_vcpu *vcpus,
		      size_t n_vcpus)
{
	for (size_t i = 0; i < n_vcpus; i++) {
		struct vcpu_sample *vcpu;

		if (vcpus[i].guest_id != module_id)
			continue;
		vcpu = vm_sample_vcpu(sample, vcpus[i].index);
		for (int a = 1; vcpu && a <= KVRM_A_VCPU_MAX; a++) {
			if (genl_vcpu_knows(&vcpus[i], a))
				vcpu_sample_set(vcpu, a, vcpus[i].value[a]);
		}
	}
}

/**
 * guest_take_flow() - what the module knows of a guest as a whole, into a sample
 * @sample: of now
 * @known: as the module has it
 */
void guest_take_flow(struct vm_sample *sample, const struct genl_guest *known)
{
	sample->demand_us = known->demand_us;
	sample->used_us = known->used_us;
	sample->entitled_us = known->entitled_us;
	sample->memory_entitled_bytes = known->memory_entitled_bytes;
	sample->memory_active_bytes = known->memory_active_bytes;
	sample->rate_hz = known->sample_rate_hz;
	sample->ring_missed = known->samples_missed;
	sample->known |= VM_KNOWS_FLOW | (known->memory_active_known ? VM_KNOWS_ACTIVE : 0) |
			 (known->samples_known ? VM_KNOWS_RING : 0) |
			 (known->stalls_known ? VM_KNOWS_STALLS : 0);
	memcpy(sample->stalls, known->stalls, sizeof(sample->stalls));
	sample->stall_ns = known->stall_ns;
	sample->overhead_known = known->overhead_known;
	memcpy(sample->overhead_ns, known->overhead_ns, sizeof(sample->overhead_ns));
}

/**
 * guest_sample() - measure a guest now
 * @guest: guest
 * @vcpus: of all guests, from the module
 * @n_vcpus: how many; 0 if the module is not there
 */
void guest_sample(struct guest *guest, const struct genl_vcpu *vcpus, size_t n_vcpus)
{
	struct vm_sample *sample = &guest->system->sample;
	const struct kvrm_counts before = sample->counts;
	struct cgroup_cpu_stat stat;

	vm_sample_deinit(sample);
	if (guest->cgroup_fd < 0)
		return;
	sample->time_us = realtime_us();
	sample->monotonic_us = monotonic_us();
	sample->times_since_us = guest->registered_us;
	/* What QEMU has answered since it was asked with the sample before. */
	for (size_t i = 0; i < guest->system->definition->n_disks; i++)
		sample->disks[i] = guest->disks[i].sample;
	if (!guest_read_cpu_stat(guest, &stat))
		guest_take_cpu_stat(sample, &stat);
	if (!guest_read_memory(guest, &sample->memory_bytes))
		sample->known |= VM_KNOWS_MEMORY;
	if (!guest_read_swap(guest, &sample->swapped_bytes))
		sample->known |= VM_KNOWS_SWAPPED;
	guest_read_counts(guest, &sample->counts);
	kvrm_counts_keep(&sample->counts, &before);
	if (guest->module_id)
		guest_take_vcpus(sample, guest->module_id, vcpus, n_vcpus);
}

/**
 * guest_sample_flow() - what the module knows of a guest as a whole, into the sample of now
 * @guest: was sampled
 * @known: as the module has it
 */
void guest_sample_flow(struct guest *guest, const struct genl_guest *known)
{
	if (guest->system->sample.time_us)
		guest_take_flow(&guest->system->sample, known);
}
