/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A virtual system: what is wanted of it, and what is observed.
 */
#ifndef KVRM_SYSTEM_H
#define KVRM_SYSTEM_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/model/adoption.h"
#include "daemon/model/definition.h"
#include "daemon/model/sample.h"
#include "daemon/util/slice.h"
#include "kvrm/node.h"

/*
 * States, as Documentation/dbus/org.kvrm1.VirtualSystem.md has them. Only in SYSTEM_DEFINED there
 * is no QEMU; in all others struct system.runtime is set and main_pid may be. An adopted one is always
 * SYSTEM_ACTIVE, and has no runtime and no place in the tree of pools.
 */
enum system_state {
	SYSTEM_DEFINED,
	SYSTEM_STARTING,
	SYSTEM_ACTIVE,
	SYSTEM_PAUSED,
	SYSTEM_STOPPING,
	SYSTEM_STATE_COUNT,
};

enum system_operation {
	SYSTEM_OP_START,
	SYSTEM_OP_STOP,
	SYSTEM_OP_KILL,
	SYSTEM_OP_PAUSE,
	SYSTEM_OP_RESUME,
	SYSTEM_OP_RESET,
	SYSTEM_OP_DELETE,
	SYSTEM_OP_REDEFINE,
	SYSTEM_OP_ALLOCATE,
	SYSTEM_OP_SET,
	SYSTEM_OP_MOVE,
	SYSTEM_OP_CONSOLE,
	SYSTEM_OP_COUNT,
};

struct uplink_member;

enum system_enforcer {
	SYSTEM_ENFORCED_NOT,
	SYSTEM_ENFORCED_CGROUP,
	SYSTEM_ENFORCED_MODULE,
};

enum nic_enforcer {
	NIC_ENFORCED_NOT,
	NIC_ENFORCED_TC,     /* the kernel's traffic control drops what is too much */
	NIC_ENFORCED_MODULE, /* senders wait */
};

/* What the balloon of a guest does. */
enum balloon_state {
	BALLOON_UNKNOWN, /* there is no QEMU, or it has not said */
	BALLOON_SETTLED, /* it has what was asked for */
	BALLOON_MOVING,	 /* it is on its way */
	BALLOON_SILENT,	 /* the guest does not do what was asked for */
	BALLOON_ABSENT,	 /* QEMU has none */
};

/**
 * struct system_nic - a NIC as it is
 * @ifname: of its tap; "" if there is none
 * @enforced_by: who holds its limits, if it has any
 * @shares: and the module holds what it has of its uplink
 * @member: as uplinks know it; NULL: it was never on one since its system was started
 */
struct system_nic {
	char ifname[DEFINITION_BRIDGE_MAX + 1];
	enum nic_enforcer enforced_by;
	bool shares;
	struct uplink_member *member;
};

/**
 * struct system_disk - a disk as it is
 * @enforced: QEMU has said that it holds the limits that are wanted, or none if there are none
 * @size_bytes: as the guest sees it; 0: QEMU has not said
 */
struct system_disk {
	bool enforced;
	uint64_t size_bytes;
};

/**
 * struct system - a virtual system
 * @definition: owned; pool and allocation in it are the wanted ones
 * @node: in the tree of pools as long as it has a QEMU; see admission.h
 * @overhead_bytes: memory that its QEMU is counted with beside what is reserved
 * @state: now
 * @state_since_us: when it came to be in @state, or was found there, CLOCK_REALTIME; 0: it was in no other
 * @requested_state: that a client asked for last with RequestStateChange, as DSP1057 counts; 0: none
 * @busy: an operation that changes it is under way; others are refused
 * @progress_percent: how much of that is done, below 100; 0: nothing yet, or it is not known
 * @reason: why it is in @state; owned
 * @limit_applied_us: read back from cpu.max; 0: unlimited or no QEMU
 * @vcpu_limit_applied_us: that the module holds of each virtual CPU; 0: unlimited or no QEMU
 * @memory_base_bytes: memory that its QEMU was started with; 0: no QEMU, or not known
 * @memory_plugged_bytes: that its guest has taken beside, of what can be plugged in, as QEMU says
 * @memory_applied_bytes: of its memory reservation what memory.min says, less the overhead; 0 if no QEMU
 * @memory_limit_applied_bytes: read back from memory.max; 0: unlimited or no QEMU
 * @balloon: what its balloon does
 * @balloon_left_bytes: memory that it leaves the guest, also of what was plugged in, as QEMU says; 0: not known
 * @sample_rate_applied_hz: as the module has it; 0: it does not know the guest, or somebody wanted no samples
 * @probes_applied: that the module has on its virtual CPUs, KVRM_PROBE_*
 * @storage_weight_applied: as io.weight says, 100 where there is none; 0: no QEMU
 * @enforced_by: who holds the limit
 * @main_pid: QEMU; 0: none
 * @control_group: its cgroup, as systemd names it; "" if none
 * @started_us: when QEMU was started, CLOCK_REALTIME; 0: does not run
 * @nics: as in the definition
 * @disks: likewise
 * @sample: last one; time_us is 0 if there is none
 * @adoption: somebody else has started it and manages it; owned. NULL: kvrmd does
 * @runtime: who drives its QEMU; not this file's business
 * @told_us: when it was announced last that it has changed, CLOCK_MONOTONIC; 0: never. serve/'s
 * @untold: it has changed since, and it will be announced; likewise
 */
struct system {
	struct definition *definition;
	struct kvrm_node node;
	uint64_t overhead_bytes;
	enum system_state state;
	uint64_t state_since_us;
	uint16_t requested_state;
	bool busy;
	uint16_t progress_percent;
	char *reason;
	uint64_t limit_applied_us;
	uint64_t vcpu_limit_applied_us;
	uint64_t memory_base_bytes;
	uint64_t memory_plugged_bytes;
	uint64_t memory_applied_bytes;
	uint64_t memory_limit_applied_bytes;
	enum balloon_state balloon;
	uint64_t balloon_left_bytes;
	uint32_t sample_rate_applied_hz;
	uint32_t probes_applied;
	uint32_t storage_weight_applied;
	enum system_enforcer enforced_by;
	uint32_t main_pid;
	char control_group[SLICE_PATH_SIZE];
	uint64_t started_us;
	struct system_nic nics[DEFINITION_NICS_MAX];
	struct system_disk disks[DEFINITION_DISKS_MAX];
	struct vm_sample sample;
	struct adoption *adoption;
	void *runtime;
	uint64_t told_us;
	bool untold;
};

struct system *system_new(struct definition *definition);
struct system *system_of(const struct kvrm_node *node);
struct system *system_free(struct system *system);
const char *system_state_name(enum system_state state);
const char *balloon_state_name(enum balloon_state state);
const char *nic_enforcer_name(enum nic_enforcer enforcer);
const char *system_enforcer_name(enum system_enforcer enforcer);
uint64_t system_memory(const struct system *system);
void system_remove_nic(struct system *system, size_t index);
int system_check(const struct system *system, enum system_operation op, char **ret_error);
void system_set_state(struct system *system, enum system_state state, const char *reason);
void system_ended(struct system *system, const char *reason);

#endif
