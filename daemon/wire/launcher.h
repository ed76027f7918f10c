/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Calls to org.kvrm1.Launcher, see Documentation/dbus/org.kvrm1.Launcher.md. All are asynchronous.
 * The launcher is started by the bus when it is called.
 *
 * ret_slot of each call: unreferencing the slot forgets the call, @done is not called then. NULL:
 * the call lives until it is answered or the bus is closed.
 */
#ifndef DAEMON_WIRE_LAUNCHER_H
#define DAEMON_WIRE_LAUNCHER_H

#include <stdint.h>
#include <systemd/sd-bus.h>

#include "daemon/util/slice.h"

#define LAUNCHER_BUS_NAME "org.kvrm1.Launcher"

/* Of an amount of memory: it is not touched. */
#define LAUNCHER_AS_IT_IS UINT64_MAX

/**
 * launcher_append - put a virtual system's definition into a message
 * @message: to append one a{sv} to
 * @definition: as given to launcher_start()
 *
 * Return: 0 or more, or a negative errno.
 */
typedef int launcher_append(sd_bus_message *message, const void *definition);

/**
 * launcher_done - a call's end
 * @unit: name of the unit (Start and Move only; else NULL)
 * @error: NULL: done. Else name and sentence, the launcher's own or the bus's
 * @data: as given to the call
 */
typedef void launcher_done(const char *unit, const sd_bus_error *error, void *data);

/**
 * launcher_opened - the end of a call that is answered with a descriptor
 * @fd: valid until this returns; -1 with an error
 * @error: NULL: done. Else name and sentence, the launcher's own or the bus's
 * @data: as given to the call
 */
typedef void launcher_opened(int fd, const sd_bus_error *error, void *data);

/**
 * struct launcher_allocation - what a unit is to have
 * @quota_us: µs of CPU time per second; 0: unlimited
 * @period_us: of cpu.max; ignored if unlimited
 * @weight: 1 to 10000; 0: as it is
 * @memory_min_bytes: protected memory; LAUNCHER_AS_IT_IS: as it is, 0 in a new unit
 * @memory_high_bytes: from where on it is throttled; 0: nowhere; LAUNCHER_AS_IT_IS: as it is, nowhere in a
 *	new unit
 * @memory_max_bytes: that it may never exceed, at the cost of being killed; likewise
 */
struct launcher_allocation {
	uint64_t quota_us;
	uint64_t period_us;
	uint64_t weight;
	uint64_t memory_min_bytes;
	uint64_t memory_high_bytes;
	uint64_t memory_max_bytes;
};

/**
 * struct launcher_pool - which pool; see daemon/util/slice.h
 * @chain: names from below the root to the pool itself
 * @n: how many; 0: the root
 */
struct launcher_pool {
	const char *chain[SLICE_CHAIN_MAX];
	size_t n;
};

/**
 * struct launcher_taps - taps of a guest's NICs
 * @fds: one for each NIC; copied when the call is sent
 * @n: how many
 */
struct launcher_taps {
	const int *fds;
	size_t n;
};

/**
 * launcher_start() - start a guest's unit; QEMU waits paused
 * @bus: system bus, attached to the loop
 * @uuid: text
 * @append: called at once, to write @definition
 * @definition: for @append
 * @pool: whose slice it is started in
 * @allocation: with a weight
 * @taps: of its NICs
 * @timeout_us: until it must be answered
 * @done: called from the event loop
 * @data: for @done
 * @ret_slot: see top
 *
 * Return: 0 or a negative errno: the message could not be built or queued, @done is not called.
 */
int launcher_start(sd_bus *bus, const char *uuid, launcher_append *append, const void *definition,
		   const struct launcher_pool *pool, const struct launcher_allocation *allocation,
		   const struct launcher_taps *taps, uint64_t timeout_us, launcher_done *done,
		   void *data, sd_bus_slot **ret_slot);

/**
 * launcher_set_allocation() - change what a guest's unit has
 * @bus: system bus, attached to the loop
 * @uuid: text
 * @allocation: quota, and perhaps weight and memory
 * @timeout_us: until it must be answered
 * @done: called from the event loop
 * @data: for @done
 * @ret_slot: see top
 *
 * Return: 0 or a negative errno.
 */
int launcher_set_allocation(sd_bus *bus, const char *uuid,
			    const struct launcher_allocation *allocation, uint64_t timeout_us,
			    launcher_done *done, void *data, sd_bus_slot **ret_slot);

/**
 * launcher_set_storage_weight() - change the share of storage of a guest's unit
 * @bus: system bus, attached to the loop
 * @uuid: text
 * @weight: 1 to 10000
 * @timeout_us: until it must be answered
 * @done: called from the event loop
 * @data: for @done
 * @ret_slot: see top
 *
 * Return: 0 or a negative errno.
 */
int launcher_set_storage_weight(sd_bus *bus, const char *uuid, uint32_t weight, uint64_t timeout_us,
				launcher_done *done, void *data, sd_bus_slot **ret_slot);

/**
 * launcher_move() - move a guest that runs into the slice of another pool
 * @bus: system bus, attached to the loop
 * @uuid: text
 * @pool: which; its slice is there
 * @allocation: with a weight
 * @timeout_us: until it must be answered
 * @done: called from the event loop, with the unit in whose cgroup the guest is then
 * @data: for @done
 * @ret_slot: see top
 *
 * Return: 0 or a negative errno.
 */
int launcher_move(sd_bus *bus, const char *uuid, const struct launcher_pool *pool,
		  const struct launcher_allocation *allocation, uint64_t timeout_us,
		  launcher_done *done, void *data, sd_bus_slot **ret_slot);

/**
 * launcher_set_pool() - make a pool's slice, or change what it has
 * @bus: system bus, attached to the loop
 * @pool: which
 * @allocation: quota, and perhaps weight and memory; the root has no quota
 * @timeout_us: until it must be answered
 * @done: called from the event loop, when the slice is there
 * @data: for @done
 * @ret_slot: see top
 *
 * Return: 0 or a negative errno.
 */
int launcher_set_pool(sd_bus *bus, const struct launcher_pool *pool,
		      const struct launcher_allocation *allocation, uint64_t timeout_us,
		      launcher_done *done, void *data, sd_bus_slot **ret_slot);

/**
 * launcher_remove_pool() - stop a pool's slice; one that is not there is no error
 * @bus: system bus, attached to the loop
 * @pool: which; not the root
 * @timeout_us: until it must be answered
 * @done: called from the event loop
 * @data: for @done
 * @ret_slot: see top
 *
 * Return: 0 or a negative errno.
 */
int launcher_remove_pool(sd_bus *bus, const struct launcher_pool *pool, uint64_t timeout_us,
			 launcher_done *done, void *data, sd_bus_slot **ret_slot);

/**
 * launcher_open_vhost() - open /dev/vhost-net, which kvrmd must not
 * @bus: system bus, attached to the loop
 * @timeout_us: until it must be answered
 * @done: called from the event loop
 * @data: for @done
 * @ret_slot: see top
 *
 * Return: 0 or a negative errno.
 */
int launcher_open_vhost(sd_bus *bus, uint64_t timeout_us, launcher_opened *done, void *data,
			sd_bus_slot **ret_slot);

/**
 * launcher_open_memory_pressure() - have the kernel tell when somebody on the host waits for memory
 * @bus: system bus, attached to the loop
 * @timeout_us: until it must be answered
 * @done: called from the event loop, with a descriptor that has POLLPRI then, once a second at most
 * @data: for @done
 * @ret_slot: see top
 *
 * Return: 0 or a negative errno.
 */
int launcher_open_memory_pressure(sd_bus *bus, uint64_t timeout_us, launcher_opened *done,
				  void *data, sd_bus_slot **ret_slot);

/**
 * launcher_kill() - stop a guest's unit at once
 * @bus: system bus, attached to the loop
 * @uuid: text
 * @timeout_us: until it must be answered
 * @done: called from the event loop
 * @data: for @done
 * @ret_slot: see top
 *
 * Return: 0 or a negative errno.
 */
int launcher_kill(sd_bus *bus, const char *uuid, uint64_t timeout_us, launcher_done *done,
		  void *data, sd_bus_slot **ret_slot);

/**
 * launcher_ping() - find out whether the launcher can be reached
 * @bus: system bus, attached to the loop
 * @timeout_us: until it must be answered
 * @done: called from the event loop
 * @data: for @done
 * @ret_slot: see top
 *
 * Return: 0 or a negative errno.
 */
int launcher_ping(sd_bus *bus, uint64_t timeout_us, launcher_done *done, void *data,
		  sd_bus_slot **ret_slot);

#endif
