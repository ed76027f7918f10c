/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What uplink create and uplink set can change; as setting.h.
 */
#ifndef KVRMCTL_UPLINK_SETTING_H
#define KVRMCTL_UPLINK_SETTING_H

#include "tools/kvrmctl/setting.h"

settings_adder uplink_settings_add;

#endif
