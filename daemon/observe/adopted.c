// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An adopted guest, as it is observed; see adopted.h.
 *
 * That its process has ended is told by a descriptor of the process, which is opened before it is made sure that
 * this is the process meant: from then on no other can take its number unnoticed.
 */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>

#include "daemon/model/error.h"
#include "daemon/observe/adopted.h"
#include "daemon/util/clock.h"
#include "daemon/util/text.h"
#include "daemon/wire/cgroup.h"
#include "daemon/wire/process.h"
#include "kvrm/cpumax.h"

static int on_end(sd_event_source *source, int fd, uint32_t events, void *data)
{
	struct adopted *adopted = data;

	sd_event_source_set_enabled(source, SD_EVENT_OFF);
	adopted->ended(adopted, adopted->data);
	return 0;
}

/* Be told of the end of the process meant. */
static int watch(struct adopted *adopted, sd_event *event, char **ret_error)
{
	const struct adoption *a = adopted->system->adoption;
	_cleanup_close_ int fd = pidfd_open((pid_t)a->pid, 0);
	struct process process = { 0 };
	bool same;
	int r;

	if (fd < 0)
		return text_error(ret_error, errno == ESRCH ? ERROR_NOT_FOUND : -errno,
				  "process %u: %s", a->pid, strerror(errno));
	same = !process_read(NULL, (pid_t)a->pid, &process) &&
	       process.start_ticks == a->start_ticks;
	process_deinit(&process);
	if (!same)
		return text_error(ret_error, ERROR_NOT_FOUND, "process %u has ended", a->pid);
	r = sd_event_add_io(event, &adopted->end, fd, EPOLLIN, on_end, adopted);
	if (r >= 0)
		r = sd_event_source_set_io_fd_own(adopted->end, 1);
	if (r < 0)
		return r;
	(void)TAKE_FD(fd);
	return 0;
}

/* From ticks since the host was started to a time of day. */
static uint64_t started_us(uint64_t start_ticks)
{
	uint64_t up_us = start_ticks * 1000000 / (uint64_t)sysconf(_SC_CLK_TCK);

	return realtime_us() - clock_us(CLOCK_BOOTTIME) + up_us;
}

/**
 * adopted_new() - begin to observe
 * @env: for all guests; must stay
 * @system: with its adoption and its cgroup; not observed yet
 * @ended: called once, see struct adopted
 * @data: for @ended
 * @ret: to be freed with adopted_free()
 * @ret_error: sentence, to be freed
 *
 * Return: 0; ERROR_NOT_FOUND: its process or cgroup is gone; another negative errno.
 */
int adopted_new(const struct guest_env *env, struct system *system,
		void (*ended)(struct adopted *adopted, void *data), void *data,
		struct adopted **ret, char **ret_error)
{
	struct adopted *adopted = calloc(1, sizeof(*adopted));
	int r;

	if (!adopted)
		return -ENOMEM;
	*adopted = (struct adopted){ .system = system, .ended = ended, .data = data };
	adopted->cgroup_fd = cgroup_open(env->cgroup_root, system->control_group);
	system->adoption->watch = adopted;
	if (adopted->cgroup_fd < 0)
		r = text_error(ret_error, ERROR_NOT_FOUND, "cgroup '%s': %s", system->control_group,
			       strerror(-adopted->cgroup_fd));
	else
		r = watch(adopted, env->event, ret_error);
	if (r) {
		adopted_free(adopted);
		return r;
	}
	system->main_pid = system->adoption->pid;
	system->started_us = started_us(system->adoption->start_ticks);
	system_set_state(system, SYSTEM_ACTIVE, "");
	*ret = adopted;
	return 0;
}

/**
 * adopted_free() - observe no more; neither its process nor its cgroup are touched
 * @adopted: may be NULL
 *
 * Return: NULL.
 */
struct adopted *adopted_free(struct adopted *adopted)
{
	if (!adopted)
		return NULL;
	adopted->system->adoption->watch = NULL;
	sd_event_source_disable_unref(adopted->end);
	if (adopted->cgroup_fd >= 0)
		close(adopted->cgroup_fd);
	free(adopted);
	return NULL;
}

/**
 * adopted_of() - who observes a system that is adopted
 * @system: any
 *
 * Return: NULL: it is not adopted, or not observed.
 */
struct adopted *adopted_of(const struct system *system)
{
	return system->adoption ? system->adoption->watch : NULL;
}

/**
 * adopted_sample() - measure it now
 * @adopted: adopted guest
 * @vcpus: of all guests, from the module
 * @n_vcpus: how many; 0 if the module is not there
 */
void adopted_sample(struct adopted *adopted, const struct genl_vcpu *vcpus, size_t n_vcpus)
{
	struct vm_sample *sample = &adopted->system->sample;
	const struct kvrm_counts before = sample->counts;
	struct cgroup_cpu_stat stat;

	vm_sample_deinit(sample);
	sample->time_us = realtime_us();
	sample->monotonic_us = monotonic_us();
	sample->times_since_us = adopted->registered_us;
	if (!cgroup_read_cpu_stat(adopted->cgroup_fd, &stat))
		guest_take_cpu_stat(sample, &stat);
	if (!cgroup_read_memory(adopted->cgroup_fd, &sample->memory_bytes))
		sample->known |= VM_KNOWS_MEMORY;
	if (!cgroup_read_swap(adopted->cgroup_fd, &sample->swapped_bytes))
		sample->known |= VM_KNOWS_SWAPPED;
	cgroup_read_counts(adopted->cgroup_fd, &sample->counts);
	kvrm_counts_keep(&sample->counts, &before);
	if (adopted->module_id)
		guest_take_vcpus(sample, adopted->module_id, vcpus, n_vcpus);
}

/**
 * adopted_note_limits() - which limits the module holds, how often it samples, and how many virtual CPUs there are: more
 * may come
 * @adopted: adopted guest
 * @known: as the module has it
 *
 * Return: whether what is shown of it has changed.
 */
bool adopted_note_limits(struct adopted *adopted, const struct genl_guest *known)
{
	struct system *system = adopted->system;
	const struct system before = *system;
	const uint32_t vcpus = system->definition->vcpus;

	if (known->vcpus)
		system->definition->vcpus = known->vcpus;
	system->limit_applied_us =
		known->quota_us ? kvrm_cpumax_limit_us(known->quota_us, known->period_us) : 0;
	system->vcpu_limit_applied_us = known->vcpu_limit_us;
	system->sample_rate_applied_hz = known->sample_rate_hz;
	system->probes_applied = known->probes;
	system->enforced_by = known->limit_us || known->vcpu_limit_us ? SYSTEM_ENFORCED_MODULE
								      : SYSTEM_ENFORCED_NOT;
	return vcpus != system->definition->vcpus ||
	       before.limit_applied_us != system->limit_applied_us ||
	       before.vcpu_limit_applied_us != system->vcpu_limit_applied_us ||
	       before.sample_rate_applied_hz != system->sample_rate_applied_hz ||
	       before.probes_applied != system->probes_applied ||
	       before.enforced_by != system->enforced_by;
}

/**
 * adopted_note_module() - the module knows it
 * @adopted: adopted guest
 * @known: as the module has it
 * @added: it was added just now
 */
void adopted_note_module(struct adopted *adopted, const struct genl_guest *known, bool added)
{
	if (adopted->module_id != known->id) {
		adopted->module_id = known->id;
		adopted->registered_us = added ? realtime_us() : 0;
		adopted->reasserted = known->reasserted;
	}
	adopted->refused = false;
	adopted_note_limits(adopted, known);
}

/**
 * adopted_lose_module() - the module does not know it any more: it holds no limit, and has given back what it wrote
 * @adopted: adopted guest
 *
 * Return: whether what is shown of it has changed.
 */
bool adopted_lose_module(struct adopted *adopted)
{
	adopted->module_id = 0;
	adopted->registered_us = 0;
	return adopted_note_limits(adopted, &(struct genl_guest){ 0 });
}
