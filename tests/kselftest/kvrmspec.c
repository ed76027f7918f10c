// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The netlink specification as tables; see kvrmspec.h.
 */
#include <linux/kvrm.h>
#include <string.h>

#include "kvrmspec.h"
#include "kvrmspec-table.h"

/**
 * kvrmspec_cmd() - find a command
 * @cmd: KVRM_CMD_*
 *
 * Return: NULL if it is none that can be sent.
 */
const struct kvrmspec_cmd *kvrmspec_cmd(int cmd)
{
	for (size_t i = 0; i < kvrmspec_n_cmds; i++) {
		if (kvrmspec_cmds[i].cmd == cmd)
			return &kvrmspec_cmds[i];
	}
	return NULL;
}

/**
 * kvrmspec_attr() - find an attribute by its type
 * @set: where
 * @type: KVRM_A_*
 *
 * Return: NULL if the set has none such.
 */
const struct kvrmspec_attr *kvrmspec_attr(const struct kvrmspec_set *set, int type)
{
	for (size_t i = 0; i < set->n; i++) {
		if (set->attrs[i].type == type)
			return &set->attrs[i];
	}
	return NULL;
}

/**
 * kvrmspec_find() - find an attribute by its name
 * @set: where
 * @name: need not be terminated
 * @length: of @name
 *
 * Return: NULL if the set has none such.
 */
const struct kvrmspec_attr *kvrmspec_find(const struct kvrmspec_set *set, const char *name,
					  size_t length)
{
	for (size_t i = 0; i < set->n; i++) {
		if (strlen(set->attrs[i].name) == length &&
		    !memcmp(set->attrs[i].name, name, length))
			return &set->attrs[i];
	}
	return NULL;
}
