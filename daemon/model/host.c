// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The host's virtual systems and pools; see host.h.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "daemon/model/host.h"
#include "kvrm/control.h"

/**
 * host_init() - a host with nothing but its root pool
 * @host: overwritten; to be freed with host_deinit(), also on failure
 *
 * Return: 0 or -ENOMEM.
 */
int host_init(struct host *host)
{
	_cleanup_pool_definition_ struct pool_definition *d = pool_definition_new(POOL_HOST);
	struct pool *root;

	memset(host, 0, sizeof(*host));
	if (!d)
		return -ENOMEM;
	d->parent[0] = '\0';
	d->expandable = false;
	d->memory_expandable = false;
	root = pool_new(d);
	if (!root)
		return -ENOMEM;
	TAKE_PTR(d);
	host->root = root;
	if (!host_add_pool(host, root))
		return 0;
	host->root = pool_free(root);
	return -ENOMEM;
}

/**
 * host_set_capacity() - what the host has, when it is known or has changed
 * @host: host
 * @capacity_us: of all CPUs, µs of CPU time per second
 * @reserve_us: of it for the host itself; UINT64_MAX: a twentieth, and a tenth of a CPU at least
 */
void host_set_capacity(struct host *host, uint64_t capacity_us, uint64_t reserve_us)
{
	struct kvrm_share *share = &host->root->node.share[KVRM_RESOURCE_CPU];

	if (reserve_us == UINT64_MAX)
		reserve_us = kvrm_max(capacity_us / 20, HOST_RESERVE_MIN_US);
	host->cpu_reserve_us = kvrm_min(reserve_us, capacity_us);
	share->reservation = capacity_us - host->cpu_reserve_us;
	host->root->definition->cpu.reservation_us = share->reservation;
	host->sample.cpu_capacity_us = capacity_us;
}

/**
 * host_set_memory() - what memory the host has, when it is known or has changed
 * @host: host
 * @capacity_bytes: all that its kernel manages, whole pages
 * @reserve_bytes: of it for the host itself, whole pages; UINT64_MAX: a twentieth, and 512 MiB at least, as the
 *	module has it
 */
void host_set_memory(struct host *host, uint64_t capacity_bytes, uint64_t reserve_bytes)
{
	struct kvrm_share *share = &host->root->node.share[KVRM_RESOURCE_MEMORY];
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);

	if (reserve_bytes == UINT64_MAX)
		reserve_bytes = kvrm_max((capacity_bytes / 20 + page - 1) / page * page,
					 HOST_MEMORY_RESERVE_MIN_BYTES);
	host->memory_reserve_bytes = kvrm_min(reserve_bytes, capacity_bytes);
	share->reservation = capacity_bytes - host->memory_reserve_bytes;
	host->root->definition->memory.reservation_bytes = share->reservation;
	host->sample.memory_capacity_bytes = capacity_bytes;
}

/**
 * host_update_weights() - the weights that reservations need if nobody adapts them; in each node's
 * flow
 * @host: host
 */
void host_update_weights(struct host *host)
{
	const struct kvrm_control control = { .capacity = host->sample.cpu_capacity_us,
					      .reserve = host->cpu_reserve_us };

	kvrm_control_static(&host->root->node, &control);
}

/**
 * host_find_mac() - whether another system has the address of one of a system's NICs
 * @host: host
 * @d: definition, with a UUID and addresses
 * @ret_mac: receives the address, @d's
 *
 * Return: the other system, or NULL.
 */
const struct system *host_find_mac(const struct host *host, const struct definition *d,
				   const char **ret_mac)
{
	for (size_t i = 0; i < host->n_systems; i++) {
		const struct definition *other = host->systems[i]->definition;

		/* Also if it is to be another one of the same system. */
		if (!strcmp(other->uuid, d->uuid))
			continue;
		for (size_t k = 0; k < d->n_nics; k++) {
			*ret_mac = d->nics[k].mac;
			if (definition_find_nic(other, *ret_mac) < other->n_nics)
				return host->systems[i];
		}
	}
	return NULL;
}

/**
 * host_find_pool() - a pool by its name
 * @host: host
 * @name: text
 *
 * Return: the pool, or NULL.
 */
struct pool *host_find_pool(const struct host *host, const char *name)
{
	for (size_t i = 0; i < host->n_pools; i++) {
		if (!strcmp(host->pools[i]->definition->name, name))
			return host->pools[i];
	}
	return NULL;
}

/**
 * host_add_pool() - add a pool to the list; into the tree admission.h puts it
 * @host: host
 * @pool: owned by the host from now on, unless the call fails
 *
 * Return: 0, -EEXIST if its name is in use, or -ENOMEM.
 */
int host_add_pool(struct host *host, struct pool *pool)
{
	struct pool **pools;
	size_t at;

	if (host_find_pool(host, pool->definition->name))
		return -EEXIST;
	pools = reallocarray(host->pools, host->n_pools + 1, sizeof(struct pool *));
	if (!pools)
		return -ENOMEM;
	host->pools = pools;
	for (at = host->n_pools; at > 0; at--) {
		if (strcmp(pools[at - 1]->definition->name, pool->definition->name) < 0)
			break;
		pools[at] = pools[at - 1];
	}
	pools[at] = pool;
	host->n_pools++;
	return 0;
}

/**
 * host_remove_pool() - remove a pool from the list; it is the caller's again
 * @host: host
 * @pool: one of the host's, in no tree
 */
void host_remove_pool(struct host *host, struct pool *pool)
{
	size_t at = 0;

	while (at < host->n_pools && host->pools[at] != pool)
		at++;
	if (at == host->n_pools)
		return;
	host->n_pools--;
	memmove(&host->pools[at], &host->pools[at + 1],
		(host->n_pools - at) * sizeof(struct pool *));
}

/**
 * host_count_members() - pools and systems directly in a pool, running or not
 * @host: host
 * @pool: one of the host's
 *
 * Return: their number.
 */
size_t host_count_members(const struct host *host, const struct pool *pool)
{
	const char *name = pool->definition->name;
	size_t count = 0;

	for (size_t i = 0; i < host->n_pools; i++)
		count += !strcmp(host->pools[i]->definition->parent, name);
	for (size_t i = 0; i < host->n_systems; i++)
		count += !strcmp(host->systems[i]->definition->pool, name);
	return count;
}

/* What a list of systems is sorted by. UUIDs are lower case, and equal to those that are not. */
static int compare_names(const struct system *system, const char *name)
{
	return strcmp(system->definition->name, name);
}

static int compare_uuids(const struct system *system, const char *uuid)
{
	return strcasecmp(system->definition->uuid, uuid);
}

typedef int compare_systems(const struct system *system, const char *text);

/* The first one of a list that is not before a text; @n if all are. */
static size_t place_of(struct system *const *list, size_t n, compare_systems *compare,
		       const char *text)
{
	size_t from = 0;

	while (from < n) {
		size_t middle = from + (n - from) / 2;

		if (compare(list[middle], text) < 0)
			from = middle + 1;
		else
			n = middle;
	}
	return from;
}

static struct system *find_in(struct system *const *list, size_t n, compare_systems *compare,
			      const char *text)
{
	size_t at = place_of(list, n, compare, text);

	return at < n && !compare(list[at], text) ? list[at] : NULL;
}

/* Into a list with room for one more than @n. */
static void insert(struct system **list, size_t n, size_t at, struct system *system)
{
	memmove(&list[at + 1], &list[at], (n - at) * sizeof(struct system *));
	list[at] = system;
}

static void take_out(struct system **list, size_t n, size_t at)
{
	memmove(&list[at], &list[at + 1], (n - 1 - at) * sizeof(struct system *));
}

/**
 * host_find_uuid() - a system by its UUID
 * @host: host
 * @uuid: in any case
 *
 * Return: the system, or NULL.
 */
struct system *host_find_uuid(const struct host *host, const char *uuid)
{
	return find_in(host->by_uuid, host->n_systems, compare_uuids, uuid);
}

/**
 * host_find() - a system by its name or its UUID
 * @host: host
 * @name_or_uuid: text
 *
 * Return: the system, or NULL.
 */
struct system *host_find(const struct host *host, const char *name_or_uuid)
{
	struct system *system =
		find_in(host->systems, host->n_systems, compare_names, name_or_uuid);

	return system ? system : host_find_uuid(host, name_or_uuid);
}

/* Room for one more in a list. */
static int reserve(struct system ***list, size_t n)
{
	struct system **longer = reallocarray(*list, n + 1, sizeof(struct system *));

	if (!longer)
		return -ENOMEM;
	*list = longer;
	return 0;
}

/**
 * host_add() - add a system
 * @host: host
 * @system: owned by the host from now on, unless the call fails. Its name and its UUID stay
 *
 * Return: 0, -EEXIST if its name or UUID is in use, or -ENOMEM.
 */
int host_add(struct host *host, struct system *system)
{
	const struct definition *d = system->definition;
	size_t n = host->n_systems;

	if (host_find(host, d->name) || host_find(host, d->uuid))
		return -EEXIST;
	if (reserve(&host->systems, n) || reserve(&host->by_uuid, n))
		return -ENOMEM;
	/* One that is adopted takes nothing out of its pool. */
	system->overhead_bytes =
		system->adoption ? 0 : definition_overhead(d, host->overhead_base_bytes);
	insert(host->systems, n, place_of(host->systems, n, compare_names, d->name), system);
	insert(host->by_uuid, n, place_of(host->by_uuid, n, compare_uuids, d->uuid), system);
	host->n_systems++;
	return 0;
}

/**
 * host_remove() - remove a system; it is the caller's again
 * @host: host
 * @system: one of the host's
 */
void host_remove(struct host *host, struct system *system)
{
	const struct definition *d = system->definition;
	size_t n = host->n_systems, at = place_of(host->systems, n, compare_names, d->name);

	if (at == n || host->systems[at] != system)
		return;
	take_out(host->systems, n, at);
	take_out(host->by_uuid, n, place_of(host->by_uuid, n, compare_uuids, d->uuid));
	host->n_systems--;
}

/**
 * host_count_running() - systems that have a QEMU
 * @host: host
 *
 * Return: their number.
 */
size_t host_count_running(const struct host *host)
{
	size_t count = 0;

	for (size_t i = 0; i < host->n_systems; i++)
		count += host->systems[i]->state != SYSTEM_DEFINED;
	return count;
}

/**
 * host_deinit() - free everything; no system has a runtime
 * @host: host
 */
void host_deinit(struct host *host)
{
	for (size_t i = 0; i < host->n_systems; i++)
		system_free(host->systems[i]);
	for (size_t i = 0; i < host->n_problems; i++)
		free(host->problems[i]);
	for (size_t i = 0; i < host->n_pools; i++)
		pool_free(host->pools[i]);
	for (size_t i = 0; i < host->n_uplinks; i++)
		uplink_free(host->uplinks[i]);
	free(host->uplinks);
	free(host->systems);
	free(host->by_uuid);
	free(host->pools);
	free(host->problems);
	memset(host, 0, sizeof(*host));
}
