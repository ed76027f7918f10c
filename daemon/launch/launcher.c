// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kvrm-launcher: the few things that need root; see Documentation/dbus/org.kvrm1.Launcher.md. It
 * trusts kvrmd no more than it must: everything is validated again, and QEMU's command line is
 * built here.
 */
#include <errno.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>

#include "daemon/launch/call.h"
#include "daemon/launch/move.h"
#include "daemon/launch/pool.h"
#include "daemon/launch/pressure.h"
#include "daemon/launch/qemu-args.h"
#include "daemon/launch/resources.h"
#include "daemon/launch/unit.h"
#include "daemon/util/log.h"
#include "daemon/util/text.h"
#include "kvrm/node.h"

/* Send QEMU's arguments and descriptors to kvrm-exec; they wait in the socket until it runs. */
static int hand_over(int socket_fd, const struct qemu_args *args, const struct resources *resources)
{
	union {
		char space[CMSG_SPACE(sizeof(int) * HANDOVER_FDS_MAX)];
		struct cmsghdr align;
	} control = { 0 };
	size_t fds_size = sizeof(int) * resources->n_fds, len = 0;
	static char text[HANDOVER_TEXT_MAX];
	struct iovec iov = { .iov_base = text };
	struct msghdr message = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = CMSG_SPACE(fds_size),
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	for (size_t i = 0; i < args->n; i++) {
		size_t size = strlen(args->argv[i]) + 1;

		if (size > sizeof(text) - len)
			return -E2BIG;
		memcpy(text + len, args->argv[i], size);
		len += size;
	}
	iov.iov_len = len;
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(fds_size);
	memcpy(CMSG_DATA(header), resources->fds, fds_size);
	return sendmsg(socket_fd, &message, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

static int start_unit(sd_bus *bus, const struct definition *d, const char *slice,
		      const struct unit_allocation *allocation, int stdin_fd,
		      sd_bus_error *ret_error)
{
	sd_bus_message *m = NULL;
	char name[UNIT_NAME_SIZE];
	int r;

	unit_name(d->uuid, name);
	r = call_start_begin(bus, name, &m);
	if (r >= 0)
		r = unit_append_start(m, d, slice, allocation, stdin_fd);
	return call_start_end(bus, m, r, ret_error);
}

static int launch(sd_bus *bus, const struct definition *d, const char *slice,
		  const struct unit_allocation *allocation, const int *taps,
		  sd_bus_error *ret_error)
{
	sd_bus_error systemd_error = SD_BUS_ERROR_NULL;
	_cleanup_free_ char *error = NULL;
	struct resources resources = { 0 };
	struct qemu_args args = { 0 };
	int pair[2] = { -1, -1 };
	uid_t uid = 0;
	gid_t gid = 0;
	char name[UNIT_NAME_SIZE];
	int r = call_user(&uid, &gid);

	if (r)
		return call_refuse(ret_error, "LauncherFailed", "there is no user kvrm");
	/* Its sockets are not to be touched. */
	unit_name(d->uuid, name);
	if (!call_unit_is_gone(bus, name))
		return call_refuse(ret_error, "InvalidState", "its unit is there already");
	r = qemu_args_build(&args, d);
	if (!r)
		r = resources_open(&resources, d, taps, uid, gid, &error);
	if (!r && socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		r = -errno;
	if (!r)
		r = hand_over(pair[0], &args, &resources);
	if (r) {
		r = call_refuse(ret_error, "InvalidArgument", error ? error : strerror(-r));
	} else {
		r = start_unit(bus, d, slice, allocation, pair[1], &systemd_error);
		if (r)
			r = call_systemd_refused(ret_error, &systemd_error, r);
	}
	if (r)
		resources_remove(d->uuid);
	if (pair[0] >= 0) {
		close(pair[0]);
		close(pair[1]);
	}
	resources_close(&resources);
	qemu_args_deinit(&args);
	return r;
}

/* Taps, one for each NIC. They are the message's. */
static int read_taps(sd_bus_message *m, const struct definition *d,
		     int taps[static DEFINITION_NICS_MAX], sd_bus_error *ret_error)
{
	size_t n = 0;
	int fd, r = sd_bus_message_enter_container(m, 'a', "h");

	while (r >= 0 && (r = sd_bus_message_read(m, "h", &fd)) > 0) {
		if (n == d->n_nics)
			break;
		taps[n++] = fd;
	}
	if (r < 0)
		return r;
	if (r > 0 || n < d->n_nics)
		return call_refuse(ret_error, "InvalidArgument", "taps: not one for each NIC");
	return sd_bus_message_exit_container(m);
}

static int method_start(sd_bus_message *m, void *data, sd_bus_error *ret_error)
{
	_cleanup_definition_ struct definition *d = NULL;
	_cleanup_free_ char *error = NULL;
	char name[UNIT_NAME_SIZE], slice[SLICE_NAME_SIZE];
	struct call_pool pool;
	struct unit_allocation allocation;
	int taps[DEFINITION_NICS_MAX];
	const char *uuid;
	int r = call_check_caller(m, ret_error);

	if (!r)
		r = sd_bus_message_read(m, "s", &uuid);
	if (r < 0)
		return r;
	r = definition_read_bus(m, &d, &error);
	if (!r)
		r = definition_validate(d, 0, &error);
	if (!r)
		r = definition_check_paths(d, &error);
	if (!r && (!text_is_uuid(uuid) || strcmp(uuid, d->uuid)))
		r = text_error(&error, -EINVAL, "uuid is not that of the definition");
	if (r)
		return call_refuse(ret_error, "InvalidArgument", error ? error : strerror(-r));
	r = call_read_pool(m, &pool, slice, ret_error);
	if (r >= 0)
		r = call_read_allocation(m, &allocation, true, ret_error);
	if (r >= 0)
		r = read_taps(m, d, taps, ret_error);
	if (r >= 0)
		r = launch(sd_bus_message_get_bus(m), d, slice, &allocation, taps, ret_error);
	if (r < 0)
		return r;
	log_system(LOG_INFO, d->uuid, d->name, "started its unit");
	unit_name(d->uuid, name);
	return sd_bus_reply_method_return(m, "s", name);
}

static int method_set_allocation(sd_bus_message *m, void *data, sd_bus_error *ret_error)
{
	sd_bus *bus = sd_bus_message_get_bus(m);
	sd_bus_error error = SD_BUS_ERROR_NULL;
	char name[UNIT_NAME_SIZE];
	struct unit_allocation allocation;
	const char *uuid;
	int r = call_read_uuid(m, &uuid, ret_error);

	if (!r)
		r = call_read_allocation(m, &allocation, false, ret_error);
	if (r < 0)
		return r;
	r = move_find_holder(bus, uuid, name, &error);
	if (!r)
		r = call_set_allocation(bus, name, &allocation, &error);
	if (r < 0)
		return call_systemd_refused(ret_error, &error, r);
	return sd_bus_reply_method_return(m, NULL);
}

/* For a NIC that is plugged in while its guest runs; kvrmd hands it on to QEMU. */
static int method_open_vhost(sd_bus_message *m, void *data, sd_bus_error *ret_error)
{
	_cleanup_free_ char *error = NULL;
	_cleanup_close_ int fd = -1;
	int r = call_check_caller(m, ret_error);

	if (r < 0)
		return r;
	fd = resources_open_vhost(&error);
	if (fd < 0)
		return call_refuse(ret_error, "LauncherFailed", error ? error : strerror(-fd));
	return sd_bus_reply_method_return(m, "h", fd);
}

static int method_set_storage_weight(sd_bus_message *m, void *data, sd_bus_error *ret_error)
{
	sd_bus *bus = sd_bus_message_get_bus(m);
	sd_bus_error error = SD_BUS_ERROR_NULL;
	char name[UNIT_NAME_SIZE];
	const char *uuid;
	uint64_t weight;
	int r = call_read_uuid(m, &uuid, ret_error);

	if (!r)
		r = sd_bus_message_read(m, "t", &weight);
	if (r < 0)
		return r;
	if (weight < KVRM_WEIGHT_MIN || weight > KVRM_WEIGHT_MAX)
		return call_refuse(ret_error, "InvalidArgument", "weight is not 1 to 10000");
	r = move_find_holder(bus, uuid, name, &error);
	if (!r)
		r = call_set_storage_weight(bus, name, weight, &error);
	if (r < 0)
		return call_systemd_refused(ret_error, &error, r);
	return sd_bus_reply_method_return(m, NULL);
}

static int method_kill(sd_bus_message *m, void *data, sd_bus_error *ret_error)
{
	sd_bus *bus = sd_bus_message_get_bus(m);
	sd_bus_error error = SD_BUS_ERROR_NULL;
	const char *uuid;
	char name[UNIT_NAME_SIZE];
	int r = call_read_uuid(m, &uuid, ret_error);

	if (r < 0)
		return r;
	unit_name(uuid, name);
	r = sd_bus_call_method(bus, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER, "KillUnit", &error,
			       NULL, "ssi", name, "all", (int32_t)SIGKILL);
	/* That it is gone already is what was wanted. */
	if (r < 0 && !sd_bus_error_has_name(&error, "org.freedesktop.systemd1.NoSuchUnit"))
		return call_systemd_refused(ret_error, &error, r);
	sd_bus_error_free(&error);
	return sd_bus_reply_method_return(m, NULL);
}

/* A guest is over: its sockets are of no use any more. */
static int on_unit_removed(sd_bus_message *m, void *data, sd_bus_error *ret_error)
{
	const char *name, *path;
	char uuid[37];

	/* Not if it has left a scope. */
	if (sd_bus_message_read(m, "so", &name, &path) >= 0 &&
	    unit_parse(name, uuid) == UNIT_GUEST &&
	    call_unit_is_gone(sd_bus_message_get_bus(m), name))
		resources_remove(uuid);
	return 0;
}

static int watch_units(sd_bus *bus)
{
	int r = sd_bus_match_signal(bus, NULL, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER,
				    "UnitRemoved", on_unit_removed, NULL);

	return r < 0 ? r
		     : sd_bus_call_method(bus, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER,
					  "Subscribe", NULL, NULL, NULL);
}

#define PARAMS_MEMORY                                                                              \
	SD_BUS_PARAM(memory_min_bytes)                                                             \
	SD_BUS_PARAM(memory_high_bytes) SD_BUS_PARAM(memory_max_bytes)

static const sd_bus_vtable launcher_vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD_WITH_NAMES("Start", "sa{sv}asttttttah",
				 SD_BUS_PARAM(uuid) SD_BUS_PARAM(definition) SD_BUS_PARAM(pools)
					 SD_BUS_PARAM(quota_us) SD_BUS_PARAM(period_us)
						 SD_BUS_PARAM(weight)
							 PARAMS_MEMORY SD_BUS_PARAM(taps),
				 "s", SD_BUS_PARAM(unit), method_start, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("SetAllocation", "stttttt",
				 SD_BUS_PARAM(uuid) SD_BUS_PARAM(quota_us) SD_BUS_PARAM(period_us)
					 SD_BUS_PARAM(weight) PARAMS_MEMORY,
				 NULL, , method_set_allocation, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("SetStorageWeight", "st", SD_BUS_PARAM(uuid) SD_BUS_PARAM(weight),
				 NULL, , method_set_storage_weight, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("Move", "sastttttt",
				 SD_BUS_PARAM(uuid) SD_BUS_PARAM(pools) SD_BUS_PARAM(quota_us)
					 SD_BUS_PARAM(period_us) SD_BUS_PARAM(weight) PARAMS_MEMORY,
				 "s", SD_BUS_PARAM(unit), move_method, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("SetPool", "astttttt",
				 SD_BUS_PARAM(pools) SD_BUS_PARAM(quota_us) SD_BUS_PARAM(period_us)
					 SD_BUS_PARAM(weight) PARAMS_MEMORY,
				 NULL, , pool_method_set, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("RemovePool", "as", SD_BUS_PARAM(pools), NULL, ,
				 pool_method_remove, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("OpenVHost", NULL, , "h", SD_BUS_PARAM(vhost), method_open_vhost,
				 SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("OpenMemoryPressure", NULL, , "h", SD_BUS_PARAM(pressure),
				 pressure_method_open, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("Kill", "s", SD_BUS_PARAM(uuid), NULL, , method_kill,
				 SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_VTABLE_END,
};

int main(int argc, char **argv)
{
	sd_event *event = NULL;
	sd_bus *bus = NULL;
	sigset_t signals;
	int r;

	if (argc > 1) {
		fprintf(stderr, "kvrm-launcher is started by systemd and takes no arguments\n");
		return EXIT_FAILURE;
	}
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	r = sd_event_default(&event);
	if (r >= 0)
		r = sd_event_add_signal(event, NULL, SIGTERM, NULL, NULL);
	if (r >= 0)
		r = sd_bus_open_system(&bus);
	if (r >= 0)
		r = sd_bus_add_object_vtable(bus, NULL, "/org/kvrm1/launcher", "org.kvrm1.Launcher",
					     launcher_vtable, NULL);
	if (r >= 0)
		r = watch_units(bus);
	if (r >= 0)
		r = sd_bus_set_exit_on_disconnect(bus, 1);
	if (r >= 0)
		r = sd_bus_attach_event(bus, event, SD_EVENT_PRIORITY_NORMAL);
	if (r >= 0)
		r = sd_bus_request_name(bus, "org.kvrm1.Launcher", 0);
	if (r >= 0) {
		sd_notify(0, "READY=1");
		r = sd_event_loop(event);
	}
	if (r < 0)
		log_error("%s", strerror(-r));
	sd_bus_flush_close_unref(bus);
	sd_event_unref(event);
	return r ? EXIT_FAILURE : EXIT_SUCCESS;
}
