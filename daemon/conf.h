/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KVRM_CONF_H
#define KVRM_CONF_H

#include <stdint.h>

#define CONF_PATH_DEFAULT "/etc/kvrm/kvrm.conf"
/* Measured: Documentation/enforcement.md. */
#define CONF_MEMORY_OVERHEAD (UINT64_C(64) << 20)

/* Who is adopted without being asked for. */
enum conf_adopt {
	CONF_ADOPT_NONE,
	CONF_ADOPT_LIBVIRT, /* libvirt's domains */
	CONF_ADOPT_ALL,	    /* every QEMU that is not kvrmd's own */
};

/**
 * struct conf - configuration, see kvrm.conf(5); texts are owned
 * @metrics_address: to listen on; "" if off
 * @metrics_socket: path; "" if off
 * @state_directory: of the store
 * @sample_interval_us: between samples
 * @start_timeout_us: for a guest to run
 * @cpu_host_reserve_us: what reservations leave to the host, µs of CPU time per second; UINT64_MAX: a
 *	twentieth of what it has, and a tenth of a CPU at least
 * @memory_host_reserve_bytes: memory that reservations leave to the host, whole MiB; UINT64_MAX: a
 *	twentieth of what it has, and 512 MiB at least
 * @memory_overhead_bytes: memory that each QEMU is counted with beside the guest's and tables for that, whole
 *	MiB; 0: nothing is counted, of tables neither
 * @adopt: guests of others that are adopted by themselves
 * @log_level: LOG_ERR to LOG_DEBUG
 */
struct conf {
	char *metrics_address;
	char *metrics_socket;
	char *state_directory;
	uint64_t sample_interval_us;
	uint64_t start_timeout_us;
	uint64_t cpu_host_reserve_us;
	uint64_t memory_host_reserve_bytes;
	uint64_t memory_overhead_bytes;
	enum conf_adopt adopt;
	int log_level;
};

int conf_init(struct conf *conf);
int conf_read(struct conf *conf, const char *path, char **ret_error);
void conf_deinit(struct conf *conf);

#endif
