/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Admission, with sentences: who may be a member of which pool, and with what reservation. The rules are
 * those of include/kvrm/admit.h; the tree is the host's pools and the systems that have a QEMU.
 *
 * Errors, with a sentence in ret_error (to be freed; may be NULL): ERROR_INSUFFICIENT, -EINVAL (a
 * cycle, too deep), ERROR_INVALID_STATE (a pool with members is taken out), -ENOMEM.
 */
#ifndef KVRM_ADMISSION_H
#define KVRM_ADMISSION_H

#include "kvrm/admit.h"

struct host;
struct system;
struct pool;

int admission_apply(struct host *host, struct kvrm_edit *edits, size_t n, char **ret_error);
int admission_check(struct host *host, struct kvrm_edit *edits, size_t n, char **ret_error);
void admission_undo(struct kvrm_edit *edits, size_t n);
int admission_enter(struct host *host, struct system *system, char **ret_error);
int admission_enter_found(struct host *host, struct system *system, char **ret_error);
void admission_leave(struct system *system);
void admission_place(struct host *host, struct pool *pool);

#endif
