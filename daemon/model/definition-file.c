// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Definition files and flags: keys and values as text; see kvrm-definition(5).
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/model/definition.h"
#include "daemon/util/keyfile.h"
#include "daemon/util/text.h"

static int set_text(char **field, const char *value)
{
	char *copy = strdup(value);

	if (!copy)
		return -ENOMEM;
	free(*field);
	*field = copy;
	return 0;
}

static int set_name(struct definition *d, const char *value, char **ret_error)
{
	if (!text_is_name(value, DEFINITION_NAME_MAX))
		return text_error(ret_error, -EINVAL,
				  "name: '%s' is not 1 to %d of A-Z a-z 0-9 . _ -", value,
				  DEFINITION_NAME_MAX);
	strcpy(d->name, value);
	return 0;
}

static int set_uuid(struct definition *d, const char *value, char **ret_error)
{
	uint8_t bytes[16];

	if (text_uuid_to_bytes(value, bytes))
		return text_error(ret_error, -EINVAL, "uuid: '%s' is not a UUID", value);
	text_uuid_from_bytes(bytes, d->uuid);
	return 0;
}

static int set_description(struct definition *d, const char *value, char **ret_error)
{
	return set_text(&d->description, value);
}

static int set_vcpus(struct definition *d, const char *value, char **ret_error)
{
	uint64_t vcpus;

	if (text_to_u64(value, &vcpus) || vcpus < 1 || vcpus > DEFINITION_VCPUS_MAX)
		return text_error(ret_error, -EINVAL, "vcpus: '%s' is not 1 to %d", value,
				  DEFINITION_VCPUS_MAX);
	d->vcpus = (uint32_t)vcpus;
	return 0;
}

static int set_memory(struct definition *d, const char *value, char **ret_error)
{
	return memory_size_parse(value, &d->memory_bytes, ret_error);
}

static int set_memory_max(struct definition *d, const char *value, char **ret_error)
{
	return memory_max_parse(value, &d->memory_max_bytes, ret_error);
}

static int set_kernel(struct definition *d, const char *value, char **ret_error)
{
	return set_text(&d->kernel, value);
}

static int set_initrd(struct definition *d, const char *value, char **ret_error)
{
	return set_text(&d->initrd, value);
}

static int set_cmdline(struct definition *d, const char *value, char **ret_error)
{
	return set_text(&d->cmdline, value);
}

static int set_channel(struct definition *d, const char *value, char **ret_error)
{
	return definition_add_channel(d, value, ret_error);
}

static int set_nic(struct definition *d, const char *value, char **ret_error)
{
	struct definition_nic nic;
	int r = nic_parse(value, &nic, ret_error);

	return r ? r : definition_add_nic(d, &nic, ret_error);
}

static int set_cpu_limit(struct definition *d, const char *value, char **ret_error)
{
	return cpu_limit_parse(value, &d->cpu.limit_us, ret_error);
}

static int set_pool(struct definition *d, const char *value, char **ret_error)
{
	if (!text_is_name(value, POOL_NAME_MAX))
		return text_error(ret_error, -EINVAL,
				  "pool: '%s' is not 1 to %d of A-Z a-z 0-9 . _ -", value,
				  POOL_NAME_MAX);
	strcpy(d->pool, value);
	return 0;
}

static int set_cpu_reservation(struct definition *d, const char *value, char **ret_error)
{
	return cpu_reservation_parse(value, &d->cpu.reservation_us, ret_error);
}

static int set_cpu_weight(struct definition *d, const char *value, char **ret_error)
{
	return cpu_weight_parse(value, &d->cpu.weight, ret_error);
}

static int set_vcpu_limit(struct definition *d, const char *value, char **ret_error)
{
	return vcpu_limit_parse(value, &d->cpu.vcpu_limit_us, ret_error);
}

static int set_memory_reservation(struct definition *d, const char *value, char **ret_error)
{
	return memory_reservation_parse(value, &d->memory.reservation_bytes, ret_error);
}

static int set_memory_limit(struct definition *d, const char *value, char **ret_error)
{
	return memory_limit_parse(value, &d->memory.limit_bytes, ret_error);
}

static int set_memory_weight(struct definition *d, const char *value, char **ret_error)
{
	return memory_weight_parse(value, &d->memory.weight, ret_error);
}

static int set_storage_weight(struct definition *d, const char *value, char **ret_error)
{
	return storage_weight_parse(value, &d->storage_weight, ret_error);
}

static int set_sample_rate(struct definition *d, const char *value, char **ret_error)
{
	return sample_rate_parse(value, &d->sample_rate_hz, ret_error);
}

static int set_probes(struct definition *d, const char *value, char **ret_error)
{
	return probes_parse(value, &d->probes, ret_error);
}

static const struct {
	const char *key;
	int (*set)(struct definition *d, const char *value, char **ret_error);
} definition_keys[] = {
	{ "name", set_name },
	{ "uuid", set_uuid },
	{ "description", set_description },
	{ "vcpus", set_vcpus },
	{ "memory", set_memory },
	{ "memory-max", set_memory_max },
	{ "kernel", set_kernel },
	{ "initrd", set_initrd },
	{ "cmdline", set_cmdline },
	{ "disk", definition_parse_disk },
	{ "channel", set_channel },
	{ "nic", set_nic },
	{ "cpu-limit", set_cpu_limit },
	{ "pool", set_pool },
	{ "cpu-reservation", set_cpu_reservation },
	{ "cpu-weight", set_cpu_weight },
	{ "vcpu-limit", set_vcpu_limit },
	{ "memory-reservation", set_memory_reservation },
	{ "memory-limit", set_memory_limit },
	{ "memory-weight", set_memory_weight },
	{ "storage-weight", set_storage_weight },
	{ "sample-rate", set_sample_rate },
	{ "probes", set_probes },
};

/**
 * definition_set() - one key, as in a file; disk and channel add, all others replace
 * @d: definition
 * @key: name of the key
 * @value: text
 * @ret_error: sentence
 *
 * Return: 0 or a negative errno; see definition.h.
 */
int definition_set(struct definition *d, const char *key, const char *value, char **ret_error)
{
	for (size_t i = 0; i < sizeof(definition_keys) / sizeof(definition_keys[0]); i++) {
		if (!strcmp(key, definition_keys[i].key))
			return definition_keys[i].set(d, value, ret_error);
	}
	return text_error(
		ret_error, -EINVAL,
		"unknown key '%s'; keys are name uuid description vcpus memory memory-max kernel "
		"initrd cmdline disk channel nic cpu-limit pool cpu-reservation cpu-weight "
		"vcpu-limit memory-reservation memory-limit memory-weight "
		"storage-weight sample-rate probes",
		key);
}

static int definition_pair(const char *key, const char *value, char **ret_error, void *data)
{
	return definition_set(data, key, value, ret_error);
}

/**
 * definition_read_file() - read a definition file; definition_validate() it afterwards
 * @path: of the file; "-" for standard input
 * @ret: to be freed with definition_free()
 * @ret_error: sentence, with file and line where there is one
 *
 * Return: 0 or a negative errno; see definition.h; also what opening the file failed with.
 */
int definition_read_file(const char *path, struct definition **ret, char **ret_error)
{
	_cleanup_definition_ struct definition *d = definition_new();
	_cleanup_fclose_ FILE *opened = NULL;
	FILE *file = stdin;
	int r;

	if (!d)
		return -ENOMEM;
	if (strcmp(path, "-")) {
		file = opened = fopen(path, "re");
		if (!file)
			return text_error(ret_error, -errno, "%s: %s", path, strerror(errno));
	}
	r = keyfile_read(file, path, definition_pair, d, ret_error);
	if (r)
		return r;
	*ret = TAKE_PTR(d);
	return 0;
}
