/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory in QMP: what a machine was started with, and what was plugged into it. Pure; the peer is not trusted, so what
 * it says may have any shape.
 *
 * Memory is plugged into a device (virtio-mem) that is known by its id: QEMU is told how much the guest is to take, and
 * tells how much it has.
 */
#ifndef DAEMON_WIRE_QMP_MEMORY_H
#define DAEMON_WIRE_QMP_MEMORY_H

#include <json-c/json.h>
#include <stdint.h>

/**
 * struct qmp_memory - what can be plugged in, and is; bytes
 * @requested_bytes: that the guest is to take
 * @size_bytes: that it has taken; more than @requested_bytes as long as it gives back
 * @max_bytes: that it could take
 */
struct qmp_memory {
	uint64_t requested_bytes;
	uint64_t size_bytes;
	uint64_t max_bytes;
};

/**
 * qmp_memory_request() - arguments of qom-set: how much the guest is to take
 * @id: of the device; not checked
 * @bytes: that
 *
 * Return: an object; NULL if there is no memory.
 */
struct json_object *qmp_memory_request(const char *id, uint64_t bytes);

/**
 * qmp_memory_read() - what is plugged in, from the answer to query-memory-devices
 * @value: of the answer
 * @id: of the device
 * @ret: filled in
 *
 * Return: 0, -ENOENT if there is no such device, -EPROTO if it is not as it should be.
 */
int qmp_memory_read(struct json_object *value, const char *id, struct qmp_memory *ret);

/**
 * qmp_memory_read_base() - what it was started with, from the answer to query-memory-size-summary
 * @value: of the answer
 * @ret_bytes: receives it
 *
 * Return: 0, or -EPROTO if it is not as it should be.
 */
int qmp_memory_read_base(struct json_object *value, uint64_t *ret_bytes);

#endif
