// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kvrmctl top on a terminal: looks when they are due, keys at any time.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "daemon/util/clock.h"
#include "tools/kvrmctl/command.h"
#include "tools/kvrmctl/ending.h"
#include "tools/kvrmctl/screen.h"
#include "tools/kvrmctl/terminal.h"
#include "tools/kvrmctl/top.h"
#include "tools/kvrmctl/value.h"
#include "tools/kvrmctl/view.h"

/* How long after a look that brought nothing new another one is taken. */
#define RETRY_US 100000
/* The clock is drawn. */
#define IDLE_MS 1000
/* An answer that takes longer than this is trouble. */
#define PATIENCE_US 2000000
/* Numbers that are older than the interval and this are said to be old. */
#define OLD_US 5000000
/* What kvrmd has not measured again after its longest sample interval, a minute, it does not measure any more. */
#define STALE_US 65000000

/**
 * struct live - what is on the terminal
 * @client: connected, or not any more
 * @top: what was asked for
 * @view: what is to be seen
 * @before: look before the last one
 * @after: last look
 * @guests: between them
 * @histories: of the guests
 * @taken: looks that brought something new
 * @taken_us: when the last of them was, CLOCK_MONOTONIC
 * @due_us: when the next look is, CLOCK_MONOTONIC
 * @asked_us: when kvrmd was asked for what it has not answered yet, likewise; 0: it has
 * @trouble: why there is no newer one; "": all is well
 * @ended: the user wants no more, or the terminal is gone
 */
struct live {
	struct client *client;
	const struct top *top;
	struct view view;
	struct look before;
	struct look after;
	struct guests guests;
	struct histories histories;
	uint64_t taken;
	uint64_t taken_us;
	uint64_t due_us;
	uint64_t asked_us;
	char trouble[320];
	bool ended;
};

static void format_clock(char *buf, size_t size)
{
	time_t now = time(NULL);
	struct tm tm;

	*buf = '\0';
	if (localtime_r(&now, &tm))
		strftime(buf, size, "%H:%M:%S", &tm);
}

/* What is to be seen; @frame and @clock are what it points to. */
static struct scene scene_of(const struct live *l, struct frame *frame, const char *clock)
{
	*frame = (struct frame){ .client = l->client,
				 .before = &l->before,
				 .after = &l->after,
				 .names = l->top->names };
	return (struct scene){ .frame = frame,
			       .guests = &l->guests,
			       .histories = &l->histories,
			       .clock = clock,
			       .interval_us = l->top->interval_us };
}

/* Why what is seen is old; empty if it is not. */
static void find_trouble(const struct live *l, char *buf, size_t size)
{
	uint64_t now_us = monotonic_us();
	uint64_t age_us = now_us - l->taken_us;

	if (*l->trouble)
		snprintf(buf, size, "%s", l->trouble);
	else if (l->asked_us && now_us - l->asked_us > PATIENCE_US)
		snprintf(buf, size, "kvrmd has not answered for %llu s",
			 (unsigned long long)((now_us - l->asked_us) / 1000000));
	else if (age_us > l->top->interval_us + OLD_US)
		snprintf(buf, size, "kvrmd has measured nothing new for %llu s",
			 (unsigned long long)(age_us / 1000000));
	else
		*buf = '\0';
}

static void draw(struct live *l)
{
	_cleanup_screen_ struct screen screen = { 0 };
	struct frame frame;
	struct scene scene;
	char clock[16], trouble[320];

	format_clock(clock, sizeof(clock));
	find_trouble(l, trouble, sizeof(trouble));
	scene = scene_of(l, &frame, clock);
	scene.trouble = *trouble ? trouble : NULL;
	terminal_size(&screen.width, &screen.height);
	order_apply(&l->view.order, &l->guests);
	view_draw(&l->view, &scene, &screen);
	terminal_draw(&screen);
}

/* Wait for a key at most so long, do what it says, and draw. */
static void heed_key(struct live *l, int timeout_ms)
{
	struct frame frame;
	struct scene scene = scene_of(l, &frame, "");
	int key = terminal_key(timeout_ms);

	if (key == TERMINAL_GONE || ending_is_asked())
		l->ended = true;
	else if (key != TERMINAL_NO_KEY && !view_press(&l->view, &scene, key))
		l->ended = true;
	if (!l->ended)
		draw(l);
}

/* While kvrmd makes us wait. */
static bool idle(void *data)
{
	struct live *l = data;

	heed_key(l, 0);
	return !l->ended;
}

/* A newer look becomes the last one. */
static int advance(struct live *l, struct look *newer)
{
	_cleanup_guests_ struct guests guests = { 0 };
	int status = top_guests(l->client, l->top, &l->after, newer, &guests);

	if (status == EXIT_OK && histories_add(&l->histories, &guests) < 0)
		status = client_complain(l->client, EXIT_FAILED, NULL, NULL, strerror(ENOMEM));
	if (status != EXIT_OK)
		return status;
	guests_deinit(&l->guests);
	l->guests = guests;
	guests = (struct guests){ 0 };
	look_deinit(&l->before);
	l->before = l->after;
	l->after = *newer;
	*newer = (struct look){ 0 };
	l->taken++;
	l->taken_us = monotonic_us();
	return EXIT_OK;
}

static void note_trouble(struct live *l)
{
	char clock[16];

	/* Since when it is so stays. */
	if (*l->trouble)
		return;
	format_clock(clock, sizeof(clock));
	snprintf(l->trouble, sizeof(l->trouble), "since %s kvrmd does not answer: %s", clock,
		 l->client->said);
}

static uint64_t retry_us(const struct live *l)
{
	return l->top->ring ? l->top->interval_us : RETRY_US;
}

static void refresh(struct live *l)
{
	_cleanup_look_ struct look look = { 0 };
	bool stale = monotonic_us() - l->taken_us > STALE_US + l->top->interval_us;
	bool newer = false;
	int status = client_reopen(l->client);

	l->asked_us = monotonic_us();
	if (status == EXIT_OK)
		status = top_take_newer(l->client, l->top, stale ? NULL : &l->after, &look, &newer);
	if (newer)
		status = advance(l, &look);
	if (l->ended)
		return;
	if (status == EXIT_OK)
		l->trouble[0] = '\0';
	else
		note_trouble(l);
	l->due_us = newer || status != EXIT_OK ? l->asked_us + l->top->interval_us
					       : monotonic_us() + retry_us(l);
	l->asked_us = 0;
}

static bool is_over(const struct live *l)
{
	return l->ended || (l->top->count && l->taken >= l->top->count);
}

static void show(struct live *l)
{
	draw(l);
	while (!is_over(l)) {
		uint64_t now_us = monotonic_us();
		uint64_t left_ms = l->due_us > now_us ? (l->due_us - now_us + 999) / 1000 : 0;

		if (!left_ms)
			refresh(l);
		else
			heed_key(l, (int)(left_ms < IDLE_MS ? left_ms : IDLE_MS));
		if (!left_ms && !l->ended)
			heed_key(l, 0);
	}
}

static void live_deinit(struct live *l)
{
	guests_deinit(&l->guests);
	histories_deinit(&l->histories);
	look_deinit(&l->before);
	look_deinit(&l->after);
}

static int begin(struct live *l)
{
	int status = look_take(l->client, &l->after);

	if (status == EXIT_OK)
		status = look_check_names(l->client, l->top->names, &l->after);
	if (status != EXIT_OK)
		return status;
	l->taken_us = monotonic_us();
	l->due_us = l->taken_us + l->top->interval_us;
	l->view.order = l->top->order;
	snprintf(l->view.filter, sizeof(l->view.filter), "%s", l->top->filter);
	/* There are no rates yet, but names. */
	return top_guests(l->client, l->top, &l->before, &l->after, &l->guests);
}

/**
 * top_live() - show guests on the terminal until the user ends it
 * @client: connected
 * @top: what is asked for
 *
 * Return: exit status.
 */
int top_live(struct client *client, const struct top *top)
{
	struct live l = { .client = client, .top = top };
	int status = begin(&l);

	if (status == EXIT_OK && !terminal_open())
		status = client_complain(client, EXIT_USAGE, "top", NULL,
					 "this terminal (TERM) cannot be drawn on; --batch, --csv "
					 "and --json do without");
	if (status == EXIT_OK) {
		l.view.utf8 = terminal_can_bars();
		client->keep = true;
		client->no_start = true;
		client->idle = idle;
		client->idle_data = &l;
		show(&l);
		terminal_close();
		client->keep = false;
		client->idle = NULL;
	}
	live_deinit(&l);
	return status;
}
