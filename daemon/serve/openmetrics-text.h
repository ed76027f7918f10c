/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A growing text, with what the exposition formats need: escaped labels and exact decimal numbers.
 * A lack of memory is remembered and makes the rest do nothing, so that only the end has to look.
 */
#ifndef DAEMON_SERVE_OPENMETRICS_TEXT_H
#define DAEMON_SERVE_OPENMETRICS_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct om_text - the text
 * @data: owned; not terminated until om_text_take()
 * @size: bytes
 * @capacity: of @data
 * @failed: there was no memory
 */
struct om_text {
	char *data;
	size_t size;
	size_t capacity;
	bool failed;
};

/**
 * om_text_deinit() - free what it owns
 * @text: may be all zero
 */
void om_text_deinit(struct om_text *text);

/**
 * om_text_keep() - a text is not needed any more: the next one may begin with its memory
 * @data: from om_text_take(); owned from now on
 * @capacity: bytes of it that are there; more than 256 MiB, which are some 8,000 systems, are freed
 *
 * Memory that comes fresh from the kernel costs several times what is written into it. Of one thread only.
 */
void om_text_keep(char *data, size_t capacity);

/**
 * om_text_add() - append a text as it is
 * @text: text
 * @more: to be appended
 */
void om_text_add(struct om_text *text, const char *more);

/**
 * om_text_add_escaped() - append a text inside quotes, or as help
 * @text: text
 * @more: UTF-8; backslash and newline are escaped
 * @quote: the double quote too
 */
void om_text_add_escaped(struct om_text *text, const char *more, bool quote);

/**
 * om_text_add_number() - append a number of @places decimal places, exactly, without useless zeros
 * @text: text
 * @value: the number times 10 to the power of @places
 * @places: 0 to 18
 */
void om_text_add_number(struct om_text *text, uint64_t value, unsigned int places);

/**
 * om_text_take() - take the text out, terminated; @text is empty afterwards
 * @text: text
 * @ret: to be freed
 * @ret_size: without the NUL
 *
 * Return: 0 or -ENOMEM.
 */
int om_text_take(struct om_text *text, char **ret, size_t *ret_size);

#endif
