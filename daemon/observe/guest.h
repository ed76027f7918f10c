/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest: the running QEMU of a virtual system, as it is observed through systemd, its monitor,
 * its cgroup and the module. Writes what it sees into the system; tells the manager what happened.
 */
#ifndef KVRM_OBSERVE_GUEST_H
#define KVRM_OBSERVE_GUEST_H

#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include "daemon/model/pool.h"
#include "daemon/model/system.h"
#include "daemon/wire/cgroup.h"
#include "daemon/wire/genl-nic.h"
#include "daemon/wire/genl.h"
#include "daemon/wire/qmp-disk.h"
#include "daemon/wire/qmp.h"
#include "daemon/wire/redirect.h"
#include "daemon/wire/systemd.h"
#include "daemon/wire/tap.h"

struct guest;

/* Why a system is paused whose guest was stopped for that. */
#define GUEST_STOPPED_REASON	  "its memory-limit is reached"
#define GUEST_STOPPED_POOL_REASON "its pool's memory-limit is reached"

enum guest_news {
	GUEST_UNIT_READY,     /* process and cgroup are known */
	GUEST_UNIT_LOST,      /* it runs but cannot be observed; text says why */
	GUEST_MONITOR_READY,  /* QEMU has answered */
	GUEST_MONITOR_LOST,   /* the monitor is gone, the process perhaps not; text says why */
	GUEST_DEVICE_DELETED, /* the guest has let go of a device; text is QEMU's name of it */
	GUEST_CHANGED,	      /* the system's state or another observed value changed */
	GUEST_DISKS_READ,     /* QEMU has said which limits of disks it holds */
	GUEST_MEMORY_READ,    /* QEMU has said what memory is plugged in */
	GUEST_PRESSED,	      /* it is throttled because of its memory limit, or was at the limit */
	GUEST_ENDED,	      /* QEMU is gone; text says why; the last news: it is to be freed */
};

/**
 * struct guest_env - what guests need, for all of them
 * @event: loop
 * @bus: system bus
 * @systemd: units
 * @genl: the module
 * @cgroup_root: of the hierarchy; NULL: the host's
 * @guests_directory: of monitors' sockets; NULL: the host's
 * @run_directory: where is noted whom kvrmd has stopped; NULL: the host's
 * @timeout_us: for QEMU to answer
 * @news: called from the event loop; may free the guest
 * @data: for @news
 */
struct guest_env {
	sd_event *event;
	sd_bus *bus;
	struct systemd *systemd;
	struct genl_client *genl;
	const char *cgroup_root;
	const char *guests_directory;
	const char *run_directory;
	uint64_t timeout_us;
	void (*news)(struct guest *guest, enum guest_news news, const char *text, void *data);
	void *data;
};

/* Whether traffic control polices a tap, as far as this kvrmd knows; see daemon/wire/police.h. */
enum guest_policed {
	GUEST_POLICED_UNKNOWN,
	GUEST_POLICED_NOT,
	GUEST_POLICED_ALONE,
	GUEST_POLICED_BEHIND,
};

#define GUEST_PROBLEM_SIZE 160
/* What systemd was told last of a guest's limit, if that is not known. */
#define GUEST_QUOTA_UNTOLD UINT64_MAX

/**
 * struct guest_nic - the host's end of a NIC
 * @ifindex: of its tap; 0 if not known
 * @module_id: in the module; 0 if not registered
 * @policed: by traffic control
 * @unbacked: that traffic control refused, should the module go, was told
 * @redirect: what takes away what its tap receives before the module sees it
 * @looked_us: when that was looked for last, CLOCK_MONOTONIC
 * @plugging: it is being plugged in, or taken out
 * @port: where the guest has it, if its tap is known; see daemon/launch/qemu-args.c
 * @tap: descriptor, until QEMU has it; else -1
 */
struct guest_nic {
	uint32_t ifindex;
	uint32_t module_id;
	enum guest_policed policed;
	bool unbacked;
	struct redirect redirect;
	uint64_t looked_us;
	bool plugging;
	uint32_t port;
	int tap;
};

/**
 * struct guest_disk - a disk as QEMU has it
 * @changing: changes of its limits that QEMU has not confirmed
 * @changes: ever begun or ended
 * @asked_at: @changes when QEMU was asked last for its limits
 * @known: @limits are what QEMU said then; nothing was changed meanwhile
 * @limits: likewise
 * @drifted: they were not what is wanted, and were put back; not seen as they should be since
 * @sample: what QEMU counted last
 */
struct guest_disk {
	unsigned int changing;
	unsigned int changes;
	unsigned int asked_at;
	bool known;
	struct qmp_disk_limits limits;
	bool drifted;
	struct disk_sample sample;
};

/**
 * struct guest_balloon - the guest's balloon, as far as QEMU was asked about it. Amounts are QEMU's, for which a guest
 *	has what it was started with, and the balloon takes from that
 * @left_bytes: what it leaves the guest; 0: QEMU has not said
 * @asked_bytes: what it was told last to leave the guest; 0: nothing yet
 * @asking: a command about it is outstanding
 * @refused: QEMU has none
 * @still: samples in which the guest did nothing about it
 * @pressed_bytes: what it is to leave the guest while memory is short, of all memory; 0: all. The manager's
 */
struct guest_balloon {
	uint64_t left_bytes;
	uint64_t asked_bytes;
	bool asking;
	bool refused;
	unsigned int still;
	uint64_t pressed_bytes;
};

/**
 * struct guest_plug - memory that can be plugged in, as far as QEMU was asked about it
 * @questions: that QEMU has not answered
 * @known: QEMU has answered; what follows is what it has said last
 * @requested_bytes: what the guest is to take beside what it was started with
 * @max_bytes: what it could; 0: QEMU has nothing that memory could be plugged into
 * @moving: a job changes @requested_bytes. The manager's
 * @drifted: @requested_bytes was not what is wanted, and is put back; not seen as it should be since. Likewise
 */
struct guest_plug {
	unsigned int questions;
	bool known;
	uint64_t requested_bytes;
	uint64_t max_bytes;
	bool moving;
	bool drifted;
};

/**
 * struct guest - see top
 * @env: for all guests
 * @system: whose QEMU it is; its runtime is this guest
 * @job: under way, NULL if none; the manager's
 * @unit: followed; NULL: not yet, or not any more because it could not be observed
 * @unit_seen: it was started
 * @find_wait: samples until one that could not be observed is looked for again
 * @find_problem: what was told last of that; "" if nothing
 * @cgroup_fd: directory of the cgroup that QEMU is in; -1 if not known
 * @home: cgroup of its unit, as systemd names it, where QEMU was started; "" if not known
 * @home_fd: directory of that, if QEMU was moved out of it; else -1
 * @usage_before_us: CPU time of cgroups that it was in between the two
 * @limited_before_us: time it was held back there
 * @counts_before: what was counted of its memory there
 * @misplaced_samples: until it is tried again to put it where it should be
 * @qmp: monitor; NULL if not connected
 * @qmp_retry: samples until connecting is tried again
 * @module_id: in the module; 0 if not registered
 * @registered_us: when that was, CLOCK_REALTIME
 * @nics: as in the definition
 * @taps_wait: samples until taps that are not known are looked for again
 * @taps_gap: how many these were at first
 * @nic_problem: what was told last of their limits; "" if nothing
 * @disks: as in the definition
 * @disk_questions: about disks that QEMU has not answered
 * @disk_problem: as @nic_problem
 * @refused: the module did not take it; not tried again until it is loaded anew
 * @reasserted: how often the module had put back what others had changed, at the last sample
 * @quota_asserted_us: limit that systemd was told last; GUEST_QUOTA_UNTOLD: none
 * @weight_asserted: static weight that was asked for last; 0: none
 * @memory_asserted: memory.min that systemd was told last; MEMORY_UNTOLD: none
 * @high_asserted: memory.high that systemd was told last, as cgroup_memory; MEMORY_UNTOLD_LIMIT: none
 * @max_asserted: likewise, memory.max
 * @pressure: tells that it is throttled; NULL if its cgroup is not known
 * @balloon: its balloon
 * @plug: memory that is plugged in
 * @balloon_problem: as @nic_problem
 * @stopped: kvrmd has stopped its virtual CPUs because it is at its memory limit, or has told QEMU
 *	to, which has not refused; nobody has let them go on
 * @stopped_in_pool: or rather because its pool is
 * @stopping: a command about that is outstanding
 * @rate_told_hz: how often the module was told to sample it, per second; 0: not yet
 * @probes_told: what probes the module was told to attach, or had when the guest was found there, KVRM_PROBE_*
 * @probes_problem: as @nic_problem
 * @storage_asserted: io.weight that systemd was told last; 0: none
 * @storage_problem: as @nic_problem
 * @asking: a call to the launcher about its weights or memory is outstanding; NULL if not
 * @kill_asked: somebody asked for its end
 * @shutdown: what QEMU said of its end; "" if nothing
 * @since_us: when it was made, CLOCK_REALTIME
 * @ending: waits for QEMU's last words; NULL if not
 * @ending_tries: how often they were looked for
 */
struct guest {
	const struct guest_env *env;
	struct system *system;
	void *job;
	struct systemd_unit *unit;
	bool unit_seen;
	unsigned int find_wait;
	char find_problem[GUEST_PROBLEM_SIZE];
	int cgroup_fd;
	char home[SLICE_PATH_SIZE];
	int home_fd;
	uint64_t usage_before_us;
	uint64_t limited_before_us;
	struct kvrm_counts counts_before;
	unsigned int misplaced_samples;
	struct qmp *qmp;
	unsigned int qmp_retry;
	uint32_t module_id;
	uint64_t registered_us;
	struct guest_nic nics[DEFINITION_NICS_MAX];
	unsigned int taps_wait;
	unsigned int taps_gap;
	char nic_problem[GUEST_PROBLEM_SIZE];
	struct guest_disk disks[DEFINITION_DISKS_MAX];
	unsigned int disk_questions;
	char disk_problem[GUEST_PROBLEM_SIZE];
	bool refused;
	uint64_t reasserted;
	uint64_t quota_asserted_us;
	uint32_t weight_asserted;
	uint64_t memory_asserted;
	uint64_t high_asserted;
	uint64_t max_asserted;
	sd_event_source *pressure;
	struct guest_balloon balloon;
	struct guest_plug plug;
	char balloon_problem[GUEST_PROBLEM_SIZE];
	bool stopped;
	bool stopped_in_pool;
	bool stopping;
	uint32_t rate_told_hz;
	uint32_t probes_told;
	char probes_problem[GUEST_PROBLEM_SIZE];
	uint32_t storage_asserted;
	char storage_problem[GUEST_PROBLEM_SIZE];
	sd_bus_slot *asking;
	bool kill_asked;
	char shutdown[64];
	uint64_t since_us;
	sd_event_source *ending;
	int ending_tries;
};

/**
 * guest_tell() - tell whoever owns guests
 * @guest: guest; may be freed
 * @news: what
 * @text: as for that news; may be NULL
 */
static inline void guest_tell(struct guest *guest, enum guest_news news, const char *text)
{
	guest->env->news(guest, news, text, guest->env->data);
}

struct guest *guest_new(const struct guest_env *env, struct system *system);
struct guest *guest_free(struct guest *guest);
int guest_follow_unit(struct guest *guest);
void guest_leave_unit(struct guest *guest);
void guest_sample(struct guest *guest, const struct genl_vcpu *vcpus, size_t n_vcpus);
void guest_sample_flow(struct guest *guest, const struct genl_guest *known);
void guest_take_cpu_stat(struct vm_sample *sample, const struct cgroup_cpu_stat *stat);
void guest_take_vcpus(struct vm_sample *sample, uint32_t module_id, const struct genl_vcpu *vcpus,
		      size_t n_vcpus);
void guest_take_flow(struct vm_sample *sample, const struct genl_guest *known);
void guest_unit_name(const char *uuid, char name[static 64]);
bool guest_unit_parse(const char *name, char uuid[static 37]);

/* guest-monitor.c */
extern const struct qmp_callbacks guest_monitor_callbacks; /* their data is a guest */
int guest_connect_monitor(struct guest *guest);

/* guest-limit.c */
uint64_t guest_quota_us(const struct guest *guest, const struct cpu_allocation *cpu);
int guest_read_limit(struct guest *guest, const struct cpu_allocation *cpu, bool *ret_holds);
int guest_verify_limit(struct guest *guest, const struct cpu_allocation *cpu, char **ret_error);
int guest_read_vcpu_limit(struct guest *guest, uint64_t limit_us, char **ret_error);
int guest_verify_memory(struct guest *guest, uint64_t wanted_bytes, char **ret_error);

/* guest-balloon.c */
uint64_t guest_balloon_value(const struct guest *guest, uint64_t left_bytes);
void guest_tend_balloon(struct guest *guest, uint64_t left_bytes);
void guest_show_balloon(struct guest *guest);
void guest_lose_balloon(struct guest *guest);
void guest_balloon_changed(struct guest *guest, struct json_object *arguments);

/* guest-plug.c */
void guest_ask_memory(struct guest *guest);
int guest_request_memory(struct guest *guest, uint64_t bytes, qmp_reply *reply);

/* guest-stop.c */
void guest_note_stopped(struct guest *guest, bool in_pool);
void guest_forget_stopped(struct guest *guest);
void guest_recall_stopped(struct guest *guest);
const char *guest_stopped_reason(const struct guest *guest);

/* guest-memory.c */
int guest_look_at_memory(struct guest *guest, struct cgroup_memory *ret);
int guest_verify_memory_limit(struct guest *guest, uint64_t limit_bytes, char **ret_error);
void guest_watch_memory(struct guest *guest);

/* guest-nic.c */
void guest_take_tap(struct guest *guest, const struct tap *tap, int fd);
void guest_close_tap(struct guest *guest, size_t index);
void guest_close_taps(struct guest *guest);
uint32_t guest_free_port(const struct guest *guest, size_t index);
void guest_remove_nic(struct guest *guest, size_t index);
void guest_find_taps(struct guest *guest);
void guest_tend_taps(struct guest *guest);
void guest_lose_module(struct guest *guest);
void guest_sample_nic(struct guest *guest, size_t index, const struct genl_nic *known);

/* guest-disk.c */
void guest_ask_disks(struct guest *guest);

/* guest-place.c */
int guest_find_cgroup(const struct guest *guest, const char *unit_path, uint32_t pid,
		      char path[static SLICE_PATH_SIZE]);
int guest_open_cgroup(const struct guest *guest, const char *path);
void guest_adopt_cgroup(struct guest *guest, int fd, const char *path);
int guest_read_cpu_stat(const struct guest *guest, struct cgroup_cpu_stat *ret);
int guest_read_left(const struct guest *guest, uint64_t *ret_bytes);
int guest_read_memory(const struct guest *guest, uint64_t *ret_bytes);
int guest_read_swap(const struct guest *guest, uint64_t *ret_bytes);
void guest_read_counts(const struct guest *guest, struct kvrm_counts *ret);

#endif
