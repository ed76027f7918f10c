// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A guest whose virtual CPUs kvrmd has stopped because of a memory limit, and that is to go on some
 * day. QEMU does not know who stopped it, so a file says that it was kvrmd: it is written before QEMU
 * is told, and another kvrmd finds it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/observe/guest.h"
#include "daemon/util/cleanup.h"
#include "daemon/util/log.h"
#include "kvrm/run.h"

/* What is in the file: whose limit it is. */
#define OWN_LIMIT   'g'
#define POOLS_LIMIT 'p'

#define PATH_SIZE 128

static void mark_path(const struct guest *guest, char path[static PATH_SIZE])
{
	const char *folder = guest->env->run_directory;

	snprintf(path, PATH_SIZE, "%s/stopped-%s", folder ? folder : KVRM_RUN_DIRECTORY,
		 guest->system->definition->uuid);
}

/**
 * guest_note_stopped() - kvrmd is about to stop its virtual CPUs because of a memory limit
 * @guest: guest
 * @in_pool: its pool's, not its own
 */
void guest_note_stopped(struct guest *guest, bool in_pool)
{
	const struct definition *d = guest->system->definition;
	const char text[] = { in_pool ? POOLS_LIMIT : OWN_LIMIT, '\n' };
	_cleanup_close_ int fd = -1;
	char path[PATH_SIZE];

	guest->stopped = true;
	guest->stopped_in_pool = in_pool;
	mark_path(guest, path);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	/* It is stopped all the same: else the kernel may kill it. */
	if (fd < 0 || write(fd, text, sizeof(text)) != (ssize_t)sizeof(text))
		log_system(LOG_ERR, d->uuid, d->name,
			   "another kvrmd would not let it go on: %s: %s", path, strerror(errno));
}

/**
 * guest_forget_stopped() - it runs, or is to stay paused, or has ended
 * @guest: guest
 */
void guest_forget_stopped(struct guest *guest)
{
	const struct definition *d = guest->system->definition;
	char path[PATH_SIZE];

	guest->stopped = false;
	mark_path(guest, path);
	if (unlink(path) && errno != ENOENT)
		log_system(LOG_ERR, d->uuid, d->name,
			   "another kvrmd would let it go on if it is paused: %s: %s", path,
			   strerror(errno));
}

/**
 * guest_recall_stopped() - whether kvrmd, this one or an earlier one, has stopped it
 * @guest: QEMU says that it stands still
 */
void guest_recall_stopped(struct guest *guest)
{
	_cleanup_close_ int fd = -1;
	char path[PATH_SIZE], whose;

	mark_path(guest, path);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	guest->stopped = fd >= 0;
	guest->stopped_in_pool = fd >= 0 && read(fd, &whose, 1) == 1 && whose == POOLS_LIMIT;
}

/**
 * guest_stopped_reason() - why its virtual CPUs stand still
 * @guest: guest
 *
 * Return: a sentence; "" if somebody wanted it.
 */
const char *guest_stopped_reason(const struct guest *guest)
{
	if (!guest->stopped)
		return "";
	return guest->stopped_in_pool ? GUEST_STOPPED_POOL_REASON : GUEST_STOPPED_REASON;
}
