/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVRM_SQUEEZE_H
#define KVRM_SQUEEZE_H

int kvrm_squeeze_init(void);
void kvrm_squeeze_exit(void);
void kvrm_squeeze_kick(void);

#endif
