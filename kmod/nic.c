// SPDX-License-Identifier: GPL-2.0-only
/*
 * The registry of guests' NICs: network devices on the host through which guests' packets pass.
 *
 * Life: kvrm_nic_add() finds the device, and opens a gate at each of its hooks. It is removed by a
 * command, or with its guest: what waits passes, and then the gates are shut. No reference is held
 * on the device, which would keep it from being removed; instead a notifier tells when it goes, or
 * moves to another network namespace: the gates are shut then, what waits is dropped, and the NIC
 * stays in the registry, as gone.
 *
 * Whoever opens or shuts a gate holds RTNL, and so does the notifier: devices neither come nor go
 * meanwhile. RTNL is taken before kvrm_nic_lock, and only by those who add and remove: reading
 * needs the latter alone. What happens to devices is in nic-device.c, a NIC's gates are in
 * nic-gates.c.
 */
#include <linux/delay.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include "kmod/guest.h"
#include "kmod/nic.h"

/* Nobody tells of XDP programs: we look. */
#define KVRM_NIC_LOOK_MS 500
/* How often to look whether nothing waits any more; up to a millisecond each. */
#define KVRM_NIC_DRAIN_TRIES 100

/* Protects the registry, and all that it leads to but gates' insides. */
DEFINE_MUTEX(kvrm_nic_lock);
static DEFINE_XARRAY_FLAGS(kvrm_nics, XA_FLAGS_ALLOC1);
static u32 kvrm_nic_next_id;
static u32 kvrm_nic_changes;
static const struct kvrm_nic_sink *kvrm_nic_sink;

static void kvrm_nic_work(struct work_struct *work);
static DECLARE_DELAYED_WORK(kvrm_nic_looker, kvrm_nic_work);

/**
 * kvrm_nic_tell_changed() - tell that a NIC's limits, state or name changed
 * @nic: in the registry
 */
void kvrm_nic_tell_changed(struct kvrm_nic *nic)
{
	lockdep_assert_held(&kvrm_nic_lock);
	if (kvrm_nic_sink)
		kvrm_nic_sink->changed(nic);
}

static void kvrm_nic_arm(void)
{
	lockdep_assert_held(&kvrm_nic_lock);
	if (!xa_empty(&kvrm_nics))
		queue_delayed_work(system_unbound_wq, &kvrm_nic_looker,
				   msecs_to_jiffies(KVRM_NIC_LOOK_MS));
}

/**
 * kvrm_nic_look() - bring a NIC's state up to date; tell if it changed
 * @nic: in the registry
 */
void kvrm_nic_look(struct kvrm_nic *nic)
{
	enum kvrm_nic_state state = kvrm_nic_state_of(nic);

	lockdep_assert_held(&kvrm_nic_lock);
	if (state == nic->state)
		return;
	nic->state = state;
	kvrm_nic_tell_changed(nic);
}

static void kvrm_nic_work(struct work_struct *work)
{
	struct kvrm_nic *nic;
	unsigned long id;

	mutex_lock(&kvrm_nic_lock);
	xa_for_each(&kvrm_nics, id, nic)
		kvrm_nic_look(nic);
	kvrm_nic_arm();
	mutex_unlock(&kvrm_nic_lock);
}

/**
 * kvrm_nic_of() - the NIC that a device is
 * @dev: any
 *
 * Return: as kvrm_nic_find().
 */
struct kvrm_nic *kvrm_nic_of(const struct net_device *dev)
{
	struct kvrm_nic *nic;
	unsigned long id;

	lockdep_assert_held(&kvrm_nic_lock);
	xa_for_each(&kvrm_nics, id, nic) {
		if (nic->dev == dev)
			return nic;
	}
	return NULL;
}

static bool kvrm_nic_wants(const struct kvrm_nic_limits *limits)
{
	int i;

	for (i = 0; i < KVRM_DIRECTIONS; i++) {
		if (limits->gates[i].bytes_per_s || limits->gates[i].packets_per_s)
			return true;
	}
	return false;
}

/* Whether limits, and what an uplink leaves, could be held. */
static int kvrm_nic_check(const struct net_device *dev, const struct kvrm_nic_limits *limits,
			  const struct kvrm_wish *wish, struct netlink_ext_ack *extack)
{
	if ((!kvrm_nic_wants(limits) && !wish->uplink) ||
	    !dev_xdp_prog_count((struct net_device *)dev))
		return 0;
	NL_SET_BAD_ATTR(extack, limits->at ? limits->at : wish->at_uplink);
	NL_SET_ERR_MSG(extack, "an XDP program is attached to the device and can pass by limits");
	return -EOPNOTSUPP;
}

static int kvrm_nic_share(struct kvrm_nic *nic, const struct kvrm_wish *wish,
			  struct netlink_ext_ack *extack)
{
	int err;

	mutex_lock(&kvrm_uplink_lock);
	err = kvrm_member_set(&nic->member, wish, extack);
	mutex_unlock(&kvrm_uplink_lock);
	return err;
}

static void kvrm_nic_unshare(struct kvrm_nic *nic)
{
	mutex_lock(&kvrm_uplink_lock);
	kvrm_member_leave(&nic->member);
	mutex_unlock(&kvrm_uplink_lock);
}

static struct kvrm_nic *kvrm_nic_make(struct kvrm_guest *guest, struct net_device *dev,
				      const struct kvrm_nic_limits *limits,
				      const struct kvrm_wish *wish, struct netlink_ext_ack *extack)
{
	struct kvrm_nic *nic = kvrm_nic_new(limits);
	int err;

	if (!nic)
		return ERR_PTR(-ENOMEM);
	nic->guest_id = guest->id;
	nic->ifindex = dev->ifindex;
	nic->dev = dev;
	strscpy(nic->ifname, dev->name, sizeof(nic->ifname));
	nic->state = kvrm_nic_state_of(nic);
	err = xa_alloc_cyclic(&kvrm_nics, &nic->id, nic, xa_limit_32b, &kvrm_nic_next_id,
			      GFP_KERNEL);
	if (err < 0)
		goto free;
	err = kvrm_nic_share(nic, wish, extack);
	if (err)
		goto erase;
	err = kvrm_nic_open(nic);
	if (err) {
		if (err != -ENOMEM)
			NL_SET_ERR_MSG(extack, "the kernel has no Netfilter hook for the device");
		goto unshare;
	}
	return nic;

unshare:
	kvrm_nic_unshare(nic);
erase:
	xa_erase(&kvrm_nics, nic->id);
free:
	kvrm_nic_free(nic);
	return ERR_PTR(err);
}

/**
 * kvrm_nic_add() - a network device is a guest's from now on
 * @guest: registered; the caller has a reference
 * @ifindex: attribute that says which device
 * @limits: of both directions, in range
 * @wish: what it is to have of an uplink, in range
 * @extack: says what is wrong
 *
 * Context: process, under RTNL and kvrm_nic_lock.
 * Return: the NIC, as long as kvrm_nic_lock is held; or an error pointer.
 */
struct kvrm_nic *kvrm_nic_add(struct kvrm_guest *guest, const struct nlattr *ifindex,
			      const struct kvrm_nic_limits *limits, const struct kvrm_wish *wish,
			      struct netlink_ext_ack *extack)
{
	struct net_device *dev;
	struct kvrm_nic *nic;
	int err;

	lockdep_assert_held(&kvrm_nic_lock);
	dev = kvrm_nic_device(ifindex, extack);
	if (IS_ERR(dev))
		return ERR_CAST(dev);
	err = kvrm_nic_check(dev, limits, wish, extack);
	if (err)
		return ERR_PTR(err);
	/* Whoever removes the guest detaches it first, and looks for its NICs afterwards. */
	if (!READ_ONCE(guest->attached)) {
		NL_SET_ERR_MSG(extack, "the guest has just ended");
		return ERR_PTR(-ESRCH);
	}
	nic = kvrm_nic_make(guest, dev, limits, wish, extack);
	if (IS_ERR(nic)) {
		if (extack && !extack->bad_attr && PTR_ERR(nic) != -ENOMEM)
			NL_SET_BAD_ATTR(extack, ifindex);
		return nic;
	}
	kvrm_nic_changes++;
	if (kvrm_nic_sink)
		kvrm_nic_sink->added(nic);
	kvrm_nic_arm();
	return nic;
}

/**
 * kvrm_nic_set() - change limits, and what it has of an uplink
 * @nic: in the registry
 * @limits: of both directions, in range
 * @wish: likewise
 * @extack: says what is wrong
 *
 * Context: process, under kvrm_nic_lock.
 * Return: 0; -ENODEV if the device is gone, -EOPNOTSUPP if limits could not be held, or as
 * kvrm_member_set(). Nothing has changed then.
 */
int kvrm_nic_set(struct kvrm_nic *nic, const struct kvrm_nic_limits *limits,
		 const struct kvrm_wish *wish, struct netlink_ext_ack *extack)
{
	int err;

	lockdep_assert_held(&kvrm_nic_lock);
	if (!nic->dev) {
		NL_SET_ERR_MSG(extack, "the NIC's device is gone");
		return -ENODEV;
	}
	err = kvrm_nic_check(nic->dev, limits, wish, extack) ?: kvrm_nic_share(nic, wish, extack);
	if (err)
		return err;
	kvrm_nic_apply(nic, limits);
	kvrm_nic_tell_changed(nic);
	return 0;
}

/* Forget a NIC, and free it; what waits passes at once. Under RTNL. */
static void kvrm_nic_remove(struct kvrm_nic *nic, enum kvrm_removal_reason reason)
{
	lockdep_assert_held(&kvrm_nic_lock);
	xa_erase(&kvrm_nics, nic->id);
	kvrm_nic_changes++;
	/* What it had reserved is others' before what waits passes, and is not held to it. */
	kvrm_nic_unshare(nic);
	if (nic->dev)
		kvrm_nic_close(nic);
	if (kvrm_nic_sink)
		kvrm_nic_sink->removed(nic, reason);
	kvrm_nic_free(nic);
}

/* Whether a NIC is the one that is meant, or the guest's that is. */
static bool kvrm_nic_is_meant(const struct kvrm_nic *nic, u32 id, u32 guest_id)
{
	return id ? nic->id == id : nic->guest_id == guest_id;
}

/* Look at NICs that are to be removed, and take their limits off. Whether there are any. */
static bool kvrm_nics_look(u32 id, u32 guest_id, bool loosen, bool *ret_wait)
{
	struct kvrm_nic *nic;
	unsigned long cursor;
	bool any = false;

	*ret_wait = false;
	mutex_lock(&kvrm_nic_lock);
	xa_for_each(&kvrm_nics, cursor, nic) {
		if (!kvrm_nic_is_meant(nic, id, guest_id))
			continue;
		any = true;
		if (loosen) {
			kvrm_nic_unshare(nic);
			kvrm_nic_loosen(nic);
		}
		*ret_wait = !kvrm_nic_is_empty(nic) || *ret_wait;
	}
	mutex_unlock(&kvrm_nic_lock);
	return any;
}

/*
 * What waits passes before the gates are shut, so that nothing that comes later overtakes it. A
 * sender that is faster than the timer may keep something waiting; that is not waited for too long.
 * No lock is held meanwhile, least of all RTNL, which the whole host's network waits for.
 */
static bool kvrm_nics_remove(u32 id, u32 guest_id, enum kvrm_removal_reason reason)
{
	unsigned long cursor;
	struct kvrm_nic *nic;
	bool any, wait;
	int tries;

	if (!kvrm_nics_look(id, guest_id, true, &wait))
		return false;
	for (tries = 0; wait && tries < KVRM_NIC_DRAIN_TRIES; tries++) {
		usleep_range(100, 1000);
		kvrm_nics_look(id, guest_id, false, &wait);
	}
	any = false;
	rtnl_lock();
	mutex_lock(&kvrm_nic_lock);
	xa_for_each(&kvrm_nics, cursor, nic) {
		if (!kvrm_nic_is_meant(nic, id, guest_id))
			continue;
		kvrm_nic_remove(nic, reason);
		any = true;
	}
	mutex_unlock(&kvrm_nic_lock);
	rtnl_unlock();
	return any;
}

/**
 * kvrm_nic_remove_one() - forget a NIC
 * @id: as it was assigned, not 0
 *
 * Context: process; takes RTNL, and waits before that until what was held back has passed.
 * Return: 0; -ENOENT if it was gone meanwhile.
 */
int kvrm_nic_remove_one(u32 id)
{
	return kvrm_nics_remove(id, 0, KVRM_REMOVAL_REASON_REQUESTED) ? 0 : -ENOENT;
}

/**
 * kvrm_nic_remove_guest() - forget all NICs of a guest
 * @guest_id: of a guest that is detached, and so gets no more
 * @reason: why
 *
 * Context: process; as kvrm_nic_remove_one() if there are any.
 */
void kvrm_nic_remove_guest(u32 guest_id, enum kvrm_removal_reason reason)
{
	kvrm_nics_remove(0, guest_id, reason);
}

/**
 * kvrm_nic_find() - look a NIC up
 * @id: as it was assigned
 *
 * Return: the NIC, as long as kvrm_nic_lock is held; NULL if there is none.
 */
struct kvrm_nic *kvrm_nic_find(u32 id)
{
	lockdep_assert_held(&kvrm_nic_lock);
	return xa_load(&kvrm_nics, id);
}

/**
 * kvrm_nic_next() - go round the NICs
 * @cursor: least id; set to that of the NIC that is returned
 *
 * Return: the next NIC, as long as kvrm_nic_lock is held; NULL at the end.
 */
struct kvrm_nic *kvrm_nic_next(unsigned long *cursor)
{
	lockdep_assert_held(&kvrm_nic_lock);
	return xa_find(&kvrm_nics, cursor, ULONG_MAX, XA_PRESENT);
}

/**
 * kvrm_nic_generation() - for dumps, to see whether NICs came or went
 *
 * Return: a number that changes with each addition and removal.
 */
u32 kvrm_nic_generation(void)
{
	lockdep_assert_held(&kvrm_nic_lock);
	return kvrm_nic_changes;
}

/**
 * kvrm_nic_set_sink() - who is to be told
 * @sink: constant while set; NULL for nobody
 *
 * Context: process; waits for whoever is in the sink before.
 */
void kvrm_nic_set_sink(const struct kvrm_nic_sink *sink)
{
	mutex_lock(&kvrm_nic_lock);
	kvrm_nic_sink = sink;
	mutex_unlock(&kvrm_nic_lock);
}

/**
 * kvrm_nic_init() - hear of devices
 *
 * Return: 0 or a negative errno.
 */
int kvrm_nic_init(void)
{
	return kvrm_nic_watch();
}

/**
 * kvrm_nic_exit() - undo kvrm_nic_init(); there are no guests any more
 */
void kvrm_nic_exit(void)
{
	WARN_ON_ONCE(!xa_empty(&kvrm_nics));
	kvrm_nic_unwatch();
	cancel_delayed_work_sync(&kvrm_nic_looker);
}
