// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Key files: a line is "key = value", a comment that begins with "#", or empty. White space around
 * key and value does not count; a value goes on to the end of its line and is not quoted. Used for
 * definitions and for the daemon's configuration.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "daemon/util/cleanup.h"
#include "daemon/util/keyfile.h"
#include "daemon/util/text.h"

#define LINE_MAX_BYTES 65536

static char *keyfile_trim(char *text)
{
	char *end;

	text += strspn(text, " \t");
	end = text + strlen(text);
	while (end > text && strchr(" \t\r\n", end[-1]))
		*--end = '\0';
	return text;
}

static int keyfile_line(char *line, keyfile_pair *pair, void *data, char **ret_error)
{
	char *equals;

	line = keyfile_trim(line);
	if (!*line || *line == '#')
		return 0;
	equals = strchr(line, '=');
	if (!equals)
		return text_error(ret_error, -EINVAL, "'%s' is not of the form key = value", line);
	*equals = '\0';
	return pair(keyfile_trim(line), keyfile_trim(equals + 1), ret_error, data);
}

/**
 * keyfile_read() - read a key file to its end or to the first error
 * @file: open for reading
 * @name: of the file, for error sentences
 * @pair: called for each pair, in the file's order
 * @data: for @pair
 * @ret_error: on failure a sentence with file and line, to be freed; may be NULL
 *
 * Return: 0, what @pair returned, -EINVAL for a line that is no pair, or -EIO.
 */
int keyfile_read(FILE *file, const char *name, keyfile_pair *pair, void *data, char **ret_error)
{
	_cleanup_free_ char *line = NULL;
	size_t size = 0;
	ssize_t len;
	int number = 0;

	while ((len = getline(&line, &size, file)) >= 0) {
		_cleanup_free_ char *error = NULL;
		int r;

		number++;
		if (len > LINE_MAX_BYTES || (size_t)len != strlen(line))
			r = text_error(&error, -EINVAL, "the line is too long or has a zero byte");
		else
			r = keyfile_line(line, pair, data, &error);
		if (r < 0)
			return text_error(ret_error, r, "%s:%d: %s", name, number,
					  error ? error : strerror(-r));
	}
	if (ferror(file))
		return text_error(ret_error, -EIO, "%s: cannot be read", name);
	return 0;
}
