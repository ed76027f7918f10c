/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Arguments of set: NAME KEY=VALUE... [NAME KEY=VALUE...]..., where pool/NAME is a pool. Names have
 * neither = nor /.
 */
#ifndef KVRMCTL_TARGET_H
#define KVRMCTL_TARGET_H

#include "daemon/util/cleanup.h"
#include "tools/kvrmctl/setting.h"

/**
 * struct target - what is to be changed, and how
 * @word: as typed; not its own
 * @name: of a pool, name or UUID of a system; part of @word
 * @pool: which of both
 * @settings: changes
 */
struct target {
	const char *word;
	const char *name;
	bool pool;
	struct settings settings;
};

/**
 * struct targets - several
 * @item: @n of them
 * @n: number
 */
struct targets {
	struct target *item;
	size_t n;
};

int targets_parse(struct targets *targets, char *const *words, char **ret_error);
int targets_append(sd_bus_message *m, const struct targets *targets, bool pools);
void targets_deinit(struct targets *targets);
#define _cleanup_targets_ _cleanup_(targets_deinit)

#endif
