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
 * @bad_name: its name in the specification, empty if none
 * @count: messages with attributes
 * @intr: a dump was marked as interrupted
 */
struct kvrmnl_reply {
	int error;
	char sentence[256];
	int bad_attr;
	const char *bad_name;
	int count;
	int intr;
};

struct kvrmnl {
	struct nl_sock *sock;
	int family;
	int group;
	int pool_group;
	int nic_group;
	int uplink_group;
};

typedef void kvrmnl_message(struct nlattr **attrs, int cmd, void *data);

int kvrmnl_open(struct kvrmnl *nl);
void kvrmnl_close(struct kvrmnl *nl);
struct nl_msg *kvrmnl_request(struct kvrmnl *nl, int cmd, int flags);
void kvrmnl_put_select(struct nl_msg *msg, int type, ...);
struct kvrmnl_reply kvrmnl_send(struct kvrmnl *nl, struct nl_msg *msg, kvrmnl_message *each,
				void *data);

/* A refusal: the errno, and a sentence. For the harness. */
#define EXPECT_ERROR(reply, errno_)                                                                \
	do {                                                                                       \
		struct kvrmnl_reply r_ = (reply);                                                  \
		EXPECT_EQ(-(errno_), r_.error)                                                     \
		{                                                                                  \
			TH_LOG("%s", r_.sentence);                                                 \
		}                                                                                  \
		EXPECT_STRNE("", r_.sentence);                                                     \
	} while (0)

/* A refusal for one of two reasons, where it depends on which is looked at first. */
#define EXPECT_EITHER(reply, errno_, other_)                                                       \
	do {                                                                                       \
		struct kvrmnl_reply r_ = (reply);                                                  \
		EXPECT_TRUE(r_.error == -(errno_) || r_.error == -(other_))                        \
		{                                                                                  \
			TH_LOG("%d %s", r_.error, r_.sentence);                                    \
		}                                                                                  \
		EXPECT_STRNE("", r_.sentence);                                                     \
	} while (0)

/* A refusal: the errno, a sentence, and the attribute that it points at. */
#define EXPECT_REFUSED(reply, errno_, attr)                                                        \
	do {                                                                                       \
		struct kvrmnl_reply reply_ = (reply);                                              \
		EXPECT_ERROR(reply_, errno_);                                                      \
		EXPECT_EQ(attr, reply_.bad_attr);                                                  \
	} while (0)

#endif
