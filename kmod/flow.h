/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVRM_FLOW_H
#define KVRM_FLOW_H

struct kvrm_guest;

void kvrm_flow_begin(struct kvrm_guest *guest);
void kvrm_flow_measure(struct kvrm_guest *guest);

#endif
