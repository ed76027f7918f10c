// SPDX-License-Identifier: GPL-2.0-only
/*
 * Network devices as NICs: which can be one, at which hooks they are seen, and what becomes of a
 * NIC when its device changes.
 */
#include <linux/if_arp.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <net/net_namespace.h>
#include <net/rtnetlink.h>

#include "kmod/compat/compat.h"
#include "kmod/nic.h"

static bool kvrm_nic_is(const struct net_device *dev, const char *kind)
{
	return dev->rtnl_link_ops && !strcmp(dev->rtnl_link_ops->kind, kind);
}

/**
 * kvrm_nic_hook() - where a direction's packets are to be seen
 * @dev: a tap or macvtap
 * @direction: which
 *
 * A macvtap is the far end of the guest's: what the guest sends leaves it.
 *
 * Return: NF_NETDEV_INGRESS or NF_NETDEV_EGRESS.
 */
unsigned int kvrm_nic_hook(const struct net_device *dev, enum kvrm_direction direction)
{
	return kvrm_nic_is(dev, "macvtap") == (direction == KVRM_FROM_GUEST) ? NF_NETDEV_EGRESS
									     : NF_NETDEV_INGRESS;
}

/**
 * kvrm_nic_state_of() - whether a NIC's limits hold
 * @nic: kvrm_nic_lock is held
 *
 * Return: what is so at this moment.
 */
enum kvrm_nic_state kvrm_nic_state_of(const struct kvrm_nic *nic)
{
	if (!nic->dev)
		return KVRM_NIC_STATE_GONE;
	return dev_xdp_prog_count(nic->dev) ? KVRM_NIC_STATE_XDP : KVRM_NIC_STATE_ENFORCEABLE;
}

/**
 * kvrm_nic_device() - the device that is to become a guest's NIC
 * @ifindex: attribute that says which
 * @extack: says what is wrong
 *
 * Context: process, under RTNL and kvrm_nic_lock.
 * Return: a tap or macvtap that is no NIC yet, as long as RTNL is held; or an error pointer.
 */
struct net_device *kvrm_nic_device(const struct nlattr *ifindex, struct netlink_ext_ack *extack)
{
	u32 index = nla_get_u32(ifindex);
	struct net_device *dev;
	struct kvrm_nic *other;

	ASSERT_RTNL();
	dev = index && index <= INT_MAX ? __dev_get_by_index(&init_net, index) : NULL;
	if (!dev || dev->reg_state != NETREG_REGISTERED) {
		NL_SET_ERR_MSG_ATTR(extack, ifindex,
				    "no such device in the initial network namespace");
		return ERR_PTR(-ENODEV);
	}
	if (!kvrm_nic_is(dev, "macvtap") &&
	    !(kvrm_nic_is(dev, "tun") && dev->type == ARPHRD_ETHER)) {
		NL_SET_ERR_MSG_ATTR(extack, ifindex, "the device is neither a tap nor a macvtap");
		return ERR_PTR(-EOPNOTSUPP);
	}
	other = kvrm_nic_of(dev);
	if (other) {
		NL_SET_BAD_ATTR(extack, ifindex);
		kvrm_compat_extack(extack, "the device is NIC %u of guest %u", other->id,
				   other->guest_id);
		return ERR_PTR(-EEXIST);
	}
	return dev;
}

/* What happens to devices. Context: process, under RTNL. */
static int kvrm_nic_event(struct notifier_block *block, unsigned long event, void *info)
{
	struct net_device *dev = netdev_notifier_info_to_dev(info);
	struct kvrm_nic *nic;

	if (event != NETDEV_DOWN && event != NETDEV_UNREGISTER && event != NETDEV_CHANGENAME)
		return NOTIFY_DONE;
	mutex_lock(&kvrm_nic_lock);
	nic = kvrm_nic_of(dev);
	if (!nic)
		goto unlock;
	switch (event) {
	case NETDEV_DOWN:
		kvrm_nic_purge(nic);
		break;
	case NETDEV_UNREGISTER:
		/* Also before it moves to another network namespace. */
		kvrm_nic_abandon(nic);
		kvrm_nic_look(nic);
		break;
	case NETDEV_CHANGENAME:
		strscpy(nic->ifname, dev->name, sizeof(nic->ifname));
		kvrm_nic_tell_changed(nic);
		break;
	}
unlock:
	mutex_unlock(&kvrm_nic_lock);
	return NOTIFY_DONE;
}

static struct notifier_block kvrm_nic_notifier = {
	.notifier_call = kvrm_nic_event,
};

/**
 * kvrm_nic_watch() - hear of devices
 *
 * Return: 0 or a negative errno.
 */
int kvrm_nic_watch(void)
{
	return register_netdevice_notifier(&kvrm_nic_notifier);
}

/**
 * kvrm_nic_unwatch() - undo kvrm_nic_watch(); there are no NICs
 */
void kvrm_nic_unwatch(void)
{
	unregister_netdevice_notifier(&kvrm_nic_notifier);
}
