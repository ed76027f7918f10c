// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the kernel counts of a virtual system's memory and of pressure, and the module of QEMU's threads, as GetStatistics
 * has it; see Documentation/dbus/org.kvrm1.VirtualSystem.md.
 */
#include "daemon/serve/bus-internal.h"

static int open_group(sd_bus_message *m, const char *key)
{
	int r = sd_bus_message_open_container(m, 'e', "sv");

	if (r >= 0)
		r = sd_bus_message_append(m, "s", key);
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'v', "a{st}");
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'a', "{st}");
	return r;
}

static int close_group(sd_bus_message *m)
{
	int r = 0;

	for (int level = 0; r >= 0 && level < 3; level++)
		r = sd_bus_message_close_container(m);
	return r;
}

static int append_group(sd_bus_message *m, const struct vm_sample *s, const char *key,
			enum kvrm_count_group group)
{
	uint64_t value;
	int at = vm_sample_next_count(s, group, 0, &value), r;

	/* Nothing of it is known. */
	if (at == KVRM_COUNTS_N)
		return 0;
	r = open_group(m, key);
	for (; r >= 0 && at < KVRM_COUNTS_N; at = vm_sample_next_count(s, group, at + 1, &value))
		r = sd_bus_message_append(m, "{st}", sample_count_name(at), value);
	return r < 0 ? r : close_group(m);
}

/**
 * bus_append_counts() - append what the kernel counts of memory and pressure
 * @m: message, in an a{sv}
 * @s: sample
 *
 * Return: 0 or more, or a negative errno.
 */
int bus_append_counts(sd_bus_message *m, const struct vm_sample *s)
{
	static const struct {
		const char *key;
		enum kvrm_count_group group;
	} groups[] = {
		{ "MemoryFaults", KVRM_COUNT_FAULTS },
		{ "MemorySwap", KVRM_COUNT_SWAP },
		{ "MemoryScanned", KVRM_COUNT_SCANNED },
		{ "MemoryReclaimed", KVRM_COUNT_RECLAIMED },
		{ "MemoryEvents", KVRM_COUNT_EVENTS },
		{ "CPUPressure", KVRM_COUNT_CPU_PRESSURE },
		{ "MemoryPressure", KVRM_COUNT_MEMORY_PRESSURE },
		{ "IOPressure", KVRM_COUNT_IO_PRESSURE },
	};
	int r = 0;

	for (size_t i = 0; r >= 0 && i < sizeof(groups) / sizeof(groups[0]); i++)
		r = append_group(m, s, groups[i].key, groups[i].group);
	return r;
}

/**
 * bus_append_overhead() - append CPU time of QEMU's threads that run no virtual CPU
 * @m: message, in an a{sv}
 * @s: sample
 *
 * Return: 0 or more, or a negative errno.
 */
int bus_append_overhead(sd_bus_message *m, const struct vm_sample *s)
{
	int r;

	if (!s->overhead_known)
		return 0;
	r = open_group(m, "CPUOverhead");
	for (int kind = 0; r >= 0 && kind < KVRM_CPU_OVERHEAD_COUNT; kind++) {
		if (s->overhead_known >> kind & 1)
			r = sd_bus_message_append(m, "{st}", sample_overhead_name(kind),
						  s->overhead_ns[kind] / 1000);
	}
	return r < 0 ? r : close_group(m);
}
