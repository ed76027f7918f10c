/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVRM_CGMEM_HIGH_H
#define KVRM_CGMEM_HIGH_H

#include <linux/types.h>

struct kvrm_cgmem;

int kvrm_cgmem_high_open(struct kvrm_cgmem *mem);
void kvrm_cgmem_high_close(struct kvrm_cgmem *mem);
bool kvrm_cgmem_squeeze(struct kvrm_cgmem *mem);

#endif
