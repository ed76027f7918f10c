// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Disks on D-Bus: aa{sv}, keys as in Documentation/dbus/org.kvrm1.Manager.md.
 */
#include <errno.h>
#include <string.h>

#include "daemon/model/definition.h"
#include "daemon/util/text.h"

/**
 * definition_append_disk() - append what is inside of the a{sv} of a disk
 * @m: message
 * @disk: disk
 *
 * Return: 0 or more, or a negative errno.
 */
int definition_append_disk(sd_bus_message *m, const struct definition_disk *disk)
{
	struct definition_disk copy = *disk;
	int r = sd_bus_message_append(m, "{sv}{sv}{sv}", "Path", "s", disk->path, "Format", "s",
				      disk->format, "ReadOnly", "b", (int)disk->read_only);

	for (size_t i = 0; r >= 0 && i < DISK_LIMIT_KEYS; i++)
		r = sd_bus_message_append(m, "{sv}", disk_limit_keys[i].bus, "t",
					  *disk_limit_at(&copy, i));
	return r;
}

/**
 * definition_append_disks() - append the disks as aa{sv}
 * @m: message
 * @d: definition
 *
 * Return: 0 or more, or a negative errno.
 */
int definition_append_disks(sd_bus_message *m, const struct definition *d)
{
	int r = sd_bus_message_open_container(m, 'a', "a{sv}");

	for (size_t i = 0; r >= 0 && i < d->n_disks; i++) {
		r = sd_bus_message_open_container(m, 'a', "{sv}");
		if (r >= 0)
			r = definition_append_disk(m, &d->disks[i]);
		if (r >= 0)
			r = sd_bus_message_close_container(m);
	}
	return r < 0 ? r : sd_bus_message_close_container(m);
}

/* What a disk is read into. Texts are the message's. */
struct reading {
	const char *path;
	const char *format;
	struct definition_disk disk;
};

static int read_read_only(sd_bus_message *m, struct definition_disk *disk)
{
	int read_only;
	int r = sd_bus_message_read(m, "v", "b", &read_only);

	if (r >= 0)
		disk->read_only = read_only;
	return r;
}

/* Return: as sd_bus_message_read(); -ENOENT if there is no such key. */
static int read_limit(sd_bus_message *m, struct definition_disk *disk, const char *key)
{
	for (size_t i = 0; i < DISK_LIMIT_KEYS; i++) {
		if (!strcmp(key, disk_limit_keys[i].bus))
			return sd_bus_message_read(m, "v", "t", disk_limit_at(disk, i));
	}
	return -ENOENT;
}

#define LIMIT_KEYS "ReadLimit ReadIOPS ReadBurst WriteLimit WriteIOPS WriteBurst"

static int read_pair(sd_bus_message *m, struct reading *into, bool limits, char **ret_error)
{
	const char *key;
	int r = sd_bus_message_read(m, "s", &key);

	if (r < 0)
		return r;
	if (limits)
		r = read_limit(m, &into->disk, key);
	else if (!strcmp(key, "Path"))
		r = sd_bus_message_read(m, "v", "s", &into->path);
	else if (!strcmp(key, "Format"))
		r = sd_bus_message_read(m, "v", "s", &into->format);
	else if (!strcmp(key, "ReadOnly"))
		r = read_read_only(m, &into->disk);
	else
		r = read_limit(m, &into->disk, key);
	if (r == -ENOENT)
		return text_error(ret_error, -EINVAL,
				  "Disks: unknown key '%s'; keys are %s" LIMIT_KEYS, key,
				  limits ? "" : "Path Format ReadOnly ");
	if (r == -ENXIO)
		return text_error(ret_error, -EINVAL,
				  "Disks: '%s' is not of its type (Path s, Format s, ReadOnly b, "
				  "limits t)",
				  key);
	return r;
}

static int read_pairs(sd_bus_message *m, struct reading *into, bool limits, char **ret_error)
{
	int r;

	while ((r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
		r = read_pair(m, into, limits, ret_error);
		if (r < 0)
			return r;
		sd_bus_message_exit_container(m);
	}
	return r;
}

static int read_disk(sd_bus_message *m, struct definition *d, char **ret_error)
{
	struct reading into = { 0 };
	int r = sd_bus_message_enter_container(m, 'a', "{sv}");

	if (r <= 0)
		return r;
	r = read_pairs(m, &into, false, ret_error);
	if (r < 0)
		return r;
	if (!into.path)
		return text_error(ret_error, -EINVAL, "Disks: Path is missing");
	r = definition_add_disk(d, into.path, into.format, into.disk.read_only, ret_error);
	if (r)
		return r;
	memcpy(d->disks[d->n_disks - 1].limits, into.disk.limits, sizeof(into.disk.limits));
	sd_bus_message_exit_container(m);
	return 1;
}

/**
 * disk_read_bus_limits() - read limits from an a{sv}; definition_check_disks() it afterwards
 * @m: message, at the a{sv}
 * @disk: what is not given stays
 * @ret_error: sentence
 *
 * Return: as definition_read_bus().
 */
int disk_read_bus_limits(sd_bus_message *m, struct definition_disk *disk, char **ret_error)
{
	struct reading into = { .disk = *disk };
	int r = sd_bus_message_enter_container(m, 'a', "{sv}");

	if (r > 0)
		r = read_pairs(m, &into, true, ret_error);
	if (r < 0)
		return r;
	*disk = into.disk;
	return sd_bus_message_exit_container(m);
}

/**
 * definition_read_disks() - read disks from a variant of aa{sv}, and add them
 * @m: message, at the variant
 * @d: definition
 * @ret_error: sentence
 *
 * Return: 0 or a negative errno; see definition.h.
 */
int definition_read_disks(sd_bus_message *m, struct definition *d, char **ret_error)
{
	int r = sd_bus_message_enter_container(m, 'v', "aa{sv}");

	if (r < 0)
		return r;
	r = sd_bus_message_enter_container(m, 'a', "a{sv}");
	while (r > 0)
		r = read_disk(m, d, ret_error);
	if (r < 0)
		return r;
	sd_bus_message_exit_container(m);
	sd_bus_message_exit_container(m);
	return 0;
}
