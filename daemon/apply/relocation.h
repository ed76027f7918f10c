/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Relocation: a guest that runs moves into another pool. The launcher moves its process into the other slice,
 * under its limit; then the module is told cgroup and pool, and cpu.max is read back. If anything fails the
 * process is moved back.
 */
#ifndef KVRM_RELOCATION_H
#define KVRM_RELOCATION_H

#include "daemon/model/pool.h"
#include "daemon/observe/guest.h"

struct relocation;

/**
 * relocation_done - a relocation's end, once
 * @error: 0, or an ERROR_* after everything was undone
 * @text: sentence if @error is not 0
 * @data: as given to relocation_run()
 */
typedef void relocation_done(int error, const char *text, void *data);

int relocation_run(struct guest *guest, struct pool *from, struct pool *to, relocation_done *done,
		   void *data, struct relocation **ret);
struct relocation *relocation_free(struct relocation *relocation);

#endif
