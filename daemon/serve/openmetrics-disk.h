/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Families of disks, as openmetrics.c has them.
 */
#ifndef KVRM_OPENMETRICS_DISK_H
#define KVRM_OPENMETRICS_DISK_H

#include "daemon/serve/openmetrics-writer.h"

void om_write_disk_bytes(struct om_writer *w);
void om_write_disk_operations(struct om_writer *w);
void om_write_disk_failed(struct om_writer *w);
void om_write_disk_io(struct om_writer *w);
void om_write_disk_limit(struct om_writer *w);
void om_write_disk_iops_limit(struct om_writer *w);

#endif
