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

/**
 * struct unit_cpu - properties that concern the processors
 * @quota_us: µs of CPU time per second; 0: unlimited
 * @period_us: of cpu.max; of no meaning if unlimited
 * @weight: of cpu.weight; 0: left out
 */
struct unit_cpu {
	uint64_t quota_us;
	uint64_t period_us;
	uint64_t weight;
};

int unit_append_start(sd_bus_message *m, const struct definition *d, const char *slice,
		      const struct unit_cpu *cpu, int stdin_fd);
int unit_append_slice(sd_bus_message *m, const char *pool, const struct unit_cpu *cpu);
int unit_append_cpu(sd_bus_message *m, const struct unit_cpu *cpu);
int unit_append_scope(sd_bus_message *m, const char *uuid, const char *slice,
		      const struct unit_cpu *cpu, const uint32_t *pids, size_t n_pids);
void unit_name(const char *uuid, char name[static UNIT_NAME_SIZE]);
void unit_scope_name(const char *uuid, unsigned int number, char name[static UNIT_NAME_SIZE]);
enum unit_kind unit_parse(const char *name, char uuid[static 37]);

#endif
