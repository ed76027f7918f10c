// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How often a virtual system is sampled into the sample ring, what probes it has, and allocations as a whole.
 */
#include <errno.h>
#include <inttypes.h>
#include <linux/kvrm.h>
#include <string.h>

#include "daemon/model/definition.h"
#include "daemon/util/text.h"

/**
 * sample_rate_check() - whether a system can be sampled so often
 * @rate_hz: samples per second
 * @ret_error: sentence
 *
 * Return: 0 or -EINVAL.
 */
int sample_rate_check(uint32_t rate_hz, char **ret_error)
{
	if (rate_hz && rate_hz <= KVRM_SAMPLE_RATE_MAX_HZ)
		return 0;
	return text_error(ret_error, -EINVAL, "sample-rate: %" PRIu32 " is not 1 to %d", rate_hz,
			  KVRM_SAMPLE_RATE_MAX_HZ);
}

/**
 * sample_rate_parse() - read how often to sample
 * @text: 1 to KVRM_SAMPLE_RATE_MAX_HZ, per second
 * @ret_rate_hz: left alone if the call fails
 * @ret_error: sentence
 *
 * Return: 0 or a negative errno; see definition.h.
 */
int sample_rate_parse(const char *text, uint32_t *ret_rate_hz, char **ret_error)
{
	uint64_t rate_hz;

	if (text_to_u64(text, &rate_hz) || !rate_hz || rate_hz > KVRM_SAMPLE_RATE_MAX_HZ)
		return text_error(ret_error, -EINVAL, "sample-rate: '%s' is not 1 to %d", text,
				  KVRM_SAMPLE_RATE_MAX_HZ);
	*ret_rate_hz = (uint32_t)rate_hz;
	return 0;
}

/* All groups together, as they are written; at the place that has the groups' bits. */
static const char *const probes_texts[] = {
	"none",	   "exits",	    "user-exits",	  "exits,user-exits",
	"wakeups", "exits,wakeups", "user-exits,wakeups", "exits,user-exits,wakeups",
};

#define PROBES_ALL (sizeof(probes_texts) / sizeof(probes_texts[0]) - 1)

_Static_assert((KVRM_PROBE_EXITS | KVRM_PROBE_USER_EXITS | KVRM_PROBE_WAKEUPS) == PROBES_ALL,
	       "probes_texts has all groups of probes");

/* The group that is called so; 0: there is none. */
static uint32_t group_of(const char *name, size_t len)
{
	for (uint32_t group = 1; group < PROBES_ALL; group <<= 1) {
		if (strlen(probes_texts[group]) == len && !memcmp(probes_texts[group], name, len))
			return group;
	}
	return 0;
}

/**
 * probes_parse() - read which probes
 * @text: "none", or any of exits, user-exits and wakeups with commas between them, or "all"
 * @ret_probes: KVRM_PROBE_*; left alone if the call fails
 * @ret_error: sentence
 *
 * Return: 0 or a negative errno; see definition.h.
 */
int probes_parse(const char *text, uint32_t *ret_probes, char **ret_error)
{
	bool all = !strcmp(text, "all");
	uint32_t probes = all ? PROBES_ALL : 0, group;
	const char *rest = text;
	size_t len;

	for (; !all && strcmp(text, probes_texts[0]) && rest; rest += len + 1) {
		len = strcspn(rest, ",");
		group = group_of(rest, len);
		if (!group)
			return text_error(ret_error, -EINVAL,
					  "probes: '%s' is not none, all, or some of exits, "
					  "user-exits and wakeups with commas between them",
					  text);
		probes |= group;
		if (!rest[len])
			break;
	}
	*ret_probes = probes;
	return 0;
}

/**
 * probes_text() - as probes_parse() reads it
 * @probes: KVRM_PROBE_*; what else there may be is left out
 *
 * Return: static text.
 */
const char *probes_text(uint32_t probes)
{
	return probes_texts[probes & PROBES_ALL];
}

/**
 * definition_allocation() - what a definition asks for
 * @d: definition
 */
struct allocation definition_allocation(const struct definition *d)
{
	return (struct allocation){ .cpu = d->cpu,
				    .memory = d->memory,
				    .storage_weight = d->storage_weight,
				    .sample_rate_hz = d->sample_rate_hz,
				    .probes = d->probes,
				    .memory_bytes = d->memory_bytes };
}

/**
 * definition_set_allocation() - let a definition ask for something else
 * @d: definition
 * @allocation: whole
 */
void definition_set_allocation(struct definition *d, const struct allocation *allocation)
{
	d->cpu = allocation->cpu;
	d->memory = allocation->memory;
	d->storage_weight = allocation->storage_weight;
	d->sample_rate_hz = allocation->sample_rate_hz;
	d->probes = allocation->probes;
	d->memory_bytes = allocation->memory_bytes;
}
