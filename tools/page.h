/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What generated pages say of properties and parameters, for programs that write such pages.
 */
#ifndef KVRM_TOOLS_PAGE_H
#define KVRM_TOOLS_PAGE_H

#include <stdio.h>

#include "daemon/schema/schema.h"

FILE *page_open(const char *folder, const char *name);
void page_cell(FILE *to, const char *text);
void page_notes(FILE *to, const struct schema_property *p);
void page_values(FILE *to, const struct schema_property *p);

#endif
