/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest that somebody else has started and goes on to manage, adopted: measured, and limited where that was
 * asked for, until it is released or has ended.
 */
#ifndef KVRM_ADOPTION_H
#define KVRM_ADOPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/util/slice.h"

#define ADOPTION_LIBVIRT "libvirt"
#define ADOPTION_PROXMOX "Proxmox VE"

struct definition;
struct system;

/**
 * struct adoption - what makes a system an adopted one
 * @pid: QEMU
 * @start_ticks: when that was started, in clock ticks since the host was
 * @boot: which start of the host that is about
 * @manager: who manages it: ADOPTION_LIBVIRT, ADOPTION_PROXMOX, or the name of its unit or cgroup
 * @watch: who observes it; not this file's business
 */
struct adoption {
	uint32_t pid;
	uint64_t start_ticks;
	char boot[33];
	char manager[SLICE_NAME_SIZE];
	void *watch;
};

bool adoption_is_own(const char *cgroup);
int adoption_place(const char *cgroup, char place[static SLICE_PATH_SIZE],
		   char manager[static SLICE_NAME_SIZE]);
void adoption_read_arguments(struct definition *d, const char *arguments, size_t size);
bool adoption_is_qemu(const char *name);
void adoption_name(struct definition *d, const char *place);
void adoption_uuid(const char *place, const char *boot, uint64_t start_ticks, char uuid[static 37]);

/* adoption-json.c: for the store */
int adoption_to_json(const struct system *system, char **ret_text);
int adoption_from_json(const char *text, struct system **ret, char **ret_error);

#endif
