/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A model in memory, and what drives it in place of kvrmd: what is asked for is done to the model at once, by the
 * model's own rules. Include it behind cmocka.h.
 */
#ifndef KVRM_TEST_DRIVER_H
#define KVRM_TEST_DRIVER_H

#include <stdlib.h>
#include <string.h>

#include "daemon/model/admission.h"
#include "daemon/model/error.h"
#include "daemon/profile/profile.h"
#include "daemon/util/text.h"

#define DRIVER_CPUS   4
#define DRIVER_MEMORY (UINT64_C(8) << 30)
/* When virtual systems were started, CLOCK_REALTIME */
#define DRIVER_STARTED_US UINT64_C(1700000000000000)

static struct host host;

/* What stands in lists for what this host has. */
#define DRIVER_VARIABLES                                                                           \
	{                                                                                          \
		{ "kernel", "/k" },                                                                \
		{ "cpus_us", "4000000" },                                                          \
		{ "cpus_above_us", "4000001" },                                                    \
		{ "pool_us", "4000000" },                                                          \
		{ "pool_bytes", "8589934592" },                                                    \
		{ "shutdown", "" },                                                                \
		{ "bridge", "br0" },                                                               \
		{ "disk", "/srv/walk" },                                                           \
		{ "unplug", "" },                                                                  \
		{ "uplink", "wan" },                                                               \
		{ "subscribed", "1" },                                                             \
		{ "part", "gold" },                                                                \
		{ NULL, NULL },                                                                    \
	}

static inline void driver_open(void)
{
	assert_int_equal(host_init(&host), 0);
	strcpy(host.id, "2f0d4c3b8a1e4f7d9c6b5a4938271605");
	strcpy(host.name, "testhost");
	host_set_capacity(&host, DRIVER_CPUS * 1000000, 0);
	host.sample.cpus_online = DRIVER_CPUS;
	host_set_memory(&host, DRIVER_MEMORY, 0);
}

static inline void driver_add_uplink(const char *name, const char *parent, uint64_t send,
				     uint64_t receive)
{
	struct uplink_definition *d = uplink_definition_new();
	struct uplink_allocation *from = &d->allocations[NIC_FROM_GUEST];
	struct uplink_allocation *to = &d->allocations[NIC_TO_GUEST];
	struct uplink *uplink = uplink_new(d);

	strcpy(d->name, name);
	strcpy(d->parent, parent);
	*(*parent ? &from->reservation : &from->capacity) = send;
	*(*parent ? &to->reservation : &to->capacity) = receive;
	assert_int_equal(uplink_admit(&host, uplink, d, NULL), 0);
	assert_int_equal(host_add_uplink(&host, uplink), 0);
}

/* An uplink and a part of it, as lists have them that are of uplinks. */
static inline void driver_add_uplinks(void)
{
	driver_add_uplink("wan", "", 125000000, 125000000);
	driver_add_uplink("gold", "wan", 5000000, 6000000);
}

static inline void driver_close(void)
{
	for (size_t i = 0; i < host.n_systems; i++) {
		if (host.systems[i]->node.parent)
			admission_leave(host.systems[i]);
	}
	host_deinit(&host);
}

static inline int driver_check_nics(const struct definition *d, char **ret_error)
{
	const char *mac;
	const struct system *other = host_find_mac(&host, d, &mac);

	if (other)
		return text_error(ret_error, ERROR_ALREADY_EXISTS, "nic: mac %s is that of '%s'",
				  mac, other->definition->name);
	return host_check_uplinks(&host, d, ret_error);
}

static inline int driver_check_definition(struct definition *d, char **ret_error)
{
	int r = definition_validate(d, host.sample.cpu_capacity_us, ret_error);

	if (!r && !host_find_pool(&host, d->pool))
		r = text_error(ret_error, ERROR_NOT_FOUND, "pool: there is no pool '%s'", d->pool);
	if (!r)
		r = driver_check_nics(d, ret_error);
	return r;
}

static inline int driver_define(struct definition *d, struct system **ret, char **ret_error)
{
	int r;

	if (!*d->uuid)
		text_uuid_new(d->uuid);
	definition_complete(d);
	r = driver_check_definition(d, ret_error);
	if (!r && host_find(&host, d->name))
		r = text_error(ret_error, ERROR_ALREADY_EXISTS, "name: '%s' is in use", d->name);
	if (r) {
		definition_free(d);
		return r;
	}
	*ret = system_new(d);
	return host_add(&host, *ret);
}

static inline int driver_redefine(struct system *system, struct definition *d, char **ret_error)
{
	int r;

	definition_complete(d);
	r = driver_check_definition(d, ret_error);
	if (r) {
		definition_free(d);
		return r;
	}
	definition_free(system->definition);
	system->definition = d;
	return 0;
}

/* As if the module had measured it: each virtual processor ran for as many milliseconds as its number says. */
static inline void driver_measure(struct system *system)
{
	system->started_us = DRIVER_STARTED_US;
	system->sample.time_us = DRIVER_STARTED_US + 1000000;
	system->sample.times_since_us = DRIVER_STARTED_US + 1000;
	system->sample.known = VM_KNOWS_USAGE | VM_KNOWS_RING | VM_KNOWS_STALLS | VM_KNOWS_SWAPPED;
	system->sample.swapped_bytes = 8192;
	for (int i = 0; i < KVRM_COUNTS_N; i++) {
		system->sample.counts.known |= KVRM_COUNT_BIT(i);
		system->sample.counts.value[i] = 100 + (uint64_t)i;
	}
	system->sample.usage_us = 4321;
	system->sample.rate_hz = 10;
	system->sample.ring_missed = 3;
	system->sample.stalls[5] = 7;
	system->sample.stall_ns = 140000000;
	for (uint32_t i = 0; i < system->definition->vcpus; i++) {
		struct vcpu_sample *vcpu = vm_sample_vcpu(&system->sample, i);

		assert_int_equal(!vcpu, 0);
		vcpu_sample_set(vcpu, KVRM_A_VCPU_RUNNING_NS, (i + 1) * UINT64_C(1000000));
	}
}

static inline void driver_put_in_effect(struct system *system)
{
	driver_measure(system);
	system->storage_weight_applied = system->definition->storage_weight;
	for (size_t i = 0; i < system->definition->n_disks; i++) {
		system->disks[i].enforced = true;
		system->disks[i].size_bytes = 1 << 20;
	}
	for (size_t i = 0; i < system->definition->n_nics; i++) {
		system->nics[i].enforced_by = NIC_ENFORCED_MODULE;
		system->nics[i].shares = uplink_of_nic(system, i) != NULL;
		system->sample.nics[i].known = true;
		snprintf(system->nics[i].ifname, sizeof(system->nics[i].ifname), "tap%u",
			 (unsigned int)i % 100);
	}
	system->limit_applied_us = system->definition->cpu.limit_us;
	system->vcpu_limit_applied_us = system->definition->cpu.vcpu_limit_us;
	system->memory_applied_bytes = system->definition->memory.reservation_bytes;
	system->memory_limit_applied_bytes = system->definition->memory.limit_bytes;
}

static inline int driver_change_state(enum profile_ask ask, struct system *system, char **ret_error)
{
	int r;

	switch (ask) {
	case PROFILE_START:
		r = system_check(system, SYSTEM_OP_START, ret_error);
		if (!r)
			r = admission_enter(&host, system, ret_error);
		if (r)
			return r;
		driver_put_in_effect(system);
		system_set_state(system, SYSTEM_ACTIVE, "");
		return 0;
	case PROFILE_PAUSE:
		system_set_state(system, SYSTEM_PAUSED, "");
		return 0;
	case PROFILE_RESUME:
		system_set_state(system, SYSTEM_ACTIVE, "");
		return 0;
	case PROFILE_RESET:
		return 0;
	default:
		system_ended(system, "");
		return 0;
	}
}

static inline int driver_create_pool(struct pool_definition *d, struct pool **ret, char **ret_error)
{
	struct kvrm_edit edit;
	int r = pool_definition_validate(d, host.sample.cpu_capacity_us, ret_error);

	if (!r && host_find_pool(&host, d->name))
		r = text_error(ret_error, ERROR_ALREADY_EXISTS, "name: '%s' is in use", d->name);
	if (r) {
		pool_definition_free(d);
		return r;
	}
	*ret = pool_new(d);
	kvrm_edit_init(&edit, &(*ret)->node);
	edit.parent = &host_find_pool(&host, d->parent)->node;
	host_add_pool(&host, *ret);
	r = admission_apply(&host, &edit, 1, ret_error);
	if (r) {
		host_remove_pool(&host, *ret);
		pool_free(*ret);
	}
	return r;
}

static inline int driver_move_pool(struct pool *pool, const char *to, char **ret_error)
{
	struct kvrm_edit edit;
	int r;

	kvrm_edit_init(&edit, &pool->node);
	edit.parent = &host_find_pool(&host, to)->node;
	r = admission_apply(&host, &edit, 1, ret_error);
	if (!r)
		strcpy(pool->definition->parent, to);
	return r;
}

static inline int driver_move(struct system *system, const char *to, char **ret_error)
{
	struct kvrm_edit edit;
	int r = 0;

	kvrm_edit_init(&edit, &system->node);
	if (system->node.parent) {
		edit.parent = &host_find_pool(&host, to)->node;
		r = admission_apply(&host, &edit, 1, ret_error);
	}
	if (!r)
		strcpy(system->definition->pool, to);
	return r;
}

static inline int driver_remove_pool(struct pool *pool, char **ret_error)
{
	struct kvrm_edit edit;

	if (host_count_members(&host, pool))
		return text_error(ret_error, ERROR_INVALID_STATE, "pool '%s' has members",
				  pool->definition->name);
	kvrm_edit_init(&edit, &pool->node);
	edit.parent = NULL;
	admission_undo(&edit, 1);
	host_remove_pool(&host, pool);
	pool_free(pool);
	return 0;
}

static inline int driver_set_pool(struct pool *pool, const struct pool_definition *d,
				  char **ret_error)
{
	struct kvrm_edit edit;
	int r = pool_definition_validate(d, host.sample.cpu_capacity_us, ret_error);

	kvrm_edit_init(&edit, &pool->node);
	pool_share(d, edit.share);
	if (!r)
		r = admission_apply(&host, &edit, 1, ret_error);
	if (r)
		return r;
	pool_definition_free(pool->definition);
	pool->definition = pool_definition_copy(d);
	return 0;
}

/* All systems are in the tree with what they have at once. */
static inline int driver_set_system(struct system *system, const struct allocation *allocation,
				    char **ret_error)
{
	struct kvrm_edit edit;

	if (!system->node.parent)
		return 0;
	kvrm_edit_init(&edit, &system->node);
	allocation_share(allocation, system->overhead_bytes, edit.share);
	return admission_apply(&host, &edit, 1, ret_error);
}

static inline int driver_set(const struct profile_request *request, char **ret_error)
{
	for (size_t i = 0; i < request->n; i++) {
		struct system *system = request->changes[i].system;
		int r;

		if (!system)
			return driver_set_pool(request->changes[i].pool,
					       request->changes[i].definition, ret_error);
		r = driver_set_system(system, &request->changes[i].allocation, ret_error);
		if (r)
			return r;

		definition_set_allocation(system->definition, &request->changes[i].allocation);
		if (system->state != SYSTEM_DEFINED)
			driver_put_in_effect(system);
	}
	return 0;
}

/* A NIC of what runs comes, goes, or has other limits. */
static inline int driver_change_nic(const struct profile_request *request, char **ret_error)
{
	struct system *system = request->system;
	struct definition *d = system->definition;
	size_t index = definition_find_nic(d, request->nic->mac);
	struct definition_nic before;
	struct uplink_move move;
	int r = 0;

	if (request->ask == PROFILE_REMOVE_NIC) {
		system_remove_nic(system, index);
		return 0;
	}
	if (request->ask == PROFILE_ADD_NIC) {
		index = d->n_nics;
		r = definition_add_nic(d, request->nic, ret_error);
		definition_complete(d);
	} else {
		before = d->nics[index];
		d->nics[index] = *request->nic;
	}
	if (!r)
		r = driver_check_nics(d, ret_error);
	if (!r)
		r = uplink_admit_nic(&host, system, index, &move, ret_error);
	if (r && request->ask == PROFILE_ADD_NIC)
		definition_remove_nic(d, index);
	else if (r)
		d->nics[index] = before;
	driver_put_in_effect(system);
	return r;
}

/* What profiles ask for. */
static inline int driver_ask(const struct profile_request *request, struct system **ret_system,
			     struct pool **ret_pool, char **ret_error)
{
	int r = 0;

	switch (request->ask) {
	case PROFILE_DEFINE:
		r = driver_define(request->definition, ret_system, ret_error);
		break;
	case PROFILE_REDEFINE:
		r = driver_redefine(request->system, request->definition, ret_error);
		break;
	case PROFILE_REMOVE:
		host_remove(&host, request->system);
		system_free(request->system);
		break;
	case PROFILE_SET:
		r = driver_set(request, ret_error);
		break;
	case PROFILE_MOVE:
		r = driver_move(request->system, request->to, ret_error);
		break;
	case PROFILE_CREATE_POOL:
		r = driver_create_pool(request->pool_definition, ret_pool, ret_error);
		break;
	case PROFILE_MOVE_POOL:
		r = driver_move_pool(request->pool, request->to, ret_error);
		break;
	case PROFILE_REMOVE_POOL:
		r = driver_remove_pool(request->pool, ret_error);
		break;
	case PROFILE_ADD_NIC:
	case PROFILE_REMOVE_NIC:
	case PROFILE_SET_NIC:
		r = driver_change_nic(request, ret_error);
		break;
	case PROFILE_SET_DISK:
		memcpy(request->system->definition->disks[request->index].limits,
		       request->disk->limits, sizeof(request->disk->limits));
		break;
	default:
		r = driver_change_state(request->ask, request->system, ret_error);
	}
	return r;
}

#endif
