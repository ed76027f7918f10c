// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * NICs of a guest; see nic.h.
 */
#include <errno.h>
#include <string.h>

#include "daemon/apply/nic.h"
#include "daemon/model/error.h"
#include "daemon/util/cleanup.h"
#include "daemon/util/log.h"
#include "daemon/util/text.h"

_Static_assert((int)NIC_TO_GUEST == (int)GENL_TO_GUEST &&
		       (int)NIC_FROM_GUEST == (int)GENL_FROM_GUEST,
	       "directions are numbered alike");
_Static_assert(NIC_LIMIT_MAX_BYTES_PER_S == KVRM_NIC_LIMIT_BYTES_PER_S_MAX &&
		       NIC_LIMIT_MAX_PACKETS_PER_S == KVRM_NIC_LIMIT_PACKETS_PER_S_MAX &&
		       NIC_BURST_MAX_BYTES == KVRM_NIC_BURST_BYTES_MAX,
	       "the bounds are the module's");

void nic_limits(const struct definition_nic *nic, struct genl_nic_limit ret[static GENL_DIRECTIONS])
{
	for (int i = 0; i < GENL_DIRECTIONS; i++)
		ret[i] = (struct genl_nic_limit){ .bytes_per_s = nic->limits[i].bytes_per_s,
						  .packets_per_s = nic->limits[i].packets_per_s,
						  .burst_bytes = nic->limits[i].burst_bytes };
}

bool nic_hold(const struct definition_nic *nic, const struct genl_nic *known)
{
	for (int i = 0; i < GENL_DIRECTIONS; i++) {
		const struct nic_limit *wanted = &nic->limits[i];
		const struct genl_nic_limit *is = &known->flows[i].limit;

		if (is->bytes_per_s != wanted->bytes_per_s ||
		    is->packets_per_s != wanted->packets_per_s ||
		    is->burst_bytes != wanted->burst_bytes)
			return false;
	}
	return true;
}

int nic_open_tap(struct guest *guest, size_t index, uint32_t port, char **ret_error)
{
	const struct definition *d = guest->system->definition;
	const struct definition_nic *nic = &d->nics[index];
	_cleanup_free_ char *error = NULL;
	struct tap tap;
	int fd = tap_open(d->uuid, nic->mac, port, nic->bridge, &tap, &error);

	if (fd < 0)
		return text_error(ret_error, ERROR_APPLY_FAILED, "nic %zu: %s", index,
				  error ? error : strerror(-fd));
	guest_take_tap(guest, &tap, fd);
	return 0;
}

int nic_open_taps(struct guest *guest, char **ret_error)
{
	const struct definition *d = guest->system->definition;
	int r = tap_remove_all(d->uuid);

	if (r)
		return text_error(ret_error, ERROR_START_FAILED,
				  "nic: taps of an earlier start cannot be removed: %s",
				  strerror(-r));
	for (uint32_t i = 0; !r && i < d->n_nics; i++)
		r = nic_open_tap(guest, i, i, ret_error);
	if (r)
		guest_close_taps(guest);
	return r ? ERROR_START_FAILED : 0;
}

enum guest_policed nic_policed(const struct definition_nic *nic, enum police_role role)
{
	if (!nic_limits_any(nic))
		return GUEST_POLICED_NOT;
	return role == POLICE_ALONE ? GUEST_POLICED_ALONE : GUEST_POLICED_BEHIND;
}

static int police(struct guest *guest, size_t index, const struct definition_nic *nic,
		  enum police_role role, char **ret_error)
{
	struct guest_nic *end = &guest->nics[index];
	struct genl_nic_limit limits[GENL_DIRECTIONS];
	int r;

	nic_limits(nic, limits);
	r = nic_limits_any(nic) ? police_set(end->ifindex, limits, role, ret_error)
				: police_clear(end->ifindex);
	end->policed = r ? GUEST_POLICED_UNKNOWN : nic_policed(nic, role);
	return r;
}

/* The module holds the limits; that nobody would if it went while kvrmd is not there is told once. */
static void back_up(struct guest *guest, size_t index, const struct definition_nic *nic)
{
	const struct definition *d = guest->system->definition;
	struct guest_nic *end = &guest->nics[index];
	_cleanup_free_ char *error = NULL;
	int r = police(guest, index, nic, POLICE_BEHIND, &error);

	if (r && !end->unbacked)
		log_system(LOG_WARNING, d->uuid, d->name,
			   "should the module go, nobody holds the limits of NIC %zu without "
			   "kvrmd: %s",
			   index, error ? error : strerror(-r));
	end->unbacked = r != 0;
}

int nic_register(struct guest *guest, size_t index, char **ret_error)
{
	const struct definition_nic *d = &guest->system->definition->nics[index];
	struct genl_nic_limit limits[GENL_DIRECTIONS];
	struct guest_nic *nic = &guest->nics[index];
	_cleanup_free_ char *error = NULL;
	struct genl_nic added;
	int r;

	nic_limits(d, limits);
	r = genl_nic_add(guest->env->genl, guest->module_id, nic->ifindex, limits, &added, &error);
	if (r)
		return text_error(ret_error, ERROR_APPLY_FAILED, "nic %zu: %s", index,
				  error ? error : strerror(-r));
	nic->module_id = added.id;
	guest->system->nics[index].enforced_by = NIC_ENFORCED_MODULE;
	/* What drops before the module does would be lost without need from now on. */
	back_up(guest, index, d);
	return 0;
}

/* Traffic control first: behind the module it must never be the one that has less. */
static int put_into_module(struct guest *guest, size_t index, const struct definition_nic *nic,
			   char **ret_error)
{
	struct genl_nic_limit limits[GENL_DIRECTIONS];
	int r;

	back_up(guest, index, nic);
	nic_limits(nic, limits);
	r = genl_nic_set(guest->env->genl, guest->nics[index].module_id, limits, ret_error);
	/* Looked at again by the next sample. */
	if (r)
		guest->nics[index].policed = GUEST_POLICED_UNKNOWN;
	else
		guest->system->nics[index].enforced_by = NIC_ENFORCED_MODULE;
	return r;
}

static int put_into_traffic_control(struct guest *guest, size_t index,
				    const struct definition_nic *nic, char **ret_error)
{
	int r = police(guest, index, nic, POLICE_ALONE, ret_error);

	guest->system->nics[index].enforced_by =
		!r && nic_limits_any(nic) ? NIC_ENFORCED_TC : NIC_ENFORCED_NOT;
	return r;
}

int nic_put_limits(struct guest *guest, size_t index, const struct definition_nic *nic,
		   char **ret_error)
{
	_cleanup_free_ char *error = NULL;
	int r = guest->module_id && guest->nics[index].module_id
			? put_into_module(guest, index, nic, &error)
			: put_into_traffic_control(guest, index, nic, &error);

	return r ? text_error(ret_error, ERROR_APPLY_FAILED, "nic %zu: %s", index,
			      error ? error : strerror(-r))
		 : 0;
}

int nic_limit(struct guest *guest, size_t index, char **ret_error)
{
	const struct definition_nic *nic = &guest->system->definition->nics[index];

	if (guest->module_id)
		return nic_register(guest, index, ret_error);
	/* Without the module nothing needs to be done for what has no limit. */
	return nic_limits_any(nic) ? nic_put_limits(guest, index, nic, ret_error) : 0;
}

int nic_limit_all(struct guest *guest, char **ret_error)
{
	const struct definition *d = guest->system->definition;
	int r = 0;

	for (size_t i = 0; !r && i < d->n_nics; i++)
		r = guest->nics[i].ifindex ? nic_limit(guest, i, ret_error) : 0;
	return r;
}
