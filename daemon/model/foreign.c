// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * QEMUs of others that were seen; see foreign.h.
 */
#include <stdlib.h>
#include <string.h>

#include "daemon/model/foreign.h"

/**
 * foreign_list_deinit() - forget all
 * @list: filled in, or all zero
 */
void foreign_list_deinit(struct foreign_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->items[i].refusal);
	free(list->items);
	*list = (struct foreign_list){ 0 };
}

/* Return: NULL: no memory. */
static struct foreign *find(struct foreign_list *list, uint32_t pid, uint64_t start_ticks)
{
	struct foreign *more;

	for (size_t i = 0; i < list->n; i++) {
		if (list->items[i].pid == pid && list->items[i].start_ticks == start_ticks) {
			list->items[i].present = true;
			return &list->items[i];
		}
	}
	more = reallocarray(list->items, list->n + 1, sizeof(*more));
	if (!more)
		return NULL;
	list->items = more;
	more[list->n] = (struct foreign){ .pid = pid, .start_ticks = start_ticks, .present = true };
	return &more[list->n++];
}

/**
 * foreign_begin_look() - a look at all processes begins
 * @list: seen before
 */
void foreign_begin_look(struct foreign_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		list->items[i].present = false;
}

/**
 * foreign_is_due() - a look has found one
 * @list: seen before
 * @pid: its process
 * @start_ticks: when that was started
 *
 * Return: whether it is to be tried now.
 */
bool foreign_is_due(struct foreign_list *list, uint32_t pid, uint64_t start_ticks)
{
	struct foreign *foreign = find(list, pid, start_ticks);

	return foreign && !foreign->left_alone && foreign->looks++ % FOREIGN_TRIES_EVERY == 1;
}

/**
 * foreign_refused() - one that was due was refused
 * @list: it is in
 * @pid: its process
 * @start_ticks: when that was started
 * @why: sentence
 *
 * Return: whether that is to be told: it was not before.
 */
bool foreign_refused(struct foreign_list *list, uint32_t pid, uint64_t start_ticks, const char *why)
{
	struct foreign *foreign = find(list, pid, start_ticks);

	if (!foreign)
		return true;
	if (foreign->refusal && !strcmp(foreign->refusal, why))
		return false;
	free(foreign->refusal);
	foreign->refusal = strdup(why);
	return true;
}

/**
 * foreign_end_look() - a look has ended: those that it has not found have ended, or were adopted
 * @list: seen before
 */
void foreign_end_look(struct foreign_list *list)
{
	size_t kept = 0;

	for (size_t i = 0; i < list->n; i++) {
		if (list->items[i].present)
			list->items[kept++] = list->items[i];
		else
			free(list->items[i].refusal);
	}
	list->n = kept;
}

/**
 * foreign_leave_alone() - one was released: it is due no more. The look under way, which may have passed it by, has
 * found it
 * @list: seen before
 * @pid: its process
 * @start_ticks: when that was started
 */
void foreign_leave_alone(struct foreign_list *list, uint32_t pid, uint64_t start_ticks)
{
	struct foreign *foreign = find(list, pid, start_ticks);

	if (foreign)
		foreign->left_alone = true;
}
