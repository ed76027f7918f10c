// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Answers on standard output.
 */
#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "tools/kvrmctl/print.h"

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
