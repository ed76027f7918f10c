/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Definition of a virtual system: what its owner wants it to be. The same keys, rules and error
 * sentences in a definition file, on D-Bus and in the store;
 * Documentation/dbus/org.kvrm1.Manager.md lists them.
 *
 * Errors: -EINVAL with a sentence that names the key and the allowed range, or -ENOMEM. Sentences
 * are to be freed; ret_error may be NULL.
 */
#ifndef KVRM_DEFINITION_H
#define KVRM_DEFINITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-bus.h>

#include "daemon/util/cleanup.h"

#define POOL_NAME_MAX		    63
#define POOL_HOST		    "host"
#define DEFINITION_NAME_MAX	    63
#define DEFINITION_DESCRIPTION_MAX  255
#define DEFINITION_VCPUS_MAX	    255
#define DEFINITION_MEMORY_UNIT	    (UINT64_C(1) << 20)
#define DEFINITION_MEMORY_MAX_BYTES (UINT64_C(16) << 40)
#define DEFINITION_DISKS_MAX	    16
#define DEFINITION_CHANNELS_MAX	    8
/* By so much memory is plugged into a guest that runs. */
#define MEMORY_PLUG_UNIT (UINT64_C(2) << 20)
/* In blocks of this size of addresses, or larger ones, Linux takes memory. */
#define MEMORY_PLUG_BLOCK (UINT64_C(128) << 20)
/* What QEMU calls the device that memory is plugged into. */
#define MEMORY_QEMU_ID "pluggable"
/* So that its socket's path fits into an address. */
#define DEFINITION_CHANNEL_MAX 40
#define DEFINITION_CMDLINE_MAX 2000
#define DEFINITION_NICS_MAX    8
/* As interfaces are called. */
#define DEFINITION_BRIDGE_MAX 15
/* The module's bounds; kmod's are the same numbers in uapi. */
#define NIC_LIMIT_MAX_BYTES_PER_S   (UINT64_C(1) << 40)
#define NIC_LIMIT_MAX_PACKETS_PER_S UINT64_C(1000000000)
#define NIC_BURST_MAX_BYTES	    (UINT64_C(1) << 30)
/* Likewise; what an uplink has, and whatever is had of one. */
#define UPLINK_MAX_BYTES_PER_S (UINT64_C(1) << 40)
#define UPLINK_NAME_MAX	       63
/* What a NIC has beside the name of an uplink: that of its bridge, or none. */
#define UPLINK_OF_BRIDGE "bridge"
#define UPLINK_NONE	 "none"

/* Below what QEMU's throttle takes, 10^15. */
#define DISK_LIMIT_MAX_BYTES_PER_S	(UINT64_C(1) << 40)
#define DISK_LIMIT_MAX_OPERATIONS_PER_S UINT64_C(1000000000)

/* Of a disk, as the guest sees it. */
enum disk_direction {
	DISK_READ,
	DISK_WRITE,
	DISK_DIRECTIONS,
};

/**
 * struct disk_limit - limits of one direction of a disk
 * @bytes_per_s: of its requests; 0: unlimited
 * @operations_per_s: requests; 0: unlimited
 * @burst_bytes: what may pass at once after a pause, at least what @bytes_per_s lets pass in a second; 0: what
 *	it lets pass in 100 ms. Needs @bytes_per_s
 */
struct disk_limit {
	uint64_t bytes_per_s;
	uint64_t operations_per_s;
	uint64_t burst_bytes;
};

/**
 * struct definition_disk - a disk
 * @path: of an image or a block device, absolute
 * @format: "raw" or "qcow2"
 * @read_only: the guest may not write
 * @limits: by direction
 */
struct definition_disk {
	char *path;
	char format[8];
	bool read_only;
	struct disk_limit limits[DISK_DIRECTIONS];
};

/* Of a NIC: what the guest receives, and what it sends. */
enum nic_direction {
	NIC_TO_GUEST,
	NIC_FROM_GUEST,
	NIC_DIRECTIONS,
};

/**
 * struct nic_limit - limits of one direction of a NIC
 * @bytes_per_s: Ethernet frames without preamble and checksum; 0: unlimited
 * @packets_per_s: likewise; 0: unlimited
 * @burst_bytes: what may pass at once after it was idle; 0: what the limit lets pass in 4 ms. Needs
 *	@bytes_per_s
 */
struct nic_limit {
	uint64_t bytes_per_s;
	uint64_t packets_per_s;
	uint64_t burst_bytes;
};

/**
 * struct nic_share - what one direction of a NIC has of its uplink
 * @reservation_bytes_per_s: guaranteed, counted as for the limit; 0: nothing
 * @weight: share among the members of the uplink of what reservations leave, 1 to 10000
 */
struct nic_share {
	uint64_t reservation_bytes_per_s;
	uint64_t weight;
};

/**
 * struct definition_nic - a network card
 * @bridge: of the host that it is connected to
 * @mac: its address, lower case; "": definition_complete() gives it one
 * @vhost: the host's kernel moves its packets, not QEMU
 * @uplink: name of an uplink or part; UPLINK_OF_BRIDGE or UPLINK_NONE
 * @limits: by direction
 * @shares: by direction
 */
struct definition_nic {
	char bridge[DEFINITION_BRIDGE_MAX + 1];
	char mac[18];
	bool vhost;
	char uplink[UPLINK_NAME_MAX + 1];
	struct nic_limit limits[NIC_DIRECTIONS];
	struct nic_share shares[NIC_DIRECTIONS];
};

/* What is so if nothing else was said. */
#define NIC_DEFAULTS                                                                               \
	{                                                                                          \
		.vhost = true,                                                                     \
		.uplink = UPLINK_OF_BRIDGE,                                                        \
		.shares = { [NIC_TO_GUEST].weight = 100, [NIC_FROM_GUEST].weight = 100 },          \
	}

/**
 * struct cpu_allocation - what is asked of the processors, for a virtual system or a pool
 * @reservation_us: guaranteed, µs of CPU time per second
 * @limit_us: never exceeded, µs of CPU time per second; 0: unlimited
 * @weight: share among siblings of what reservations leave, 1 to 10000
 * @vcpu_limit_us: of a virtual system: never exceeded by any single one of its virtual CPUs, µs of CPU
 *	time per second; 0: unlimited, as always of a pool
 */
struct cpu_allocation {
	uint64_t reservation_us;
	uint64_t limit_us;
	uint32_t weight;
	uint64_t vcpu_limit_us;
};

/**
 * struct memory_allocation - what is asked of the memory, for a virtual system or a pool
 * @reservation_bytes: never reclaimed or swapped, whole MiB; of a virtual system at most its memory
 * @limit_bytes: of a virtual system: never exceeded by its memory and what QEMU needs beside together,
 *	whole MiB; 0: unlimited, as always of a pool
 * @weight: share among siblings of what reservations leave while there is not enough, 1 to 10000
 */
struct memory_allocation {
	uint64_t reservation_bytes;
	uint64_t limit_bytes;
	uint32_t weight;
};

/**
 * struct allocation - what is asked, for a virtual system or a pool
 * @cpu: of the processors
 * @memory: of the memory
 * @storage_weight: of a virtual system: share, among siblings, of a device of the host that all want, 1 to
 *	10000; 0 as always of a pool
 * @sample_rate_hz: likewise: how often it is sampled into the sample ring, per second, 1 to KVRM_SAMPLE_RATE_MAX_HZ
 * @probes: likewise: groups of probes on its virtual CPUs, KVRM_PROBE_*; 0: none
 * @memory_bytes: of a virtual system: size of its memory; 0 as always of a pool
 */
struct allocation {
	struct cpu_allocation cpu;
	struct memory_allocation memory;
	uint32_t storage_weight;
	uint32_t sample_rate_hz;
	uint32_t probes;
	uint64_t memory_bytes;
};

/**
 * struct definition - a virtual system as it is wanted; texts that are not set are NULL or empty
 * @name: unique among the systems of a host
 * @uuid: lower case; likewise
 * @description: for people
 * @vcpus: virtual CPUs
 * @memory_bytes: size of its memory
 * @memory_max_bytes: up to which memory can be plugged in while it runs; 0: none can
 * @kernel: file to boot directly, absolute path
 * @initrd: its initial file system
 * @cmdline: its command line
 * @disks: @n_disks of them
 * @channels: names of virtio-serial channels, @n_channels of them
 * @nics: @n_nics of them
 * @pool: name of the pool that it is a member of
 * @cpu: for the whole system
 * @memory: likewise
 * @storage_weight: likewise
 * @sample_rate_hz: likewise
 * @probes: likewise
 */
struct definition {
	char name[DEFINITION_NAME_MAX + 1];
	char uuid[37];
	char *description;
	uint32_t vcpus;
	uint64_t memory_bytes;
	uint64_t memory_max_bytes;
	char *kernel;
	char *initrd;
	char *cmdline;
	struct definition_disk *disks;
	size_t n_disks;
	char **channels;
	size_t n_channels;
	struct definition_nic *nics;
	size_t n_nics;
	char pool[POOL_NAME_MAX + 1];
	struct cpu_allocation cpu;
	struct memory_allocation memory;
	uint32_t storage_weight;
	uint32_t sample_rate_hz;
	uint32_t probes;
};

/* definition.c */
struct definition *definition_new(void);
struct definition *definition_free(struct definition *d);
int definition_add_channel(struct definition *d, const char *name, char **ret_error);
void definition_remove_channel(struct definition *d, size_t index);
int definition_validate(const struct definition *d, uint64_t capacity_us, char **ret_error);
int definition_check_paths(const struct definition *d, char **ret_error);
int definition_check_limit(uint64_t limit_us, uint64_t capacity_us, char **ret_error);

/* What is limited, or shared. */
enum limit_kind {
	LIMIT_RATE,	   /* bytes per second; 0: unlimited */
	LIMIT_COUNT,	   /* packets or operations per second; likewise */
	LIMIT_BURST,	   /* bytes */
	LIMIT_RESERVATION, /* bytes per second; 0: none */
	LIMIT_WEIGHT,	   /* 1 to 10000; u on D-Bus, where all else is t */
};

/**
 * struct limit_key - a limit of a NIC or a disk, or a NIC's share: where it is, and what it is called
 * @file: in definition files, behind "nic=BRIDGE," or "disk=PATH,", and on the command line
 * @bus: on D-Bus
 * @store: in the store
 * @kind: what it is
 * @offset: in struct definition_nic or struct definition_disk, of a uint64_t
 */
struct limit_key {
	const char *file;
	const char *bus;
	const char *store;
	enum limit_kind kind;
	size_t offset;
};

#define NIC_LIMIT_KEYS 10
/* All of them, for sentences. */
#define NIC_LIMIT_FILE_KEYS                                                                        \
	"to-guest-limit to-guest-packet-limit to-guest-burst to-guest-reservation "                \
	"to-guest-weight from-guest-limit from-guest-packet-limit from-guest-burst "               \
	"from-guest-reservation from-guest-weight"

/* What QEMU calls a NIC: "nic" or "net", and its address without colons. */
#define NIC_QEMU_ID_SIZE 16
/* What it calls the ports that they are in, each one, from 0 to DEFINITION_NICS_MAX - 1. */
#define NIC_QEMU_PORT "nicport%d"
/*
 * A send buffer with a bound is what makes a guest wait instead of losing packets, when the module holds them
 * back; QEMU's own default has none.
 */
#define NIC_SNDBUF_BYTES (256 << 10)

/* definition-nic.c */
extern const struct limit_key nic_limit_keys[NIC_LIMIT_KEYS];
uint64_t *nic_limit_at(struct definition_nic *nic, size_t key);
uint64_t nic_limit_default(size_t key);
int nic_check_bridge(const char *name, char **ret_error);
int definition_add_nic(struct definition *d, const struct definition_nic *nic, char **ret_error);
void definition_remove_nic(struct definition *d, size_t index);
int definition_check_nics(const struct definition *d, char **ret_error);
int definition_complete(struct definition *d);
size_t definition_find_nic(const struct definition *d, const char *mac);
bool nic_limits_any(const struct definition_nic *nic);
bool nic_reserves_any(const struct definition_nic *nic);
int nic_set_uplink(struct definition_nic *nic, const char *name, char **ret_error);
void nic_qemu_ids(const struct definition_nic *nic, char device[static NIC_QEMU_ID_SIZE],
		  char netdev[static NIC_QEMU_ID_SIZE]);
int nic_mac_parse(const char *text, char mac[static 18], char **ret_error);

/* definition-nic-text.c */
int nic_parse(const char *text, struct definition_nic *ret, char **ret_error);
int nic_set(struct definition_nic *nic, const char *key, const char *value, char **ret_error);

#define DISK_LIMIT_KEYS 6
/* All of them, for sentences. */
#define DISK_LIMIT_FILE_KEYS "read-limit read-iops read-burst write-limit write-iops write-burst"

/* definition-disk.c */
extern const struct limit_key disk_limit_keys[DISK_LIMIT_KEYS];
uint64_t *disk_limit_at(struct definition_disk *disk, size_t key);
bool disk_limits_any(const struct definition_disk *disk);
int definition_add_disk(struct definition *d, const char *path, const char *format, bool read_only,
			char **ret_error);
void definition_remove_disk(struct definition *d, size_t index);
int storage_weight_check(uint32_t weight, char **ret_error);
bool definition_limits_disks(const struct definition *d);
int definition_check_disks(const struct definition *d, char **ret_error);

/* definition-disk-text.c */
int disk_set(struct definition_disk *disk, const char *key, const char *value, char **ret_error);
int storage_weight_parse(const char *text, uint32_t *ret_weight, char **ret_error);
int definition_parse_disk(struct definition *d, const char *text, char **ret_error);

/* definition-sample.c */
int sample_rate_check(uint32_t rate_hz, char **ret_error);
int sample_rate_parse(const char *text, uint32_t *ret_rate_hz, char **ret_error);
int probes_parse(const char *text, uint32_t *ret_probes, char **ret_error);
const char *probes_text(uint32_t probes);
struct allocation definition_allocation(const struct definition *d);
void definition_set_allocation(struct definition *d, const struct allocation *allocation);

/* definition-rate.c: of NICs and disks */
int rate_parse(const char *what, const char *key, const char *value, uint64_t *ret_bytes_per_s,
	       char **ret_error);
void rate_format(uint64_t bytes_per_s, char *buf, size_t size);
int rate_reservation_parse(const char *what, const char *key, const char *value,
			   uint64_t *ret_bytes_per_s, char **ret_error);
int weight_parse(const char *what, const char *key, const char *value, uint64_t *ret_weight,
		 char **ret_error);
int share_parse(const char *key, const char *value, uint32_t *ret_weight, char **ret_error);

/* definition-file.c */
int definition_set(struct definition *d, const char *key, const char *value, char **ret_error);
int definition_read_file(const char *path, struct definition **ret, char **ret_error);

/* definition-bus.c */
int definition_append_bus(sd_bus_message *m, const struct definition *d);
int definition_read_bus(sd_bus_message *m, struct definition **ret, char **ret_error);
int allocation_read_bus(sd_bus_message *m, struct allocation *allocation, char **ret_error);

/* definition-bus-disk.c */
int definition_append_disk(sd_bus_message *m, const struct definition_disk *disk);
int definition_append_disks(sd_bus_message *m, const struct definition *d);
int disk_read_bus_limits(sd_bus_message *m, struct definition_disk *disk, char **ret_error);
int definition_read_disks(sd_bus_message *m, struct definition *d, char **ret_error);

/* definition-bus-nic.c */
int definition_append_nic(sd_bus_message *m, const struct definition_nic *nic);
int definition_append_nics(sd_bus_message *m, const struct definition *d);
int nic_read_bus(sd_bus_message *m, struct definition_nic *ret, char **ret_error);
int nic_read_bus_limits(sd_bus_message *m, struct definition_nic *nic, char **ret_error);
int definition_read_nics(sd_bus_message *m, struct definition *d, char **ret_error);

/* definition-json.c; not needed by the command line */
int definition_to_json(const struct definition *d, char **ret_text);
int definition_from_json(const char *text, struct definition **ret, char **ret_error);

/* definition-limit.c */
int cpu_reservation_parse(const char *text, uint64_t *ret_us, char **ret_error);
int cpu_weight_parse(const char *text, uint32_t *ret_weight, char **ret_error);
int cpu_allocation_check(const struct cpu_allocation *cpu, uint64_t ceiling_us,
			 uint64_t capacity_us, char **ret_error);
bool cpu_allocation_equal(const struct cpu_allocation *a, const struct cpu_allocation *b);
int cpu_limit_parse(const char *text, uint64_t *ret_us, char **ret_error);
int vcpu_limit_parse(const char *text, uint64_t *ret_us, char **ret_error);
void cpu_limit_format(uint64_t limit_us, char *buf, size_t size);

/* definition-memory.c */
void memory_format(uint64_t bytes, char *buf, size_t size);
int memory_size_parse(const char *text, uint64_t *ret_bytes, char **ret_error);
int memory_max_parse(const char *text, uint64_t *ret_bytes, char **ret_error);
int memory_weight_parse(const char *text, uint32_t *ret_weight, char **ret_error);
int memory_reservation_parse(const char *text, uint64_t *ret_bytes, char **ret_error);
int memory_limit_parse(const char *text, uint64_t *ret_bytes, char **ret_error);
int memory_limit_check(const struct memory_allocation *memory, uint64_t overhead_bytes,
		       char **ret_error);
int memory_allocation_check(const struct memory_allocation *memory, uint64_t ceiling_bytes,
			    char **ret_error);
bool allocation_equal(const struct allocation *a, const struct allocation *b);
uint64_t memory_overhead(uint64_t memory_bytes, uint64_t base_bytes);
uint64_t definition_overhead(const struct definition *d, uint64_t base_bytes);

/* definition-plug.c */
int memory_max_check(uint64_t memory_bytes, uint64_t max_bytes, char **ret_error);
int memory_size_check(uint64_t bytes, uint64_t base_bytes, uint64_t max_bytes, char **ret_error);
uint64_t definition_pluggable(const struct definition *d);

static inline void definition_freep(struct definition **d)
{
	definition_free(*d);
}
#define _cleanup_definition_ _cleanup_(definition_freep)

#endif
