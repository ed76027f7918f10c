/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVRM_CGMEM_LOW_H
#define KVRM_CGMEM_LOW_H

#include <linux/types.h>

struct kvrm_cgmem;

int kvrm_cgmem_low_open(struct kvrm_cgmem *mem);
void kvrm_cgmem_low_close(struct kvrm_cgmem *mem);
int kvrm_cgmem_low_prime(struct kvrm_cgmem *mem);
void kvrm_cgmem_low_measure(struct kvrm_cgmem *mem);
void kvrm_cgmem_low_keep(struct kvrm_cgmem *mem);
void kvrm_cgmem_low_give_up(struct kvrm_cgmem *mem);

#endif
