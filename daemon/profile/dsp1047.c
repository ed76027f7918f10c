// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DSP1047, storage resource virtualization: disks of virtual systems, what they are kept in and how they are
 * limited. A disk is known by what it is kept in, and by how many before it are kept in the same.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/profile/setting.h"

/* As guests see them. */
#define BLOCK_BYTES UINT64_C(512)
#define BLOCK_UNIT  "count(fixed size block)"

static size_t count_disks(const struct system *system)
{
	return system->definition->n_disks;
}

/* How many disks before one are kept in the same file or device. */
static size_t ordinal(const struct definition *d, size_t index)
{
	size_t n = 0;

	for (size_t i = 0; i < index; i++)
		n += !strcmp(d->disks[i].path, d->disks[index].path);
	return n;
}

static char *disk_id(const struct system *system, size_t index)
{
	const struct definition *d = system->definition;
	char *id;

	if (asprintf(&id, "%zu%s", ordinal(d, index), d->disks[index].path) < 0)
		return NULL;
	return id;
}

static size_t find_disk(const struct system *system, const char *id)
{
	const struct definition *d = system->definition;
	size_t i = 0;

	for (; i < d->n_disks; i++) {
		_cleanup_free_ char *own = disk_id(system, i);

		if (own && !strcmp(own, id))
			break;
	}
	return i;
}

static void put_file(const char *path, struct cim_instance *instance)
{
	_cleanup_free_ char *uri = profile_file_uri(path);

	if (uri)
		cim_put_texts(instance, "HostResource", 1, (const char *const[]){ uri });
	else
		instance->failed = true;
}

static void setting_fill(const struct broker *broker, const struct broker_element *element,
			 struct cim_instance *instance)
{
	const struct system *system = element->object;
	const struct definition *d = system->definition;
	const struct definition_disk *disk = &d->disks[element->index];
	const struct disk_limit *read = &disk->limits[DISK_READ];
	const struct disk_limit *write = &disk->limits[DISK_WRITE];

	profile_put_setting(PROFILE_DISK, POOL_HOST, instance);
	cim_put_format(instance, "ElementName", "Disk %zu", element->index);
	put_file(disk->path, instance);
	cim_put_number(instance, "Access", disk->read_only ? 1 : 3);
	cim_put_text(instance, "ImageFormat", disk->format);
	if (element->part == PROFILE_STATE && system->disks[element->index].size_bytes) {
		cim_put_number(instance, "VirtualResourceBlockSize", BLOCK_BYTES);
		cim_put_number(instance, "VirtualQuantity",
			       system->disks[element->index].size_bytes / BLOCK_BYTES);
		cim_put_text(instance, "VirtualQuantityUnits", BLOCK_UNIT);
	}
	cim_put_number(instance, "Weight",
		       element->part == PROFILE_STATE ? system->storage_weight_applied
						      : d->storage_weight);
	/* Those in effect are unknown until QEMU has said that it holds them. */
	if (element->part == PROFILE_STATE && !system->disks[element->index].enforced)
		return;
	cim_put_number(instance, "ReadLimit", read->bytes_per_s);
	cim_put_number(instance, "ReadOperationLimit", read->operations_per_s);
	cim_put_number(instance, "ReadBurst", read->burst_bytes);
	cim_put_number(instance, "WriteLimit", write->bytes_per_s);
	cim_put_number(instance, "WriteOperationLimit", write->operations_per_s);
	cim_put_number(instance, "WriteBurst", write->burst_bytes);
}

const struct broker_provider disk_setting = {
	.class = "KVRM_StorageAllocationSettingData",
	.ns = CIM_ROOT,
	.data = &(const struct profile_setting){ "/disk/", count_disks, disk_id, find_disk },
	.each = profile_each_setting,
	.find = profile_find_setting,
	.keys = profile_setting_keys,
	.fill = setting_fill,
};

static void disk_fill(const struct broker *broker, const struct broker_element *element,
		      struct cim_instance *instance)
{
	const struct system *system = element->object;
	uint64_t blocks = system->disks[element->index].size_bytes / BLOCK_BYTES;

	cim_put_format(instance, "ElementName", "Disk %zu", element->index);
	cim_put_number(instance, "Access",
		       system->definition->disks[element->index].read_only ? 1 : 3);
	cim_put_bool(instance, "SequentialAccess", false);
	if (blocks) {
		cim_put_number(instance, "BlockSize", BLOCK_BYTES);
		cim_put_number(instance, "NumberOfBlocks", blocks);
		cim_put_number(instance, "ConsumableBlocks", blocks);
	}
	profile_put_device(system, instance);
}

const struct broker_provider virtual_disk = {
	.class = "KVRM_LogicalDisk",
	.ns = CIM_ROOT,
	.data = &(const struct profile_device){ "disk", count_disks, NULL, NULL },
	.each = profile_each_device,
	.find = profile_find_device,
	.keys = profile_device_keys,
	.fill = disk_fill,
};

const struct broker_provider disk_pool = {
	.class = "KVRM_ResourcePool",
	.ns = CIM_ROOT,
	.data = &(const struct profile_plain_pool){ PROFILE_DISK, "disk",
						    "Files and devices for disks", count_disks },
	.find = profile_find_plain_pool,
	.keys = profile_plain_pool_keys,
	.fill = profile_plain_pool_fill,
};

static const struct broker_provider *const providers[] = { &disk_setting, &virtual_disk,
							   &disk_pool };

static const struct broker_link links[] = { PROFILE_RESOURCE(disk_setting, virtual_disk),
					    PROFILE_OF_POOL(disk_pool, disk_setting, virtual_disk,
							    profile_to_plain_pool) };

const struct broker_profile profile_dsp1047 = { providers, sizeof(providers) / sizeof(providers[0]),
						links, sizeof(links) / sizeof(links[0]) };
