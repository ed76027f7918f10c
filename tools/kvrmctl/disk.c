// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kvrmctl disk set, and disks as kvrmctl show shows them.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "daemon/model/definition.h"
#include "tools/kvrmctl/command.h"
#include "tools/kvrmctl/disk.h"
#include "tools/kvrmctl/limits.h"
#include "tools/kvrmctl/print.h"
#include "tools/kvrmctl/table.h"
#include "tools/kvrmctl/value.h"

static int parse(size_t key, const char *value, uint64_t *ret, char **ret_error)
{
	struct definition_disk disk = { 0 };
	int r = disk_set(&disk, disk_limit_keys[key].file, value, ret_error);

	*ret = *disk_limit_at(&disk, key);
	return r;
}

/** command_disk_set() - kvrmctl disk set; see command.h */
int command_disk_set(struct client *client, int argc, char **argv)
{
	static const struct limits_kind kind = { .title = "disk",
						 .max = DEFINITION_DISKS_MAX,
						 .method = "SetDisk",
						 .keys = disk_limit_keys,
						 .n_keys = DISK_LIMIT_KEYS,
						 .names = DISK_LIMIT_FILE_KEYS,
						 .parse = parse };

	return limits_set(client, argc, argv, &kind);
}

/* Only if there is a limit: most disks have none. */
static void show_direction(struct json_object *disk, const char *title, const char *prefix)
{
	uint64_t bytes, operations, burst;
	char key[32], rate[32], text[96];
	size_t len;

	snprintf(key, sizeof(key), "%sLimit", prefix);
	bytes = value_number(disk, key);
	snprintf(key, sizeof(key), "%sIOPS", prefix);
	operations = value_number(disk, key);
	snprintf(key, sizeof(key), "%sBurst", prefix);
	burst = value_number(disk, key);
	if (!bytes && !operations)
		return;
	rate_format(bytes, rate, sizeof(rate));
	len = (size_t)snprintf(text, sizeof(text), "%s%s", rate, bytes ? "/s" : "");
	if (operations)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
					", %" PRIu64 " operations/s", operations);
	if (burst) {
		format_bytes(burst, rate, sizeof(rate));
		snprintf(text + len, sizeof(text) - len, ", burst %s", rate);
	}
	print_field(title, "%s", text);
}

void disk_show(struct json_object *disks)
{
	for (size_t i = 0; disks && i < json_object_array_length(disks); i++) {
		struct json_object *disk = json_object_array_get_idx(disks, i);
		const char *enforced = value_text(disk, "EnforcedBy");
		char title[32];

		snprintf(title, sizeof(title), "Disk %zu", i);
		print_field(title, "%s (%s%s)%s%s", value_text(disk, "Path"),
			    value_text(disk, "Format"),
			    json_object_get_boolean(value_get(disk, "ReadOnly")) ? ", read-only"
										 : "",
			    *enforced ? ", limits by " : "", enforced);
		show_direction(disk, "  reads", "Read");
		show_direction(disk, "  writes", "Write");
	}
}
