/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Comparison of a set with the official schema of DMTF, which is found outside: its text is not ours.
 */
#ifndef KVRM_MOF_COMPARE_H
#define KVRM_MOF_COMPARE_H

#include "tools/mofc/mof.h"

/**
 * struct compare - a comparison
 * @ours: parsed, not checked: only what is written counts
 * @official: likewise
 * @to: where differences are told, a line each
 * @n_classes: that were compared
 * @n_differences: that were found
 */
struct compare {
	struct mof_set *ours;
	struct mof_set *official;
	FILE *to;
	size_t n_classes;
	size_t n_differences;
};

/* compare.c */
void mof_compare(struct compare *c);

/* official.c */
bool mof_official_read(struct mof_set *official, const struct mof_set *ours, const char *path);

#endif
