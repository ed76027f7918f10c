/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * NICs of a guest: their taps made, and their limits put into force, by the module or, without it, by traffic
 * control; and what they have of uplinks, by the module.
 *
 * Errors are ERROR_* with a sentence, to be freed.
 */
#ifndef KVRM_APPLY_NIC_H
#define KVRM_APPLY_NIC_H

#include "daemon/model/uplink.h"
#include "daemon/observe/guest.h"
#include "daemon/wire/police.h"

/**
 * nic_wish() - what is wanted of a NIC, as the module takes it
 * @nic: definition
 * @uplink: that it is on; NULL: none
 * @ret: filled in; if the module does not know the uplink, only limits are wanted
 */
void nic_wish(const struct definition_nic *nic, const struct uplink *uplink,
	      struct genl_nic_wish *ret);

/**
 * nic_hold() - whether the module holds exactly what is wanted
 * @nic: definition
 * @uplink: as for nic_wish()
 * @known: as the module has it
 */
bool nic_hold(const struct definition_nic *nic, const struct uplink *uplink,
	      const struct genl_nic *known);

/**
 * nic_check_uplink() - whether the module can hold what a NIC has of its uplink, if there is a module
 * @guest: guest
 * @index: of the NIC
 * @ret_error: sentence
 *
 * Return: 0; or ERROR_APPLY_FAILED, because the module has refused the uplink.
 */
int nic_check_uplink(const struct guest *guest, size_t index, char **ret_error);

/**
 * nic_policed() - what traffic control should do for a NIC
 * @nic: card
 * @role: alone, or behind the module
 *
 * Return: what guest_nic.policed is then.
 */
enum guest_policed nic_policed(const struct definition_nic *nic, enum police_role role);

/**
 * nic_open_tap() - make the tap of one NIC; it is there until guest_close_tap(), or until QEMU closes it
 * @guest: guest
 * @index: of the NIC
 * @port: where the guest will have it
 * @ret_error: sentence
 *
 * Return: 0 or an ERROR_*.
 */
int nic_open_tap(struct guest *guest, size_t index, uint32_t port, char **ret_error);

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
 * @index: of the NIC, whose tap is known
 * @ret_error: sentence
 *
 * What traffic control held is held by the module from then on, with traffic control behind it.
 *
 * Return: 0 or an ERROR_*; ERROR_INSUFFICIENT: its uplink lacks what is to be reserved.
 */
int nic_register(struct guest *guest, size_t index, char **ret_error);

/**
 * nic_put_limits() - let the module hold other limits and shares of a NIC; or traffic control other limits, if the
 *	module does not know it
 * @guest: guest
 * @index: of the NIC, whose tap is known
 * @nic: has them
 * @ret_error: sentence
 *
 * Return: 0 or an ERROR_*, as nic_register().
 */
int nic_put_limits(struct guest *guest, size_t index, const struct definition_nic *nic,
		   char **ret_error);

/**
 * nic_limit() - put what one NIC has into force, of a guest that is registered or without the module
 * @guest: guest
 * @index: of the NIC, whose tap is known
 * @ret_error: sentence
 *
 * Return: 0 or an ERROR_*.
 */
int nic_limit(struct guest *guest, size_t index, char **ret_error);

/**
 * nic_limit_all() - put what all NICs have into force, of a guest that is registered or without the module
 * @guest: guest
 * @ret_error: sentence
 *
 * Return: 0 or an ERROR_*. NICs whose taps are not known are passed over.
 */
int nic_limit_all(struct guest *guest, char **ret_error);

#endif
