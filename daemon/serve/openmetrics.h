/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Metrics as text: OpenMetrics 1.0, or the Prometheus format 0.0.4 for older collectors. Pure:
 * from a snapshot to text, no clock, no I/O. The families are those of include/kvrm/metrics.h.
 */
#ifndef DAEMON_SERVE_OPENMETRICS_H
#define DAEMON_SERVE_OPENMETRICS_H

#include <stddef.h>
#include <stdint.h>

#include "daemon/model/metric.h"

enum openmetrics_format {
	OPENMETRICS_TEXT,	/* OpenMetrics 1.0.0 */
	OPENMETRICS_PROMETHEUS, /* Prometheus text format 0.0.4 */
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
int openmetrics_write(const struct metric_snapshot *snapshot, enum openmetrics_format format,
		      char **ret_text, size_t *ret_size);

/**
 * openmetrics_keep() - give a text back, for the next one to be written to its memory
 * @text: from openmetrics_write(); not to be freed any more
 * @size: its size
 */
void openmetrics_keep(char *text, size_t size);

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
