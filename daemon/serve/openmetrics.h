/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Metrics as text: OpenMetrics 1.0, or the Prometheus format 0.0.4 for older collectors. Pure:
 * from a snapshot to text, no clock, no I/O. The families are those of include/kvrm/metrics.h.
 */
#ifndef DAEMON_SERVE_OPENMETRICS_H
#define DAEMON_SERVE_OPENMETRICS_H

#include <stddef.h>
#include <stdint.h>

#include "daemon/model/sample.h"
#include "kvrm/metrics.h"

enum openmetrics_format {
	OPENMETRICS_TEXT,	/* OpenMetrics 1.0.0 */
	OPENMETRICS_PROMETHEUS, /* Prometheus text format 0.0.4 */
};

/**
 * struct openmetrics_vm - one virtual system
 * @uuid: text
 * @name: text
 * @state: now
 * @memory_bytes: it is defined with; 0: not known
 * @memory_reservation_bytes: never reclaimed
 * @memory_applied_bytes: of that in force
 * @memory_overhead_bytes: what its QEMU is counted with beside
 * @memory_limit_bytes: never exceeded by both; 0: unlimited
 * @memory_weight: share while memory is short; 0: not known
 * @memory_limit_applied_bytes: read back from memory.max; 0: unlimited or not running
 * @memory_left_bytes: that its balloon leaves it; 0: not known
 * @reservation_us: guaranteed, µs of CPU time per second
 * @weight: share of what reservations leave; 0: not known
 * @limit_us: processor limit asked for, µs of CPU time per second; 0: unlimited
 * @limit_applied_us: read back from cpu.max; 0: unlimited, not running or not known
 * @started_us: when QEMU was started, CLOCK_REALTIME; 0: does not run
 * @nics: network cards, @n_nics of them
 * @disks: disks, @n_disks of them
 * @sample: last one; NULL: none
 */
struct openmetrics_vm {
	const char *uuid;
	const char *name;
	enum kvrm_vm_state state;
	uint64_t memory_bytes;
	uint64_t memory_reservation_bytes;
	uint64_t memory_applied_bytes;
	uint64_t memory_overhead_bytes;
	uint64_t memory_limit_bytes;
	uint32_t memory_weight;
	uint64_t memory_limit_applied_bytes;
	uint64_t memory_left_bytes;
	uint64_t reservation_us;
	uint32_t weight;
	uint64_t limit_us;
	uint64_t limit_applied_us;
	uint64_t started_us;
	const struct definition_nic *nics;
	size_t n_nics;
	const struct definition_disk *disks;
	size_t n_disks;
	const struct vm_sample *sample;
};

/**
 * struct openmetrics_pool - one pool; µs of CPU time per second, or bytes of memory
 * @name: text
 * @parent: pool it is carved out of; "" of the root
 * @capacity_us: what reservations may take
 * @reserved_us: what they take
 * @unreserved_us: the largest that one more member could get
 * @limit_us: for all members; 0: unlimited
 * @weight: share of what reservations leave
 * @memory_capacity_bytes: what memory reservations may take
 * @memory_reserved_bytes: what they take
 * @memory_unreserved_bytes: the largest that one more member could get
 * @memory_used_bytes: charged to it; 0: not known
 * @members: directly in it
 * @flow_known: the module measures it; else the rest is nothing
 * @used_us: by its members
 * @demand_us: what they would use if nothing held them back
 * @entitled_us: what it is due
 */
struct openmetrics_pool {
	const char *name;
	const char *parent;
	uint64_t capacity_us;
	uint64_t reserved_us;
	uint64_t unreserved_us;
	uint64_t limit_us;
	uint32_t weight;
	uint64_t memory_capacity_bytes;
	uint64_t memory_reserved_bytes;
	uint64_t memory_unreserved_bytes;
	uint64_t memory_used_bytes;
	uint64_t members;
	bool flow_known;
	uint64_t used_us;
	uint64_t demand_us;
	uint64_t entitled_us;
};

/**
 * struct openmetrics_uplink_direction - one direction of an uplink or part; bytes per second
 * @capacity: what reservations may take
 * @reserved: what they take
 * @unreserved: the largest that one more NIC could get
 * @limit: of a part; 0: unlimited
 * @weight: of a part: share among its siblings
 * @used: what passes; measured, as all that follows
 * @demand: what its NICs want
 * @entitled: what it is due
 * @contended: 1: NICs are held to what they are due
 */
struct openmetrics_uplink_direction {
	uint64_t capacity;
	uint64_t reserved;
	uint64_t unreserved;
	uint64_t limit;
	uint64_t weight;
	uint64_t used;
	uint64_t demand;
	uint64_t entitled;
	uint64_t contended;
};

/**
 * struct openmetrics_uplink - one uplink, or a part of one
 * @name: text
 * @parent: what it is carved out of; "" of an uplink
 * @bridge: whose NICs are on it; "" if none's
 * @members: directly in it
 * @flow_known: the module measures it
 * @directions: both
 */
struct openmetrics_uplink {
	const char *name;
	const char *parent;
	const char *bridge;
	uint64_t members;
	bool flow_known;
	struct openmetrics_uplink_direction directions[NIC_DIRECTIONS];
};

/**
 * struct openmetrics_snapshot - all that is shown at one moment; refers to memory of the caller
 * @host: of the host
 * @memory_reserve_bytes: what the host keeps of its memory
 * @vms: every virtual system, running or not, in the order in which they are to be written
 * @n_vms: how many
 * @pools: every pool, likewise
 * @n_pools: how many
 * @uplinks: every uplink and part, likewise
 * @n_uplinks: how many
 * @admitted: changes that reservations were admitted for
 * @refused: and that they were not
 */
struct openmetrics_snapshot {
	struct host_sample host;
	uint64_t memory_reserve_bytes;
	const struct openmetrics_vm *vms;
	size_t n_vms;
	const struct openmetrics_pool *pools;
	size_t n_pools;
	const struct openmetrics_uplink *uplinks;
	size_t n_uplinks;
	uint64_t admitted;
	uint64_t refused;
};

/**
 * openmetrics_write() - a snapshot as text
 * @snapshot: what to write
 * @format: how
 * @ret_text: to be freed; ends with NUL, which @ret_size does not count
 * @ret_size: bytes
 *
 * Return: 0 or -ENOMEM.
 */
int openmetrics_write(const struct openmetrics_snapshot *snapshot, enum openmetrics_format format,
		      char **ret_text, size_t *ret_size);

/**
 * openmetrics_content_type() - what to send as Content-Type
 * @format: as for openmetrics_write()
 *
 * Return: static text.
 */
const char *openmetrics_content_type(enum openmetrics_format format);

/**
 * openmetrics_negotiate() - the format that a collector likes best
 * @accept: value of its Accept header; NULL: none
 *
 * Return: OpenMetrics if it is accepted with a quality not below that of text/plain, else
 * Prometheus text, which everybody reads.
 */
enum openmetrics_format openmetrics_negotiate(const char *accept);

#endif
