/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVRM_KMOD_ENTITLE_H
#define KVRM_KMOD_ENTITLE_H

struct kvrm_cgmem;
struct kvrm_node;

struct kvrm_cgmem *kvrm_entitle_owned(struct kvrm_node *node);
void kvrm_entitle_share(void);

#endif
