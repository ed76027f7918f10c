// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where a guest's QEMU is: in the cgroup of its unit, or, since it was moved to another pool, in that of a
 * scope; see daemon/launch/move.c. Its unit's cgroup stays, with what was counted and charged there.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/observe/guest.h"
#include "daemon/util/cleanup.h"

#define SLICES_TOP "/kvrm.slice"

/**
 * guest_find_cgroup() - find and open the cgroup that QEMU is in
 * @guest: guest
 * @unit_path: cgroup of its unit
 * @pid: QEMU
 * @path: receives it; the unit's, if QEMU is nowhere else
 *
 * Return: a descriptor to be closed, or a negative errno.
 */
int guest_find_cgroup(const struct guest *guest, const char *unit_path, uint32_t pid,
		      char path[static SLICE_PATH_SIZE])
{
	const char *root = guest->env->cgroup_root;
	_cleanup_close_ int home = cgroup_open(root, unit_path);
	char prefix[64];
	int fd;

	snprintf(path, SLICE_PATH_SIZE, "%s", unit_path);
	if (home < 0 || cgroup_has_process(home, (pid_t)pid))
		return home < 0 ? home : TAKE_FD(home);
	snprintf(prefix, sizeof(prefix), "kvrm-guest-%s-", guest->system->definition->uuid);
	if (!cgroup_find(root, SLICES_TOP, prefix, (pid_t)pid, path, SLICE_PATH_SIZE)) {
		fd = cgroup_open(root, path);
		if (fd >= 0)
			return fd;
	}
	snprintf(path, SLICE_PATH_SIZE, "%s", unit_path);
	return TAKE_FD(home);
}

/**
 * guest_open_cgroup() - open a cgroup that QEMU should be in
 * @guest: its process is known
 * @path: as systemd has it
 *
 * Return: a descriptor to be closed; -ESRCH: QEMU is not in it; another negative errno.
 */
int guest_open_cgroup(const struct guest *guest, const char *path)
{
	_cleanup_close_ int fd = cgroup_open(guest->env->cgroup_root, path);
	int r = fd < 0 ? fd : cgroup_has_process(fd, (pid_t)guest->system->main_pid);

	if (r > 0)
		return TAKE_FD(fd);
	return r ? r : -ESRCH;
}

/* What was counted in the cgroup that is left, unless it stays. */
static void carry(struct guest *guest)
{
	struct cgroup_cpu_stat stat;
	struct kvrm_counts counts;

	if (guest->home_fd < 0) {
		guest->home_fd = TAKE_FD(guest->cgroup_fd);
		return;
	}
	cgroup_read_counts(guest->cgroup_fd, &counts);
	kvrm_counts_add(&guest->counts_before, &counts);
	if (!cgroup_read_cpu_stat(guest->cgroup_fd, &stat)) {
		guest->usage_before_us += stat.usage_us;
		guest->limited_before_us += stat.limited_us;
	}
	close(guest->cgroup_fd);
}

/**
 * guest_adopt_cgroup() - QEMU is in this cgroup now
 * @guest: its home is known
 * @fd: directory; the guest's from now on
 * @path: as systemd has it
 */
void guest_adopt_cgroup(struct guest *guest, int fd, const char *path)
{
	struct system *system = guest->system;

	if (guest->cgroup_fd >= 0)
		carry(guest);
	else if (strcmp(path, guest->home))
		guest->home_fd = cgroup_open(guest->env->cgroup_root, guest->home);
	guest->cgroup_fd = fd;
	guest_watch_memory(guest);
	snprintf(system->control_group, sizeof(system->control_group), "%s", path);
}

/**
 * guest_read_cpu_stat() - cpu.stat, of all cgroups that the guest was in since kvrmd knows it, and of its unit
 * @guest: its cgroup is known
 * @ret: filled in
 *
 * Return: as cgroup_read_cpu_stat().
 */
int guest_read_cpu_stat(const struct guest *guest, struct cgroup_cpu_stat *ret)
{
	struct cgroup_cpu_stat home;
	int r = cgroup_read_cpu_stat(guest->cgroup_fd, ret);

	if (r)
		return r;
	ret->usage_us += guest->usage_before_us;
	ret->limited_us += guest->limited_before_us;
	if (guest->home_fd < 0 || cgroup_read_cpu_stat(guest->home_fd, &home))
		return 0;
	ret->usage_us += home.usage_us;
	ret->limited_us += home.limited_us;
	return 0;
}

/**
 * guest_read_left() - memory that is still charged to the unit of a guest that was moved out of it
 * @guest: has left its unit
 * @ret_bytes: filled in
 *
 * Return: as cgroup_read_memory().
 */
int guest_read_left(const struct guest *guest, uint64_t *ret_bytes)
{
	return cgroup_read_memory(guest->home_fd, ret_bytes);
}

/**
 * guest_read_memory() - memory that is charged to the guest's cgroup, and still to its unit's
 * @guest: its cgroup is known
 * @ret_bytes: filled in
 *
 * Return: as cgroup_read_memory().
 */
int guest_read_memory(const struct guest *guest, uint64_t *ret_bytes)
{
	uint64_t home_bytes;
	int r = cgroup_read_memory(guest->cgroup_fd, ret_bytes);

	if (!r && guest->home_fd >= 0 && !guest_read_left(guest, &home_bytes))
		*ret_bytes += home_bytes;
	return r;
}

/**
 * guest_read_swap() - memory of the guest's cgroup that is in swap, and what is left there of its unit's
 * @guest: its cgroup is known
 * @ret_bytes: filled in
 *
 * Return: as cgroup_read_swap().
 */
int guest_read_swap(const struct guest *guest, uint64_t *ret_bytes)
{
	uint64_t home_bytes;
	int r = cgroup_read_swap(guest->cgroup_fd, ret_bytes);

	if (!r && guest->home_fd >= 0 && !cgroup_read_swap(guest->home_fd, &home_bytes))
		*ret_bytes += home_bytes;
	return r;
}

/**
 * guest_read_counts() - what was counted of its memory, in all cgroups that guest_read_cpu_stat() heeds
 * @guest: its cgroup is known
 * @ret: filled in, as by cgroup_read_counts()
 */
void guest_read_counts(const struct guest *guest, struct kvrm_counts *ret)
{
	struct kvrm_counts home;

	cgroup_read_counts(guest->cgroup_fd, ret);
	kvrm_counts_add(ret, &guest->counts_before);
	if (guest->home_fd < 0)
		return;
	cgroup_read_counts(guest->home_fd, &home);
	kvrm_counts_add(ret, &home);
}
