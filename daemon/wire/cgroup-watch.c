// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Be told when a cgroup becomes empty; see cgroup.h. The kernel reports each change of
 * cgroup.events to inotify; the file is read to see what it was. A defer source reads it once more
 * at the beginning, so that a cgroup that was empty before the watch stood is told too.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/inotify.h>

#include "daemon/util/cleanup.h"
#include "daemon/wire/cgroup.h"

struct cgroup_watch {
	int fd;
	sd_event_source *events;
	sd_event_source *first;
	void (*empty)(void *data);
	void *data;
};

static void check(struct cgroup_watch *watch)
{
	/* Not readable is not empty: the next change is tried again. */
	if (cgroup_read_populated(watch->fd) != 0)
		return;
	/* Not only switched off: sd-event does not get over an inotify event that nobody takes. */
	watch->events = sd_event_source_disable_unref(watch->events);
	watch->first = sd_event_source_disable_unref(watch->first);
	watch->empty(watch->data);
}

static int on_event(sd_event_source *source, const struct inotify_event *event, void *userdata)
{
	check(userdata);
	return 0;
}

static int on_first(sd_event_source *source, void *userdata)
{
	check(userdata);
	return 0;
}

static void watch_freep(struct cgroup_watch **watch)
{
	cgroup_watch_free(*watch);
}

int cgroup_watch_new(sd_event *event, int fd, void (*empty)(void *data), void *data,
		     struct cgroup_watch **ret)
{
	_cleanup_(watch_freep) struct cgroup_watch *watch = calloc(1, sizeof(*watch));
	_cleanup_close_ int file = -1;
	int r;

	if (!watch)
		return -ENOMEM;
	watch->empty = empty;
	watch->data = data;
	watch->fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (watch->fd < 0)
		return -errno;
	file = openat(fd, "cgroup.events", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (file < 0)
		return -errno;
	r = sd_event_add_inotify_fd(event, &watch->events, file, IN_MODIFY | IN_DELETE_SELF,
				    on_event, watch);
	if (r < 0)
		return r;
	sd_event_source_set_description(watch->events, "cgroup-events");
	r = sd_event_add_defer(event, &watch->first, on_first, watch);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(watch);
	return 0;
}

struct cgroup_watch *cgroup_watch_free(struct cgroup_watch *watch)
{
	if (!watch)
		return NULL;
	sd_event_source_disable_unref(watch->events);
	sd_event_source_disable_unref(watch->first);
	cleanup_closep(&watch->fd);
	free(watch);
	return NULL;
}

int cgroup_watch_memory(sd_event *event, int fd, sd_event_inotify_handler_t changed, void *data,
			sd_event_source **ret)
{
	_cleanup_close_ int file = openat(fd, "memory.events", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	int r;

	if (file < 0)
		return -errno;
	r = sd_event_add_inotify_fd(event, ret, file, IN_MODIFY, changed, data);
	return r < 0 ? r : 0;
}
