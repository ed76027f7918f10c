// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Plans for memory limits; see memory.h.
 */
#include "daemon/plan/memory.h"
#include "kvrm/memlimit.h"

/* The module brings memory.high down by itself; without it systemd is told each step. */
static void plan_high(struct plan_memory *plan, const struct plan_memory_facts *facts)
{
	uint64_t wanted = kvrm_memlimit_high(facts->limit_bytes);

	plan->high_bytes = kvrm_memlimit_next(wanted, facts->high_bytes, facts->usage_bytes);
	/* systemd reclaims what is above, too, when it writes: not while there is more. */
	plan->tell_high =
		!facts->held || facts->high_bytes <= wanted || facts->usage_bytes <= wanted;
}

/* Lower only if nobody is killed for that, and throttled before it is reached. */
static void plan_max(struct plan_memory *plan, const struct plan_memory_facts *facts)
{
	uint64_t high = kvrm_memlimit_high(facts->limit_bytes);

	plan->max_bytes = facts->limit_bytes ? facts->limit_bytes : PLAN_MEMORY_NONE;
	plan->tell_max = facts->max_bytes <= plan->max_bytes ||
			 (facts->usage_bytes <= high && facts->high_bytes <= high);
}

/**
 * plan_memory() - what is to be done about a memory limit
 * @facts: wanted and observed
 *
 * Return: what.
 */
struct plan_memory plan_memory(const struct plan_memory_facts *facts)
{
	struct plan_memory plan = {
		.balloon_bytes = kvrm_memlimit_balloon(facts->limit_bytes, facts->memory_bytes,
						       facts->overhead_bytes),
	};

	plan_high(&plan, facts);
	plan_max(&plan, facts);
	/* What is in force kills, not what is wanted. */
	plan.stop = facts->max_bytes != PLAN_MEMORY_NONE &&
		    facts->usage_bytes >= kvrm_memlimit_stop(facts->max_bytes);
	plan.go_on = !plan.stop && facts->usage_bytes <= kvrm_memlimit_high(facts->limit_bytes);
	return plan;
}

/**
 * plan_pool_room() - how near its members' memory is to a pool's limit
 * @facts: of the pool
 *
 * The kernel keeps about what the limit leaves unthrottled once it has reclaimed what is above; so a quarter of the
 * margin below that there is no room any more.
 *
 * Return: that.
 */
enum pool_room plan_pool_room(const struct plan_memory_facts *facts)
{
	uint64_t high = kvrm_memlimit_high(facts->limit_bytes), margin = facts->limit_bytes - high;

	/* What is in force kills, not what is wanted. */
	if (facts->max_bytes != PLAN_MEMORY_NONE &&
	    facts->usage_bytes >= kvrm_memlimit_stop(facts->max_bytes))
		return POOL_ROOM_KILLS;
	if (!facts->limit_bytes || facts->usage_bytes <= kvrm_excess(high, margin))
		return POOL_ROOM_ENOUGH;
	if (facts->usage_bytes > high)
		return POOL_ROOM_LACKS;
	return facts->usage_bytes > high - margin / 4 ? POOL_ROOM_NONE : POOL_ROOM_LITTLE;
}
