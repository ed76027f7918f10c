// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Load and unload the module; see kvrmmodule.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "kvrmmodule.h"

/**
 * kvrmmodule_load() - load the module of the running kernel
 *
 * Return: 0 or a negative errno; that of the module's own bring-up, if it was that which failed.
 */
int kvrmmodule_load(void)
{
	struct utsname name;
	char path[512];
	int fd, r;

	uname(&name);
	snprintf(path, sizeof(path), "/lib/modules/%s/updates/kvrm.ko", name.release);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = syscall(SYS_finit_module, fd, "", 0) ? -errno : 0;
	close(fd);
	return r;
}

/**
 * kvrmmodule_unload() - unload it, without waiting for whoever uses it
 *
 * Return: 0 or a negative errno.
 */
int kvrmmodule_unload(void)
{
	return syscall(SYS_delete_module, "kvrm", O_NONBLOCK) ? -errno : 0;
}

/**
 * kvrmmodule_is_loaded() - whether the kernel knows it
 *
 * Return: true also while it is loaded or unloaded.
 */
bool kvrmmodule_is_loaded(void)
{
	return !access("/sys/module/kvrm", F_OK);
}
