// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who could be adopted: QEMUs that are not kvrmd's own, as /proc shows them. If kvrm.conf(5) says so, they are adopted
 * by themselves: a look at all processes every few seconds costs less than to be told of every cgroup that comes. A
 * look is made in parts, between which kvrmd does all else. Whose turn it is foreign.h knows.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/manager-adopt.h"
#include "daemon/model/foreign.h"
#include "daemon/util/log.h"
#include "daemon/wire/process.h"

#define INTERVAL_US 2000000ULL
/* So many processes are looked at in one go. */
#define PART 64

/**
 * struct discovery - see top
 * @timer: of the next part of a look, or of the next look
 * @seen: in looks before
 * @pids: of the look under way, owned; NULL: none is
 * @n_pids: how many
 * @next: of @pids, that was not looked at
 */
struct discovery {
	sd_event_source *timer;
	struct foreign_list seen;
	pid_t *pids;
	size_t n_pids;
	size_t next;
};

/* Return: whether it is one. */
static bool look_at(struct manager *m, pid_t pid, struct bus_foreign *ret, uint64_t *ret_start)
{
	_cleanup_definition_ struct definition *d = NULL;
	char name[PROCESS_NAME_SIZE];
	struct process process;
	bool foreign = false;

	if (process_read_name(NULL, pid, name) || !adoption_is_qemu(name) ||
	    manager_find_process(m, (uint32_t)pid))
		return false;
	d = definition_new();
	if (!process_read(NULL, pid, &process) && *process.cgroup && d) {
		*ret = (struct bus_foreign){ .pid = (uint32_t)pid };
		foreign = !adoption_place(process.cgroup, ret->cgroup, ret->manager) &&
			  !adoption_is_own(ret->cgroup);
		adoption_read_arguments(d, process.arguments, process.arguments_size);
		if (!*d->name)
			adoption_name(d, ret->cgroup);
		strcpy(ret->name, d->name);
		*ret_start = process.start_ticks;
	}
	process_deinit(&process);
	return foreign;
}

/**
 * manager_op_list_foreign() - the QEMUs that could be adopted
 * @ret: array to be freed
 * @ret_n: how many
 * @data: manager
 *
 * Return: 0 or a negative errno.
 */
int manager_op_list_foreign(struct bus_foreign **ret, size_t *ret_n, void *data)
{
	_cleanup_free_ struct bus_foreign *all = NULL;
	_cleanup_free_ pid_t *pids = NULL;
	size_t n_pids = 0, n = 0;
	uint64_t start_ticks;
	int r = process_list(NULL, &pids, &n_pids);

	for (size_t i = 0; !r && i < n_pids; i++) {
		struct bus_foreign one, *more;

		if (!look_at(data, pids[i], &one, &start_ticks))
			continue;
		more = reallocarray(all, n + 1, sizeof(*more));
		if (!more)
			return -ENOMEM;
		all = more;
		all[n++] = one;
	}
	if (r)
		return r;
	*ret = TAKE_PTR(all);
	*ret_n = n;
	return 0;
}

static void try(struct manager *m, const struct bus_foreign *one, uint64_t start_ticks)
{
	_cleanup_free_ char *error = NULL;
	int r = manager_adopt_pid(m, one->pid, &error);
	const char *why = error ? error : strerror(-r);

	if (r && foreign_refused(&m->discovery->seen, one->pid, start_ticks, why))
		log_warning("process %u, '%s' of %s, is not adopted: %s", one->pid, one->name,
			    one->manager, why);
}

static bool is_wanted(const struct manager *m, const struct bus_foreign *one)
{
	return m->conf->adopt == CONF_ADOPT_ALL || !strcmp(one->manager, ADOPTION_LIBVIRT);
}

static bool begin_look(struct discovery *d)
{
	if (process_list(NULL, &d->pids, &d->n_pids))
		return false;
	d->next = 0;
	foreign_begin_look(&d->seen);
	return true;
}

static void end_look(struct discovery *d)
{
	free(d->pids);
	d->pids = NULL;
	foreign_end_look(&d->seen);
}

/* Return: whether the look goes on. */
static bool look(struct manager *m)
{
	struct discovery *d = m->discovery;

	if (!d->pids && !begin_look(d))
		return false;
	for (size_t i = 0; i < PART && d->next < d->n_pids; i++) {
		struct bus_foreign one;
		uint64_t start_ticks;

		if (look_at(m, d->pids[d->next++], &one, &start_ticks) && is_wanted(m, &one) &&
		    foreign_is_due(&d->seen, one.pid, start_ticks))
			try(m, &one, start_ticks);
	}
	if (d->next < d->n_pids)
		return true;
	end_look(d);
	return false;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *data)
{
	struct manager *m = data;
	bool goes_on = false;

	/* Nobody is adopted without it, nor while a change is under way. */
	if (genl_client_is_up(m->genl) && !m->changing)
		goes_on = look(m);
	sd_event_source_set_time_relative(source, goes_on ? 0 : INTERVAL_US);
	sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
	return 0;
}

/**
 * manager_begin_discovery() - begin to adopt guests by themselves, if the configuration says so
 * @m: manager
 *
 * Return: 0 or a negative errno.
 */
int manager_begin_discovery(struct manager *m)
{
	int r;

	if (m->conf->adopt == CONF_ADOPT_NONE)
		return 0;
	m->discovery = calloc(1, sizeof(*m->discovery));
	if (!m->discovery)
		return -ENOMEM;
	r = sd_event_add_time_relative(m->event, &m->discovery->timer, CLOCK_MONOTONIC, 0, 1,
				       on_timer, m);
	return r < 0 ? r : 0;
}

/**
 * manager_leave_alone() - a guest was released: it is not adopted by itself again
 * @m: manager
 * @adoption: of the guest
 */
void manager_leave_alone(struct manager *m, const struct adoption *adoption)
{
	if (m->discovery)
		foreign_leave_alone(&m->discovery->seen, adoption->pid, adoption->start_ticks);
}

/**
 * manager_end_discovery() - undo manager_begin_discovery()
 * @m: manager
 */
void manager_end_discovery(struct manager *m)
{
	if (!m->discovery)
		return;
	sd_event_source_disable_unref(m->discovery->timer);
	foreign_list_deinit(&m->discovery->seen);
	free(m->discovery->pids);
	free(m->discovery);
	m->discovery = NULL;
}
