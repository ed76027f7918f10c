// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Names of slices; see slice.h.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/util/slice.h"
#include "daemon/util/text.h"

#define POOL_NAME_MAX 63

/* A dash separates slices in a name, so one in a pool's name is escaped as systemd does. */
static int append_escaped(char *name, size_t *len, const char *pool)
{
	for (; *pool; pool++) {
		const char *add = *pool == '-' ? "\\x2d" : (char[]){ *pool, '\0' };
		size_t add_len = strlen(add);

		if (*len + add_len >= SLICE_NAME_SIZE)
			return -ENAMETOOLONG;
		memcpy(name + *len, add, add_len + 1);
		*len += add_len;
	}
	return 0;
}

/**
 * slice_name() - name of a pool's slice
 * @chain: names of the pools from below the root to the pool itself
 * @n: how many; 0: the root
 * @name: receives it
 *
 * Return: 0; -EINVAL: there are too many, or one is no name; -ENAMETOOLONG: systemd takes no name as
 * long as that.
 */
int slice_name(const char *const *chain, size_t n, char name[static SLICE_NAME_SIZE])
{
	static const char suffix[] = ".slice";
	size_t len = strlen(strcpy(name, "kvrm"));
	int r;

	if (n > SLICE_CHAIN_MAX)
		return -EINVAL;
	for (size_t i = 0; i < n; i++) {
		if (!text_is_name(chain[i], POOL_NAME_MAX))
			return -EINVAL;
		name[len++] = '-';
		r = len < SLICE_NAME_SIZE ? append_escaped(name, &len, chain[i]) : -ENAMETOOLONG;
		if (r)
			return r;
	}
	if (len + sizeof(suffix) > SLICE_NAME_SIZE)
		return -ENAMETOOLONG;
	strcpy(name + len, suffix);
	return 0;
}

/**
 * slice_path() - the cgroup of a pool's slice
 * @chain: as for slice_name()
 * @n: likewise
 * @path: receives it, as systemd's property ControlGroup has it
 *
 * Return: as slice_name().
 */
int slice_path(const char *const *chain, size_t n, char path[static SLICE_PATH_SIZE])
{
	char name[SLICE_NAME_SIZE];
	size_t len = 0;
	int r;

	for (size_t i = 0; i <= n; i++) {
		r = slice_name(chain, i, name);
		if (r)
			return r;
		len += (size_t)snprintf(path + len, SLICE_PATH_SIZE - len, "/%s", name);
	}
	return 0;
}
