/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVRM_SCHEDEXT_H
#define KVRM_SCHEDEXT_H

#include <linux/types.h>

int kvrm_schedext_init(void);
void kvrm_schedext_exit(void);
int kvrm_schedext_state(bool *ret_attached);

#endif
