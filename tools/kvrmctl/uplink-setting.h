/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What uplink create and uplink set can change; as setting.h.
 */
#ifndef KVRMCTL_UPLINK_SETTING_H
#define KVRMCTL_UPLINK_SETTING_H

#include "tools/kvrmctl/setting.h"

int uplink_settings_add(struct settings *s, const char *key, const char *value, char **ret_error);
int uplink_settings_add_pair(struct settings *s, const char *pair, char **ret_error);

#endif
