/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * systemd's manager and its units, over the system bus; all calls are asynchronous.
 *
 * struct systemd tells what happens to units in general; struct systemd_unit follows one unit and
 * knows its properties.
 */
#ifndef DAEMON_WIRE_SYSTEMD_H
#define DAEMON_WIRE_SYSTEMD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-bus.h>

#include "daemon/util/slice.h"

struct systemd;
struct systemd_unit;

/**
 * struct systemd_unit_entry - one unit of a list
 * @name: such as "kvrm-guest-….service"
 * @active_state: "active", "activating", "deactivating", "inactive", "failed", "reloading"
 * @sub_state: such as "running"
 */
struct systemd_unit_entry {
	const char *name;
	const char *active_state;
	const char *sub_state;
};

/**
 * struct systemd_callbacks - what the manager tells, from the event loop; each may be NULL
 * @list: answer to systemd_list(); the entries are valid during the call only; @error NULL: success
 * @removed: a unit was unloaded
 * @reloading: systemd begins (true) or has ended (false) to reload all units. Ended: it may have written
 *	cgroup files again
 * @subscribed: systemd tells about units from now on; @error NULL: success. Else it is asked again
 *	in a moment
 */
struct systemd_callbacks {
	void (*list)(const struct systemd_unit_entry *entries, size_t n, const sd_bus_error *error,
		     void *data);
	void (*removed)(const char *unit, void *data);
	void (*reloading)(bool active, void *data);
	void (*subscribed)(const sd_bus_error *error, void *data);
};

/**
 * systemd_new() - subscribe to the manager's signals
 * @bus: system bus, attached to the loop
 * @callbacks: copied
 * @data: for @callbacks
 * @ret: to be freed with systemd_free()
 *
 * Return: 0 or a negative errno.
 */
int systemd_new(sd_bus *bus, const struct systemd_callbacks *callbacks, void *data,
		struct systemd **ret);

/**
 * systemd_free() - hear no more; outstanding answers are dropped
 * @systemd: follows no unit; may be NULL
 *
 * Return: NULL.
 */
struct systemd *systemd_free(struct systemd *systemd);

/**
 * systemd_list() - ask for the loaded units whose name matches; the answer comes through @list
 * @systemd: manager
 * @pattern: such as "kvrm-guest-*.service"
 *
 * A second call before the answer replaces the first.
 *
 * Return: 0 or a negative errno.
 */
int systemd_list(struct systemd *systemd, const char *pattern);

/**
 * struct systemd_unit_status - a unit's properties
 * @loaded: systemd knows the unit; if false the rest is empty or as it was last
 * @active_state: see struct systemd_unit_entry
 * @sub_state: such as "running"
 * @result: "success", "exit-code", "signal", "core-dump", "timeout", "oom-kill", "resources", ...
 * @control_group: path such as "/kvrm.slice/kvrm-guest-….service"; "" if it has none
 * @invocation_id: 32 hex digits; "" if it has none
 * @main_pid: 0 if none
 * @exec_main_code: how the main process ended, CLD_EXITED and so on; 0: has not
 * @exec_main_status: its exit status or signal
 * @started_us: when the main process was started, CLOCK_REALTIME; 0: was not
 */
struct systemd_unit_status {
	bool loaded;
	char active_state[16];
	char sub_state[32];
	char result[32];
	char control_group[SLICE_PATH_SIZE];
	char invocation_id[33];
	uint32_t main_pid;
	int32_t exec_main_code;
	int32_t exec_main_status;
	uint64_t started_us;
};

/**
 * systemd_unit_changed - a unit was read for the first time, or has changed
 * @unit: unit
 * @status: now; belongs to @unit
 * @error: NULL; else the unit could not be read, and @status is what was known before. One that may
 *	pass, as that systemd does not answer, is not told: a unit that is not known to have ended is
 *	read again and again
 * @data: as given to systemd_unit_new()
 *
 * May call systemd_unit_free().
 */
typedef void systemd_unit_changed(struct systemd_unit *unit,
				  const struct systemd_unit_status *status,
				  const sd_bus_error *error, void *data);

/**
 * systemd_unit_new() - follow one unit
 * @systemd: manager; must stay
 * @name: such as "kvrm-guest-….service", of a service; need not exist
 * @changed: called from the event loop, the first time when the unit was read
 * @data: for @changed
 * @ret: to be freed with systemd_unit_free()
 *
 * What a unit tells while it ends (result, exit status) is kept in its status, also when systemd
 * has unloaded it.
 *
 * Return: 0, -EEXIST if the unit is followed already, or another negative errno.
 */
int systemd_unit_new(struct systemd *systemd, const char *name, systemd_unit_changed *changed,
		     void *data, struct systemd_unit **ret);

/**
 * systemd_unit_free() - stop following
 * @unit: may be NULL
 *
 * Return: NULL.
 */
struct systemd_unit *systemd_unit_free(struct systemd_unit *unit);

/**
 * systemd_unit_status() - what is known of a unit
 * @unit: unit
 *
 * Return: valid as long as @unit.
 */
const struct systemd_unit_status *systemd_unit_status(const struct systemd_unit *unit);

/**
 * systemd_unit_name() - name of a unit
 * @unit: unit
 */
const char *systemd_unit_name(const struct systemd_unit *unit);

#endif
