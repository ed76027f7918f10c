/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The host: its virtual systems and pools, and what is known of itself.
 */
#ifndef KVRM_HOST_MODEL_H
#define KVRM_HOST_MODEL_H

#include <stddef.h>

#include "daemon/model/pool.h"
#include "daemon/model/sample.h"
#include "daemon/model/system.h"
#include "daemon/model/uplink.h"

/* The host itself is never left less than a tenth of a CPU, unless it is told to. */
#define HOST_RESERVE_MIN_US UINT64_C(100000)

/* Nor less memory than this. */
#define HOST_MEMORY_RESERVE_MIN_BYTES (UINT64_C(512) << 20)

/**
 * struct host - the model's root
 * @id: names the host for good
 * @name: names it for people
 * @systems: owned, sorted by name
 * @by_uuid: the same, sorted by UUID
 * @n_systems: how many
 * @root: the root pool
 * @pools: owned, sorted by name, the root among them
 * @n_pools: how many
 * @uplinks: owned, and their parts, sorted by name
 * @n_uplinks: how many
 * @cpu_reserve_us: of the capacity for the host itself, µs of CPU time per second
 * @memory_reserve_bytes: of the memory for the host itself
 * @overhead_base_bytes: see definition_overhead()
 * @admitted: changes that reservations were admitted for
 * @refused: and that they were not
 * @sample: module, capacity, counters
 * @launcher_reachable: the launcher answered last time
 * @metrics_address: that is listened on, "" if none
 * @problems: sentences for the operator, owned
 * @n_problems: how many
 */
struct host {
	char id[33];
	char name[65];
	struct system **systems;
	struct system **by_uuid;
	size_t n_systems;
	struct pool *root;
	struct pool **pools;
	size_t n_pools;
	struct uplink **uplinks;
	size_t n_uplinks;
	uint64_t cpu_reserve_us;
	uint64_t memory_reserve_bytes;
	uint64_t overhead_base_bytes;
	uint64_t admitted;
	uint64_t refused;
	struct host_sample sample;
	bool launcher_reachable;
	const char *metrics_address;
	char **problems;
	size_t n_problems;
};

int host_init(struct host *host);
void host_set_capacity(struct host *host, uint64_t capacity_us, uint64_t reserve_us);
void host_set_memory(struct host *host, uint64_t capacity_bytes, uint64_t reserve_bytes);
int host_add(struct host *host, struct system *system);
void host_remove(struct host *host, struct system *system);
struct system *host_find(const struct host *host, const char *name_or_uuid);
struct system *host_find_uuid(const struct host *host, const char *uuid);
int host_add_pool(struct host *host, struct pool *pool);
void host_remove_pool(struct host *host, struct pool *pool);
struct pool *host_find_pool(const struct host *host, const char *name);
size_t host_count_members(const struct host *host, const struct pool *pool);
void host_update_weights(struct host *host);
const struct system *host_find_mac(const struct host *host, const struct definition *d,
				   const char **ret_mac);
size_t host_count_running(const struct host *host);
void host_deinit(struct host *host);

/* host-problem.c */
int host_check_vcpu_limit(const struct host *host, const struct cpu_allocation *cpu,
			  char **ret_error);
uint32_t host_missing_probes(const struct host *host, uint32_t probes, const char **ret_why);
const char *host_scheduler_problem(const struct host *host);
int host_add_problem(struct host *host, const char *sentence);
void host_drop_problem(struct host *host, const char *prefix);

/* host-uplink.c */
struct uplink *host_find_uplink(const struct host *host, const char *name);
struct uplink *host_uplink_of_bridge(const struct host *host, const char *bridge);
struct uplink *host_uplink_of_nic(const struct host *host, const struct definition_nic *nic);
int host_check_uplinks(const struct host *host, const struct definition *d, char **ret_error);
int host_add_uplink(struct host *host, struct uplink *uplink);
void host_remove_uplink(struct host *host, struct uplink *uplink);
size_t host_count_uplink_members(const struct host *host, const struct uplink *uplink);
bool host_uplink_is_used(const struct host *host, const struct uplink *uplink);

#endif
