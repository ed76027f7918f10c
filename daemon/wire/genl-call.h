/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What all requests to the module have in common: sent, answered, refused, gathered. Inside
 * daemon/wire only.
 */
#ifndef DAEMON_WIRE_GENL_CALL_H
#define DAEMON_WIRE_GENL_CALL_H

#include "daemon/util/cleanup.h"
#include "daemon/wire/genl-client.h"
#include "daemon/wire/genl-socket.h"

/**
 * genl_call_parse - take a message of an answer apart
 * @header: message
 * @ret: filled in
 *
 * Return: 0 or -EPROTO.
 */
typedef int genl_call_parse(struct nlmsghdr *header, void *ret);

/**
 * genl_call() - send a request that nothing but its acceptance answers
 * @client: client
 * @request: with NLM_F_ACK; stays the caller's
 * @what: name of the request, for sentences
 * @ret_error: see genl.h
 *
 * Return: 0 or a negative errno, see genl.h.
 */
int genl_call(struct genl_client *client, struct nl_msg *request, const char *what,
	      char **ret_error);

/**
 * genl_call_one() - send a request that one message answers
 * @client: client
 * @request: with NLM_F_ACK; stays the caller's
 * @what: name of the request, for sentences
 * @parse: for the answer
 * @ret: for @parse; undefined if the call fails
 * @ret_error: see genl.h
 *
 * Return: 0 or a negative errno, see genl.h.
 */
int genl_call_one(struct genl_client *client, struct nl_msg *request, const char *what,
		  genl_call_parse *parse, void *ret, char **ret_error);

/**
 * genl_call_dump() - send a request that any number of messages answers
 * @client: client
 * @request: with NLM_F_DUMP; stays the caller's
 * @what: name of the request, for sentences
 * @parse: for each message
 * @item_size: bytes of what @parse fills in
 * @ret: address of a pointer to the items, to be freed; NULL if there are none
 * @ret_n: how many
 * @ret_error: see genl.h
 *
 * A dump that changes interrupt is repeated.
 *
 * Return: 0 or a negative errno, see genl.h; @ret and @ret_n are left alone then.
 */
int genl_call_dump(struct genl_client *client, struct nl_msg *request, const char *what,
		   genl_call_parse *parse, size_t item_size, void *ret, size_t *ret_n,
		   char **ret_error);

static inline void genl_call_free_message(struct nl_msg **message)
{
	nlmsg_free(*message);
}

#define _cleanup_message_ _cleanup_(genl_call_free_message)

#endif
