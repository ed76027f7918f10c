/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why a system does not get what it wants, in words. Pure.
 */
#ifndef KVRMCTL_REASON_H
#define KVRMCTL_REASON_H

struct json_object;
struct look;
struct rates;

struct json_object *reasons_find(const struct look *before, const struct look *after,
				 struct json_object *system, const struct rates *rates);
char *reasons_join(struct json_object *reasons);

#endif
