// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who could be adopted: QEMUs that are not kvrmd's own, as /proc shows them. If kvrm.conf(5) says so, they are adopted
 * by themselves: a look at all processes every few seconds costs less than to be told of every cgroup that comes.
 *
 * One that was seen twice is tried once: it has had the time to make its virtual machine, and what is refused then is
 * refused for good. One that was released is left alone.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/manager-adopt.h"
#include "daemon/util/log.h"
#include "daemon/wire/process.h"

#define INTERVAL_US 5000000ULL

/**
 * struct seen - a QEMU that was found
 * @pid: its process
 * @start_ticks: when that was started
 * @looks: in which it was found; @done once it is not looked at any more
 * @done: it was tried, or released
 * @present: found in the look under way
 */
struct seen {
	uint32_t pid;
	uint64_t start_ticks;
	unsigned int looks;
	bool done;
	bool present;
};

/**
 * struct discovery - see top
 * @timer: of the next look
 * @seen: found before, owned
 * @n: how many
 */
struct discovery {
	sd_event_source *timer;
	struct seen *seen;
	size_t n;
};

static bool is_adopted(const struct manager *m, pid_t pid)
{
	for (size_t i = 0; i < m->host.n_systems; i++) {
		if (m->host.systems[i]->adoption && m->host.systems[i]->main_pid == (uint32_t)pid)
			return true;
	}
	return false;
}

/* Return: whether it is one. */
static bool look_at(struct manager *m, pid_t pid, struct bus_foreign *ret, uint64_t *ret_start)
{
	_cleanup_definition_ struct definition *d = definition_new();
	char name[PROCESS_NAME_SIZE];
	struct process process;
	bool foreign = false;

	if (!d || is_adopted(m, pid) || process_read_name(NULL, pid, name) ||
	    !adoption_is_qemu(name))
		return false;
	if (!process_read(NULL, pid, &process) && *process.cgroup) {
		*ret = (struct bus_foreign){ .pid = (uint32_t)pid };
		adoption_place(process.cgroup, ret->cgroup, ret->manager);
		foreign = *ret->cgroup && !adoption_is_own(ret->cgroup);
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

static struct seen *remember(struct discovery *d, uint32_t pid, uint64_t start_ticks)
{
	struct seen *more;

	for (size_t i = 0; i < d->n; i++) {
		if (d->seen[i].pid == pid && d->seen[i].start_ticks == start_ticks)
			return &d->seen[i];
	}
	more = reallocarray(d->seen, d->n + 1, sizeof(*more));
	if (!more)
		return NULL;
	d->seen = more;
	d->seen[d->n] = (struct seen){ .pid = pid, .start_ticks = start_ticks };
	return &d->seen[d->n++];
}

/* Those that have ended. */
static void forget_absent(struct discovery *d)
{
	size_t kept = 0;

	for (size_t i = 0; i < d->n; i++) {
		if (d->seen[i].present)
			d->seen[kept++] = d->seen[i];
	}
	d->n = kept;
}

static void try(struct manager *m, const struct bus_foreign *one)
{
	_cleanup_free_ char *error = NULL;
	int r = manager_adopt_pid(m, one->pid, &error);

	if (r)
		log_warning("process %u, '%s' of %s, is not adopted: %s", one->pid, one->name,
			    one->manager, error ? error : strerror(-r));
}

static void consider(struct manager *m, const struct bus_foreign *one, uint64_t start_ticks)
{
	struct seen *seen = remember(m->discovery, one->pid, start_ticks);

	if (!seen)
		return;
	seen->present = true;
	if (seen->done || !seen->looks++)
		return;
	seen->done = true;
	if (m->conf->adopt == CONF_ADOPT_ALL || !strcmp(one->manager, ADOPTION_LIBVIRT))
		try(m, one);
}

static void look(struct manager *m)
{
	_cleanup_free_ pid_t *pids = NULL;
	size_t n = 0;

	if (process_list(NULL, &pids, &n))
		return;
	for (size_t i = 0; i < m->discovery->n; i++)
		m->discovery->seen[i].present = false;
	for (size_t i = 0; i < n; i++) {
		struct bus_foreign one;
		uint64_t start_ticks;

		if (look_at(m, pids[i], &one, &start_ticks))
			consider(m, &one, start_ticks);
	}
	forget_absent(m->discovery);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *data)
{
	struct manager *m = data;

	/* Nobody is adopted without it, nor while a change is under way. */
	if (genl_client_is_up(m->genl) && !m->changing)
		look(m);
	sd_event_source_set_time_relative(source, INTERVAL_US);
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
	r = sd_event_add_time_relative(m->event, &m->discovery->timer, CLOCK_MONOTONIC, 0, 0,
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
	struct seen *seen =
		m->discovery ? remember(m->discovery, adoption->pid, adoption->start_ticks) : NULL;

	if (seen)
		seen->done = true;
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
	free(m->discovery->seen);
	free(m->discovery);
	m->discovery = NULL;
}
