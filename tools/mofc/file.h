/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KVRM_MOF_FILE_H
#define KVRM_MOF_FILE_H

#include "tools/mofc/mof.h"

bool mof_file_parse(struct mof_set *set, const char *path);

#endif
