// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Calls that are answered later: when a job, QEMU's reply or QEMU's end comes.
 */
#include <errno.h>
#include <stdlib.h>

#include "daemon/manager/internal.h"

/**
 * manager_wait() - remember a call that is answered later
 * @m: manager
 * @system: which the call is about
 * @call: answered at once if there is no memory
 *
 * Return: to be given to manager_answer(); NULL if there is no memory.
 */
struct waiting *manager_wait(struct manager *m, struct system *system, struct bus_call *call)
{
	struct waiting *w = calloc(1, sizeof(*w));

	if (!w) {
		bus_reply(call, -ENOMEM, NULL);
		return NULL;
	}
	w->manager = m;
	w->system = system;
	w->call = call;
	w->next = m->pending;
	m->pending = w;
	return w;
}

/**
 * manager_answer() - answer, if that was not done yet, and forget, unless a callback is outstanding
 * @w: call that waits
 * @error: 0 or an ERROR_*
 * @text: sentence if @error is not 0
 */
void manager_answer(struct waiting *w, int error, const char *text)
{
	struct waiting **at = &w->manager->pending;

	if (w->call) {
		while (*at != w)
			at = &(*at)->next;
		*at = w->next;
		w->timer = sd_event_source_disable_unref(w->timer);
		bus_reply(w->call, error, text);
		w->call = NULL;
	}
	if (!w->asked)
		free(w);
}

/**
 * manager_answer_ended() - answer the calls that waited for a system's end
 * @m: manager
 * @system: its QEMU is gone
 */
void manager_answer_ended(struct manager *m, struct system *system)
{
	struct waiting *w, *next;

	for (w = m->pending; w; w = next) {
		next = w->next;
		if (w->system == system && w->until_end)
			manager_answer(w, 0, NULL);
	}
}

/**
 * manager_free_waiting() - answer everybody: kvrmd ends
 * @m: manager
 */
void manager_free_waiting(struct manager *m)
{
	m->change = change_free(m->change);
	m->relocation = relocation_free(m->relocation);
	if (m->alone)
		bus_reply(m->alone, -ESHUTDOWN, "kvrmd is ending");
	m->alone = NULL;
	while (m->pending)
		manager_answer(m->pending, -ESHUTDOWN, "kvrmd is ending");
}
