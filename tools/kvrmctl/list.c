// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kvrmctl list, show and status.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "daemon/model/definition.h"
#include "tools/kvrmctl/cell.h"
#include "tools/kvrmctl/command.h"
#include "tools/kvrmctl/disk.h"
#include "tools/kvrmctl/nic.h"
#include "tools/kvrmctl/print.h"
#include "tools/kvrmctl/setting.h"
#include "tools/kvrmctl/table.h"
#include "tools/kvrmctl/value.h"

/* What is wanted is not in force: worth a mark. */
static void list_memory(struct table *t, struct json_object *system)
{
	uint64_t wanted = value_number(system, "MemoryReservation");
	bool enforced = *value_text(system, "EnforcedBy");
	char text[32];

	bytes_format(wanted, text, sizeof(text));
	table_add(t, "%s%s", text,
		  enforced && value_number(system, "MemoryReservationApplied") != wanted
			  ? " (not yet)"
			  : "");
}

/* Who manages what is adopted. */
static void list_manager(struct table *t, struct json_object *system)
{
	const char *manager = value_text(system, "ManagedBy");

	if (*manager)
		table_add(t, "%s (adopted)", manager);
	else
		table_add(t, "kvrmd");
}

static void list_row(struct table *t, struct json_object *system)
{
	uint64_t wanted_us = value_number(system, "ProcessorLimit");
	uint64_t applied_us = value_number(system, "ProcessorLimitApplied");
	const char *enforced = value_text(system, "EnforcedBy");
	char limit[32], memory[32];

	cpu_limit_format(wanted_us, limit, sizeof(limit));
	format_bytes(value_number(system, "Memory"), memory, sizeof(memory));
	cell_text(t, system, "Name");
	cell_text(t, system, "State");
	cell_text(t, system, "Pool");
	cell_text(t, system, "VCPUs");
	table_add(t, "%s", memory);
	list_memory(t, system);
	cell_reservation(t, system, "ProcessorReservation");
	/* What is wanted is not in force: worth a mark. */
	table_add(t, "%s%s", limit, *enforced && wanted_us != applied_us ? " (not yet)" : "");
	cell_text(t, system, "ProcessorWeight");
	table_add(t, "%s", *enforced ? enforced : "-");
	list_manager(t, system);
	cell_text(t, system, "UUID");
}

static void list_table(struct json_object *systems)
{
	static const char *const header[] = { "NAME",
					      "STATE",
					      "POOL",
					      ">VCPUS",
					      ">MEMORY",
					      ">MEM RESERVED",
					      ">CPU RESERVATION",
					      ">CPU LIMIT",
					      ">CPU WEIGHT",
					      "ENFORCED BY",
					      "MANAGED BY",
					      "UUID" };
	_cleanup_table_ struct table t = { .columns = 12, .header = header };

	for (size_t i = 0; i < json_object_array_length(systems); i++)
		list_row(&t, json_object_array_get_idx(systems, i));
	table_print(&t, stdout);
}

/** command_list() - kvrmctl list; see command.h */
int command_list(struct client *client, int argc, char **argv)
{
	static const struct listing listing = { .fetch = client_systems, .table = list_table };

	return command_listing(client, argc, argv, &listing);
}

static void show_amount(const char *title, struct json_object *object, const char *key)
{
	char text[32];

	reservation_format(value_number(object, key), text, sizeof(text));
	print_field(title, "%s", text);
}

static void show_limit(struct json_object *system)
{
	uint64_t wanted_us = value_number(system, "ProcessorLimit");
	char wanted[32], applied[32];

	cpu_limit_format(wanted_us, wanted, sizeof(wanted));
	print_field("CPU limit", "%s", wanted);
	if (!*value_text(system, "EnforcedBy"))
		return;
	cpu_limit_format(value_number(system, "ProcessorLimitApplied"), applied, sizeof(applied));
	print_field("  in force", "%s, by the %s", applied, value_text(system, "EnforcedBy"));
}

/* And what the guest has of it, if that is something else, and up to what it can be plugged in. */
static void show_size(struct json_object *system)
{
	uint64_t wanted_bytes = value_number(system, "Memory");
	uint64_t has_bytes = value_number(system, "MemoryApplied");
	uint64_t max_bytes = value_number(system, "MemoryMax");
	char text[32];

	bytes_format(wanted_bytes, text, sizeof(text));
	print_field("Memory", "%s", text);
	bytes_format(has_bytes, text, sizeof(text));
	if (has_bytes && has_bytes != wanted_bytes)
		print_field("  guest has", "%s", text);
	bytes_format(max_bytes, text, sizeof(text));
	if (max_bytes)
		print_field("  at most", "%s", text);
}

static void show_memory(struct json_object *system)
{
	char wanted[32], applied[32], overhead[32];

	show_size(system);
	bytes_format(value_number(system, "MemoryReservation"), wanted, sizeof(wanted));
	print_field("Memory reserved", "%s", wanted);
	if (!*value_text(system, "EnforcedBy"))
		return;
	bytes_format(value_number(system, "MemoryReservationApplied"), applied, sizeof(applied));
	bytes_format(value_number(system, "MemoryOverhead"), overhead, sizeof(overhead));
	print_field("  in force", "%s, and %s for QEMU", applied, overhead);
}

/* "leaves 16 MiB (moving)" */
static void show_balloon(struct json_object *system)
{
	const char *state = value_text(system, "MemoryBalloonState");
	uint64_t left_bytes = value_number(system, "MemoryBalloon");
	char left[32];

	bytes_format(left_bytes, left, sizeof(left));
	if (left_bytes)
		print_field("  balloon", "leaves %s (%s)", left, state);
	else if (*state)
		print_field("  balloon", "%s", state);
}

/* Only if there is one, or one is in force still. */
static void show_memory_limit(struct json_object *system)
{
	uint64_t wanted_bytes = value_number(system, "MemoryLimit");
	uint64_t applied_bytes = value_number(system, "MemoryLimitApplied");
	char wanted[32] = "unlimited", applied[32] = "unlimited";

	if (!wanted_bytes && !applied_bytes)
		return;
	if (wanted_bytes)
		bytes_format(wanted_bytes, wanted, sizeof(wanted));
	if (applied_bytes)
		bytes_format(applied_bytes, applied, sizeof(applied));
	print_field("Memory limit", "%s", wanted);
	if (!*value_text(system, "EnforcedBy"))
		return;
	print_field("  in force", "%s", applied);
	show_balloon(system);
}

/* Only if there is one, or one is in force still. */
static void show_vcpu_limit(struct json_object *system)
{
	uint64_t wanted_us = value_number(system, "ProcessorVCPULimit");
	uint64_t applied_us = value_number(system, "ProcessorVCPULimitApplied");
	char wanted[32], applied[32];

	if (!wanted_us && !applied_us)
		return;
	cpu_limit_format(wanted_us, wanted, sizeof(wanted));
	print_field("vCPU limit", "%s", wanted);
	if (!*value_text(system, "EnforcedBy"))
		return;
	cpu_limit_format(applied_us, applied, sizeof(applied));
	print_field("  in force", "%s", applied);
}

static void show_storage_weight(struct json_object *system)
{
	uint64_t applied = value_number(system, "StorageWeightApplied");

	print_text(system, "Storage weight", "StorageWeight");
	if (applied && applied != value_number(system, "StorageWeight"))
		print_field("  in force", "%" PRIu64, applied);
}

static void show_sample_rate(struct json_object *system)
{
	uint64_t applied_hz = value_number(system, "SampleRateApplied");

	print_field("Sample rate", "%" PRIu64 " Hz", value_number(system, "SampleRate"));
	if (applied_hz && applied_hz != value_number(system, "SampleRate"))
		print_field("  in force", "%" PRIu64 " Hz", applied_hz);
}

static void show_probes(struct json_object *system)
{
	const char *probes = value_text(system, "Probes");
	const char *applied = value_text(system, "ProbesApplied");

	if (strcmp(probes, "none") || strcmp(applied, "none"))
		print_text(system, "Probes", "Probes");
	if (strcmp(applied, probes) && value_number(system, "MainPID"))
		print_field("  in force", "%s", applied);
}

static void show_fields(struct json_object *system)
{
	struct json_object *channels = value_get(system, "Channels");
	const char *reason = value_text(system, "StateReason");

	print_text(system, "Name", "Name");
	print_text(system, "UUID", "UUID");
	print_text(system, "Description", "Description");
	print_field("State", "%s%s%s%s", value_text(system, "State"), *reason ? " (" : "", reason,
		    *reason ? ")" : "");
	if (*value_text(system, "ManagedBy"))
		print_field("Adopted", "managed by %s", value_text(system, "ManagedBy"));
	print_text(system, "Virtual CPUs", "VCPUs");
	show_memory(system);
	show_memory_limit(system);
	print_text(system, "Memory weight", "MemoryWeight");
	print_text(system, "Pool", "Pool");
	show_amount("CPU reservation", system, "ProcessorReservation");
	show_limit(system);
	print_text(system, "CPU weight", "ProcessorWeight");
	show_vcpu_limit(system);
	print_text(system, "Kernel", "Kernel");
	print_text(system, "Initrd", "Initrd");
	print_text(system, "Command line", "CommandLine");
	show_storage_weight(system);
	show_sample_rate(system);
	show_probes(system);
	disk_show(value_get(system, "Disks"));
	for (size_t i = 0; channels && i < json_object_array_length(channels); i++)
		print_field("Channel", "%s",
			    json_object_get_string(json_object_array_get_idx(channels, i)));
	nic_show(value_get(system, "NICs"));
	if (value_number(system, "MainPID"))
		print_text(system, "QEMU's process", "MainPID");
	print_text(system, "Unit", "Unit");
	print_text(system, "Cgroup", "ControlGroup");
}

/* Those of @systems that were asked for, in the order in which they were. */
static int select_systems(struct client *client, struct json_object *systems, char **names,
			  struct json_object *ret_list)
{
	int status = EXIT_OK;

	for (; *names; names++) {
		bool found = false;

		for (size_t i = 0; i < json_object_array_length(systems) && !found; i++) {
			struct json_object *system = json_object_array_get_idx(systems, i);

			found = !strcmp(*names, value_text(system, "Name")) ||
				!strcmp(*names, value_text(system, "UUID"));
			if (found)
				json_object_array_add(ret_list, json_object_get(system));
		}
		if (!found)
			status = client_complain(client, EXIT_NOT_FOUND, *names, NULL,
						 "there is no such virtual system");
	}
	return status;
}

/** command_show() - kvrmctl show; see command.h */
int command_show(struct client *client, int argc, char **argv)
{
	_cleanup_value_ struct json_object *systems = NULL, *chosen = json_object_new_array();
	int status = command_parse_common(client, argc, argv, 1, argc);

	if (status == EXIT_OK)
		status = client_open(client);
	if (status == EXIT_OK)
		status = client_systems(client, &systems);
	if (status != EXIT_OK)
		return status;
	status = select_systems(client, systems, argv + optind, chosen);
	if (client->json) {
		print_json(chosen);
		return status;
	}
	for (size_t i = 0; i < json_object_array_length(chosen); i++) {
		if (i)
			putchar('\n');
		show_fields(json_object_array_get_idx(chosen, i));
	}
	return status;
}

static void status_sentences(const char *title, struct json_object *sentences)
{
	for (size_t i = 0; sentences && i < json_object_array_length(sentences); i++)
		print_field(title, "%s",
			    json_object_get_string(json_object_array_get_idx(sentences, i)));
}

static void status_pool(struct json_object *pool)
{
	char capacity[32], reserved[32], unreserved[32], shortfall[32];
	uint64_t shortfall_us = value_number(pool, "ProcessorShortfall");

	reservation_format(value_number(pool, "ProcessorCapacity"), capacity, sizeof(capacity));
	reservation_format(value_number(pool, "ProcessorReserved"), reserved, sizeof(reserved));
	reservation_format(value_number(pool, "ProcessorUnreserved"), unreserved,
			   sizeof(unreserved));
	print_field("CPU reserved", "%s of %s, %s left", reserved, capacity, unreserved);
	if (!shortfall_us)
		return;
	reservation_format(shortfall_us, shortfall, sizeof(shortfall));
	print_field("SHORTFALL", "%s; not all reservations can be kept", shortfall);
}

static void status_memory(struct json_object *s, struct json_object *pool)
{
	char all[32], reserve[32], capacity[32], reserved[32], unreserved[32], shortfall[32];
	uint64_t lacks = value_number(pool, "MemoryShortfall");

	bytes_format(value_number(s, "MemoryCapacity"), all, sizeof(all));
	bytes_format(value_number(s, "MemoryHostReserve"), reserve, sizeof(reserve));
	bytes_format(value_number(pool, "MemoryCapacity"), capacity, sizeof(capacity));
	bytes_format(value_number(pool, "MemoryReserved"), reserved, sizeof(reserved));
	bytes_format(value_number(pool, "MemoryUnreserved"), unreserved, sizeof(unreserved));
	print_field("Memory", "%s, of which the host keeps %s", all, reserve);
	print_field("Memory reserved", "%s of %s, %s left", reserved, capacity, unreserved);
	if (!lacks)
		return;
	bytes_format(lacks, shortfall, sizeof(shortfall));
	print_field("SHORTFALL", "%s of memory; not all reservations can be kept", shortfall);
}

static void status_fields(struct json_object *s)
{
	bool loaded = json_object_get_boolean(value_get(s, "ModuleLoaded"));
	const char *metrics = value_text(s, "MetricsAddress");

	print_field("kvrmd", "%s", value_text(s, "Version"));
	print_field("Module", "%s%s", loaded ? "loaded, version " : "not loaded",
		    value_text(s, "ModuleVersion"));
	status_sentences("  missing", value_get(s, "ModuleMissing"));
	print_field("KVM", "%s",
		    json_object_get_boolean(value_get(s, "KVMPresent")) ? "present"
									: "not present");
	print_field("Launcher", "%s",
		    json_object_get_boolean(value_get(s, "LauncherReachable")) ? "reachable"
									       : "not reachable");
	print_field("CPUs", "%s", value_text(s, "CPUsOnline"));
	print_field("CPU limits by", "%s", value_text(s, "CPULimiter"));
	status_pool(value_get(s, "HostPool"));
	status_memory(s, value_get(s, "HostPool"));
	print_field("Virtual systems", "%s defined, %s active", value_text(s, "SystemsDefined"),
		    value_text(s, "SystemsActive"));
	print_field("Put back", "%s", value_text(s, "DriftCorrected"));
	print_field("Metrics", "%s%s%s", *metrics ? "http://" : "not over TCP", metrics,
		    *metrics ? "/metrics" : "");
	status_sentences("Problem", value_get(s, "Problems"));
}

/* GetStatus, and the root pool in it. */
static int fetch_status(struct client *client, struct json_object **ret)
{
	_cleanup_value_ struct json_object *pools = NULL;
	int status = client_fetch(client, CLIENT_MANAGER_PATH, CLIENT_MANAGER, "GetStatus", ret);

	if (status == EXIT_OK)
		status = client_fetch(client, CLIENT_MANAGER_PATH, CLIENT_MANAGER, "ListPools",
				      &pools);
	if (status == EXIT_OK)
		json_object_object_add(*ret, "HostPool",
				       json_object_get(value_get(pools, CLIENT_ROOT_POOL)));
	return status;
}

/** command_status() - kvrmctl status; see command.h */
int command_status(struct client *client, int argc, char **argv)
{
	_cleanup_value_ struct json_object *answer = NULL;
	int status = command_parse_common(client, argc, argv, 0, 0);

	if (status == EXIT_OK)
		status = client_open(client);
	if (status == EXIT_OK)
		status = fetch_status(client, &answer);
	if (status != EXIT_OK)
		return status;
	if (client->json)
		print_json(answer);
	else
		status_fields(answer);
	return EXIT_OK;
}
