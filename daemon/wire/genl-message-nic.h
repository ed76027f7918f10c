/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages of the netlink family about NICs, as genl-message.h. Inside daemon/wire only.
 */
#ifndef DAEMON_WIRE_GENL_MESSAGE_NIC_H
#define DAEMON_WIRE_GENL_MESSAGE_NIC_H

#include "daemon/wire/genl-message.h"
#include "daemon/wire/genl-nic.h"

/**
 * genl_message_put_nic() - add limits and shares of both directions, and the uplink
 * @message: request about a NIC
 * @wish: what it is to have
 *
 * Return: 0 or -ENOMEM.
 */
int genl_message_put_nic(struct nl_msg *message, const struct genl_nic_wish *wish);

/**
 * genl_message_parse_nic() - answer to KVRM_CMD_NIC_GET and _ADD; notifications
 * @header: message
 * @ret: filled in
 *
 * Return: 0 or -EPROTO.
 */
int genl_message_parse_nic(struct nlmsghdr *header, struct genl_nic *ret);

#endif
