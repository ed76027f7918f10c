// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Files of a cgroup; see cgroup.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/util/cleanup.h"
#include "daemon/util/text.h"
#include "daemon/wire/cgroup.h"

/* cpu.stat is the longest of the files that are read whole. */
#define FILE_BYTES 4096

/* The next component of a path, which must not lead out of it; length 0 at the end. */
static const char *next_component(const char **path, size_t *ret_length)
{
	const char *start = *path + strspn(*path, "/");

	*ret_length = strcspn(start, "/");
	*path = start + *ret_length;
	return start;
}

/*
 * By components: openat2() with RESOLVE_BENEATH would do, but systemd answers it with ENOSYS in
 * a service with RestrictSUIDSGID=.
 */
int cgroup_open(const char *root, const char *path)
{
	_cleanup_close_ int fd =
		open(root ? root : CGROUP_ROOT, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
	const char *start;
	char name[NAME_MAX + 1];
	size_t length;
	int depth, next;

	if (fd < 0)
		return -errno;
	for (depth = 0; start = next_component(&path, &length), length; depth++) {
		if (length > NAME_MAX)
			return -ENAMETOOLONG;
		memcpy(name, start, length);
		name[length] = '\0';
		if (!strcmp(name, ".") || !strcmp(name, ".."))
			return -EINVAL;
		next = openat(fd, name, O_DIRECTORY | O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
		if (next < 0)
			return -errno;
		close(fd);
		fd = next;
	}
	return depth ? TAKE_FD(fd) : -EINVAL;
}

int cgroup_id(int fd, uint64_t *ret_id)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	*ret_id = st.st_ino;
	return 0;
}

ssize_t cgroup_read(int fd, const char *name, char *buffer, size_t size)
{
	_cleanup_close_ int file = openat(fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	size_t length = 0;
	ssize_t n;

	if (file < 0)
		return -errno;
	do {
		n = read(file, buffer + length, size - length);
		if (n < 0 && errno != EINTR)
			return -errno;
		length += n > 0 ? (size_t)n : 0;
		if (length == size)
			return -EFBIG;
	} while (n);
	buffer[length] = '\0';
	return (ssize_t)length;
}

/* The number behind a key, of a file with a key and a number in each line. */
static int find_key(const char *text, const char *key, uint64_t *ret_value)
{
	size_t key_length = strlen(key);
	char number[24];

	for (const char *line = text; line && *line;) {
		const char *end = strchrnul(line, '\n');
		size_t length = (size_t)(end - line);

		if (length > key_length + 1 && !strncmp(line, key, key_length) &&
		    line[key_length] == ' ') {
			if (length - key_length - 1 >= sizeof(number))
				return -EBADMSG;
			memcpy(number, line + key_length + 1, length - key_length - 1);
			number[length - key_length - 1] = '\0';
			return text_to_u64(number, ret_value) ? -EBADMSG : 0;
		}
		line = *end ? end + 1 : NULL;
	}
	return -ENODATA;
}

int cgroup_read_cpu_stat(int fd, struct cgroup_cpu_stat *ret)
{
	struct cgroup_cpu_stat stat = { 0 };
	char text[FILE_BYTES];
	ssize_t n;
	int r;

	n = cgroup_read(fd, "cpu.stat", text, sizeof(text));
	if (n < 0)
		return (int)n;
	r = find_key(text, "usage_usec", &stat.usage_us);
	if (r < 0)
		return -EBADMSG;
	r = find_key(text, "throttled_usec", &stat.limited_us);
	if (r < 0 && r != -ENODATA)
		return r;
	stat.limited_known = r == 0;
	*ret = stat;
	return 0;
}

int cgroup_read_cpu_max(int fd, uint64_t *ret_quota_us, uint64_t *ret_period_us)
{
	uint64_t quota_us = 0, period_us;
	char *quota, *period, *rest;
	char text[64];
	ssize_t n;

	n = cgroup_read(fd, "cpu.max", text, sizeof(text));
	if (n < 0)
		return n == -EFBIG ? -EBADMSG : (int)n;
	quota = strtok_r(text, " \n", &rest);
	period = strtok_r(NULL, " \n", &rest);
	if (!quota || !period || strtok_r(NULL, " \n", &rest))
		return -EBADMSG;
	if (text_to_u64(period, &period_us) || !period_us)
		return -EBADMSG;
	if (strcmp(quota, "max") != 0 && (text_to_u64(quota, &quota_us) || !quota_us))
		return -EBADMSG;
	*ret_quota_us = quota_us;
	*ret_period_us = period_us;
	return 0;
}

int cgroup_read_cpu_weight(int fd, uint32_t *ret_weight)
{
	uint64_t weight;
	char text[32];
	ssize_t n;

	n = cgroup_read(fd, "cpu.weight", text, sizeof(text));
	if (n < 0)
		return n == -EFBIG ? -EBADMSG : (int)n;
	text[strcspn(text, "\n")] = '\0';
	if (text_to_u64(text, &weight) || !weight || weight > 10000)
		return -EBADMSG;
	*ret_weight = (uint32_t)weight;
	return 0;
}

int cgroup_read_io_weight(int fd, uint32_t *ret_weight)
{
	char text[FILE_BYTES];
	uint64_t weight;
	ssize_t n;

	n = cgroup_read(fd, "io.weight", text, sizeof(text));
	if (n < 0)
		return n == -EFBIG ? -EBADMSG : (int)n;
	if (find_key(text, "default", &weight) || !weight || weight > 10000)
		return -EBADMSG;
	*ret_weight = (uint32_t)weight;
	return 0;
}

/* A file with a number, or "max". */
static int read_bytes(int fd, const char *name, uint64_t *ret_bytes)
{
	char text[32];
	ssize_t n;

	n = cgroup_read(fd, name, text, sizeof(text));
	if (n < 0)
		return n == -EFBIG ? -EBADMSG : (int)n;
	text[strcspn(text, "\n")] = '\0';
	if (strcmp(text, "max"))
		return text_to_u64(text, ret_bytes) ? -EBADMSG : 0;
	*ret_bytes = UINT64_MAX;
	return 0;
}

/* The same, of what is there: it is no bound, and "max" is no such amount. */
static int read_amount(int fd, const char *name, uint64_t *ret_bytes)
{
	uint64_t bytes;
	int r = read_bytes(fd, name, &bytes);

	if (r)
		return r;
	if (bytes == UINT64_MAX)
		return -EBADMSG;
	*ret_bytes = bytes;
	return 0;
}

int cgroup_read_memory(int fd, uint64_t *ret_bytes)
{
	return read_amount(fd, "memory.current", ret_bytes);
}

int cgroup_read_swap(int fd, uint64_t *ret_bytes)
{
	return read_amount(fd, "memory.swap.current", ret_bytes);
}

int cgroup_read_memory_min(int fd, uint64_t *ret_bytes)
{
	return read_bytes(fd, "memory.min", ret_bytes);
}

int cgroup_look_at_memory(int fd, struct cgroup_memory *ret)
{
	int r = cgroup_read_memory(fd, &ret->usage_bytes);

	if (!r)
		r = read_bytes(fd, "memory.high", &ret->high_bytes);
	return r ? r : read_bytes(fd, "memory.max", &ret->max_bytes);
}

int cgroup_read_populated(int fd)
{
	uint64_t populated;
	char text[256];
	ssize_t n;

	n = cgroup_read(fd, "cgroup.events", text, sizeof(text));
	if (n == -ENODEV || n == -ENOENT)
		return 0;
	if (n < 0)
		return (int)n;
	return find_key(text, "populated", &populated) ? -EBADMSG : populated != 0;
}

static int add_pid(const char *line, pid_t **pids, size_t *n)
{
	uint64_t pid;
	pid_t *more;

	/* 0: a process of another PID namespace. */
	if (text_to_u64(line, &pid) || pid > INT32_MAX)
		return -EBADMSG;
	more = reallocarray(*pids, *n + 1, sizeof(**pids));
	if (!more)
		return -ENOMEM;
	more[(*n)++] = (pid_t)pid;
	*pids = more;
	return 0;
}

int cgroup_read_procs(int fd, pid_t **ret_pids, size_t *ret_n)
{
	_cleanup_close_ int file = openat(fd, "cgroup.procs", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	_cleanup_free_ pid_t *pids = NULL;
	_cleanup_fclose_ FILE *stream = NULL;
	size_t n = 0;
	char line[32];
	int r;

	if (file < 0)
		return -errno;
	stream = fdopen(file, "re");
	if (!stream)
		return -errno;
	(void)TAKE_FD(file);
	while (fgets(line, sizeof(line), stream)) {
		line[strcspn(line, "\n")] = '\0';
		r = add_pid(line, &pids, &n);
		if (r < 0)
			return r;
	}
	if (ferror(stream))
		return -errno;
	*ret_pids = TAKE_PTR(pids);
	*ret_n = n;
	return 0;
}
