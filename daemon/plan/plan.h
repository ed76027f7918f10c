/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Plans: from what is wanted and what is observed to ordered steps. Pure. apply/ knows how each
 * step is done, undone and read back.
 */
#ifndef KVRM_PLAN_H
#define KVRM_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum plan_step {
	PLAN_TAPS, /* the host's ends of its NICs are there, and connected to their bridges */
	PLAN_LAUNCH, /* the launcher starts the unit, under its limit, its memory protected, QEMU paused */
	PLAN_UNIT,     /* the unit's process and cgroup are known */
	PLAN_MONITOR,  /* QEMU has answered on its monitor */
	PLAN_QUOTA,    /* systemd knows the limit, and will write it again when it reloads */
	PLAN_REGISTER, /* the module knows the guest and enforces its allocation */
	PLAN_MODULE,   /* the module enforces the allocation */
	PLAN_NICS, /* the module knows its NICs and enforces their limits; or traffic control does */
	PLAN_DISKS,	      /* QEMU holds the limits of its disks */
	PLAN_VERIFY,	      /* cpu.max and memory.min say what they should */
	PLAN_CONTINUE,	      /* QEMU runs the guest */
	PLAN_PLUG_TAP,	      /* the host's end of one NIC is there, and connected to its bridge */
	PLAN_PLUG_VHOST,      /* /dev/vhost-net is open for it */
	PLAN_PLUG_LIMIT,      /* its limits are in force */
	PLAN_PLUG_GIVE_TAP,   /* QEMU has the tap's descriptor */
	PLAN_PLUG_GIVE_VHOST, /* and that of /dev/vhost-net */
	PLAN_PLUG_NETDEV,     /* QEMU moves its packets */
	PLAN_PLUG_DEVICE,     /* the guest has it */
	PLAN_UNPLUG_DEVICE,   /* the guest has let go of it */
	PLAN_UNPLUG_NETDEV,   /* QEMU has closed its descriptors: the tap vanishes */
	PLAN_UNPLUG_LIMIT,    /* the module does not know it any more */
	PLAN_PLUG_MEMORY,     /* the guest may take more memory */
	PLAN_UNPLUG_MEMORY,   /* the guest has given memory back */
	PLAN_STEP_COUNT,
};

#define PLAN_STEPS_MAX 10

/**
 * struct plan - see top
 * @steps: @n of them
 * @n: how many
 * @nic: which NIC steps that are about one are about
 * @memory_from_bytes: what the guest was to take beside what it was started with, before a step about that
 * @memory_to_bytes: what it is to take after it
 */
struct plan {
	enum plan_step steps[PLAN_STEPS_MAX];
	size_t n;
	size_t nic;
	uint64_t memory_from_bytes;
	uint64_t memory_to_bytes;
};

/**
 * struct plan_facts - what is observed
 * @module_up: the module is loaded
 * @registered: and knows the guest
 * @nics: the system has some; of one that is started
 * @disks: the system has some with limits; likewise
 */
struct plan_facts {
	bool module_up;
	bool registered;
	bool nics;
	bool disks;
};

struct plan plan_start(const struct plan_facts *facts);
struct plan plan_limit(const struct plan_facts *facts);
struct plan plan_find(void);
struct plan plan_register(const struct plan_facts *facts);
struct plan plan_plug(size_t nic, bool vhost);
struct plan plan_unplug(size_t nic);
struct plan plan_resize(uint64_t from_bytes, uint64_t to_bytes);
const char *plan_step_name(enum plan_step step);

#endif
