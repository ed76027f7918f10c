/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KVRM_LAUNCH_RESOURCES_H
#define KVRM_LAUNCH_RESOURCES_H

#include <stddef.h>
#include <sys/types.h>

#include "daemon/launch/handover.h"
#include "daemon/model/definition.h"

/**
 * struct resources - the descriptors that a guest gets, in the order of qemu-args.c
 * @fds: @n_fds of them, owned
 * @n_fds: how many
 */
struct resources {
	int fds[HANDOVER_FDS_MAX];
	size_t n_fds;
};

int resources_open(struct resources *r, const struct definition *d, const int *taps, uid_t uid,
		   gid_t gid, char **ret_error);
int resources_open_vhost(char **ret_error);
void resources_close(struct resources *r);
void resources_remove(const char *uuid);

#endif
