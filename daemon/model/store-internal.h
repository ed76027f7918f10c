/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the store's files share.
 */
#ifndef KVRM_STORE_INTERNAL_H
#define KVRM_STORE_INTERNAL_H

#include "daemon/model/store.h"

/**
 * struct loading - what becomes of each row
 * @take: reads the definition and hands it on; a sentence in ret_error: it cannot be read
 * @system: of store_load()
 * @pool: of store_load_pools()
 * @uplink: of store_load_uplinks()
 * @adoption: of store_load_adoptions()
 * @data: for each
 */
struct loading {
	int (*take)(const struct loading *loading, const char *text, char **ret_error);
	store_each *system;
	store_each_pool *pool;
	store_each_uplink *uplink;
	store_each_adoption *adoption;
	void *data;
};

int store_load_rows(struct store *store, const char *sql, const struct loading *loading,
		    char **ret_error);
int store_run(struct store *store, const char *sql, const char *const *texts, int n,
	      char **ret_error);

#endif
