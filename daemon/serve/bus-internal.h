/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of the D-Bus objects share.
 */
#ifndef KVRM_SERVE_BUS_INTERNAL_H
#define KVRM_SERVE_BUS_INTERNAL_H

#include "daemon/serve/bus.h"

struct bus {
	sd_bus *sd;
	struct host *host;
	const struct bus_operations *operations;
	void *data;
	sd_bus_slot *slots[4];
	size_t n_slots;
};

/**
 * struct bus_call - a method call on its way
 * @bus: bus
 * @message: referenced
 * @go_on: called once the caller is known to be allowed
 */
struct bus_call {
	struct bus *bus;
	sd_bus_message *message;
	void (*go_on)(struct bus_call *call);
};

extern const sd_bus_vtable bus_manager_vtable[];
extern const sd_bus_vtable bus_system_vtable[];

int bus_authorize(struct bus *bus, sd_bus_message *m, const char *action,
		  void (*go_on)(struct bus_call *call));
int bus_error(sd_bus_error *ret, int error, const char *text);
void bus_system_path(const struct system *system, char path[static 128]);
struct system *bus_path_system(struct bus *bus, const char *path);
int bus_append_statistics(sd_bus_message *m, const struct system *system);

#endif
