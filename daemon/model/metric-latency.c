// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Points of what probes have counted, and of what KVM's own counters tell of halts; see metric-walk.h. When probes were
 * attached nobody has noted: they begin at no time that is known.
 */
#include "daemon/model/metric-walk.h"

typedef void put_latency(struct metric_walk *w, const struct metric_vm *vm,
			 const struct kvrm_probe_count *latency, const char *reason);

/* All reasons of a group, of all virtual systems. */
static void each(struct metric_walk *w, uint32_t probe, put_latency *put)
{
	char buf[LATENCY_REASON_SIZE];

	for (size_t i = 0; i < w->snapshot->n_vms; i++) {
		const struct metric_vm *vm = &w->snapshot->vms[i];
		const struct latencies *latencies = vm->sample ? &vm->sample->latencies : NULL;

		for (size_t l = 0; latencies && l < latencies->n; l++) {
			if (latencies->items[l].probe == probe)
				put(w, vm, &latencies->items[l],
				    latency_reason_name(&latencies->items[l], buf));
		}
	}
}

static void put_histogram(struct metric_walk *w, const struct metric_vm *vm,
			  const struct kvrm_probe_count *latency, const char *reason)
{
	struct metric_point point = { .labels = { { "vm", vm->uuid } },
				      .value = latency->time_ns,
				      .histogram = { .counts = latency->histogram,
						     .n = KVRM_HISTOGRAM_BUCKETS,
						     .first = KVRM_HISTOGRAM_FIRST_NS },
				      .time_us = vm->sample->time_us };

	if (!latency->has_histogram)
		return;
	if (*reason)
		point.labels[1] = (struct metric_label){ "reason", reason };
	metric_put(w, point);
}

static void put_number(struct metric_walk *w, const struct metric_vm *vm, const char *reason,
		       uint64_t value)
{
	metric_put(w, (struct metric_point){ .labels = { { "vm", vm->uuid }, { "reason", reason } },
					     .value = value,
					     .time_us = vm->sample->time_us });
}

static void put_count(struct metric_walk *w, const struct metric_vm *vm,
		      const struct kvrm_probe_count *latency, const char *reason)
{
	put_number(w, vm, reason, latency->count);
}

static void put_time(struct metric_walk *w, const struct metric_vm *vm,
		     const struct kvrm_probe_count *latency, const char *reason)
{
	put_number(w, vm, reason, latency->time_ns);
}

void metric_latency_exits(struct metric_walk *w)
{
	each(w, KVRM_PROBE_EXITS, put_histogram);
}

void metric_latency_user_exits(struct metric_walk *w)
{
	each(w, KVRM_PROBE_USER_EXITS, put_count);
}

void metric_latency_user_exit_time(struct metric_walk *w)
{
	each(w, KVRM_PROBE_USER_EXITS, put_time);
}

void metric_latency_wakeups(struct metric_walk *w)
{
	each(w, KVRM_PROBE_WAKEUPS, put_histogram);
}

void metric_latency_entered(struct metric_walk *w)
{
	static const struct metric_counter entered = { .attribute = KVRM_A_VCPU_ENTERED_NS };

	metric_vm_vcpus(w, &entered, 1, NULL, METRIC_SINCE_UNKNOWN);
}

void metric_latency_probe(struct metric_walk *w)
{
	static const struct metric_counter probe = { .attribute = KVRM_A_VCPU_PROBE_NS };

	metric_vm_vcpus(w, &probe, 1, NULL, METRIC_SINCE_UNKNOWN);
}

void metric_latency_halt_poll(struct metric_walk *w)
{
	static const struct metric_counter results[] = {
		{ KVRM_A_VCPU_HALT_POLL_SUCCESS_NS, "success" },
		{ KVRM_A_VCPU_HALT_POLL_FAIL_NS, "fail" },
	};

	/* What succeeded of all virtual CPUs comes first. */
	for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++)
		metric_vm_vcpus(w, &results[i], 1, "result", METRIC_SINCE_STARTED);
}
