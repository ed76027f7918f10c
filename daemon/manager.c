// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The manager: construction, in the order of the stations, and its mirror image; see manager.h.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <systemd/sd-id128.h>

#include "daemon/apply/job.h"
#include "daemon/manager-internal.h"
#include "daemon/manager.h"
#include "daemon/model/admission.h"
#include "daemon/util/log.h"
#include "daemon/util/text.h"

_Static_assert((int)SYSTEM_STATE_COUNT == (int)KVRM_VM_STATE_COUNT, "the metrics' states are ours");

static int add_loaded(struct definition *definition, void *data)
{
	struct manager *m = data;
	struct system *system = system_new(definition);
	int r = system ? host_add(&m->host, system) : -ENOMEM;

	if (r && system)
		system_free(system);
	else if (r)
		definition_free(definition);
	return r;
}

static int add_loaded_pool(struct pool_definition *definition, void *data)
{
	_cleanup_pool_definition_ struct pool_definition *d = definition;
	struct manager *m = data;
	struct pool_definition *root = m->host.root->definition;
	struct pool *pool;
	int r;

	if (!strcmp(d->name, POOL_HOST)) {
		free(root->description);
		root->description = TAKE_PTR(d->description);
		return 0;
	}
	pool = pool_new(d);
	if (!pool)
		return -ENOMEM;
	TAKE_PTR(d);
	r = host_add_pool(&m->host, pool);
	if (r)
		pool_free(pool);
	return r;
}

/* Into the tree, parents first. Return: how many could be placed. */
static size_t place_pools(struct manager *m)
{
	size_t placed = 0;

	for (size_t i = 0; i < m->host.n_pools; i++) {
		struct pool *pool = m->host.pools[i];
		const struct pool *parent = host_find_pool(&m->host, pool->definition->parent);

		if (pool_is_root(pool) || pool->node.parent || !parent ||
		    !(pool_is_root(parent) || parent->node.parent))
			continue;
		admission_place(&m->host, pool);
		placed++;
	}
	return placed;
}

static int load_pools(struct manager *m, char **ret_error)
{
	int r = store_load_pools(m->store, add_loaded_pool, m, ret_error);

	if (r)
		return r;
	while (place_pools(m))
		;
	for (size_t i = 0; i < m->host.n_pools; i++) {
		const struct pool *pool = m->host.pools[i];

		if (!pool_is_root(pool) && !pool->node.parent)
			return text_error(ret_error, -EIO,
					  "the database is damaged: pool '%s' lies in no pool",
					  pool->definition->name);
	}
	return 0;
}

static int open_store(struct manager *m, char **ret_error)
{
	_cleanup_free_ char *path = NULL;
	int r;

	if (asprintf(&path, "%s/kvrm.db", m->conf->state_directory) < 0)
		return -ENOMEM;
	r = store_open(path, &m->store, ret_error);
	if (!r)
		r = load_pools(m, ret_error);
	if (!r)
		r = manager_load_uplinks(m, ret_error);
	if (!r)
		r = store_load(m->store, add_loaded, m, ret_error);
	return r;
}

static int open_bus(struct manager *m, const char *address, char **ret_error)
{
	int r;

	if (address) {
		r = sd_bus_new(&m->sd);
		if (r >= 0)
			r = sd_bus_set_address(m->sd, address);
		if (r >= 0)
			r = sd_bus_set_bus_client(m->sd, 1);
		if (r >= 0)
			r = sd_bus_start(m->sd);
	} else {
		r = sd_bus_open_system(&m->sd);
	}
	/* Without the bus there is nothing to do: systemd starts kvrmd again. */
	if (r >= 0)
		r = sd_bus_set_exit_on_disconnect(m->sd, 1);
	if (r >= 0)
		r = sd_bus_attach_event(m->sd, m->event, SD_EVENT_PRIORITY_NORMAL);
	if (r < 0)
		return text_error(ret_error, r, "the system bus: %s", strerror(-r));
	m->env.bus = m->sd;
	return 0;
}

/* One row for each pool. */
static int snapshot_pools(struct manager *m)
{
	if (m->n_pools < m->host.n_pools) {
		struct openmetrics_pool *pools =
			reallocarray(m->pools, m->host.n_pools, sizeof(*pools));

		if (!pools)
			return -ENOMEM;
		m->pools = pools;
		m->n_pools = m->host.n_pools;
	}
	for (size_t i = 0; i < m->host.n_pools; i++) {
		const struct pool *p = m->host.pools[i];
		const struct kvrm_node *node = &p->node;

		m->pools[i] = (struct openmetrics_pool){
			.name = p->definition->name,
			.parent = p->definition->parent,
			.capacity_us = node->share[KVRM_RESOURCE_CPU].reservation,
			.reserved_us = node->reserved[KVRM_RESOURCE_CPU],
			.unreserved_us = kvrm_unreserved(node, KVRM_RESOURCE_CPU),
			.limit_us = p->definition->cpu.limit_us,
			.weight = p->definition->cpu.weight,
			.memory_capacity_bytes = node->share[KVRM_RESOURCE_MEMORY].reservation,
			.memory_reserved_bytes = node->reserved[KVRM_RESOURCE_MEMORY],
			.memory_unreserved_bytes = kvrm_unreserved(node, KVRM_RESOURCE_MEMORY),
			.memory_used_bytes = p->memory_used_bytes,
			.members = host_count_members(&m->host, p),
			.flow_known = p->flow.known,
			.used_us = p->flow.used_us,
			.demand_us = p->flow.demand_us,
			.entitled_us = p->flow.entitled_us,
		};
	}
	return 0;
}

static struct openmetrics_uplink_direction uplink_direction(const struct uplink *uplink,
							    enum nic_direction direction)
{
	const struct uplink_allocation *a = &uplink->definition->allocations[direction];
	const struct uplink_flow *flow = &uplink->flows[direction];
	enum kvrm_resource resource = (enum kvrm_resource)direction;

	return (struct openmetrics_uplink_direction){
		.capacity = uplink->node.share[resource].reservation,
		.reserved = uplink->node.reserved[resource],
		.unreserved = kvrm_unreserved(&uplink->node, resource),
		.limit = a->limit,
		.weight = a->weight,
		.used = flow->used,
		.demand = flow->demand,
		.entitled = flow->entitled,
		.contended = flow->contended,
	};
}

/* One row for each uplink and part. */
static int snapshot_uplinks(struct manager *m)
{
	size_t n = m->host.n_uplinks;

	if (m->n_uplinks < n) {
		struct openmetrics_uplink *rows = reallocarray(m->uplinks, n, sizeof(*rows));

		if (!rows)
			return -ENOMEM;
		m->uplinks = rows;
		m->n_uplinks = n;
	}
	for (size_t i = 0; i < n; i++) {
		const struct uplink *uplink = m->host.uplinks[i];

		m->uplinks[i] = (struct openmetrics_uplink){
			.name = uplink->definition->name,
			.parent = uplink->definition->parent,
			.bridge = uplink->definition->bridge,
			.members = host_count_uplink_members(&m->host, uplink),
			.flow_known = uplink->flows[0].known,
			.directions = { [NIC_TO_GUEST] = uplink_direction(uplink, NIC_TO_GUEST),
					[NIC_FROM_GUEST] =
						uplink_direction(uplink, NIC_FROM_GUEST) },
		};
	}
	return 0;
}

/* One row for each system; the sample may be up to an interval old. */
static int snapshot(struct openmetrics_snapshot *ret, void *data)
{
	struct manager *m = data;
	int r = snapshot_pools(m);

	if (!r)
		r = snapshot_uplinks(m);
	if (r)
		return r;
	if (m->n_vms < m->host.n_systems) {
		struct openmetrics_vm *vms = reallocarray(m->vms, m->host.n_systems, sizeof(*vms));

		if (!vms)
			return -ENOMEM;
		m->vms = vms;
		m->n_vms = m->host.n_systems;
	}
	for (size_t i = 0; i < m->host.n_systems; i++) {
		const struct system *s = m->host.systems[i];

		m->vms[i] = (struct openmetrics_vm){
			.uuid = s->definition->uuid,
			.name = s->definition->name,
			.state = (enum kvrm_vm_state)s->state,
			.memory_bytes = s->definition->memory_bytes,
			.memory_reservation_bytes = s->definition->memory.reservation_bytes,
			.memory_applied_bytes = s->memory_applied_bytes,
			.memory_overhead_bytes = s->overhead_bytes,
			.memory_limit_bytes = s->definition->memory.limit_bytes,
			.memory_weight = s->definition->memory.weight,
			.memory_limit_applied_bytes = s->memory_limit_applied_bytes,
			.memory_left_bytes = s->balloon_left_bytes,
			.reservation_us = s->definition->cpu.reservation_us,
			.limit_us = s->definition->cpu.limit_us,
			.weight = s->definition->cpu.weight,
			.limit_applied_us = s->limit_applied_us,
			.started_us = s->started_us,
			.nics = s->definition->nics,
			.n_nics = s->definition->n_nics,
			.disks = s->definition->disks,
			.n_disks = s->definition->n_disks,
			.sample = s->sample.time_us ? &s->sample : NULL,
		};
	}
	ret->host = m->host.sample;
	ret->memory_reserve_bytes = m->host.memory_reserve_bytes;
	ret->admitted = m->host.admitted;
	ret->refused = m->host.refused;
	ret->vms = m->vms;
	ret->n_vms = m->host.n_systems;
	ret->pools = m->pools;
	ret->n_pools = m->host.n_pools;
	ret->uplinks = m->uplinks;
	ret->n_uplinks = m->host.n_uplinks;
	return 0;
}

static int open_metrics(struct manager *m, char **ret_error)
{
	const struct conf *conf = m->conf;
	int r;

	m->host.metrics_address = "";
	if (!*conf->metrics_address && !*conf->metrics_socket)
		return 0;
	r = metrics_http_new(m->event, conf->metrics_address, conf->metrics_socket, snapshot, m,
			     &m->http, ret_error);
	if (!r)
		m->host.metrics_address = metrics_http_address(m->http);
	return r;
}

/* Nobody may be told that a system does not run before it is known which do. */
static int await_first_answers(struct manager *m)
{
	int r = 0;

	while (r >= 0 && !(m->listed && m->pinged && m->sliced))
		r = sd_event_run(m->event, UINT64_MAX);
	return r < 0 ? r : 0;
}

static int request_name(struct manager *m, char **ret_error)
{
	int r = sd_bus_request_name(m->sd, BUS_NAME, 0);

	return r < 0 ? text_error(ret_error, r, "the bus name " BUS_NAME ": %s", strerror(-r)) : 0;
}

/* The machine's identity is a secret of sorts; what is made of it names the host as well, and nobody else. */
static int identify(struct host *host, char **ret_error)
{
	const sd_id128_t kvrm =
		SD_ID128_MAKE(6b, 76, 72, 6d, 2d, 68, 40, 73, 94, 2d, 73, 79, 73, 74, 65, 6d);
	struct utsname names;
	sd_id128_t id;
	int r = sd_id128_get_machine_app_specific(kvrm, &id);

	if (r < 0)
		return text_error(ret_error, r, "the host has no machine-id(5): %s", strerror(-r));
	sd_id128_to_string(id, host->id);
	if (uname(&names))
		return -errno;
	snprintf(host->name, sizeof(host->name), "%s", names.nodename);
	return 0;
}

/**
 * manager_new() - bring everything up
 * @event: loop
 * @conf: must stay
 * @bus_address: NULL: the system bus
 * @ret: to be freed with manager_free()
 * @ret_error: sentence, to be freed
 *
 * Return: 0 or a negative errno; everything is taken down again then.
 */
int manager_new(sd_event *event, const struct conf *conf, const char *bus_address,
		struct manager **ret, char **ret_error)
{
	struct manager *m = calloc(1, sizeof(*m));
	int r;

	if (!m)
		return -ENOMEM;
	m->event = event;
	m->conf = conf;
	m->env = (struct guest_env){ .event = event,
				     .timeout_us = conf->start_timeout_us,
				     .news = manager_news,
				     .data = m };
	r = host_init(&m->host);
	if (!r)
		r = identify(&m->host, ret_error);
	m->host.overhead_base_bytes = conf->memory_overhead_bytes;
	if (!r)
		r = open_store(m, ret_error);
	if (!r)
		r = open_bus(m, bus_address, ret_error);
	if (!r)
		r = bus_new(m->sd, &m->host, &manager_operations, m, &m->bus);
	if (!r)
		r = manager_observe(m);
	if (!r)
		r = await_first_answers(m);
	if (!r)
		r = open_metrics(m, ret_error);
	if (!r)
		r = request_name(m, ret_error);
	if (r) {
		manager_free(m);
		return r;
	}
	log_info("%zu virtual systems are defined; the module is %sloaded", m->host.n_systems,
		 m->host.sample.module_up ? "" : "not ");
	*ret = m;
	return 0;
}

/**
 * manager_free() - take everything down; guests go on running, under their limits
 * @m: may be half built, or NULL
 *
 * Return: NULL.
 */
struct manager *manager_free(struct manager *m)
{
	if (!m)
		return NULL;
	metrics_http_free(m->http);
	sd_event_source_disable_unref(m->sampler);
	/* Guests first: their monitors' outstanding replies end calls that wait. */
	for (size_t i = 0; i < m->host.n_systems; i++) {
		struct guest *guest = m->host.systems[i]->runtime;

		if (guest)
			job_cancel(guest);
		guest_free(guest);
	}
	manager_free_waiting(m);
	systemd_free(m->systemd);
	bus_free(m->bus);
	sd_bus_flush_close_unref(m->sd);
	genl_client_free(m->genl);
	store_close(m->store);
	host_deinit(&m->host);
	free(m->vms);
	free(m->pools);
	free(m->uplinks);
	free(m);
	return NULL;
}
