/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What everybody is due of the host's memory while there is not enough for all.
 *
 * As of the processor (fill.h): at least what it claims, at most what it demands, and in between in
 * proportion to weights, first among the root's members and then inside each pool. But memory that
 * nobody uses is worth less to others than it costs them: beyond its active memory each byte costs
 * a member 100 / (100 - tax) times as much of its share. So there is a level l such that each is
 * due
 *
 *	clamp(x, floor, cap),  x = weight * l			   up to its active memory a,
 *			       x = a + (weight * l - a) * (100 - tax) / 100	   beyond
 *
 * That is the allocation at which all pay the same price for each page, and so nothing can be taken
 * from one that pays less than another (Waldspurger, OSDI 2002, sections 5.1 and 5.2: min-funding
 * revocation at the price S / (P (f + k (1 - f))), k = 1 / (1 - tax)). It depends on what is active
 * alone, not on what each holds at the moment, so that it does not change as memory moves.
 */
#ifndef KVRM_ENTITLE_H
#define KVRM_ENTITLE_H

#include "kvrm/node.h"

/* Per cent of an idle page that is taxed away; as in ESX. */
#define KVRM_IDLE_TAX_DEFAULT 75U
#define KVRM_IDLE_TAX_MAX     99U

void kvrm_entitle(struct kvrm_node *root, uint64_t amount, uint32_t tax_percent);

#endif
