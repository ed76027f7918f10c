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
#include "daemon/manager-adopt.h"
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

/* Make room for @n rows where there is room for *@room; @rows: the address of the pointer to them. */
static int make_room(void *rows, size_t size, size_t n, size_t *room)
{
	void *array;

	if (n <= *room)
		return 0;
	memcpy(&array, rows, sizeof(array));
	array = reallocarray(array, n, size);
	if (!array)
		return -ENOMEM;
	memcpy(rows, &array, sizeof(array));
	*room = n;
	return 0;
}

/* One row for each virtual system, pool and uplink. */
static int snapshot(struct metric_snapshot *ret, void *data)
{
	struct manager *m = data;
	const struct host *host = &m->host;

	if (make_room(&m->vms, sizeof(*m->vms), host->n_systems, &m->n_vms) ||
	    make_room(&m->pools, sizeof(*m->pools), host->n_pools, &m->n_pools) ||
	    make_room(&m->uplinks, sizeof(*m->uplinks), host->n_uplinks, &m->n_uplinks))
		return -ENOMEM;
	metric_host_rows(host, ret);
	for (size_t i = 0; i < host->n_systems; i++)
		m->vms[i] = metric_vm_row(host->systems[i]);
	for (size_t i = 0; i < host->n_pools; i++)
		m->pools[i] = metric_pool_row(host, host->pools[i]);
	for (size_t i = 0; i < host->n_uplinks; i++)
		m->uplinks[i] = metric_uplink_row(host, host->uplinks[i]);
	ret->vms = m->vms;
	ret->n_vms = host->n_systems;
	ret->pools = m->pools;
	ret->n_pools = host->n_pools;
	ret->uplinks = m->uplinks;
	ret->n_uplinks = host->n_uplinks;
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
		r = manager_find_adopted(m, ret_error);
	if (!r)
		r = await_first_answers(m);
	if (!r)
		r = open_metrics(m, ret_error);
	if (!r)
		r = manager_begin_discovery(m);
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
	manager_lose_pressure(m);
	manager_end_discovery(m);
	/* Guests first: their monitors' outstanding replies end calls that wait. */
	for (size_t i = 0; i < m->host.n_systems; i++) {
		struct guest *guest = m->host.systems[i]->runtime;

		if (guest)
			job_cancel(guest);
		guest_free(guest);
		adopted_free(adopted_of(m->host.systems[i]));
	}
	manager_free_resizes(m);
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
