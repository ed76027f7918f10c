// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The steps that plug a NIC into a guest that runs, and take one out. QEMU gets each descriptor by "getfd", one
 * after the other, and uses them with "netdev_add". Until QEMU has one it is kvrmd's; whoever closes the last copy
 * of a tap lets it vanish.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "daemon/apply/job-internal.h"
#include "daemon/apply/nic.h"
#include "daemon/model/error.h"
#include "daemon/util/text.h"
#include "daemon/wire/launcher.h"

/* What QEMU calls the descriptors until it uses them. */
#define FD_TAP	 "tap"
#define FD_VHOST "vhost"

static const struct definition_nic *nic_of(const struct job *job)
{
	return &job->guest->system->definition->nics[job->plan.nic];
}

static struct guest_nic *host_end(const struct job *job)
{
	return &job->guest->nics[job->plan.nic];
}

static void add_text(struct json_object *object, const char *key, const char *value)
{
	json_object_object_add(object, key, json_object_new_string(value));
}

static struct json_object *with_text(const char *key, const char *value)
{
	struct json_object *object = json_object_new_object();

	add_text(object, key, value);
	return object;
}

/* The answer to a step that QEMU does at once. */
static void on_done(struct qmp *qmp, int error, struct json_object *value, const char *text,
		    void *data)
{
	struct guest *guest = data;

	if (guest->job)
		job_step_done(guest->job, error ? ERROR_MONITOR_FAILED : 0, text);
}

static int ask(struct job *job, const char *command, struct json_object *arguments,
	       qmp_reply *reply)
{
	struct guest *guest = job->guest;

	if (guest->qmp)
		return qmp_call(guest->qmp, command, arguments, guest->env->timeout_us, reply,
				guest);
	json_object_put(arguments);
	return -ENOTCONN;
}

/* Nobody waits for the answer: it is done because something else has failed. */
static void ask_back(struct job *job, const char *command, const char *key, const char *value)
{
	ask(job, command, with_text(key, value), NULL);
}

int plug_tap(struct job *job, char **ret_error)
{
	return nic_open_tap(job->guest, job->plan.nic, guest_free_port(job->guest, job->plan.nic),
			    ret_error);
}

void plug_undo_tap(struct job *job)
{
	guest_close_tap(job->guest, job->plan.nic);
}

static void on_vhost(int fd, const sd_bus_error *error, void *data)
{
	struct job *job = data;

	job->call = sd_bus_slot_unref(job->call);
	if (!error)
		job->vhost = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (error)
		job_step_done(job, ERROR_LAUNCHER_FAILED, error->message);
	else
		job_step_done(job, job->vhost < 0 ? ERROR_APPLY_FAILED : 0, strerror(errno));
}

int plug_vhost(struct job *job)
{
	return launcher_open_vhost(job->guest->env->bus, LAUNCHER_TIMEOUT_US, on_vhost, job,
				   &job->call);
}

int plug_limit(struct job *job, char **ret_error)
{
	return nic_limit(job->guest, job->plan.nic, ret_error);
}

void plug_undo_limit(struct job *job)
{
	struct guest_nic *nic = host_end(job);

	if (nic->module_id)
		genl_nic_del(job->guest->env->genl, nic->module_id, NULL);
	nic->module_id = 0;
}

static int give(struct job *job, int fd, const char *name)
{
	struct guest *guest = job->guest;

	if (!guest->qmp)
		return -ENOTCONN;
	return qmp_call_fd(guest->qmp, "getfd", with_text("fdname", name), fd,
			   guest->env->timeout_us, on_done, guest);
}

int plug_give_tap(struct job *job)
{
	return give(job, host_end(job)->tap, FD_TAP);
}

void plug_undo_give_tap(struct job *job)
{
	ask_back(job, "closefd", "fdname", FD_TAP);
}

int plug_give_vhost(struct job *job)
{
	return give(job, job->vhost, FD_VHOST);
}

void plug_undo_give_vhost(struct job *job)
{
	ask_back(job, "closefd", "fdname", FD_VHOST);
}

int plug_netdev(struct job *job)
{
	char device[NIC_QEMU_ID_SIZE], netdev[NIC_QEMU_ID_SIZE];
	struct json_object *arguments = with_text("type", "tap");

	/* QEMU has it. */
	guest_close_tap(job->guest, job->plan.nic);
	nic_qemu_ids(nic_of(job), device, netdev);
	add_text(arguments, "id", netdev);
	add_text(arguments, "fd", FD_TAP);
	json_object_object_add(arguments, "sndbuf", json_object_new_int(NIC_SNDBUF_BYTES));
	if (job->vhost >= 0) {
		json_object_object_add(arguments, "vhost", json_object_new_boolean(1));
		add_text(arguments, "vhostfd", FD_VHOST);
	}
	return ask(job, "netdev_add", arguments, on_done);
}

void plug_undo_netdev(struct job *job)
{
	char device[NIC_QEMU_ID_SIZE], netdev[NIC_QEMU_ID_SIZE];

	nic_qemu_ids(nic_of(job), device, netdev);
	ask_back(job, "netdev_del", "id", netdev);
}

int plug_device(struct job *job)
{
	struct json_object *arguments = with_text("driver", "virtio-net-pci");
	char device[NIC_QEMU_ID_SIZE], netdev[NIC_QEMU_ID_SIZE], port[16];

	nic_qemu_ids(nic_of(job), device, netdev);
	snprintf(port, sizeof(port), NIC_QEMU_PORT, (int)host_end(job)->port);
	add_text(arguments, "id", device);
	add_text(arguments, "netdev", netdev);
	add_text(arguments, "mac", nic_of(job)->mac);
	add_text(arguments, "bus", port);
	add_text(arguments, "romfile", "");
	return ask(job, "device_add", arguments, on_done);
}

/* QEMU says so of what is gone already, or was never there: its answers have no other word for it. */
static bool is_not_there(int error, const char *text)
{
	return error == -EREMOTEIO && text && strstr(text, "not found");
}

/* The guest is asked; its answer is an event. */
static void on_asked(struct qmp *qmp, int error, struct json_object *value, const char *text,
		     void *data)
{
	struct guest *guest = data;
	struct job *job = guest->job;

	if (!job || !error || job->plan.steps[job->at] != PLAN_UNPLUG_DEVICE)
		return;
	job_step_done(job, is_not_there(error, text) ? 0 : ERROR_MONITOR_FAILED, text);
}

int unplug_device(struct job *job)
{
	char device[NIC_QEMU_ID_SIZE], netdev[NIC_QEMU_ID_SIZE];

	nic_qemu_ids(nic_of(job), device, netdev);
	return ask(job, "device_del", with_text("id", device), on_asked);
}

/**
 * plug_news() - the guest has let go of a device
 * @job: waits for that of one
 * @device: what QEMU calls it
 */
void plug_news(struct job *job, const char *device)
{
	char wanted[NIC_QEMU_ID_SIZE], netdev[NIC_QEMU_ID_SIZE];

	nic_qemu_ids(nic_of(job), wanted, netdev);
	if (!strcmp(device, wanted))
		job_step_done(job, 0, NULL);
}

static void on_netdev_gone(struct qmp *qmp, int error, struct json_object *value, const char *text,
			   void *data)
{
	on_done(qmp, is_not_there(error, text) ? 0 : error, value, text, data);
}

int unplug_netdev(struct job *job)
{
	char device[NIC_QEMU_ID_SIZE], netdev[NIC_QEMU_ID_SIZE];

	nic_qemu_ids(nic_of(job), device, netdev);
	return ask(job, "netdev_del", with_text("id", netdev), on_netdev_gone);
}

int unplug_limit(struct job *job, char **ret_error)
{
	/* The module has found out that its tap is gone; that it does not know it is no error either. */
	plug_undo_limit(job);
	return 0;
}
