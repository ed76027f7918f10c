/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests to the module about NICs; errors as in genl.h. A NIC goes with its guest, and with the module.
 */
#ifndef DAEMON_WIRE_GENL_NIC_H
#define DAEMON_WIRE_GENL_NIC_H

#include "daemon/wire/genl.h"

enum genl_direction {
	GENL_TO_GUEST,
	GENL_FROM_GUEST,
	GENL_DIRECTIONS,
};

/**
 * struct genl_nic_limit - limits of one direction
 * @bytes_per_s: up to KVRM_NIC_LIMIT_BYTES_PER_S_MAX; 0: unlimited
 * @packets_per_s: up to KVRM_NIC_LIMIT_PACKETS_PER_S_MAX; 0: unlimited
 * @burst_bytes: up to KVRM_NIC_BURST_BYTES_MAX; 0: what the limit lets pass in 4 ms
 */
struct genl_nic_limit {
	uint64_t bytes_per_s;
	uint64_t packets_per_s;
	uint64_t burst_bytes;
};

/**
 * struct genl_nic_share - what one direction is to have of the uplink
 * @reservation_bytes_per_s: up to KVRM_UPLINK_CAPACITY_BYTES_PER_S_MAX; anything but 0 needs an uplink
 * @weight: KVRM_CPU_WEIGHT_MIN to KVRM_CPU_WEIGHT_MAX
 */
struct genl_nic_share {
	uint64_t reservation_bytes_per_s;
	uint32_t weight;
};

/**
 * struct genl_nic_wish - what a NIC is to have
 * @uplink_id: the uplink or part that it is to be on; 0: none
 * @limits: by direction
 * @shares: by direction
 */
struct genl_nic_wish {
	uint32_t uplink_id;
	struct genl_nic_limit limits[GENL_DIRECTIONS];
	struct genl_nic_share shares[GENL_DIRECTIONS];
};

/**
 * struct genl_nic_flow - one direction as the module knows it; all counters but what is queued since the NIC was
 *	added
 * @limit: in force
 * @share: likewise
 * @bytes: passed; GSO packets as their segments, here and below
 * @packets: passed
 * @queued_bytes: held back now
 * @queued_packets: held back now
 * @delayed_packets: ever held back
 * @unowned_packets: of these, without a sender that waits
 * @dropped_full: dropped because the queue was full, or as no real packets
 * @dropped_device: dropped because the device went down or was removed
 * @dropped_memory: dropped for lack of memory
 * @limited_ns: time in which at least one packet was held back
 * @demand: what it wants of the uplink, bytes per second; this and the next two 0 without one
 * @used: what passes, bytes per second
 * @entitled: what it is due, bytes per second
 * @applied: to what it is held now, bytes per second; 0: nothing
 * @delays_known: it tells how long packets waited that were held back and have gone on, as follows; an older module
 *	does not
 * @delays: how many, as KVRM_A_NIC_TO_GUEST_QUEUE_DELAYS
 * @delay_ns: for how long together
 */
struct genl_nic_flow {
	struct genl_nic_limit limit;
	struct genl_nic_share share;
	uint64_t bytes;
	uint64_t packets;
	uint64_t queued_bytes;
	uint64_t queued_packets;
	uint64_t delayed_packets;
	uint64_t unowned_packets;
	uint64_t dropped_full;
	uint64_t dropped_device;
	uint64_t dropped_memory;
	uint64_t limited_ns;
	uint64_t demand;
	uint64_t used;
	uint64_t entitled;
	uint64_t applied;
	bool delays_known;
	uint64_t delays[KVRM_NIC_QUEUE_DELAY_BUCKETS];
	uint64_t delay_ns;
};

/**
 * struct genl_nic - a NIC as the module knows it
 * @id: given by the module, not 0
 * @guest_id: whose
 * @ifindex: of the device
 * @ifname: its name, or the last one
 * @state: whether limits hold
 * @uplink_id: the uplink or part that it is on; 0: none
 * @flows: by direction
 */
struct genl_nic {
	uint32_t id;
	uint32_t guest_id;
	uint32_t ifindex;
	char ifname[16];
	enum kvrm_nic_state state;
	uint32_t uplink_id;
	struct genl_nic_flow flows[GENL_DIRECTIONS];
};

/**
 * genl_nic_add() - say that a device is a guest's, and limit it
 * @client: client
 * @guest_id: registered guest
 * @ifindex: of the device
 * @wish: what it is to have
 * @ret: receives the NIC
 * @ret_error: sentence
 *
 * Return: 0 or a negative errno; -ENOSPC: the uplink lacks what is to be reserved.
 */
int genl_nic_add(struct genl_client *client, uint32_t guest_id, uint32_t ifindex,
		 const struct genl_nic_wish *wish, struct genl_nic *ret, char **ret_error);

/**
 * genl_nic_set() - change what a NIC has, all or nothing
 * @client: client
 * @id: of the NIC
 * @wish: what it is to have
 * @ret_error: sentence
 *
 * Return: 0 or a negative errno; -ENOSPC: the uplink lacks what is to be reserved.
 */
int genl_nic_set(struct genl_client *client, uint32_t id, const struct genl_nic_wish *wish,
		 char **ret_error);

/**
 * genl_nic_del() - forget a NIC; what is held back passes
 * @client: client
 * @id: of the NIC
 * @ret_error: sentence
 *
 * Return: 0 or a negative errno.
 */
int genl_nic_del(struct genl_client *client, uint32_t id, char **ret_error);

/**
 * genl_nic_dump() - all NICs
 * @client: client
 * @ret: to be freed; NULL if there are none
 * @ret_n: how many
 * @ret_error: sentence
 *
 * Return: 0 or a negative errno; -EOPNOTSUPP from a module that knows no NICs.
 */
int genl_nic_dump(struct genl_client *client, struct genl_nic **ret, size_t *ret_n,
		  char **ret_error);

#endif
