// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A text that is put together backwards; see journal-words.h. It goes to D-Bus, which takes
 * nothing but UTF-8, and it was written by a process that is not trusted.
 */
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "daemon/wire/journal-words.h"

void journal_words_init(struct journal_words *words)
{
	words->start = sizeof(words->buffer);
}

/* Bytes of the character that begins here; 0: none that is valid. */
static size_t character_bytes(const unsigned char *text, size_t length)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint32_t code = text[0];
	size_t n;

	if (code < 0x80)
		return code < 0x20 || code == 0x7f ? 0 : 1;
	n = code >= 0xf0 && code < 0xf8 ? 4 : code >= 0xe0 ? 3 : 2;
	if (code < 0xc2 || code >= 0xf5 || n > length)
		return 0;
	code &= 0x7f >> n;
	for (size_t i = 1; i < n; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (text[i] & 0x3f);
	}
	/* Too long a form, surrogates, beyond Unicode, and the control characters of Latin 1. */
	if (code < least[n] || (code >= 0xd800 && code < 0xe000) || code > 0x10ffff || code < 0xa0)
		return 0;
	return n;
}

/* Make a text showable, in place. */
static void clean(char *text, size_t length)
{
	size_t n;

	for (size_t i = 0; i < length; i += n) {
		n = character_bytes((const unsigned char *)text + i, length - i);
		if (!n) {
			text[i] = text[i] == '\t' ? ' ' : '?';
			n = 1;
		}
	}
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
	clean(words->buffer + words->start, length - skip);
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
