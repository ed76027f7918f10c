/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KVRM_KEYFILE_H
#define KVRM_KEYFILE_H

#include <stdio.h>

/**
 * keyfile_pair - called for each pair of a key file
 * @key: as written
 * @value: without white space around it; may be empty
 * @ret_error: receives a sentence on failure, without file and line
 * @data: as given to keyfile_read()
 *
 * Return: 0 or a negative errno, which ends the reading.
 */
typedef int keyfile_pair(const char *key, const char *value, char **ret_error, void *data);

int keyfile_read(FILE *file, const char *name, keyfile_pair *pair, void *data, char **ret_error);

#endif
