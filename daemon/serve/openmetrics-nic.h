/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Families of NICs, as openmetrics.c has them.
 */
#ifndef KVRM_OPENMETRICS_NIC_H
#define KVRM_OPENMETRICS_NIC_H

#include "daemon/serve/openmetrics-writer.h"

/**
 * om_nic_direction() - value of the label direction
 * @direction: enum nic_direction
 */
const char *om_nic_direction(int direction);

void om_write_nic_bytes(struct om_writer *w);
void om_write_nic_packets(struct om_writer *w);
void om_write_nic_dropped(struct om_writer *w);
void om_write_nic_delayed(struct om_writer *w);
void om_write_nic_limited(struct om_writer *w);
void om_write_nic_queue(struct om_writer *w);
void om_write_nic_limit(struct om_writer *w);
void om_write_nic_packet_limit(struct om_writer *w);
void om_write_nic_reservation(struct om_writer *w);
void om_write_nic_weight(struct om_writer *w);
void om_write_nic_demand(struct om_writer *w);
void om_write_nic_entitlement(struct om_writer *w);
void om_write_nic_applied(struct om_writer *w);

#endif
