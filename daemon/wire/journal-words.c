// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A text that is put together backwards; see journal-words.h. It goes to D-Bus, which takes
 * nothing but UTF-8, and it was written by a process that is not trusted.
 */
#include <errno.h>
#include <string.h>

#include "daemon/util/text.h"
#include "daemon/wire/journal-words.h"

void journal_words_init(struct journal_words *words)
{
	words->start = sizeof(words->buffer);
}

int journal_words_prepend(struct journal_words *words, const char *line, size_t length)
{
	size_t newline = words->start < sizeof(words->buffer);
	size_t room = words->start - (words->start ? newline : 0);
	size_t skip = length > room ? length - room : 0;

	if (!length)
		return 1;
	if (!room)
		return 0;
	if (newline)
		words->buffer[--words->start] = '\n';
	words->start -= length - skip;
	memcpy(words->buffer + words->start, line + skip, length - skip);
	text_clean(words->buffer + words->start, length - skip);
	return !skip;
}

int journal_words_text(const struct journal_words *words, char **ret_text)
{
	char *text = strndup(words->buffer + words->start, sizeof(words->buffer) - words->start);

	if (!text)
		return -ENOMEM;
	*ret_text = text;
	return 0;
}
