/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of the D-Bus objects share.
 */
#ifndef KVRM_SERVE_BUS_INTERNAL_H
#define KVRM_SERVE_BUS_INTERNAL_H

#include "daemon/profile/indication.h"
#include "daemon/profile/job.h"
#include "daemon/serve/bus.h"

struct bus_check;
struct bus_context;
struct bus_watcher;

/**
 * struct bus - the objects
 * @sd: system bus
 * @host: the model
 * @operations: what clients may ask for
 * @data: for @operations
 * @slots: of the objects
 * @n_slots: how many
 * @held: a change is under way; calls that might cross it wait
 * @releasing: those that waited are being gone on with
 * @waiting: those, oldest first
 * @checks: calls that wait for polkit
 * @last_check: number of the question to polkit that was asked last
 * @env: of the profiles
 * @broker: tells of the model as DMTF's classes
 * @indications: subscribers
 * @watchers: connections that have looked at objects
 * @teller: tells them what was marked; NULL: nothing ever was
 * @again: announces changes of systems that were announced a moment before; NULL: none ever was
 * @jobs: what methods began
 * @remover: removes jobs that have been kept long enough; NULL: there was none yet
 * @contexts: enumerations that are open
 * @last_context: number of the one that was opened last
 */
struct bus {
	sd_bus *sd;
	struct host *host;
	const struct bus_operations *operations;
	void *data;
	sd_bus_slot *slots[11];
	size_t n_slots;
	bool held;
	bool releasing;
	struct bus_call *waiting;
	struct bus_check *checks;
	uint64_t last_check;
	struct profile_env env;
	struct broker broker;
	struct profile_indications indications;
	struct bus_watcher *watchers;
	sd_event_source *teller;
	sd_event_source *again;
	struct profile_jobs jobs;
	sd_event_source *remover;
	struct bus_context *contexts;
	uint64_t last_context;
};

/**
 * bus_done - a call that came from within has ended
 * @error: 0 or an ERROR_*
 * @text: sentence; may be NULL
 * @system: that it gives; NULL: none
 * @pool: likewise
 * @data: of the call
 */
typedef void bus_done(int error, const char *text, struct system *system, struct pool *pool,
		      void *data);

/**
 * struct bus_call - a method call on its way
 * @bus: bus
 * @message: referenced; NULL: it came from within
 * @done: told of the end, if it came from within
 * @data: for @done
 * @go_on: called once the caller is known to be allowed
 * @alone: not while a change is under way
 * @object: it is to an object of an instance
 * @next: that waits
 */
struct bus_call {
	struct bus *bus;
	sd_bus_message *message;
	bus_done *done;
	void *data;
	void (*go_on)(struct bus_call *call);
	bool alone;
	bool object;
	struct bus_call *next;
};

/**
 * struct bus_counter - what is counted
 * @key: of the pair
 * @value: of the pair
 */
struct bus_counter {
	const char *key;
	uint64_t value;
};

/**
 * struct bus_property - one of an object's properties, in a table of all
 * @name: on D-Bus
 * @type: signature
 * @append: appends the value; gets the object, and @name
 */
struct bus_property {
	const char *name;
	const char *type;
	int (*append)(sd_bus_message *m, const struct host *host, const void *object,
		      const char *property);
};

/* Rows of a vtable, of properties that never change, that tell when they do, and that are measured. */
#define BUS_CONSTANT(name, type, get)                                                              \
	SD_BUS_PROPERTY(name, type, get, 0, SD_BUS_VTABLE_PROPERTY_CONST)
#define BUS_CHANGING(name, type, get)                                                              \
	SD_BUS_PROPERTY(name, type, get, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE)
#define BUS_MEASURED(name, type, get) SD_BUS_PROPERTY(name, type, get, 0, 0)

extern const sd_bus_vtable bus_manager_vtable[];
extern const sd_bus_vtable bus_system_vtable[];
extern const sd_bus_vtable bus_pool_vtable[];
extern const sd_bus_vtable bus_uplink_vtable[];
extern const sd_bus_vtable bus_broker_vtable[];

struct bus_call *bus_call_new(struct bus *bus, sd_bus_message *m,
			      void (*go_on)(struct bus_call *call), bool alone);
int bus_allow(struct bus *bus, sd_bus_message *m, void (*go_on)(struct bus_call *call));
void bus_call_free(struct bus_call *call);
void bus_go_on(struct bus_call *call);
int bus_error(sd_bus_error *ret, int error, const char *text);
void bus_system_path(const struct system *system, char path[static 128]);
struct system *bus_path_system(struct bus *bus, const char *path);
char *bus_pool_path(const struct pool *pool);
struct pool *bus_path_pool(struct bus *bus, const char *path);
int bus_append_pool(sd_bus_message *m, const struct host *host, const struct pool *pool);
char *bus_uplink_path(const struct uplink *uplink);
struct uplink *bus_path_uplink(struct bus *bus, const char *path);
int bus_append_uplink(sd_bus_message *m, const struct host *host, const struct uplink *uplink);
int bus_method_create_uplink(sd_bus_message *m, void *data, sd_bus_error *ret_error);
int bus_method_get_uplink(sd_bus_message *m, void *data, sd_bus_error *ret_error);
int bus_append_properties(sd_bus_message *m, const struct host *host, const void *object,
			  const struct bus_property *table);
int bus_append_property(sd_bus_message *m, const struct host *host, const void *object,
			const struct bus_property *table, const char *name);
int bus_changes_read(struct bus *bus, sd_bus_message *m, struct bus_changes *ret, char **ret_error);
int bus_read_index(struct bus_call *call, const char *what, size_t n, uint32_t *ret);
int bus_open_rows(sd_bus_message *m, const char *key);
int bus_close_rows(sd_bus_message *m);
int bus_append_counters(sd_bus_message *m, const char *prefix, const struct bus_counter *counters,
			size_t n);
struct system *bus_call_system(struct bus_call *call, enum system_operation op);
int bus_append_nics(sd_bus_message *m, const struct system *system);
int bus_append_nic_statistics(sd_bus_message *m, const struct system *system);
int bus_method_add_nic(sd_bus_message *m, void *data, sd_bus_error *ret_error);
int bus_method_remove_nic(sd_bus_message *m, void *data, sd_bus_error *ret_error);
int bus_method_set_nic(sd_bus_message *m, void *data, sd_bus_error *ret_error);
int bus_append_disks(sd_bus_message *m, const struct system *system);
int bus_append_disk_statistics(sd_bus_message *m, const struct system *system);
int bus_method_set_disk(sd_bus_message *m, void *data, sd_bus_error *ret_error);
int bus_append_counts(sd_bus_message *m, const struct vm_sample *s);
int bus_append_latencies(sd_bus_message *m, const struct vm_sample *s);
int bus_append_overhead(sd_bus_message *m, const struct vm_sample *s);
int bus_append_statistics(sd_bus_message *m, const struct system *system);

/* bus-peer.c */
int bus_peer_uid(sd_bus_message *m, uid_t *ret);
size_t bus_peer_share(uid_t uid, size_t all);
int bus_heed_peers(struct bus *bus, sd_bus_slot **ret);

/* bus-polkit.c */
int bus_authorize(struct bus *bus, sd_bus_message *m, const char *action,
		  void (*go_on)(struct bus_call *call));
int bus_authorize_alone(struct bus *bus, sd_bus_message *m, const char *action,
			void (*go_on)(struct bus_call *call));
void bus_forget_checks(struct bus *bus, const char *caller);
void bus_end_checks(struct bus *bus);

/**
 * struct bus_options - what is said beside the operands of an operation of the broker
 * @filter: of associations; texts are the message's
 * @select: of properties
 * @names: for @select; owned
 */
struct bus_options {
	struct broker_filter filter;
	struct broker_select select;
	char **names;
};

/* bus-adopt.c */
int bus_method_adopt(sd_bus_message *m, void *data, sd_bus_error *ret_error);
int bus_method_list_foreign(sd_bus_message *m, void *data, sd_bus_error *ret_error);

/* bus-broker.c */
int bus_read_options(sd_bus_message *m, struct bus_options *options, struct cim_error *error);
void bus_options_deinit(struct bus_options *options);
int bus_append_named(sd_bus_message *m, const struct cim_instance *instance);
int bus_broker_error(sd_bus_error *ret, const struct cim_error *error);
void bus_broker_refuse(struct bus_call *call, struct cim_error *error);

/* bus-broker-call.c */
int bus_allow_method(struct bus *bus, sd_bus_message *m, const struct cim_path *path,
		     const char *method, void (*go_on)(struct bus_call *call));
void bus_invoke(struct bus_call *call, const struct cim_path *path, const char *method);
int bus_method_invoke(sd_bus_message *m, void *data, sd_bus_error *ret_error);
int bus_method_modify_instance(sd_bus_message *m, void *data, sd_bus_error *ret_error);
int bus_method_create_instance(sd_bus_message *m, void *data, sd_bus_error *ret_error);
int bus_method_delete_instance(sd_bus_message *m, void *data, sd_bus_error *ret_error);

/* bus-value.c */
const char *bus_signature(int type, bool objects);
int bus_append_value(sd_bus_message *m, const struct bus *objects, const struct cim_value *value);
int bus_append_pair(sd_bus_message *m, const struct bus *objects, const char *name,
		    const struct cim_value *value);
int bus_append_instance(sd_bus_message *m, const struct bus *objects,
			const struct cim_instance *instance);
int bus_append_arguments(sd_bus_message *m, const struct bus *objects,
			 const struct cim_arguments *arguments);

/* bus-value-read.c */
int bus_read_properties(sd_bus_message *m, struct cim_instance *instance, const char *where,
			struct cim_error *error);
int bus_read_property(sd_bus_message *m, const struct bus *objects, const struct schema_property *p,
		      struct cim_instance *instance, struct cim_error *error);
int bus_read_arguments(sd_bus_message *m, const struct bus *objects,
		       struct cim_arguments *arguments, struct cim_error *error);

/* bus-broker-page.c */
int bus_method_open_instances(sd_bus_message *m, void *data, sd_bus_error *ret_error);
int bus_method_open_associators(sd_bus_message *m, void *data, sd_bus_error *ret_error);
int bus_method_open_references(sd_bus_message *m, void *data, sd_bus_error *ret_error);
int bus_method_pull_instances(sd_bus_message *m, void *data, sd_bus_error *ret_error);
int bus_method_pull_paths(sd_bus_message *m, void *data, sd_bus_error *ret_error);
int bus_method_close(sd_bus_message *m, void *data, sd_bus_error *ret_error);
void bus_close_contexts(struct bus *bus, const char *reader);
void bus_free_contexts(struct bus *bus);

/* bus-broker-class.c */
int bus_method_get_class(sd_bus_message *m, void *data, sd_bus_error *ret_error);
int bus_method_enumerate_class_names(sd_bus_message *m, void *data, sd_bus_error *ret_error);
int bus_method_enumerate_classes(sd_bus_message *m, void *data, sd_bus_error *ret_error);

/* bus-broker-subscribe.c */
int bus_method_subscribe(sd_bus_message *m, void *data, sd_bus_error *ret_error);
int bus_method_unsubscribe(sd_bus_message *m, void *data, sd_bus_error *ret_error);
void bus_init_indications(struct bus *bus);
void bus_end_subscriptions(struct bus *bus, const char *destination);
void bus_end_indications(struct bus *bus);
void bus_mark_system(struct bus *bus, const struct system *system, enum profile_event event);
void bus_mark_pools(struct bus *bus);
void bus_mark_job(struct bus *bus, const char *id);

/* bus-broker-job.c */
void bus_init_jobs(struct bus *bus);
void bus_end_jobs(struct bus *bus);

/* bus-ask.c */
void bus_init_profiles(struct bus *bus);

#endif
