/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVRM_NIC_H
#define KVRM_NIC_H

#include <linux/if.h>
#include <linux/kvrm.h>
#include <linux/mutex.h>
#include <linux/netlink.h>
#include <linux/types.h>

#include "kmod/gate.h"
#include "kmod/uplink.h"

struct kvrm_guest;

/**
 * struct kvrm_nic - a network device of a guest
 * @id: key in the registry; constant
 * @guest_id: whose; constant
 * @ifindex: of the device; constant
 * @dev: NULL: it is gone
 * @ifname: its name, or the last one
 * @state: as it was last told
 * @gates: one for each direction
 * @member: what it has of an uplink; protected by kvrm_uplink_lock, changed under both
 *
 * All else but what is constant and the gates' own is protected by kvrm_nic_lock; @dev is there as
 * long as that is held.
 */
struct kvrm_nic {
	u32 id;
	u32 guest_id;
	u32 ifindex;
	struct net_device *dev;
	char ifname[IFNAMSIZ];
	enum kvrm_nic_state state;
	struct kvrm_gate gates[KVRM_DIRECTIONS];
	struct kvrm_member member;
};

/**
 * struct kvrm_nic_limits - of both directions
 * @gates: by direction
 * @at: attribute that sets a limit, for errors; NULL: none does
 */
struct kvrm_nic_limits {
	struct kvrm_gate_limit gates[KVRM_DIRECTIONS];
	const struct nlattr *at;
};

/**
 * struct kvrm_nic_sink - who is told what happens to NICs
 * @added: one was added
 * @changed: its limits, state or name changed
 * @removed: it is no longer registered
 *
 * Called in process context under kvrm_nic_lock, and often under RTNL.
 */
struct kvrm_nic_sink {
	void (*added)(struct kvrm_nic *nic);
	void (*changed)(struct kvrm_nic *nic);
	void (*removed)(struct kvrm_nic *nic, enum kvrm_removal_reason reason);
};

extern struct mutex kvrm_nic_lock;

int kvrm_nic_init(void);
void kvrm_nic_exit(void);
void kvrm_nic_set_sink(const struct kvrm_nic_sink *sink);

struct kvrm_nic *kvrm_nic_add(struct kvrm_guest *guest, const struct nlattr *ifindex,
			      const struct kvrm_nic_limits *limits, const struct kvrm_wish *wish,
			      struct netlink_ext_ack *extack);
int kvrm_nic_set(struct kvrm_nic *nic, const struct kvrm_nic_limits *limits,
		 const struct kvrm_wish *wish, struct netlink_ext_ack *extack);
int kvrm_nic_remove_one(u32 id);
void kvrm_nic_remove_guest(u32 guest_id, enum kvrm_removal_reason reason);
void kvrm_nic_look(struct kvrm_nic *nic);
struct kvrm_nic *kvrm_nic_find(u32 id);
struct kvrm_nic *kvrm_nic_next(unsigned long *cursor);
u32 kvrm_nic_generation(void);
void kvrm_nic_tell_changed(struct kvrm_nic *nic);
struct kvrm_nic *kvrm_nic_of(const struct net_device *dev);

/* nic-gates.c */
struct kvrm_nic *kvrm_nic_new(const struct kvrm_nic_limits *limits);
void kvrm_nic_free(struct kvrm_nic *nic);
int kvrm_nic_open(struct kvrm_nic *nic);
void kvrm_nic_loosen(struct kvrm_nic *nic);
bool kvrm_nic_is_empty(struct kvrm_nic *nic);
void kvrm_nic_close(struct kvrm_nic *nic);
void kvrm_nic_abandon(struct kvrm_nic *nic);
void kvrm_nic_purge(struct kvrm_nic *nic);
void kvrm_nic_apply(struct kvrm_nic *nic, const struct kvrm_nic_limits *limits);

/* nic-device.c */
int kvrm_nic_watch(void);
void kvrm_nic_unwatch(void);
struct net_device *kvrm_nic_device(const struct nlattr *ifindex, struct netlink_ext_ack *extack);
unsigned int kvrm_nic_hook(const struct net_device *dev, enum kvrm_direction direction);
enum kvrm_nic_state kvrm_nic_state_of(const struct kvrm_nic *nic);

#endif
