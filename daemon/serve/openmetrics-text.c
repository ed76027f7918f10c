// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A growing text; see openmetrics-text.h.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/serve/openmetrics-text.h"
#include "daemon/util/cleanup.h"

#define FIRST_CAPACITY	16384
#define SPARE_MAX_BYTES (UINT64_C(256) << 20)

/* See om_text_keep(). */
static struct om_text spare;

void om_text_deinit(struct om_text *text)
{
	free(text->data);
	*text = (struct om_text){ 0 };
}

void om_text_keep(char *data, size_t capacity)
{
	free(spare.data);
	spare = (struct om_text){ .data = data, .capacity = capacity };
	if (capacity > SPARE_MAX_BYTES)
		om_text_deinit(&spare);
}

/* Make room for @more bytes; false: there is no memory. */
static bool reserve(struct om_text *text, size_t more)
{
	size_t capacity;
	char *data;

	if (text->failed)
		return false;
	if (!text->data) {
		*text = spare;
		spare = (struct om_text){ 0 };
	}
	capacity = text->capacity ? text->capacity : FIRST_CAPACITY;
	if (text->capacity - text->size >= more)
		return true;
	while (capacity - text->size < more)
		capacity *= 2;
	data = realloc(text->data, capacity);
	if (!data) {
		text->failed = true;
		return false;
	}
	text->data = data;
	text->capacity = capacity;
	return true;
}

static void add_bytes(struct om_text *text, const char *bytes, size_t n)
{
	if (!n || !reserve(text, n))
		return;
	memcpy(text->data + text->size, bytes, n);
	text->size += n;
}

void om_text_add(struct om_text *text, const char *more)
{
	add_bytes(text, more, strlen(more));
}

void om_text_add_escaped(struct om_text *text, const char *more, bool quote)
{
	const char *special = quote ? "\\\n\"" : "\\\n";
	char pair[2] = { '\\' };
	size_t plain;

	for (;;) {
		plain = strcspn(more, special);
		add_bytes(text, more, plain);
		more += plain;
		if (!*more)
			return;
		pair[1] = *more == '\n' ? 'n' : *more;
		add_bytes(text, pair, sizeof(pair));
		more++;
	}
}

void om_text_add_number(struct om_text *text, uint64_t value, unsigned int places)
{
	/* 20 digits, a point, and the zero before it. */
	char digits[24];
	size_t at = sizeof(digits);

	while (places && value % 10 == 0) {
		value /= 10;
		places--;
	}
	for (; places; places--, value /= 10)
		digits[--at] = (char)('0' + value % 10);
	if (at < sizeof(digits))
		digits[--at] = '.';
	do {
		digits[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	add_bytes(text, digits + at, sizeof(digits) - at);
}

int om_text_take(struct om_text *text, char **ret, size_t *ret_size)
{
	if (!reserve(text, 1))
		return -ENOMEM;
	text->data[text->size] = '\0';
	*ret = TAKE_PTR(text->data);
	*ret_size = text->size;
	*text = (struct om_text){ 0 };
	return 0;
}
