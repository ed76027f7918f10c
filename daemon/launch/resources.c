// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A guest's descriptors: listening sockets that only kvrmd can connect to, opened disks, and its NICs' taps.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/launch/resources.h"
#include "daemon/util/text.h"
#include "kvrm/run.h"

/**
 * resources_remove() - remove a guest's sockets and their folder
 * @uuid: of the system, checked
 */
void resources_remove(const char *uuid)
{
	char path[128];
	struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), KVRM_GUESTS_DIRECTORY "/%s", uuid);
	dir = opendir(path);
	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		if (entry->d_type == DT_SOCK)
			unlinkat(dirfd(dir), entry->d_name, 0);
	}
	closedir(dir);
	rmdir(path);
}

/* Root's, so that no one can exchange what is in it; kvrmd may pass through. */
static int make_directory(const char *uuid, gid_t gid, char **ret_error)
{
	char path[128];

	if (mkdir(KVRM_GUESTS_DIRECTORY, 0711) && errno != EEXIST)
		return text_error(ret_error, -errno, KVRM_GUESTS_DIRECTORY ": %s", strerror(errno));
	resources_remove(uuid);
	snprintf(path, sizeof(path), KVRM_GUESTS_DIRECTORY "/%s", uuid);
	if (mkdir(path, 0710) || chown(path, 0, gid) || chmod(path, 0710))
		return text_error(ret_error, -errno, "%s: %s", path, strerror(errno));
	return 0;
}

static int listen_at(const char *uuid, const char *name, uid_t uid, gid_t gid, char **ret_error)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int len = snprintf(address.sun_path, sizeof(address.sun_path),
			   KVRM_GUESTS_DIRECTORY "/%s/%s", uuid, name);
	_cleanup_close_ int fd = -1;

	if (len >= (int)sizeof(address.sun_path))
		return text_error(ret_error, -ENAMETOOLONG, "channel: '%s' is too long", name);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) ||
	    chown(address.sun_path, uid, gid) || chmod(address.sun_path, 0600) || listen(fd, 1))
		return text_error(ret_error, -errno, "%s: %s", address.sun_path, strerror(errno));
	return TAKE_FD(fd);
}

static int open_disk(const struct definition_disk *disk, char **ret_error)
{
	_cleanup_close_ int fd =
		open(disk->path, (disk->read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		return text_error(ret_error, -errno, "disk: %s: %s", disk->path, strerror(errno));
	if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode))
		return text_error(ret_error, -EINVAL,
				  "disk: %s is neither a file nor a block device", disk->path);
	return TAKE_FD(fd);
}

/* As Documentation/admin-guide/devices.txt of the kernel has them. */
#define TUN_DEVICE makedev(10, 200)

/* kvrmd has made it, and may use it as it likes itself. */
static int take_tap(int tap, char **ret_error)
{
	struct stat st;
	int fd;

	if (fstat(tap, &st) || !S_ISCHR(st.st_mode) || st.st_rdev != TUN_DEVICE)
		return text_error(ret_error, -EINVAL, "nic: a descriptor is no tap");
	fd = fcntl(tap, F_DUPFD_CLOEXEC, 0);
	return fd < 0 ? text_error(ret_error, -errno, "nic: %s", strerror(errno)) : fd;
}

/**
 * resources_open_vhost() - open the device by which the host's kernel moves a NIC's packets
 * @ret_error: sentence
 *
 * Return: a descriptor or a negative errno.
 */
int resources_open_vhost(char **ret_error)
{
	int fd = open("/dev/vhost-net", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return text_error(ret_error, -errno, "nic: /dev/vhost-net: %s (or say vhost=off)",
				  strerror(errno));
	return fd;
}

static int keep(struct resources *r, int fd)
{
	if (fd < 0)
		return fd;
	r->fds[r->n_fds++] = fd;
	return 0;
}

/**
 * resources_open() - open everything that a guest gets
 * @r: filled in; closed with resources_close(), also on failure
 * @d: validated, so that all fits into @r
 * @taps: one for each NIC; they stay the caller's
 * @uid: of kvrmd, who will own the sockets
 * @gid: likewise
 * @ret_error: sentence that names key and path
 *
 * Return: 0 or a negative errno.
 */
int resources_open(struct resources *r, const struct definition *d, const int *taps, uid_t uid,
		   gid_t gid, char **ret_error)
{
	char name[96];
	int err;

	r->n_fds = 0;
	err = make_directory(d->uuid, gid, ret_error);
	if (!err)
		err = keep(r, listen_at(d->uuid, "qmp.sock", uid, gid, ret_error));
	if (!err)
		err = keep(r, listen_at(d->uuid, "console.sock", uid, gid, ret_error));
	for (size_t i = 0; !err && i < d->n_channels; i++) {
		snprintf(name, sizeof(name), "channel-%s.sock", d->channels[i]);
		err = keep(r, listen_at(d->uuid, name, uid, gid, ret_error));
	}
	for (size_t i = 0; !err && i < d->n_disks; i++)
		err = keep(r, open_disk(&d->disks[i], ret_error));
	for (size_t i = 0; !err && i < d->n_nics; i++) {
		err = keep(r, take_tap(taps[i], ret_error));
		if (!err && d->nics[i].vhost)
			err = keep(r, resources_open_vhost(ret_error));
	}
	return err;
}

/**
 * resources_close() - close the descriptors; what is on the file system stays
 * @r: may be empty
 */
void resources_close(struct resources *r)
{
	while (r->n_fds)
		close(r->fds[--r->n_fds]);
}
