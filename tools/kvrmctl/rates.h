/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KVRMCTL_RATES_H
#define KVRMCTL_RATES_H

#include <stdbool.h>
#include <stdint.h>

struct json_object;

/**
 * struct rates - what a system did between two samples
 * @interval_us: between them; 0 if there are no two
 * @used: CPU time, in CPUs: 1 is one CPU all the time; NAN if not known, as all below
 * @running: in the guest or on its behalf, sum over its virtual CPUs, in CPUs
 * @ready: wanted a CPU and had none; likewise
 * @limited: held back by the limit; likewise
 * @halted: waited for interrupts; likewise
 * @demand: what it would use now if nothing held it back, in CPUs; of the second sample
 * @entitled: what it is due now; likewise
 * @exits_per_s: exits from the guest per second
 * @memory_bytes: at the second sample; 0 if not known
 */
struct rates {
	uint64_t interval_us;
	double used;
	double running;
	double ready;
	double limited;
	double halted;
	double demand;
	double entitled;
	double exits_per_s;
	uint64_t memory_bytes;
};

bool rates_compute(struct json_object *before, struct json_object *after, struct rates *ret);

#endif
