/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records of the sample ring (linux/kvrm_samples.h) as they are written now. Readers need not know
 * this: the table of columns tells them.
 */
#ifndef KVRM_SAMPLE_H
#define KVRM_SAMPLE_H

#include <linux/kvrm_samples.h>

#include "kvrm/arith.h"

#define KVRM_SAMPLE_UUID_BYTES	 16
#define KVRM_SAMPLE_NAME_BYTES	 64
#define KVRM_SAMPLE_DEVICE_BYTES 16

/**
 * struct kvrm_sample_guest - of a guest
 * @uuid: its UUID
 * @name: for people
 * @usage_ns: CPU time of everything in its cgroup since registration
 * @limited_ns: time it was held back by its own limits, summed over CPUs and virtual CPUs
 * @cpu_limit_us: processor limit, µs of CPU time per second; 0: none
 * @vcpu_limit_us: of each virtual CPU, likewise
 * @memory_bytes: that is charged to its cgroup; KVRM_SAMPLES_UNKNOWN: not accounted for
 * @swap_bytes: of it in swap; likewise
 * @vcpus: virtual CPUs
 * @rate_hz: how often it is sampled
 * @missed: samples of it that were not taken, because their time had passed
 */
struct kvrm_sample_guest {
	uint8_t uuid[KVRM_SAMPLE_UUID_BYTES];
	char name[KVRM_SAMPLE_NAME_BYTES];
	uint64_t usage_ns;
	uint64_t limited_ns;
	uint64_t cpu_limit_us;
	uint64_t vcpu_limit_us;
	uint64_t memory_bytes;
	uint64_t swap_bytes;
	uint64_t vcpus;
	uint64_t rate_hz;
	uint64_t missed;
};

/**
 * struct kvrm_sample_vcpu - of a virtual CPU, since it was registered
 * @running_ns: CPU time
 * @ready_ns: time it waited for others
 * @limited_ns: time it waited for its own limit or its guest's
 * @halted_ns: time the guest had it halted
 * @waiting_ns: time its thread slept for something else
 * @exits: exits from the guest, of all kinds; those that follow are KVM's own classes
 * @io_exits: port I/O
 * @mmio_exits: memory-mapped I/O
 * @halt_exits: halts
 * @irq_exits: interrupts of the host
 * @irq_window_exits: to deliver an interrupt
 * @signal_exits: signals for its thread
 * @request_irq_exits: the device model wanted to deliver an interrupt
 * @hypercalls: hypercalls
 * @insn_emulation: emulated instructions
 * @page_faults: faults of guest pages, taken
 */
struct kvrm_sample_vcpu {
	uint64_t running_ns;
	uint64_t ready_ns;
	uint64_t limited_ns;
	uint64_t halted_ns;
	uint64_t waiting_ns;
	uint64_t exits;
	uint64_t io_exits;
	uint64_t mmio_exits;
	uint64_t halt_exits;
	uint64_t irq_exits;
	uint64_t irq_window_exits;
	uint64_t signal_exits;
	uint64_t request_irq_exits;
	uint64_t hypercalls;
	uint64_t insn_emulation;
	uint64_t page_faults;
};

/**
 * struct kvrm_sample_flow - of one direction of a NIC, since it was added
 * @bytes: passed, on the wire
 * @packets: passed
 * @delayed_packets: ever held back
 * @dropped_packets: dropped, for whatever reason
 * @limited_ns: time in which packets were held back
 * @queued_bytes: held back at the record's time
 * @limit_bytes_per_s: its limit then; 0: none
 * @limit_packets_per_s: likewise
 */
struct kvrm_sample_flow {
	uint64_t bytes;
	uint64_t packets;
	uint64_t delayed_packets;
	uint64_t dropped_packets;
	uint64_t limited_ns;
	uint64_t queued_bytes;
	uint64_t limit_bytes_per_s;
	uint64_t limit_packets_per_s;
};

/**
 * struct kvrm_sample_nic - of a NIC
 * @device: name of the network device on the host
 * @to_guest: one direction
 * @from_guest: the other
 */
struct kvrm_sample_nic {
	char device[KVRM_SAMPLE_DEVICE_BYTES];
	struct kvrm_sample_flow to_guest;
	struct kvrm_sample_flow from_guest;
};

/**
 * struct kvrm_sample - a record
 * @head: its sequence is the ring's
 * @words: all of it but the head; first, so that what is not used is 0 wherever the rest is
 * @guest: if head.kind says so; likewise the next
 * @vcpu: see above
 * @nic: see above
 */
struct kvrm_sample {
	struct kvrm_samples_record head;
	union {
		uint64_t words[20];
		struct kvrm_sample_guest guest;
		struct kvrm_sample_vcpu vcpu;
		struct kvrm_sample_nic nic;
	};
};

extern const struct kvrm_samples_column kvrm_sample_columns[];
extern const uint32_t kvrm_sample_columns_count;

#endif
