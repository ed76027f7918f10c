/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVRM_CONTROL_THREAD_H
#define KVRM_CONTROL_THREAD_H

#include <linux/types.h>

int kvrm_control_init(void);
void kvrm_control_exit(void);
void kvrm_control_wake(void);
u32 kvrm_control_interval_us(void);

#endif
