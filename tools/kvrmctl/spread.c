// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What probes counted of one reason between two samples; see spread.h.
 */
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "tools/kvrmctl/spread.h"
#include "tools/kvrmctl/value.h"

static uint64_t bucket_of(struct json_object *latency, size_t bucket)
{
	struct json_object *counts = value_get(latency, "Histogram");

	if (!counts || bucket >= json_object_array_length(counts))
		return 0;
	return json_object_get_uint64(json_object_array_get_idx(counts, bucket));
}

static uint64_t growth(uint64_t before, uint64_t after)
{
	return after > before ? after - before : 0;
}

/**
 * spread_between() - what was counted between two samples
 * @before: of GetStatistics' Latencies; NULL: nothing had been counted
 * @after: the same later. If it counts less, probes were attached anew, and all of it is new
 * @interval_us: between them, not 0
 */
struct spread spread_between(struct json_object *before, struct json_object *after,
			     uint64_t interval_us)
{
	const bool anew = value_number(after, "Count") < value_number(before, "Count");
	struct json_object *from = anew ? NULL : before;
	struct spread s = { .seconds = (double)interval_us / 1e6 };

	s.count = growth(value_number(from, "Count"), value_number(after, "Count"));
	s.time_ns = growth(value_number(from, "Time"), value_number(after, "Time"));
	for (size_t i = 0; i < KVRM_HISTOGRAM_BUCKETS; i++) {
		s.histogram[i] = growth(bucket_of(from, i), bucket_of(after, i));
		s.in_histogram += s.histogram[i];
	}
	return s;
}

/* Of the same probe and reason; NULL: nothing had been counted. */
static struct json_object *find(struct json_object *latencies, struct json_object *like)
{
	for (size_t i = 0; i < json_object_array_length(latencies); i++) {
		struct json_object *row = json_object_array_get_idx(latencies, i);

		if (!strcmp(value_text(row, "Probe"), value_text(like, "Probe")) &&
		    !strcmp(value_text(row, "Reason"), value_text(like, "Reason")))
			return row;
	}
	return NULL;
}

/**
 * spread_of() - what was counted of one reason of a system between two samples of it
 * @before: of GetStatistics; NULL: there is none
 * @after: the same later
 * @latency: the reason, of @after's Latencies
 *
 * Return: what was; its seconds are NAN if the samples cannot be compared: there is no earlier one,
 * or it has no Latencies, because probes were attached since, nobody knows when.
 */
struct spread spread_of(struct json_object *before, struct json_object *after,
			struct json_object *latency)
{
	struct json_object *latencies = value_get(before, "Latencies");
	uint64_t from_us = value_number(before, "MonotonicTime");
	uint64_t to_us = value_number(after, "MonotonicTime");

	if (!from_us || to_us <= from_us || !latencies || !json_object_array_length(latencies))
		return (struct spread){ .seconds = NAN };
	return spread_between(find(latencies, latency), latency, to_us - from_us);
}

/**
 * spread_percentile() - how long a part of all took at most
 * @s: what was counted
 * @of_all: the part, 0 to 1
 *
 * Return: ns, up to twice as long as it was; INFINITY: longer than histograms tell; NAN: not known.
 */
double spread_percentile(const struct spread *s, double of_all)
{
	uint64_t sum = 0;

	if (!s->in_histogram)
		return NAN;
	for (size_t i = 0; i < KVRM_HISTOGRAM_BUCKETS - 1; i++) {
		sum += s->histogram[i];
		if ((double)sum >= of_all * (double)s->in_histogram)
			return (double)((uint64_t)KVRM_HISTOGRAM_FIRST_NS << i);
	}
	return INFINITY;
}

/**
 * spread_mean() - how long each took on average
 * @s: what was counted
 *
 * Return: ns; NAN: there was none.
 */
double spread_mean(const struct spread *s)
{
	return s->count ? (double)s->time_ns / (double)s->count : NAN;
}
