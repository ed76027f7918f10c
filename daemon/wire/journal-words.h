/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A text of bounded length that is put together from its last line to its first. Inside
 * daemon/wire only.
 */
#ifndef DAEMON_WIRE_JOURNAL_WORDS_H
#define DAEMON_WIRE_JOURNAL_WORDS_H

#include <stddef.h>

#include "daemon/wire/journal.h"

/**
 * struct journal_words - the text
 * @start: of the text, it ends at the end of @buffer
 * @buffer: filled from its end
 */
struct journal_words {
	size_t start;
	char buffer[JOURNAL_WORDS_MAX_BYTES];
};

/**
 * journal_words_init() - an empty text
 * @words: text
 */
void journal_words_init(struct journal_words *words);

/**
 * journal_words_prepend() - put a line before the first
 * @words: text
 * @line: any bytes; what is not UTF-8 and control characters become "?"; empty ones are left out
 * @length: of @line
 *
 * Return: 1; 0: it did not fit any more, only its end, if anything, was put.
 */
int journal_words_prepend(struct journal_words *words, const char *line, size_t length);

/**
 * journal_words_text() - the text
 * @words: text
 * @ret_text: to be freed
 *
 * Return: 0 or -ENOMEM.
 */
int journal_words_text(const struct journal_words *words, char **ret_text);

#endif
