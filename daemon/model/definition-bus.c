// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Definitions on D-Bus: a{sv}, keys as in Documentation/dbus/org.kvrm1.Manager.md.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/model/definition.h"
#include "daemon/util/text.h"

static int append_text(sd_bus_message *m, const char *key, const char *value)
{
	if (!value || !*value)
		return 0;
	return sd_bus_message_append(m, "{sv}", key, "s", value);
}

static int append_channels(sd_bus_message *m, const struct definition *d)
{
	int r = sd_bus_message_open_container(m, 'a', "s");

	for (size_t i = 0; r >= 0 && i < d->n_channels; i++)
		r = sd_bus_message_append(m, "s", d->channels[i]);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append_list(sd_bus_message *m, const char *key, const char *type,
		       int (*append)(sd_bus_message *m, const struct definition *d),
		       const struct definition *d)
{
	int r = sd_bus_message_open_container(m, 'e', "sv");

	if (r >= 0)
		r = sd_bus_message_append(m, "s", key);
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'v', type);
	if (r >= 0)
		r = append(m, d);
	if (r >= 0)
		r = sd_bus_message_close_container(m);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append_lists(sd_bus_message *m, const struct definition *d)
{
	int r = 0;

	if (d->n_disks)
		r = append_list(m, "Disks", "aa{sv}", definition_append_disks, d);
	if (r >= 0 && d->n_channels)
		r = append_list(m, "Channels", "as", append_channels, d);
	if (r >= 0 && d->n_nics)
		r = append_list(m, "NICs", "aa{sv}", definition_append_nics, d);
	return r;
}

/**
 * definition_append_bus() - append a definition as a{sv}; what is not set is left out
 * @m: message
 * @d: definition
 *
 * Return: 0 or a negative errno.
 */
int definition_append_bus(sd_bus_message *m, const struct definition *d)
{
	int r = sd_bus_message_open_container(m, 'a', "{sv}");

	if (r >= 0)
		r = append_text(m, "Name", d->name);
	if (r >= 0)
		r = append_text(m, "UUID", d->uuid);
	if (r >= 0)
		r = append_text(m, "Description", d->description);
	if (r >= 0)
		r = append_text(m, "Kernel", d->kernel);
	if (r >= 0)
		r = append_text(m, "Initrd", d->initrd);
	if (r >= 0)
		r = append_text(m, "CommandLine", d->cmdline);
	if (r >= 0)
		r = append_text(m, "Pool", d->pool);
	if (r >= 0)
		r = sd_bus_message_append(m, "{sv}{sv}{sv}{sv}{sv}{sv}{sv}{sv}", "VCPUs", "u",
					  d->vcpus, "Memory", "t", d->memory_bytes,
					  "ProcessorReservation", "t", d->cpu.reservation_us,
					  "ProcessorLimit", "t", d->cpu.limit_us, "ProcessorWeight",
					  "u", d->cpu.weight, "ProcessorVCPULimit", "t",
					  d->cpu.vcpu_limit_us, "MemoryReservation", "t",
					  d->memory.reservation_bytes, "MemoryLimit", "t",
					  d->memory.limit_bytes);
	if (r >= 0)
		r = sd_bus_message_append(m, "{sv}{sv}{sv}{sv}", "MemoryWeight", "u",
					  d->memory.weight, "StorageWeight", "u", d->storage_weight,
					  "SampleRate", "u", d->sample_rate_hz, "Probes", "s",
					  probes_text(d->probes));
	if (r >= 0 && d->memory_max_bytes)
		r = sd_bus_message_append(m, "{sv}", "MemoryMax", "t", d->memory_max_bytes);
	if (r >= 0)
		r = append_lists(m, d);
	if (r >= 0)
		r = sd_bus_message_close_container(m);
	return r < 0 ? r : 0;
}

/* A text key: the same rules as in a file. */
static int read_text(sd_bus_message *m, struct definition *d, const char *file_key,
		     char **ret_error)
{
	const char *value;
	int r = sd_bus_message_read(m, "v", "s", &value);

	return r < 0 ? r : definition_set(d, file_key, value, ret_error);
}

static int read_channels(sd_bus_message *m, struct definition *d, char **ret_error)
{
	const char *name;
	int r = sd_bus_message_enter_container(m, 'v', "as");

	if (r < 0)
		return r;
	r = sd_bus_message_enter_container(m, 'a', "s");
	while (r >= 0 && (r = sd_bus_message_read(m, "s", &name)) > 0)
		r = definition_add_channel(d, name, ret_error);
	if (r < 0)
		return r;
	sd_bus_message_exit_container(m);
	sd_bus_message_exit_container(m);
	return 0;
}

static int read_vcpus(sd_bus_message *m, struct definition *d, char **ret_error)
{
	return sd_bus_message_read(m, "v", "u", &d->vcpus);
}

static int read_memory(sd_bus_message *m, struct definition *d, char **ret_error)
{
	return sd_bus_message_read(m, "v", "t", &d->memory_bytes);
}

static int read_memory_max(sd_bus_message *m, struct definition *d, char **ret_error)
{
	return sd_bus_message_read(m, "v", "t", &d->memory_max_bytes);
}

static int read_limit(sd_bus_message *m, struct definition *d, char **ret_error)
{
	return sd_bus_message_read(m, "v", "t", &d->cpu.limit_us);
}

static int read_reservation(sd_bus_message *m, struct definition *d, char **ret_error)
{
	return sd_bus_message_read(m, "v", "t", &d->cpu.reservation_us);
}

static int read_weight(sd_bus_message *m, struct definition *d, char **ret_error)
{
	return sd_bus_message_read(m, "v", "u", &d->cpu.weight);
}

static int read_vcpu_limit(sd_bus_message *m, struct definition *d, char **ret_error)
{
	return sd_bus_message_read(m, "v", "t", &d->cpu.vcpu_limit_us);
}

static int read_memory_reservation(sd_bus_message *m, struct definition *d, char **ret_error)
{
	return sd_bus_message_read(m, "v", "t", &d->memory.reservation_bytes);
}

static int read_memory_limit(sd_bus_message *m, struct definition *d, char **ret_error)
{
	return sd_bus_message_read(m, "v", "t", &d->memory.limit_bytes);
}

static int read_memory_weight(sd_bus_message *m, struct definition *d, char **ret_error)
{
	return sd_bus_message_read(m, "v", "u", &d->memory.weight);
}

static int read_storage_weight(sd_bus_message *m, struct definition *d, char **ret_error)
{
	return sd_bus_message_read(m, "v", "u", &d->storage_weight);
}

static int read_sample_rate(sd_bus_message *m, struct definition *d, char **ret_error)
{
	return sd_bus_message_read(m, "v", "u", &d->sample_rate_hz);
}

/* Either read as the text of a key of definition files, or by a function. Some make an allocation. */
static const struct {
	const char *key;
	const char *type;
	const char *file_key;
	int (*read)(sd_bus_message *m, struct definition *d, char **ret_error);
	bool allocation;
} bus_keys[] = {
	{ "Name", "s", "name" },
	{ "UUID", "s", "uuid" },
	{ "Description", "s", "description" },
	{ "Kernel", "s", "kernel" },
	{ "Initrd", "s", "initrd" },
	{ "CommandLine", "s", "cmdline" },
	{ "VCPUs", "u", NULL, read_vcpus },
	{ "Memory", "t", NULL, read_memory, true },
	{ "MemoryMax", "t", NULL, read_memory_max },
	{ "Pool", "s", "pool" },
	{ "ProcessorReservation", "t", NULL, read_reservation, true },
	{ "ProcessorLimit", "t", NULL, read_limit, true },
	{ "ProcessorWeight", "u", NULL, read_weight, true },
	{ "ProcessorVCPULimit", "t", NULL, read_vcpu_limit, true },
	{ "MemoryReservation", "t", NULL, read_memory_reservation, true },
	{ "MemoryLimit", "t", NULL, read_memory_limit, true },
	{ "MemoryWeight", "u", NULL, read_memory_weight, true },
	{ "StorageWeight", "u", NULL, read_storage_weight, true },
	{ "SampleRate", "u", NULL, read_sample_rate, true },
	{ "Probes", "s", "probes", NULL, true },
	{ "Disks", "aa{sv}", NULL, definition_read_disks },
	{ "Channels", "as", NULL, read_channels },
	{ "NICs", "aa{sv}", NULL, definition_read_nics },
};

static int read_pair(sd_bus_message *m, struct definition *d, bool allocation, char **ret_error)
{
	const char *key, *type;
	char kind;
	int r = sd_bus_message_read(m, "s", &key);

	if (r < 0)
		return r;
	r = sd_bus_message_peek_type(m, &kind, &type);
	if (r < 0)
		return r;
	for (size_t i = 0; i < sizeof(bus_keys) / sizeof(bus_keys[0]); i++) {
		if (strcmp(key, bus_keys[i].key) || (allocation && !bus_keys[i].allocation))
			continue;
		if (strcmp(type, bus_keys[i].type))
			return text_error(ret_error, -EINVAL, "%s: is of type %s, not %s", key,
					  type, bus_keys[i].type);
		return bus_keys[i].file_key ? read_text(m, d, bus_keys[i].file_key, ret_error)
					    : bus_keys[i].read(m, d, ret_error);
	}
	return text_error(ret_error, -EINVAL,
			  "unknown key '%s'; keys are %sProcessorReservation "
			  "ProcessorLimit ProcessorWeight ProcessorVCPULimit Memory "
			  "MemoryReservation MemoryLimit MemoryWeight StorageWeight SampleRate "
			  "Probes",
			  key,
			  allocation ? ""
				     : "Name UUID Description VCPUs MemoryMax Kernel Initrd "
				       "CommandLine Disks Channels NICs Pool ");
}

static int read_pairs(sd_bus_message *m, struct definition *d, bool allocation, char **ret_error)
{
	int r = sd_bus_message_enter_container(m, 'a', "{sv}");

	while (r >= 0 && (r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
		r = read_pair(m, d, allocation, ret_error);
		if (r >= 0)
			r = sd_bus_message_exit_container(m);
	}
	return r < 0 ? r : sd_bus_message_exit_container(m);
}

/**
 * definition_read_bus() - read a definition from a{sv}; definition_validate() it afterwards
 * @m: message, at the a{sv}
 * @ret: to be freed with definition_free()
 * @ret_error: sentence
 *
 * Return: 0 or a negative errno; see definition.h; -EBADMSG or -ENXIO if there is no a{sv}.
 */
int definition_read_bus(sd_bus_message *m, struct definition **ret, char **ret_error)
{
	_cleanup_definition_ struct definition *d = definition_new();
	int r;

	if (!d)
		return -ENOMEM;
	r = read_pairs(m, d, false, ret_error);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(d);
	return 0;
}

/**
 * allocation_read_bus() - read an allocation from a{sv}; cpu_allocation_check() and
 * memory_allocation_check() it afterwards
 * @m: message, at the a{sv}
 * @allocation: what is not given stays
 * @ret_error: sentence
 *
 * Return: as definition_read_bus().
 */
int allocation_read_bus(sd_bus_message *m, struct allocation *allocation, char **ret_error)
{
	struct definition d = { 0 };
	int r;

	definition_set_allocation(&d, allocation);
	r = read_pairs(m, &d, true, ret_error);
	if (r < 0)
		return r;
	*allocation = definition_allocation(&d);
	return 0;
}
