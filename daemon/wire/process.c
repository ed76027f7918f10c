// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What /proc tells of a process; see process.h and proc(5).
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/util/cleanup.h"
#include "daemon/util/text.h"
#include "daemon/wire/process.h"

/* Of a command line, and of all else that is read. */
#define FILE_MAX_BYTES (256 << 10)
/* Behind the name in stat: the state is the 3rd field, the time of the start the 22nd. */
#define FIELDS_TO_START 19

/* A whole file, with a NUL behind it. What has gone meanwhile is no process any more. */
static int read_file(const char *root, pid_t pid, const char *name, char **ret, size_t *ret_size)
{
	_cleanup_free_ char *path = NULL, *text = malloc(FILE_MAX_BYTES + 1);
	_cleanup_fclose_ FILE *file = NULL;

	if (!text || asprintf(&path, "%s/%d/%s", root ? root : PROCESS_ROOT, (int)pid, name) < 0)
		return -ENOMEM;
	file = fopen(path, "re");
	if (!file)
		return errno == ENOENT ? -ESRCH : -errno;
	*ret_size = fread(text, 1, FILE_MAX_BYTES, file);
	if (ferror(file))
		return errno == ESRCH || !errno ? -ESRCH : -errno;
	text[*ret_size] = '\0';
	*ret = TAKE_PTR(text);
	return 0;
}

/* "12 (a name) S 1 ..."; the name may have parentheses and blanks. */
static int read_stat(const char *root, pid_t pid, struct process *ret)
{
	_cleanup_free_ char *text = NULL;
	char *begin, *end;
	size_t size;
	char state;
	int r = read_file(root, pid, "stat", &text, &size);

	if (r)
		return r;
	begin = strchr(text, '(');
	end = strrchr(text, ')');
	if (!begin || !end || end < begin || sscanf(end + 1, " %c", &state) != 1)
		return -EBADMSG;
	/* It has ended, and nobody has taken note. */
	if (state == 'Z' || state == 'X')
		return -ESRCH;
	*end = '\0';
	text_copy(ret->name, sizeof(ret->name), begin + 1);
	text_clean(ret->name, strlen(ret->name));
	end += strspn(end + 1, " ") + 1;
	for (int field = 0; end && field < FIELDS_TO_START; field++)
		end = strchr(end + 1, ' ');
	return end && sscanf(end, "%" SCNu64, &ret->start_ticks) == 1 ? 0 : -EBADMSG;
}

/* "0::/machine.slice/..."; other hierarchies have other numbers. */
static int read_cgroup(const char *root, pid_t pid, struct process *ret)
{
	_cleanup_free_ char *text = NULL;
	char *line, *rest = NULL;
	size_t size;
	int r = read_file(root, pid, "cgroup", &text, &size);

	if (r)
		return r;
	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		if (strncmp(line, "0::/", 4))
			continue;
		if (strlen(line + 3) >= sizeof(ret->cgroup))
			return -ENAMETOOLONG;
		strcpy(ret->cgroup, line + 3);
	}
	return 0;
}

/* Of every process of the host, at times: a few bytes, without a buffer. */
int process_read_name(const char *root, pid_t pid, char name[static PROCESS_NAME_SIZE])
{
	_cleanup_free_ char *path = NULL;
	_cleanup_close_ int fd = -1;
	ssize_t n;

	if (asprintf(&path, "%s/%d/comm", root ? root : PROCESS_ROOT, (int)pid) < 0)
		return -ENOMEM;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	n = read(fd, name, PROCESS_NAME_SIZE - 1);
	if (n < 0)
		return -errno;
	name[n] = '\0';
	name[strcspn(name, "\n")] = '\0';
	text_clean(name, strlen(name));
	return 0;
}

static void close_directory(DIR **directory)
{
	if (*directory)
		closedir(*directory);
}

int process_list(const char *root, pid_t **ret_pids, size_t *ret_n)
{
	_cleanup_(close_directory) DIR *directory = opendir(root ? root : PROCESS_ROOT);
	_cleanup_free_ pid_t *pids = NULL;
	struct dirent *entry;
	size_t n = 0;

	if (!directory)
		return -errno;
	while ((entry = readdir(directory))) {
		pid_t *more;
		uint64_t pid;

		if (text_to_u64(entry->d_name, &pid) || !pid || pid > INT32_MAX)
			continue;
		more = reallocarray(pids, n + 1, sizeof(*more));
		if (!more)
			return -ENOMEM;
		pids = more;
		pids[n++] = (pid_t)pid;
	}
	*ret_pids = TAKE_PTR(pids);
	*ret_n = n;
	return 0;
}

int process_read(const char *root, pid_t pid, struct process *ret)
{
	int r;

	*ret = (struct process){ .pid = pid };
	r = read_stat(root, pid, ret);
	if (!r)
		r = read_cgroup(root, pid, ret);
	if (!r)
		r = read_file(root, pid, "cmdline", &ret->arguments, &ret->arguments_size);
	return r;
}

void process_deinit(struct process *process)
{
	free(process->arguments);
	*process = (struct process){ 0 };
}
