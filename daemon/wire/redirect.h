/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What else of traffic control is on a tap. A filter of its ingress comes before the module's hook, and one that sends
 * what the guest transmits somewhere else takes it past the limits.
 */
#ifndef DAEMON_WIRE_REDIRECT_H
#define DAEMON_WIRE_REDIRECT_H

#include <stdint.h>

struct nlmsghdr;

/**
 * struct redirect - what takes away what a tap receives
 * @what: for a sentence that begins with "NIC 0: "; static; NULL: nothing is known to
 * @preference: of the first filter that does: those with a lower one come before it
 */
struct redirect {
	const char *what;
	uint16_t preference;
};

/**
 * redirect_find() - whether a filter takes away what a tap receives, before limits see it
 * @ifindex: of the tap, in this process's network namespace
 * @ret: left alone in case of an error
 *
 * Filters in hardware are none of a tap's. BPF programs that are attached without a filter (tcx) are not told by
 * rtnetlink, and not found.
 *
 * Return: 0 or a negative errno; that there is no such device is no error.
 */
int redirect_find(uint32_t ifindex, struct redirect *ret);

/**
 * redirect_in_filter() - the same of one filter
 * @header: RTM_NEWTFILTER
 *
 * Return: as redirect.what.
 */
const char *redirect_in_filter(struct nlmsghdr *header);

#endif
