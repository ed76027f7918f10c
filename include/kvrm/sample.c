// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The table of columns of the sample ring; see sample.h.
 */
#include "kvrm/sample.h"

#define ALL   (GUEST | VCPU | NIC)
#define GUEST (1U << KVRM_SAMPLES_GUEST)
#define VCPU  (1U << KVRM_SAMPLES_VCPU)
#define NIC   (1U << KVRM_SAMPLES_NIC)

#define COLUMN(kinds_, member, name_, unit_, type_, role_)                                         \
	{ .name = name_,                                                                           \
	  .unit = unit_,                                                                           \
	  .type = KVRM_SAMPLES_##type_,                                                            \
	  .role = KVRM_SAMPLES_##role_,                                                            \
	  .offset = offsetof(struct kvrm_sample, member),                                          \
	  .size = sizeof(((struct kvrm_sample *)0)->member),                                       \
	  .kinds = kinds_ }
#define HEAD(member, unit, type, role) COLUMN(ALL, head.member, #member, unit, type, role)
#define OF_GUEST(member, unit, role)   COLUMN(GUEST, guest.member, #member, unit, U64, role)
#define OF_VCPU(member, unit)	       COLUMN(VCPU, vcpu.member, #member, unit, U64, COUNTER)
#define OF_FLOW(way, member, unit, role)                                                           \
	COLUMN(NIC, nic.way.member, #way "_" #member, unit, U64, role)
#define OF_WAY(way)                                                                                \
	OF_FLOW(way, bytes, "bytes", COUNTER), OF_FLOW(way, packets, "packets", COUNTER),          \
		OF_FLOW(way, delayed_packets, "packets", COUNTER),                                 \
		OF_FLOW(way, dropped_packets, "packets", COUNTER),                                 \
		OF_FLOW(way, limited_ns, "ns", COUNTER),                                           \
		OF_FLOW(way, queued_bytes, "bytes", GAUGE),                                        \
		OF_FLOW(way, limit_bytes_per_s, "bytes/s", GAUGE),                                 \
		OF_FLOW(way, limit_packets_per_s, "packets/s", GAUGE)

/* What readers of version 1 were told, and what was laid out with it. */
_Static_assert(sizeof(struct kvrm_samples_column) == 64, "a column's description has 64 bytes");
_Static_assert(sizeof(struct kvrm_samples_record) == 32, "a record begins with 32 bytes");
_Static_assert(sizeof(struct kvrm_samples_header) == 128, "the header has 128 bytes");
_Static_assert(offsetof(struct kvrm_samples_header, written) == 64, "what changes is by itself");
_Static_assert(sizeof(struct kvrm_sample) == 192, "three lines of a processor's cache");

/* What each record is about, and then what it tells. */
const struct kvrm_samples_column kvrm_sample_columns[] = {
	HEAD(sequence, "", U64, LABEL),
	HEAD(time_ns, "ns", U64, GAUGE),
	HEAD(kind, "", U32, LABEL),
	HEAD(guest, "", U32, LABEL),
	HEAD(index, "", U32, LABEL),
	HEAD(round, "", U32, LABEL),

	COLUMN(GUEST, guest.uuid, "uuid", "", UUID, LABEL),
	COLUMN(GUEST, guest.name, "name", "", TEXT, LABEL),
	OF_GUEST(usage_ns, "ns", COUNTER),
	OF_GUEST(limited_ns, "ns", COUNTER),
	OF_GUEST(cpu_limit_us, "us/s", GAUGE),
	OF_GUEST(vcpu_limit_us, "us/s", GAUGE),
	OF_GUEST(memory_bytes, "bytes", GAUGE),
	OF_GUEST(swap_bytes, "bytes", GAUGE),
	OF_GUEST(vcpus, "1", GAUGE),
	OF_GUEST(rate_hz, "Hz", GAUGE),
	OF_GUEST(missed, "1", COUNTER),

	OF_VCPU(running_ns, "ns"),
	OF_VCPU(ready_ns, "ns"),
	OF_VCPU(limited_ns, "ns"),
	OF_VCPU(halted_ns, "ns"),
	OF_VCPU(waiting_ns, "ns"),
	OF_VCPU(exits, "1"),
	OF_VCPU(io_exits, "1"),
	OF_VCPU(mmio_exits, "1"),
	OF_VCPU(halt_exits, "1"),
	OF_VCPU(irq_exits, "1"),
	OF_VCPU(irq_window_exits, "1"),
	OF_VCPU(signal_exits, "1"),
	OF_VCPU(request_irq_exits, "1"),
	OF_VCPU(hypercalls, "1"),
	OF_VCPU(insn_emulation, "1"),
	OF_VCPU(page_faults, "1"),

	COLUMN(NIC, nic.device, "device", "", TEXT, LABEL),
	OF_WAY(to_guest),
	OF_WAY(from_guest),
};

const uint32_t kvrm_sample_columns_count =
	sizeof(kvrm_sample_columns) / sizeof(kvrm_sample_columns[0]);
