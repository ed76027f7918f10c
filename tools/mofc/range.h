/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Entries of a ValueMap (DSP0004, 5.6.3.56): of a string type texts; of an integer type numbers and
 * ranges as "5..7", "..7", "5.." and "..", which is all that no other entry names.
 */
#ifndef KVRM_MOF_RANGE_H
#define KVRM_MOF_RANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/schema/type.h"

/**
 * struct mof_range - an entry
 * @text: it is a text, and the rest does not matter
 * @rest: it is ".."
 * @is_signed: @first and @last are to be read as int64_t
 * @first: lowest value
 * @last: highest value
 */
struct mof_range {
	bool text;
	bool rest;
	bool is_signed;
	uint64_t first;
	uint64_t last;
};

bool mof_range_holds(enum schema_type type, bool negative, uint64_t magnitude);
bool mof_range_read(enum schema_type type, const char *text, struct mof_range *ret);
bool mof_range_meets(const struct mof_range *a, const struct mof_range *b);

#endif
