/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What top writes for programs and files: one record for each look. Pure, but for where it is written to.
 */
#ifndef KVRMCTL_RECORD_H
#define KVRMCTL_RECORD_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct frame;
struct guests;

enum record_form {
	RECORD_PLAIN,
	RECORD_JSON,
	RECORD_CSV,
};

struct json_object *record_object(const struct frame *frame, const struct guests *guests,
				  uint64_t time_us);
void record_csv_header(FILE *file);
void record_csv(const struct guests *guests, uint64_t time_us, FILE *file);
void record_plain(const struct guests *guests, uint64_t time_us, FILE *file);

#endif
