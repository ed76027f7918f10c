/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What top shows on a terminal, and what keys do to it. Pure; terminal.c is what draws.
 */
#ifndef KVRMCTL_VIEW_H
#define KVRMCTL_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/kvrmctl/history.h"
#include "tools/kvrmctl/order.h"

struct frame;
struct guest;
struct guests;
struct screen;

#define VIEW_FILTER_MAX 64

/* Keys that are no characters. */
enum {
	VIEW_KEY_UP = 0x1000,
	VIEW_KEY_DOWN,
	VIEW_KEY_PAGE_UP,
	VIEW_KEY_PAGE_DOWN,
	VIEW_KEY_HOME,
	VIEW_KEY_END,
	VIEW_KEY_ENTER,
	VIEW_KEY_ESCAPE,
	VIEW_KEY_BACKSPACE,
};

enum view_page {
	VIEW_LIST,
	VIEW_DETAILS, /* of the guest that is selected */
	VIEW_HELP,
};

/**
 * struct view - what is to be seen
 * @page: page
 * @order: of the guests
 * @filter: as for guest_matches()
 * @editing: the filter is being typed
 * @before: it, as it was before
 * @history: what of it is drawn
 * @selected: UUID of a guest; "": none yet
 * @index: where it was in the list last
 * @first: lines that are scrolled over
 * @rows: of the list that were seen last
 * @utf8: the terminal has bars
 */
struct view {
	enum view_page page;
	struct order order;
	char filter[VIEW_FILTER_MAX];
	bool editing;
	char before[VIEW_FILTER_MAX];
	enum history_kind history;
	char selected[37];
	size_t index;
	size_t first;
	size_t rows;
	bool utf8;
};

/**
 * struct scene - what there is to be seen
 * @frame: the looks
 * @guests: of it, in order
 * @histories: theirs
 * @clock: what time it is, as text
 * @interval_us: between the looks
 * @trouble: what is wrong, as text; NULL: nothing
 */
struct scene {
	const struct frame *frame;
	const struct guests *guests;
	const struct histories *histories;
	const char *clock;
	uint64_t interval_us;
	const char *trouble;
};

/* Return: whether to go on. */
bool view_press(struct view *view, const struct scene *scene, int key);
void view_draw(struct view *view, const struct scene *scene, struct screen *screen);

/* view-list.c */
const struct guest **view_visible(const struct view *view, const struct guests *guests,
				  size_t *ret_n);
void view_settle(struct view *view, const struct guest *const *visible, size_t n);
void view_draw_list(struct view *view, const struct scene *scene,
		    const struct guest *const *visible, size_t n, struct screen *screen);
/* view-details.c */
void view_draw_details(struct view *view, const struct scene *scene, const struct guest *guest,
		       struct screen *screen);

#endif
