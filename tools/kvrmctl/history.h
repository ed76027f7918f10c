/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What guests did of late, and how it looks in a line. Pure.
 */
#ifndef KVRMCTL_HISTORY_H
#define KVRMCTL_HISTORY_H

#include <stdbool.h>
#include <stddef.h>

#include "daemon/util/cleanup.h"

struct guest;
struct guests;

/* As many columns as are of use. */
#define HISTORY_MAX 60

enum history_kind {
	HISTORY_USED, /* of what it could use at most */
	HISTORY_HELD, /* part of its time in which it was ready or limited */
	HISTORY_KINDS,
};

/**
 * struct history - of one guest
 * @uuid: whose
 * @value: by kind, 0 to 1, NAN: not known; a ring
 * @n: how many were ever added
 * @seen: when it was added to last, as histories.round
 */
struct history {
	char uuid[37];
	double value[HISTORY_KINDS][HISTORY_MAX];
	size_t n;
	size_t seen;
};

/**
 * struct histories - of all guests
 * @item: @n of them, by UUID; owned
 * @n: number
 * @round: how often they were added to
 */
struct histories {
	struct history *item;
	size_t n;
	size_t round;
};

int histories_add(struct histories *h, const struct guests *guests);
const struct history *histories_find(const struct histories *h, const char *uuid);
void histories_deinit(struct histories *h);
void history_draw(const struct history *history, enum history_kind kind, size_t width, bool utf8,
		  char *buf, size_t size);

#endif
