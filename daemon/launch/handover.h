/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the launcher hands to kvrm-exec: one SOCK_SEQPACKET message of NUL-ended arguments, the
 * first of them the program's path, with the descriptors as SCM_RIGHTS.
 */
#ifndef KVRM_HANDOVER_H
#define KVRM_HANDOVER_H

#define HANDOVER_FD_FIRST 10
#define HANDOVER_FDS_MAX  64
#define HANDOVER_ARGS_MAX 256
#define HANDOVER_TEXT_MAX 32768

#endif
