/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Load and unload the module, for tests that do so themselves. Only this process's own calls are
 * made: no program is started that could fail for another reason.
 */
#ifndef KVRMMODULE_H
#define KVRMMODULE_H

#include <stdbool.h>

int kvrmmodule_load(void);
int kvrmmodule_unload(void);
bool kvrmmodule_is_loaded(void);

#endif
