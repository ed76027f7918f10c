/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KVRM_LAUNCH_PRESSURE_H
#define KVRM_LAUNCH_PRESSURE_H

#include <systemd/sd-bus.h>

int pressure_open(const char *path, char **ret_error);
int pressure_method_open(sd_bus_message *m, void *data, sd_bus_error *ret_error);

#endif
