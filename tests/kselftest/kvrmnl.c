// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Netlink client for the tests; see kvrmnl.h.
 */
#include <errno.h>
#include <linux/netlink.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>

#include "kvrmnl.h"
#include "kvrmspec.h"

struct exchange {
	struct kvrmnl_reply reply;
	struct nl_msg *request;
	kvrmnl_message *each;
	void *data;
	int done;
};

/**
 * kvrmnl_open() - connect to the family
 * @nl: filled in
 *
 * Return: 0, or a negative errno; -ENOENT if the module is not loaded.
 */
int kvrmnl_open(struct kvrmnl *nl)
{
	int one = 1;

	nl->sock = nl_socket_alloc();
	if (!nl->sock || genl_connect(nl->sock))
		return -ENOMEM;
	/* The kernel fits its dumps to the reader's buffer: the smallest makes dumps of many parts. */
	nl_socket_set_msg_buf_size(nl->sock, 4096);
	nl_socket_enable_msg_peek(nl->sock);
	nl->family = genl_ctrl_resolve(nl->sock, KVRM_FAMILY_NAME);
	if (nl->family < 0) {
		kvrmnl_close(nl);
		return -ENOENT;
	}
	nl->group = genl_ctrl_resolve_grp(nl->sock, KVRM_FAMILY_NAME, KVRM_MCGRP_GUEST);
	nl->pool_group = genl_ctrl_resolve_grp(nl->sock, KVRM_FAMILY_NAME, KVRM_MCGRP_POOL);
	nl->nic_group = genl_ctrl_resolve_grp(nl->sock, KVRM_FAMILY_NAME, KVRM_MCGRP_NIC);
	nl->uplink_group = genl_ctrl_resolve_grp(nl->sock, KVRM_FAMILY_NAME, KVRM_MCGRP_UPLINK);
	nl_socket_disable_seq_check(nl->sock);
	nl_socket_disable_auto_ack(nl->sock);
	setsockopt(nl_socket_get_fd(nl->sock), SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one));
	return 0;
}

/**
 * kvrmnl_close() - undo kvrmnl_open()
 * @nl: may be closed already
 */
void kvrmnl_close(struct kvrmnl *nl)
{
	nl_socket_free(nl->sock);
	nl->sock = NULL;
}

/**
 * kvrmnl_request() - begin a request
 * @nl: connected
 * @cmd: KVRM_CMD_*
 * @flags: NLM_F_ACK or NLM_F_DUMP
 *
 * Return: a message to put attributes into.
 */
struct nl_msg *kvrmnl_request(struct kvrmnl *nl, int cmd, int flags)
{
	struct nl_msg *msg = nlmsg_alloc_size(65536);

	genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, nl->family, 0, NLM_F_REQUEST | flags, cmd,
		    KVRM_FAMILY_VERSION);
	return msg;
}

/**
 * kvrmnl_put_select() - say which attributes the answer is to have
 * @msg: request
 * @type: of its attribute for that
 * ...: their types, up to KVRM_SELECT_BYTES_MAX * 8 - 1; 0 behind the last
 */
void kvrmnl_put_select(struct nl_msg *msg, int type, ...)
{
	uint8_t bytes[KVRM_SELECT_BYTES_MAX] = { 0 };
	int wanted, size = 0;
	va_list args;

	va_start(args, type);
	while ((wanted = va_arg(args, int)) > 0) {
		bytes[wanted / 8] |= (uint8_t)(1 << wanted % 8);
		if (size < wanted / 8 + 1)
			size = wanted / 8 + 1;
	}
	va_end(args);
	nla_put(msg, type, size, bytes);
}

/* Type of the attribute at an offset of the request. */
static int type_at(struct nlmsghdr *request, uint32_t offset)
{
	return offset + sizeof(struct nlattr) <= request->nlmsg_len
		       ? ((struct nlattr *)((char *)request + offset))->nla_type & NLA_TYPE_MASK
		       : -1;
}

/* Name of the attribute at an offset of the request, which may lie in another attribute. */
static const char *name_at(struct nlmsghdr *request, uint32_t offset)
{
	const struct kvrmspec_cmd *cmd = kvrmspec_cmd(genlmsg_hdr(request)->cmd);
	const struct kvrmspec_set *set = cmd ? cmd->set : NULL;
	int rest = genlmsg_attrlen(genlmsg_hdr(request), 0);
	const struct kvrmspec_attr *attr = NULL;
	struct nlattr *a = genlmsg_attrdata(genlmsg_hdr(request), 0);

	while (set && nla_ok(a, rest)) {
		uint32_t at = (uint32_t)((char *)a - (char *)request);

		attr = kvrmspec_attr(set, nla_type(a));
		if (at == offset)
			return attr ? attr->name : "";
		if (offset < at + nla_total_size(nla_len(a)) && attr && attr->nest) {
			set = attr->nest;
			rest = nla_len(a);
			a = nla_data(a);
		} else {
			a = nla_next(a, &rest);
		}
	}
	return "";
}

static void parse_ext_ack(struct exchange *x, struct nlmsghdr *header)
{
	struct nlmsgerr *e = nlmsg_data(header);
	struct nlattr *tb[NLMSGERR_ATTR_MAX + 1] = { 0 };
	int skip = sizeof(*e);

	if (!(header->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	if (!(header->nlmsg_flags & NLM_F_CAPPED) && header->nlmsg_type == NLMSG_ERROR)
		skip += e->msg.nlmsg_len - sizeof(e->msg);
	if (header->nlmsg_type == NLMSG_DONE)
		skip = sizeof(int);
	nla_parse(tb, NLMSGERR_ATTR_MAX,
		  (struct nlattr *)((char *)nlmsg_data(header) + NLMSG_ALIGN(skip)),
		  nlmsg_datalen(header) - NLMSG_ALIGN(skip), NULL);
	if (tb[NLMSGERR_ATTR_MSG])
		strncpy(x->reply.sentence, nla_get_string(tb[NLMSGERR_ATTR_MSG]),
			sizeof(x->reply.sentence) - 1);
	if (tb[NLMSGERR_ATTR_OFFS]) {
		uint32_t offset = nla_get_u32(tb[NLMSGERR_ATTR_OFFS]);

		x->reply.bad_attr = type_at(nlmsg_hdr(x->request), offset);
		x->reply.bad_name = name_at(nlmsg_hdr(x->request), offset);
	}
}

/* Everything that arrives goes through here; libnl's own handling is left aside. */
static int on_message(struct nl_msg *msg, void *data)
{
	struct exchange *x = data;
	struct nlmsghdr *header = nlmsg_hdr(msg);
	struct nlattr *attrs[64] = { 0 };

	if (header->nlmsg_flags & NLM_F_DUMP_INTR)
		x->reply.intr = 1;
	switch (header->nlmsg_type) {
	case NLMSG_ERROR:
		x->reply.error = ((struct nlmsgerr *)nlmsg_data(header))->error;
		parse_ext_ack(x, header);
		x->done = 1;
		break;
	case NLMSG_DONE:
		x->reply.error = *(int *)nlmsg_data(header);
		parse_ext_ack(x, header);
		x->done = 1;
		break;
	default:
		x->reply.count++;
		genlmsg_parse(header, 0, attrs, 63, NULL);
		if (x->each)
			x->each(attrs, genlmsg_hdr(header)->cmd, x->data);
	}
	return NL_SKIP;
}

/**
 * kvrmnl_send() - send a request and read until it is answered
 * @nl: connected
 * @msg: with NLM_F_ACK or NLM_F_DUMP; freed
 * @each: called for each message with attributes; NULL for none
 * @data: for @each
 *
 * Return: what came back.
 */
struct kvrmnl_reply kvrmnl_send(struct kvrmnl *nl, struct nl_msg *msg, kvrmnl_message *each,
				void *data)
{
	struct exchange x = { .reply.bad_name = "", .request = msg, .each = each, .data = data };
	struct nl_cb *cb = nl_cb_alloc(NL_CB_CUSTOM);
	int err;

	nl_cb_set(cb, NL_CB_MSG_IN, NL_CB_CUSTOM, on_message, &x);
	nl_complete_msg(nl->sock, msg);
	err = nl_send(nl->sock, msg);
	while (err >= 0 && !x.done)
		err = nl_recvmsgs(nl->sock, cb);
	if (err < 0 && !x.done)
		x.reply.error = -EIO;
	nl_cb_put(cb);
	nlmsg_free(msg);
	return x.reply;
}
