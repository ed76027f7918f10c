/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where guests' sockets are. The folders belong to root, so that nobody but the launcher can put
 * anything there; the sockets belong to kvrmd's user.
 */
#ifndef KVRM_RUN_H
#define KVRM_RUN_H

/* A folder for each guest, named by its UUID, with qmp.sock, console.sock and channel-NAME.sock. */
#define KVRM_GUESTS_DIRECTORY "/run/kvrm-guests"

#endif
