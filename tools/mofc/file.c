// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>

#include "daemon/util/cleanup.h"
#include "tools/mofc/file.h"

/* Nothing that people write is larger. */
#define MOF_FILE_MAX_BYTES (16u << 20)

/**
 * mof_file_parse() - add what a file says to a set
 * @set: that it is added to
 * @path: of the file; at most 16 MiB are read
 *
 * Return: whether there was no error; errors are told.
 */
bool mof_file_parse(struct mof_set *set, const char *path)
{
	const struct mof_place place = { .file = mof_copy(set, path, strlen(path)) };
	_cleanup_fclose_ FILE *file = fopen(path, "re");
	_cleanup_free_ char *text = NULL;
	size_t length;

	if (file)
		text = malloc(MOF_FILE_MAX_BYTES + 1);
	if (!text) {
		mof_error(set, &place, "%s", strerror(errno));
		return false;
	}
	length = fread(text, 1, MOF_FILE_MAX_BYTES + 1, file);
	if (ferror(file)) {
		mof_error(set, &place, "%s", strerror(errno));
		return false;
	}
	if (length > MOF_FILE_MAX_BYTES) {
		mof_error(set, &place, "the file exceeds %u bytes", MOF_FILE_MAX_BYTES);
		return false;
	}
	return mof_parse(set, place.file, text, length);
}
