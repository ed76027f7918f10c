// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lines of a terminal; see screen.h. Without memory the program ends, as in tables.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tools/kvrmctl/screen.h"
#include "tools/kvrmctl/table.h"

/* What would move the cursor, from whoever named a thing, is not for a terminal. */
static void tame(char *text)
{
	for (; *text; text++) {
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			*text = '?';
	}
}

static void add(struct screen *s, enum screen_style style, const char *text)
{
	int bytes = (int)table_text_bytes(text, s->width);
	struct screen_line *more = reallocarray(s->line, s->n + 1, sizeof(*more));

	if (!more) {
		fprintf(stderr, "kvrmctl: no memory\n");
		exit(EXIT_FAILURE);
	}
	s->line = more;
	more[s->n].style = style;
	more[s->n].text = format_text("%.*s", bytes, text);
	tame(more[s->n++].text);
}

/**
 * screen_add() - add a line
 * @s: screen
 * @style: of the line
 * @format: of its text, which is cut
 */
void screen_add(struct screen *s, enum screen_style style, const char *format, ...)
{
	_cleanup_free_ char *text = NULL;
	va_list list;

	va_start(list, format);
	if (vasprintf(&text, format, list) < 0)
		text = NULL;
	va_end(list);
	add(s, style, text ? text : "");
}

/**
 * screen_add_table() - add the lines of a table, its header first
 * @s: screen
 * @t: table, as wide as the screen, without colours
 */
void screen_add_table(struct screen *s, const struct table *t)
{
	static const enum screen_style styles[] = {
		[TABLE_PLAIN] = SCREEN_PLAIN,
		[TABLE_DIM] = SCREEN_DIM,
		[TABLE_LOUD] = SCREEN_LOUD,
	};
	_cleanup_free_ char *text = NULL;
	size_t size, line = 0;
	FILE *file = open_memstream(&text, &size);
	char *rest;

	if (!file)
		return;
	table_print(t, file);
	if (fclose(file))
		return;
	rest = text;
	for (char *next = strsep(&rest, "\n"); rest; next = strsep(&rest, "\n"), line++) {
		if (!line)
			add(s, SCREEN_HEADER, next);
		else
			add(s, line <= t->n_styles ? styles[t->styles[line - 1]] : SCREEN_PLAIN,
			    next);
	}
}

/**
 * screen_scroll() - take away lines that are scrolled over
 * @s: screen
 * @above: lines at its top that stay
 * @first: how many behind them go; made less if that is more than there is
 */
void screen_scroll(struct screen *s, size_t above, size_t *first)
{
	size_t most = s->n > s->height ? s->n - s->height : 0;

	*first = *first < most ? *first : most;
	if (above + *first > s->n)
		return;
	for (size_t i = above; i < above + *first; i++)
		free(s->line[i].text);
	memmove(s->line + above, s->line + above + *first,
		(s->n - above - *first) * sizeof(*s->line));
	s->n -= *first;
}

/**
 * screen_deinit() - free the lines
 * @s: screen
 */
void screen_deinit(struct screen *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->line[i].text);
	free(s->line);
	s->line = NULL;
	s->n = 0;
}
