// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The transient unit of a guest: what it may, and what it may not.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "daemon/launch/unit.h"
#include "daemon/util/text.h"
#include "kvrm/node.h"

#define KVRM_EXEC	     "/usr/libexec/kvrm/kvrm-exec"
#define UNIT_STOP_TIMEOUT_US UINT64_C(10000000)
/* As Linux and systemd allow, with the NUL. */
#define USER_NAME_SIZE 32

/**
 * unit_name() - name of a guest's unit
 * @uuid: of the system
 * @name: receives it
 */
void unit_name(const char *uuid, char name[static UNIT_NAME_SIZE])
{
	snprintf(name, UNIT_NAME_SIZE, "kvrm-guest-%s.service", uuid);
}

/**
 * unit_scope_name() - name of a scope that a guest is moved to
 * @uuid: of the system
 * @number: 1 to UNIT_SCOPES_MAX
 * @name: receives it
 */
void unit_scope_name(const char *uuid, unsigned int number, char name[static UNIT_NAME_SIZE])
{
	snprintf(name, UNIT_NAME_SIZE, "kvrm-guest-%s-%u.scope", uuid, number);
}

/**
 * unit_parse() - whether a unit is a guest's, and whose
 * @name: of the unit
 * @uuid: receives it; "" if it is none
 *
 * Return: what it is.
 */
enum unit_kind unit_parse(const char *name, char uuid[static 37])
{
	char rebuilt[UNIT_NAME_SIZE];
	unsigned int number;

	if (sscanf(name, "kvrm-guest-%36[0-9a-f-]", uuid) == 1 && text_is_uuid(uuid)) {
		unit_name(uuid, rebuilt);
		if (!strcmp(name, rebuilt))
			return UNIT_GUEST;
		if (sscanf(name + strlen("kvrm-guest-") + 36, "-%2u.scope", &number) == 1) {
			unit_scope_name(uuid, number, rebuilt);
			if (number && !strcmp(name, rebuilt))
				return UNIT_SCOPE;
		}
	}
	uuid[0] = '\0';
	return UNIT_OTHER;
}

/* Properties that are the same for all guests. */
static int append_confinement(sd_bus_message *m)
{
	static const char *const yes[] = {
		"DynamicUser",
		"NoNewPrivileges",
		"PrivateTmp",
		"PrivateNetwork",
		"PrivateIPC",
		"ProtectKernelTunables",
		"ProtectKernelModules",
		"ProtectKernelLogs",
		"ProtectControlGroups",
		"ProtectClock",
		"ProtectHostname",
		"RestrictRealtime",
		"RestrictSUIDSGID",
		"LockPersonality",
		"CPUAccounting",
		"MemoryAccounting",
		"MemoryDenyWriteExecute",
	};
	static const char *const texts[][2] = {
		{ "Type", "exec" },
		{ "ProtectSystem", "strict" },
		{ "ProtectHome", "read-only" },
		{ "ProtectProc", "invisible" },
		{ "DevicePolicy", "closed" },
		{ "StandardOutput", "journal" },
		{ "StandardError", "journal" },
		{ "SyslogIdentifier", "kvrm-guest" },
		{ "CollectMode", "inactive-or-failed" },
		{ "KillMode", "control-group" },
		{ "OOMPolicy", "stop" },
	};
	int r = 0;

	for (size_t i = 0; r >= 0 && i < sizeof(yes) / sizeof(yes[0]); i++)
		r = sd_bus_message_append(m, "(sv)", yes[i], "b", 1);
	for (size_t i = 0; r >= 0 && i < sizeof(texts) / sizeof(texts[0]); i++)
		r = sd_bus_message_append(m, "(sv)", texts[i][0], "s", texts[i][1]);
	if (r >= 0)
		r = sd_bus_message_append(m, "(sv)", "RestrictAddressFamilies", "(bas)", 1, 1,
					  "AF_UNIX");
	if (r >= 0)
		r = sd_bus_message_append(m, "(sv)(sv)(sv)(sv)(sv)(sv)(sv)", "DeviceAllow", "a(ss)",
					  1, "/dev/kvm", "rw", "SupplementaryGroups", "as", 1,
					  "kvm", "RestrictNamespaces", "t", UINT64_C(0),
					  "CapabilityBoundingSet", "t", UINT64_C(0),
					  "SystemCallArchitectures", "as", 1, "native", "UMask",
					  "u", (uint32_t)0077, "TimeoutStopUSec", "t",
					  UNIT_STOP_TIMEOUT_US);
	return r;
}

/* A field for every line that the guest's QEMU writes to the journal. */
static int append_log_field(sd_bus_message *m, const char *field)
{
	int r = sd_bus_message_open_container(m, 'r', "sv");

	if (r >= 0)
		r = sd_bus_message_append(m, "s", "LogExtraFields");
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'v', "aay");
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'a', "ay");
	if (r >= 0)
		r = sd_bus_message_append_array(m, 'y', field, strlen(field));
	for (int level = 0; r >= 0 && level < 3; level++)
		r = sd_bus_message_close_container(m);
	return r;
}

static int append_limit(sd_bus_message *m, const char *property, uint64_t bytes)
{
	if (bytes == UNIT_AS_IT_IS)
		return 0;
	return sd_bus_message_append(m, "(sv)", property, "t", bytes ? bytes : UINT64_MAX);
}

/**
 * unit_append_allocation() - append the properties of a processor limit and weight, and of memory
 * @m: message, in an a(sv)
 * @allocation: values
 *
 * Return: 0 or more, or a negative errno.
 */
int unit_append_allocation(sd_bus_message *m, const struct unit_allocation *allocation)
{
	bool limited = allocation->quota_us;
	int r = sd_bus_message_append(m, "(sv)(sv)", "CPUQuotaPerSecUSec", "t",
				      limited ? allocation->quota_us : UINT64_MAX,
				      "CPUQuotaPeriodUSec", "t",
				      limited ? allocation->period_us : UINT64_MAX);

	if (r >= 0 && allocation->weight)
		r = sd_bus_message_append(m, "(sv)", "CPUWeight", "t", allocation->weight);
	if (r >= 0 && allocation->memory_min_bytes != UNIT_AS_IT_IS)
		r = sd_bus_message_append(m, "(sv)", "MemoryMin", "t",
					  allocation->memory_min_bytes);
	/* In this order systemd writes them, too: throttled first. */
	if (r >= 0)
		r = append_limit(m, "MemoryHigh", allocation->memory_high_bytes);
	return r < 0 ? r : append_limit(m, "MemoryMax", allocation->memory_max_bytes);
}

/**
 * unit_append_storage_weight() - append the property of a share of storage
 * @m: message, in an a(sv)
 * @weight: of io.weight, 1 to 10000
 *
 * Return: 0 or more, or a negative errno.
 */
int unit_append_storage_weight(sd_bus_message *m, uint64_t weight)
{
	return sd_bus_message_append(m, "(sv)", "IOWeight", "t", weight);
}

/**
 * unit_append_slice() - append all properties of a pool's slice
 * @m: message, in an a(sv)
 * @pool: name
 * @allocation: with a weight, so that there are cpu.weight and cpu.max
 *
 * Return: 0 or more, or a negative errno.
 */
int unit_append_slice(sd_bus_message *m, const char *pool, const struct unit_allocation *allocation)
{
	char description[128];
	int r;

	snprintf(description, sizeof(description), "Pool %s of the KVM Resource Manager", pool);
	r = sd_bus_message_append(m, "(sv)(sv)(sv)", "Description", "s", description,
				  "CPUAccounting", "b", 1, "MemoryAccounting", "b", 1);
	return r < 0 ? r : unit_append_allocation(m, allocation);
}

static int append_pids(sd_bus_message *m, const uint32_t *pids, size_t n)
{
	int r = sd_bus_message_open_container(m, 'r', "sv");

	if (r >= 0)
		r = sd_bus_message_append(m, "s", "PIDs");
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'v', "au");
	if (r >= 0)
		r = sd_bus_message_append_array(m, 'u', pids, n * sizeof(*pids));
	for (int level = 0; r >= 0 && level < 2; level++)
		r = sd_bus_message_close_container(m);
	return r;
}

/**
 * unit_append_scope() - append all properties of a scope that a guest is moved to
 * @m: message, in an a(sv)
 * @uuid: of the guest, whose service the scope ends with
 * @slice: of the pool
 * @allocation: with a weight
 * @pids: the guest's processes
 * @n_pids: how many
 *
 * What a process has of its own, as its user, its namespaces and its system calls, goes with it; what is its
 * cgroup's is here again, as append_confinement() has it.
 *
 * Return: 0 or more, or a negative errno.
 */
int unit_append_scope(sd_bus_message *m, const char *uuid, const char *slice,
		      const struct unit_allocation *allocation, const uint32_t *pids, size_t n_pids)
{
	char description[128], service[UNIT_NAME_SIZE];
	int r;

	unit_name(uuid, service);
	snprintf(description, sizeof(description), "KVM guest %s, in another pool", uuid);
	r = sd_bus_message_append(m, "(sv)(sv)(sv)(sv)(sv)", "Description", "s", description,
				  "Slice", "s", slice, "CollectMode", "s", "inactive-or-failed",
				  "BindsTo", "as", 1, service, "After", "as", 1, service);
	if (r >= 0)
		r = sd_bus_message_append(m, "(sv)(sv)(sv)(sv)(sv)(sv)", "CPUAccounting", "b", 1,
					  "MemoryAccounting", "b", 1, "DevicePolicy", "s", "closed",
					  "DeviceAllow", "a(ss)", 1, "/dev/kvm", "rw", "KillMode",
					  "s", "control-group", "TimeoutStopUSec", "t",
					  UNIT_STOP_TIMEOUT_US);
	if (r >= 0)
		r = unit_append_allocation(m, allocation);
	return r < 0 ? r : append_pids(m, pids, n_pids);
}

/*
 * A user that no other guest runs as, even if somebody has numbered UUIDs by hand: of the 32 digits, 26 fit into a user's
 * name. The third group, in which is the version, and two digits beside the variant are left out.
 */
static void user_name(const char *uuid, char name[static USER_NAME_SIZE])
{
	snprintf(name, USER_NAME_SIZE, "kvrm-%.8s%.4s%.2s%.12s", uuid, uuid + 9, uuid + 21,
		 uuid + 24);
}

/**
 * unit_append_start() - append all properties of a guest's unit
 * @m: message, in an a(sv)
 * @d: validated
 * @slice: of its pool
 * @allocation: with a weight, so that there is a cpu.max even if there is no limit
 * @stdin_fd: on which kvrm-exec gets its orders
 *
 * Return: 0 or more, or a negative errno.
 */
int unit_append_start(sd_bus_message *m, const struct definition *d, const char *slice,
		      const struct unit_allocation *allocation, int stdin_fd)
{
	char description[128], user[USER_NAME_SIZE], uuid_field[64];
	int r;

	snprintf(description, sizeof(description), "KVM guest %s", d->name);
	user_name(d->uuid, user);
	snprintf(uuid_field, sizeof(uuid_field), "KVRM_SYSTEM_UUID=%s", d->uuid);
	r = append_confinement(m);
	if (r >= 0)
		r = unit_append_allocation(m, allocation);
	/* What is no other than that of all needs no controller. */
	if (r >= 0 && d->storage_weight != KVRM_WEIGHT_DEFAULT)
		r = unit_append_storage_weight(m, d->storage_weight);
	if (r >= 0)
		r = sd_bus_message_append(m, "(sv)(sv)(sv)(sv)(sv)", "Description", "s",
					  description, "Slice", "s", slice, "User", "s", user,
					  "StandardInputFileDescriptor", "h", stdin_fd, "ExecStart",
					  "a(sasb)", 1, KVRM_EXEC, 1, KVRM_EXEC, 0);
	if (r >= 0)
		r = append_log_field(m, uuid_field);
	return r;
}
