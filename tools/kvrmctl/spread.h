/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What probes counted of one reason between two samples of kvrmd.
 */
#ifndef KVRMCTL_SPREAD_H
#define KVRMCTL_SPREAD_H

#include <linux/kvrm.h>
#include <stdint.h>

struct json_object;

/**
 * struct spread - what was counted
 * @seconds: between the samples; NAN: they cannot be compared, and the rest is nothing
 * @count: how often
 * @time_ns: how long together
 * @histogram: how often by how long, as KVRM_A_LATENCY_HISTOGRAM
 * @in_histogram: how many are in that; 0: it is not known how long each took
 */
struct spread {
	double seconds;
	uint64_t count;
	uint64_t time_ns;
	uint64_t histogram[KVRM_HISTOGRAM_BUCKETS];
	uint64_t in_histogram;
};

struct spread spread_between(struct json_object *before, struct json_object *after,
			     uint64_t interval_us);
struct spread spread_of(struct json_object *before, struct json_object *after,
			struct json_object *latency);
double spread_percentile(const struct spread *s, double of_all);
double spread_mean(const struct spread *s);

#endif
