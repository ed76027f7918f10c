/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The store: definitions of systems, pools and uplinks that survive everything. SQLite, write-ahead log, synchronous=FULL: what
 * a function returned 0 for is on the disk.
 *
 * Errors of all functions: -EIO with a sentence in ret_error (to be freed; may be NULL), or
 * -ENOMEM.
 */
#ifndef KVRM_STORE_H
#define KVRM_STORE_H

#include "daemon/model/definition.h"
#include "daemon/model/pool.h"
#include "daemon/model/system.h"
#include "daemon/model/uplink.h"

struct store;

/**
 * store_each - called for each definition
 * @definition: the callee's from now on
 * @data: as given to store_load()
 *
 * Return: 0 or a negative errno, which ends the loading.
 */
typedef int store_each(struct definition *definition, void *data);

/**
 * store_each_pool - called for each pool
 * @definition: the callee's from now on
 * @data: as given to store_load_pools()
 *
 * Return: 0 or a negative errno, which ends the loading.
 */
typedef int store_each_pool(struct pool_definition *definition, void *data);

/**
 * store_each_uplink - called for each uplink and part
 * @definition: the callee's from now on
 * @data: as given to store_load_uplinks()
 *
 * Return: 0 or a negative errno, which ends the loading.
 */
typedef int store_each_uplink(struct uplink_definition *definition, void *data);

/**
 * store_each_adoption - called for each adopted guest
 * @system: the callee's from now on; nobody observes it
 * @data: as given to store_load_adoptions()
 *
 * Return: 0 or a negative errno, which ends the loading.
 */
typedef int store_each_adoption(struct system *system, void *data);

/**
 * struct store_item - one of several that are written together
 * @system: to be written; NULL: @pool is
 * @pool: to be written
 */
struct store_item {
	const struct definition *system;
	const struct pool_definition *pool;
};

int store_open(const char *path, struct store **ret, char **ret_error);
struct store *store_close(struct store *store);
int store_load(struct store *store, store_each *each, void *data, char **ret_error);
int store_put(struct store *store, const struct definition *d, char **ret_error);
int store_load_pools(struct store *store, store_each_pool *each, void *data, char **ret_error);
int store_put_all(struct store *store, const struct store_item *items, size_t n, char **ret_error);
int store_put_pool(struct store *store, const struct pool_definition *d, char **ret_error);
int store_delete_pool(struct store *store, const char *name, char **ret_error);
int store_load_uplinks(struct store *store, store_each_uplink *each, void *data, char **ret_error);
int store_put_uplink(struct store *store, const struct uplink_definition *d, char **ret_error);
int store_delete_uplink(struct store *store, const char *name, char **ret_error);
int store_delete(struct store *store, const char *uuid, char **ret_error);

/* store-adoption.c */
int store_load_adoptions(struct store *store, store_each_adoption *each, void *data,
			 char **ret_error);
int store_put_adoption(struct store *store, const struct system *system, char **ret_error);
int store_delete_adoption(struct store *store, const char *uuid, char **ret_error);

#endif
