/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Families of uplinks and their parts, as openmetrics.c has them.
 */
#ifndef KVRM_OPENMETRICS_UPLINK_H
#define KVRM_OPENMETRICS_UPLINK_H

#include "daemon/serve/openmetrics-writer.h"

void om_write_uplink(struct om_writer *w);
void om_write_uplink_capacity(struct om_writer *w);
void om_write_uplink_reserved(struct om_writer *w);
void om_write_uplink_unreserved(struct om_writer *w);
void om_write_uplink_used(struct om_writer *w);
void om_write_uplink_demand(struct om_writer *w);
void om_write_uplink_entitlement(struct om_writer *w);
void om_write_uplink_contended(struct om_writer *w);
void om_write_uplink_limit(struct om_writer *w);
void om_write_uplink_weight(struct om_writer *w);
void om_write_uplink_members(struct om_writer *w);

#endif
