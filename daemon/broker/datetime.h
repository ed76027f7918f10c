/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Points in time and intervals (DSP0004, 5.2.4): 25 characters.
 */
#ifndef KVRM_BROKER_DATETIME_H
#define KVRM_BROKER_DATETIME_H

#include <stdbool.h>
#include <stdint.h>

#define CIM_DATETIME_SIZE 26

bool cim_datetime_is_valid(const char *text);
void cim_time_format(uint64_t time_us, char text[static CIM_DATETIME_SIZE]);
void cim_interval_format(uint64_t us, char text[static CIM_DATETIME_SIZE]);
int cim_interval_parse(const char *text, uint64_t *ret_us);

#endif
