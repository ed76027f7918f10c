/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KVRM_LAUNCH_UNIT_H
#define KVRM_LAUNCH_UNIT_H

#include <stdint.h>
#include <systemd/sd-bus.h>

#include "daemon/model/definition.h"

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
void unit_name(const char *uuid, char name[static 64]);

#endif
