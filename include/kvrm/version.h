/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The one place that holds the version; scripts and packages read it from here. */
#ifndef KVRM_VERSION_H
#define KVRM_VERSION_H

#define KVRM_VERSION "0.1.0"

#endif
