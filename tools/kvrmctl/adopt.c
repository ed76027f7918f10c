// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kvrmctl adopt: guests that somebody else has started.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/model/definition.h"
#include "daemon/util/text.h"
#include "tools/kvrmctl/command.h"
#include "tools/kvrmctl/operate.h"
#include "tools/kvrmctl/value.h"

static const struct option adopt_options[] = {
	{ "pid", required_argument, NULL, 'p' },
	{ "cgroup", required_argument, NULL, 'c' },
	{ "libvirt", no_argument, NULL, 'a' },
	{ "name", required_argument, NULL, 'n' },
	{ "cpu-limit", required_argument, NULL, 'l' },
	{ "vcpu-limit", required_argument, NULL, 'v' },
	COMMON_OPTIONS,
};

/**
 * struct guest_wish - who is to be adopted
 * @pid: QEMU; 0: whoever is in @cgroup
 * @cgroup: path; NULL: that of @pid
 * @libvirt: instead of both: all domains of libvirt's
 * @name: NULL: kvrmd finds one
 * @cpu_limit_us: µs of CPU time per second; 0: none
 * @vcpu_limit_us: likewise
 */
struct guest_wish {
	uint32_t pid;
	const char *cgroup;
	bool libvirt;
	const char *name;
	uint64_t cpu_limit_us;
	uint64_t vcpu_limit_us;
};

static int parse_option(struct client *client, int option, struct guest_wish *ret)
{
	_cleanup_free_ char *error = NULL;
	uint64_t pid;
	int r = 0;

	switch (option) {
	case 'p':
		if (text_to_u64(optarg, &pid) || !pid || pid > INT32_MAX)
			r = text_error(&error, -EINVAL, "pid: '%s' is not 1 to %d", optarg,
				       INT32_MAX);
		else
			ret->pid = (uint32_t)pid;
		break;
	case 'c':
		ret->cgroup = optarg;
		break;
	case 'a':
		ret->libvirt = true;
		break;
	case 'n':
		ret->name = optarg;
		break;
	case 'l':
		r = cpu_limit_parse(optarg, &ret->cpu_limit_us, &error);
		break;
	case 'v':
		r = vcpu_limit_parse(optarg, &ret->vcpu_limit_us, &error);
		break;
	}
	return r ? client_refuse(client, r, error) : EXIT_OK;
}

static int parse(struct client *client, int argc, char **argv, struct guest_wish *ret)
{
	int option, status = EXIT_OK;

	while (status == EXIT_OK &&
	       (option = getopt_long(argc, argv, "h", adopt_options, NULL)) >= 0) {
		if (strchr("pcanlv", option))
			status = parse_option(client, option, ret);
		else
			status = command_option(client, option, argv);
	}
	if (status == EXIT_OK)
		status = command_arguments(argc, argv, 0, 0);
	if (status == EXIT_OK && !!ret->pid + !!ret->cgroup + ret->libvirt != 1)
		status = client_complain(client, EXIT_USAGE, NULL, NULL,
					 "one of --pid, --cgroup and --libvirt must be given");
	if (status == EXIT_OK && ret->libvirt && ret->name)
		status = client_complain(client, EXIT_USAGE, NULL, NULL,
					 "--name is of one guest, and not of --libvirt");
	return status;
}

static int append_wish(sd_bus_message *m, const struct guest_wish *wish)
{
	int r = sd_bus_message_open_container(m, 'a', "{sv}");

	if (r >= 0 && wish->pid)
		r = sd_bus_message_append(m, "{sv}", "PID", "u", wish->pid);
	if (r >= 0 && wish->cgroup)
		r = sd_bus_message_append(m, "{sv}", "ControlGroup", "s", wish->cgroup);
	if (r >= 0 && wish->name)
		r = sd_bus_message_append(m, "{sv}", "Name", "s", wish->name);
	if (r >= 0 && wish->cpu_limit_us)
		r = sd_bus_message_append(m, "{sv}", "ProcessorLimit", "t", wish->cpu_limit_us);
	if (r >= 0 && wish->vcpu_limit_us)
		r = sd_bus_message_append(m, "{sv}", "ProcessorVCPULimit", "t",
					  wish->vcpu_limit_us);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

/* What kvrmd calls the guest that it has adopted. */
static int tell(struct client *client, sd_bus_message *reply)
{
	const sd_bus_error none = SD_BUS_ERROR_NULL;
	_cleanup_free_ char *name = NULL;
	const char *path;
	int r = sd_bus_message_read(reply, "o", &path);

	if (r >= 0)
		r = sd_bus_get_property_string(client->bus, "org.kvrm1", path, CLIENT_SYSTEM,
					       "Name", NULL, &name);
	if (r < 0)
		return client_failed(client, NULL, &none, r);
	operate_done(client, name, "adopted");
	return EXIT_OK;
}

/* @name: for complaints; NULL if nothing is known of the guest but the wish. */
static int adopt_one(struct client *client, const char *name, const struct guest_wish *wish)
{
	const sd_bus_error none = SD_BUS_ERROR_NULL;
	_cleanup_message_ sd_bus_message *reply = NULL;
	sd_bus_message *m = NULL;
	int r, status = client_message(client, CLIENT_MANAGER_PATH, CLIENT_MANAGER, "Adopt", &m);

	if (status != EXIT_OK)
		return status;
	r = append_wish(m, wish);
	if (r < 0) {
		sd_bus_message_unref(m);
		return client_failed(client, name, &none, r);
	}
	status = client_send(client, name, m, CLIENT_CHANGE_TIMEOUT_US, "adopting", &reply);
	return status == EXIT_OK ? tell(client, reply) : status;
}

/* All domains of libvirt's that are not adopted yet; one that is refused does not keep others from being. */
static int adopt_libvirt(struct client *client, struct guest_wish *wish)
{
	_cleanup_value_ struct json_object *guests = NULL;
	int status =
		client_fetch(client, CLIENT_MANAGER_PATH, CLIENT_MANAGER, "ListForeign", &guests);

	for (size_t i = 0; guests && i < json_object_array_length(guests); i++) {
		struct json_object *guest = json_object_array_get_idx(guests, i);
		int one;

		if (strcmp(json_object_get_string(json_object_array_get_idx(guest, 2)), "libvirt"))
			continue;
		wish->pid = (uint32_t)json_object_get_uint64(json_object_array_get_idx(guest, 0));
		one = adopt_one(client, json_object_get_string(json_object_array_get_idx(guest, 1)),
				wish);
		status = status == EXIT_OK ? one : status;
		if (one == EXIT_UNREACHABLE)
			break;
	}
	return status;
}

/** command_adopt() - kvrmctl adopt; see command.h */
int command_adopt(struct client *client, int argc, char **argv)
{
	struct guest_wish wish = { 0 };
	int status = parse(client, argc, argv, &wish);

	if (status == EXIT_OK)
		status = client_open(client);
	if (status != EXIT_OK)
		return status;
	return wish.libvirt ? adopt_libvirt(client, &wish) : adopt_one(client, NULL, &wish);
}
