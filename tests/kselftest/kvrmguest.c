// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Guests for the module's tests; see kvrmguest.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kvrmguest.h"

static int make_cgroup(struct kvrmguest *g)
{
	if (mkdir(g->path, 0755) && errno != EEXIST)
		return -errno;
	g->dir = open(g->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return g->dir < 0 ? -errno : 0;
}

/**
 * kvrmguest_cgroup() - make a cgroup below the root, with nothing in it
 * @g: filled in
 * @name: of the cgroup; the process's id is appended
 *
 * Return: 0 or a negative errno.
 */
int kvrmguest_cgroup(struct kvrmguest *g, const char *name)
{
	memset(g, 0, sizeof(*g));
	snprintf(g->path, sizeof(g->path), "/sys/fs/cgroup/%s-%d", name, getpid());
	return make_cgroup(g);
}

/**
 * kvrmguest_cgroup_in() - make a cgroup in another one, with nothing in it
 * @g: filled in
 * @parent: from kvrmguest_cgroup(); its cgroups get the controllers for processors and memory
 * @name: of the cgroup
 *
 * Return: 0 or a negative errno.
 */
int kvrmguest_cgroup_in(struct kvrmguest *g, const struct kvrmguest *parent, const char *name)
{
	int r = kvrmguest_write(parent, "cgroup.subtree_control", "+cpu +memory");

	memset(g, 0, sizeof(*g));
	if (r)
		return r;
	if (snprintf(g->path, sizeof(g->path), "%s/%s", parent->path, name) >= (int)sizeof(g->path))
		return -ENAMETOOLONG;
	return make_cgroup(g);
}

/* Beside this program: ../guests/flatvm. */
static void flatvm_path(char *path, size_t size)
{
	char self[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);

	self[len < 0 ? 0 : len] = '\0';
	if (strrchr(self, '/'))
		*strrchr(self, '/') = '\0';
	snprintf(path, size, "%.3900s/../guests/flatvm", self);
}

static void join_and_exec(const struct kvrmguest *g, int out, const char *mode, unsigned int vcpus,
			  const char *const *options)
{
	char path[PATH_MAX], count[16];
	const char *args[16] = { path, mode, "--vcpus", count };
	int procs = openat(g->dir, "cgroup.procs", O_WRONLY);

	flatvm_path(path, sizeof(path));
	snprintf(count, sizeof(count), "%u", vcpus);
	for (int i = 0; options && options[i] && i < 11; i++)
		args[4 + i] = options[i];
	if (procs < 0 || write(procs, "0", 1) != 1 || dup2(out, 1) < 0)
		_exit(1);
	execv(path, (char **)args);
	_exit(1);
}

/**
 * kvrmguest_start_with() - run a flatvm in the cgroup, with other options
 * @g: from kvrmguest_cgroup()
 * @mode: of flatvm
 * @vcpus: how many
 * @options: of flatvm, each followed by its value, at most 5; ends with NULL
 *
 * Return: 0 once its virtual CPUs run, or a negative errno.
 */
int kvrmguest_start_with(struct kvrmguest *g, const char *mode, unsigned int vcpus,
			 const char *const *options)
{
	char line[32];
	int out[2];
	ssize_t len;

	if (pipe(out))
		return -errno;
	g->pid = fork();
	if (!g->pid)
		join_and_exec(g, out[1], mode, vcpus, options);
	close(out[1]);
	len = read(out[0], line, sizeof(line));
	close(out[0]);
	return g->pid > 0 && len > 0 ? 0 : -ECHILD;
}

/**
 * kvrmguest_start() - run a flatvm in the cgroup
 * @g: from kvrmguest_cgroup()
 * @mode: of flatvm
 * @vcpus: how many
 *
 * Return: 0 once its virtual CPUs run, or a negative errno.
 */
int kvrmguest_start(struct kvrmguest *g, const char *mode, unsigned int vcpus)
{
	return kvrmguest_start_with(g, mode, vcpus, NULL);
}

/**
 * kvrmguest_kill() - kill the flatvm and wait for its end
 * @g: with or without one
 */
void kvrmguest_kill(struct kvrmguest *g)
{
	if (g->pid <= 0)
		return;
	kill(g->pid, SIGKILL);
	waitpid(g->pid, NULL, 0);
	g->pid = 0;
}

/**
 * kvrmguest_remove() - undo kvrmguest_start() and kvrmguest_cgroup()
 * @g: as far as it was made
 */
void kvrmguest_remove(struct kvrmguest *g)
{
	kvrmguest_kill(g);
	if (g->dir > 0)
		close(g->dir);
	/* The cgroup empties a moment after its last process. */
	for (int i = 0; g->path[0] && rmdir(g->path) && errno == EBUSY && i < 500; i++)
		usleep(10000);
	memset(g, 0, sizeof(*g));
}

/**
 * kvrmguest_read() - read a control file
 * @g: whose
 * @file: name
 * @buf: receives the text, terminated, without its last newline
 * @size: of @buf
 *
 * Return: 0 or a negative errno.
 */
int kvrmguest_read(const struct kvrmguest *g, const char *file, char *buf, size_t size)
{
	int fd = openat(g->dir, file, O_RDONLY);
	ssize_t len = fd < 0 ? -1 : read(fd, buf, size - 1);

	if (fd >= 0)
		close(fd);
	if (len < 0)
		return -errno;
	buf[len] = '\0';
	if (len && buf[len - 1] == '\n')
		buf[len - 1] = '\0';
	return 0;
}

/**
 * kvrmguest_write() - write a control file
 * @g: whose
 * @file: name
 * @text: what
 *
 * Return: 0 or a negative errno.
 */
int kvrmguest_write(const struct kvrmguest *g, const char *file, const char *text)
{
	int fd = openat(g->dir, file, O_WRONLY);
	ssize_t len = fd < 0 ? -1 : write(fd, text, strlen(text));
	int r = len < 0 ? -errno : 0;

	if (fd >= 0)
		close(fd);
	return r;
}
