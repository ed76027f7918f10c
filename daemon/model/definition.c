// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Definition of a virtual system: the object and its rules; see definition.h.
 */
#include <errno.h>
#include <inttypes.h>
#include <linux/kvrm.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/model/definition.h"
#include "daemon/util/text.h"
#include "kvrm/cpumax.h"
#include "kvrm/node.h"

/**
 * definition_new() - one virtual CPU, in the root pool, no reservation or limit, nothing else
 *
 * Return: to be freed with definition_free(); NULL if there is no memory.
 */
struct definition *definition_new(void)
{
	struct definition *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->vcpus = 1;
	strcpy(d->pool, POOL_HOST);
	d->cpu.weight = KVRM_WEIGHT_DEFAULT;
	d->memory.weight = KVRM_WEIGHT_DEFAULT;
	d->storage_weight = KVRM_WEIGHT_DEFAULT;
	d->sample_rate_hz = KVRM_SAMPLE_RATE_DEFAULT_HZ;
	return d;
}

/**
 * definition_free() - free a definition
 * @d: may be NULL
 *
 * Return: NULL.
 */
struct definition *definition_free(struct definition *d)
{
	if (!d)
		return NULL;
	for (size_t i = 0; i < d->n_disks; i++)
		free(d->disks[i].path);
	for (size_t i = 0; i < d->n_channels; i++)
		free(d->channels[i]);
	free(d->disks);
	free(d->channels);
	free(d->nics);
	free(d->description);
	free(d->kernel);
	free(d->initrd);
	free(d->cmdline);
	free(d);
	return NULL;
}

/**
 * definition_add_channel() - add a virtio-serial channel behind those that are there
 * @d: definition
 * @name: copied
 * @ret_error: sentence
 *
 * Return: 0 or a negative errno; see definition.h.
 */
int definition_add_channel(struct definition *d, const char *name, char **ret_error)
{
	char **channels;

	if (!text_is_name(name, DEFINITION_CHANNEL_MAX))
		return text_error(ret_error, -EINVAL,
				  "channel: '%s' is not 1 to %d of A-Z a-z 0-9 . _ -", name,
				  DEFINITION_CHANNEL_MAX);
	for (size_t i = 0; i < d->n_channels; i++) {
		if (!strcmp(d->channels[i], name))
			return text_error(ret_error, -EINVAL, "channel: '%s' is given twice", name);
	}
	if (d->n_channels == DEFINITION_CHANNELS_MAX)
		return text_error(ret_error, -EINVAL, "channel: at most %d are allowed",
				  DEFINITION_CHANNELS_MAX);
	channels = reallocarray(d->channels, d->n_channels + 1, sizeof(*channels));
	if (!channels)
		return -ENOMEM;
	d->channels = channels;
	channels[d->n_channels] = strdup(name);
	if (!channels[d->n_channels])
		return -ENOMEM;
	d->n_channels++;
	return 0;
}

/**
 * definition_remove_channel() - remove a channel; those behind it move up
 * @d: definition
 * @index: of the channel
 */
void definition_remove_channel(struct definition *d, size_t index)
{
	free(d->channels[index]);
	d->n_channels--;
	memmove(&d->channels[index], &d->channels[index + 1],
		(d->n_channels - index) * sizeof(*d->channels));
}

static int check_path(const char *key, const char *path, char **ret_error)
{
	if (path && *path != '/')
		return text_error(ret_error, -EINVAL, "%s: '%s' is not an absolute path", key,
				  path);
	return 0;
}

static int check_boot(const struct definition *d, char **ret_error)
{
	int r = check_path("kernel", d->kernel, ret_error);

	if (!r)
		r = check_path("initrd", d->initrd, ret_error);
	if (r)
		return r;
	if (!d->kernel && (d->initrd || d->cmdline))
		return text_error(ret_error, -EINVAL, "%s: needs a kernel",
				  d->initrd ? "initrd" : "cmdline");
	if (d->cmdline && strlen(d->cmdline) > DEFINITION_CMDLINE_MAX)
		return text_error(ret_error, -EINVAL, "cmdline: longer than %d bytes",
				  DEFINITION_CMDLINE_MAX);
	return 0;
}

/**
 * definition_check_limit() - whether a processor limit can be held
 * @limit_us: µs of CPU time per second; 0: unlimited
 * @capacity_us: of the host; 0: not known here
 * @ret_error: sentence
 *
 * Return: 0 or -EINVAL.
 */
int definition_check_limit(uint64_t limit_us, uint64_t capacity_us, char **ret_error)
{
	if (!limit_us)
		return 0;
	if (limit_us < KVRM_CPUMAX_LIMIT_MIN_US)
		return text_error(ret_error, -EINVAL,
				  "cpu-limit: %" PRIu64
				  " us per second is below %llu (1 %% of one CPU)",
				  limit_us, KVRM_CPUMAX_LIMIT_MIN_US);
	if (capacity_us && limit_us > capacity_us)
		return text_error(ret_error, -EINVAL,
				  "cpu-limit: %" PRIu64
				  " us per second is above the host's %" PRIu64 " (all CPUs)",
				  limit_us, capacity_us);
	return 0;
}

/**
 * definition_validate() - the rules for a definition as a whole
 * @d: definition
 * @capacity_us: processor capacity of the host in µs per second; 0: not known here
 * @ret_error: sentence
 *
 * Return: 0 or a negative errno; see definition.h.
 */
int definition_validate(const struct definition *d, uint64_t capacity_us, char **ret_error)
{
	int r;

	if (!*d->name)
		return text_error(ret_error, -EINVAL, "name: is missing");
	if (!text_is_name(d->name, DEFINITION_NAME_MAX))
		return text_error(ret_error, -EINVAL,
				  "name: '%s' is not 1 to %d of A-Z a-z 0-9 . _ -", d->name,
				  DEFINITION_NAME_MAX);
	if (*d->uuid && !text_is_uuid(d->uuid))
		return text_error(ret_error, -EINVAL, "uuid: '%s' is not a UUID", d->uuid);
	if (d->description && strlen(d->description) > DEFINITION_DESCRIPTION_MAX)
		return text_error(ret_error, -EINVAL, "description: longer than %d bytes",
				  DEFINITION_DESCRIPTION_MAX);
	if (d->vcpus < 1 || d->vcpus > DEFINITION_VCPUS_MAX)
		return text_error(ret_error, -EINVAL, "vcpus: %" PRIu32 " is not 1 to %d", d->vcpus,
				  DEFINITION_VCPUS_MAX);
	if (!d->memory_bytes)
		return text_error(ret_error, -EINVAL, "memory: is missing");
	if (d->memory_bytes % DEFINITION_MEMORY_UNIT ||
	    d->memory_bytes > DEFINITION_MEMORY_MAX_BYTES)
		return text_error(ret_error, -EINVAL,
				  "memory: %" PRIu64
				  " bytes is not a multiple of 1M from 1M to 16T",
				  d->memory_bytes);
	r = memory_max_check(d->memory_bytes, d->memory_max_bytes, ret_error);
	if (!r)
		r = check_boot(d, ret_error);
	if (!r)
		r = definition_check_disks(d, ret_error);
	if (!r)
		r = definition_check_nics(d, ret_error);
	if (!r)
		r = storage_weight_check(d->storage_weight, ret_error);
	if (!r)
		r = sample_rate_check(d->sample_rate_hz, ret_error);
	if (r)
		return r;
	if (!text_is_name(d->pool, POOL_NAME_MAX))
		return text_error(ret_error, -EINVAL,
				  "pool: '%s' is not 1 to %d of A-Z a-z 0-9 . _ -", d->pool,
				  POOL_NAME_MAX);
	r = memory_allocation_check(&d->memory, d->memory_bytes, ret_error);
	return r ? r
		 : cpu_allocation_check(&d->cpu, d->vcpus * KVRM_USEC_PER_SEC, capacity_us,
					ret_error);
}

static int check_readable(const char *key, const char *path, char **ret_error)
{
	struct stat st;

	if (!path)
		return 0;
	if (stat(path, &st))
		return text_error(ret_error, -EINVAL, "%s: %s: %s", key, path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return text_error(ret_error, -EINVAL, "%s: %s is not a file", key, path);
	/* QEMU opens it as the guest's own user. */
	if (!(st.st_mode & S_IROTH))
		return text_error(ret_error, -EINVAL,
				  "%s: %s is not readable by everybody (chmod o+r)", key, path);
	return 0;
}

/**
 * definition_check_paths() - whether the files that a definition names are there
 * @d: definition
 * @ret_error: sentence
 *
 * A disk below a folder that this process may not enter is left to the launcher.
 *
 * Return: 0 or -EINVAL.
 */
int definition_check_paths(const struct definition *d, char **ret_error)
{
	int r = check_readable("kernel", d->kernel, ret_error);

	if (!r)
		r = check_readable("initrd", d->initrd, ret_error);
	for (size_t i = 0; !r && i < d->n_disks; i++) {
		const char *path = d->disks[i].path;
		struct stat st;

		if (stat(path, &st)) {
			if (errno != EACCES)
				r = text_error(ret_error, -EINVAL, "disk: %s: %s", path,
					       strerror(errno));
		} else if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode)) {
			r = text_error(ret_error, -EINVAL,
				       "disk: %s is neither a file nor a block device", path);
		}
	}
	return r;
}
