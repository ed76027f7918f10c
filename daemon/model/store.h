/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The store: definitions that survive everything. SQLite, write-ahead log, synchronous=FULL: what
 * a function returned 0 for is on the disk.
 *
 * Errors of all functions: -EIO with a sentence in ret_error (to be freed; may be NULL), or
 * -ENOMEM.
 */
#ifndef KVRM_STORE_H
#define KVRM_STORE_H

#include "daemon/model/definition.h"

struct store;

/**
 * store_each - called for each definition
 * @definition: the callee's from now on
 * @data: as given to store_load()
 *
 * Return: 0 or a negative errno, which ends the loading.
 */
typedef int store_each(struct definition *definition, void *data);

int store_open(const char *path, struct store **ret, char **ret_error);
struct store *store_close(struct store *store);
int store_load(struct store *store, store_each *each, void *data, char **ret_error);
int store_put(struct store *store, const struct definition *d, char **ret_error);
int store_delete(struct store *store, const char *uuid, char **ret_error);

#endif
