/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Metrics, as the one metric table in include/kvrm/metrics.h has them: what there is to be told of the host, its
 * virtual systems, pools and uplinks, as rows, and the points that each metric has of them. Pure: no clock, no I/O.
 * Whoever shows metrics gets them from here, so that all show the same.
 */
#ifndef KVRM_METRIC_MODEL_H
#define KVRM_METRIC_MODEL_H

#include "daemon/model/host.h"
#include "kvrm/metrics.h"

/**
 * struct metric_family - one line of the metric table
 * @name: without the kind's suffix
 * @kind: what it is
 * @unit: "" if none
 * @scale: decimal places of its values
 * @labels: names, separated by commas, in their order
 * @dmtf: name that DMTF has for it; "" if none
 * @help: sentences
 */
struct metric_family {
	const char *name;
	enum kvrm_metric_kind kind;
	const char *unit;
	enum kvrm_metric_scale scale;
	const char *labels;
	const char *dmtf;
	const char *help;
};

/**
 * struct metric_vm - one virtual system
 * @uuid: text
 * @name: text
 * @state: now
 * @memory_bytes: it is defined with; 0: not known
 * @memory_now_bytes: its guest has, with what was plugged in; if it does not run as before
 * @memory_pluggable: memory can be plugged in, and QEMU has said how much is
 * @memory_plugged_bytes: how much
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
struct metric_vm {
	const char *uuid;
	const char *name;
	enum kvrm_vm_state state;
	uint64_t memory_bytes;
	uint64_t memory_now_bytes;
	bool memory_pluggable;
	uint64_t memory_plugged_bytes;
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
 * struct metric_pool - one pool; µs of CPU time per second, or bytes of memory
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
 * @memory_limit_bytes: for all members; 0: unlimited
 * @memory_limit_applied_bytes: in force; likewise
 * @members: directly in it
 * @flow_known: the module measures it; else the rest is nothing
 * @used_us: by its members
 * @demand_us: what they would use if nothing held them back
 * @entitled_us: what it is due
 */
struct metric_pool {
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
	uint64_t memory_limit_bytes;
	uint64_t memory_limit_applied_bytes;
	uint64_t members;
	bool flow_known;
	uint64_t used_us;
	uint64_t demand_us;
	uint64_t entitled_us;
};

/**
 * struct metric_uplink_direction - one direction of an uplink or part; bytes per second
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
struct metric_uplink_direction {
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
 * struct metric_uplink - one uplink, or a part of one
 * @name: text
 * @parent: what it is carved out of; "" of an uplink
 * @bridge: whose NICs are on it; "" if none's
 * @members: directly in it
 * @flow_known: the module measures it
 * @directions: both
 */
struct metric_uplink {
	const char *name;
	const char *parent;
	const char *bridge;
	uint64_t members;
	bool flow_known;
	struct metric_uplink_direction directions[NIC_DIRECTIONS];
};

/**
 * struct metric_snapshot - all that is shown at one moment; refers to memory of the caller
 * @host: of the host
 * @memory_reserve_bytes: what the host keeps of its memory
 * @vms: every virtual system, running or not, in the order in which they are to be written
 * @n_vms: how many
 * @pools: every pool, likewise
 * @n_pools: how many
 * @uplinks: every uplink and part, likewise
 * @n_uplinks: how many
 * @states: how many virtual systems are in each state
 * @admitted: changes that reservations were admitted for
 * @refused: and that they were not
 */
struct metric_snapshot {
	struct host_sample host;
	uint64_t memory_reserve_bytes;
	const struct metric_vm *vms;
	size_t n_vms;
	const struct metric_pool *pools;
	size_t n_pools;
	const struct metric_uplink *uplinks;
	size_t n_uplinks;
	uint64_t states[KVRM_VM_STATE_COUNT];
	uint64_t admitted;
	uint64_t refused;
};

/* Whether all that it tells only ever grows. */
static inline bool metric_is_counted(const struct metric_family *family)
{
	return family->kind == KVRM_METRIC_KIND_COUNTER ||
	       family->kind == KVRM_METRIC_KIND_HISTOGRAM;
}

/* Whether its values are numbers that can be compared. */
static inline bool metric_is_number(const struct metric_family *family)
{
	return metric_is_counted(family) || family->kind == KVRM_METRIC_KIND_GAUGE;
}

/**
 * struct metric_histogram - how often something was measured, by what was measured
 * @counts: of each bucket, @n of them; what is in one is not in another one
 * @first: the largest value in the first one; each further one goes up to twice as much, the last one has no end
 * @n: at least 1
 */
struct metric_histogram {
	const uint64_t *counts;
	size_t n;
	uint64_t first;
};

/* Of one point. */
#define METRIC_LABELS_MAX 4

/**
 * struct metric_label - a label
 * @name: of it
 * @value: not escaped
 */
struct metric_label {
	const char *name;
	const char *value;
};

/**
 * struct metric_point - what a metric has to tell of one thing
 * @family: of the metric
 * @labels: in their order; those behind the last have no name
 * @value: times 10 to the power of the family's scale; of a state set 1 if it is in the state of the label; of a
 *	histogram all that was measured, together
 * @histogram: of a histogram, in the same scale; else nothing
 * @since_us: of what is counted: when it began, CLOCK_REALTIME; 0: not known
 * @time_us: when it was measured, CLOCK_REALTIME; 0: it was not measured, or now
 */
struct metric_point {
	const struct metric_family *family;
	struct metric_label labels[METRIC_LABELS_MAX];
	uint64_t value;
	struct metric_histogram histogram;
	uint64_t since_us;
	uint64_t time_us;
};

/* Gets each point, and all it refers to, for as long as it runs. */
typedef void metric_visit(const struct metric_point *point, void *data);

/* metric.c */
const struct metric_family *metric_family(enum kvrm_metric metric);
bool metric_is_sampled(enum kvrm_metric metric);
void metric_each(const struct metric_snapshot *snapshot, enum kvrm_metric metric,
		 metric_visit *visit, void *data);

/* metric-row.c: rows, from the model */
struct metric_vm metric_vm_row(const struct system *system);
struct metric_pool metric_pool_row(const struct host *host, const struct pool *pool);
struct metric_uplink metric_uplink_row(const struct host *host, const struct uplink *uplink);
void metric_host_rows(const struct host *host, struct metric_snapshot *ret);

#endif
