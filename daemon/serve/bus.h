/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The D-Bus objects: the model shown, and what clients ask for handed on. Who may do what is
 * decided before a message's arguments are looked at.
 */
#ifndef KVRM_SERVE_BUS_H
#define KVRM_SERVE_BUS_H

#include <systemd/sd-bus.h>

#include "daemon/model/host.h"

#define BUS_NAME	"org.kvrm1"
#define BUS_PATH	"/org/kvrm1"
#define BUS_PATH_SYSTEM "/org/kvrm1/system"
#define BUS_MANAGER	"org.kvrm1.Manager"
#define BUS_SYSTEM	"org.kvrm1.VirtualSystem"

/* A call whose answer may come later: whoever has it must give it to exactly one bus_reply*(). */
struct bus_call;

/**
 * struct bus_operations - what clients may ask for; each ends in a bus_reply*() on its call
 */
struct bus_operations {
	void (*define)(struct definition *definition, struct bus_call *call, void *data);
	void (*start)(struct system *system, struct bus_call *call, void *data);
	void (*stop)(struct system *system, uint64_t timeout_us, struct bus_call *call, void *data);
	void (*kill)(struct system *system, struct bus_call *call, void *data);
	void (*pause)(struct system *system, struct bus_call *call, void *data);
	void (*resume)(struct system *system, struct bus_call *call, void *data);
	void (*reset)(struct system *system, struct bus_call *call, void *data);
	void (*remove)(struct system *system, struct bus_call *call, void *data);
	void (*set_limit)(struct system *system, uint64_t limit_us, struct bus_call *call,
			  void *data);
	void (*console)(struct system *system, struct bus_call *call, void *data);
};

struct bus;

int bus_new(sd_bus *sd, struct host *host, const struct bus_operations *operations, void *data,
	    struct bus **ret);
struct bus *bus_free(struct bus *bus);

void bus_reply(struct bus_call *call, int error, const char *text);
void bus_reply_system(struct bus_call *call, struct system *system);
void bus_reply_fd(struct bus_call *call, int fd);

void bus_system_added(struct bus *bus, struct system *system);
void bus_system_removed(struct bus *bus, struct system *system);
void bus_system_changed(struct bus *bus, struct system *system);
void bus_module_changed(struct bus *bus);

#endif
