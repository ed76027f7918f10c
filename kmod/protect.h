/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVRM_PROTECT_H
#define KVRM_PROTECT_H

struct kvrm_cgmem;

int kvrm_protect_init(void);
void kvrm_protect_exit(void);
void kvrm_protect_kick(void);
void kvrm_protect_flush(void);
void kvrm_protect_leave(struct kvrm_cgmem *mem);
void kvrm_protect_forget(struct kvrm_cgmem **owner);

#endif
