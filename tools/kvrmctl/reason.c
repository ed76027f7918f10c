// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reasons of a system as a whole: state, processor and memory; those of its NICs and disks are in reason-device.c.
 * Shares of time are of the time of its virtual CPUs: one that always waits makes 100 %.
 */
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "kvrm/memlimit.h"
#include "tools/kvrmctl/look.h"
#include "tools/kvrmctl/rates.h"
#include "tools/kvrmctl/reason.h"
#include "tools/kvrmctl/reason-device.h"
#include "tools/kvrmctl/setting.h"
#include "tools/kvrmctl/value.h"

/* Shares of time that are worth a word. */
#define LIMITED_WORTH 0.01
#define READY_WORTH   0.05
#define WAITING_WORTH 0.05
/* Who has this part of what it may have is held back by that, and not by something else. */
#define NEARLY 0.95
/* No deeper than this lies a system below the root. */
#define POOLS_MAX 16

/**
 * reason_say() - add a reason
 * @reasons: array
 * @format: of the sentence, without a stop
 */
void reason_say(struct json_object *reasons, const char *format, ...)
{
	char text[512];
	va_list list;

	va_start(list, format);
	vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	json_object_array_add(reasons, json_object_new_string(text));
}

static bool is_state(struct json_object *system, const char *state)
{
	return !strcmp(value_text(system, "State"), state);
}

/* CPU time per second, as a limit is spoken of. */
static double ms(uint64_t us)
{
	return (double)us / 1000;
}

/* What held it back: its own limit, or that of each virtual CPU. */
static void say_limited(struct json_object *reasons, struct json_object *system,
			const struct rates *rates, double share)
{
	uint64_t whole = value_number(system, "ProcessorLimit");
	uint64_t each = value_number(system, "ProcessorVCPULimit");

	if (whole && (!each || !(rates->used * 1000000 < (double)whole * NEARLY)))
		reason_say(reasons, "limited %.0f %%: processor limit %g ms/s", share * 100,
			   ms(whole));
	else if (each)
		reason_say(reasons, "limited %.0f %%: limit of each virtual CPU %g ms/s",
			   share * 100, ms(each));
	else
		reason_say(reasons, "limited %.0f %%: a limit that was lifted since", share * 100);
}

static struct json_object *find_pool(struct json_object *pools, const char *name)
{
	for (size_t i = 0; pools && i < json_object_array_length(pools); i++) {
		struct json_object *pool = json_object_array_get_idx(pools, i);

		if (!strcmp(value_text(pool, "Name"), name))
			return pool;
	}
	return NULL;
}

/* The nearest pool around a system that uses all that it may; NULL if there is none. */
static struct json_object *full_pool(struct json_object *pools, struct json_object *system)
{
	struct json_object *pool = find_pool(pools, value_text(system, "Pool"));

	for (int i = 0; pool && i < POOLS_MAX; i++) {
		uint64_t limit_us = value_number(pool, "ProcessorLimit");

		if (limit_us &&
		    (double)value_number(pool, "ProcessorUsed") >= (double)limit_us * NEARLY)
			return pool;
		pool = find_pool(pools, value_text(pool, "Parent"));
	}
	return NULL;
}

/* What it would use within its own limit, in CPUs; NAN if not known. */
static double wanted(struct json_object *system, const struct rates *rates)
{
	uint64_t limit_us = value_number(system, "ProcessorLimit");

	return limit_us ? fmin(rates->demand, (double)limit_us / 1000000) : rates->demand;
}

static void say_ready(struct json_object *reasons, struct json_object *pools,
		      struct json_object *system, const struct rates *rates, double share)
{
	struct json_object *pool = full_pool(pools, system);

	if (pool)
		reason_say(reasons, "ready %.0f %%: limit of pool %s %g ms/s", share * 100,
			   value_text(pool, "Name"), ms(value_number(pool, "ProcessorLimit")));
	else if (rates->entitled < wanted(system, rates) * NEARLY)
		reason_say(reasons, "ready %.0f %%: others run; wants %.0f ms/s, is due %.0f ms/s",
			   share * 100, wanted(system, rates) * 1000, rates->entitled * 1000);
	else
		reason_say(reasons, "ready %.0f %%: others run", share * 100);
}

/* Which of the things that it may sleep for, as far as its cgroup's pressure tells. */
static void say_waiting(struct json_object *reasons, const struct rates *rates, double share)
{
	const char *what = "QEMU, a disk or a lock of the host's";

	if (rates->memory_pressure >= share / 2)
		what = "memory that has to be fetched";
	reason_say(reasons, "waiting %.0f %%: for %s", share * 100, what);
}

static void find_processor(struct json_object *reasons, struct json_object *pools,
			   struct json_object *system, const struct rates *rates)
{
	double vcpus = (double)value_number(system, "VCPUs");
	double limited = rates->limited / vcpus, ready = rates->ready / vcpus;
	double waiting = rates->waiting / vcpus;
	uint64_t wanted_us = value_number(system, "ProcessorLimit");
	uint64_t applied_us = value_number(system, "ProcessorLimitApplied");

	if (vcpus > 0 && limited >= LIMITED_WORTH)
		say_limited(reasons, system, rates, limited);
	if (vcpus > 0 && ready >= READY_WORTH)
		say_ready(reasons, pools, system, rates, ready);
	if (vcpus > 0 && waiting >= WAITING_WORTH && is_state(system, "active"))
		say_waiting(reasons, rates, waiting);
	if (wanted_us != applied_us && is_state(system, "active"))
		reason_say(reasons, "processor limit is not in force as it should be");
}

static void find_memory(struct json_object *reasons, struct json_object *system, uint64_t usage)
{
	uint64_t wanted_bytes = value_number(system, "MemoryLimit");
	uint64_t applied = value_number(system, "MemoryLimitApplied");
	const char *balloon = value_text(system, "MemoryBalloonState");
	char used[32], limit[32];

	bytes_format(usage, used, sizeof(used));
	bytes_format(applied, limit, sizeof(limit));
	/* From where on the kernel throttles; it is about there if it cannot go on. */
	if (applied && (double)usage >= (double)kvrm_memlimit_high(applied) * 0.99)
		reason_say(reasons, "memory at limit: %s of %s", used, limit);
	bytes_format(wanted_bytes, limit, sizeof(limit));
	if (wanted_bytes && applied != wanted_bytes && is_state(system, "active"))
		reason_say(reasons, "memory limit %s not in force yet%s%s", limit,
			   *balloon ? ": balloon is " : "", balloon);
}

/**
 * reasons_find() - why a system does not get what it wants
 * @before: earlier look
 * @after: later look
 * @system: of it
 * @rates: between them
 *
 * Return: sentences without a stop, none if nothing holds it back; to be freed with json_object_put().
 */
struct json_object *reasons_find(const struct look *before, const struct look *after,
				 struct json_object *system, const struct rates *rates)
{
	struct json_object *reasons = json_object_new_array();
	const char *uuid = value_text(system, "UUID");
	const char *why = value_text(system, "StateReason");

	if (is_state(system, "paused"))
		reason_say(reasons, "paused%s%s", *why ? ": " : "", why);
	if (!value_get(after->samples, uuid))
		return reasons;
	find_processor(reasons, after->pools, system, rates);
	find_memory(reasons, system, rates->memory_bytes);
	reasons_find_devices(reasons, value_get(before->samples, uuid),
			     value_get(after->samples, uuid), system);
	return reasons;
}

/**
 * reasons_join() - reasons as one text
 * @reasons: from reasons_find()
 *
 * Return: the text, "" if there are none, to be freed; NULL: no memory.
 */
char *reasons_join(struct json_object *reasons)
{
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	if (!file)
		return NULL;
	for (size_t i = 0; i < json_object_array_length(reasons); i++)
		fprintf(file, "%s%s", i ? "; " : "",
			json_object_get_string(json_object_array_get_idx(reasons, i)));
	if (!fclose(file))
		return text;
	free(text);
	return NULL;
}
