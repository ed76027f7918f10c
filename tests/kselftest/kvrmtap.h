/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Taps for the module's tests, and what may happen to them.
 */
#ifndef KVRMTAP_H
#define KVRMTAP_H

#include <net/if.h>
#include <stdint.h>

/**
 * struct kvrmtap - a tap
 * @fd: its descriptor; the device is there as long as it is open
 * @ifindex: of the device
 * @name: of the device
 */
struct kvrmtap {
	int fd;
	uint32_t ifindex;
	char name[IFNAMSIZ];
};

int kvrmtap_open(struct kvrmtap *tap, const char *name, short flags);
void kvrmtap_close(struct kvrmtap *tap);
int kvrmtap_rename(struct kvrmtap *tap, const char *name);
int kvrmtap_move_away(const struct kvrmtap *tap);
int kvrmtap_set_xdp(const struct kvrmtap *tap, int on);

#endif
