/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Policing of a tap by the kernel's traffic control: what goes beyond a rate is dropped. The fallback for NICs
 * when the module, which makes senders wait instead, is not there. A clsact queueing discipline with a matchall
 * filter for each direction that has a limit; the filters are at preferences of ours, and nothing else is touched.
 */
#ifndef DAEMON_WIRE_POLICE_H
#define DAEMON_WIRE_POLICE_H

#include <stdint.h>

#include "daemon/wire/genl-nic.h"

struct nl_msg;

/* Of the preferences of its filters the last one: what comes behind it sees no more than it lets pass. */
#define POLICE_PREFERENCE_LAST 0x6b77

/**
 * enum police_role - what policing is there for
 * @POLICE_ALONE: to hold the limits
 * @POLICE_BEHIND: to hold them should the module go while kvrmd is not there. It drops nothing as long as the module
 *	holds them, because it lets pass what the module does: a hundredth more, and at once, beside the limit's own
 *	burst, 1 MiB (four times what a tap's send buffer holds) and what comes in 100 ms. At least 4 KiB per second:
 *	less could not pay for 1 MiB in the time that the kernel can express. A limit in packets counts those to be
 *	segmented as one each.
 */
enum police_role {
	POLICE_ALONE,
	POLICE_BEHIND,
};

/**
 * police_set() - hold limits from now on, and no others
 * @ifindex: of the tap, in this process's network namespace
 * @limits: by direction; no limit: the direction is not policed
 * @role: what follows is about POLICE_ALONE, which does not look at bursts
 * @ret_error: sentence, to be freed
 *
 * Over seconds no more passes than the limit; at once may pass what it lets pass in 4 ms and one packet of 68 KiB,
 * because traffic control does not segment. What a guest sends to be segmented counts as one packet with one header,
 * whatever it will be on the wire; so a limit in packets is one in bytes as well, that of packets of the largest
 * ordinary size.
 *
 * Limits that were there before are in force until the new ones are.
 *
 * Return: 0 or a negative errno; each direction has the limits from before or the new ones then.
 */
int police_set(uint32_t ifindex, const struct genl_nic_limit limits[static GENL_DIRECTIONS],
	       enum police_role role, char **ret_error);

/**
 * police_clear() - hold no limits any more
 * @ifindex: of the tap
 *
 * Return: 0, also if there were none, or a negative errno.
 */
int police_clear(uint32_t ifindex);

/**
 * police_new_filter() - the message that polices one direction
 * @ifindex: of the tap
 * @direction: which
 * @preference: of the filter
 * @limit: not none
 * @role: see above
 *
 * Return: to be freed with nlmsg_free(); NULL: no memory.
 */
struct nl_msg *police_new_filter(uint32_t ifindex, enum genl_direction direction,
				 uint16_t preference, const struct genl_nic_limit *limit,
				 enum police_role role);

#endif
