// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Calls to the launcher; see call.h.
 */
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "daemon/launch/call.h"
#include "daemon/util/text.h"
#include "kvrm/cpumax.h"
#include "kvrm/node.h"

#define OWN_ERRORS "org.kvrm1.Error."
/* More than a host has; only the sums of kvrmd's reservations come near. */
#define MEMORY_MAX_BYTES (UINT64_C(1) << 50)

/* It is a matter of systemd's next turn. */
#define ACTIVE_TRIES	   200
#define ACTIVE_INTERVAL_NS 10000000

/**
 * call_refuse() - an error of our own
 * @ret_error: filled in
 * @name: without org.kvrm1.Error.
 * @text: sentence
 *
 * Return: a negative errno.
 */
int call_refuse(sd_bus_error *ret_error, const char *name, const char *text)
{
	char full[64];

	snprintf(full, sizeof(full), OWN_ERRORS "%s", name);
	return sd_bus_error_set(ret_error, full, text);
}

/**
 * call_user() - kvrmd's user
 * @ret_uid: filled in
 * @ret_gid: filled in
 *
 * Return: 0, or -ESRCH if there is none.
 */
int call_user(uid_t *ret_uid, gid_t *ret_gid)
{
	struct passwd *user = getpwnam("kvrm");

	if (!user)
		return -ESRCH;
	*ret_uid = user->pw_uid;
	*ret_gid = user->pw_gid;
	return 0;
}

/**
 * call_check_caller() - only kvrmd and root may call; the bus policy says the same
 * @m: method call
 * @ret_error: filled in if others do
 *
 * Return: 0 or a negative errno.
 */
int call_check_caller(sd_bus_message *m, sd_bus_error *ret_error)
{
	sd_bus_creds *creds = NULL;
	uid_t uid = (uid_t)-1, kvrm_uid = 0;
	gid_t gid;
	int r = sd_bus_query_sender_creds(m, SD_BUS_CREDS_EUID, &creds);

	if (r >= 0)
		r = sd_bus_creds_get_euid(creds, &uid);
	sd_bus_creds_unref(creds);
	if (r >= 0 && (uid == 0 || (!call_user(&kvrm_uid, &gid) && uid == kvrm_uid)))
		return 0;
	return call_refuse(ret_error, "AccessDenied", "only kvrmd may call the launcher");
}

static bool is_too_much(uint64_t bytes)
{
	return bytes != UNIT_AS_IT_IS && bytes > MEMORY_MAX_BYTES;
}

/**
 * call_read_allocation() - read quota, period, weight and what is said of memory, and check them
 * @m: message, at six t
 * @ret: filled in
 * @needs_weight: it must have one
 * @ret_error: filled in if they are out of range
 *
 * Return: 0 or a negative errno.
 */
int call_read_allocation(sd_bus_message *m, struct unit_allocation *ret, bool needs_weight,
			 sd_bus_error *ret_error)
{
	int r = sd_bus_message_read(m, "tttttt", &ret->quota_us, &ret->period_us, &ret->weight,
				    &ret->memory_min_bytes, &ret->memory_high_bytes,
				    &ret->memory_max_bytes);

	if (r < 0)
		return r;
	if (ret->quota_us && (ret->quota_us < KVRM_CPUMAX_LIMIT_MIN_US ||
			      ret->period_us < KVRM_CPUMAX_PERIOD_MIN_US ||
			      ret->period_us > KVRM_CPUMAX_PERIOD_MAX_US))
		return call_refuse(ret_error, "InvalidArgument",
				   "quota_us is below 10000 or period_us is not 10000 to 100000");
	if (ret->weight > KVRM_WEIGHT_MAX || (needs_weight && !ret->weight))
		return call_refuse(ret_error, "InvalidArgument", "weight is not 1 to 10000");
	if (is_too_much(ret->memory_min_bytes))
		return call_refuse(ret_error, "InvalidArgument", "memory_min_bytes is above 1 PiB");
	if (is_too_much(ret->memory_high_bytes))
		return call_refuse(ret_error, "InvalidArgument",
				   "memory_high_bytes is above 1 PiB");
	if (is_too_much(ret->memory_max_bytes))
		return call_refuse(ret_error, "InvalidArgument", "memory_max_bytes is above 1 PiB");
	return 0;
}

/**
 * call_read_pool() - read the names of pools, and find the slice that they stand for
 * @m: message, at an as
 * @ret: filled in; valid as long as @m
 * @slice: receives the slice's name
 * @ret_error: filled in if they are no names, or too many or too long
 *
 * Return: 0 or a negative errno.
 */
int call_read_pool(sd_bus_message *m, struct call_pool *ret, char slice[static SLICE_NAME_SIZE],
		   sd_bus_error *ret_error)
{
	const char *name;
	int r = sd_bus_message_enter_container(m, 'a', "s");

	ret->n = 0;
	while (r >= 0 && (r = sd_bus_message_read(m, "s", &name)) > 0) {
		if (ret->n == SLICE_CHAIN_MAX)
			return call_refuse(ret_error, "InvalidArgument", "pools: are too many");
		ret->chain[ret->n++] = name;
	}
	if (r >= 0)
		r = sd_bus_message_exit_container(m);
	if (r < 0)
		return r;
	r = slice_name(ret->chain, ret->n, slice);
	return !r ? 0
		  : call_refuse(ret_error, "InvalidArgument",
				r == -ENAMETOOLONG
					? "pools: their names make a slice's name of more than "
					  "255 bytes"
					: "pools: one is not 1 to 63 of A-Z a-z 0-9 . _ -");
}

/**
 * call_read_uuid() - check the caller, and read which guest it is about
 * @m: message, at an s
 * @ret_uuid: valid as long as @m
 * @ret_error: filled in if it is no UUID, or the caller may not call
 *
 * Return: 0 or a negative errno.
 */
int call_read_uuid(sd_bus_message *m, const char **ret_uuid, sd_bus_error *ret_error)
{
	int r = call_check_caller(m, ret_error);

	if (!r)
		r = sd_bus_message_read(m, "s", ret_uuid);
	if (r < 0)
		return r;
	/* Also keeps anything but our own units out of reach. */
	return text_is_uuid(*ret_uuid) ? 0
				       : call_refuse(ret_error, "InvalidArgument", "uuid: no UUID");
}

/**
 * call_unit_is_gone() - whether systemd has no such unit: those that are over are collected
 * @bus: system bus
 * @name: of the unit
 *
 * Return: false also if systemd cannot be asked, as while it executes itself anew.
 */
bool call_unit_is_gone(sd_bus *bus, const char *name)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	bool gone;

	sd_bus_call_method(bus, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER, "GetUnit", &error,
			   NULL, "s", name);
	gone = sd_bus_error_has_name(&error, "org.freedesktop.systemd1.NoSuchUnit");
	sd_bus_error_free(&error);
	return gone;
}

/**
 * call_start_begin() - begin a call that starts a transient unit
 * @bus: system bus
 * @name: of the unit
 * @ret: receives the message, in an a(sv) for the unit's properties; for call_start_end() in any case
 *
 * Return: 0 or more, or a negative errno.
 */
int call_start_begin(sd_bus *bus, const char *name, sd_bus_message **ret)
{
	int r = sd_bus_message_new_method_call(bus, ret, SYSTEMD_NAME, SYSTEMD_PATH,
					       SYSTEMD_MANAGER, "StartTransientUnit");

	if (r >= 0)
		r = sd_bus_message_append(*ret, "ss", name, "fail");
	return r < 0 ? r : sd_bus_message_open_container(*ret, 'a', "(sv)");
}

/**
 * call_start_end() - end it: the unit is started
 * @bus: system bus
 * @m: message; freed
 * @r: what putting the message together has returned so far
 * @ret_error: systemd's
 *
 * Return: 0 or a negative errno.
 */
int call_start_end(sd_bus *bus, sd_bus_message *m, int r, sd_bus_error *ret_error)
{
	if (r >= 0)
		r = sd_bus_message_close_container(m);
	if (r >= 0)
		r = sd_bus_message_append(m, "a(sa(sv))", 0);
	if (r >= 0)
		r = sd_bus_call(bus, m, 0, ret_error, NULL);
	sd_bus_message_unref(m);
	return r < 0 ? r : 0;
}

/* Change properties of a unit, until it ends: begin, in an a(sv), and end. */
static int set_begin(sd_bus *bus, const char *name, sd_bus_message **ret)
{
	int r = sd_bus_message_new_method_call(bus, ret, SYSTEMD_NAME, SYSTEMD_PATH,
					       SYSTEMD_MANAGER, "SetUnitProperties");

	if (r >= 0)
		r = sd_bus_message_append(*ret, "sb", name, 1);
	return r < 0 ? r : sd_bus_message_open_container(*ret, 'a', "(sv)");
}

static int set_end(sd_bus *bus, sd_bus_message *m, int r, sd_bus_error *ret_error)
{
	if (r >= 0)
		r = sd_bus_message_close_container(m);
	if (r >= 0)
		r = sd_bus_call(bus, m, 0, ret_error, NULL);
	sd_bus_message_unref(m);
	return r < 0 ? r : 0;
}

/**
 * call_set_allocation() - change what a unit has, until it ends
 * @bus: system bus
 * @name: of the unit
 * @allocation: properties
 * @ret_error: systemd's
 *
 * Return: 0 or a negative errno.
 */
int call_set_allocation(sd_bus *bus, const char *name, const struct unit_allocation *allocation,
			sd_bus_error *ret_error)
{
	sd_bus_message *m = NULL;
	int r = set_begin(bus, name, &m);

	if (r >= 0)
		r = unit_append_allocation(m, allocation);
	return set_end(bus, m, r, ret_error);
}

/**
 * call_set_storage_weight() - change the share of storage that a unit has, until it ends
 * @bus: system bus
 * @name: of the unit
 * @weight: 1 to 10000
 * @ret_error: systemd's
 *
 * Return: 0 or a negative errno.
 */
int call_set_storage_weight(sd_bus *bus, const char *name, uint64_t weight, sd_bus_error *ret_error)
{
	sd_bus_message *m = NULL;
	int r = set_begin(bus, name, &m);

	if (r >= 0)
		r = unit_append_storage_weight(m, weight);
	return set_end(bus, m, r, ret_error);
}

/**
 * call_unprotect() - let nothing of a unit's memory be protected
 * @bus: system bus
 * @name: of the unit
 * @ret_error: systemd's
 *
 * Return: 0 or a negative errno.
 */
int call_unprotect(sd_bus *bus, const char *name, sd_bus_error *ret_error)
{
	sd_bus_message *m = NULL;
	int r = set_begin(bus, name, &m);

	if (r >= 0)
		r = sd_bus_message_append(m, "(sv)", "MemoryMin", "t", UINT64_C(0));
	return set_end(bus, m, r, ret_error);
}

/**
 * call_await_active() - wait until a unit that has nothing to do when it is started is there
 * @bus: system bus
 * @name: of the slice or scope
 * @ret_error: systemd's
 *
 * systemd answers before it has made the cgroup.
 *
 * Return: 0 or a negative errno.
 */
int call_await_active(sd_bus *bus, const char *name, sd_bus_error *ret_error)
{
	const struct timespec interval = { .tv_nsec = ACTIVE_INTERVAL_NS };
	_cleanup_free_ char *path = NULL;
	int r = sd_bus_path_encode(SYSTEMD_PATH "/unit", name, &path);

	for (int i = 0; r >= 0 && i < ACTIVE_TRIES; i++) {
		_cleanup_free_ char *state = NULL;

		r = sd_bus_get_property_string(bus, SYSTEMD_NAME, path,
					       "org.freedesktop.systemd1.Unit", "ActiveState",
					       ret_error, &state);
		if (r >= 0 && !strcmp(state, "active"))
			return 0;
		nanosleep(&interval, NULL);
	}
	return r < 0 ? r : -ETIMEDOUT;
}

/**
 * call_systemd_refused() - systemd's refusal, with systemd's words, under our name
 * @ret_error: filled in
 * @from: systemd's; freed
 * @r: what the call returned
 *
 * Return: a negative errno.
 */
int call_systemd_refused(sd_bus_error *ret_error, sd_bus_error *from, int r)
{
	_cleanup_free_ char *text = NULL;

	/* One of our own, from between calls to systemd. */
	if (from->name && !strncmp(from->name, OWN_ERRORS, strlen(OWN_ERRORS)))
		return sd_bus_error_move(ret_error, from);
	text_error(&text, 0, "systemd: %s", from->message ? from->message : strerror(-r));
	r = call_refuse(ret_error,
			sd_bus_error_has_name(from, "org.freedesktop.systemd1.UnitExists")
				? "InvalidState"
				: "LauncherFailed",
			text ? text : "systemd refused");
	sd_bus_error_free(from);
	return r;
}
