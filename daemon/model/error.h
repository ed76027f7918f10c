/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Errors of operations, as negative errno, so that they travel like any other; serve/bus.c gives
 * each its D-Bus name.
 */
#ifndef KVRM_ERROR_H
#define KVRM_ERROR_H

#include <errno.h>

#define ERROR_INVALID_ARGUMENT (-EINVAL)
#define ERROR_ALREADY_EXISTS   (-EEXIST)
#define ERROR_NOT_FOUND	       (-ENOENT)
#define ERROR_INVALID_STATE    (-ESTALE)
#define ERROR_ACCESS_DENIED    (-EACCES)
#define ERROR_START_FAILED     (-ECHILD)
#define ERROR_MONITOR_FAILED   (-EREMOTEIO)
#define ERROR_INSUFFICIENT     (-ENOSPC)
#define ERROR_APPLY_FAILED     (-ECANCELED)
#define ERROR_LAUNCHER_FAILED  (-EHOSTDOWN)
#define ERROR_TIMEOUT	       (-ETIMEDOUT)
#define ERROR_STORE_FAILED     (-EIO)

#endif
