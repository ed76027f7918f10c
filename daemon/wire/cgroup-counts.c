// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the kernel counts of a cgroup's memory and pressure; see cgroup.h. Each file is read once, and
 * gone through once.
 */
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "daemon/util/text.h"
#include "daemon/wire/cgroup.h"

/* Three times as much as memory.stat has today. */
#define FILE_BYTES 8192

#define FILE_NAME(id, name) [KVRM_COUNT_FILE_##id] = (name),
#define COUNT(id, group, name, file, key, unit)                                                    \
	[KVRM_COUNT_##id] = { KVRM_COUNT_FILE_##file, key, KVRM_COUNT_##unit },

static const char *const files[KVRM_COUNT_FILES_N] = { KVRM_COUNT_FILES(FILE_NAME) };

static const struct {
	enum kvrm_count_file file;
	const char *key;
	enum kvrm_count_unit unit;
} counts[KVRM_COUNTS_N] = { KVRM_COUNTS(COUNT) };

/* A number, or several with names, of which "total" is the last one. */
static bool read_number(const char *text, enum kvrm_count_unit unit, uint64_t *ret)
{
	const char *total = strstr(text, "total=");
	uint64_t number;

	if (text_to_u64(total ? total + strlen("total=") : text, &number))
		return false;
	if (unit == KVRM_COUNT_PAGES &&
	    __builtin_mul_overflow(number, (uint64_t)sysconf(_SC_PAGESIZE), &number))
		return false;
	*ret = number;
	return true;
}

static void take_line(enum kvrm_count_file file, char *line, struct kvrm_counts *ret)
{
	char *number = strchr(line, ' ');

	if (!number)
		return;
	*number++ = '\0';
	for (int i = 0; i < KVRM_COUNTS_N; i++) {
		if (counts[i].file == file && !strcmp(counts[i].key, line) &&
		    read_number(number, counts[i].unit, &ret->value[i]))
			ret->known |= KVRM_COUNT_BIT(i);
	}
}

static void take_file(int fd, enum kvrm_count_file file, struct kvrm_counts *ret)
{
	char text[FILE_BYTES], *rest;

	if (cgroup_read(fd, files[file], text, sizeof(text)) < 0)
		return;
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		take_line(file, line, ret);
}

/* Of all faults, which the kernel has counted as minor ones here, major ones are a part. */
static void part_faults(struct kvrm_counts *counted)
{
	uint64_t *minor = &counted->value[KVRM_COUNT_FAULT_MINOR];
	uint64_t major = counted->value[KVRM_COUNT_FAULT_MAJOR];

	if (!(counted->known & KVRM_COUNT_BIT(KVRM_COUNT_FAULT_MAJOR)))
		counted->known &= ~KVRM_COUNT_BIT(KVRM_COUNT_FAULT_MINOR);
	if (counted->known & KVRM_COUNT_BIT(KVRM_COUNT_FAULT_MINOR))
		*minor -= major < *minor ? major : *minor;
	else
		*minor = 0;
}

void cgroup_read_counts(int fd, struct kvrm_counts *ret)
{
	*ret = (struct kvrm_counts){ 0 };
	for (int file = 0; file < KVRM_COUNT_FILES_N; file++)
		take_file(fd, file, ret);
	part_faults(ret);
}
