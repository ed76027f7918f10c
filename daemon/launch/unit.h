/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KVRM_LAUNCH_UNIT_H
#define KVRM_LAUNCH_UNIT_H

#include <stdint.h>
#include <systemd/sd-bus.h>

#include "daemon/model/definition.h"

/* "kvrm-guest-", a UUID, "-99.scope" or ".service", and a NUL. */
#define UNIT_NAME_SIZE 64
/* Scopes that a guest can have at once: one, and those that it has just left. */
#define UNIT_SCOPES_MAX 99

enum unit_kind {
	UNIT_OTHER,
	UNIT_GUEST, /* a guest's service */
	UNIT_SCOPE, /* a scope that a guest was moved to */
};

/* Of an amount of memory: it is not touched. */
#define UNIT_AS_IT_IS UINT64_MAX

/**
 * struct unit_allocation - what a unit is to have
 * @quota_us: µs of CPU time per second; 0: unlimited
 * @period_us: of cpu.max; of no meaning if unlimited
 * @weight: of cpu.weight; 0: left out
 * @memory_min_bytes: of memory.min; UNIT_AS_IT_IS: left out
 * @memory_high_bytes: of memory.high; 0: none; UNIT_AS_IT_IS: left out
 * @memory_max_bytes: of memory.max; likewise
 */
struct unit_allocation {
	uint64_t quota_us;
	uint64_t period_us;
	uint64_t weight;
	uint64_t memory_min_bytes;
	uint64_t memory_high_bytes;
	uint64_t memory_max_bytes;
};

int unit_append_start(sd_bus_message *m, const struct definition *d, const char *slice,
		      const struct unit_allocation *allocation, int stdin_fd);
int unit_append_slice(sd_bus_message *m, const char *pool,
		      const struct unit_allocation *allocation);
int unit_append_allocation(sd_bus_message *m, const struct unit_allocation *allocation);
int unit_append_storage_weight(sd_bus_message *m, uint64_t weight);
int unit_append_scope(sd_bus_message *m, const char *uuid, const char *slice,
		      const struct unit_allocation *allocation, const uint32_t *pids,
		      size_t n_pids);
void unit_name(const char *uuid, char name[static UNIT_NAME_SIZE]);
void unit_scope_name(const char *uuid, unsigned int number, char name[static UNIT_NAME_SIZE]);
enum unit_kind unit_parse(const char *name, char uuid[static 37]);

#endif
