/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Make the kernel's allocations fail: this thread's n-th, or a part of all of them; only those that
 * are made, directly or not, by code that was named. Needs failslab and fail_page_alloc.
 */
#ifndef KVRMFAULT_H
#define KVRMFAULT_H

#include <stdbool.h>

int kvrmfault_open(void);
void kvrmfault_close(void);
int kvrmfault_in_module(const char *module);
int kvrmfault_in_function(const char *function);
void kvrmfault_nth(unsigned int nth);
bool kvrmfault_happened(void);
void kvrmfault_rate(unsigned int percent);

#endif
