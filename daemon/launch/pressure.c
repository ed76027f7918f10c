// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel's word that somebody waits for memory (Documentation/accounting/psi.rst), for kvrmd: who asks to be told
 * within a second needs CAP_SYS_RESOURCE, who is told does not.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "daemon/launch/call.h"
#include "daemon/launch/pressure.h"
#include "daemon/util/cleanup.h"
#include "daemon/util/text.h"

#define PRESSURE_PATH "/proc/pressure/memory"
/* Some task has waited for 100 ms, in µs, of a second. Told once in that at most. */
#define PRESSURE_TRIGGER "some 100000 1000000"

/**
 * pressure_open() - have the kernel tell of pressure
 * @path: file of the kernel's
 * @ret_error: sentence, to be freed
 *
 * Return: a descriptor that has POLLPRI when there is, or a negative errno.
 */
int pressure_open(const char *path, char **ret_error)
{
	_cleanup_close_ int fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	/* With its end, as the kernel wants it. */
	const char trigger[] = PRESSURE_TRIGGER;

	if (fd < 0 || write(fd, trigger, sizeof(trigger)) < 0)
		return text_error(ret_error, -errno, "%s: %s", path, strerror(errno));
	return TAKE_FD(fd);
}

/**
 * pressure_method_open() - org.kvrm1.Launcher.OpenMemoryPressure
 * @m: call
 * @data: unused
 * @ret_error: error
 *
 * Return: 0 or more, or a negative errno.
 */
int pressure_method_open(sd_bus_message *m, void *data, sd_bus_error *ret_error)
{
	_cleanup_free_ char *error = NULL;
	_cleanup_close_ int fd = -1;
	int r = call_check_caller(m, ret_error);

	if (r < 0)
		return r;
	fd = pressure_open(PRESSURE_PATH, &error);
	if (fd < 0)
		return call_refuse(ret_error, "LauncherFailed", error ? error : strerror(-fd));
	return sd_bus_reply_method_return(m, "h", fd);
}
