// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The official schema: a folder tree with a file for each class, as DMTF publishes it, and files with
 * the declarations of qualifiers.
 */
#include <errno.h>
#include <ftw.h>
#include <string.h>

#include "tools/mofc/compare.h"
#include "tools/mofc/file.h"

/* nftw() hands nothing through to its function. */
static struct {
	struct mof_set *official;
	const struct mof_set *ours;
	bool good;
} walk;

/* A file of a class of ours, or of qualifiers; all others are left alone. */
static bool is_wanted(const char *name)
{
	const char *dot = strrchr(name, '.');
	char class[256];

	if (!dot || strcmp(dot, ".mof") || (size_t)(dot - name) >= sizeof(class))
		return false;
	if (!strncmp(name, "qualifiers", strlen("qualifiers")))
		return true;
	snprintf(class, sizeof(class), "%.*s", (int)(dot - name), name);
	return mof_class_find(walk.ours, class) && !mof_class_find(walk.official, class);
}

static int visit(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
	if (type == FTW_F && is_wanted(path + ftw->base) && !mof_file_parse(walk.official, path))
		walk.good = false;
	return 0;
}

/**
 * mof_official_read() - read the official schema as far as it is needed
 * @official: receives it
 * @ours: with the classes that are needed
 * @path: of the folder; its folders are read, too
 *
 * Return: whether there was no error; errors are told.
 */
bool mof_official_read(struct mof_set *official, const struct mof_set *ours, const char *path)
{
	const struct mof_place place = { .file = path };

	walk.official = official;
	walk.ours = ours;
	walk.good = true;
	if (nftw(path, visit, 16, FTW_PHYS)) {
		mof_error(official, &place, "%s", strerror(errno));
		return false;
	}
	if (walk.good && !official->declarations) {
		mof_error(official, &place, "no file qualifiers*.mof is here");
		return false;
	}
	return walk.good;
}
