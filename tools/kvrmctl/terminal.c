// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Terminal; see terminal.h.
 */
#include <curses.h>
#include <locale.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/kvrmctl/print.h"
#include "tools/kvrmctl/screen.h"
#include "tools/kvrmctl/terminal.h"
#include "tools/kvrmctl/view.h"

#define PAIR_LOUD 1
#define CTRL_L	  ('L' - '@')
/* What Escape alone is told from the keys by that begin with it. */
#define ESCAPE_MS 50

static SCREEN *terminal;

static void set_colours(void)
{
	const char *no_color = getenv("NO_COLOR");

	if (!has_colors() || (no_color && *no_color) || start_color() == ERR)
		return;
	use_default_colors();
	init_pair(PAIR_LOUD, COLOR_RED, -1);
}

/**
 * terminal_open() - take the terminal over
 *
 * Return: false: it is none that can be drawn on; it is as it was.
 */
bool terminal_open(void)
{
	char *cup;

	setlocale(LC_CTYPE, "");
	terminal = newterm(NULL, stdout, stdin);
	if (!terminal)
		return false;
	/* Without moving the cursor there is no drawing. */
	cup = tigetstr("cup");
	if (!cup || cup == (char *)-1) {
		terminal_close();
		return false;
	}
	cbreak();
	noecho();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	set_escdelay(ESCAPE_MS);
	curs_set(0);
	set_colours();
	return true;
}

/** terminal_close() - give the terminal back as it was */
void terminal_close(void)
{
	if (!terminal)
		return;
	endwin();
	delscreen(terminal);
	terminal = NULL;
}

/**
 * terminal_can_bars() - whether it has the characters that bars are drawn with; the kernel's console has not
 *
 * Return: whether.
 */
bool terminal_can_bars(void)
{
	const char *name = getenv("TERM");

	return print_can_lines() && name && strcmp(name, "linux") != 0;
}

/**
 * terminal_size() - its size now
 * @ret_width: characters
 * @ret_height: lines
 */
void terminal_size(size_t *ret_width, size_t *ret_height)
{
	*ret_width = (size_t)getmaxx(stdscr);
	*ret_height = (size_t)getmaxy(stdscr);
}

static chtype attribute(enum screen_style style)
{
	switch (style) {
	case SCREEN_DIM:
		return A_DIM;
	case SCREEN_LOUD:
		return A_BOLD | (has_colors() ? (chtype)COLOR_PAIR(PAIR_LOUD) : 0);
	case SCREEN_HEADER:
		return A_BOLD;
	case SCREEN_SELECTED:
		return A_REVERSE;
	default:
		return A_NORMAL;
	}
}

/**
 * terminal_draw() - draw what there is room for
 * @s: screen
 */
void terminal_draw(const struct screen *s)
{
	erase();
	for (size_t i = 0; i < s->n && (int)i < getmaxy(stdscr); i++) {
		attrset((int)attribute(s->line[i].style));
		mvaddstr((int)i, 0, s->line[i].text);
		if (s->line[i].style == SCREEN_SELECTED)
			mvchgat((int)i, 0, -1, A_REVERSE, 0, NULL);
	}
	attrset(A_NORMAL);
	refresh();
}

static int key_of(int key)
{
	switch (key) {
	case KEY_UP:
		return VIEW_KEY_UP;
	case KEY_DOWN:
		return VIEW_KEY_DOWN;
	case KEY_PPAGE:
		return VIEW_KEY_PAGE_UP;
	case KEY_NPAGE:
		return VIEW_KEY_PAGE_DOWN;
	case KEY_HOME:
		return VIEW_KEY_HOME;
	case KEY_END:
		return VIEW_KEY_END;
	case '\r':
	case '\n':
	case KEY_ENTER:
		return VIEW_KEY_ENTER;
	case '\033':
		return VIEW_KEY_ESCAPE;
	case KEY_BACKSPACE:
	case '\b':
	case 0x7f:
		return VIEW_KEY_BACKSPACE;
	case CTRL_L:
		clearok(curscr, TRUE);
		return TERMINAL_NO_KEY;
	default:
		return key > 0 && key < 0x7f ? key : TERMINAL_NO_KEY;
	}
}

/**
 * terminal_key() - the next key
 * @timeout_ms: for how long to wait for it
 *
 * Return: character, VIEW_KEY_*, TERMINAL_NO_KEY also if a signal came or the size changed, or TERMINAL_GONE.
 */
int terminal_key(int timeout_ms)
{
	struct pollfd fd = { .fd = STDIN_FILENO, .events = POLLIN };
	int key = getch();

	/* What ncurses has read already, or a new size, comes first. */
	if (key != ERR)
		return key_of(key);
	if (poll(&fd, 1, timeout_ms) < 1)
		return TERMINAL_NO_KEY;
	if (fd.revents & (POLLHUP | POLLERR | POLLNVAL))
		return TERMINAL_GONE;
	key = getch();
	return key == ERR ? TERMINAL_NO_KEY : key_of(key);
}
