/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the manager's files share.
 */
#ifndef KVRM_MANAGER_INTERNAL_H
#define KVRM_MANAGER_INTERNAL_H

#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include "daemon/conf.h"
#include "daemon/model/host.h"
#include "daemon/model/store.h"
#include "daemon/observe/guest.h"
#include "daemon/serve/bus.h"
#include "daemon/serve/metrics-http.h"
#include "daemon/wire/genl.h"
#include "daemon/wire/systemd.h"

/**
 * struct manager - see manager.h
 * @event: loop
 * @conf: configuration; the caller's
 * @sd: system bus
 * @store: definitions
 * @host: the model
 * @genl: the module
 * @systemd: units
 * @env: what guests need
 * @bus: D-Bus objects
 * @http: metrics; NULL if off
 * @sampler: timer
 * @vms: rows for the metrics' snapshot; grows
 * @n_vms: rows there is room for
 * @pending: calls that wait for something; see manager-calls.c
 * @listed: systemd has told which guests run
 * @pinged: the launcher has answered, or did not in time
 */
struct manager {
	sd_event *event;
	const struct conf *conf;
	sd_bus *sd;
	struct store *store;
	struct host host;
	struct genl_client *genl;
	struct systemd *systemd;
	struct guest_env env;
	struct bus *bus;
	struct metrics_http *http;
	sd_event_source *sampler;
	struct openmetrics_vm *vms;
	size_t n_vms;
	struct waiting *pending;
	bool listed;
	bool pinged;
};

/* manager-calls.c */
extern const struct bus_operations manager_operations;
void manager_answer_ended(struct manager *m, struct system *system);
void manager_free_waiting(struct manager *m);

/* manager-observe.c */
void manager_news(struct guest *guest, enum guest_news news, const char *text, void *data);
int manager_observe(struct manager *m);
void manager_sample(struct manager *m);
void manager_reassert(struct manager *m, struct guest *guest);

#endif
