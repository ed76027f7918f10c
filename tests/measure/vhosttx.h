/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A transmit queue of vhost-net, driven as by a guest: frames are posted into a ring, and the kernel
 * takes them when it can.
 */
#ifndef KVRM_VHOSTTX_H
#define KVRM_VHOSTTX_H

#include <err.h>
#include <fcntl.h>
#include <linux/vhost.h>
#include <linux/virtio_ring.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define VHOSTTX_FRAMES	    256
#define VHOSTTX_FRAME_BYTES 2048
#define VHOSTTX_QUEUE	    1

/* What the kernel shares with us. */
struct vhosttx_memory {
	struct vring_desc desc[VHOSTTX_FRAMES];
	union {
		struct vring_avail avail;
		uint8_t avail_bytes[4096];
	};
	union {
		struct vring_used used;
		uint8_t used_bytes[4096];
	};
	uint8_t frames[VHOSTTX_FRAMES][VHOSTTX_FRAME_BYTES];
};

struct vhosttx {
	struct vhosttx_memory *memory;
	int fd, kick, call;
	uint16_t posted;
};

static inline void vhosttx_do(int fd, unsigned long request, const void *argument, const char *name)
{
	if (ioctl(fd, request, argument))
		err(1, "%s", name);
}

/* @tap: with a virtio header; the queue writes to it from now on */
static inline void vhosttx_open(struct vhosttx *tx, int tap)
{
	const uint64_t features = 0;
	struct vhosttx_memory *m =
		mmap(NULL, sizeof(*m), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct vhost_memory *table = calloc(1, sizeof(*table) + sizeof(table->regions[0]));
	struct vhost_vring_state num = { VHOSTTX_QUEUE, VHOSTTX_FRAMES };
	struct vhost_vring_state base = { VHOSTTX_QUEUE, 0 };
	struct vhost_vring_addr addr = {
		.index = VHOSTTX_QUEUE,
		.desc_user_addr = (uintptr_t)m->desc,
		.avail_user_addr = (uintptr_t)&m->avail,
		.used_user_addr = (uintptr_t)&m->used,
	};
	struct vhost_vring_file file = { VHOSTTX_QUEUE, 0 };

	table->nregions = 1;
	table->regions[0].guest_phys_addr = (uintptr_t)m;
	table->regions[0].userspace_addr = (uintptr_t)m;
	table->regions[0].memory_size = sizeof(*m);
	tx->memory = m;
	tx->posted = 0;
	tx->kick = eventfd(0, EFD_CLOEXEC);
	tx->call = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	tx->fd = open("/dev/vhost-net", O_RDWR | O_CLOEXEC);
	if (tx->fd < 0)
		err(1, "/dev/vhost-net");
	vhosttx_do(tx->fd, VHOST_SET_OWNER, NULL, "VHOST_SET_OWNER");
	vhosttx_do(tx->fd, VHOST_SET_FEATURES, &features, "VHOST_SET_FEATURES");
	vhosttx_do(tx->fd, VHOST_SET_MEM_TABLE, table, "VHOST_SET_MEM_TABLE");
	vhosttx_do(tx->fd, VHOST_SET_VRING_NUM, &num, "VHOST_SET_VRING_NUM");
	vhosttx_do(tx->fd, VHOST_SET_VRING_BASE, &base, "VHOST_SET_VRING_BASE");
	vhosttx_do(tx->fd, VHOST_SET_VRING_ADDR, &addr, "VHOST_SET_VRING_ADDR");
	file.fd = tx->kick;
	vhosttx_do(tx->fd, VHOST_SET_VRING_KICK, &file, "VHOST_SET_VRING_KICK");
	file.fd = tx->call;
	vhosttx_do(tx->fd, VHOST_SET_VRING_CALL, &file, "VHOST_SET_VRING_CALL");
	file.fd = tap;
	vhosttx_do(tx->fd, VHOST_NET_SET_BACKEND, &file, "VHOST_NET_SET_BACKEND");
	free(table);
}

/* Returns false if the ring is full: the kernel has taken none lately. */
static inline bool vhosttx_post(struct vhosttx *tx, const void *frame, size_t bytes)
{
	struct vhosttx_memory *m = tx->memory;
	uint16_t slot = tx->posted % VHOSTTX_FRAMES;
	const uint64_t one = 1;

	if ((uint16_t)(tx->posted - __atomic_load_n(&m->used.idx, __ATOMIC_ACQUIRE)) ==
	    VHOSTTX_FRAMES)
		return false;
	memcpy(m->frames[slot], frame, bytes);
	m->desc[slot].addr = (uintptr_t)m->frames[slot];
	m->desc[slot].len = (uint32_t)bytes;
	m->avail.ring[slot] = slot;
	__atomic_store_n(&m->avail.idx, ++tx->posted, __ATOMIC_RELEASE);
	return write(tx->kick, &one, sizeof(one)) == sizeof(one);
}

#endif
