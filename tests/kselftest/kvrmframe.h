/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random frames from a guest and to it, as a guest's driver may describe them: of any length, to be
 * segmented as it says, with headers that are right or wrong. And some that are not random.
 */
#ifndef KVRMFRAME_H
#define KVRMFRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kvrmtap.h"

/* Ethernet's header, and IP's. */
#define KVRMFRAME_START 34

int kvrmframe_connect(const struct kvrmtap *taps, size_t n);
void kvrmframe_disconnect(void);
void kvrmframe_from_guest(const struct kvrmtap *tap);
void kvrmframe_to_guest(const struct kvrmtap *tap);
unsigned int kvrmframe_take(const struct kvrmtap *tap);
bool kvrmframe_cut(const struct kvrmtap *tap, uint16_t segment, uint16_t start);
bool kvrmframe_comes_through(const struct kvrmtap *from, const struct kvrmtap *to,
			     unsigned int within_ms);

#endif
