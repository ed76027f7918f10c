/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Taps: the host's ends of NICs, made for a guest and connected to a bridge, in this process's network
 * namespace. Needs CAP_NET_ADMIN and /dev/net/tun.
 *
 * A tap lives as long as somebody has its descriptor, QEMU, unless that has made it persistent. Whose it is says
 * its alias, which `ip link` shows: "kvrm UUID MAC PORT"; so a new kvrmd finds it again.
 */
#ifndef DAEMON_WIRE_TAP_H
#define DAEMON_WIRE_TAP_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of a tap's name with its NUL, as IFNAMSIZ. */
#define TAP_NAME_SIZE 16

/**
 * struct tap - a tap
 * @uuid: of the system whose it is
 * @mac: of the guest's card, lower case
 * @port: where the guest has that card
 * @ifindex: of the device
 * @ifname: its name now
 */
struct tap {
	char uuid[37];
	char mac[18];
	uint32_t port;
	uint32_t ifindex;
	char ifname[TAP_NAME_SIZE];
};

/**
 * tap_open() - make a tap, connect it to a bridge, and let it be up
 * @uuid: of the system
 * @mac: of the guest's card; the tap has the same with fe in front, so that the bridge keeps its own address
 * @port: where the guest has it, or will have it
 * @bridge: name
 * @ret: filled in
 * @ret_error: sentence, to be freed
 *
 * Packets carry virtio's header (IFF_VNET_HDR). Its MTU is the bridge's. No address of IP is given to it.
 *
 * Return: its descriptor, with whose last copy it vanishes; or a negative errno.
 */
int tap_open(const char *uuid, const char *mac, uint32_t port, const char *bridge, struct tap *ret,
	     char **ret_error);

/**
 * tap_list() - all taps that an alias says are of some system
 * @ret: to be freed; NULL if there are none
 * @ret_n: how many
 *
 * Return: 0 or a negative errno.
 */
int tap_list(struct tap **ret, size_t *ret_n);

/**
 * tap_remove_all() - remove all taps of a system that does not run
 * @uuid: of the system
 *
 * One that QEMU has made persistent would stay else: whoever has its descriptor may.
 *
 * Return: 0, also if there were none, or a negative errno.
 */
int tap_remove_all(const char *uuid);

/**
 * tap_parse_alias() - whose a tap is
 * @alias: of the device; may be NULL
 * @ret: @uuid, @mac and @port are filled in
 *
 * Return: 0, or -ENOENT if it is nobody's.
 */
int tap_parse_alias(const char *alias, struct tap *ret);

#endif
