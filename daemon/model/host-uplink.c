// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The host's uplinks, and which one a NIC is on; see host.h.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/model/error.h"
#include "daemon/model/host.h"
#include "daemon/util/text.h"

/**
 * host_find_uplink() - an uplink or part by its name
 * @host: host
 * @name: text
 *
 * Return: the uplink, or NULL.
 */
struct uplink *host_find_uplink(const struct host *host, const char *name)
{
	for (size_t i = 0; i < host->n_uplinks; i++) {
		if (!strcmp(host->uplinks[i]->definition->name, name))
			return host->uplinks[i];
	}
	return NULL;
}

/**
 * host_uplink_of_bridge() - the uplink or part on which a bridge's NICs are, unless they say otherwise
 * @host: host
 * @bridge: its name, not ""
 *
 * Return: the uplink, or NULL.
 */
struct uplink *host_uplink_of_bridge(const struct host *host, const char *bridge)
{
	for (size_t i = 0; i < host->n_uplinks; i++) {
		if (!strcmp(host->uplinks[i]->definition->bridge, bridge))
			return host->uplinks[i];
	}
	return NULL;
}

/**
 * host_uplink_of_nic() - the uplink or part that a NIC is to be on
 * @host: host
 * @nic: as it is wanted
 *
 * Return: the uplink; NULL: none, also if there is none of the name that @nic has.
 */
struct uplink *host_uplink_of_nic(const struct host *host, const struct definition_nic *nic)
{
	if (!strcmp(nic->uplink, UPLINK_NONE))
		return NULL;
	return strcmp(nic->uplink, UPLINK_OF_BRIDGE) ? host_find_uplink(host, nic->uplink)
						     : host_uplink_of_bridge(host, nic->bridge);
}

/**
 * host_check_uplinks() - whether the uplinks that a system's NICs name are there
 * @host: host
 * @d: its definition
 * @ret_error: sentence, to be freed
 *
 * Return: 0 or ERROR_NOT_FOUND.
 */
int host_check_uplinks(const struct host *host, const struct definition *d, char **ret_error)
{
	for (size_t i = 0; i < d->n_nics; i++) {
		const char *name = d->nics[i].uplink;

		if (strcmp(name, UPLINK_NONE) && strcmp(name, UPLINK_OF_BRIDGE) &&
		    !host_find_uplink(host, name))
			return text_error(ret_error, ERROR_NOT_FOUND,
					  "nic %zu: uplink: there is no uplink '%s'", i, name);
	}
	return 0;
}

/**
 * host_add_uplink() - add an uplink or part to the list; into its tree uplink_admit() puts it, or uplink_place()
 * @host: host
 * @uplink: owned by the host from now on, unless the call fails
 *
 * Return: 0, -EEXIST if its name is in use, or -ENOMEM.
 */
int host_add_uplink(struct host *host, struct uplink *uplink)
{
	struct uplink **uplinks;
	size_t at;

	if (host_find_uplink(host, uplink->definition->name))
		return -EEXIST;
	uplinks = reallocarray(host->uplinks, host->n_uplinks + 1, sizeof(struct uplink *));
	if (!uplinks)
		return -ENOMEM;
	host->uplinks = uplinks;
	for (at = host->n_uplinks; at > 0; at--) {
		if (strcmp(uplinks[at - 1]->definition->name, uplink->definition->name) < 0)
			break;
		uplinks[at] = uplinks[at - 1];
	}
	uplinks[at] = uplink;
	host->n_uplinks++;
	return 0;
}

/**
 * host_remove_uplink() - remove an uplink from the list; it is the caller's again
 * @host: host
 * @uplink: one of the host's, without members, and no part of another any more
 */
void host_remove_uplink(struct host *host, struct uplink *uplink)
{
	size_t at = 0;

	while (at < host->n_uplinks && host->uplinks[at] != uplink)
		at++;
	if (at == host->n_uplinks)
		return;
	host->n_uplinks--;
	memmove(&host->uplinks[at], &host->uplinks[at + 1],
		(host->n_uplinks - at) * sizeof(struct uplink *));
}

/**
 * host_count_uplink_members() - parts and NICs directly in an uplink or part, of systems that run or not
 * @host: host
 * @uplink: one of the host's
 *
 * Return: their number.
 */
size_t host_count_uplink_members(const struct host *host, const struct uplink *uplink)
{
	size_t count = 0;

	for (size_t i = 0; i < host->n_uplinks; i++)
		count += !strcmp(host->uplinks[i]->definition->parent, uplink->definition->name);
	for (size_t i = 0; i < host->n_systems; i++) {
		const struct definition *d = host->systems[i]->definition;

		for (size_t k = 0; k < d->n_nics; k++)
			count += host_uplink_of_nic(host, &d->nics[k]) == uplink;
	}
	return count;
}

/**
 * host_uplink_is_used() - whether something would be missing without an uplink or part
 * @host: host
 * @uplink: one of the host's
 *
 * Return: true if it has parts, a NIC of any system names it, or one of a system that has a QEMU is on it. Those that
 * do not run and are only on its bridge can do without.
 */
bool host_uplink_is_used(const struct host *host, const struct uplink *uplink)
{
	if (uplink->node.first)
		return true;
	for (size_t i = 0; i < host->n_systems; i++) {
		const struct definition *d = host->systems[i]->definition;

		for (size_t k = 0; k < d->n_nics; k++) {
			if (!strcmp(d->nics[k].uplink, uplink->definition->name))
				return true;
		}
	}
	return false;
}
