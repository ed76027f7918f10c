// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * NICs of a guest; see nic.h.
 */
#include <errno.h>
#include <string.h>

#include "daemon/apply/nic.h"
#include "daemon/model/error.h"
#include "daemon/util/cleanup.h"
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

int nic_open_taps(struct guest *guest, char **ret_error)
{
	const struct definition *d = guest->system->definition;

	for (uint32_t i = 0; i < d->n_nics; i++) {
		_cleanup_free_ char *error = NULL;
		struct tap tap;
		int fd = tap_open(d->uuid, i, d->nics[i].mac, d->nics[i].bridge, &tap, &error);

		if (fd >= 0) {
			guest_take_tap(guest, &tap, fd);
			continue;
		}
		guest_close_taps(guest);
		return text_error(ret_error, ERROR_START_FAILED, "nic %u: %s", i,
				  error ? error : strerror(-fd));
	}
	return 0;
}

int nic_register(struct guest *guest, size_t index, char **ret_error)
{
	const struct definition_nic *d = &guest->system->definition->nics[index];
	struct genl_nic_limit limits[GENL_DIRECTIONS];
	struct guest_nic *nic = &guest->nics[index];
	_cleanup_free_ char *error = NULL;
	struct genl_nic added;
	int r;

	if (!nic->ifindex)
		return 0;
	nic_limits(d, limits);
	r = genl_nic_add(guest->env->genl, guest->module_id, nic->ifindex, limits, &added, &error);
	guest->system->nics[index].held = !r;
	if (r)
		return text_error(ret_error, ERROR_APPLY_FAILED, "nic %zu: %s", index,
				  error ? error : strerror(-r));
	nic->module_id = added.id;
	return 0;
}

int nic_register_all(struct guest *guest, char **ret_error)
{
	int r = 0;

	for (size_t i = 0; !r && i < guest->system->definition->n_nics; i++)
		r = nic_register(guest, i, ret_error);
	return r;
}
