// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Block devices of the host; see blockdev.h.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "daemon/util/cleanup.h"
#include "daemon/wire/blockdev.h"
#include "daemon/wire/cgroup.h"

#define FILE_BYTES 4096

static bool uses_bfq(int sysfs_fd, const char *device)
{
	char path[NAME_MAX + 32], text[FILE_BYTES];

	snprintf(path, sizeof(path), "%s/queue/scheduler", device);
	/* The one in use has brackets. */
	return cgroup_read(sysfs_fd, path, text, sizeof(text)) >= 0 && strstr(text, "[bfq]");
}

/* A line for each device that was ever configured. */
static bool costs_any(const char *cgroup_root)
{
	_cleanup_close_ int fd = open(cgroup_root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char text[FILE_BYTES];

	return fd >= 0 && cgroup_read(fd, "io.cost.qos", text, sizeof(text)) >= 0 &&
	       strstr(text, " enable=1 ");
}

int blockdev_any_weighs(const char *sysfs, const char *cgroup_root)
{
	struct dirent *entry;
	bool found = false;
	DIR *dir;

	if (costs_any(cgroup_root ? cgroup_root : CGROUP_ROOT))
		return 1;
	dir = opendir(sysfs ? sysfs : BLOCKDEV_SYSFS);
	if (!dir)
		return -errno;
	while (!found && (entry = readdir(dir)))
		found = *entry->d_name != '.' && uses_bfq(dirfd(dir), entry->d_name);
	closedir(dir);
	return found;
}
