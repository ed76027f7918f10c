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
#define BUS_PATH_POOL	"/org/kvrm1/pool"
#define BUS_POOL	"org.kvrm1.Pool"
#define BUS_PATH_UPLINK "/org/kvrm1/uplink"
#define BUS_UPLINK	"org.kvrm1.Uplink"
#define BUS_BROKER	"org.kvrm1.Broker"

/* As many as the module changes at once. */
#define BUS_CHANGES_MAX 256

/* A call whose answer may come later: whoever has it must give it to exactly one bus_reply*(). */
struct bus_call;

/**
 * struct bus_change - what is to become of a system's allocation, or of a pool
 * @system: which; NULL: @pool
 * @pool: which
 * @allocation: of the system, complete, not checked yet
 * @definition: of the pool, likewise; owned
 */
struct bus_change {
	struct system *system;
	struct pool *pool;
	struct allocation allocation;
	struct pool_definition *definition;
};

/**
 * struct bus_changes - several, as one
 * @items: owned, each system and each pool once
 * @n: how many
 */
struct bus_changes {
	struct bus_change *items;
	size_t n;
};

/**
 * struct bus_adoption - who is to be adopted; texts are the message's
 * @pid: QEMU; 0: whoever is in @cgroup
 * @cgroup: path; NULL: that of @pid
 * @name: of the system; NULL: QEMU's own, or that of its cgroup
 * @cpu_limit_us: µs of CPU time per second, not checked yet; 0: none
 * @vcpu_limit_us: likewise, of each virtual CPU
 */
struct bus_adoption {
	uint32_t pid;
	const char *cgroup;
	const char *name;
	uint64_t cpu_limit_us;
	uint64_t vcpu_limit_us;
};

/**
 * struct bus_foreign - a QEMU that somebody else has started, and that is not adopted
 * @pid: its process
 * @name: what it was told to be called, or its unit or cgroup
 * @manager: who manages it, as of an adoption
 * @cgroup: that would be adopted
 */
struct bus_foreign {
	uint32_t pid;
	char name[DEFINITION_NAME_MAX + 1];
	char manager[SLICE_NAME_SIZE];
	char cgroup[SLICE_PATH_SIZE];
};

/**
 * struct bus_operations - what clients may ask for; each ends in a bus_reply*() on its call
 */
struct bus_operations {
	void (*define)(struct definition *definition, struct bus_call *call, void *data);
	/* Owns the definition, which is of the same name and UUID; the system does not run. */
	void (*redefine)(struct system *system, struct definition *definition,
			 struct bus_call *call, void *data);
	void (*start)(struct system *system, struct bus_call *call, void *data);
	void (*stop)(struct system *system, uint64_t timeout_us, struct bus_call *call, void *data);
	/* Those who wait for that get ERROR_TIMEOUT. */
	void (*stop_waiting)(struct system *system, struct bus_call *call, void *data);
	void (*kill)(struct system *system, struct bus_call *call, void *data);
	void (*pause)(struct system *system, struct bus_call *call, void *data);
	void (*resume)(struct system *system, struct bus_call *call, void *data);
	void (*reset)(struct system *system, struct bus_call *call, void *data);
	void (*remove)(struct system *system, struct bus_call *call, void *data);
	void (*set_nic)(struct system *system, size_t index, const struct definition_nic *nic,
			struct bus_call *call, void *data);
	void (*add_nic)(struct system *system, const struct definition_nic *nic,
			struct bus_call *call, void *data);
	void (*remove_nic)(struct system *system, size_t index, struct bus_call *call, void *data);
	void (*set_disk)(struct system *system, size_t index, const struct definition_disk *disk,
			 struct bus_call *call, void *data);
	void (*move)(struct system *system, const char *pool, struct bus_call *call, void *data);
	/* Owns what it gets, to be freed with bus_changes_deinit(). */
	void (*set)(struct bus_changes changes, struct bus_call *call, void *data);
	/* Owns what it gets. */
	void (*create_pool)(struct pool_definition *definition, struct bus_call *call, void *data);
	void (*move_pool)(struct pool *pool, const char *parent, struct bus_call *call, void *data);
	void (*remove_pool)(struct pool *pool, struct bus_call *call, void *data);
	/* Owns what it gets. */
	void (*create_uplink)(struct uplink_definition *definition, struct bus_call *call,
			      void *data);
	/* Likewise: complete, also what it is carved out of, not checked yet. */
	void (*set_uplink)(struct uplink *uplink, struct uplink_definition *definition,
			   struct bus_call *call, void *data);
	void (*remove_uplink)(struct uplink *uplink, struct bus_call *call, void *data);
	void (*console)(struct system *system, struct bus_call *call, void *data);
	void (*adopt)(const struct bus_adoption *wish, struct bus_call *call, void *data);
	/* The system is adopted. */
	void (*release)(struct system *system, struct bus_call *call, void *data);
	/* Gives an array to be freed, and 0 or a negative errno. */
	int (*list_foreign)(struct bus_foreign **ret, size_t *ret_n, void *data);
};

struct bus;

int bus_new(sd_bus *sd, struct host *host, const struct bus_operations *operations, void *data,
	    struct bus **ret);
struct bus *bus_free(struct bus *bus);

void bus_changes_deinit(struct bus_changes *changes);
void bus_hold(struct bus *bus);
void bus_release(struct bus *bus);

void bus_reply(struct bus_call *call, int error, const char *text);
void bus_reply_system(struct bus_call *call, struct system *system);
void bus_reply_pool(struct bus_call *call, struct pool *pool);
void bus_reply_uplink(struct bus_call *call, struct uplink *uplink);
void bus_reply_fd(struct bus_call *call, int fd);

void bus_system_added(struct bus *bus, struct system *system);
void bus_system_removed(struct bus *bus, struct system *system);
void bus_system_changed(struct bus *bus, struct system *system);
void bus_system_changed_by_guest(struct bus *bus, struct system *system);
void bus_pool_added(struct bus *bus, struct pool *pool);
void bus_pool_removed(struct bus *bus, struct pool *pool);
void bus_pool_changed(struct bus *bus, struct pool *pool);
void bus_pools_changed(struct bus *bus);
void bus_uplink_added(struct bus *bus, struct uplink *uplink);
void bus_uplink_removed(struct bus *bus, struct uplink *uplink);
void bus_uplinks_changed(struct bus *bus);
void bus_module_changed(struct bus *bus);
void bus_problem(struct bus *bus, const char *sentence);

#endif
