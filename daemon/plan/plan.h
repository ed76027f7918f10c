/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Plans: from what is wanted and what is observed to ordered steps. Pure. apply/ knows how each
 * step is done, undone and read back.
 */
#ifndef KVRM_PLAN_H
#define KVRM_PLAN_H

#include <stdbool.h>
#include <stddef.h>

enum plan_step {
	PLAN_TAPS, /* the host's ends of its NICs are there, and connected to their bridges */
	PLAN_LAUNCH, /* the launcher starts the unit, under its limit, its memory protected, QEMU paused */
	PLAN_UNIT,     /* the unit's process and cgroup are known */
	PLAN_MONITOR,  /* QEMU has answered on its monitor */
	PLAN_QUOTA,    /* systemd knows the limit, and will write it again when it reloads */
	PLAN_REGISTER, /* the module knows the guest and enforces its allocation */
	PLAN_MODULE,   /* the module enforces the allocation */
	PLAN_NICS, /* the module knows its NICs and enforces their limits; or traffic control does */
	PLAN_VERIFY,   /* cpu.max and memory.min say what they should */
	PLAN_CONTINUE, /* QEMU runs the guest */
	PLAN_STEP_COUNT,
};

#define PLAN_STEPS_MAX 9

struct plan {
	enum plan_step steps[PLAN_STEPS_MAX];
	size_t n;
};

/**
 * struct plan_facts - what is observed
 * @module_up: the module is loaded
 * @registered: and knows the guest
 * @nics: the system has some; of one that is started
 */
struct plan_facts {
	bool module_up;
	bool registered;
	bool nics;
};

struct plan plan_start(const struct plan_facts *facts);
struct plan plan_limit(const struct plan_facts *facts);
struct plan plan_find(void);
struct plan plan_register(const struct plan_facts *facts);
const char *plan_step_name(enum plan_step step);

#endif
