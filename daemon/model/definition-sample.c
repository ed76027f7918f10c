// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How often a virtual system is sampled into the sample ring, and allocations as a whole.
 */
#include <errno.h>
#include <inttypes.h>
#include <linux/kvrm.h>

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

/**
 * definition_allocation() - what a definition asks for
 * @d: definition
 */
struct allocation definition_allocation(const struct definition *d)
{
	return (struct allocation){ .cpu = d->cpu,
				    .memory = d->memory,
				    .storage_weight = d->storage_weight,
				    .sample_rate_hz = d->sample_rate_hz };
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
}
