/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a guest's balloon is to leave it while the host is short of memory: what follows from what is observed. Pure.
 *
 * What everybody is due is the module's arithmetic (kvrm/entitle.h); the kernel takes by it what is above, pages of
 * which it cannot know what they are good for. So a guest that holds more than it is due is told, by its
 * balloon, and gives back what it has the least use for. It is left alone as long as nobody waits for memory, and has
 * it back bit by bit when nobody has for a while: at once it would be taken again at once.
 */
#ifndef KVRM_PLAN_BALLOON_H
#define KVRM_PLAN_BALLOON_H

#include <stdint.h>

#include "daemon/model/pool.h"

/* A balloon takes no more than this part of a guest, in per cent; as in ESX (Mem.CtlMaxPercent). */
#define PLAN_BALLOON_MAX_PERCENT 65
/* What a guest may hold too much before its balloon is asked. */
#define PLAN_BALLOON_SLACK_BYTES (UINT64_C(4) << 20)
/* What it has back with each sample that is calm: this part of its memory. */
#define PLAN_BALLOON_BACK_PART 64

/* How it is with memory, the worst first. */
enum plan_pressure {
	PLAN_PRESSED, /* somebody waits for memory */
	PLAN_RESTING, /* nobody does, but somebody did a moment ago */
	PLAN_CALM,    /* nobody has for a while */
};

/**
 * struct plan_balloon_facts - what is observed of a guest's memory
 * @pressure: the host's, or that of the pools that it is in
 * @memory_bytes: that the guest has, whole MiB
 * @overhead_bytes: that its QEMU is counted with beside
 * @reservation_bytes: of its memory, whole MiB
 * @usage_bytes: charged now, as far as its own limit allows it
 * @entitled_bytes: what it is due; 0: not known
 * @left_bytes: what its balloon was to leave it before; @memory_bytes: all
 */
struct plan_balloon_facts {
	enum plan_pressure pressure;
	uint64_t memory_bytes;
	uint64_t overhead_bytes;
	uint64_t reservation_bytes;
	uint64_t usage_bytes;
	uint64_t entitled_bytes;
	uint64_t left_bytes;
};

enum plan_pressure plan_pressure_in(enum plan_pressure host, enum pool_room room);
uint64_t plan_balloon(const struct plan_balloon_facts *facts);

#endif
