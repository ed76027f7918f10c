/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Values in a list; see README.md.
 */
#ifndef KVRM_TEST_WALK_VALUE_H
#define KVRM_TEST_WALK_VALUE_H

#include "tests/profiles/walk-set.h"

static inline void walk_value_free(struct walk_value *value)
{
	for (size_t i = 0; i < value->n; i++)
		walk_value_free(&value->items[i]);
	free(value->items);
	free(value->name);
	free(value->text);
}

static inline bool walk_parse(struct walk *w, const char **at, struct walk_value *value);

static inline void walk_skip(const char **at)
{
	while (isspace((unsigned char)**at) || **at == ',')
		++*at;
}

/* NAME=VALUE or VALUE, up to @end. */
static inline bool walk_parse_items(struct walk *w, const char **at, char end,
				    struct walk_value *into)
{
	for (walk_skip(at); **at && **at != end; walk_skip(at)) {
		struct walk_value item = { 0 };
		size_t length =
			strspn(*at, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_");

		if (length && (*at)[length] == '=') {
			item.name = strndup(*at, length);
			*at += length + 1;
		}
		if (!walk_parse(w, at, &item)) {
			walk_value_free(&item);
			return false;
		}
		into->items = reallocarray(into->items, into->n + 1, sizeof(item));
		into->items[into->n++] = item;
	}
	if (**at == end && end)
		++*at;
	return true;
}

static inline bool walk_parse_word(struct walk *w, const char **at, struct walk_value *value)
{
	size_t length = strcspn(*at, " ,]})");
	char *word = strndup(*at, length);
	struct walk_set *set;

	*at += length;
	value->kind = WALK_NUMBER;
	if (*word == '$') {
		set = walk_find(w, word + 1);
		value->kind = WALK_PATH;
		if (set && set->n)
			value->text = strdup(set->paths[0]);
		else
			snprintf(w->why, sizeof(w->why), "there is nothing in '%s'", word + 1);
		free(word);
		return value->text;
	}
	if (!strcmp(word, "true") || !strcmp(word, "false")) {
		value->kind = WALK_BOOL;
		value->number = *word == 't';
	} else if (!strcmp(word, "null")) {
		value->kind = WALK_NULL;
	} else {
		value->number = strtoull(word, NULL, 10);
	}
	free(word);
	return true;
}

static inline void walk_keep(const char *text, void *data)
{
	char **kept = data;

	if (!*kept)
		*kept = strdup(text);
}

/* A property of the first of a set: %set.Property */
static inline bool walk_parse_property(struct walk *w, const char **at, struct walk_value *value)
{
	size_t length = strcspn(*at, " ,]})");
	char *word = strndup(*at + 1, length - 1), *dot = strchr(word, '.');
	struct walk_set *set;

	*at += length;
	value->kind = WALK_TEXT;
	if (dot)
		*dot = '\0';
	set = walk_find(w, word);
	if (dot && set && set->n)
		w->backend->property(set->paths[0], dot + 1, walk_keep, &value->text,
				     w->backend->data);
	if (!value->text)
		snprintf(w->why, sizeof(w->why), "there is no property of '%s'", word);
	free(word);
	return value->text;
}

static inline bool walk_parse(struct walk *w, const char **at, struct walk_value *value)
{
	size_t length;

	if (**at == '"') {
		length = strcspn(*at + 1, "\"");
		value->kind = WALK_TEXT;
		value->text = strndup(*at + 1, length);
		*at += length + 2;
		return true;
	}
	if (**at == '%')
		return walk_parse_property(w, at, value);
	if (**at == '[') {
		++*at;
		value->kind = WALK_ARRAY;
		return walk_parse_items(w, at, ']', value);
	}
	if (**at != '{')
		return walk_parse_word(w, at, value);
	++*at;
	length = strcspn(*at, " }");
	value->kind = WALK_INSTANCE;
	value->text = strndup(*at, length);
	*at += length;
	return walk_parse_items(w, at, '}', value);
}

#endif
