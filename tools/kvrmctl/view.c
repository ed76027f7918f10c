// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Views: keys, and what is above every page; see view.h.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tools/kvrmctl/guest.h"
#include "tools/kvrmctl/screen.h"
#include "tools/kvrmctl/table.h"
#include "tools/kvrmctl/view.h"

static const char *const help[] = {
	"Up, Down, Page Up, Page Down, Home, End   select a virtual system",
	"Enter         its virtual CPUs, network cards and disks; Escape: back",
	"u n r l d x m t   sort by used, name, ready, limited, demand, exits, memory,",
	"              traffic of the network; the same again: the other way",
	"s             sort by the next one",
	"f or /        filter: words that name, state, pool or reasons contain; Enter, Escape",
	"g             history: of what it may use, or of the time it was held back",
	"h or ?        this",
	"q             quit",
	"",
	"USED, DEMAND (would use, if nothing held it back) and ENTITLED (is due) are shares of",
	"one CPU. RUNNING, READY (wanted a CPU and had none), LIMITED (held back by a limit),",
	"HALTED and WAITING (for QEMU, memory, a disk or a lock) are parts of the time of all",
	"its virtual CPUs, and add up to 100 %. WHY says what holds it back. What does not fit",
	"into the width is left out, here and in the list.",
};

/* Letters that sort, in the order of enum order_key. */
static const char order_letters[ORDER_KEYS + 1] = "unrldxmt";

static void edit(struct view *view, int key)
{
	size_t length = strlen(view->filter);

	if (key == VIEW_KEY_ENTER) {
		view->editing = false;
	} else if (key == VIEW_KEY_ESCAPE) {
		snprintf(view->filter, sizeof(view->filter), "%s", view->before);
		view->editing = false;
	} else if (key == VIEW_KEY_BACKSPACE && length) {
		view->filter[length - 1] = '\0';
	} else if (key >= ' ' && key < 0x7f && length + 1 < sizeof(view->filter)) {
		view->filter[length] = (char)key;
		view->filter[length + 1] = '\0';
	}
}

/* How far a key moves. */
static long steps(const struct view *view, int key)
{
	long page = view->rows ? (long)view->rows : 1;

	switch (key) {
	case VIEW_KEY_UP:
		return -1;
	case VIEW_KEY_DOWN:
		return 1;
	case VIEW_KEY_PAGE_UP:
		return -page;
	case VIEW_KEY_PAGE_DOWN:
		return page;
	case VIEW_KEY_HOME:
		return -INT32_MAX;
	case VIEW_KEY_END:
		return INT32_MAX;
	default:
		return 0;
	}
}

static void move(struct view *view, const struct guests *guests, long by)
{
	size_t n;
	_cleanup_free_ const struct guest **visible = view_visible(view, guests, &n);
	long to;

	view_settle(view, visible, n);
	if (!n)
		return;
	to = (long)view->index + by;
	to = to < 0 ? 0 : to;
	view->index = to < (long)n ? (size_t)to : n - 1;
	snprintf(view->selected, sizeof(view->selected), "%s", guest_uuid(visible[view->index]));
}

static void scroll(struct view *view, long by)
{
	long to = (long)view->first + by;

	view->first = to < 0 ? 0 : (size_t)to;
}

static void open_page(struct view *view, enum view_page page)
{
	view->page = page;
	view->first = 0;
}

static void sort_by(struct view *view, enum order_key key)
{
	view->order.reverse = key == view->order.key && !view->order.reverse;
	view->order.key = key;
}

static void press_command(struct view *view, int key)
{
	const char *letter = strchr(order_letters, key);

	if (key == 's')
		sort_by(view, (view->order.key + 1) % ORDER_KEYS);
	else if (key == 'g')
		view->history = (view->history + 1) % HISTORY_KINDS;
	else if (letter)
		sort_by(view, (enum order_key)(letter - order_letters));
}

/**
 * view_press() - a key was pressed
 * @view: view
 * @scene: what is seen
 * @key: character, or VIEW_KEY_*
 *
 * Return: whether to go on.
 */
bool view_press(struct view *view, const struct scene *scene, int key)
{
	long by = steps(view, key);

	if (view->editing) {
		edit(view, key);
		return true;
	}
	if (key == 'q')
		return false;
	if (key == 'h' || key == '?') {
		open_page(view, VIEW_HELP);
	} else if (key == VIEW_KEY_ESCAPE || key == VIEW_KEY_BACKSPACE) {
		open_page(view, VIEW_LIST);
	} else if (by && view->page == VIEW_LIST) {
		move(view, scene->guests, by);
	} else if (by) {
		scroll(view, by);
	} else if (key == VIEW_KEY_ENTER) {
		open_page(view, view->page == VIEW_LIST ? VIEW_DETAILS : VIEW_LIST);
	} else if (key == 'f' || key == '/') {
		open_page(view, VIEW_LIST);
		memcpy(view->before, view->filter, sizeof(view->before));
		view->editing = true;
	} else if (key > 0 && key < 0x7f) {
		press_command(view, key);
	}
	return true;
}

static void draw_title(const struct view *view, const struct scene *scene, size_t visible,
		       struct screen *screen)
{
	const struct guests *guests = scene->guests;
	double used = 0;
	uint64_t memory = 0;
	char text[32];

	for (size_t i = 0; i < guests->n; i++) {
		used += isnan(guests->item[i].rates.used) ? 0 : guests->item[i].rates.used;
		memory += guests->item[i].rates.memory_bytes;
	}
	format_bytes(memory, text, sizeof(text));
	screen_add(screen, SCREEN_PLAIN,
		   "top  %s  %zu of %zu systems  %.2f CPUs, %s used  by %s%s  every %g s",
		   scene->clock, visible, guests->n, used, text, order_name(view->order.key),
		   view->order.reverse ? ", reverse" : "", (double)scene->interval_us / 1000000);
}

/* Below the title: what is wrong, what is typed, or which keys there are. */
static void draw_note(const struct view *view, const struct scene *scene, struct screen *screen)
{
	if (view->editing)
		screen_add(screen, SCREEN_PLAIN, "filter: %s_", view->filter);
	else if (scene->trouble)
		screen_add(screen, SCREEN_LOUD, "%s", scene->trouble);
	else if (view->page != VIEW_LIST)
		screen_add(screen, SCREEN_DIM, "Escape: back  Up, Down: scroll  q: quit");
	else if (*view->filter)
		screen_add(screen, SCREEN_DIM, "only those with: %s  (f: change)", view->filter);
	else
		screen_add(screen, SCREEN_DIM,
			   "q: quit  Enter: details  s: sort  f: filter  g: history  h: help");
}

static void draw_help(struct view *view, struct screen *screen)
{
	size_t above = screen->n;

	for (size_t i = 0; i < sizeof(help) / sizeof(help[0]); i++)
		screen_add(screen, SCREEN_PLAIN, "%s", help[i]);
	screen_scroll(screen, above, &view->first);
}

static const struct guest *find_selected(const struct view *view, const struct guests *guests)
{
	for (size_t i = 0; i < guests->n; i++) {
		if (!strcmp(guest_uuid(&guests->item[i]), view->selected))
			return &guests->item[i];
	}
	return NULL;
}

/**
 * view_draw() - what is to be on the terminal
 * @view: view; what it remembers of the list is brought up to date
 * @scene: what is seen
 * @screen: empty, with its size; gets lines, perhaps more than there is room for
 */
void view_draw(struct view *view, const struct scene *scene, struct screen *screen)
{
	size_t n;
	_cleanup_free_ const struct guest **visible = view_visible(view, scene->guests, &n);
	const struct guest *selected = find_selected(view, scene->guests);

	/* Whose details they were is gone. */
	if (view->page == VIEW_DETAILS && !selected)
		open_page(view, VIEW_LIST);
	draw_title(view, scene, n, screen);
	draw_note(view, scene, screen);
	if (view->page == VIEW_HELP)
		draw_help(view, screen);
	else if (view->page == VIEW_DETAILS)
		view_draw_details(view, scene, selected, screen);
	else
		view_draw_list(view, scene, visible, n, screen);
}
