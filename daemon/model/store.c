// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The store; see store.h.
 */
#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/model/store-internal.h"
#include "daemon/util/text.h"

/* What leads from each version of the schema to the next. */
static const char *const migrations[] = {
	"CREATE TABLE system (uuid TEXT PRIMARY KEY NOT NULL,"
	" name TEXT UNIQUE NOT NULL, definition TEXT NOT NULL) STRICT",
	"CREATE TABLE pool (name TEXT PRIMARY KEY NOT NULL, definition TEXT NOT NULL) STRICT",
	"CREATE TABLE uplink (name TEXT PRIMARY KEY NOT NULL, definition TEXT NOT NULL) STRICT",
	"CREATE TABLE adoption (uuid TEXT PRIMARY KEY NOT NULL,"
	" name TEXT UNIQUE NOT NULL, definition TEXT NOT NULL) STRICT",
};

#define STORE_SCHEMA_VERSION ((int)(sizeof(migrations) / sizeof(migrations[0])))

struct store {
	sqlite3 *db;
	char *path;
};

static void finalize(sqlite3_stmt **statement)
{
	sqlite3_finalize(*statement);
}
#define _cleanup_statement_ _cleanup_(finalize)

static int store_error(struct store *store, char **ret_error)
{
	return text_error(ret_error, -EIO, "%s: %s", store->path, sqlite3_errmsg(store->db));
}

static int store_exec(struct store *store, const char *sql, char **ret_error)
{
	return sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK
		       ? 0
		       : store_error(store, ret_error);
}

/* The first column of the first row of a query. */
static int store_value(struct store *store, const char *sql, char **ret_text, char **ret_error)
{
	_cleanup_statement_ sqlite3_stmt *statement = NULL;

	if (sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL) != SQLITE_OK ||
	    sqlite3_step(statement) != SQLITE_ROW)
		return store_error(store, ret_error);
	*ret_text = strdup((const char *)sqlite3_column_text(statement, 0) ?: "");
	return *ret_text ? 0 : -ENOMEM;
}

static int store_check(struct store *store, char **ret_error)
{
	_cleanup_free_ char *answer = NULL;
	int r = store_value(store, "PRAGMA quick_check(1)", &answer, ret_error);

	if (r)
		return r;
	if (strcmp(answer, "ok"))
		return text_error(ret_error, -EIO, "%s: is damaged: %s", store->path, answer);
	return 0;
}

/* One step, with the version's own number, or nothing of it. */
static int store_step(struct store *store, int version, char **ret_error)
{
	char number[64];
	int r = store_exec(store, "BEGIN IMMEDIATE", ret_error);

	if (r)
		return r;
	snprintf(number, sizeof(number), "PRAGMA user_version = %d", version + 1);
	r = store_exec(store, migrations[version], ret_error);
	if (!r)
		r = store_exec(store, number, ret_error);
	if (!r)
		r = store_exec(store, "COMMIT", ret_error);
	if (r)
		store_exec(store, "ROLLBACK", NULL);
	return r;
}

static int store_migrate(struct store *store, char **ret_error)
{
	_cleanup_free_ char *version = NULL;
	int r = store_value(store, "PRAGMA user_version", &version, ret_error);

	if (r)
		return r;
	if (atoi(version) > STORE_SCHEMA_VERSION)
		return text_error(ret_error, -EIO,
				  "%s: was written by a newer kvrmd (schema %s, this one knows %d)",
				  store->path, version, STORE_SCHEMA_VERSION);
	for (int at = atoi(version); !r && at < STORE_SCHEMA_VERSION; at++)
		r = store_step(store, at, ret_error);
	return r;
}

/**
 * store_open() - open or create the store
 * @path: of the database
 * @ret: to be closed with store_close()
 * @ret_error: sentence
 *
 * A store that is damaged, or that a newer kvrmd has written, is not touched.
 *
 * Return: 0 or a negative errno; see store.h.
 */
int store_open(const char *path, struct store **ret, char **ret_error)
{
	struct store *store = calloc(1, sizeof(*store));
	int r = -ENOMEM;

	if (store)
		store->path = strdup(path);
	if (store && store->path) {
		r = sqlite3_open_v2(path, &store->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
				    NULL) == SQLITE_OK
			    ? 0
			    : store_error(store, ret_error);
		if (!r)
			sqlite3_busy_timeout(store->db, 2000);
		if (!r)
			r = store_check(store, ret_error);
		if (!r)
			r = store_exec(store,
				       "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL",
				       ret_error);
		if (!r)
			r = store_migrate(store, ret_error);
	}
	if (r) {
		store_close(store);
		return r;
	}
	*ret = store;
	return 0;
}

/**
 * store_close() - close the store
 * @store: may be NULL
 *
 * Return: NULL.
 */
struct store *store_close(struct store *store)
{
	if (!store)
		return NULL;
	sqlite3_close(store->db);
	free(store->path);
	free(store);
	return NULL;
}

static int take_system(const struct loading *loading, const char *text, char **ret_error)
{
	struct definition *d;
	int r = definition_from_json(text, &d, ret_error);

	return r ? r : loading->system(d, loading->data);
}

static int take_pool(const struct loading *loading, const char *text, char **ret_error)
{
	struct pool_definition *d;
	int r = pool_definition_from_json(text, &d, ret_error);

	return r ? r : loading->pool(d, loading->data);
}

static int take_uplink(const struct loading *loading, const char *text, char **ret_error)
{
	struct uplink_definition *d;
	int r = uplink_definition_from_json(text, &d, ret_error);

	return r ? r : loading->uplink(d, loading->data);
}

static int take_row(struct store *store, sqlite3_stmt *row, const struct loading *loading,
		    char **ret_error)
{
	const char *text = (const char *)sqlite3_column_text(row, 1);
	_cleanup_free_ char *error = NULL;
	int r = text ? loading->take(loading, text, &error) : -ENOMEM;

	if (!r || !error)
		return r;
	return text_error(ret_error, r == -EINVAL ? -EIO : r, "%s: definition of %s: %s",
			  store->path, sqlite3_column_text(row, 0), error);
}

/**
 * store_load_rows() - read rows of a name and a definition
 * @store: store
 * @sql: query
 * @loading: what becomes of each
 * @ret_error: sentence
 *
 * Return: 0, what the receiver returned, or a negative errno; see store.h.
 */
int store_load_rows(struct store *store, const char *sql, const struct loading *loading,
		    char **ret_error)
{
	_cleanup_statement_ sqlite3_stmt *statement = NULL;
	int step, r = 0;

	if (sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL) != SQLITE_OK)
		return store_error(store, ret_error);
	while (!r && (step = sqlite3_step(statement)) == SQLITE_ROW)
		r = take_row(store, statement, loading, ret_error);
	return r || step == SQLITE_DONE ? r : store_error(store, ret_error);
}

/**
 * store_load() - read all definitions
 * @store: store
 * @each: called for each, by name
 * @data: for @each
 * @ret_error: sentence
 *
 * Return: 0, what @each returned, or a negative errno; see store.h.
 */
int store_load(struct store *store, store_each *each, void *data, char **ret_error)
{
	const struct loading loading = { .take = take_system, .system = each, .data = data };

	return store_load_rows(store, "SELECT name, definition FROM system ORDER BY name", &loading,
			       ret_error);
}

/**
 * store_load_pools() - read all pools
 * @store: store
 * @each: called for each, by name
 * @data: for @each
 * @ret_error: sentence
 *
 * Return: 0, what @each returned, or a negative errno; see store.h.
 */
int store_load_pools(struct store *store, store_each_pool *each, void *data, char **ret_error)
{
	const struct loading loading = { .take = take_pool, .pool = each, .data = data };

	return store_load_rows(store, "SELECT name, definition FROM pool ORDER BY name", &loading,
			       ret_error);
}

/**
 * store_load_uplinks() - read all uplinks and parts
 * @store: store
 * @each: called for each, by name
 * @data: for @each
 * @ret_error: sentence
 *
 * Return: 0, what @each returned, or a negative errno; see store.h.
 */
int store_load_uplinks(struct store *store, store_each_uplink *each, void *data, char **ret_error)
{
	const struct loading loading = { .take = take_uplink, .uplink = each, .data = data };

	return store_load_rows(store, "SELECT name, definition FROM uplink ORDER BY name", &loading,
			       ret_error);
}

/**
 * store_run() - run a statement
 * @store: store
 * @sql: statement
 * @texts: for its parameters
 * @n: how many
 * @ret_error: sentence
 *
 * Return: 0 once it is on the disk, or a negative errno; see store.h.
 */
int store_run(struct store *store, const char *sql, const char *const *texts, int n,
	      char **ret_error)
{
	_cleanup_statement_ sqlite3_stmt *statement = NULL;
	bool good = sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL) == SQLITE_OK;

	for (int i = 0; good && i < n; i++)
		good = sqlite3_bind_text(statement, i + 1, texts[i], -1, SQLITE_STATIC) ==
		       SQLITE_OK;
	return good && sqlite3_step(statement) == SQLITE_DONE ? 0 : store_error(store, ret_error);
}

/**
 * store_put() - write a definition, new or changed
 * @store: store
 * @d: definition with name and UUID
 * @ret_error: sentence
 *
 * Return: 0 once it is on the disk, or a negative errno; see store.h.
 */
int store_put(struct store *store, const struct definition *d, char **ret_error)
{
	_cleanup_free_ char *text = NULL;
	int r = definition_to_json(d, &text);

	return r ? r
		 : store_run(store,
			     "INSERT INTO system (uuid, name, definition) VALUES (?, ?, ?) "
			     "ON CONFLICT (uuid) DO UPDATE SET name = excluded.name, "
			     "definition = excluded.definition",
			     (const char *[]){ d->uuid, d->name, text }, 3, ret_error);
}

/**
 * store_put_pool() - write a pool, new or changed
 * @store: store
 * @d: definition with name
 * @ret_error: sentence
 *
 * Return: 0 once it is on the disk, or a negative errno; see store.h.
 */
int store_put_pool(struct store *store, const struct pool_definition *d, char **ret_error)
{
	_cleanup_free_ char *text = NULL;
	int r = pool_definition_to_json(d, &text);

	return r ? r
		 : store_run(store,
			     "INSERT INTO pool (name, definition) VALUES (?, ?) "
			     "ON CONFLICT (name) DO UPDATE SET definition = excluded.definition",
			     (const char *[]){ d->name, text }, 2, ret_error);
}

/**
 * store_put_uplink() - write an uplink or part, new or changed
 * @store: store
 * @d: definition with name
 * @ret_error: sentence
 *
 * Return: 0 once it is on the disk, or a negative errno; see store.h.
 */
int store_put_uplink(struct store *store, const struct uplink_definition *d, char **ret_error)
{
	_cleanup_free_ char *text = NULL;
	int r = uplink_definition_to_json(d, &text);

	return r ? r
		 : store_run(store,
			     "INSERT INTO uplink (name, definition) VALUES (?, ?) "
			     "ON CONFLICT (name) DO UPDATE SET definition = excluded.definition",
			     (const char *[]){ d->name, text }, 2, ret_error);
}

/**
 * store_put_all() - write several definitions, all or none
 * @store: store
 * @items: what
 * @n: how many
 * @ret_error: sentence
 *
 * Return: 0 once they are on the disk, or a negative errno; see store.h.
 */
int store_put_all(struct store *store, const struct store_item *items, size_t n, char **ret_error)
{
	int r = store_exec(store, "BEGIN IMMEDIATE", ret_error);

	if (r)
		return r;
	for (size_t i = 0; !r && i < n; i++)
		r = items[i].system ? store_put(store, items[i].system, ret_error)
				    : store_put_pool(store, items[i].pool, ret_error);
	if (!r)
		r = store_exec(store, "COMMIT", ret_error);
	if (r)
		store_exec(store, "ROLLBACK", NULL);
	return r;
}

/**
 * store_delete() - delete a definition; one that is not there is no error
 * @store: store
 * @uuid: of the system
 * @ret_error: sentence
 *
 * Return: 0 once it is gone from the disk, or a negative errno; see store.h.
 */
int store_delete(struct store *store, const char *uuid, char **ret_error)
{
	return store_run(store, "DELETE FROM system WHERE uuid = ?", &uuid, 1, ret_error);
}

/**
 * store_delete_pool() - delete a pool; one that is not there is no error
 * @store: store
 * @name: of the pool
 * @ret_error: sentence
 *
 * Return: 0 once it is gone from the disk, or a negative errno; see store.h.
 */
int store_delete_pool(struct store *store, const char *name, char **ret_error)
{
	return store_run(store, "DELETE FROM pool WHERE name = ?", &name, 1, ret_error);
}

/**
 * store_delete_uplink() - delete an uplink or part; one that is not there is no error
 * @store: store
 * @name: of the uplink
 * @ret_error: sentence
 *
 * Return: 0 once it is gone from the disk, or a negative errno; see store.h.
 */
int store_delete_uplink(struct store *store, const char *name, char **ret_error)
{
	return store_run(store, "DELETE FROM uplink WHERE name = ?", &name, 1, ret_error);
}
