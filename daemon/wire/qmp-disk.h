/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Disks in QMP: limits that QEMU's throttle is to hold, those that it holds, and what it counts. Pure; the peer is
 * not trusted, so what it says may have any shape.
 *
 * A disk is known by its place in the definition: its node is "diskN", its device "vdN".
 */
#ifndef DAEMON_WIRE_QMP_DISK_H
#define DAEMON_WIRE_QMP_DISK_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum qmp_disk_direction {
	QMP_DISK_READ,
	QMP_DISK_WRITE,
	QMP_DISK_DIRECTIONS,
};

/**
 * struct qmp_disk_limit - limits of one direction
 * @bytes_per_s: 0: none
 * @operations_per_s: 0: none
 * @burst_bytes: what may pass at once after a pause; 0: what @bytes_per_s lets pass in 100 ms
 */
struct qmp_disk_limit {
	uint64_t bytes_per_s;
	uint64_t operations_per_s;
	uint64_t burst_bytes;
};

/**
 * struct qmp_disk_limits - all that QEMU holds of a disk
 * @flows: by direction
 * @others: it holds something else beside: limits of both directions together, of bursts of operations, or
 *	together with another disk
 */
struct qmp_disk_limits {
	struct qmp_disk_limit flows[QMP_DISK_DIRECTIONS];
	bool others;
};

/**
 * struct qmp_disk_flow - counters of one direction since QEMU was started
 * @bytes: of requests that succeeded
 * @operations: requests that succeeded
 * @failed: requests that did not
 * @time_ns: from each request to its end, summed; waiting for a limit is part of it
 */
struct qmp_disk_flow {
	uint64_t bytes;
	uint64_t operations;
	uint64_t failed;
	uint64_t time_ns;
};

/**
 * qmp_disk_throttle() - arguments of block_set_io_throttle
 * @index: of the disk
 * @limits: by direction
 *
 * Whatever else was in force ends by it. What waits goes on, by the new limits.
 *
 * Return: an object; NULL if there is no memory.
 */
struct json_object *qmp_disk_throttle(size_t index,
				      const struct qmp_disk_limit limits[QMP_DISK_DIRECTIONS]);

/**
 * qmp_disk_read_limits() - limits of a disk, from the answer to query-block
 * @value: of the answer
 * @index: of the disk
 * @ret: filled in
 *
 * Return: 0, -ENOENT if there is no such disk, -EPROTO if it is not as it should be.
 */
int qmp_disk_read_limits(struct json_object *value, size_t index, struct qmp_disk_limits *ret);

/**
 * qmp_disk_read_size() - size of a disk as the guest sees it, from the answer to query-block
 * @value: of the answer
 * @index: of the disk
 * @ret_bytes: receives it
 *
 * Return: as qmp_disk_read_limits().
 */
int qmp_disk_read_size(struct json_object *value, size_t index, uint64_t *ret_bytes);

/**
 * qmp_disk_read_flows() - counters of a disk, from the answer to query-blockstats
 * @value: of the answer
 * @index: of the disk
 * @ret: by direction, filled in
 *
 * Return: as qmp_disk_read_limits().
 */
int qmp_disk_read_flows(struct json_object *value, size_t index,
			struct qmp_disk_flow ret[QMP_DISK_DIRECTIONS]);

#endif
