// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The transient unit of a guest: what it may, and what it may not.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "daemon/launch/unit.h"

#define KVRM_EXEC "/usr/libexec/kvrm/kvrm-exec"

/**
 * unit_name() - name of a guest's unit
 * @uuid: of the system
 * @name: receives it
 */
void unit_name(const char *uuid, char name[static 64])
{
	snprintf(name, 64, "kvrm-guest-%s.service", uuid);
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
					  UINT64_C(10000000));
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

/**
 * unit_append_cpu() - append the properties of a processor limit and weight
 * @m: message, in an a(sv)
 * @cpu: values
 *
 * Return: 0 or more, or a negative errno.
 */
int unit_append_cpu(sd_bus_message *m, const struct unit_cpu *cpu)
{
	bool limited = cpu->quota_us;
	int r = sd_bus_message_append(m, "(sv)(sv)", "CPUQuotaPerSecUSec", "t",
				      limited ? cpu->quota_us : UINT64_MAX, "CPUQuotaPeriodUSec",
				      "t", limited ? cpu->period_us : UINT64_MAX);

	return r < 0 || !cpu->weight
		       ? r
		       : sd_bus_message_append(m, "(sv)", "CPUWeight", "t", cpu->weight);
}

/**
 * unit_append_slice() - append all properties of a pool's slice
 * @m: message, in an a(sv)
 * @pool: name
 * @cpu: with a weight, so that there are cpu.weight and cpu.max
 *
 * Return: 0 or more, or a negative errno.
 */
int unit_append_slice(sd_bus_message *m, const char *pool, const struct unit_cpu *cpu)
{
	char description[128];
	int r;

	snprintf(description, sizeof(description), "Pool %s of the KVM Resource Manager", pool);
	r = sd_bus_message_append(m, "(sv)(sv)(sv)", "Description", "s", description,
				  "CPUAccounting", "b", 1, "MemoryAccounting", "b", 1);
	return r < 0 ? r : unit_append_cpu(m, cpu);
}

/**
 * unit_append_start() - append all properties of a guest's unit
 * @m: message, in an a(sv)
 * @d: validated
 * @slice: of its pool
 * @cpu: with a weight, so that there is a cpu.max even if there is no limit
 * @stdin_fd: on which kvrm-exec gets its orders
 *
 * Return: 0 or more, or a negative errno.
 */
int unit_append_start(sd_bus_message *m, const struct definition *d, const char *slice,
		      const struct unit_cpu *cpu, int stdin_fd)
{
	char description[128], user[32], uuid_field[64];
	int r;

	snprintf(description, sizeof(description), "KVM guest %s", d->name);
	snprintf(user, sizeof(user), "kvrm-%.8s", d->uuid);
	snprintf(uuid_field, sizeof(uuid_field), "KVRM_SYSTEM_UUID=%s", d->uuid);
	r = append_confinement(m);
	if (r >= 0)
		r = unit_append_cpu(m, cpu);
	if (r >= 0)
		r = sd_bus_message_append(m, "(sv)(sv)(sv)(sv)(sv)", "Description", "s",
					  description, "Slice", "s", slice, "User", "s", user,
					  "StandardInputFileDescriptor", "h", stdin_fd, "ExecStart",
					  "a(sasb)", 1, KVRM_EXEC, 1, KVRM_EXEC, 0);
	if (r >= 0)
		r = append_log_field(m, uuid_field);
	return r;
}
