/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines of a terminal, before they are on it. Pure.
 */
#ifndef KVRMCTL_SCREEN_H
#define KVRMCTL_SCREEN_H

#include <stddef.h>

#include "daemon/util/cleanup.h"

struct table;

enum screen_style {
	SCREEN_PLAIN,
	SCREEN_DIM,
	SCREEN_LOUD,
	SCREEN_HEADER,
	SCREEN_SELECTED,
};

/**
 * struct screen_line - one line
 * @text: UTF-8, each character one column wide, no wider than the screen; owned
 * @style: of all of it
 */
struct screen_line {
	char *text;
	enum screen_style style;
};

/**
 * struct screen - lines, from above
 * @width: of the terminal, in characters
 * @height: likewise
 * @line: @n of them, perhaps more than there is room for; owned
 * @n: number
 */
struct screen {
	size_t width;
	size_t height;
	struct screen_line *line;
	size_t n;
};

void screen_add(struct screen *s, enum screen_style style, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void screen_add_table(struct screen *s, const struct table *t);
void screen_scroll(struct screen *s, size_t above, size_t *first);
void screen_deinit(struct screen *s);
#define _cleanup_screen_ _cleanup_(screen_deinit)

#endif
