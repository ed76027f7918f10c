/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Methods of the launcher that concern pools; see Documentation/dbus/org.kvrm1.Launcher.md.
 */
#ifndef KVRM_LAUNCH_POOL_H
#define KVRM_LAUNCH_POOL_H

#include <systemd/sd-bus.h>

int pool_method_set(sd_bus_message *m, void *data, sd_bus_error *ret_error);
int pool_method_remove(sd_bus_message *m, void *data, sd_bus_error *ret_error);

#endif
