/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * NICs of a guest: their taps made, and their limits put into force by the module.
 *
 * Errors are ERROR_* with a sentence, to be freed.
 */
#ifndef KVRM_APPLY_NIC_H
#define KVRM_APPLY_NIC_H

#include "daemon/observe/guest.h"

/**
 * nic_limits() - what is wanted of a NIC, as the module takes it
 * @nic: definition
 * @ret: by direction
 */
void nic_limits(const struct definition_nic *nic,
		struct genl_nic_limit ret[static GENL_DIRECTIONS]);

/**
 * nic_hold() - whether the module holds exactly what is wanted
 * @nic: definition
 * @known: as the module has it
 */
bool nic_hold(const struct definition_nic *nic, const struct genl_nic *known);

/**
 * nic_open_taps() - make the taps of all NICs; they are there until guest_close_taps(), or QEMU's end
 * @guest: has none
 * @ret_error: sentence
 *
 * Return: 0 or an ERROR_*; none is left then.
 */
int nic_open_taps(struct guest *guest, char **ret_error);

/**
 * nic_register() - let the module count and limit a NIC
 * @guest: is registered
 * @index: of the NIC
 * @ret_error: sentence
 *
 * Return: 0 or an ERROR_*. One whose tap is not known is passed over.
 */
int nic_register(struct guest *guest, size_t index, char **ret_error);

/**
 * nic_register_all() - the same for all NICs of a guest
 * @guest: is registered
 * @ret_error: sentence
 *
 * Return: 0 or an ERROR_*.
 */
int nic_register_all(struct guest *guest, char **ret_error);

#endif
