/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages of the netlink family: built, and taken apart. Pure; inside daemon/wire only.
 */
#ifndef DAEMON_WIRE_GENL_MESSAGE_H
#define DAEMON_WIRE_GENL_MESSAGE_H

#include <linux/genetlink.h>
#include <netlink/msg.h>

#include "daemon/wire/genl.h"
#include "daemon/wire/genl-pool.h"

#define GENL_GROUPS 2

/**
 * struct genl_family - what generic netlink's controller says of a family
 * @name: of the family
 * @id: message type of its messages
 * @groups: numbers of the multicast groups that were asked for; 0: it has no such group
 */
struct genl_family {
	char name[GENL_NAMSIZ];
	uint16_t id;
	uint32_t groups[GENL_GROUPS];
};

/**
 * struct genl_ack - the end of an answer
 * @error: 0 or a negative errno
 * @sentence: the kernel's own; "" if it gave none
 */
struct genl_ack {
	int error;
	char sentence[256];
};

/**
 * genl_message_new() - begin a request
 * @family_id: message type
 * @command: KVRM_CMD_* or CTRL_CMD_*
 * @flags: NLM_F_ACK or NLM_F_DUMP; NLM_F_REQUEST is added
 *
 * Return: to be freed with nlmsg_free(); NULL: no memory.
 */
struct nl_msg *genl_message_new(uint16_t family_id, uint8_t command, int flags);

/**
 * genl_message_new_batch() - begin a request with room for several changes
 * @family_id: message type
 * @items: changes that are to be put into it
 * @n: how many
 *
 * Return: as genl_message_new().
 */
struct nl_msg *genl_message_new_batch(uint16_t family_id, const struct genl_batch_item *items,
				      size_t n);

/**
 * genl_message_put_guest() - add what is to become of a guest
 * @message: request about a guest
 * @change: change; what is kept is left out
 *
 * Return: 0 or -ENOMEM.
 */
int genl_message_put_guest(struct nl_msg *message, const struct genl_guest_change *change);

/**
 * genl_message_put_pool() - add what is to become of a pool
 * @message: request about a pool
 * @change: change; what is kept is left out
 *
 * Return: 0 or -ENOMEM.
 */
int genl_message_put_pool(struct nl_msg *message, const struct genl_pool_change *change);

/**
 * genl_message_put_batch() - add one change of several
 * @message: of genl_message_new_batch()
 * @item: change
 *
 * Return: 0 or -ENOMEM.
 */
int genl_message_put_batch(struct nl_msg *message, const struct genl_batch_item *item);

/**
 * genl_message_parse_family() - CTRL_CMD_NEWFAMILY, CTRL_CMD_DELFAMILY
 * @header: message
 * @groups: names of the multicast groups wanted, NULL: none
 * @ret: filled in
 *
 * Return: 0 or -EPROTO, as the following.
 */
int genl_message_parse_family(struct nlmsghdr *header, const char *const groups[GENL_GROUPS],
			      struct genl_family *ret);

/**
 * genl_message_parse_host() - answer to KVRM_CMD_HOST_GET
 * @header: message
 * @ret: filled in
 *
 * Return: 0 or -EPROTO.
 */
int genl_message_parse_host(struct nlmsghdr *header, struct genl_host *ret);

/**
 * genl_message_parse_guest() - answer to KVRM_CMD_GUEST_GET and _ADD; notifications
 * @header: message
 * @ret: filled in
 * @ret_reason: why it was removed; KVRM_REMOVAL_REASON_REQUESTED if not said; may be NULL
 *
 * Return: 0 or -EPROTO.
 */
int genl_message_parse_guest(struct nlmsghdr *header, struct genl_guest *ret,
			     enum kvrm_removal_reason *ret_reason);

/**
 * genl_message_parse_vcpu() - answer to KVRM_CMD_VCPU_GET
 * @header: message
 * @ret: filled in
 *
 * Return: 0 or -EPROTO.
 */
int genl_message_parse_vcpu(struct nlmsghdr *header, struct genl_vcpu *ret);

/**
 * genl_message_parse_pool() - answer to KVRM_CMD_POOL_GET and _ADD; notifications
 * @header: message
 * @ret: filled in
 *
 * Return: 0 or -EPROTO.
 */
int genl_message_parse_pool(struct nlmsghdr *header, struct genl_pool *ret);

/**
 * genl_message_parse_ack() - NLMSG_ERROR and NLMSG_DONE
 * @header: message
 * @ret: filled in
 *
 * Return: 0 or -EPROTO.
 */
int genl_message_parse_ack(struct nlmsghdr *header, struct genl_ack *ret);

/**
 * genl_message_command() - command of a message
 * @header: message
 *
 * Return: KVRM_CMD_*, CTRL_CMD_*; 0: the message is too short to have one.
 */
uint8_t genl_message_command(struct nlmsghdr *header);

#endif
