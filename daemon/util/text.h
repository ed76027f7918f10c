/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KVRM_TEXT_H
#define KVRM_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int text_error(char **ret_error, int err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
int text_to_u64(const char *text, uint64_t *ret_value);
int text_to_bytes(const char *text, uint64_t *ret_bytes);
int text_to_cpu_us(const char *text, uint64_t *ret_us);
int text_to_multiple(const char *text, size_t length, uint64_t unit, uint64_t *ret_value);
bool text_is_utf8(const char *text, size_t length);
bool text_is_clean(const char *text);
void text_clean(char *text, size_t length);
void text_copy(char *buffer, size_t size, const char *text);
bool text_is_uuid(const char *text);
bool text_is_name(const char *text, size_t max);
void text_uuid_new(char uuid[static 37]);
int text_uuid_to_bytes(const char *uuid, uint8_t bytes[static 16]);
void text_uuid_from_bytes(const uint8_t bytes[static 16], char uuid[static 37]);

#endif
