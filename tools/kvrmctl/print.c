// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Answers on standard output.
 */
#include <json-c/json.h>
#include <langinfo.h>
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/kvrmctl/print.h"
#include "tools/kvrmctl/value.h"

#define TITLE_WIDTH 17

/**
 * print_json() - a value: indented on a terminal, else on one line
 * @value: value
 */
void print_json(struct json_object *value)
{
	int flags = JSON_C_TO_STRING_NOSLASHESCAPE;

	flags |= isatty(STDOUT_FILENO) ? JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED
				       : JSON_C_TO_STRING_PLAIN;
	puts(json_object_to_json_string_ext(value, flags));
}

/**
 * print_field() - a line with a title
 * @title: up to 16 characters
 * @format: of the rest
 */
void print_field(const char *title, const char *format, ...)
{
	va_list list;

	printf("%-*s", TITLE_WIDTH, title);
	va_start(list, format);
	vprintf(format, list);
	va_end(list);
	putchar('\n');
}

/**
 * print_text() - a line with a title, if there is anything to be said
 * @object: of which
 * @title: up to 16 characters
 * @key: of a text or number; nothing is printed if it is empty, or not there
 */
void print_text(struct json_object *object, const char *title, const char *key)
{
	const char *text = value_text(object, key);

	if (*text)
		print_field(title, "%s", text);
}

/**
 * print_can_colours() - whether standard output shows escape sequences, and they are wanted
 *
 * Return: whether.
 */
bool print_can_colours(void)
{
	const char *terminal = getenv("TERM"), *no_color = getenv("NO_COLOR");

	return isatty(STDOUT_FILENO) && terminal && strcmp(terminal, "dumb") &&
	       (!no_color || !*no_color);
}

/**
 * print_can_lines() - whether standard output is a terminal whose locale has characters for lines
 *
 * Return: whether.
 */
bool print_can_lines(void)
{
	locale_t locale = newlocale(LC_CTYPE_MASK, "", NULL);
	bool utf8 = locale && !strcmp(nl_langinfo_l(CODESET, locale), "UTF-8");

	if (locale)
		freelocale(locale);
	return utf8 && isatty(STDOUT_FILENO);
}
