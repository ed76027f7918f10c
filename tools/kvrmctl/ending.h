/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ending in good order when a signal asks for it: what is begun is finished, and a terminal restored, first.
 */
#ifndef KVRMCTL_ENDING_H
#define KVRMCTL_ENDING_H

#include <stdbool.h>

void ending_watch(void);
bool ending_is_asked(void);
void ending_obey(void);

#endif
