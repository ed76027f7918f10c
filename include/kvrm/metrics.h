/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The metric table: every metric of kvrm, a line each. OpenMetrics families and the page
 * Documentation/metrics.md are made from it.
 *
 * KVRM_METRICS(X) expands X(id, name, kind, unit, scale, labels, dmtf, help) for each metric:
 *   name    of the family, without the suffix that the kind adds (_total, _info, _bucket and so on)
 *   kind    COUNTER (only ever grows, until its start time changes), GAUGE, INFO, STATESET, HISTOGRAM
 *           (its numbers only ever grow, likewise)
 *   unit    OpenMetrics unit, which is also the name's suffix; "" if it has none
 *   scale   what the value is inside, so that it can be written exactly: ONE, MICRO (in millionths
 *           of the unit), NANO (in billionths)
 *   labels  separated by commas, in the order in which they are written
 *   dmtf    name that DMTF's draft of the metrics registry gives to the same thing; "" if none
 *   help    what exactly it counts
 *
 * A value that is not known is absent, never 0.
 */
#ifndef KVRM_METRICS_H
#define KVRM_METRICS_H

#include <linux/kvrm.h>

/* clang-format off */
#define KVRM_METRICS(X) \
	X(BUILD, "kvrm_build", INFO, "", ONE, "version", "", \
	  "The running kvrmd.") \
	X(MODULE_UP, "kvrm_module_up", GAUGE, "", ONE, "", "", \
	  "1 if the kernel module answers, else 0. Without it virtual systems run and keep their limits, but per-vCPU numbers are absent.") \
	X(MODULE, "kvrm_module", INFO, "", ONE, "version,abi,cpu_limiter", "", \
	  "The kernel module that answers, and what holds processor limits there: cpu-max or task-work.") \
	X(HOST_CPU_CAPACITY, "kvrm_host_cpu_capacity_cores", GAUGE, "cores", MICRO, "", "", \
	  "Online CPUs of the host, which is also the largest processor limit.") \
	X(HOST_MEMORY_CAPACITY, "kvrm_host_memory_capacity_bytes", GAUGE, "bytes", ONE, "", "", \
	  "Memory that the host's kernel manages.") \
	X(HOST_MEMORY_RESERVE, "kvrm_host_memory_reserve_bytes", GAUGE, "bytes", ONE, "", "", \
	  "Memory that reservations leave to the host itself.") \
	X(HOST_SCHED_EXT, "kvrm_host_sched_ext_attached", GAUGE, "", ONE, "", "", \
	  "1 if a sched_ext scheduler is attached, which need not heed weights and cpu.max, else 0; absent without the module, or if the kernel has no sched_ext.") \
	X(VMS, "kvrm_vms", GAUGE, "", ONE, "state", "", \
	  "Virtual systems that are in this state.") \
	X(DRIFT_CORRECTED, "kvrm_drift_corrected", COUNTER, "", ONE, "", "", \
	  "How often an allocation was found changed by somebody else and was put back.") \
	X(SAMPLE_INTERVAL, "kvrm_sample_interval_seconds", GAUGE, "seconds", MICRO, "", "", \
	  "How often kvrmd measures: what is shown is up to so much old.") \
	X(VCPU_EXCESS, "kvrm_vcpu_time_excess_seconds", GAUGE, "seconds", NANO, "", "", \
	  "A check of the module's own accounts: the most by which the states of a virtual CPU have ever summed up to more than the time that passed and a thousandth of it. Some milliseconds; more is a defect of kvrm. Absent without the module.") \
	X(VM, "kvrm_vm", INFO, "", ONE, "vm,vm_name", "", \
	  "Name of a virtual system; vm is its UUID.") \
	X(VM_STATE, "kvrm_vm_state", STATESET, "", ONE, "vm", "VirtualSystemState", \
	  "State of a virtual system.") \
	X(VM_START_TIME, "kvrm_vm_start_time_seconds", GAUGE, "seconds", MICRO, "vm", "", \
	  "When its QEMU was started, seconds since the epoch; absent if it does not run.") \
	X(VM_CPU_TIME, "kvrm_vm_cpu_time_seconds", COUNTER, "seconds", NANO, "vm,vcpu", "TotalCPUTime", \
	  "Time the virtual CPU's thread ran on a CPU, in the guest or for it.") \
	X(VM_CPU_READY, "kvrm_vm_cpu_ready_seconds", COUNTER, "seconds", NANO, "vm,vcpu", "StealTime", \
	  "Time the virtual CPU could have run but the CPU was given to others. Never includes limited time.") \
	X(VM_CPU_LIMITED, "kvrm_vm_cpu_limited_seconds", COUNTER, "seconds", NANO, "vm,vcpu", "", \
	  "Time the virtual CPU could have run but the virtual system's own limit held it back.") \
	X(VM_CPU_HALTED, "kvrm_vm_cpu_halted_seconds", COUNTER, "seconds", NANO, "vm,vcpu", "", \
	  "Time the guest had the virtual CPU halted and its thread slept for that.") \
	X(VM_CPU_WAITING, "kvrm_vm_cpu_waiting_seconds", COUNTER, "seconds", NANO, "vm,vcpu", "", \
	  "Time in which the virtual CPU did none of that: its thread slept because QEMU had something to do for it or had paused it, or for memory that had to be fetched, a disk or a lock of the host's. With the four before it adds up to the time that passed.") \
	X(VM_CPU_MODE, "kvrm_vm_cpu_mode_seconds", COUNTER, "seconds", NANO, "vm,vcpu,mode", "", \
	  "What the virtual CPU's thread ran, by mode. The modes add up to kvrm_vm_cpu_time_seconds_total, exactly; how that is split the kernel samples at its ticks, so that over less than some 100 ms it is coarse.") \
	X(VM_CPU_OVERHEAD, "kvrm_vm_cpu_overhead_seconds", COUNTER, "seconds", NANO, "vm,kind", "", \
	  "CPU time of the threads of the virtual system's QEMU that run no virtual CPU, by what they are for; absent without the module.") \
	X(VM_EXITS, "kvrm_vm_exits", COUNTER, "", ONE, "vm,vcpu", "", \
	  "Exits from the guest to the host, all of them.") \
	X(VM_EXIT_REASONS, "kvrm_vm_exits_by_reason", COUNTER, "", ONE, "vm,vcpu,reason", "", \
	  "Events that KVM counts at or after an exit, by reason. One exit can count under several reasons or under none, so their sum is not kvrm_vm_exits_total.") \
	X(VM_EXIT_DURATION, "kvrm_vm_exit_duration_seconds", HISTOGRAM, "seconds", NANO, "vm,reason", "", \
	  "From an exit to the next entry into the guest, whatever happened in between, by what KVM did about the exit; each exit is counted once. Only while the probe exits is attached, and since then.") \
	X(VM_USER_EXITS, "kvrm_vm_user_exits", COUNTER, "", ONE, "vm,reason", "", \
	  "Exits for which a virtual CPU's thread returned to QEMU, by reason (KVM_EXIT_* of linux/kvm.h, in lower case). Only while the probe user-exits is attached, and since then; the next likewise.") \
	X(VM_USER_EXIT_TIME, "kvrm_vm_user_exit_seconds", COUNTER, "seconds", NANO, "vm,reason", "", \
	  "Time from there to the next entry into the guest.") \
	X(VM_WAKEUP_DELAY, "kvrm_vm_cpu_wakeup_delay_seconds", HISTOGRAM, "seconds", NANO, "vm", "", \
	  "How long a virtual CPU's thread waited for a CPU after it was woken, its own limits by cpu.max included. Only while the probe wakeups is attached, and since then.") \
	X(VM_CPU_ENTERED, "kvrm_vm_cpu_entered_seconds", COUNTER, "seconds", NANO, "vm,vcpu", "", \
	  "Time the virtual CPU was in its guest, up to its last exit; the rest of its CPU time KVM and QEMU worked for it. Only while the probe exits is attached, and since then.") \
	X(VM_PROBE, "kvrm_vm_probe_seconds", COUNTER, "seconds", NANO, "vm,vcpu", "", \
	  "What probes took of the virtual CPU's time, estimated from one call in 257. Only while there are any.") \
	X(VM_HALT_POLL, "kvrm_vm_cpu_halt_poll_seconds", COUNTER, "seconds", NANO, "vm,vcpu,result", "", \
	  "Time in which KVM polled for a virtual CPU that the guest had halted, instead of putting its thread to sleep: result success if something came meanwhile, else fail. It is CPU time.") \
	X(VM_CGROUP_CPU, "kvrm_vm_cgroup_cpu_seconds", COUNTER, "seconds", MICRO, "vm", "", \
	  "CPU time of everything in the virtual system's cgroup: virtual CPUs and QEMU's own threads.") \
	X(VM_CGROUP_CPU_LIMITED, "kvrm_vm_cgroup_cpu_limited_seconds", COUNTER, "seconds", MICRO, "vm", "", \
	  "Time the cgroup was held back by its limit, summed over the CPUs it wanted to run on.") \
	X(VM_CPU_LIMIT_STALL, "kvrm_vm_cpu_limit_stall_seconds", HISTOGRAM, "seconds", NANO, "vm", "", \
	  "For how long at a stretch the virtual system's own limits held a virtual CPU back; stops that are at most 10 ms apart are one stall, which is counted when it is over, or after a second. Absent where cpu.max alone holds limits.") \
	X(VM_SAMPLE_RATE, "kvrm_vm_sample_rate_hertz", GAUGE, "hertz", ONE, "vm", "", \
	  "How often the module samples the virtual system into the sample ring while somebody reads that, per second; absent without the module.") \
	X(VM_SAMPLES_MISSED, "kvrm_vm_samples_missed", COUNTER, "", ONE, "vm", "", \
	  "Samples of the virtual system that are missing in the sample ring, because their time had passed before they could be taken.") \
	X(VM_CPU_LIMIT, "kvrm_vm_cpu_limit_cores", GAUGE, "cores", MICRO, "vm", "ResourceProcessorLimit", \
	  "Processor limit that was asked for; absent if unlimited.") \
	X(VM_CPU_LIMIT_APPLIED, "kvrm_vm_cpu_limit_applied_cores", GAUGE, "cores", MICRO, "vm", "", \
	  "Processor limit in force, as read back from cpu.max; absent if unlimited or not running.") \
	X(VM_CPU_RESERVATION, "kvrm_vm_cpu_reservation_cores", GAUGE, "cores", MICRO, "vm", "", \
	  "Processor reservation: what the virtual system is guaranteed while it runs.") \
	X(VM_CPU_WEIGHT, "kvrm_vm_cpu_weight", GAUGE, "", ONE, "vm", "", \
	  "Share among the members of its pool of what reservations leave, 1 to 10000.") \
	X(VM_CPU_DEMAND, "kvrm_vm_cpu_demand_cores", GAUGE, "cores", MICRO, "vm", "", \
	  "What the virtual system would use now if nothing held it back: running plus waiting.") \
	X(VM_CPU_ENTITLEMENT, "kvrm_vm_cpu_entitlement_cores", GAUGE, "cores", MICRO, "vm", "", \
	  "What the virtual system is due now, from the allocations and demands of all.") \
	X(VM_MEMORY_SIZE, "kvrm_vm_memory_size_bytes", GAUGE, "bytes", ONE, "vm", "", \
	  "Memory that the virtual system is defined with.") \
	X(VM_MEMORY_CONSUMED, "kvrm_vm_memory_consumed_bytes", GAUGE, "bytes", ONE, "vm", "PhysicalMemoryAllocatedToVirtualSystem", \
	  "Host memory charged to the virtual system's cgroup: guest memory in use, QEMU itself, page cache it caused.") \
	X(VM_MEMORY_ACTIVE, "kvrm_vm_memory_active_bytes", GAUGE, "bytes", ONE, "vm", "", \
	  "Memory that the guest has touched in the last seconds, estimated by the marks of access in KVM's tables of pages drawn at random; absent without the module.") \
	X(VM_MEMORY_SWAPPED, "kvrm_vm_memory_swapped_bytes", GAUGE, "bytes", ONE, "vm", "", \
	  "Memory of the virtual system's cgroup that is in the host's swap now; absent if the kernel does not account for swap.") \
	X(VM_MEMORY_FAULTS, "kvrm_vm_memory_faults", COUNTER, "", ONE, "vm,type", "", \
	  "Page faults of everything in the virtual system's cgroup, as when the guest touches memory that the host has to give or to fetch: major if something had to be read from swap or a disk, else minor.") \
	X(VM_MEMORY_SWAP, "kvrm_vm_memory_swap_bytes", COUNTER, "bytes", ONE, "vm,direction", "", \
	  "Memory of the cgroup that was swapped in and out; absent where the kernel does not count that by cgroup.") \
	X(VM_MEMORY_SCANNED, "kvrm_vm_memory_scanned_bytes", COUNTER, "bytes", ONE, "vm,by", "", \
	  "Memory of the cgroup that was looked at whether it can be reclaimed, by whom: kswapd, the kernel's thread that keeps some of the host's memory free; direct, whoever wanted memory while the host had too little or this virtual system or its pool was at a limit; khugepaged; proactive, because somebody asked for that.") \
	X(VM_MEMORY_RECLAIMED, "kvrm_vm_memory_reclaimed_bytes", COUNTER, "bytes", ONE, "vm,by", "", \
	  "Memory of the cgroup that was taken away then, swapped out or dropped as page cache; by as before.") \
	X(VM_MEMORY_EVENTS, "kvrm_vm_memory_events", COUNTER, "", ONE, "vm,event", "", \
	  "How often something befell the cgroup's memory, as memory.events counts: low, reclaimed although it held no more than its protection; high, throttled above memory.high; max, about to pass memory.max; oom, allocations failed for that; oom_kill, processes killed for lack of memory.") \
	X(VM_PRESSURE_STALL, "kvrm_vm_pressure_stall_seconds", COUNTER, "seconds", MICRO, "vm,resource,kind", "", \
	  "Time in which threads of the cgroup waited for a resource, cpu, memory or io: kind some if at least one did, full if all did that had something to do. Memory is waiting for reclaim, swap or pages that were reclaimed before.") \
	X(VM_MEMORY_WEIGHT, "kvrm_vm_memory_weight", GAUGE, "", ONE, "vm", "", \
	  "Share among the members of its pool of the memory that reservations leave while there is not enough, 1 to 10000.") \
	X(VM_MEMORY_ENTITLEMENT, "kvrm_vm_memory_entitlement_bytes", GAUGE, "bytes", ONE, "vm", "", \
	  "Memory that the virtual system is due now, at most what it holds and has swapped; absent without the module.") \
	X(VM_MEMORY_RESERVATION, "kvrm_vm_memory_reservation_bytes", GAUGE, "bytes", ONE, "vm", "", \
	  "Memory reservation: what the virtual system holds up to that is neither reclaimed nor swapped while it runs.") \
	X(VM_MEMORY_RESERVATION_APPLIED, "kvrm_vm_memory_reservation_applied_bytes", GAUGE, "bytes", ONE, "vm", "", \
	  "Memory reservation in force, as read back from memory.min, less what QEMU needs beside; absent if it does not run.") \
	X(VM_MEMORY_OVERHEAD, "kvrm_vm_memory_overhead_bytes", GAUGE, "bytes", ONE, "vm", "", \
	  "Memory that QEMU is counted with beside the virtual system's, while it runs.") \
	X(VM_MEMORY_LIMIT, "kvrm_vm_memory_limit_bytes", GAUGE, "bytes", ONE, "vm", "", \
	  "Memory limit that was asked for, of the virtual system's memory and what QEMU needs beside together; absent if unlimited.") \
	X(VM_MEMORY_LIMIT_APPLIED, "kvrm_vm_memory_limit_applied_bytes", GAUGE, "bytes", ONE, "vm", "", \
	  "Memory limit in force, as read back from memory.max; absent if unlimited or not running.") \
	X(VM_MEMORY_BALLOON, "kvrm_vm_memory_balloon_bytes", GAUGE, "bytes", ONE, "vm", "", \
	  "Memory that the balloon has taken from the guest, as QEMU says; absent if that is not known.") \
	X(VM_MEMORY_PLUGGED, "kvrm_vm_memory_plugged_bytes", GAUGE, "bytes", ONE, "vm", "", \
	  "Memory that the guest has taken beside what its virtual system was started with, of what can be plugged in, as QEMU says; absent if none can, if it does not run, or if QEMU has not said yet.") \
	X(VM_NETWORK_BYTES, "kvrm_vm_network_bytes", COUNTER, "bytes", ONE, "vm,nic,direction", "", \
	  "What a network card received or transmitted, as the guest sees it: Ethernet frames without preamble and checksum, of packets that are segmented later their segments.") \
	X(VM_NETWORK_PACKETS, "kvrm_vm_network_packets", COUNTER, "", ONE, "vm,nic,direction", "", \
	  "The same in packets.") \
	X(VM_NETWORK_DROPPED, "kvrm_vm_network_dropped_packets", COUNTER, "", ONE, "vm,nic,direction,reason", "", \
	  "Packets that were dropped where limits are held, by reason: full, device or memory.") \
	X(VM_NETWORK_DELAYED, "kvrm_vm_network_delayed_packets", COUNTER, "", ONE, "vm,nic,direction", "", \
	  "Packets that the limit held back for a time.") \
	X(VM_NETWORK_LIMITED, "kvrm_vm_network_limited_seconds", COUNTER, "seconds", NANO, "vm,nic,direction", "", \
	  "Time in which the limit held back at least one packet.") \
	X(VM_NETWORK_QUEUE_DELAY, "kvrm_vm_network_queue_delay_seconds", HISTOGRAM, "seconds", NANO, "vm,nic,direction", "", \
	  "How long each packet waited that the limit, or the uplink, held back and that has gone on. They are those of kvrm_vm_network_delayed_packets_total, less what waits now and what was dropped while it waited; packets that passed at once are not in it.") \
	X(VM_NETWORK_QUEUE, "kvrm_vm_network_queue_bytes", GAUGE, "bytes", ONE, "vm,nic,direction", "", \
	  "What the limit holds back now.") \
	X(VM_NETWORK_LIMIT, "kvrm_vm_network_limit_bytes_per_second", GAUGE, "bytes_per_second", ONE, "vm,nic,direction", "", \
	  "Limit of a network card that was asked for; absent if unlimited.") \
	X(VM_NETWORK_PACKET_LIMIT, "kvrm_vm_network_limit_packets_per_second", GAUGE, "packets_per_second", ONE, "vm,nic,direction", "", \
	  "The same in packets; absent if unlimited.") \
	X(VM_NETWORK_RESERVATION, "kvrm_vm_network_reservation_bytes_per_second", GAUGE, "bytes_per_second", ONE, "vm,nic,direction", "", \
	  "What a network card is guaranteed of its uplink while its virtual system runs; absent if nothing.") \
	X(VM_NETWORK_WEIGHT, "kvrm_vm_network_weight", GAUGE, "", ONE, "vm,nic,direction", "", \
	  "A network card's share among the members of its uplink of what reservations leave, 1 to 10000.") \
	X(VM_NETWORK_DEMAND, "kvrm_vm_network_demand_bytes_per_second", GAUGE, "bytes_per_second", ONE, "vm,nic,direction", "", \
	  "What a network card would use now if its uplink did not hold it back, as far as is known; absent without an uplink, as the next.") \
	X(VM_NETWORK_ENTITLEMENT, "kvrm_vm_network_entitlement_bytes_per_second", GAUGE, "bytes_per_second", ONE, "vm,nic,direction", "", \
	  "What a network card is due now of its uplink, from the allocations and demands of all that are on it.") \
	X(VM_NETWORK_APPLIED, "kvrm_vm_network_applied_bytes_per_second", GAUGE, "bytes_per_second", ONE, "vm,nic,direction", "", \
	  "The rate to which a network card is held now: its limit, or what its uplink leaves, whichever is less; absent if it is held to none.") \
	X(VM_DISK_BYTES, "kvrm_vm_disk_bytes", COUNTER, "bytes", ONE, "vm,disk,direction", "", \
	  "What a disk's requests read or wrote, of those that succeeded.") \
	X(VM_DISK_OPERATIONS, "kvrm_vm_disk_operations", COUNTER, "", ONE, "vm,disk,direction", "", \
	  "A disk's requests that succeeded, as the guest made them, before any were merged.") \
	X(VM_DISK_FAILED, "kvrm_vm_disk_failed_operations", COUNTER, "", ONE, "vm,disk,direction", "", \
	  "A disk's requests that failed.") \
	X(VM_DISK_IO, "kvrm_vm_disk_io_seconds", COUNTER, "seconds", NANO, "vm,disk,direction", "", \
	  "Time from each request of a disk to its end, summed over requests; waiting for a limit is part of it.") \
	X(VM_DISK_LIMIT, "kvrm_vm_disk_limit_bytes_per_second", GAUGE, "bytes_per_second", ONE, "vm,disk,direction", "", \
	  "Limit of a disk that was asked for; absent if unlimited.") \
	X(VM_DISK_IOPS_LIMIT, "kvrm_vm_disk_limit_operations_per_second", GAUGE, "operations_per_second", ONE, "vm,disk,direction", "", \
	  "The same in operations; absent if unlimited.") \
	X(POOL, "kvrm_pool", INFO, "", ONE, "pool,parent", "", \
	  "A pool, and the one that it is carved out of; the root, host, has no parent.") \
	X(POOL_CPU_CAPACITY, "kvrm_pool_cpu_capacity_cores", GAUGE, "cores", MICRO, "pool", "", \
	  "What reservations in the pool may take; of the root: what the host has less the host reserve, of others: their own reservation.") \
	X(POOL_CPU_RESERVED, "kvrm_pool_cpu_reserved_cores", GAUGE, "cores", MICRO, "pool", "", \
	  "What its members' reservations take of the pool, borrowed ones included.") \
	X(POOL_CPU_UNRESERVED, "kvrm_pool_cpu_unreserved_cores", GAUGE, "cores", MICRO, "pool", "", \
	  "The largest reservation that one more member could get.") \
	X(POOL_CPU_USED, "kvrm_pool_cpu_used_cores", GAUGE, "cores", MICRO, "pool", "", \
	  "What the pool's members use now, together.") \
	X(POOL_CPU_DEMAND, "kvrm_pool_cpu_demand_cores", GAUGE, "cores", MICRO, "pool", "", \
	  "What the pool's members would use now within their limits and its own.") \
	X(POOL_CPU_ENTITLEMENT, "kvrm_pool_cpu_entitlement_cores", GAUGE, "cores", MICRO, "pool", "", \
	  "What the pool is due now.") \
	X(POOL_CPU_LIMIT, "kvrm_pool_cpu_limit_cores", GAUGE, "cores", MICRO, "pool", "", \
	  "Processor limit for all members together; absent if unlimited.") \
	X(POOL_CPU_WEIGHT, "kvrm_pool_cpu_weight", GAUGE, "", ONE, "pool", "", \
	  "Share among its siblings of what reservations leave, 1 to 10000; absent of the root.") \
	X(POOL_MEMORY_CAPACITY, "kvrm_pool_memory_capacity_bytes", GAUGE, "bytes", ONE, "pool", "", \
	  "What memory reservations in the pool may take; of the root: what the host has less the host reserve, of others: their own reservation.") \
	X(POOL_MEMORY_RESERVED, "kvrm_pool_memory_reserved_bytes", GAUGE, "bytes", ONE, "pool", "", \
	  "What its members take of the pool's memory: reservations, borrowed ones included, and what each QEMU needs beside.") \
	X(POOL_MEMORY_UNRESERVED, "kvrm_pool_memory_unreserved_bytes", GAUGE, "bytes", ONE, "pool", "", \
	  "The largest memory reservation, with what its QEMU needs beside, that one more member could get.") \
	X(POOL_MEMORY_CONSUMED, "kvrm_pool_memory_consumed_bytes", GAUGE, "bytes", ONE, "pool", "", \
	  "Host memory charged to the pool's cgroup and those below it.") \
	X(POOL_MEMORY_LIMIT, "kvrm_pool_memory_limit_bytes", GAUGE, "bytes", ONE, "pool", "", \
	  "Memory limit that was asked for, of all members together; absent if unlimited.") \
	X(POOL_MEMORY_LIMIT_APPLIED, "kvrm_pool_memory_limit_applied_bytes", GAUGE, "bytes", ONE, "pool", "", \
	  "Memory limit in force, as read back from memory.max of the pool's slice; absent if unlimited.") \
	X(POOL_MEMBERS, "kvrm_pool_members", GAUGE, "", ONE, "pool", "", \
	  "Pools and virtual systems directly in the pool, running or not.") \
	X(UPLINK, "kvrm_uplink", INFO, "", ONE, "uplink,parent,bridge", "", \
	  "An uplink, or a part of one with what it is carved out of as parent; bridge is the one whose network cards are on it unless they say otherwise.") \
	X(UPLINK_CAPACITY, "kvrm_uplink_capacity_bytes_per_second", GAUGE, "bytes_per_second", ONE, "uplink,direction", "", \
	  "What reservations in the uplink may take: its capacity; of a part, its own reservation. Directions are as guests see them.") \
	X(UPLINK_RESERVED, "kvrm_uplink_reserved_bytes_per_second", GAUGE, "bytes_per_second", ONE, "uplink,direction", "", \
	  "What its members' reservations take of the uplink, borrowed ones included.") \
	X(UPLINK_UNRESERVED, "kvrm_uplink_unreserved_bytes_per_second", GAUGE, "bytes_per_second", ONE, "uplink,direction", "", \
	  "The largest reservation that one more network card could get.") \
	X(UPLINK_USED, "kvrm_uplink_used_bytes_per_second", GAUGE, "bytes_per_second", ONE, "uplink,direction", "", \
	  "What the uplink's network cards pass now, together.") \
	X(UPLINK_DEMAND, "kvrm_uplink_demand_bytes_per_second", GAUGE, "bytes_per_second", ONE, "uplink,direction", "", \
	  "What its network cards want now within all limits, as far as is known.") \
	X(UPLINK_ENTITLEMENT, "kvrm_uplink_entitlement_bytes_per_second", GAUGE, "bytes_per_second", ONE, "uplink,direction", "", \
	  "What it is due now; of an uplink, what there is to be shared out.") \
	X(UPLINK_CONTENDED, "kvrm_uplink_contended", GAUGE, "", ONE, "uplink,direction", "", \
	  "1 if network cards are held to what they are due, 0 if there is room for all; absent of parts.") \
	X(UPLINK_LIMIT, "kvrm_uplink_limit_bytes_per_second", GAUGE, "bytes_per_second", ONE, "uplink,direction", "", \
	  "Limit of a part for all its members together; absent if unlimited.") \
	X(UPLINK_WEIGHT, "kvrm_uplink_weight", GAUGE, "", ONE, "uplink,direction", "", \
	  "A part's share among its siblings of what reservations leave, 1 to 10000; absent of an uplink itself.") \
	X(UPLINK_MEMBERS, "kvrm_uplink_members", GAUGE, "", ONE, "uplink", "", \
	  "Network cards and parts directly in the uplink, of virtual systems that run or not.") \
	X(ADMISSION, "kvrm_admission", COUNTER, "", ONE, "result", "", \
	  "Starts and changes of allocations, pools and uplinks that needed admission, by what came of it: admitted or refused.")

/* X(id, name, help): states of a virtual system, as in Documentation/dbus/org.kvrm1.VirtualSystem.md. */
#define KVRM_VM_STATES(X) \
	X(DEFINED, "defined", "stored, not running") \
	X(STARTING, "starting", "QEMU was asked for, the guest does not run yet") \
	X(ACTIVE, "active", "the guest runs") \
	X(PAUSED, "paused", "QEMU runs, the guest's virtual CPUs are stopped") \
	X(STOPPING, "stopping", "the guest was asked to shut down and still runs")

/* X(id, name, netlink attribute of the vcpu set, help): values of the label mode. */
#define KVRM_CPU_MODES(X) \
	X(GUEST, "guest", KVRM_A_VCPU_GUEST_NS, "the guest; and all that was run before the first tick") \
	X(KERNEL, "kernel", KVRM_A_VCPU_KERNEL_NS, "the host's kernel for the virtual CPU, KVM included") \
	X(USER, "user", KVRM_A_VCPU_USER_NS, "QEMU's code in the virtual CPU's thread")

/* X(id, name, netlink attribute of the guest set, help): values of the label kind of the overhead. */
#define KVRM_CPU_OVERHEADS(X) \
	X(EMULATOR, "emulator", KVRM_A_GUEST_EMULATOR_NS, "threads that are none of the others: QEMU's main loop, its monitor, its workers") \
	X(IO, "io", KVRM_A_GUEST_IO_NS, "I/O threads, if QEMU names its threads (-name debug-threads=on), as kvrmd has it do; and the kernel's workers of io_uring") \
	X(VHOST, "vhost", KVRM_A_GUEST_VHOST_NS, "vhost's workers; absent as long as there is none among QEMU's threads: before Linux 6.4, and later if vhost is told so, they are threads of the kernel's")

/* X(id, name, netlink attribute of the vcpu set, help): values of the label reason of kvrm_vm_exits_by_reason. */
#define KVRM_EXIT_REASONS(X) \
	X(IO, "io", KVRM_A_VCPU_IO_EXITS, "port I/O instruction") \
	X(MMIO, "mmio", KVRM_A_VCPU_MMIO_EXITS, "access to a device's memory that QEMU has to handle") \
	X(HALT, "halt", KVRM_A_VCPU_HALT_EXITS, "the guest halted the virtual CPU") \
	X(IRQ, "irq", KVRM_A_VCPU_IRQ_EXITS, "an interrupt of the host arrived") \
	X(IRQ_WINDOW, "irq_window", KVRM_A_VCPU_IRQ_WINDOW_EXITS, "the guest became able to take an interrupt that waited") \
	X(SIGNAL, "signal", KVRM_A_VCPU_SIGNAL_EXITS, "a signal to the virtual CPU's thread") \
	X(REQUEST_IRQ, "request_irq", KVRM_A_VCPU_REQUEST_IRQ_EXITS, "QEMU had asked to be told when the guest can take an interrupt") \
	X(HYPERCALL, "hypercall", KVRM_A_VCPU_HYPERCALLS, "the guest called the hypervisor") \
	X(INSN_EMULATION, "insn_emulation", KVRM_A_VCPU_INSN_EMULATION, "an instruction was emulated") \
	X(PAGE_FAULT, "page_fault", KVRM_A_VCPU_PAGE_FAULTS, "a fault on guest memory that the host had to back or to shadow")

/* X(id, name, help): values of the label reason of kvrm_vm_network_dropped_packets. */
#define KVRM_DROP_REASONS(X) \
	X(FULL, "full", "the queue was full of packets whose sender does not wait; also a packet that asked for more segments than a real one has, as one") \
	X(DEVICE, "device", "the packet waited when the device went down or was removed") \
	X(MEMORY, "memory", "the host had no memory for it")
/* clang-format on */

#define KVRM_METRICS_ENUM(id, ...)	KVRM_METRIC_##id,
#define KVRM_VM_STATE_ENUM(id, ...)	KVRM_VM_STATE_##id,
#define KVRM_EXIT_ENUM(id, ...)		KVRM_EXIT_##id,
#define KVRM_CPU_MODE_ENUM(id, ...)	KVRM_CPU_MODE_##id,
#define KVRM_CPU_OVERHEAD_ENUM(id, ...) KVRM_CPU_OVERHEAD_##id,
#define KVRM_DROP_ENUM(id, ...)		KVRM_DROP_##id,

enum kvrm_metric { KVRM_METRICS(KVRM_METRICS_ENUM) KVRM_METRIC_COUNT };

enum kvrm_vm_state { KVRM_VM_STATES(KVRM_VM_STATE_ENUM) KVRM_VM_STATE_COUNT };

enum kvrm_exit { KVRM_EXIT_REASONS(KVRM_EXIT_ENUM) KVRM_EXIT_COUNT };

enum kvrm_drop { KVRM_DROP_REASONS(KVRM_DROP_ENUM) KVRM_DROP_COUNT };

enum kvrm_cpu_mode { KVRM_CPU_MODES(KVRM_CPU_MODE_ENUM) KVRM_CPU_MODE_COUNT };

enum kvrm_cpu_overhead { KVRM_CPU_OVERHEADS(KVRM_CPU_OVERHEAD_ENUM) KVRM_CPU_OVERHEAD_COUNT };

enum kvrm_metric_kind {
	KVRM_METRIC_KIND_COUNTER,
	KVRM_METRIC_KIND_GAUGE,
	KVRM_METRIC_KIND_INFO,
	KVRM_METRIC_KIND_STATESET,
	KVRM_METRIC_KIND_HISTOGRAM,
};

/* Values are the number of decimal places. */
enum kvrm_metric_scale {
	KVRM_METRIC_SCALE_ONE = 0,
	KVRM_METRIC_SCALE_MICRO = 6,
	KVRM_METRIC_SCALE_NANO = 9,
};

#endif
