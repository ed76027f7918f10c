/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What /proc tells of a process to everybody.
 */
#ifndef DAEMON_WIRE_PROCESS_H
#define DAEMON_WIRE_PROCESS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "daemon/util/slice.h"

#define PROCESS_ROOT "/proc"
/* More than the kernel keeps. */
#define PROCESS_NAME_SIZE 32

/**
 * struct process - a process
 * @pid: its number
 * @name: as in comm, whatever bytes its owner has put there, made fit to be shown
 * @start_ticks: when it was started, in clock ticks since the host was; together with @pid it is no other's
 *	until the host is started again
 * @cgroup: of its first thread in the hierarchy of version 2; "" if it is in none. Any bytes: who may
 *	make cgroups names them
 * @arguments: its command line, each argument with its NUL; owned
 * @arguments_size: bytes
 */
struct process {
	pid_t pid;
	char name[PROCESS_NAME_SIZE];
	uint64_t start_ticks;
	char cgroup[SLICE_PATH_SIZE];
	char *arguments;
	size_t arguments_size;
};

/**
 * process_read() - look at a process
 * @root: of the process file system, NULL for PROCESS_ROOT
 * @pid: its number
 * @ret: to be freed with process_deinit(), also on failure
 *
 * Return: 0; -ESRCH: there is none, it has ended, or it cannot be seen; -EBADMSG: what is said of it is
 * malformed; another negative errno.
 */
int process_read(const char *root, pid_t pid, struct process *ret);

/**
 * process_read_name() - how a process is called
 * @root: as of process_read()
 * @pid: its number
 * @name: receives it, as in struct process
 *
 * Return: 0; -ESRCH: there is none, or it cannot be seen; another negative errno.
 */
int process_read_name(const char *root, pid_t pid, char name[static PROCESS_NAME_SIZE]);

/**
 * process_list() - numbers of all processes that can be seen
 * @root: as of process_read()
 * @ret_pids: array to be freed; NULL if there are none
 * @ret_n: how many
 *
 * Return: 0 or a negative errno.
 */
int process_list(const char *root, pid_t **ret_pids, size_t *ret_n);

/**
 * process_deinit() - free what is known of a process
 * @process: filled in, or all zero
 */
void process_deinit(struct process *process);

#endif
