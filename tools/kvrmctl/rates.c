// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rates from two samples as GetStatistics gives them. Pure.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tools/kvrmctl/rates.h"
#include "tools/kvrmctl/value.h"

/* Growth of a counter per @per; NAN if it is not in both, or went back: it was begun anew then. */
static double growth(struct json_object *before, struct json_object *after, const char *key,
		     double per)
{
	if (!value_get(before, key) || !value_get(after, key) ||
	    value_number(after, key) < value_number(before, key))
		return NAN;
	return (double)(value_number(after, key) - value_number(before, key)) / per;
}

/* The same, summed over the virtual CPUs; NAN if one of them is not known. */
static double vcpus_growth(struct json_object *before, struct json_object *after, const char *key,
			   double per)
{
	struct json_object *from = value_get(before, "VCPUs"), *to = value_get(after, "VCPUs");
	double sum = 0;

	if (!from || !to || json_object_array_length(from) != json_object_array_length(to) ||
	    !json_object_array_length(to))
		return NAN;
	for (size_t i = 0; i < json_object_array_length(to); i++)
		sum += growth(json_object_array_get_idx(from, i), json_object_array_get_idx(to, i),
			      key, per);
	return sum;
}

/* An amount in µs of CPU time per second, in CPUs; NAN if it is not there. */
static double amount(struct json_object *sample, const char *key)
{
	return value_get(sample, key) ? (double)value_number(sample, key) / 1000000 : NAN;
}

/**
 * rates_time_us() - when a sample was taken
 * @sample: of a system or of a disk; NULL: there is none
 *
 * Return: µs of a clock that nobody sets; from a kvrmd that does not tell that, of the time of day; 0: not known.
 */
uint64_t rates_time_us(struct json_object *sample)
{
	const char *key = value_get(sample, "MonotonicTime") ? "MonotonicTime" : "SampleTime";

	return value_number(sample, key);
}

/* CPU time of QEMU's threads of a kind; one that was not there before has begun at 0. */
static double overhead_growth(struct json_object *before, struct json_object *after,
			      const char *kind, double per)
{
	struct json_object *from = value_get(before, "CPUOverhead");
	struct json_object *to = value_get(after, "CPUOverhead");

	if (!from || !to)
		return NAN;
	if (!value_get(from, kind) && value_get(to, kind))
		return (double)value_number(to, kind) / per;
	return growth(from, to, kind, per);
}

/**
 * rates_overhead() - what all of QEMU's threads used that run no virtual CPU
 * @rates: of a system
 *
 * Return: in CPUs, of vhost's workers as far as they are known; NAN: not known.
 */
double rates_overhead(const struct rates *rates)
{
	return rates->emulator + rates->io + (isnan(rates->vhost) ? 0 : rates->vhost);
}

/**
 * rates_compute() - rates between two samples of a system
 * @before: earlier sample, an object; NULL: there is none
 * @after: later sample
 * @ret: rates; what is not known is NAN or 0
 *
 * Return: false if no time passed between them.
 */
bool rates_compute(struct json_object *before, struct json_object *after, struct rates *ret)
{
	uint64_t from_us = rates_time_us(before), to_us = rates_time_us(after);
	double us, ns;

	*ret = (struct rates){
		.used = NAN,
		.running = NAN,
		.ready = NAN,
		.limited = NAN,
		.halted = NAN,
		.waiting = NAN,
		.guest = NAN,
		.kernel = NAN,
		.user = NAN,
		.emulator = NAN,
		.io = NAN,
		.vhost = NAN,
		.demand = NAN,
		.entitled = NAN,
		.exits_per_s = NAN,
		.memory_active_bytes = NAN,
		.memory_swapped_bytes = NAN,
		.major_faults_per_s = NAN,
		.memory_pressure = NAN,
	};
	if (!before || !after || to_us <= from_us)
		return false;
	us = (double)(to_us - from_us);
	ns = us * 1000;
	ret->interval_us = to_us - from_us;
	ret->used = growth(before, after, "CPUUsage", us);
	ret->running = vcpus_growth(before, after, "Running", ns);
	ret->ready = vcpus_growth(before, after, "Ready", ns);
	ret->limited = vcpus_growth(before, after, "Limited", ns);
	ret->halted = vcpus_growth(before, after, "Halted", ns);
	ret->waiting = vcpus_growth(before, after, "Waiting", ns);
	ret->guest = vcpus_growth(before, after, "Guest", ns);
	ret->kernel = vcpus_growth(before, after, "Kernel", ns);
	ret->user = vcpus_growth(before, after, "User", ns);
	ret->emulator = overhead_growth(before, after, "emulator", us);
	ret->io = overhead_growth(before, after, "io", us);
	ret->vhost = overhead_growth(before, after, "vhost", us);
	ret->demand = amount(after, "CPUDemand");
	ret->entitled = amount(after, "CPUEntitled");
	ret->exits_per_s = vcpus_growth(before, after, "Exits", us / 1000000);
	ret->memory_bytes = value_number(after, "MemoryUsage");
	if (value_get(after, "MemoryActive"))
		ret->memory_active_bytes = (double)value_number(after, "MemoryActive");
	if (value_get(after, "MemorySwapped"))
		ret->memory_swapped_bytes = (double)value_number(after, "MemorySwapped");
	ret->major_faults_per_s = growth(value_get(before, "MemoryFaults"),
					 value_get(after, "MemoryFaults"), "major", us / 1000000);
	ret->memory_pressure = growth(value_get(before, "MemoryPressure"),
				      value_get(after, "MemoryPressure"), "some", us);
	return true;
}

/* The virtual CPU with an index; NULL if it is not there. */
static struct json_object *vcpu_of(struct json_object *sample, uint64_t index)
{
	struct json_object *vcpus = value_get(sample, "VCPUs");

	for (size_t i = 0; vcpus && i < json_object_array_length(vcpus); i++) {
		struct json_object *vcpu = json_object_array_get_idx(vcpus, i);

		if (value_number(vcpu, "Index") == index)
			return vcpu;
	}
	return NULL;
}

/**
 * rates_compute_vcpu() - rates of a virtual CPU between two samples of its system
 * @before: earlier sample; NULL: there is none
 * @after: later sample
 * @index: of the virtual CPU, as the guest numbers it
 * @ret: rates
 */
void rates_compute_vcpu(struct json_object *before, struct json_object *after, uint64_t index,
			struct vcpu_rates *ret)
{
	struct json_object *from = vcpu_of(before, index), *to = vcpu_of(after, index);
	uint64_t from_us = rates_time_us(before), to_us = rates_time_us(after);
	double us = (double)(to_us - from_us);

	*ret = (struct vcpu_rates){ NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN };
	if (!from || !to || to_us <= from_us)
		return;
	ret->running = growth(from, to, "Running", us * 1000);
	ret->ready = growth(from, to, "Ready", us * 1000);
	ret->limited = growth(from, to, "Limited", us * 1000);
	ret->halted = growth(from, to, "Halted", us * 1000);
	ret->waiting = growth(from, to, "Waiting", us * 1000);
	ret->guest = growth(from, to, "Guest", us * 1000);
	ret->kernel = growth(from, to, "Kernel", us * 1000);
	ret->user = growth(from, to, "User", us * 1000);
	ret->exits_per_s = growth(from, to, "Exits", us / 1000000);
}

static double flow_growth(struct json_object *before, struct json_object *after,
			  const char *direction, const char *what, double per)
{
	char key[64];

	snprintf(key, sizeof(key), "%s%s", direction, what);
	return growth(before, after, key, per);
}

/* What is so at a sample; NAN if it is not there. */
static double flow_now(struct json_object *sample, const char *direction, const char *what)
{
	char key[64];

	snprintf(key, sizeof(key), "%s%s", direction, what);
	return value_get(sample, key) ? (double)value_number(sample, key) : NAN;
}

/**
 * rates_drop_key() - what keys have of packets that were dropped for one reason
 * @reason: reason
 *
 * Return: static text such as "DroppedFull".
 */
const char *rates_drop_key(enum kvrm_drop reason)
{
	static const char *const keys[KVRM_DROP_COUNT] = {
		[KVRM_DROP_FULL] = "DroppedFull",
		[KVRM_DROP_DEVICE] = "DroppedDevice",
		[KVRM_DROP_MEMORY] = "DroppedMemory",
	};

	return keys[reason];
}

/**
 * rates_forget_nic() - nothing is known of a NIC
 * @ret: set to NAN
 */
void rates_forget_nic(struct nic_rates *ret)
{
	*ret = (struct nic_rates){ NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN };
	for (int reason = 0; reason < KVRM_DROP_COUNT; reason++)
		ret->dropped_by_per_s[reason] = NAN;
}

/**
 * rates_compute_nic() - rates of a NIC between two samples of its system
 * @before: earlier sample; NULL: there is none
 * @after: later sample
 * @index: of the NIC
 * @direction: "ToGuest" or "FromGuest"
 * @ret: rates
 */
void rates_compute_nic(struct json_object *before, struct json_object *after, size_t index,
		       const char *direction, struct nic_rates *ret)
{
	struct json_object *from = value_get(before, "NICs"), *to = value_get(after, "NICs");
	uint64_t from_us = rates_time_us(before), to_us = rates_time_us(after);
	double s = (double)(to_us - from_us) / 1000000;

	rates_forget_nic(ret);
	if (!from || !to || to_us <= from_us)
		return;
	from = json_object_array_get_idx(from, index);
	to = json_object_array_get_idx(to, index);
	/* One before it may have been removed: another has its place now. */
	if (strcmp(value_text(from, "Interface"), value_text(to, "Interface")))
		return;
	ret->bytes_per_s = flow_growth(from, to, direction, "Bytes", s);
	ret->packets_per_s = flow_growth(from, to, direction, "Packets", s);
	ret->limited = flow_growth(from, to, direction, "Limited", s * 1e9);
	ret->delayed_per_s = flow_growth(from, to, direction, "DelayedPackets", s);
	ret->dropped_per_s = flow_growth(from, to, direction, "DroppedPackets", s);
	for (int reason = 0; reason < KVRM_DROP_COUNT; reason++)
		ret->dropped_by_per_s[reason] =
			flow_growth(from, to, direction, rates_drop_key(reason), s);
	ret->queued_bytes = flow_now(to, direction, "QueuedBytes");
	ret->demand_bytes_per_s = flow_now(to, direction, "Demand");
	ret->entitled_bytes_per_s = flow_now(to, direction, "Entitled");
}

/**
 * rates_compute_disk() - rates of a disk between two samples of its system
 * @before: earlier sample; NULL: there is none
 * @after: later sample
 * @index: of the disk
 * @direction: "Read" or "Write"
 * @ret: rates
 *
 * Each disk has a time of its own, when QEMU answered.
 */
void rates_compute_disk(struct json_object *before, struct json_object *after, size_t index,
			const char *direction, struct disk_rates *ret)
{
	struct json_object *from = value_get(before, "Disks"), *to = value_get(after, "Disks");
	double operations, s;

	*ret = (struct disk_rates){ NAN, NAN, NAN, NAN };
	if (!from || !to)
		return;
	from = json_object_array_get_idx(from, index);
	to = json_object_array_get_idx(to, index);
	if (rates_time_us(to) <= rates_time_us(from))
		return;
	s = (double)(rates_time_us(to) - rates_time_us(from)) / 1000000;
	operations = flow_growth(from, to, direction, "Operations", 1);
	ret->bytes_per_s = flow_growth(from, to, direction, "Bytes", s);
	ret->operations_per_s = operations / s;
	if (operations > 0)
		ret->time_s = flow_growth(from, to, direction, "Time", operations * 1e9);
	ret->failed_per_s = flow_growth(from, to, direction, "Failed", s);
}
