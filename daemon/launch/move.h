/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KVRM_LAUNCH_MOVE_H
#define KVRM_LAUNCH_MOVE_H

#include <systemd/sd-bus.h>

#include "daemon/launch/unit.h"

int move_find_holder(sd_bus *bus, const char *uuid, char name[static UNIT_NAME_SIZE],
		     sd_bus_error *ret_error);
int move_method(sd_bus_message *m, void *data, sd_bus_error *ret_error);

#endif
