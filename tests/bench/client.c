// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A client of kvrmd on D-Bus with one errand, each request after the answer to the one before.
 *   client define COUNT FOLDER BRIDGE   virtual systems, of 12 settings each: 4 disks of files in the folder, which are
 *                                       not made here, and 4 network adapters on the bridge
 *   client settings                     EnumerateInstances of CIM_ResourceAllocationSettingData
 *   client get COUNT                    GetInstance of processors' settings, each of another system
 *   client modify COUNT WEIGHT          ModifyResourceSettings of the same
 *   client objects PATH                 GetManagedObjects of what is below it
 * Prints how many there were, of settings those of defined virtual
 * systems, how long it took without the connecting, and the bytes of the answers' bodies.
 */
#include <err.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>

#include "daemon/util/clock.h"

#define SERVICE "org.kvrm1"
#define BROKER	"org.kvrm1.Broker"
#define DISKS	4
#define NICS	4
/* What one answer may have. */
#define PAGE 1000
/* An emulated machine takes its time. */
#define TIMEOUT_US (UINT64_C(300) * 1000000)

struct tally {
	size_t count;
	size_t bytes;
};

static void check(int r, const char *what)
{
	if (r < 0)
		errx(1, "%s: %s", what, strerror(-r));
}

static sd_bus_message *method(sd_bus *bus, const char *path, const char *interface,
			      const char *name)
{
	sd_bus_message *m = NULL;

	check(sd_bus_message_new_method_call(bus, &m, SERVICE, path, interface, name), name);
	return m;
}

/* The answer, to be unreferenced. */
static sd_bus_message *call(sd_bus *bus, sd_bus_message *m)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	sd_bus_message *reply = NULL;
	int r = sd_bus_call(bus, m, TIMEOUT_US, &error, &reply);

	if (r < 0)
		errx(1, "%s: %s", sd_bus_message_get_member(m),
		     error.message ? error.message : strerror(-r));
	sd_bus_message_unref(m);
	return reply;
}

static size_t aligned(size_t at, size_t to)
{
	return (at + to - 1) / to * to;
}

static size_t alignment_of(char type)
{
	if (strchr("xtd({re", type))
		return 8;
	if (strchr("nq", type))
		return 2;
	return strchr("ygv", type) ? 1 : 4;
}

static size_t walk(sd_bus_message *m, size_t at, struct tally *defined);

/* The end of a container's contents that begin at @at. */
static size_t walk_container(sd_bus_message *m, char type, const char *contents, size_t at,
			     struct tally *defined)
{
	if (type == 'a')
		at = aligned(aligned(at, 4) + 4, alignment_of(*contents));
	else if (type == 'v')
		at += 2 + strlen(contents);
	else
		at = aligned(at, 8);
	check(sd_bus_message_enter_container(m, type, contents), "a container");
	at = walk(m, at, defined);
	check(sd_bus_message_exit_container(m), "a container's end");
	return at;
}

static size_t walk_basic(sd_bus_message *m, char type, size_t at, struct tally *defined)
{
	union {
		uint64_t number;
		const char *text;
	} value = { 0 };

	check(sd_bus_message_read_basic(m, type, &value), "a value");
	at = aligned(at, alignment_of(type));
	if (type == 'g')
		return at + 2 + strlen(value.text);
	if (!strchr("so", type))
		return at + (type == 'y' ? 1 : alignment_of(type));
	/* As paths have it, and no other text. */
	if (*value.text == '/' && strstr(value.text, "/defined/"))
		defined->count++;
	return at + 4 + strlen(value.text) + 1;
}

/* Reads on to the end, as somebody does who wants to know it all. Where that is, if it began at @at. */
static size_t walk(sd_bus_message *m, size_t at, struct tally *defined)
{
	const char *contents;
	char type;
	int r;

	while ((r = sd_bus_message_peek_type(m, &type, &contents)) > 0) {
		if (strchr("avre", type))
			at = walk_container(m, type, contents, at, defined);
		else
			at = walk_basic(m, type, at, defined);
	}
	check(r, "the answer");
	return at;
}

/* Systems have numbers, and are found without asking. */
static void uuid_of(unsigned long number, char uuid[static 37])
{
	snprintf(uuid, 37, "00000000-0000-4000-8000-%012lu", number);
}

/* A list of devices, of each of which nothing but one property is set. */
static void open_devices(sd_bus_message *m, const char *name)
{
	sd_bus_message_open_container(m, 'e', "sv");
	sd_bus_message_append(m, "s", name);
	sd_bus_message_open_container(m, 'v', "aa{sv}");
	sd_bus_message_open_container(m, 'a', "a{sv}");
}

static void close_devices(sd_bus_message *m)
{
	for (int i = 0; i < 3; i++)
		sd_bus_message_close_container(m);
}

static void append_disks(sd_bus_message *m, const char *name, const char *folder)
{
	char path[512];

	open_devices(m, "Disks");
	for (int i = 0; i < DISKS; i++) {
		snprintf(path, sizeof(path), "%s/%s-%d.raw", folder, name, i);
		sd_bus_message_append(m, "a{sv}", 1, "Path", "s", path);
	}
	close_devices(m);
}

static void append_nics(sd_bus_message *m, const char *bridge)
{
	open_devices(m, "NICs");
	for (int i = 0; i < NICS; i++)
		sd_bus_message_append(m, "a{sv}", 1, "Bridge", "s", bridge);
	close_devices(m);
}

/* With processors, memory, disks, adapters, the console that all have, and a channel. */
static void define(sd_bus *bus, unsigned long number, char *const *arguments)
{
	sd_bus_message *m = method(bus, "/org/kvrm1", "org.kvrm1.Manager", "DefineSystem");
	char name[32], uuid[37];

	snprintf(name, sizeof(name), "system-%04lu", number);
	uuid_of(number, uuid);
	sd_bus_message_open_container(m, 'a', "{sv}");
	sd_bus_message_append(m, "{sv}{sv}{sv}{sv}{sv}", "Name", "s", name, "UUID", "s", uuid,
			      "VCPUs", "u", 2, "Memory", "t", UINT64_C(1) << 30, "Channels", "as",
			      1, "org.kvrm.bench");
	append_disks(m, name, arguments[0]);
	append_nics(m, arguments[1]);
	check(sd_bus_message_close_container(m), "DefineSystem");
	sd_bus_message_unref(call(bus, m));
}

static void path_of(unsigned long number, char path[static 192])
{
	char uuid[37];

	uuid_of(number, uuid);
	snprintf(path, 192,
		 "/root/cimv2:KVRM_ProcessorAllocationSettingData.InstanceID=\"KVRM:%s"
		 "/defined/processor\"",
		 uuid);
}

static void get(sd_bus *bus, unsigned long number, struct tally *tally)
{
	sd_bus_message *m = method(bus, "/org/kvrm1", BROKER, "GetInstance");
	char path[192];

	path_of(number, path);
	check(sd_bus_message_append(m, "sa{sv}", path, 0), "GetInstance");
	m = call(bus, m);
	tally->bytes += walk(m, 0, tally);
	sd_bus_message_unref(m);
}

static uint64_t open_instances(sd_bus *bus, const char *class)
{
	sd_bus_message *m = method(bus, "/org/kvrm1", BROKER, "OpenInstances");
	uint64_t context;

	sd_bus_message_append(m, "ssa{sv}", "root/cimv2", class, 0);
	m = call(bus, m);
	check(sd_bus_message_read(m, "t", &context), "OpenInstances");
	sd_bus_message_unref(m);
	return context;
}

/* The service's key is the host, which clients do not know: the first instance of its class is asked for. */
static void find_service(sd_bus *bus, char service[static 256])
{
	uint64_t context = open_instances(bus, "CIM_VirtualSystemManagementService");
	sd_bus_message *m = method(bus, "/org/kvrm1", BROKER, "PullPaths");
	const char *path;

	sd_bus_message_append(m, "tu", context, PAGE);
	m = call(bus, m);
	check(sd_bus_message_read(m, "as", 1, &path), "PullPaths");
	snprintf(service, 256, "%s", path);
	sd_bus_message_unref(m);
}

static void modify(sd_bus *bus, const char *service, unsigned long number, uint64_t weight)
{
	sd_bus_message *m = method(bus, "/org/kvrm1", BROKER, "InvokeMethod");
	const char *id, *text;
	char uuid[37], key[80];
	uint32_t code;

	uuid_of(number, uuid);
	snprintf(key, sizeof(key), "KVRM:%s/defined/processor", uuid);
	check(sd_bus_message_append(m, "ssa{sv}", service, "ModifyResourceSettings", 1,
				    "ResourceSettings", "a(sa{sv})", 1,
				    "KVRM_ProcessorAllocationSettingData", 2, "InstanceID", "s",
				    key, "Weight", "t", weight),
	      "ModifyResourceSettings");
	m = call(bus, m);
	check(sd_bus_message_read(m, "u", &code), "ModifyResourceSettings");
	sd_bus_message_skip(m, "a{sv}");
	sd_bus_message_read(m, "ss", &id, &text);
	if (code)
		errx(1, "ModifyResourceSettings returns %u: %s", code, text);
	sd_bus_message_unref(m);
}

/* Errands: arguments are those behind the name. */

static void read_settings(sd_bus *bus, char **arguments, struct tally *tally)
{
	uint64_t context = open_instances(bus, "CIM_ResourceAllocationSettingData");
	sd_bus_message *m;
	int end = 0;

	while (!end) {
		m = method(bus, "/org/kvrm1", BROKER, "PullInstances");
		sd_bus_message_append(m, "tu", context, PAGE);
		m = call(bus, m);
		tally->bytes += walk_container(m, 'a', "(ssa{sv})", 0, tally);
		check(sd_bus_message_read(m, "b", &end), "PullInstances");
		sd_bus_message_unref(m);
	}
}

static void read_objects(sd_bus *bus, char **arguments, struct tally *tally)
{
	sd_bus_message *m =
		call(bus, method(bus, arguments[0], "org.freedesktop.DBus.ObjectManager",
				 "GetManagedObjects"));
	struct tally ignored = { 0 };
	const char *contents;
	char type;

	tally->bytes = aligned(4, 8);
	check(sd_bus_message_enter_container(m, 'a', "{oa{sa{sv}}}"), "GetManagedObjects");
	while (sd_bus_message_peek_type(m, &type, &contents) > 0) {
		tally->bytes = walk_container(m, type, contents, tally->bytes, &ignored);
		tally->count++;
	}
	sd_bus_message_unref(m);
}

static unsigned long number_of(const char *text)
{
	char *end;
	unsigned long number = strtoul(text, &end, 10);

	if (*end || !number || number > 100000)
		errx(64, "'%s': a number from 1 to 100000", text);
	return number;
}

/* As many as are asked for, from the first one on. */
static void define_all(sd_bus *bus, char **arguments, struct tally *tally)
{
	tally->count = number_of(arguments[0]);
	for (unsigned long i = 1; i <= tally->count; i++)
		define(bus, i, &arguments[1]);
}

static void get_all(sd_bus *bus, char **arguments, struct tally *tally)
{
	unsigned long count = number_of(arguments[0]);

	for (unsigned long i = 1; i <= count; i++)
		get(bus, i, tally);
	tally->count = count;
}

static void modify_all(sd_bus *bus, char **arguments, struct tally *tally)
{
	uint64_t weight = number_of(arguments[1]);
	char service[256];

	tally->count = number_of(arguments[0]);
	find_service(bus, service);
	for (unsigned long i = 1; i <= tally->count; i++)
		modify(bus, service, i, weight);
}

static const struct errand {
	const char *name;
	int arguments;
	void (*run)(sd_bus *bus, char **arguments, struct tally *tally);
} errands[] = { { "define", 3, define_all },
		{ "settings", 0, read_settings },
		{ "get", 1, get_all },
		{ "modify", 2, modify_all },
		{ "objects", 1, read_objects } };

int main(int argc, char **argv)
{
	const struct errand *errand = NULL;
	struct tally tally = { 0 };
	sd_bus *bus = NULL;
	uint64_t start_us;

	for (size_t i = 0; argc > 1 && i < sizeof(errands) / sizeof(errands[0]); i++) {
		if (!strcmp(argv[1], errands[i].name))
			errand = &errands[i];
	}
	if (!errand || argc != 2 + errand->arguments)
		errx(64, "usage: client define COUNT FOLDER BRIDGE | settings | get COUNT | "
			 "modify COUNT WEIGHT | objects PATH");
	check(sd_bus_open_system(&bus), "the system bus");
	start_us = monotonic_us();
	errand->run(bus, &argv[2], &tally);
	printf("count=%zu us=%" PRIu64 " bytes=%zu\n", tally.count, monotonic_us() - start_us,
	       tally.bytes);
	sd_bus_flush_close_unref(bus);
	return 0;
}
