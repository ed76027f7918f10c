/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KVRM_LAUNCH_UNIT_H
#define KVRM_LAUNCH_UNIT_H

#include <stdint.h>
#include <systemd/sd-bus.h>

#include "daemon/model/definition.h"

int unit_append_start(sd_bus_message *m, const struct definition *d, uint64_t quota_us,
		      uint64_t period_us, int stdin_fd);
int unit_append_quota(sd_bus_message *m, uint64_t quota_us, uint64_t period_us);
void unit_name(const char *uuid, char name[static 64]);

#endif
