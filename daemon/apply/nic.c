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

void nic_wish(const struct definition_nic *nic, const struct uplink *uplink,
	      struct genl_nic_wish *ret)
{
	bool shares = uplink && uplink->module_id;

	*ret = (struct genl_nic_wish){ .uplink_id = shares ? uplink->module_id : 0 };
	for (int i = 0; i < GENL_DIRECTIONS; i++) {
		const struct nic_limit *limit = &nic->limits[i];
		const struct nic_share *share = &nic->shares[i];

		ret->limits[i] = (struct genl_nic_limit){ .bytes_per_s = limit->bytes_per_s,
							  .packets_per_s = limit->packets_per_s,
							  .burst_bytes = limit->burst_bytes };
		ret->shares[i].reservation_bytes_per_s =
			shares ? share->reservation_bytes_per_s : 0;
		ret->shares[i].weight = (uint32_t)share->weight;
	}
}

bool nic_hold(const struct definition_nic *nic, const struct uplink *uplink,
	      const struct genl_nic *known)
{
	struct genl_nic_wish wish;

	nic_wish(nic, uplink, &wish);
	for (int i = 0; i < GENL_DIRECTIONS; i++) {
		const struct genl_nic_limit *limit = &known->flows[i].limit;
		const struct genl_nic_share *share = &known->flows[i].share;

		if (limit->bytes_per_s != wish.limits[i].bytes_per_s ||
		    limit->packets_per_s != wish.limits[i].packets_per_s ||
		    limit->burst_bytes != wish.limits[i].burst_bytes ||
		    share->reservation_bytes_per_s != wish.shares[i].reservation_bytes_per_s ||
		    share->weight != wish.shares[i].weight)
			return false;
	}
	return known->uplink_id == wish.uplink_id;
}

int nic_check_uplink(const struct guest *guest, size_t index, char **ret_error)
{
	const struct uplink *uplink = uplink_of_nic(guest->system, index);

	if (!uplink || uplink->module_id || !guest->module_id)
		return 0;
	return text_error(
		ret_error, ERROR_APPLY_FAILED,
		"nic %zu: uplink '%s' is not known to the module (see Problems of the status)",
		index, uplink->definition->name);
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
	struct genl_nic_wish wish;
	int r;

	nic_wish(nic, NULL, &wish);
	r = nic_limits_any(nic) ? police_set(end->ifindex, wish.limits, role, ret_error)
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

static int refused(size_t index, int r, const char *error, char **ret_error)
{
	return text_error(ret_error, r == -ENOSPC ? ERROR_INSUFFICIENT : ERROR_APPLY_FAILED,
			  "nic %zu: %s", index, error ? error : strerror(-r));
}

static void held(struct guest *guest, size_t index, const struct genl_nic_wish *wish)
{
	guest->system->nics[index].enforced_by = NIC_ENFORCED_MODULE;
	guest->system->nics[index].shares = wish->uplink_id;
}

int nic_register(struct guest *guest, size_t index, char **ret_error)
{
	const struct definition_nic *d = &guest->system->definition->nics[index];
	struct guest_nic *nic = &guest->nics[index];
	_cleanup_free_ char *error = NULL;
	struct genl_nic_wish wish;
	struct genl_nic added;
	int r;

	nic_wish(d, uplink_of_nic(guest->system, index), &wish);
	r = genl_nic_add(guest->env->genl, guest->module_id, nic->ifindex, &wish, &added, &error);
	if (r)
		return refused(index, r, error, ret_error);
	nic->module_id = added.id;
	held(guest, index, &wish);
	/* What drops before the module does would be lost without need from now on. */
	back_up(guest, index, d);
	return 0;
}

/* Traffic control first: behind the module it must never be the one that has less. */
static int put_into_module(struct guest *guest, size_t index, const struct definition_nic *nic,
			   char **ret_error)
{
	struct genl_nic_wish wish;
	int r;

	back_up(guest, index, nic);
	nic_wish(nic, uplink_of_nic(guest->system, index), &wish);
	r = genl_nic_set(guest->env->genl, guest->nics[index].module_id, &wish, ret_error);
	/* Looked at again by the next sample. */
	if (r)
		guest->nics[index].policed = GUEST_POLICED_UNKNOWN;
	else
		held(guest, index, &wish);
	return r;
}

static int put_into_traffic_control(struct guest *guest, size_t index,
				    const struct definition_nic *nic, char **ret_error)
{
	int r = police(guest, index, nic, POLICE_ALONE, ret_error);

	guest->system->nics[index].enforced_by =
		!r && nic_limits_any(nic) ? NIC_ENFORCED_TC : NIC_ENFORCED_NOT;
	guest->system->nics[index].shares = false;
	return r;
}

int nic_put_limits(struct guest *guest, size_t index, const struct definition_nic *nic,
		   char **ret_error)
{
	_cleanup_free_ char *error = NULL;
	int r = guest->module_id && guest->nics[index].module_id
			? put_into_module(guest, index, nic, &error)
			: put_into_traffic_control(guest, index, nic, &error);

	return r ? refused(index, r, error, ret_error) : 0;
}

int nic_limit(struct guest *guest, size_t index, char **ret_error)
{
	const struct definition_nic *nic = &guest->system->definition->nics[index];
	int r = nic_check_uplink(guest, index, ret_error);

	if (r)
		return r;
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
