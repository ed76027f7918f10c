/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Metrics as text: OpenMetrics 1.0, or the Prometheus format 0.0.4 for older collectors. Pure:
 * from a snapshot to text, no clock, no I/O. The families are those of include/kvrm/metrics.h.
 */
#ifndef DAEMON_SERVE_OPENMETRICS_H
#define DAEMON_SERVE_OPENMETRICS_H

#include <stddef.h>
#include <stdint.h>

#include "daemon/model/sample.h"
#include "kvrm/metrics.h"

enum openmetrics_format {
	OPENMETRICS_TEXT,	/* OpenMetrics 1.0.0 */
	OPENMETRICS_PROMETHEUS, /* Prometheus text format 0.0.4 */
};

/**
 * struct openmetrics_vm - one virtual system
 * @uuid: text
 * @name: text
 * @state: now
 * @memory_bytes: it is defined with; 0: not known
 * @limit_us: processor limit asked for, µs of CPU time per second; 0: unlimited
 * @limit_applied_us: read back from cpu.max; 0: unlimited, not running or not known
 * @started_us: when QEMU was started, CLOCK_REALTIME; 0: does not run
 * @sample: last one; NULL: none
 */
struct openmetrics_vm {
	const char *uuid;
	const char *name;
	enum kvrm_vm_state state;
	uint64_t memory_bytes;
	uint64_t limit_us;
	uint64_t limit_applied_us;
	uint64_t started_us;
	const struct vm_sample *sample;
};

/**
 * struct openmetrics_snapshot - all that is shown at one moment; refers to memory of the caller
 * @host: of the host
 * @vms: every virtual system, running or not, in the order in which they are to be written
 * @n_vms: how many
 */
struct openmetrics_snapshot {
	struct host_sample host;
	const struct openmetrics_vm *vms;
	size_t n_vms;
};

/**
 * openmetrics_write() - a snapshot as text
 * @snapshot: what to write
 * @format: how
 * @ret_text: to be freed; ends with NUL, which @ret_size does not count
 * @ret_size: bytes
 *
 * Return: 0 or -ENOMEM.
 */
int openmetrics_write(const struct openmetrics_snapshot *snapshot, enum openmetrics_format format,
		      char **ret_text, size_t *ret_size);

/**
 * openmetrics_content_type() - what to send as Content-Type
 * @format: as for openmetrics_write()
 *
 * Return: static text.
 */
const char *openmetrics_content_type(enum openmetrics_format format);

/**
 * openmetrics_negotiate() - the format that a collector likes best
 * @accept: value of its Accept header; NULL: none
 *
 * Return: OpenMetrics if it is accepted with a quality not below that of text/plain, else
 * Prometheus text, which everybody reads.
 */
enum openmetrics_format openmetrics_negotiate(const char *accept);

#endif
