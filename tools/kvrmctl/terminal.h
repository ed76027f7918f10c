/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The terminal, by ncurses: nothing else knows of that.
 */
#ifndef KVRMCTL_TERMINAL_H
#define KVRMCTL_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

struct screen;

/* Beside characters and VIEW_KEY_*. */
enum {
	TERMINAL_NO_KEY = -1,
	TERMINAL_GONE = -2,
};

bool terminal_open(void);
void terminal_close(void);
bool terminal_can_bars(void);
void terminal_size(size_t *ret_width, size_t *ret_height);
void terminal_draw(const struct screen *s);
int terminal_key(int timeout_ms);

#endif
