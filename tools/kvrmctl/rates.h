/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KVRMCTL_RATES_H
#define KVRMCTL_RATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kvrm/metrics.h"

struct json_object;

/**
 * struct rates - what a system did between two samples
 * @interval_us: between them; 0 if there are no two
 * @used: CPU time, in CPUs: 1 is one CPU all the time; NAN if not known, as all below
 * @running: in the guest or on its behalf, sum over its virtual CPUs, in CPUs
 * @ready: wanted a CPU and had none; likewise
 * @limited: held back by the limit; likewise
 * @halted: waited for interrupts; likewise
 * @waiting: waited for QEMU, memory, a disk or a lock; likewise
 * @guest: of @running what was the guest's; likewise
 * @kernel: what was the host's kernel's; likewise
 * @user: what was QEMU's; likewise
 * @emulator: QEMU's threads that run no virtual CPU and are none of the next two, in CPUs
 * @io: its I/O threads, likewise
 * @vhost: vhost's workers, likewise
 * @demand: what it would use now if nothing held it back, in CPUs; of the second sample
 * @entitled: what it is due now; likewise
 * @exits_per_s: exits from the guest per second
 * @memory_bytes: at the second sample; 0 if not known
 * @memory_active_bytes: of the guest's memory, touched in the last seconds; likewise, NAN if not known
 * @memory_swapped_bytes: of its memory in the host's swap; likewise
 * @major_faults_per_s: page faults for which something had to be read
 * @memory_pressure: part of the time in which at least one of its threads waited for memory
 */
struct rates {
	uint64_t interval_us;
	double used;
	double running;
	double ready;
	double limited;
	double halted;
	double waiting;
	double guest;
	double kernel;
	double user;
	double emulator;
	double io;
	double vhost;
	double demand;
	double entitled;
	double exits_per_s;
	uint64_t memory_bytes;
	double memory_active_bytes;
	double memory_swapped_bytes;
	double major_faults_per_s;
	double memory_pressure;
};

/**
 * struct vcpu_rates - what a virtual CPU did between two samples; NAN if not known
 * @running: part of the time in which it was in the guest or worked on its behalf
 * @ready: wanted a CPU and had none; likewise
 * @limited: held back by the limit; likewise
 * @halted: waited for interrupts; likewise
 * @waiting: waited for QEMU, memory, a disk or a lock; likewise
 * @guest: of @running what was the guest's; likewise
 * @kernel: what was the host's kernel's; likewise
 * @user: what was QEMU's; likewise
 * @exits_per_s: exits from the guest per second
 */
struct vcpu_rates {
	double running;
	double ready;
	double limited;
	double halted;
	double waiting;
	double guest;
	double kernel;
	double user;
	double exits_per_s;
};

/**
 * struct nic_rates - what passed through one direction of a NIC between two samples; NAN if not known
 * @bytes_per_s: bytes
 * @packets_per_s: packets
 * @limited: part of the time in which at least one packet was held back
 * @delayed_per_s: packets that were held back
 * @dropped_per_s: packets that were dropped
 * @queued_bytes: held back at the second sample
 * @demand_bytes_per_s: what it wants of its uplink then; NAN also if it is on none
 * @entitled_bytes_per_s: what it is due of it; likewise
 * @dropped_by_per_s: packets that were dropped, by enum kvrm_drop; NAN also if only their sum is known
 */
struct nic_rates {
	double bytes_per_s;
	double packets_per_s;
	double limited;
	double delayed_per_s;
	double dropped_per_s;
	double queued_bytes;
	double demand_bytes_per_s;
	double entitled_bytes_per_s;
	double dropped_by_per_s[KVRM_DROP_COUNT];
};

/**
 * struct disk_rates - what one direction of a disk did between two samples; NAN if not known
 * @bytes_per_s: bytes
 * @operations_per_s: requests
 * @time_s: that each request took, on average; NAN also if there was none
 * @failed_per_s: requests that failed
 */
struct disk_rates {
	double bytes_per_s;
	double operations_per_s;
	double time_s;
	double failed_per_s;
};

uint64_t rates_time_us(struct json_object *sample);
double rates_overhead(const struct rates *rates);
bool rates_compute(struct json_object *before, struct json_object *after, struct rates *ret);
void rates_compute_vcpu(struct json_object *before, struct json_object *after, uint64_t index,
			struct vcpu_rates *ret);
const char *rates_drop_key(enum kvrm_drop reason);
void rates_forget_nic(struct nic_rates *ret);
void rates_compute_nic(struct json_object *before, struct json_object *after, size_t index,
		       const char *direction, struct nic_rates *ret);
void rates_compute_disk(struct json_object *before, struct json_object *after, size_t index,
			const char *direction, struct disk_rates *ret);

#endif
