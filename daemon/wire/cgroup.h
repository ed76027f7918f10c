/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files of a cgroup (v2), by a descriptor of its directory. A cgroup that was removed meanwhile
 * gives
 * -ENODEV or -ENOENT.
 */
#ifndef DAEMON_WIRE_CGROUP_H
#define DAEMON_WIRE_CGROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

#include "kvrm/counts.h"

#define CGROUP_ROOT "/sys/fs/cgroup"

/**
 * struct cgroup_cpu_stat - from cpu.stat, since the cgroup was made
 * @usage_us: CPU time
 * @limited_us: throttled_usec: time held back by cpu.max, summed over CPUs
 * @limited_known: false if the processor controller is not enabled here
 */
struct cgroup_cpu_stat {
	uint64_t usage_us;
	uint64_t limited_us;
	bool limited_known;
};

/**
 * cgroup_open() - open a cgroup's directory
 * @root: of the hierarchy, NULL for CGROUP_ROOT
 * @path: below it, as systemd's property ControlGroup has it; a leading slash is allowed. Neither ".." nor
 *	symbolic links are followed, and it must not be the root itself
 *
 * Return: a descriptor to be closed, or a negative errno.
 */
int cgroup_open(const char *root, const char *path);

/**
 * cgroup_id() - identity of a cgroup, as KVRM_A_GUEST_CGROUP_ID has it
 * @fd: its directory
 * @ret_id: inode number
 *
 * Return: 0 or a negative errno.
 */
int cgroup_id(int fd, uint64_t *ret_id);

/**
 * cgroup_read() - a whole small file
 * @fd: directory
 * @name: of the file
 * @buffer: filled in, ends with NUL
 * @size: of @buffer
 *
 * Return: length; -EFBIG: does not fit; another negative errno.
 */
ssize_t cgroup_read(int fd, const char *name, char *buffer, size_t size);

/**
 * cgroup_read_cpu_stat() - cpu.stat
 * @fd: directory
 * @ret: filled in
 *
 * Return: 0; -EBADMSG: it does not say usage_usec; another negative errno.
 */
int cgroup_read_cpu_stat(int fd, struct cgroup_cpu_stat *ret);

/**
 * cgroup_read_cpu_max() - cpu.max
 * @fd: directory
 * @ret_quota_us: per period; 0: no limit ("max")
 * @ret_period_us: not 0
 *
 * Return: 0; -EBADMSG: malformed; -ENOENT: the processor controller is not enabled here; another
 * negative errno.
 */
int cgroup_read_cpu_max(int fd, uint64_t *ret_quota_us, uint64_t *ret_period_us);

/**
 * cgroup_read_cpu_weight() - cpu.weight
 * @fd: directory
 * @ret_weight: 1 to 10000
 *
 * Return: 0; -EBADMSG: malformed; -ENOENT: the processor controller is not enabled here; another
 * negative errno.
 */
int cgroup_read_cpu_weight(int fd, uint32_t *ret_weight);

/**
 * cgroup_read_io_weight() - io.weight, that for all devices
 * @fd: directory
 * @ret_weight: 1 to 10000
 *
 * Return: 0; -EBADMSG: malformed; -ENOENT: the storage controller is not enabled here, or the kernel has no
 * cost model; another negative errno.
 */
int cgroup_read_io_weight(int fd, uint32_t *ret_weight);

/**
 * cgroup_read_memory() - memory.current
 * @fd: directory
 * @ret_bytes: charged to it
 *
 * Return: 0; -ENOENT: the memory controller is not enabled here; another negative errno.
 */
int cgroup_read_memory(int fd, uint64_t *ret_bytes);

/**
 * cgroup_read_swap() - memory.swap.current
 * @fd: directory
 * @ret_bytes: of its memory in swap
 *
 * Return: 0; -ENOENT: the memory controller is not enabled here, or the kernel does not account for swap; another
 * negative errno.
 */
int cgroup_read_swap(int fd, uint64_t *ret_bytes);

/**
 * cgroup_read_counts() - what the kernel has counted of its memory and of pressure, since it was made
 * @fd: directory
 * @ret: filled in; what no file of it tells, or not as a number, is not known. That is so of memory where its controller
 *	is not enabled, of pressure where the kernel was told not to measure it, and of what an older kernel does not count
 */
void cgroup_read_counts(int fd, struct kvrm_counts *ret);

/**
 * cgroup_read_memory_min() - memory.min
 * @fd: directory
 * @ret_bytes: below which nothing is reclaimed; UINT64_MAX: "max"
 *
 * Return: 0; -EBADMSG: malformed; -ENOENT: the memory controller is not enabled here; another negative
 * errno.
 */
int cgroup_read_memory_min(int fd, uint64_t *ret_bytes);

/**
 * struct cgroup_memory - memory that is used, and its bounds
 * @usage_bytes: memory.current
 * @high_bytes: memory.high, from which on it is throttled; UINT64_MAX: "max"
 * @max_bytes: memory.max, that it may never exceed; likewise
 */
struct cgroup_memory {
	uint64_t usage_bytes;
	uint64_t high_bytes;
	uint64_t max_bytes;
};

/**
 * cgroup_look_at_memory() - memory.current, memory.high and memory.max
 * @fd: directory
 * @ret: filled in
 *
 * Return: as cgroup_read_memory_min().
 */
int cgroup_look_at_memory(int fd, struct cgroup_memory *ret);

/**
 * cgroup_read_populated() - whether a process lives in or below it
 * @fd: directory
 *
 * Return: 1, 0 (also if the cgroup was removed), or a negative errno.
 */
int cgroup_read_populated(int fd);

/**
 * cgroup_read_procs() - processes in it, not those below
 * @fd: directory
 * @ret_pids: array to be freed; NULL if there are none
 * @ret_n: how many
 *
 * Return: 0 or a negative errno.
 */
int cgroup_read_procs(int fd, pid_t **ret_pids, size_t *ret_n);

/**
 * cgroup_read_all_procs() - processes in it and below
 * @fd: directory
 * @ret_pids: array to be freed; NULL if there are none
 * @ret_n: how many
 *
 * Return: 0 or a negative errno; cgroups that go meanwhile are no error.
 */
int cgroup_read_all_procs(int fd, pid_t **ret_pids, size_t *ret_n);

/**
 * cgroup_has_process() - whether a process is in it, not below
 * @fd: directory
 * @pid: of the process
 *
 * Return: 1, 0 (also if the cgroup was removed), or a negative errno.
 */
int cgroup_has_process(int fd, pid_t pid);

/**
 * cgroup_find() - find the cgroup that a process is in, in a tree of slices
 * @root: of the hierarchy, NULL for CGROUP_ROOT
 * @top: where to begin, as systemd's property ControlGroup has it
 * @prefix: that the names of the cgroups begin with that are of interest
 * @pid: of the process
 * @path: receives it, in the form of @top
 * @size: of @path
 *
 * Return: 0; -ESRCH: it is in none of them; another negative errno.
 */
int cgroup_find(const char *root, const char *top, const char *prefix, pid_t pid, char *path,
		size_t size);

/**
 * cgroup_watch_memory() - be told when memory.events changes: it was throttled, was at its limit, or lost a
 * process for that; the kernel tells it at most every 10 ms
 * @event: loop
 * @fd: directory; need not stay open
 * @changed: called from the event loop each time; the return value is the loop's business
 * @data: for @changed
 * @ret: to be unreferenced
 *
 * Return: 0; -ENOENT: the memory controller is not enabled here; another negative errno.
 */
int cgroup_watch_memory(sd_event *event, int fd, sd_event_inotify_handler_t changed, void *data,
			sd_event_source **ret);

struct cgroup_watch;

/**
 * cgroup_watch_new() - be told once when the last process has left a cgroup
 * @event: loop
 * @fd: directory; need not stay open
 * @empty: called once from the event loop; may call cgroup_watch_free()
 * @data: for @empty
 * @ret: to be freed with cgroup_watch_free()
 *
 * A cgroup that is empty already is told as well.
 *
 * Return: 0 or a negative errno.
 */
int cgroup_watch_new(sd_event *event, int fd, void (*empty)(void *data), void *data,
		     struct cgroup_watch **ret);

/**
 * cgroup_watch_free() - stop watching
 * @watch: may be NULL
 *
 * Return: NULL.
 */
struct cgroup_watch *cgroup_watch_free(struct cgroup_watch *watch);

#endif
