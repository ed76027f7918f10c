/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Block devices of the host.
 */
#ifndef DAEMON_WIRE_BLOCKDEV_H
#define DAEMON_WIRE_BLOCKDEV_H

#define BLOCKDEV_SYSFS "/sys/block"

/**
 * blockdev_any_weighs() - whether any device of the host shares itself by cgroups' weights
 * @sysfs: NULL for BLOCKDEV_SYSFS
 * @cgroup_root: of the hierarchy, NULL for CGROUP_ROOT
 *
 * That is one with the I/O scheduler bfq, or for which io.cost is enabled in io.cost.qos
 * (Documentation/admin-guide/cgroup-v2.rst of the kernel).
 *
 * Return: 1, 0, or a negative errno if the devices cannot be listed.
 */
int blockdev_any_weighs(const char *sysfs, const char *cgroup_root);

#endif
