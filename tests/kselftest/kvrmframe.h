/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random frames from a guest and to it, as a guest's driver may describe them: of any length, to be
 * segmented as it says, with headers that are right or wrong.
 */
#ifndef KVRMFRAME_H
#define KVRMFRAME_H

#include <stddef.h>

#include "kvrmtap.h"

int kvrmframe_connect(const struct kvrmtap *taps, size_t n);
void kvrmframe_disconnect(void);
void kvrmframe_from_guest(const struct kvrmtap *tap);
void kvrmframe_to_guest(const struct kvrmtap *tap);
unsigned int kvrmframe_take(const struct kvrmtap *tap);

#endif
