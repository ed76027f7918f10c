// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where a process is; see cgroup.h. /proc would tell, but a service with ProtectProc= does not see the
 * processes of others there.
 */
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/util/cleanup.h"
#include "daemon/wire/cgroup.h"

/* As deep as pools are, and more. */
#define DEPTH_MAX 16

int cgroup_has_process(int fd, pid_t pid)
{
	_cleanup_free_ pid_t *pids = NULL;
	size_t n = 0;
	int r = cgroup_read_procs(fd, &pids, &n);

	if (r == -ENODEV || r == -ENOENT)
		return 0;
	for (size_t i = 0; !r && i < n; i++) {
		if (pids[i] == pid)
			return 1;
	}
	return r;
}

static bool is_slice(const char *name)
{
	const char *suffix = strrchr(name, '.');

	return suffix && !strcmp(suffix, ".slice");
}

static void close_directory(DIR **directory)
{
	if (*directory)
		closedir(*directory);
}

/* Return: 1: found; 0: not here; a negative errno. */
static int find_below(const char *root, char *path, size_t size, const char *prefix, pid_t pid,
		      int depth);

static int look_at(const char *root, char *path, size_t size, const char *prefix, pid_t pid,
		   const char *name, int depth)
{
	_cleanup_close_ int fd = -1;

	if (is_slice(name))
		return find_below(root, path, size, prefix, pid, depth + 1);
	if (strncmp(name, prefix, strlen(prefix)))
		return 0;
	fd = cgroup_open(root, path);
	/* It may have gone meanwhile. */
	return fd < 0 ? 0 : cgroup_has_process(fd, pid);
}

static int find_below(const char *root, char *path, size_t size, const char *prefix, pid_t pid,
		      int depth)
{
	_cleanup_(close_directory) DIR *directory = NULL;
	_cleanup_close_ int fd = cgroup_open(root, path);
	size_t len = strlen(path);
	struct dirent *entry;

	if (fd < 0 || depth > DEPTH_MAX)
		return depth ? 0 : fd;
	directory = fdopendir(fd);
	if (!directory)
		return -errno;
	(void)TAKE_FD(fd);
	while ((entry = readdir(directory))) {
		int r;

		if (entry->d_name[0] == '.' ||
		    snprintf(path + len, size - len, "/%s", entry->d_name) >= (int)(size - len))
			continue;
		r = look_at(root, path, size, prefix, pid, entry->d_name, depth);
		if (r)
			return r;
	}
	path[len] = '\0';
	return 0;
}

int cgroup_find(const char *root, const char *top, const char *prefix, pid_t pid, char *path,
		size_t size)
{
	int r;

	if (snprintf(path, size, "%s", top) >= (int)size)
		return -ENAMETOOLONG;
	r = find_below(root, path, size, prefix, pid, 0);
	if (r < 0)
		return r;
	return r ? 0 : -ESRCH;
}
