// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The list of guests of a view; see view.h.
 */
#include <stdio.h>
#include <string.h>

#include "tools/kvrmctl/guest.h"
#include "tools/kvrmctl/guest-table.h"
#include "tools/kvrmctl/screen.h"
#include "tools/kvrmctl/table.h"
#include "tools/kvrmctl/value.h"
#include "tools/kvrmctl/view.h"

/* Columns of the history, on a terminal with this many or more. */
#define WIDE	     120
#define HISTORY_WIDE 24
#define HISTORY_THIN 12

/**
 * view_visible() - the guests that the filter lets pass, in order
 * @view: view
 * @guests: guests
 * @ret_n: how many
 *
 * Return: list, to be freed; NULL, and none, without memory.
 */
const struct guest **view_visible(const struct view *view, const struct guests *guests,
				  size_t *ret_n)
{
	const struct guest **visible = calloc(guests->n + 1, sizeof(struct guest *));

	*ret_n = 0;
	for (size_t i = 0; visible && i < guests->n; i++) {
		if (guest_matches(&guests->item[i], view->filter))
			visible[(*ret_n)++] = &guests->item[i];
	}
	return visible;
}

/**
 * view_settle() - see to it that one of the guests is selected: the same as before wherever it is now, or, if it is
 * gone, the one in its place
 * @view: view
 * @visible: guests
 * @n: how many; 0: nothing changes
 */
void view_settle(struct view *view, const struct guest *const *visible, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!strcmp(guest_uuid(visible[i]), view->selected)) {
			view->index = i;
			return;
		}
	}
	if (!n)
		return;
	view->index = view->index < n ? view->index : n - 1;
	snprintf(view->selected, sizeof(view->selected), "%s", guest_uuid(visible[view->index]));
}

/* The window of the list must show the one that is selected. */
static void follow(struct view *view, size_t n, size_t rows)
{
	size_t last = n > rows ? n - rows : 0;

	if (view->first > view->index)
		view->first = view->index;
	if (rows && view->index >= view->first + rows)
		view->first = view->index - rows + 1;
	view->first = view->first < last ? view->first : last;
	view->rows = rows;
}

static void add_guest(struct table *t, const struct view *view, const struct scene *scene,
		      const struct guest *guest)
{
	size_t width = t->width < WIDE ? HISTORY_THIN : HISTORY_WIDE;
	char history[3 * HISTORY_WIDE + 1];

	if (scene->trouble || !guest_is_measured(guest))
		table_style(t, TABLE_DIM);
	history_draw(histories_find(scene->histories, guest_uuid(guest)), view->history, width,
		     view->utf8, history, sizeof(history));
	guest_table_add(t, guest, history);
}

/**
 * view_draw_list() - add the list to what is above it
 * @view: view
 * @scene: what is seen
 * @visible: guests that are in it
 * @n: how many
 * @screen: screen
 */
void view_draw_list(struct view *view, const struct scene *scene,
		    const struct guest *const *visible, size_t n, struct screen *screen)
{
	size_t above = screen->n + 1;
	_cleanup_table_ struct table t = { .width = screen->width };

	view_settle(view, visible, n);
	follow(view, n, screen->height > above ? screen->height - above : 0);
	guest_table_begin(&t, true);
	for (size_t i = 0; i < n; i++)
		add_guest(&t, view, scene, visible[i]);
	screen_add_table(screen, &t);
	if (n && above + view->index < screen->n)
		screen->line[above + view->index].style = SCREEN_SELECTED;
	screen_scroll(screen, above, &view->first);
}
