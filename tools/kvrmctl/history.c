// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Histories; see history.h.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/kvrmctl/guest.h"
#include "tools/kvrmctl/history.h"

#define LEVELS 8

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct history *)a)->uuid, ((const struct history *)b)->uuid);
}

static struct history *find(const struct histories *h, const char *uuid)
{
	struct history key = { 0 };

	snprintf(key.uuid, sizeof(key.uuid), "%s", uuid);
	return h->n ? bsearch(&key, h->item, h->n, sizeof(key), compare) : NULL;
}

/* Those that are new, with room for them; sorted in by whoever calls. */
static int find_or_new(struct histories *h, size_t sorted, const char *uuid, struct history **ret)
{
	const struct histories known = { .item = h->item, .n = sorted };
	struct history *more;

	*ret = find(&known, uuid);
	if (*ret)
		return 0;
	more = reallocarray(h->item, h->n + 1, sizeof(*more));
	if (!more)
		return -ENOMEM;
	h->item = more;
	*ret = &more[h->n++];
	**ret = (struct history){ 0 };
	snprintf((*ret)->uuid, sizeof((*ret)->uuid), "%s", uuid);
	return 0;
}

static void push(struct history *history, const struct guest *guest)
{
	size_t i = history->n++ % HISTORY_MAX;

	history->value[HISTORY_USED][i] = guest->rates.used / guest_ceiling(guest);
	history->value[HISTORY_HELD][i] =
		guest_share(guest, guest->rates.ready + guest->rates.limited);
}

static void drop_gone(struct histories *h)
{
	size_t kept = 0;

	for (size_t i = 0; i < h->n; i++) {
		if (h->item[i].seen == h->round)
			h->item[kept++] = h->item[i];
	}
	h->n = kept;
}

/**
 * histories_add() - go on by one
 * @h: histories; those of guests that are gone are forgotten
 * @guests: as they are now
 *
 * Return: 0 or -ENOMEM.
 */
int histories_add(struct histories *h, const struct guests *guests)
{
	size_t sorted = h->n;

	h->round++;
	for (size_t i = 0; i < guests->n; i++) {
		struct history *history;
		int r = find_or_new(h, sorted, guest_uuid(&guests->item[i]), &history);

		if (r < 0)
			return r;
		history->seen = h->round;
		push(history, &guests->item[i]);
	}
	drop_gone(h);
	if (h->n)
		qsort(h->item, h->n, sizeof(*h->item), compare);
	return 0;
}

/**
 * histories_find() - that of one guest
 * @h: histories
 * @uuid: whose
 *
 * Return: valid until the next histories_add(); NULL: there is none.
 */
const struct history *histories_find(const struct histories *h, const char *uuid)
{
	return find(h, uuid);
}

/**
 * histories_deinit() - free what they hold, and clear them
 * @h: may be all zero
 */
void histories_deinit(struct histories *h)
{
	free(h->item);
	*h = (struct histories){ 0 };
}

/* The character of a value: the lowest one is for next to nothing, a blank for what is not known. */
static const char *level(double value, bool utf8)
{
	static const char *const bars[LEVELS] = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
	static const char *const ascii[LEVELS] = { "_", ".", ":", "-", "=", "+", "*", "#" };
	int i;

	if (isnan(value))
		return " ";
	i = (int)ceil(fmin(fmax(value, 0), 1) * LEVELS) - 1;
	return (utf8 ? bars : ascii)[i < 0 ? 0 : i];
}

/**
 * history_draw() - a history as a line of characters, the newest on the right
 * @history: history; NULL: there is none
 * @kind: what of it
 * @width: characters, up to HISTORY_MAX; blank where nothing is known
 * @utf8: bars, else characters of ASCII
 * @buf: receives the text
 * @size: of @buf; 3 for each character and 1
 */
void history_draw(const struct history *history, enum history_kind kind, size_t width, bool utf8,
		  char *buf, size_t size)
{
	size_t n = history ? history->n : 0, used = 0;

	*buf = '\0';
	for (size_t i = width; i-- > 0;) {
		double value = NAN;

		if (i < n && i < HISTORY_MAX)
			value = history->value[kind][(n - 1 - i) % HISTORY_MAX];
		used += (size_t)snprintf(buf + used, size - used, "%s", level(value, utf8));
		if (used >= size)
			return;
	}
}
