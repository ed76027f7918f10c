/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Split a sum that is known exactly in proportion to what is only sampled of its parts. What a part
 * has got it keeps, and the parts add up to the sum at any time. Pure.
 *
 * Whoever owns the object says which lock protects it.
 */
#ifndef KVRM_SPLIT_H
#define KVRM_SPLIT_H

#include "kvrm/arith.h"

#define KVRM_SPLIT_PARTS 3

/**
 * struct kvrm_split - a sum and its parts; zeroed at first
 * @sampled: of each part, in any unit; only what they are to each other counts
 * @parts: what each part has got, in the sum's unit; never going back
 */
struct kvrm_split {
	uint64_t sampled[KVRM_SPLIT_PARTS];
	uint64_t parts[KVRM_SPLIT_PARTS];
};

void kvrm_split_sample(struct kvrm_split *split, const uint64_t growth[KVRM_SPLIT_PARTS]);
void kvrm_split_to(struct kvrm_split *split, uint64_t sum);

#endif
