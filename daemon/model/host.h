/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The host: its virtual systems, and what is known of itself.
 */
#ifndef KVRM_HOST_MODEL_H
#define KVRM_HOST_MODEL_H

#include <stddef.h>

#include "daemon/model/sample.h"
#include "daemon/model/system.h"

/**
 * struct host - the model's root
 * @systems: owned, sorted by name
 * @n_systems: how many
 * @sample: module, capacity, counters
 * @launcher_reachable: the launcher answered last time
 * @metrics_address: that is listened on, "" if none
 * @problems: sentences for the operator, owned
 * @n_problems: how many
 */
struct host {
	struct system **systems;
	size_t n_systems;
	struct host_sample sample;
	bool launcher_reachable;
	const char *metrics_address;
	char **problems;
	size_t n_problems;
};

int host_add(struct host *host, struct system *system);
void host_remove(struct host *host, struct system *system);
struct system *host_find(const struct host *host, const char *name_or_uuid);
size_t host_count_running(const struct host *host);
int host_add_problem(struct host *host, const char *sentence);
void host_deinit(struct host *host);

#endif
