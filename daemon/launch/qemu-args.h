/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KVRM_QEMU_ARGS_H
#define KVRM_QEMU_ARGS_H

#include <stddef.h>

#include "daemon/model/definition.h"

#define QEMU_PATH "/usr/bin/qemu-system-x86_64"

/**
 * struct qemu_args - QEMU's command line
 * @argv: @n arguments, owned; the first is QEMU's path
 * @n: how many
 * @failed: there was no memory
 */
struct qemu_args {
	char **argv;
	size_t n;
	int failed;
};

int qemu_args_build(struct qemu_args *args, const struct definition *d);
void qemu_args_deinit(struct qemu_args *args);

#endif
