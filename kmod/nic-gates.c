// SPDX-License-Identifier: GPL-2.0-only
/*
 * A NIC's gates, one for each direction: made, opened, given limits, shut and freed together.
 */
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>

#include "kmod/nic.h"

/**
 * kvrm_nic_apply() - give the gates their limits
 * @nic: the NIC
 * @limits: of both directions, in range
 */
void kvrm_nic_apply(struct kvrm_nic *nic, const struct kvrm_nic_limits *limits)
{
	int i;

	for (i = 0; i < KVRM_DIRECTIONS; i++)
		kvrm_gate_set(&nic->gates[i], &limits->gates[i]);
}

/**
 * kvrm_nic_new() - make a NIC, with gates that are shut
 * @limits: of both directions, in range
 *
 * Context: process.
 * Return: the NIC, which has no device; NULL for lack of memory.
 */
struct kvrm_nic *kvrm_nic_new(const struct kvrm_nic_limits *limits)
{
	struct kvrm_nic *nic = kzalloc(sizeof(*nic), GFP_KERNEL);
	int i;

	if (!nic)
		return NULL;
	for (i = 0; i < KVRM_DIRECTIONS; i++) {
		if (kvrm_gate_init(&nic->gates[i], i == KVRM_TO_GUEST)) {
			kvrm_nic_free(nic);
			return NULL;
		}
	}
	kvrm_member_init(&nic->member, nic->gates);
	kvrm_nic_apply(nic, limits);
	return nic;
}

/**
 * kvrm_nic_free() - undo kvrm_nic_new()
 * @nic: its gates are shut and empty
 */
void kvrm_nic_free(struct kvrm_nic *nic)
{
	int i;

	for (i = 0; i < KVRM_DIRECTIONS; i++)
		kvrm_gate_free(&nic->gates[i]);
	kfree(nic);
}

/* Shut the first gates; no packet comes to them afterwards. */
static void kvrm_nic_shut(struct kvrm_nic *nic, int n)
{
	int i;

	ASSERT_RTNL();
	for (i = 0; i < n; i++)
		kvrm_gate_shut(&nic->gates[i]);
	synchronize_net();
}

/**
 * kvrm_nic_open() - open the gates: the device's packets come to them from now on
 * @nic: its device is there
 *
 * Context: process, under RTNL.
 * Return: 0 or a negative errno.
 */
int kvrm_nic_open(struct kvrm_nic *nic)
{
	int i, err;

	for (i = 0; i < KVRM_DIRECTIONS; i++) {
		err = kvrm_gate_open(&nic->gates[i], nic->dev, kvrm_nic_hook(nic->dev, i));
		if (err)
			goto shut;
	}
	return 0;

shut:
	kvrm_nic_shut(nic, i);
	/* A packet may have come through the first gate already. */
	while (i--)
		kvrm_gate_release(&nic->gates[i]);
	return err;
}

/**
 * kvrm_nic_loosen() - take the gates' limits off: what waits passes now
 * @nic: open or not, in no uplink
 *
 * Context: process.
 */
void kvrm_nic_loosen(struct kvrm_nic *nic)
{
	static const struct kvrm_nic_limits none;

	kvrm_nic_apply(nic, &none);
}

/**
 * kvrm_nic_is_empty() - whether nothing waits at the gates
 * @nic: open or not
 *
 * Context: process.
 * Return: as kvrm_gate_is_empty(), of both.
 */
bool kvrm_nic_is_empty(struct kvrm_nic *nic)
{
	bool empty = true;
	int i;

	for (i = 0; i < KVRM_DIRECTIONS; i++)
		empty = kvrm_gate_is_empty(&nic->gates[i]) && empty;
	return empty;
}

/**
 * kvrm_nic_close() - shut the gates; what waits passes
 * @nic: open; its device is there
 *
 * Nothing is overtaken if nothing waits: see kvrm_nic_loosen().
 *
 * Context: process, under RTNL; waits for a grace period.
 */
void kvrm_nic_close(struct kvrm_nic *nic)
{
	int i;

	kvrm_nic_shut(nic, KVRM_DIRECTIONS);
	for (i = 0; i < KVRM_DIRECTIONS; i++)
		kvrm_gate_release(&nic->gates[i]);
}

/**
 * kvrm_nic_purge() - drop what waits, because the device is down
 * @nic: open or shut
 *
 * Context: process.
 */
void kvrm_nic_purge(struct kvrm_nic *nic)
{
	int i;

	for (i = 0; i < KVRM_DIRECTIONS; i++)
		kvrm_gate_purge(&nic->gates[i]);
}

/**
 * kvrm_nic_abandon() - shut the gates and drop what waits: nothing refers to the device afterwards
 * @nic: open; its device is about to go
 *
 * Context: process, under RTNL; waits for a grace period.
 */
void kvrm_nic_abandon(struct kvrm_nic *nic)
{
	int i;

	kvrm_nic_shut(nic, KVRM_DIRECTIONS);
	kvrm_nic_purge(nic);
	/* Only now: the uplinks' thread, too, starts a timer as long as something waits. */
	for (i = 0; i < KVRM_DIRECTIONS; i++)
		kvrm_gate_stop(&nic->gates[i]);
	nic->dev = NULL;
}
