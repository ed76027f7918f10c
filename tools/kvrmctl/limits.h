/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Limits of one of a system's NICs or disks changed: what nic set and disk set have in common.
 */
#ifndef KVRMCTL_LIMITS_H
#define KVRMCTL_LIMITS_H

#include <stddef.h>
#include <stdint.h>

#include "daemon/model/definition.h"
#include "tools/kvrmctl/command.h"

/**
 * struct limits_kind - what limits are of
 * @title: of one, for sentences
 * @max: how many there can be
 * @method: of the virtual system
 * @keys: @n_keys of them, at most 32
 * @n_keys: how many
 * @names: all keys, for sentences
 * @parse: reads the value of a key (place in @keys); as nic_set() has it
 * @text_key: one more key, whose value is a text; NULL: there is none
 * @text_property: what it is called on D-Bus
 * @check_text: whether a text can be its value; the sentence is to be freed
 */
struct limits_kind {
	const char *title;
	size_t max;
	const char *method;
	const struct limit_key *keys;
	size_t n_keys;
	const char *names;
	int (*parse)(size_t key, const char *value, uint64_t *ret, char **ret_error);
	const char *text_key;
	const char *text_property;
	int (*check_text)(const char *value, char **ret_error);
};

/**
 * limits_parse_index() - read the place of a NIC or disk
 * @title: of one, for the sentence
 * @max: how many there can be
 * @text: what was given
 * @ret: the place
 * @ret_error: sentence, to be freed
 *
 * Return: 0 or -EINVAL.
 */
int limits_parse_index(const char *title, size_t max, const char *text, uint64_t *ret,
		       char **ret_error);

/**
 * limits_set() - the command NAME INDEX KEY=VALUE...
 * @client: client
 * @argc: as command.h has it
 * @argv: likewise
 * @kind: what
 *
 * Return: exit status.
 */
int limits_set(struct client *client, int argc, char **argv, const struct limits_kind *kind);

#endif
