// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Adopted guests in the store: as long as they are adopted, and run.
 */
#include "daemon/model/adoption.h"
#include "daemon/model/store-internal.h"
#include "daemon/util/cleanup.h"

static int take_adoption(const struct loading *loading, const char *text, char **ret_error)
{
	struct system *system;
	int r = adoption_from_json(text, &system, ret_error);

	return r ? r : loading->adoption(system, loading->data);
}

/**
 * store_load_adoptions() - read all adopted guests
 * @store: store
 * @each: called for each, by name
 * @data: for @each
 * @ret_error: sentence
 *
 * Return: 0, what @each returned, or a negative errno; see store.h.
 */
int store_load_adoptions(struct store *store, store_each_adoption *each, void *data,
			 char **ret_error)
{
	const struct loading loading = { .take = take_adoption, .adoption = each, .data = data };

	return store_load_rows(store, "SELECT name, definition FROM adoption ORDER BY name",
			       &loading, ret_error);
}

/**
 * store_put_adoption() - write an adopted guest, new or changed
 * @store: store
 * @system: which
 * @ret_error: sentence
 *
 * Return: 0 once it is on the disk, or a negative errno; see store.h.
 */
int store_put_adoption(struct store *store, const struct system *system, char **ret_error)
{
	const struct definition *d = system->definition;
	_cleanup_free_ char *text = NULL;
	int r = adoption_to_json(system, &text);

	return r ? r
		 : store_run(store,
			     "INSERT INTO adoption (uuid, name, definition) VALUES (?, ?, ?) "
			     "ON CONFLICT (uuid) DO UPDATE SET name = excluded.name, "
			     "definition = excluded.definition",
			     (const char *[]){ d->uuid, d->name, text }, 3, ret_error);
}

/**
 * store_delete_adoption() - forget an adopted guest; one that is not there is no error
 * @store: store
 * @uuid: of the guest
 * @ret_error: sentence
 *
 * Return: 0 once it is gone from the disk, or a negative errno; see store.h.
 */
int store_delete_adoption(struct store *store, const char *uuid, char **ret_error)
{
	return store_run(store, "DELETE FROM adoption WHERE uuid = ?", &uuid, 1, ret_error);
}
