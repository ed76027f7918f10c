/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A pool's slice: the systemd unit that holds its members. The pool `web` is kvrm-web.slice, `front` in it
 * kvrm-web-front.slice; the root is kvrm.slice itself.
 */
#ifndef KVRM_SLICE_H
#define KVRM_SLICE_H

#include <stddef.h>

/* Longest name of a unit that systemd takes, and a NUL. */
#define SLICE_NAME_SIZE 256
/* Most pools above a guest, without the root. */
#define SLICE_CHAIN_MAX 7
/* All slices above a guest, and its own cgroup. */
#define SLICE_PATH_SIZE 2048

int slice_name(const char *const *chain, size_t n, char name[static SLICE_NAME_SIZE]);
int slice_path(const char *const *chain, size_t n, char path[static SLICE_PATH_SIZE]);

#endif
