/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Log: to the journal, with fields, if standard error is connected to it; else to standard error.
 */
#ifndef KVRM_LOG_H
#define KVRM_LOG_H

#include <syslog.h>

#define log_error(...)	 log_system(LOG_ERR, NULL, NULL, __VA_ARGS__)
#define log_warning(...) log_system(LOG_WARNING, NULL, NULL, __VA_ARGS__)
#define log_notice(...)	 log_system(LOG_NOTICE, NULL, NULL, __VA_ARGS__)
#define log_info(...)	 log_system(LOG_INFO, NULL, NULL, __VA_ARGS__)
#define log_debug(...)	 log_system(LOG_DEBUG, NULL, NULL, __VA_ARGS__)

void log_set_max_level(int level);
void log_system(int level, const char *uuid, const char *name, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

#endif
