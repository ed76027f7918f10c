/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Limits of a guest's disks, put into force by QEMU's throttle and read back.
 */
#ifndef KVRM_APPLY_DISK_H
#define KVRM_APPLY_DISK_H

#include "daemon/observe/guest.h"

/**
 * disk_done - the end of disk_put_limits(), once
 * @guest: guest; may be about to end
 * @index: of the disk
 * @error: 0 or an ERROR_*
 * @text: sentence if @error is not 0
 * @data: as given to disk_put_limits()
 */
typedef void disk_done(struct guest *guest, size_t index, int error, const char *text, void *data);

/**
 * disk_limits() - what is wanted of a disk, as QEMU takes it
 * @disk: definition
 * @ret: by direction
 */
void disk_limits(const struct definition_disk *disk,
		 struct qmp_disk_limit ret[QMP_DISK_DIRECTIONS]);

/**
 * disk_hold() - whether QEMU holds exactly what is wanted
 * @disk: definition
 * @known: as QEMU says
 */
bool disk_hold(const struct definition_disk *disk, const struct qmp_disk_limits *known);

/**
 * disk_put_limits() - let QEMU hold other limits of a disk; what it says then is compared with them
 * @guest: guest
 * @index: of the disk
 * @disk: has the limits
 * @done: told at the end, never from inside this function
 * @data: for @done
 *
 * Of several changes of a disk that are under way at once, the last one begun is compared.
 *
 * Return: 0; or an ERROR_* or -ENOMEM, if QEMU cannot even be asked, and @done is not called.
 */
int disk_put_limits(struct guest *guest, size_t index, const struct definition_disk *disk,
		    disk_done *done, void *data);

#endif
