// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where processes are; see cgroup.h.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
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

static void close_directory(DIR **directory)
{
	if (*directory)
		closedir(*directory);
}

/* Those in one cgroup; a part of a threaded one lists none: they are listed above. */
static int add_procs(int fd, pid_t **pids, size_t *n)
{
	_cleanup_free_ pid_t *more = NULL;
	size_t n_more = 0;
	pid_t *all;
	int r = cgroup_read_procs(fd, &more, &n_more);

	if (r || !n_more)
		return r == -EOPNOTSUPP || r == -ENODEV || r == -ENOENT ? 0 : r;
	all = reallocarray(*pids, *n + n_more, sizeof(*all));
	if (!all)
		return -ENOMEM;
	memcpy(all + *n, more, n_more * sizeof(*all));
	*pids = all;
	*n += n_more;
	return 0;
}

static int add_below(int fd, pid_t **pids, size_t *n, int depth);

static int add_child(int fd, const char *name, pid_t **pids, size_t *n, int depth)
{
	_cleanup_close_ int child =
		openat(fd, name, O_DIRECTORY | O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	/* It is a file, or has gone meanwhile. */
	return child < 0 ? 0 : add_below(child, pids, n, depth + 1);
}

static int add_below(int fd, pid_t **pids, size_t *n, int depth)
{
	_cleanup_(close_directory) DIR *directory = NULL;
	_cleanup_close_ int copy = openat(fd, ".", O_DIRECTORY | O_RDONLY | O_CLOEXEC);
	struct dirent *entry;
	int r = add_procs(fd, pids, n);

	if (copy < 0 || depth > DEPTH_MAX)
		return r;
	directory = fdopendir(copy);
	if (!directory)
		return -errno;
	(void)TAKE_FD(copy);
	while (!r && (entry = readdir(directory))) {
		if (entry->d_name[0] != '.' && entry->d_type == DT_DIR)
			r = add_child(fd, entry->d_name, pids, n, depth);
	}
	return r;
}

int cgroup_read_all_procs(int fd, pid_t **ret_pids, size_t *ret_n)
{
	_cleanup_free_ pid_t *pids = NULL;
	size_t n = 0;
	int r = add_below(fd, &pids, &n, 0);

	if (r)
		return r;
	*ret_pids = TAKE_PTR(pids);
	*ret_n = n;
	return 0;
}

static bool is_slice(const char *name)
{
	const char *suffix = strrchr(name, '.');

	return suffix && !strcmp(suffix, ".slice");
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
