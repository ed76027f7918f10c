/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Netlink client for the tests: requests built attribute by attribute, so that wrong ones can be
 * sent as well, and replies as the kernel gave them, with the extended ack.
 */
#ifndef KVRMNL_H
#define KVRMNL_H

#include <linux/kvrm.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <stdint.h>

/**
 * struct kvrmnl_reply - what came back
 * @error: 0 or a negative errno from the kernel
 * @sentence: of the extended ack, empty if none
 * @bad_attr: type of the attribute that the extended ack points at, 0 if none
 * @count: messages with attributes
 * @intr: a dump was marked as interrupted
 */
struct kvrmnl_reply {
	int error;
	char sentence[256];
	int bad_attr;
	int count;
	int intr;
};

struct kvrmnl {
	struct nl_sock *sock;
	int family;
	int group;
};

typedef void kvrmnl_message(struct nlattr **attrs, int cmd, void *data);

int kvrmnl_open(struct kvrmnl *nl);
void kvrmnl_close(struct kvrmnl *nl);
struct nl_msg *kvrmnl_request(struct kvrmnl *nl, int cmd, int flags);
struct kvrmnl_reply kvrmnl_send(struct kvrmnl *nl, struct nl_msg *msg, kvrmnl_message *each,
				void *data);

#endif
