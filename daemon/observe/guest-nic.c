// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A guest's NICs on the host: its taps, and what the module counts of them.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/observe/guest.h"
#include "daemon/util/cleanup.h"

/* The most samples, of a second each, between two looks for a tap. */
#define TAPS_GAP_MAX 63

/**
 * guest_take_tap() - a tap of the guest's is there; if it is of no NIC of its definition, nothing happens
 * @guest: guest
 * @tap: which
 * @fd: its descriptor, owned by the guest from now on, of a NIC of its definition; -1: QEMU has it
 */
void guest_take_tap(struct guest *guest, const struct tap *tap, int fd)
{
	const struct definition *d = guest->system->definition;
	struct system_nic *nic = guest->system->nics;
	size_t i = definition_find_nic(d, tap->mac);

	if (i == d->n_nics || tap->port >= DEFINITION_NICS_MAX)
		return;
	guest->nics[i].ifindex = tap->ifindex;
	guest->nics[i].port = tap->port;
	guest->nics[i].tap = fd;
	guest->nics[i].redirect = (struct redirect){ 0 };
	guest->nics[i].looked_us = 0;
	guest->nics[i].policed = fd >= 0 ? GUEST_POLICED_NOT : GUEST_POLICED_UNKNOWN;
	snprintf(nic[i].ifname, sizeof(nic[i].ifname), "%s", tap->ifname);
}

/**
 * guest_close_tap() - close the descriptor of a tap if it is open here
 * @guest: guest
 * @index: of the NIC
 */
void guest_close_tap(struct guest *guest, size_t index)
{
	if (guest->nics[index].tap >= 0)
		close(guest->nics[index].tap);
	guest->nics[index].tap = -1;
}

/**
 * guest_close_taps() - close the descriptors that are open here; what QEMU does not have vanishes
 * @guest: guest
 */
void guest_close_taps(struct guest *guest)
{
	for (size_t i = 0; i < DEFINITION_NICS_MAX; i++)
		guest_close_tap(guest, i);
}

/**
 * guest_free_port() - the first port in which none of the other NICs is
 * @guest: guest
 * @index: of the NIC that is to be plugged in
 *
 * There are as many as there may be NICs.
 */
uint32_t guest_free_port(const struct guest *guest, size_t index)
{
	unsigned int used = 0;
	uint32_t port = 0;

	for (size_t i = 0; i < guest->system->definition->n_nics; i++) {
		if (i != index && guest->nics[i].ifindex)
			used |= 1u << guest->nics[i].port;
	}
	while (used & 1u << port)
		port++;
	return port;
}

/**
 * guest_remove_nic() - forget a NIC; those behind it move up
 * @guest: guest
 * @index: of the NIC
 */
void guest_remove_nic(struct guest *guest, size_t index)
{
	guest_close_tap(guest, index);
	memmove(&guest->nics[index], &guest->nics[index + 1],
		(DEFINITION_NICS_MAX - 1 - index) * sizeof(guest->nics[0]));
	guest->nics[DEFINITION_NICS_MAX - 1] = (struct guest_nic){ .tap = -1 };
}

/**
 * guest_find_taps() - find the taps of a guest that was started before this kvrmd, those that are not known yet
 * @guest: guest
 */
void guest_find_taps(struct guest *guest)
{
	_cleanup_free_ struct tap *taps = NULL;
	size_t n = 0;

	if (!guest->system->definition->n_nics || tap_list(&taps, &n))
		return;
	for (size_t i = 0; i < n; i++) {
		size_t nic = definition_find_nic(guest->system->definition, taps[i].mac);

		if (!strcmp(taps[i].uuid, guest->system->definition->uuid) &&
		    nic < guest->system->definition->n_nics && !guest->nics[nic].ifindex)
			guest_take_tap(guest, &taps[i], -1);
	}
}

static bool lacks_taps(const struct guest *guest)
{
	for (size_t i = 0; i < guest->system->definition->n_nics; i++) {
		if (!guest->nics[i].ifindex && !guest->nics[i].plugging)
			return true;
	}
	return false;
}

/**
 * guest_tend_taps() - look for taps that are not known, with each sample
 * @guest: guest
 *
 * To look is to list all devices of the host, and what is not there at once seldom comes later: so the first time is at
 * once, and each next one waits for about twice as long, a minute at most.
 */
void guest_tend_taps(struct guest *guest)
{
	if (!lacks_taps(guest)) {
		guest->taps_wait = 0;
		guest->taps_gap = 0;
		return;
	}
	if (guest->taps_wait) {
		guest->taps_wait--;
		return;
	}
	guest_find_taps(guest);
	guest->taps_gap = guest->taps_gap < TAPS_GAP_MAX ? 2 * guest->taps_gap + 1 : TAPS_GAP_MAX;
	guest->taps_wait = guest->taps_gap;
}

/**
 * guest_lose_module() - the module does not know a guest any more, nor its NICs
 * @guest: guest
 */
void guest_lose_module(struct guest *guest)
{
	guest->module_id = 0;
	guest->rate_told_hz = 0;
	guest->probes_told = 0;
	guest->system->sample_rate_applied_hz = 0;
	guest->system->probes_applied = 0;
	guest->system->vcpu_limit_applied_us = 0;
	for (int i = 0; i < DEFINITION_NICS_MAX; i++) {
		guest->nics[i].module_id = 0;
		guest->system->nics[i].enforced_by = NIC_ENFORCED_NOT;
		guest->system->nics[i].shares = false;
	}
}

/**
 * guest_sample_nic() - what the module knows of a NIC, into the sample of now
 * @guest: was sampled
 * @index: of the NIC
 * @known: as the module has it
 */
void guest_sample_nic(struct guest *guest, size_t index, const struct genl_nic *known)
{
	struct nic_sample *sample = &guest->system->sample.nics[index];

	if (!guest->system->sample.time_us)
		return;
	sample->known = true;
	sample->shares = known->uplink_id;
	for (int i = 0; i < NIC_DIRECTIONS; i++) {
		const struct genl_nic_flow *flow = &known->flows[i];

		sample->flows[i] = (struct nic_flow_sample){
			.bytes = flow->bytes,
			.packets = flow->packets,
			.queued_bytes = flow->queued_bytes,
			.queued_packets = flow->queued_packets,
			.delayed_packets = flow->delayed_packets,
			.dropped = { [KVRM_DROP_FULL] = flow->dropped_full,
				     [KVRM_DROP_DEVICE] = flow->dropped_device,
				     [KVRM_DROP_MEMORY] = flow->dropped_memory },
			.limited_ns = flow->limited_ns,
			.demand = flow->demand,
			.used = flow->used,
			.entitled = flow->entitled,
			.applied = flow->applied,
			.delays_known = flow->delays_known,
			.delay_ns = flow->delay_ns,
		};
		memcpy(sample->flows[i].delays, flow->delays, sizeof(flow->delays));
	}
	snprintf(guest->system->nics[index].ifname, sizeof(guest->system->nics[index].ifname), "%s",
		 known->ifname);
}
