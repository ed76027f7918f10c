/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Attributes of requests from words, as people and shell scripts write them:
 *
 *	NAME=VALUE	NAME as in the specification; NAME alone for a flag
 *	NUMBER		id=NUMBER
 *	limit=US|unlimited  reservation=US  weight=N  pool=ID  expandable=0|1  reserve=US	short
 *	cgroup=PATH	cgroup-fd of that directory
 *
 * Values that no attribute of the type can hold are refused; all others are sent as they are, right
 * or wrong.
 */
#ifndef KVRMWORD_H
#define KVRMWORD_H

#include "kvrmnl.h"
#include "kvrmspec.h"

int kvrmword_put(struct nl_msg *msg, const struct kvrmspec_set *set, const char *word);
int kvrmword_put_all(struct nl_msg *msg, const struct kvrmspec_set *set, const char *words);
int kvrmword_put_change(struct nl_msg *msg, const char *change);
struct kvrmnl_reply kvrmword_ask(struct kvrmnl *nl, int cmd, kvrmnl_message *each, void *data,
				 const char *words, ...) __attribute__((format(printf, 5, 6)));

#endif
