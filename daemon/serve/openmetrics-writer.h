/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Samples in the two formats. A family's head is written with its first sample, so a family of
 * which nothing is known does not appear. The formats differ in the heads, in the types that
 * Prometheus does not have, in the start times of counters (OpenMetrics only) and in the last
 * line. Inside daemon/serve only.
 */
#ifndef DAEMON_SERVE_OPENMETRICS_WRITER_H
#define DAEMON_SERVE_OPENMETRICS_WRITER_H

#include "daemon/serve/openmetrics-text.h"
#include "daemon/serve/openmetrics.h"

/**
 * struct om_family - one line of the metric table
 * @name: without the kind's suffix
 * @kind: what it is
 * @unit: "" if none
 * @scale: decimal places of its values
 * @help: sentences
 */
struct om_family {
	const char *name;
	enum kvrm_metric_kind kind;
	const char *unit;
	enum kvrm_metric_scale scale;
	const char *help;
};

/**
 * struct om_writer - a text being written
 * @text: so far
 * @openmetrics: OpenMetrics, else Prometheus
 * @snapshot: what is written
 * @family: being written
 * @headed: its head was written
 */
struct om_writer {
	struct om_text text;
	bool openmetrics;
	const struct openmetrics_snapshot *snapshot;
	const struct om_family *family;
	bool headed;
};

/**
 * om_suffix() - what a sample's name has behind the family's
 * @family: family
 */
const char *om_suffix(const struct om_family *family);

/**
 * om_begin() - begin a sample: the head if it is the first, and the name
 * @w: writer
 * @end_of_name: suffix
 */
void om_begin(struct om_writer *w, const char *end_of_name);

/**
 * om_label() - add a label; the caller closes the braces
 * @w: writer
 * @before: "{" or ","
 * @name: of the label
 * @value: not escaped yet
 */
void om_label(struct om_writer *w, const char *before, const char *name, const char *value);

/**
 * om_number_label() - add a label that is a number and not the first
 * @w: writer
 * @name: of the label
 * @value: number
 */
void om_number_label(struct om_writer *w, const char *name, uint64_t value);

/**
 * om_end() - end a sample
 * @w: writer
 * @value: number times 10 to the power of @places
 * @places: decimal places
 */
void om_end(struct om_writer *w, uint64_t value, unsigned int places);

/**
 * om_host() - a whole sample of the host, without labels
 * @w: writer
 * @value: in the family's scale
 */
void om_host(struct om_writer *w, uint64_t value);

/**
 * om_vm() - a whole sample of a virtual system
 * @w: writer
 * @vm: of which
 * @value: in the family's scale
 */
void om_vm(struct om_writer *w, const struct openmetrics_vm *vm, uint64_t value);

/**
 * om_pool() - a whole sample of a pool
 * @w: writer
 * @pool: of which
 * @value: in the family's scale
 */
void om_pool(struct om_writer *w, const struct openmetrics_pool *pool, uint64_t value);

/**
 * om_vm_created() - when the counter written just before began
 * @w: writer
 * @vm: as for that
 * @since_us: CLOCK_REALTIME; 0: not known, nothing is written
 */
void om_vm_created(struct om_writer *w, const struct openmetrics_vm *vm, uint64_t since_us);

/**
 * om_vcpu() - a counter of a virtual CPU, and when it began
 * @w: writer
 * @vm: of which
 * @index: of the virtual CPU
 * @reason: label; NULL: the family has none
 * @value: in the family's scale
 * @since_us: CLOCK_REALTIME; 0: not known
 */
void om_vcpu(struct om_writer *w, const struct openmetrics_vm *vm, uint32_t index,
	     const char *reason, uint64_t value, uint64_t since_us);

#endif
