/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where guests' sockets are. The folders belong to root, so that nobody but the launcher can put
 * anything there; the sockets belong to kvrmd's user. And what kvrmd leaves to the next one.
 */
#ifndef KVRM_RUN_H
#define KVRM_RUN_H

/* A folder for each guest, named by its UUID, with qmp.sock, console.sock and channel-NAME.sock. */
#define KVRM_GUESTS_DIRECTORY "/run/kvrm-guests"

/* kvrmd's own: stopped-UUID, a file for each guest that it has stopped at a memory limit. */
#define KVRM_RUN_DIRECTORY "/run/kvrm"

#endif
