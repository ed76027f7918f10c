// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Splitting a sum; see split.h.
 */
#include "kvrm/split.h"

/* So much of each at most, so that all of them together have no overflow. */
#define KVRM_SPLIT_SAMPLED_MAX (UINT64_MAX / KVRM_SPLIT_PARTS)

static uint64_t kvrm_split_total(const uint64_t values[KVRM_SPLIT_PARTS])
{
	uint64_t total = 0;
	int i;

	for (i = 0; i < KVRM_SPLIT_PARTS; i++)
		total += values[i];
	return total;
}

/* Which part was sampled most; the first one, if none was. */
static int kvrm_split_largest(const struct kvrm_split *split)
{
	int largest = 0;
	int i;

	for (i = 1; i < KVRM_SPLIT_PARTS; i++) {
		if (split->sampled[i] > split->sampled[largest])
			largest = i;
	}
	return largest;
}

/**
 * kvrm_split_sample() - more was sampled
 * @split: split
 * @growth: of each part since the last time
 *
 * Nothing is split yet. What comes near the end of 64 bits is halved with all that was before.
 */
void kvrm_split_sample(struct kvrm_split *split, const uint64_t growth[KVRM_SPLIT_PARTS])
{
	unsigned int shift = 0;
	int i;

	for (i = 0; i < KVRM_SPLIT_PARTS; i++) {
		while (growth[i] >> shift > KVRM_SPLIT_SAMPLED_MAX - (split->sampled[i] >> shift))
			shift++;
	}
	for (i = 0; i < KVRM_SPLIT_PARTS; i++)
		split->sampled[i] = (split->sampled[i] >> shift) + (growth[i] >> shift);
}

/**
 * kvrm_split_to() - share out what the sum has grown by
 * @split: split
 * @sum: never less than before; if it is, nothing changes
 *
 * What each part should have is the sum in proportion to all that was sampled. A part that has more
 * already gets nothing, the others share the growth in proportion to what they lack; so parts come
 * to what they should have once the sum has grown enough. As long as nothing was sampled the first
 * part gets everything. What rounding leaves, a few units, gets the part that was sampled most.
 */
void kvrm_split_to(struct kvrm_split *split, uint64_t sum)
{
	uint64_t growth = kvrm_excess(sum, kvrm_split_total(split->parts));
	uint64_t sampled = kvrm_split_total(split->sampled);
	uint64_t lacks[KVRM_SPLIT_PARTS] = { 0 };
	uint64_t lacking = 0, left = growth, part;
	int i;

	for (i = 0; i < KVRM_SPLIT_PARTS && growth && sampled; i++) {
		part = kvrm_muldiv(sum, split->sampled[i], sampled);
		lacks[i] = kvrm_excess(part, split->parts[i]);
		lacking += lacks[i];
	}
	for (i = 0; i < KVRM_SPLIT_PARTS; i++) {
		part = lacking > growth ? kvrm_muldiv(growth, lacks[i], lacking) : lacks[i];
		part = kvrm_min(part, left);
		split->parts[i] += part;
		left -= part;
	}
	split->parts[kvrm_split_largest(split)] += left;
}
