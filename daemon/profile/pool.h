/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Resource pools, as DSP1041 has them. A pool of kvrm's is of processors and of memory: DMTF's classes have a
 * pool for each type of resource, so that one is shown as two, of the same name and PoolID, and whatever is done
 * to the one is done to the other.
 */
#ifndef KVRM_PROFILE_POOL_H
#define KVRM_PROFILE_POOL_H

#include "daemon/profile/setting.h"
#include "kvrm/node.h"

/* Types of resources that there are pools of; an element's part is an index in this order. */
#define PROFILE_POOL_TYPES 2

unsigned int profile_pool_type(unsigned int part);
const char *profile_pool_unit(unsigned int part);
const char *profile_pool_type_name(unsigned int part);
unsigned int profile_type_part(unsigned int type);
struct broker_element profile_pool_element(const struct pool *pool, unsigned int part);
int profile_each_pool(const struct broker *broker, const struct broker_provider *provider,
		      broker_visit *visit, void *data);

/* dsp1041-methods.c */
void profile_create_child_pool(struct broker_call *call, const struct broker_element *element);
void profile_delete_pool(struct broker_call *call, const struct broker_element *element);
void profile_change_parent_pool(struct broker_call *call, const struct broker_element *element);

#endif
