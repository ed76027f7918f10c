/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of the D-Bus objects share.
 */
#ifndef KVRM_SERVE_BUS_INTERNAL_H
#define KVRM_SERVE_BUS_INTERNAL_H

#include "daemon/serve/bus.h"

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
 */
struct bus {
	sd_bus *sd;
	struct host *host;
	const struct bus_operations *operations;
	void *data;
	sd_bus_slot *slots[8];
	size_t n_slots;
	bool held;
	bool releasing;
	struct bus_call *waiting;
};

/**
 * struct bus_call - a method call on its way
 * @bus: bus
 * @message: referenced
 * @go_on: called once the caller is known to be allowed
 * @alone: not while a change is under way
 * @next: that waits
 */
struct bus_call {
	struct bus *bus;
	sd_bus_message *message;
	void (*go_on)(struct bus_call *call);
	bool alone;
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

extern const sd_bus_vtable bus_manager_vtable[];
extern const sd_bus_vtable bus_system_vtable[];
extern const sd_bus_vtable bus_pool_vtable[];
extern const sd_bus_vtable bus_uplink_vtable[];

int bus_authorize(struct bus *bus, sd_bus_message *m, const char *action,
		  void (*go_on)(struct bus_call *call));
int bus_authorize_alone(struct bus *bus, sd_bus_message *m, const char *action,
			void (*go_on)(struct bus_call *call));
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
int bus_append_statistics(sd_bus_message *m, const struct system *system);

#endif
