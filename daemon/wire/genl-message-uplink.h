/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages of the netlink family about uplinks, as genl-message.h. Inside daemon/wire only.
 */
#ifndef DAEMON_WIRE_GENL_MESSAGE_UPLINK_H
#define DAEMON_WIRE_GENL_MESSAGE_UPLINK_H

#include "daemon/wire/genl-message.h"
#include "daemon/wire/genl-uplink.h"

/**
 * genl_message_put_uplink() - add what both directions are to have
 * @message: request about an uplink
 * @part: it is a part; else it has a capacity, and nothing else
 * @shares: by direction
 *
 * Return: 0 or -ENOMEM.
 */
int genl_message_put_uplink(struct nl_msg *message, bool part,
			    const struct genl_uplink_share shares[static GENL_DIRECTIONS]);

/**
 * genl_message_parse_uplink() - answer to KVRM_CMD_UPLINK_GET and _ADD; notifications
 * @header: message
 * @ret: filled in
 *
 * Return: 0 or -EPROTO.
 */
int genl_message_parse_uplink(struct nlmsghdr *header, struct genl_uplink *ret);

#endif
