// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * NICs of a virtual system: what they are, their rules, and the addresses that they are given.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/model/definition.h"
#include "daemon/util/text.h"
#include "kvrm/node.h"

_Static_assert(KVRM_WEIGHT_DEFAULT == 100, "as NIC_DEFAULTS has it");

#define LIMIT(direction, field) offsetof(struct definition_nic, limits[direction].field)
#define SHARE(direction, field) offsetof(struct definition_nic, shares[direction].field)

const struct limit_key nic_limit_keys[NIC_LIMIT_KEYS] = {
	{ "to-guest-limit", "ToGuestLimit", "to-guest-limit-bytes-per-s", LIMIT_RATE,
	  LIMIT(NIC_TO_GUEST, bytes_per_s) },
	{ "to-guest-packet-limit", "ToGuestPacketLimit", "to-guest-limit-packets-per-s",
	  LIMIT_COUNT, LIMIT(NIC_TO_GUEST, packets_per_s) },
	{ "to-guest-burst", "ToGuestBurst", "to-guest-burst-bytes", LIMIT_BURST,
	  LIMIT(NIC_TO_GUEST, burst_bytes) },
	{ "to-guest-reservation", "ToGuestReservation", "to-guest-reservation-bytes-per-s",
	  LIMIT_RESERVATION, SHARE(NIC_TO_GUEST, reservation_bytes_per_s) },
	{ "to-guest-weight", "ToGuestWeight", "to-guest-weight", LIMIT_WEIGHT,
	  SHARE(NIC_TO_GUEST, weight) },
	{ "from-guest-limit", "FromGuestLimit", "from-guest-limit-bytes-per-s", LIMIT_RATE,
	  LIMIT(NIC_FROM_GUEST, bytes_per_s) },
	{ "from-guest-packet-limit", "FromGuestPacketLimit", "from-guest-limit-packets-per-s",
	  LIMIT_COUNT, LIMIT(NIC_FROM_GUEST, packets_per_s) },
	{ "from-guest-burst", "FromGuestBurst", "from-guest-burst-bytes", LIMIT_BURST,
	  LIMIT(NIC_FROM_GUEST, burst_bytes) },
	{ "from-guest-reservation", "FromGuestReservation", "from-guest-reservation-bytes-per-s",
	  LIMIT_RESERVATION, SHARE(NIC_FROM_GUEST, reservation_bytes_per_s) },
	{ "from-guest-weight", "FromGuestWeight", "from-guest-weight", LIMIT_WEIGHT,
	  SHARE(NIC_FROM_GUEST, weight) },
};

/**
 * nic_limit_at() - where a NIC has a limit, or a share
 * @nic: card
 * @key: place in nic_limit_keys
 *
 * Return: to be read and written; valid as long as @nic.
 */
uint64_t *nic_limit_at(struct definition_nic *nic, size_t key)
{
	return (uint64_t *)((char *)nic + nic_limit_keys[key].offset);
}

/**
 * nic_limit_default() - what a NIC has there if nothing was said
 * @key: place in nic_limit_keys
 */
uint64_t nic_limit_default(size_t key)
{
	struct definition_nic nic = NIC_DEFAULTS;

	return *nic_limit_at(&nic, key);
}

/**
 * nic_check_bridge() - whether a bridge can have that name
 * @name: name
 * @ret_error: sentence
 *
 * Narrower than the kernel's dev_valid_name(): nothing that QEMU's or a shell's syntax knows.
 *
 * Return: 0 or -EINVAL.
 */
int nic_check_bridge(const char *name, char **ret_error)
{
	if (text_is_name(name, DEFINITION_BRIDGE_MAX))
		return 0;
	return text_error(ret_error, -EINVAL,
			  "nic: bridge '%s' is not 1 to %d of A-Z a-z 0-9 . _ -", name,
			  DEFINITION_BRIDGE_MAX);
}

/**
 * nic_mac_parse() - read the address of a NIC
 * @text: six pairs of hexadecimal digits with colons between them, of one NIC, not of a group
 * @mac: receives it in lower case
 * @ret_error: sentence
 *
 * Return: 0 or -EINVAL.
 */
int nic_mac_parse(const char *text, char mac[static 18], char **ret_error)
{
	unsigned int first = 0;
	bool any = false, good = strlen(text) == 17;

	for (int i = 0; good && i < 17; i++) {
		unsigned char c = (unsigned char)text[i];

		good = i % 3 == 2 ? c == ':' : isxdigit(c);
		any |= isxdigit(c) && c != '0';
		mac[i] = (char)tolower(c);
	}
	mac[17] = '\0';
	/* What begins with fe is the address of the host's end of a NIC. */
	if (good && sscanf(mac, "%2x", &first) == 1 && any && !(first & 1) && first != 0xfe)
		return 0;
	mac[0] = '\0';
	return text_error(ret_error, -EINVAL,
			  "nic: mac '%s' is not the address of one card (52:54:00:12:34:56), not "
			  "beginning with fe",
			  text);
}

static int check_limit(size_t at, const struct nic_limit *limit, const char *key, char **ret_error)
{
	if (limit->bytes_per_s > NIC_LIMIT_MAX_BYTES_PER_S)
		return text_error(ret_error, -EINVAL,
				  "nic %zu: %s-limit: %" PRIu64
				  " bytes per second is not 1 to %" PRIu64 ", or 0: unlimited",
				  at, key, limit->bytes_per_s, NIC_LIMIT_MAX_BYTES_PER_S);
	if (limit->packets_per_s > NIC_LIMIT_MAX_PACKETS_PER_S)
		return text_error(ret_error, -EINVAL,
				  "nic %zu: %s-packet-limit: %" PRIu64
				  " packets per second is not 1 to %" PRIu64 ", or 0: unlimited",
				  at, key, limit->packets_per_s, NIC_LIMIT_MAX_PACKETS_PER_S);
	if (limit->burst_bytes > NIC_BURST_MAX_BYTES)
		return text_error(ret_error, -EINVAL,
				  "nic %zu: %s-burst: %" PRIu64 " bytes is not 0 to %" PRIu64, at,
				  key, limit->burst_bytes, NIC_BURST_MAX_BYTES);
	if (limit->burst_bytes && !limit->bytes_per_s)
		return text_error(ret_error, -EINVAL, "nic %zu: %s-burst: needs a %s-limit", at,
				  key, key);
	return 0;
}

static int check_share(size_t at, const struct definition_nic *nic, enum nic_direction direction,
		       const char *key, char **ret_error)
{
	uint64_t limit = nic->limits[direction].bytes_per_s;
	const struct nic_share *share = &nic->shares[direction];

	if (share->reservation_bytes_per_s > UPLINK_MAX_BYTES_PER_S)
		return text_error(ret_error, -EINVAL,
				  "nic %zu: %s-reservation: %" PRIu64
				  " bytes per second is not 0 to %" PRIu64,
				  at, key, share->reservation_bytes_per_s, UPLINK_MAX_BYTES_PER_S);
	if (limit && share->reservation_bytes_per_s > limit)
		return text_error(ret_error, -EINVAL,
				  "nic %zu: %s-reservation: %" PRIu64
				  " bytes per second is above the %s-limit, %" PRIu64,
				  at, key, share->reservation_bytes_per_s, key, limit);
	if (share->reservation_bytes_per_s && !strcmp(nic->uplink, UPLINK_NONE))
		return text_error(ret_error, -EINVAL,
				  "nic %zu: %s-reservation: needs an uplink, but uplink is none",
				  at, key);
	if (share->weight < KVRM_WEIGHT_MIN || share->weight > KVRM_WEIGHT_MAX)
		return text_error(ret_error, -EINVAL,
				  "nic %zu: %s-weight: %" PRIu64 " is not %u to %u", at, key,
				  share->weight, KVRM_WEIGHT_MIN, KVRM_WEIGHT_MAX);
	return 0;
}

/**
 * nic_set_uplink() - say which uplink a NIC is on
 * @nic: card
 * @name: of an uplink or part, UPLINK_OF_BRIDGE or UPLINK_NONE
 * @ret_error: sentence
 *
 * Return: 0 or -EINVAL.
 */
int nic_set_uplink(struct definition_nic *nic, const char *name, char **ret_error)
{
	if (!text_is_name(name, UPLINK_NAME_MAX))
		return text_error(ret_error, -EINVAL,
				  "nic: uplink '%s' is not 1 to %d of A-Z a-z 0-9 . _ -", name,
				  UPLINK_NAME_MAX);
	strcpy(nic->uplink, name);
	return 0;
}

/**
 * nic_reserves_any() - whether a NIC reserves anything of its uplink
 * @nic: card
 */
bool nic_reserves_any(const struct definition_nic *nic)
{
	return nic->shares[NIC_TO_GUEST].reservation_bytes_per_s ||
	       nic->shares[NIC_FROM_GUEST].reservation_bytes_per_s;
}

/**
 * nic_limits_any() - whether a NIC has any limit
 * @nic: card
 */
bool nic_limits_any(const struct definition_nic *nic)
{
	for (int i = 0; i < NIC_DIRECTIONS; i++) {
		if (nic->limits[i].bytes_per_s || nic->limits[i].packets_per_s)
			return true;
	}
	return false;
}

/**
 * nic_qemu_ids() - what QEMU calls a NIC and its end on the host
 * @nic: card, with its address
 * @device: receives the guest's end
 * @netdev: receives the host's end
 */
void nic_qemu_ids(const struct definition_nic *nic, char device[static NIC_QEMU_ID_SIZE],
		  char netdev[static NIC_QEMU_ID_SIZE])
{
	char digits[13];
	size_t n = 0;

	for (const char *at = nic->mac; *at && n < sizeof(digits) - 1; at++) {
		if (*at != ':')
			digits[n++] = *at;
	}
	digits[n] = '\0';
	snprintf(device, NIC_QEMU_ID_SIZE, "nic%s", digits);
	snprintf(netdev, NIC_QEMU_ID_SIZE, "net%s", digits);
}

/**
 * definition_find_nic() - the NIC that has an address
 * @d: definition
 * @mac: lower case
 *
 * Return: its index; the number of NICs if there is none.
 */
size_t definition_find_nic(const struct definition *d, const char *mac)
{
	size_t i = 0;

	while (i < d->n_nics && strcmp(d->nics[i].mac, mac))
		i++;
	return i;
}

/**
 * definition_add_nic() - add a NIC behind those that are there
 * @d: definition
 * @nic: copied
 * @ret_error: sentence
 *
 * Return: 0 or a negative errno; see definition.h.
 */
int definition_add_nic(struct definition *d, const struct definition_nic *nic, char **ret_error)
{
	struct definition_nic *nics;

	if (d->n_nics == DEFINITION_NICS_MAX)
		return text_error(ret_error, -EINVAL, "nic: at most %d are allowed",
				  DEFINITION_NICS_MAX);
	nics = reallocarray(d->nics, d->n_nics + 1, sizeof(*nics));
	if (!nics)
		return -ENOMEM;
	d->nics = nics;
	nics[d->n_nics++] = *nic;
	return 0;
}

/**
 * definition_remove_nic() - remove a NIC; those behind it move up
 * @d: definition
 * @index: of the NIC
 */
void definition_remove_nic(struct definition *d, size_t index)
{
	d->n_nics--;
	memmove(&d->nics[index], &d->nics[index + 1], (d->n_nics - index) * sizeof(*d->nics));
}

static int check_nic(const struct definition *d, size_t at, char **ret_error)
{
	const struct definition_nic *nic = &d->nics[at];
	char mac[18];
	int r = nic_check_bridge(nic->bridge, ret_error);

	if (!r && *nic->mac)
		r = nic_mac_parse(nic->mac, mac, ret_error);
	if (!r)
		r = check_limit(at, &nic->limits[NIC_TO_GUEST], "to-guest", ret_error);
	if (!r)
		r = check_limit(at, &nic->limits[NIC_FROM_GUEST], "from-guest", ret_error);
	if (!r)
		r = check_share(at, nic, NIC_TO_GUEST, "to-guest", ret_error);
	if (!r)
		r = check_share(at, nic, NIC_FROM_GUEST, "from-guest", ret_error);
	for (size_t i = 0; !r && *nic->mac && i < at; i++) {
		if (!strcmp(d->nics[i].mac, nic->mac))
			r = text_error(ret_error, -EINVAL, "nic %zu: mac '%s' is given twice", at,
				       nic->mac);
	}
	return r;
}

/**
 * definition_check_nics() - the rules for all NICs of a definition
 * @d: definition
 * @ret_error: sentence
 *
 * Return: 0 or -EINVAL.
 */
int definition_check_nics(const struct definition *d, char **ret_error)
{
	int r = 0;

	for (size_t i = 0; !r && i < d->n_nics; i++)
		r = check_nic(d, i, ret_error);
	return r;
}

/* FNV-1a (Fowler, Noll, Vo; RFC 9923), 64 bits. */
static uint64_t hash(const uint8_t *bytes, size_t n)
{
	uint64_t value = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < n; i++)
		value = (value ^ bytes[i]) * UINT64_C(0x100000001b3);
	return value;
}

/* Locally administered: the same each time for the same system, so that a guest keeps its network's name. */
static void give_mac(struct definition_nic *nic, const uint8_t uuid[static 16], size_t index)
{
	uint8_t seed[17];
	uint64_t value;

	memcpy(seed, uuid, 16);
	seed[16] = (uint8_t)index;
	value = hash(seed, sizeof(seed));
	snprintf(nic->mac, sizeof(nic->mac), "52:54:%02x:%02x:%02x:%02x", (uint8_t)(value >> 56),
		 (uint8_t)(value >> 48), (uint8_t)(value >> 40), (uint8_t)(value >> 32));
}

/**
 * definition_complete() - give each NIC without an address one
 * @d: with a UUID
 *
 * The address follows from the UUID and the NIC's place. 52:54 is what QEMU's own begin with.
 *
 * Return: 0, or -EINVAL if there is no UUID.
 */
int definition_complete(struct definition *d)
{
	uint8_t uuid[16];
	int r = text_uuid_to_bytes(d->uuid, uuid);

	for (size_t i = 0; !r && i < d->n_nics; i++) {
		/* One that was added later may be where another one was when it got that place's. */
		for (size_t seed = i; !*d->nics[i].mac; seed++) {
			struct definition_nic nic;

			give_mac(&nic, uuid, seed);
			if (definition_find_nic(d, nic.mac) == d->n_nics)
				strcpy(d->nics[i].mac, nic.mac);
		}
	}
	return r;
}
