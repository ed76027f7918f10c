// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A tree of pools with guests in it; see kvrmpools.h.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kvrmpools.h"
#include "kvrmword.h"

static uint32_t u32(struct nlattr *a)
{
	return a ? nla_get_u32(a) : 0;
}

static uint64_t u64(struct nlattr *a)
{
	return a ? nla_get_u64(a) : 0;
}

/**
 * kvrmpools_see_guest() - note what a message about a guest says
 * @a: attributes
 * @cmd: of the message
 * @data: struct kvrmpools_seen
 */
void kvrmpools_see_guest(struct nlattr **a, int cmd, void *data)
{
	struct kvrmpools_seen *s = data;

	*s = (struct kvrmpools_seen){
		.cmd = cmd,
		.count = s->count + 1,
		.id = u32(a[KVRM_A_GUEST_ID]),
		.pool_id = u32(a[KVRM_A_GUEST_POOL_ID]),
		.weight = u32(a[KVRM_A_GUEST_CPU_WEIGHT]),
		.weight_applied = u32(a[KVRM_A_GUEST_CPU_WEIGHT_APPLIED]),
		.reservation_us = u64(a[KVRM_A_GUEST_CPU_RESERVATION_US]),
		.limit_us = u64(a[KVRM_A_GUEST_CPU_LIMIT_US]),
		.cgroup_id = u64(a[KVRM_A_GUEST_CGROUP_ID]),
		.unlimited = a[KVRM_A_GUEST_CPU_UNLIMITED],
		.reasserted = u64(a[KVRM_A_GUEST_REASSERTED]),
		.memory = {
			.reservation = u64(a[KVRM_A_GUEST_MEMORY_RESERVATION_BYTES]),
			.overhead = u64(a[KVRM_A_GUEST_MEMORY_OVERHEAD_BYTES]),
			.protected = u64(a[KVRM_A_GUEST_MEMORY_PROTECTED_BYTES]),
			.owned = a[KVRM_A_GUEST_MEMORY_PROTECTED_BYTES],
			.limit = u64(a[KVRM_A_GUEST_MEMORY_LIMIT_BYTES]),
			.throttle = u64(a[KVRM_A_GUEST_MEMORY_THROTTLE_BYTES]),
			.weight = u32(a[KVRM_A_GUEST_MEMORY_WEIGHT]),
		},
	};
	snprintf(s->name, sizeof(s->name), "%s",
		 a[KVRM_A_GUEST_NAME] ? nla_get_string(a[KVRM_A_GUEST_NAME]) : "");
}

static void see_pool_memory(struct nlattr **a, struct kvrmpools_seen *s)
{
	s->memory.reservation = u64(a[KVRM_A_POOL_MEMORY_RESERVATION_BYTES]);
	s->memory.host_reserve = u64(a[KVRM_A_POOL_MEMORY_HOST_RESERVE_BYTES]);
	s->memory.reserved = u64(a[KVRM_A_POOL_MEMORY_RESERVED_BYTES]);
	s->memory.claimed = u64(a[KVRM_A_POOL_MEMORY_CLAIMED_BYTES]);
	s->memory.unreserved = u64(a[KVRM_A_POOL_MEMORY_UNRESERVED_BYTES]);
	s->memory.shortfall = u64(a[KVRM_A_POOL_MEMORY_SHORTFALL_BYTES]);
	s->memory.protected = u64(a[KVRM_A_POOL_MEMORY_PROTECTED_BYTES]);
	s->memory.weight = u32(a[KVRM_A_POOL_MEMORY_WEIGHT]);
	s->memory.limit = u64(a[KVRM_A_POOL_MEMORY_LIMIT_BYTES]);
	s->memory.throttle = u64(a[KVRM_A_POOL_MEMORY_THROTTLE_BYTES]);
	s->memory.owned = a[KVRM_A_POOL_MEMORY_PROTECTED_BYTES];
	s->memory.expandable =
		a[KVRM_A_POOL_MEMORY_EXPANDABLE] && nla_get_u8(a[KVRM_A_POOL_MEMORY_EXPANDABLE]);
}

/**
 * kvrmpools_see_pool() - note what a message about a pool says
 * @a: attributes
 * @cmd: of the message
 * @data: struct kvrmpools_seen
 */
void kvrmpools_see_pool(struct nlattr **a, int cmd, void *data)
{
	struct kvrmpools_seen *s = data;

	*s = (struct kvrmpools_seen){
		.cmd = cmd,
		.count = s->count + 1,
		.id = u32(a[KVRM_A_POOL_ID]),
		.parent = u32(a[KVRM_A_POOL_PARENT]),
		.weight = u32(a[KVRM_A_POOL_CPU_WEIGHT]),
		.weight_applied = u32(a[KVRM_A_POOL_CPU_WEIGHT_APPLIED]),
		.members = u32(a[KVRM_A_POOL_MEMBERS]),
		.reservation_us = u64(a[KVRM_A_POOL_CPU_RESERVATION_US]),
		.limit_us = u64(a[KVRM_A_POOL_CPU_LIMIT_US]),
		.cgroup_id = u64(a[KVRM_A_POOL_CGROUP_ID]),
		.host_reserve_us = u64(a[KVRM_A_POOL_CPU_HOST_RESERVE_US]),
		.reserved_us = u64(a[KVRM_A_POOL_CPU_RESERVED_US]),
		.claimed_us = u64(a[KVRM_A_POOL_CPU_CLAIMED_US]),
		.unreserved_us = u64(a[KVRM_A_POOL_CPU_UNRESERVED_US]),
		.shortfall_us = u64(a[KVRM_A_POOL_CPU_SHORTFALL_US]),
		.unlimited = a[KVRM_A_POOL_CPU_UNLIMITED],
		.expandable =
			a[KVRM_A_POOL_CPU_EXPANDABLE] && nla_get_u8(a[KVRM_A_POOL_CPU_EXPANDABLE]),
		/* A dump tells parents first: the root is the only one without a parent. */
		.out_of_order = s->out_of_order || (s->count == 0) != !a[KVRM_A_POOL_PARENT],
		.reasserted = u64(a[KVRM_A_POOL_REASSERTED]),
	};
	see_pool_memory(a, s);
	snprintf(s->name, sizeof(s->name), "%s",
		 a[KVRM_A_POOL_NAME] ? nla_get_string(a[KVRM_A_POOL_NAME]) : "");
}

/**
 * kvrmpools_pool() - ask for a pool
 * @p: tree
 * @id: of the pool
 *
 * Return: what the module says; its id is 0 if there is no such pool.
 */
struct kvrmpools_seen kvrmpools_pool(struct kvrmpools *p, uint32_t id)
{
	struct kvrmpools_seen s = { 0 };

	kvrmword_ask(&p->nl, KVRM_CMD_POOL_GET, kvrmpools_see_pool, &s, "id=%u", id);
	return s;
}

/**
 * kvrmpools_guest() - ask for a guest
 * @p: tree
 * @id: of the guest
 *
 * Return: what the module says; its id is 0 if there is no such guest.
 */
struct kvrmpools_seen kvrmpools_guest(struct kvrmpools *p, uint32_t id)
{
	struct kvrmpools_seen s = { 0 };

	kvrmword_ask(&p->nl, KVRM_CMD_GUEST_GET, kvrmpools_see_guest, &s, "id=%u", id);
	return s;
}

/**
 * kvrmpools_add() - add a pool
 * @p: tree
 * @cgroup: its own
 * @words: what else to say of it
 * @ret_id: 0 if it is refused; may be NULL
 *
 * Return: what the module said.
 */
struct kvrmnl_reply kvrmpools_add(struct kvrmpools *p, const struct kvrmguest *cgroup,
				  const char *words, uint32_t *ret_id)
{
	struct kvrmpools_seen s = { 0 };
	struct kvrmnl_reply reply = kvrmword_ask(&p->nl, KVRM_CMD_POOL_ADD, kvrmpools_see_pool, &s,
						 "name=pool cgroup-fd=%d %s", cgroup->dir, words);

	if (ret_id)
		*ret_id = s.id;
	return reply;
}

/**
 * kvrmpools_register() - register a guest
 * @p: tree
 * @guest: with a virtual machine in it; the uuid is made from its cgroup's name
 * @words: what else to say of it, at least its limit
 * @ret_id: 0 if it is refused; may be NULL
 *
 * Return: what the module said.
 */
struct kvrmnl_reply kvrmpools_register(struct kvrmpools *p, const struct kvrmguest *guest,
				       const char *words, uint32_t *ret_id)
{
	const char *name = strrchr(guest->path, '/') + 1;
	char uuid[] = "----------------";
	struct kvrmpools_seen s = { 0 };
	struct kvrmnl_reply reply;

	memcpy(uuid, name, strnlen(name, KVRM_UUID_LEN));
	reply = kvrmword_ask(&p->nl, KVRM_CMD_GUEST_ADD, kvrmpools_see_guest, &s,
			     "uuid=%s name=%s cgroup-fd=%d %s", uuid, name, guest->dir, words);
	if (ret_id)
		*ret_id = s.id;
	return reply;
}

static int make_cgroups(struct kvrmpools *p)
{
	return kvrmguest_cgroup(&p->root, "kvrm-root") ?:
	       kvrmguest_cgroup_in(&p->a, &p->root, "a") ?:
	       kvrmguest_cgroup_in(&p->b, &p->root, "b") ?:
	       kvrmguest_cgroup_in(&p->gr, &p->root, "gr") ?:
	       kvrmguest_cgroup_in(&p->ga, &p->a, "ga") ?:
	       kvrmguest_cgroup_in(&p->gb, &p->b, "gb") ?:
	       kvrmguest_cgroup(&p->stray, "kvrm-stray");
}

struct ids {
	uint32_t id[256];
	int n;
};

static void see_id(struct nlattr **a, int cmd, void *data)
{
	struct ids *ids = data;

	/* Both sets have the id at the same place. */
	if (ids->n < 256)
		ids->id[ids->n++] = nla_get_u32(a[KVRM_A_POOL_ID]);
}

static int list(struct kvrmpools *p, int cmd, struct ids *ret)
{
	ret->n = 0;
	kvrmnl_send(&p->nl, kvrmnl_request(&p->nl, cmd, NLM_F_DUMP), see_id, ret);
	return ret->n;
}

static void remove_guests(struct kvrmpools *p)
{
	struct ids ids;

	for (int i = list(p, KVRM_CMD_GUEST_GET, &ids); i > 0; i--)
		kvrmword_ask(&p->nl, KVRM_CMD_GUEST_DEL, NULL, NULL, "id=%u", ids.id[i - 1]);
}

/* Members come after their pools, so the last goes first. */
static void remove_pools(struct kvrmpools *p)
{
	struct ids ids;

	for (int i = list(p, KVRM_CMD_POOL_GET, &ids); i > 1; i--)
		kvrmword_ask(&p->nl, KVRM_CMD_POOL_DEL, NULL, NULL, "id=%u", ids.id[i - 1]);
}

/**
 * kvrmpools_reset() - no guests; no pools but a, and the root as it shall be
 * @p: tree, whatever was done to it
 *
 * Return: 0 or a negative errno.
 */
int kvrmpools_reset(struct kvrmpools *p)
{
	struct kvrmnl_reply reply;
	char words[64];

	remove_guests(p);
	remove_pools(p);
	reply = kvrmword_ask(&p->nl, KVRM_CMD_POOL_SET, NULL, NULL, "id=%u cgroup-fd=%d reserve=%u",
			     KVRM_POOL_ROOT_ID, p->root.dir, KVRMPOOLS_HOST_RESERVE_US);
	if (!reply.error) {
		snprintf(words, sizeof(words), "reservation=%u expandable=0", KVRMPOOLS_A_US);
		reply = kvrmpools_add(p, &p->a, words, &p->id);
	}
	if (reply.error)
		printf("# %s\n", reply.sentence);
	return reply.error;
}

/**
 * kvrmpools_setup() - make the tree, and start its guests
 * @p: filled in
 *
 * Return: 0 or a negative errno.
 */
int kvrmpools_setup(struct kvrmpools *p)
{
	int r;

	memset(p, 0, sizeof(*p));
	r = kvrmnl_open(&p->nl);
	if (!r)
		r = make_cgroups(p) ?:
			    kvrmguest_start(&p->ga, "halt", 1) ?:
			    kvrmguest_start(&p->gr, "halt", 1);
	if (r)
		return r;
	p->capacity_us = (uint64_t)sysconf(_SC_NPROCESSORS_ONLN) * 1000000;
	p->reserve_us = kvrmpools_pool(p, KVRM_POOL_ROOT_ID).host_reserve_us;
	p->reservable_us = p->capacity_us - KVRMPOOLS_HOST_RESERVE_US;
	return kvrmpools_reset(p);
}

static void wait_for_no_guests(struct kvrmpools *p)
{
	for (int i = 0; i < 500; i++) {
		struct nl_msg *msg = kvrmnl_request(&p->nl, KVRM_CMD_GUEST_GET, NLM_F_DUMP);

		if (!kvrmnl_send(&p->nl, msg, NULL, NULL).count)
			break;
		usleep(10000);
	}
}

/**
 * kvrmpools_teardown() - remove all guests and pools of the module, and the cgroups
 * @p: as far as it was made
 *
 * The root stays bound to a cgroup that is gone.
 */
void kvrmpools_teardown(struct kvrmpools *p)
{
	struct kvrmguest *all[] = { &p->ga, &p->gr, &p->gb, &p->stray, &p->a, &p->b, &p->root };

	if (!p->nl.sock)
		return;
	for (int i = 0; i < 4; i++)
		kvrmguest_kill(all[i]);
	wait_for_no_guests(p);
	remove_pools(p);
	kvrmword_ask(&p->nl, KVRM_CMD_POOL_SET, NULL, NULL, "id=%u reserve=%llu", KVRM_POOL_ROOT_ID,
		     (unsigned long long)p->reserve_us);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		kvrmguest_remove(all[i]);
	kvrmnl_close(&p->nl);
}
