/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The module's netlink family, see Documentation/netlink/kvrm.md.
 *
 * Requests are answered by the kernel at once and are made synchronously, on a socket of their own
 * with a timeout of five seconds. Notifications arrive through the event loop on a second socket.
 * A third one hears generic netlink's controller tell that the family appears and vanishes, so the
 * module may be loaded, unloaded and loaded again at any time.
 *
 * Errors of all requests, with a sentence in ret_error (to be freed; may be NULL): -ENODEV: the
 * module is not loaded; -ETIMEDOUT; -EPROTO: the answer makes no sense; -EINTR: a dump was
 * interrupted too often by changes; or what the module refused with, and then its own sentence.
 *
 * Pools and changes of several guests and pools at once are in genl-pool.h.
 */
#ifndef DAEMON_WIRE_GENL_H
#define DAEMON_WIRE_GENL_H

#include <linux/kvrm.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "kvrm/metrics.h"

struct genl_client;
struct genl_pool;

/**
 * struct genl_host - answer of host-get
 * @abi: that the module speaks
 * @version: of the module
 * @cpus_online: CPUs
 * @cpu_capacity_us: µs of CPU time per second
 * @kvm_present: kvm.ko is loaded
 * @guests: registered
 * @generation: raised each time a guest is added or removed
 * @pools: pools, the root included; 0: the module knows none
 * @host_reserve_us: what reservations leave to the host itself, µs of CPU time per second
 * @control_interval_us: how often entitlements are computed while guests compete
 * @sched_ext: a sched_ext scheduler is attached, which need not heed cpu.weight and cpu.max
 * @sched_ext_known: the kernel can have one; @sched_ext is false if not
 * @vcpu_excess_ns: by how much the states of a virtual CPU ever summed up to too much time
 * @vcpu_excess_known: whether the module tells that; an older one does not
 * @cpu_limiter: what holds processor limits; an older module does not say, and has cpu.max only
 * @memory_capacity_bytes: memory that the host's kernel manages
 * @memory_reserve_bytes: what memory reservations leave to the host itself
 * @probes: groups of probes that the kernel offers now, KVRM_PROBE_*
 * @probes_known: whether the module tells that; an older one does not, and has no probes
 */
struct genl_host {
	uint32_t abi;
	char version[32];
	uint32_t cpus_online;
	uint64_t cpu_capacity_us;
	bool kvm_present;
	uint32_t guests;
	uint32_t generation;
	uint32_t pools;
	uint64_t host_reserve_us;
	uint32_t control_interval_us;
	bool sched_ext;
	bool sched_ext_known;
	uint64_t vcpu_excess_ns;
	bool vcpu_excess_known;
	enum kvrm_cpu_limiter cpu_limiter;
	uint64_t memory_capacity_bytes;
	uint64_t memory_reserve_bytes;
	uint32_t probes;
	bool probes_known;
};

/**
 * struct genl_cpu_alloc - what a guest or a pool is to get of the processors
 * @reservation_us: guaranteed, µs of CPU time per second; 0: nothing
 * @limit_us: never exceeded, µs of CPU time per second, at least KVRM_CPU_LIMIT_MIN_US;
 *	0: unlimited
 * @weight: share of what reservations leave, KVRM_CPU_WEIGHT_MIN to KVRM_CPU_WEIGHT_MAX
 * @vcpu_limit_us: of a guest: never exceeded by any single virtual CPU, µs of CPU time per second,
 *	KVRM_CPU_LIMIT_MIN_US to 1000000; 0: unlimited. Needs KVRM_CPU_LIMITER_TASK_WORK. Of a pool it is
 *	not looked at
 */
struct genl_cpu_alloc {
	uint64_t reservation_us;
	uint64_t limit_us;
	uint32_t weight;
	uint64_t vcpu_limit_us;
};

/**
 * struct genl_memory_alloc - what a guest or a pool is to get of the memory, whole pages
 * @reservation_bytes: never reclaimed
 * @overhead_bytes: of a guest: what its process needs beside, admitted and protected on top. Of a pool it
 *	is not looked at
 * @limit_bytes: of a guest: what it is throttled below, at least KVRM_MEMORY_LIMIT_MIN_BYTES; 0: unlimited.
 *	Of a pool it is not looked at
 * @weight: share among its siblings while there is not enough, KVRM_MEMORY_WEIGHT_MIN to
 *	KVRM_MEMORY_WEIGHT_MAX
 */
struct genl_memory_alloc {
	uint64_t reservation_bytes;
	uint64_t overhead_bytes;
	uint64_t limit_bytes;
	uint32_t weight;
};

/**
 * struct genl_guest - a guest as the module knows it
 * @id: given by the module, not 0
 * @uuid: given by who registered it
 * @name: likewise
 * @cgroup_id: inode of its cgroup's directory
 * @pid: process that owns the virtual machine
 * @limit_us: µs of CPU time per second; 0: unlimited
 * @quota_us: in cpu.max; 0: none
 * @period_us: in cpu.max; 0: none
 * @vcpus: virtual CPUs
 * @limited_ns: time its cgroup was held back since registration
 * @usage_ns: CPU time of its cgroup since registration
 * @pool_id: pool it is in; 0: the module knows no pools, as with the following
 * @reservation_us: guaranteed, µs of CPU time per second
 * @weight: share of what reservations leave
 * @demand_us: what it would use if nothing held it back, µs of CPU time per second
 * @used_us: what it uses, likewise
 * @entitled_us: what it is due now, likewise
 * @weight_applied: last written to cpu.weight; 0: cpu.weight is left alone
 * @reasserted: how often its cpu.max, cpu.weight, memory.min, memory.low or memory.high was found
 *	changed and put back
 * @vcpu_limit_us: of each virtual CPU, µs of CPU time per second; 0: unlimited
 * @memory_reservation_bytes: never reclaimed
 * @memory_overhead_bytes: likewise, beside the guest's memory
 * @memory_limit_bytes: that it is throttled below; 0: unlimited
 * @memory_weight: share while there is not enough; 0: the module knows none
 * @memory_entitled_bytes: what it is due now
 * @memory_active_known: whether it is known how much memory it has touched of late
 * @memory_active_bytes: how much that is
 * @sample_rate_hz: how often it is sampled into the sample ring, per second; 0: not at all
 * @probes: groups of probes on its virtual CPUs, KVRM_PROBE_*; of an older module 0
 * @samples_missed: samples that it has missed there
 * @samples_known: both are; an older module does not tell
 * @stalls_known: it tells how its limits held virtual CPUs back, as follows
 * @stalls: how often, as KVRM_A_GUEST_LIMIT_STALLS
 * @stall_ns: for how long together
 * @overhead_known: bit K is set if that of kind K came
 * @overhead_ns: CPU time of its process's threads that run no virtual CPU, by enum kvrm_cpu_overhead
 *
 * A guest that was removed has @id, @uuid, @name and @cgroup_id only; the rest is 0.
 */
struct genl_guest {
	uint32_t id;
	uint8_t uuid[KVRM_UUID_LEN];
	char name[KVRM_GUEST_NAME_MAX + 1];
	uint64_t cgroup_id;
	uint32_t pid;
	uint64_t limit_us;
	uint64_t quota_us;
	uint64_t period_us;
	uint32_t vcpus;
	uint64_t limited_ns;
	uint64_t usage_ns;
	uint32_t pool_id;
	uint64_t reservation_us;
	uint32_t weight;
	uint64_t demand_us;
	uint64_t used_us;
	uint64_t entitled_us;
	uint32_t weight_applied;
	uint64_t reasserted;
	uint64_t vcpu_limit_us;
	uint64_t memory_reservation_bytes;
	uint64_t memory_overhead_bytes;
	uint64_t memory_limit_bytes;
	uint32_t memory_weight;
	uint64_t memory_entitled_bytes;
	bool memory_active_known;
	uint64_t memory_active_bytes;
	uint32_t sample_rate_hz;
	uint32_t probes;
	uint64_t samples_missed;
	bool samples_known;
	bool stalls_known;
	uint64_t stalls[KVRM_LIMIT_STALL_BUCKETS];
	uint64_t stall_ns;
	uint32_t overhead_known;
	uint64_t overhead_ns[KVRM_CPU_OVERHEAD_COUNT];
};

/**
 * struct genl_guest_change - what is to become of a guest
 * @name: at most KVRM_GUEST_NAME_MAX bytes; NULL: keep
 * @cgroup_fd: directory of the cgroup that its process was moved to; -1: keep
 * @pool_id: pool; 0: keep
 * @alloc: whole allocation of the processors; NULL: keep
 * @memory: of the memory; NULL: keep
 * @sample_rate_hz: how often it is sampled into the sample ring, 1 to KVRM_SAMPLE_RATE_MAX_HZ per second; 0: keep
 * @set_probes: @probes is what it is to have, KVRM_PROBE_*, 0 for none; else: keep. An older module refuses it
 * @probes: if @set_probes
 * @adopted: to be added as one whose cgroup is somebody else's, see KVRM_A_GUEST_ADOPTED
 */
struct genl_guest_change {
	const char *name;
	int cgroup_fd;
	uint32_t pool_id;
	const struct genl_cpu_alloc *alloc;
	const struct genl_memory_alloc *memory;
	uint32_t sample_rate_hz;
	bool set_probes;
	uint32_t probes;
	bool adopted;
};

/**
 * struct genl_vcpu - a virtual CPU as the module knows it
 * @guest_id: guest
 * @index: of the virtual CPU
 * @tid: its thread; 0: has not run yet
 * @value: of counters, by attribute, KVRM_A_VCPU_RUNNING_NS to KVRM_A_VCPU_MAX
 * @known: bit A is set if attribute A came, see genl_vcpu_knows()
 */
struct genl_vcpu {
	uint32_t guest_id;
	uint32_t index;
	uint32_t tid;
	uint64_t value[KVRM_A_VCPU_MAX + 1];
	uint32_t known;
};

static inline bool genl_vcpu_knows(const struct genl_vcpu *vcpu, int attribute)
{
	return vcpu->known >> attribute & 1;
}

enum genl_change {
	GENL_GUEST_ADDED,
	GENL_GUEST_CHANGED,
	GENL_GUEST_REMOVED,
	GENL_POOL_ADDED,
	GENL_POOL_CHANGED,
	GENL_POOL_REMOVED,
};

/**
 * struct genl_callbacks - what the client tells, always from the event loop; each may be NULL
 * @up: the module was loaded. Its guests and pools are not known: dump them
 * @down: the module was unloaded
 * @guest: a guest was added, changed or removed; @reason is for GENL_GUEST_REMOVED
 * @pool: a pool was added, changed or removed; of a removed one only the id and the name are given.
 *	Never called by a module that knows no pools
 * @resync: notifications were lost: dump again
 *
 * Freeing the client inside a callback is not allowed.
 */
struct genl_callbacks {
	void (*up)(void *data);
	void (*down)(void *data);
	void (*guest)(enum genl_change change, const struct genl_guest *guest,
		      enum kvrm_removal_reason reason, void *data);
	void (*pool)(enum genl_change change, const struct genl_pool *pool, void *data);
	void (*resync)(void *data);
};

/**
 * genl_client_new() - open the sockets; the module need not be loaded
 * @event: loop
 * @callbacks: copied
 * @data: for @callbacks
 * @ret: to be freed with genl_client_free()
 * @ret_error: on failure a sentence to be freed; may be NULL
 *
 * Whether the module is loaded now tells genl_client_is_up(); @callbacks tells changes only.
 *
 * Return: 0 or a negative errno.
 */
int genl_client_new(sd_event *event, const struct genl_callbacks *callbacks, void *data,
		    struct genl_client **ret, char **ret_error);

/**
 * genl_client_free() - close the sockets
 * @client: may be NULL
 *
 * Return: NULL.
 */
struct genl_client *genl_client_free(struct genl_client *client);

/**
 * genl_client_is_up() - whether the module is loaded, as far as was heard
 * @client: client
 */
bool genl_client_is_up(const struct genl_client *client);

/**
 * genl_host_get() - ask for the module's version and the host's capacity
 * @client: client
 * @ret: filled in
 * @ret_error: see top
 *
 * Return: 0 or a negative errno, see top.
 */
int genl_host_get(struct genl_client *client, struct genl_host *ret, char **ret_error);

/**
 * genl_guest_get() - ask for one guest
 * @client: client
 * @id: of the guest
 * @ret: filled in
 * @ret_error: see top
 *
 * Return: 0 or a negative errno, see top; -ENOENT: no such guest.
 */
int genl_guest_get(struct genl_client *client, uint32_t id, struct genl_guest *ret,
		   char **ret_error);

/**
 * genl_guest_add() - register the guest that lives in a cgroup, and apply its allocation
 * @client: client
 * @uuid: 16 bytes, not all zero
 * @guest: its name, cgroup_fd and alloc must be given; what else is kept in a change is here: the root
 *	(pool_id), no memory
 * @ret: filled in; may be NULL
 * @ret_error: see top
 *
 * Return: 0 or a negative errno, see top; -EEXIST: UUID or cgroup is registered already; -ERANGE:
 * limit or weight; -ENOENT: no such pool; -ENOSPC: a pool lacks what is to be reserved; -EXDEV: the
 * cgroup does not lie directly in that of the pool; -EOPNOTSUPP: virtual CPUs cannot be limited, or there is no
 * memory.min.
 */
int genl_guest_add(struct genl_client *client, const uint8_t *uuid,
		   const struct genl_guest_change *guest, struct genl_guest *ret, char **ret_error);

/**
 * genl_guest_set() - change a guest
 * @client: client
 * @id: of the guest
 * @change: what is to change
 * @ret_error: see top
 *
 * Return: 0 or a negative errno as of genl_guest_add(); nothing has changed then.
 */
int genl_guest_set(struct genl_client *client, uint32_t id, const struct genl_guest_change *change,
		   char **ret_error);

/**
 * genl_guest_del() - forget a guest; its cpu.max and cpu.weight stay as they are, unless it is adopted: then
 *	cpu.max becomes what it was
 * @client: client
 * @id: of the guest
 * @ret_error: see top
 *
 * Return: 0 or a negative errno, see top; -ENOENT: no such guest.
 */
int genl_guest_del(struct genl_client *client, uint32_t id, char **ret_error);

/**
 * genl_guest_dump() - all guests, at one moment
 * @client: client
 * @ret: array to be freed; NULL if there are none
 * @ret_n: how many
 * @ret_error: see top
 *
 * Return: 0 or a negative errno, see top.
 */
int genl_guest_dump(struct genl_client *client, struct genl_guest **ret, size_t *ret_n,
		    char **ret_error);

/**
 * genl_vcpu_dump() - virtual CPUs with their counters
 * @client: client
 * @guest_id: of one guest; 0: of all
 * @ret: array to be freed; NULL if there are none; guest by guest
 * @ret_n: how many
 * @ret_error: see top
 *
 * Return: 0 or a negative errno, see top; -ENOENT: no such guest.
 */
int genl_vcpu_dump(struct genl_client *client, uint32_t guest_id, struct genl_vcpu **ret,
		   size_t *ret_n, char **ret_error);

#endif
