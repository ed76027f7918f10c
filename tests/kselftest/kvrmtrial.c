// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The module's commands, each with its undoing; see kvrmtrial.h.
 */
#include <linux/if_tun.h>
#include <stdio.h>
#include <string.h>

#include "kselftest.h"
#include "kvrmpools.h"
#include "kvrmspec.h"
#include "kvrmtap.h"
#include "kvrmtrial.h"
#include "kvrmword.h"

static struct kvrmpools tree;
static struct kvrmguest other_b, other_ga;
static struct kvrmtap tap, other_tap;
static uint32_t id_a, id_r, id_b, id_nic, id_uplink;

static const struct kvrmguest *const cgroups[] = { &tree.a,  &tree.b,  &tree.ga, &tree.gb,
						   &tree.gr, &other_b, &other_ga };

const struct kvrmpicture_scene kvrmtrial_scene = { &tree.nl, cgroups,
						   sizeof(cgroups) / sizeof(cgroups[0]) };

#define ASK(cmd, ...) kvrmword_ask(&tree.nl, cmd, NULL, NULL, __VA_ARGS__)

/* What undoes a change is done without faults, and must succeed. */
#define UNDO(cmd, ...)                                                                             \
	do {                                                                                       \
		struct kvrmnl_reply r_ = ASK(cmd, __VA_ARGS__);                                    \
		if (r_.error)                                                                      \
			ksft_exit_fail_msg("cannot be undone: %d %s\n", r_.error, r_.sentence);    \
	} while (0)

/* What the module leaves in a cgroup when it lets go of it. */
static void clear(const struct kvrmguest *cgroup)
{
	if (kvrmguest_write(cgroup, "cpu.max", "max") ||
	    kvrmguest_write(cgroup, "cpu.weight", "100"))
		ksft_exit_fail_msg("%s cannot be written\n", cgroup->path);
}

struct sought {
	int name_type;
	const char *name;
	uint32_t id;
};

static void seek(struct nlattr **a, int cmd, void *data)
{
	struct sought *sought = data;

	/* All sets have the id at the same place. */
	if (!strcmp(nla_get_string(a[sought->name_type]), sought->name))
		sought->id = nla_get_u32(a[KVRM_A_GUEST_ID]);
}

static void seek_nic(struct nlattr **a, int cmd, void *data)
{
	struct sought *sought = data;

	if (!strcmp(nla_get_string(a[KVRM_A_NIC_IFNAME]), sought->name))
		sought->id = nla_get_u32(a[KVRM_A_NIC_ID]);
}

static uint32_t find_nic(const struct kvrmtap *device)
{
	struct sought sought = { .name = device->name };

	kvrmnl_send(&tree.nl, kvrmnl_request(&tree.nl, KVRM_CMD_NIC_GET, NLM_F_DUMP), seek_nic,
		    &sought);
	return sought.id;
}

/* The id of a guest, pool or uplink; 0: there is none of this name. */
static uint32_t find(int cmd, const char *name)
{
	const struct kvrmspec_attr *attr = kvrmspec_find(kvrmspec_cmd(cmd)->set, "name", 4);
	struct sought sought = { attr->type, name, 0 };

	kvrmnl_send(&tree.nl, kvrmnl_request(&tree.nl, cmd, NLM_F_DUMP), seek, &sought);
	return sought.id;
}

/* The commands, each with its undoing. */

static struct kvrmnl_reply add_guest(void)
{
	char words[96];

	snprintf(words, sizeof(words), "limit=150000 pool=%u reservation=100000 weight=7", tree.id);
	return kvrmpools_register(&tree, &tree.ga, words, NULL);
}

static void undo_add_guest(void)
{
	UNDO(KVRM_CMD_GUEST_DEL, "id=%u", find(KVRM_CMD_GUEST_GET, "ga"));
	clear(&tree.ga);
}

static struct kvrmnl_reply add_pool(void)
{
	return ASK(KVRM_CMD_POOL_ADD,
		   "name=b cgroup-fd=%d limit=150000 reservation=100000 weight=7 expandable=0",
		   tree.b.dir);
}

static void undo_add_pool(void)
{
	UNDO(KVRM_CMD_POOL_DEL, "id=%u", find(KVRM_CMD_POOL_GET, "b"));
	clear(&tree.b);
}

static struct kvrmnl_reply set_guest(void)
{
	return ASK(KVRM_CMD_GUEST_SET,
		   "id=%u name=x weight=9 reservation=110000 limit=150000 probes=7", id_a);
}

static void undo_set_guest(void)
{
	UNDO(KVRM_CMD_GUEST_SET,
	     "id=%u name=ga weight=7 reservation=100000 limit=unlimited probes=0", id_a);
}

static void move_process(const struct kvrmguest *to)
{
	char pid[16];

	snprintf(pid, sizeof(pid), "%d", tree.ga.pid);
	if (kvrmguest_write(to, "cgroup.procs", pid))
		ksft_exit_fail_msg("the guest cannot be moved\n");
}

static void recover_process(void)
{
	move_process(&tree.ga);
}

static void undo_move_guest(const struct kvrmguest *from)
{
	move_process(&tree.ga);
	UNDO(KVRM_CMD_GUEST_SET, "id=%u cgroup-fd=%d pool=%u weight=7 limit=unlimited", id_a,
	     tree.ga.dir, tree.id);
	clear(from);
}

static void prepare_bind_guest(void)
{
	move_process(&other_ga);
}

static struct kvrmnl_reply bind_guest(void)
{
	return ASK(KVRM_CMD_GUEST_SET, "id=%u cgroup-fd=%d weight=9 limit=150000", id_a,
		   other_ga.dir);
}

static void undo_bind_guest(void)
{
	undo_move_guest(&other_ga);
}

static void prepare_move_to_pool(void)
{
	move_process(&tree.gb);
}

static struct kvrmnl_reply move_to_pool(void)
{
	return ASK(KVRM_CMD_GUEST_SET, "id=%u cgroup-fd=%d pool=%u weight=9 limit=150000", id_a,
		   tree.gb.dir, id_b);
}

static void undo_move_to_pool(void)
{
	undo_move_guest(&tree.gb);
}

static struct kvrmnl_reply set_pool(void)
{
	return ASK(KVRM_CMD_POOL_SET,
		   "id=%u name=x weight=9 reservation=110000 expandable=1 limit=150000", id_b);
}

static void undo_set_pool(void)
{
	UNDO(KVRM_CMD_POOL_SET,
	     "id=%u name=b weight=7 reservation=100000 expandable=0 limit=unlimited", id_b);
}

static struct kvrmnl_reply bind_pool(void)
{
	return ASK(KVRM_CMD_POOL_SET, "id=%u cgroup-fd=%d weight=9 limit=150000", id_b,
		   other_b.dir);
}

static void undo_bind_pool(void)
{
	UNDO(KVRM_CMD_POOL_SET, "id=%u cgroup-fd=%d weight=7 limit=unlimited", id_b, tree.b.dir);
	clear(&other_b);
}

static struct kvrmnl_reply move_pool(void)
{
	return ASK(KVRM_CMD_POOL_SET, "id=%u cgroup-fd=%d parent=%u", id_b, other_ga.dir, tree.id);
}

static void undo_move_pool(void)
{
	UNDO(KVRM_CMD_POOL_SET, "id=%u cgroup-fd=%d parent=%u", id_b, tree.b.dir,
	     KVRM_POOL_ROOT_ID);
	clear(&other_ga);
}

static struct kvrmnl_reply set_root(void)
{
	return ASK(KVRM_CMD_POOL_SET, "id=%u reserve=50000 name=x", KVRM_POOL_ROOT_ID);
}

static void undo_set_root(void)
{
	UNDO(KVRM_CMD_POOL_SET, "id=%u reserve=%u name=host", KVRM_POOL_ROOT_ID,
	     KVRMPOOLS_HOST_RESERVE_US);
}

static struct kvrmnl_reply set_several(void)
{
	return ASK(KVRM_CMD_BATCH_SET,
		   "guest %u limit=150000 weight=9;pool %u limit=150000 reservation=110000;"
		   "guest %u limit=150000",
		   id_a, id_b, id_r);
}

static void undo_set_several(void)
{
	UNDO(KVRM_CMD_BATCH_SET,
	     "guest %u limit=unlimited weight=7;pool %u limit=unlimited reservation=100000;"
	     "guest %u limit=unlimited",
	     id_a, id_b, id_r);
}

static struct kvrmnl_reply del_guest(void)
{
	return ASK(KVRM_CMD_GUEST_DEL, "id=%u", id_a);
}

static void restore_guest(void)
{
	if (add_guest().error)
		ksft_exit_fail_msg("the guest cannot be added again\n");
	id_a = find(KVRM_CMD_GUEST_GET, "ga");
	undo_set_guest();
}

static struct kvrmnl_reply del_pool(void)
{
	return ASK(KVRM_CMD_POOL_DEL, "id=%u", id_b);
}

static void restore_pool(void)
{
	if (add_pool().error)
		ksft_exit_fail_msg("the pool cannot be added again\n");
	id_b = find(KVRM_CMD_POOL_GET, "b");
	undo_set_pool();
}

static struct kvrmnl_reply add_nic(void)
{
	return ASK(KVRM_CMD_NIC_ADD, "guest-id=%u ifindex=%u from-guest-limit-bytes-per-s=1000",
		   id_r, other_tap.ifindex);
}

static void undo_add_nic(void)
{
	UNDO(KVRM_CMD_NIC_DEL, "id=%u", find_nic(&other_tap));
}

static struct kvrmnl_reply set_nic(void)
{
	return ASK(KVRM_CMD_NIC_SET, "id=%u to-guest-limit-packets-per-s=1000", id_nic);
}

static void undo_set_nic(void)
{
	UNDO(KVRM_CMD_NIC_SET, "id=%u to-guest-limit-packets-per-s=0", id_nic);
}

static struct kvrmnl_reply del_nic(void)
{
	return ASK(KVRM_CMD_NIC_DEL, "id=%u", id_nic);
}

static void restore_nic(void)
{
	UNDO(KVRM_CMD_NIC_ADD, "guest-id=%u ifindex=%u", id_r, tap.ifindex);
	id_nic = find_nic(&tap);
}

static struct kvrmnl_reply add_shared_nic(void)
{
	return ASK(KVRM_CMD_NIC_ADD,
		   "guest-id=%u ifindex=%u uplink-id=%u to-guest-reservation-bytes-per-s=1000",
		   id_r, other_tap.ifindex, id_uplink);
}

static struct kvrmnl_reply share_nic(void)
{
	return ASK(KVRM_CMD_NIC_SET, "id=%u uplink-id=%u to-guest-weight=7", id_nic, id_uplink);
}

static void undo_share_nic(void)
{
	UNDO(KVRM_CMD_NIC_SET, "id=%u uplink-id=0 to-guest-weight=100", id_nic);
}

static struct kvrmnl_reply add_uplink(void)
{
	return ASK(KVRM_CMD_UPLINK_ADD,
		   "name=u to-guest-capacity-bytes-per-s=10000 from-guest-capacity-bytes-per-s=7");
}

static void undo_add_uplink(void)
{
	UNDO(KVRM_CMD_UPLINK_DEL, "id=%u", find(KVRM_CMD_UPLINK_GET, "u"));
}

static struct kvrmnl_reply add_part(void)
{
	return ASK(KVRM_CMD_UPLINK_ADD, "name=u parent=%u to-guest-reservation-bytes-per-s=7",
		   id_uplink);
}

static struct kvrmnl_reply set_uplink(void)
{
	return ASK(KVRM_CMD_UPLINK_SET, "id=%u name=x from-guest-capacity-bytes-per-s=9",
		   id_uplink);
}

static void undo_set_uplink(void)
{
	UNDO(KVRM_CMD_UPLINK_SET, "id=%u name=uplink from-guest-capacity-bytes-per-s=8", id_uplink);
}

static struct kvrmnl_reply del_uplink(void)
{
	return ASK(KVRM_CMD_UPLINK_DEL, "id=%u", id_uplink);
}

static void restore_uplink(void)
{
	UNDO(KVRM_CMD_UPLINK_ADD,
	     "name=uplink to-guest-capacity-bytes-per-s=10000 from-guest-capacity-bytes-per-s=8");
	id_uplink = find(KVRM_CMD_UPLINK_GET, "uplink");
}

static struct kvrmnl_reply dump(int cmd)
{
	return kvrmnl_send(&tree.nl, kvrmnl_request(&tree.nl, cmd, NLM_F_DUMP), NULL, NULL);
}

static struct kvrmnl_reply get_host(void)
{
	return ASK(KVRM_CMD_HOST_GET, "%s", "");
}

static struct kvrmnl_reply get_guest(void)
{
	return ASK(KVRM_CMD_GUEST_GET, "id=%u", id_a);
}

static struct kvrmnl_reply get_pool(void)
{
	return ASK(KVRM_CMD_POOL_GET, "id=%u", id_b);
}

static struct kvrmnl_reply get_nic(void)
{
	return ASK(KVRM_CMD_NIC_GET, "id=%u", id_nic);
}

static struct kvrmnl_reply get_uplink(void)
{
	return ASK(KVRM_CMD_UPLINK_GET, "id=%u", id_uplink);
}

static struct kvrmnl_reply dump_uplinks(void)
{
	return dump(KVRM_CMD_UPLINK_GET);
}

static struct kvrmnl_reply dump_nics(void)
{
	return dump(KVRM_CMD_NIC_GET);
}

static struct kvrmnl_reply dump_guests(void)
{
	return dump(KVRM_CMD_GUEST_GET);
}

static struct kvrmnl_reply dump_pools(void)
{
	return dump(KVRM_CMD_POOL_GET);
}

static struct kvrmnl_reply dump_vcpus(void)
{
	return dump(KVRM_CMD_VCPU_GET);
}

static struct kvrmnl_reply dump_latencies(void)
{
	return dump(KVRM_CMD_LATENCY_GET);
}

const struct kvrmtrial kvrmtrials[] = {
	{ "guest-add", add_guest, undo_add_guest, .tells = true, .allocates = true },
	{ "pool-add", add_pool, undo_add_pool, .tells = true, .allocates = true },
	{ "host-get", get_host, .registered = true, .allocates = true },
	{ "guest-get", get_guest, .registered = true, .allocates = true },
	{ "pool-get", get_pool, .registered = true, .allocates = true },
	{ "guest-get, all", dump_guests, .registered = true },
	{ "pool-get, all", dump_pools, .registered = true },
	{ "vcpu-get", dump_vcpus, .registered = true },
	{ "latency-get", dump_latencies, .registered = true },
	{ "nic-get", get_nic, .registered = true, .allocates = true },
	{ "nic-get, all", dump_nics, .registered = true },
	{ "nic-add", add_nic, undo_add_nic, .registered = true, .tells = true, .allocates = true },
	{ "nic-set", set_nic, undo_set_nic, .registered = true, .tells = true, .allocates = true },
	{ "uplink-get", get_uplink, .registered = true, .allocates = true },
	{ "uplink-get, all", dump_uplinks, .registered = true },
	{ "uplink-add", add_uplink, undo_add_uplink, .registered = true, .tells = true,
	  .allocates = true },
	{ "uplink-add, a part", add_part, undo_add_uplink, .registered = true, .tells = true,
	  .allocates = true },
	{ "uplink-set", set_uplink, undo_set_uplink, .registered = true, .tells = true,
	  .allocates = true },
	{ "nic-add, on an uplink", add_shared_nic, undo_add_nic, .registered = true, .tells = true,
	  .allocates = true },
	{ "nic-set, another uplink", share_nic, undo_share_nic, .registered = true, .tells = true,
	  .allocates = true },
	{ "uplink-del", del_uplink, restore_uplink, .registered = true, .tells = true,
	  .allocates = true },
	{ "nic-del", del_nic, restore_nic, .registered = true, .tells = true, .allocates = true },
	{ "guest-set", set_guest, undo_set_guest, .registered = true, .tells = true, .writes = true,
	  .allocates = true },
	{ "guest-set, another cgroup", bind_guest, undo_bind_guest, prepare_bind_guest,
	  recover_process, .registered = true, .tells = true, .allocates = true },
	{ "guest-set, another pool", move_to_pool, undo_move_to_pool, prepare_move_to_pool,
	  recover_process, .registered = true, .tells = true, .allocates = true },
	{ "pool-set", set_pool, undo_set_pool, .registered = true, .tells = true, .writes = true,
	  .allocates = true },
	{ "pool-set, another cgroup", bind_pool, undo_bind_pool, .registered = true, .tells = true,
	  .allocates = true },
	{ "pool-set, another pool", move_pool, undo_move_pool, .registered = true, .tells = true,
	  .allocates = true },
	{ "pool-set, the root", set_root, undo_set_root, .registered = true, .tells = true,
	  .allocates = true },
	{ "batch-set", set_several, undo_set_several, .registered = true, .tells = true,
	  .writes = true, .allocates = true },
	{ "guest-del", del_guest, restore_guest, .registered = true, .tells = true,
	  .allocates = true },
	{ "pool-del", del_pool, restore_pool, .registered = true, .tells = true,
	  .allocates = true },
};

const size_t kvrmtrials_n = sizeof(kvrmtrials) / sizeof(kvrmtrials[0]);

/**
 * kvrmtrial_register() - what trials need that are marked so
 *
 * To be called once.
 */
void kvrmtrial_register(void)
{
	restore_guest();
	restore_pool();
	if (kvrmpools_register(&tree, &tree.gr, "limit=unlimited", &id_r).error)
		ksft_exit_fail_msg("a guest cannot be added\n");
	restore_nic();
	restore_uplink();
}

/**
 * kvrmtrial_end_guest() - a registered guest's process ends
 */
void kvrmtrial_end_guest(void)
{
	kvrmguest_kill(&tree.ga);
}

/**
 * kvrmtrial_guest_is_registered() - whether the module knows that guest
 *
 * Return: true if so.
 */
bool kvrmtrial_guest_is_registered(void)
{
	return find(KVRM_CMD_GUEST_GET, "ga");
}

/**
 * kvrmtrial_set_up() - pools, cgroups and guests, of which none is registered
 *
 * Return: 0 or a negative errno.
 */
int kvrmtrial_set_up(void)
{
	return kvrmpools_setup(&tree) ?:
	       kvrmtap_open(&tap, "kvrmt0", IFF_TAP) ?:
	       kvrmtap_open(&other_tap, "kvrmt1", IFF_TAP) ?:
	       kvrmguest_cgroup_in(&other_b, &tree.root, "other-b") ?:
	       kvrmguest_cgroup_in(&other_ga, &tree.a, "other-ga");
}

/**
 * kvrmtrial_tear_down() - undo kvrmtrial_set_up(), as far as it went
 */
void kvrmtrial_tear_down(void)
{
	kvrmtap_close(&tap);
	kvrmtap_close(&other_tap);
	kvrmguest_remove(&other_ga);
	kvrmguest_remove(&other_b);
	kvrmpools_teardown(&tree);
}
