/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the manager's files share.
 */
#ifndef KVRM_MANAGER_INTERNAL_H
#define KVRM_MANAGER_INTERNAL_H

#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include "daemon/apply/change.h"
#include "daemon/apply/relocation.h"
#include "daemon/conf.h"
#include "daemon/model/host.h"
#include "daemon/model/store.h"
#include "daemon/observe/guest.h"
#include "daemon/plan/plan.h"
#include "daemon/serve/bus.h"
#include "daemon/serve/metrics-http.h"
#include "daemon/wire/genl.h"
#include "daemon/wire/launcher.h"
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
 * @pools: rows of pools for the same
 * @n_pools: pools there is room for
 * @pending: calls that wait for something; see manager-waiting.c
 * @listed: systemd has told which guests run
 * @list_due: it is to be asked for that again with the next sample
 * @sliced: every pool has its slice, or the launcher has refused it
 * @settling: samples in which changes are our own doing, and no drift
 * @changing: a change is under way
 * @resliced: there are slices that the module does not know yet
 * @alone: the call whose change is under way, see manager_begin()
 * @change: of allocations, under way; NULL if none
 * @relocation: of a system, under way; NULL if none
 * @pinged: the launcher has answered, or did not in time
 * @uplinks: rows of uplinks for the metrics' snapshot
 * @n_uplinks: uplinks there is room for
 * @uplinks_matched: the module's uplinks were compared with the model's since it was loaded
 * @uplink_problem: what was told last of reservations and weights of NICs; "" if nothing
 * @foreign_uplink_problem: likewise of uplinks that nobody defines
 * @scheduler_problem: what was told last of a scheduler that need not do as it is told; "" if nothing
 * @pressure: tells that somebody waits for memory; NULL if the kernel was not asked to
 * @pressure_call: the launcher is asked for that; NULL if not
 * @pressure_wait: samples until it is asked again
 * @pressure_problem: what was told last of that; "" if nothing
 * @pressed_us: when it was told last, CLOCK_MONOTONIC; 0: never
 * @discovery: adopts guests by itself; NULL: it was not asked to
 * @resizes: guests whose memory becomes more or less; see manager-resize.c
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
	struct metric_vm *vms;
	size_t n_vms;
	struct metric_pool *pools;
	size_t n_pools;
	struct waiting *pending;
	bool listed;
	bool list_due;
	bool sliced;
	bool resliced;
	unsigned int settling;
	bool changing;
	struct bus_call *alone;
	struct change *change;
	struct relocation *relocation;
	bool pinged;
	struct metric_uplink *uplinks;
	size_t n_uplinks;
	bool uplinks_matched;
	char uplink_problem[GUEST_PROBLEM_SIZE];
	char foreign_uplink_problem[GUEST_PROBLEM_SIZE];
	char scheduler_problem[GUEST_PROBLEM_SIZE];
	sd_event_source *pressure;
	sd_bus_slot *pressure_call;
	unsigned int pressure_wait;
	char pressure_problem[GUEST_PROBLEM_SIZE];
	uint64_t pressed_us;
	struct discovery *discovery;
	struct resize *resizes;
};

/* What a call to the launcher may take. */
#define LAUNCHER_TIMEOUT_US (60 * 1000000ULL)
/* Samples in which a change of what systemd or the module wrote is our own doing. */
#define SETTLING_SAMPLES 3

/**
 * struct waiting - a call that waits
 * @next: in the manager's list
 * @manager: manager
 * @system: which the call is about
 * @call: to be answered
 * @until_end: it is answered when QEMU has ended
 * @asked: a callback is outstanding that has this object; it must not be freed before
 * @nic: which of its NICs, if it is about one
 * @timer: for a shut down's time limit; NULL if none
 */
struct waiting {
	struct waiting *next;
	struct manager *manager;
	struct system *system;
	struct bus_call *call;
	bool until_end;
	bool asked;
	size_t nic;
	sd_event_source *timer;
};

/* manager-calls.c */
extern const struct bus_operations manager_operations;

/* manager-waiting.c */
struct waiting *manager_wait(struct manager *m, struct system *system, struct bus_call *call);
void manager_answer(struct waiting *w, int error, const char *text);
void manager_answer_ended(struct manager *m, struct system *system);
void manager_free_waiting(struct manager *m);

/**
 * manager_set_done - the end of a change of allocations, once
 * @m: manager
 * @error: 0, or an ERROR_* after everything was undone
 * @text: sentence if @error is not 0
 * @data: as given to manager_set()
 */
typedef void manager_set_done(struct manager *m, int error, const char *text, void *data);

/* manager-alone.c: one change at a time */
void manager_begin(struct manager *m, struct bus_call *call);
void manager_end(struct manager *m, int error, const char *text);
int manager_admits(struct manager *m, struct bus_changes *changes, char **ret_error);
int manager_set(struct manager *m, struct bus_changes *changes, struct bus_call *call,
		manager_set_done *done, void *data, char **ret_error);
void manager_op_set(struct bus_changes changes, struct bus_call *call, void *data);

/* manager-resize.c: memory of guests that run */
int manager_check_memory(const struct system *system, uint64_t bytes, char **ret_error);
bool manager_resizes(const struct bus_changes *changes);
int manager_resize(struct manager *m, struct bus_changes *changes, struct bus_call *call,
		   char **ret_error);
bool manager_tend_resizes(struct manager *m);
void manager_match_memory(struct manager *m, struct guest *guest);
void manager_free_resizes(struct manager *m);

/* manager-redefine.c */
void manager_op_redefine(struct system *system, struct definition *definition,
			 struct bus_call *call, void *data);

/* manager-relocate.c */
#define MANAGER_LEFT_PROBLEM "%s was moved while it ran: "
void manager_check_left(struct manager *m, struct guest *guest);
void manager_op_move(struct system *system, const char *pool, struct bus_call *call, void *data);
bool manager_is_placed(const struct guest *guest);
void manager_check_place(struct manager *m, struct guest *guest);
int manager_check_homes(struct manager *m, const struct pool *pool, char **ret_error);

/* manager-pools.c */
void manager_op_create_pool(struct pool_definition *d, struct bus_call *call, void *data);
void manager_op_remove_pool(struct pool *pool, struct bus_call *call, void *data);

/* manager-uplinks.c */
int manager_load_uplinks(struct manager *m, char **ret_error);
void manager_op_create_uplink(struct uplink_definition *d, struct bus_call *call, void *data);
void manager_op_set_uplink(struct uplink *uplink, struct uplink_definition *definition,
			   struct bus_call *call, void *data);
void manager_op_remove_uplink(struct uplink *uplink, struct bus_call *call, void *data);

/* manager-match-uplinks.c: the module's uplinks as they should be */
int manager_match_uplinks(struct manager *m, const struct uplink *about, char **ret_error);
void manager_sample_uplinks(struct manager *m);
void manager_lose_uplinks(struct manager *m);

/* manager-move.c */
void manager_op_move_pool(struct pool *pool, const char *parent, struct bus_call *call, void *data);

/* manager-slices.c: slices as they should be */
struct launcher_pool manager_place_of(const struct pool *pool);
struct launcher_allocation manager_allocation_of(const struct pool *pool);
int manager_check_slice_name(const struct pool *pool, char **ret_error);
void manager_remove_slice(struct manager *m, const struct launcher_pool *at);
int manager_take_cgroup(struct pool *pool);
void manager_tend_slices(struct manager *m);
void manager_sample_pools(struct manager *m);
void manager_ask_slice(struct manager *m, struct pool *pool, bool with_weight);

/* manager-tend.c: what systemd is to know */
void manager_tend_weights(struct manager *m);
void manager_tend_memory(struct manager *m);
bool manager_quota_is_due(const struct guest *guest);
void manager_tend_quotas(struct manager *m);
bool manager_is_tended(const struct guest *guest);

/* manager-memory.c: memory limits */
void manager_tend_limits(struct manager *m);
void manager_pressed(struct manager *m, struct guest *guest);
void manager_press_limits(struct manager *m);
void manager_forget_limit(struct manager *m, const char *name);
bool manager_limit_is_due(struct manager *m, const char *name, const char *file, bool held,
			  uint64_t wanted, uint64_t found, uint64_t *asserted);

/* manager-pool-memory.c: memory limits of pools */
void manager_tend_pool_limits(struct manager *m);
void manager_forget_pool_memory(struct pool *pool);

/* manager-pressure.c: while memory is short */
uint64_t manager_due_memory(const struct guest *guest);
uint64_t manager_press_balloon(const struct manager *m, struct guest *guest, uint64_t usage_bytes);
void manager_tend_pressure(struct manager *m);
void manager_lose_pressure(struct manager *m);

/* manager-match.c: the module as it should be */
int manager_match_pool(struct manager *m, struct pool *pool, char **ret_error);
void manager_match_missing(struct manager *m);
void manager_match_module(struct manager *m);
void manager_register(struct manager *m, struct guest *guest);

/* manager-nics.c */
#define MANAGER_NIC_PROBLEM "the limits of the NICs of %s are not held: "
void manager_sample_nics(struct manager *m);
void manager_op_set_nic(struct system *system, size_t index, const struct definition_nic *nic,
			struct bus_call *call, void *data);

/* manager-plug.c */
void manager_op_add_nic(struct system *system, const struct definition_nic *nic,
			struct bus_call *call, void *data);
void manager_op_remove_nic(struct system *system, size_t index, struct bus_call *call, void *data);

/* manager-disks.c */
#define MANAGER_DISK_PROBLEM "the limits of the disks of %s are not held: "
void manager_sample_disks(struct manager *m);
void manager_match_disks(struct manager *m, struct guest *guest);
void manager_op_set_disk(struct system *system, size_t index, const struct definition_disk *disk,
			 struct bus_call *call, void *data);

/* manager-storage.c */
#define MANAGER_STORAGE_PROBLEM "the storage-weight of %s has no effect: "
void manager_tend_storage(struct manager *m);

/* manager-latency.c */
void manager_sample_latencies(struct manager *m);

/* manager-measuring.c */
#define MANAGER_PROBES_PROBLEM "the probes of %s are not all attached: "
void manager_tend_measuring(struct manager *m);
void manager_check_probes(struct manager *m, struct guest *guest);

/* manager-module.c: what the module tells */
void manager_settle(struct manager *m);
void manager_read_host(struct manager *m);
void manager_sample_flows(struct manager *m);
void manager_sample_host(struct manager *m);
void manager_problem(struct manager *m, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void manager_drop_problem(struct manager *m, const char *format, const char *name)
	__attribute__((format(printf, 2, 0)));
void manager_tell(struct manager *m, char told[static GUEST_PROBLEM_SIZE], const char *prefix,
		  const char *why);
void manager_tell_unheld(struct manager *m, char told[static GUEST_PROBLEM_SIZE],
			 const char *format, const char *name, const char *why);
int manager_listen_module(struct manager *m);

/* manager-find.c: guests that run already */
#define MANAGER_FIND_PROBLEM "%s runs but cannot be observed: "
#define MANAGER_FIT_PROBLEM  "%s runs with a reservation "
int manager_begin_finding(struct manager *m);
void manager_tend_finding(struct manager *m);

/* manager-observe.c */
void manager_guest_gone(struct manager *m, struct guest *guest, const char *reason);
void manager_news(struct guest *guest, enum guest_news news, const char *text, void *data);
int manager_observe(struct manager *m);
void manager_sample(struct manager *m);
void manager_run(struct manager *m, struct guest *guest, const struct plan *plan);
void manager_check_limit(struct manager *m, struct guest *guest);
void manager_check_vcpu_limit(struct manager *m, struct guest *guest);

#endif
