// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rates of NICs, uplinks and disks as people write them: "100Mbit", "10MiB". They are exact: what is no whole
 * number of bytes per second is refused.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "daemon/model/definition.h"
#include "daemon/util/text.h"
#include "kvrm/node.h"

_Static_assert(NIC_LIMIT_MAX_BYTES_PER_S == UINT64_C(1) << 40 &&
		       UPLINK_MAX_BYTES_PER_S == UINT64_C(1) << 40 &&
		       DISK_LIMIT_MAX_BYTES_PER_S == UINT64_C(1) << 40,
	       "one range for all, as the sentence has it");

/* In bits. The decimal prefixes of network rates; bytes by either, because disks and memory have both. */
static const struct {
	const char *name;
	uint64_t bits;
} units[] = {
	{ "Tbit", UINT64_C(1000000000000) },
	{ "Gbit", UINT64_C(1000000000) },
	{ "Mbit", UINT64_C(1000000) },
	{ "kbit", UINT64_C(1000) },
	{ "bit", UINT64_C(1) },
	{ "GB", UINT64_C(8000000000) },
	{ "MB", UINT64_C(8000000) },
	{ "kB", UINT64_C(8000) },
	{ "GiB", UINT64_C(8) << 30 },
	{ "MiB", UINT64_C(8) << 20 },
	{ "KiB", UINT64_C(8) << 10 },
	{ "B", UINT64_C(8) },
};

/* Return: 0 if it is a number with a unit, of whole bytes, from 1 byte to 2^40 per second. */
static int parse(const char *value, uint64_t *ret_bytes_per_s)
{
	size_t len = strlen(value);
	uint64_t bits = 0;
	int r = -EINVAL;

	if (len > 2 && !strcmp(value + len - 2, "/s"))
		len -= 2;
	for (size_t i = 0; r && i < sizeof(units) / sizeof(units[0]); i++) {
		size_t suffix = strlen(units[i].name);

		if (len <= suffix || strncmp(value + len - suffix, units[i].name, suffix))
			continue;
		r = text_to_multiple(value, len - suffix, units[i].bits, &bits);
	}
	if (r || !bits || bits % 8 || bits / 8 > NIC_LIMIT_MAX_BYTES_PER_S)
		return -EINVAL;
	*ret_bytes_per_s = bits / 8;
	return 0;
}

/* What parse() takes, for sentences. */
#define RANGE "a rate of whole bytes from 8bit to 1099511627776B (100Mbit, 1.5Gbit, 12500kB, 10MiB)"

/**
 * rate_parse() - read a rate
 * @what: "nic" or "disk", for the sentence
 * @key: likewise
 * @value: a number with a unit, perhaps with "/s" behind it; or "unlimited"
 * @ret_bytes_per_s: 1 to 2^40, or 0: unlimited; left alone if the call fails
 * @ret_error: sentence
 *
 * Return: 0 or a negative errno; see definition.h.
 */
int rate_parse(const char *what, const char *key, const char *value, uint64_t *ret_bytes_per_s,
	       char **ret_error)
{
	if (!strcmp(value, "unlimited"))
		*ret_bytes_per_s = 0;
	else if (parse(value, ret_bytes_per_s))
		return text_error(ret_error, -EINVAL, "%s: %s: '%s' is not " RANGE " or unlimited",
				  what, key, value);
	return 0;
}

/**
 * rate_reservation_parse() - read a rate that is reserved
 * @what: "nic" or "uplink", for the sentence
 * @key: likewise
 * @value: as for rate_parse(), but "0", and not "unlimited"
 * @ret_bytes_per_s: 0 to 2^40; left alone if the call fails
 * @ret_error: sentence
 *
 * Return: 0 or a negative errno; see definition.h.
 */
int rate_reservation_parse(const char *what, const char *key, const char *value,
			   uint64_t *ret_bytes_per_s, char **ret_error)
{
	if (!strcmp(value, "0"))
		*ret_bytes_per_s = 0;
	else if (parse(value, ret_bytes_per_s))
		return text_error(ret_error, -EINVAL, "%s: %s: '%s' is not " RANGE " or 0", what,
				  key, value);
	return 0;
}

/**
 * weight_parse() - read a share
 * @what: "nic" or "uplink", for the sentence
 * @key: likewise
 * @value: a number
 * @ret_weight: 1 to 10000; left alone if the call fails
 * @ret_error: sentence
 *
 * Return: 0 or a negative errno; see definition.h.
 */
int weight_parse(const char *what, const char *key, const char *value, uint64_t *ret_weight,
		 char **ret_error)
{
	uint64_t weight;

	if (text_to_u64(value, &weight) || weight < KVRM_WEIGHT_MIN || weight > KVRM_WEIGHT_MAX)
		return text_error(ret_error, -EINVAL, "%s: %s: '%s' is not %u to %u", what, key,
				  value, KVRM_WEIGHT_MIN, KVRM_WEIGHT_MAX);
	*ret_weight = weight;
	return 0;
}

/**
 * share_parse() - read a share that a virtual system or a pool has
 * @key: for the sentence
 * @value: a number
 * @ret_weight: 1 to 10000; left alone if the call fails
 * @ret_error: sentence
 *
 * Return: 0 or a negative errno; see definition.h.
 */
int share_parse(const char *key, const char *value, uint32_t *ret_weight, char **ret_error)
{
	uint64_t weight;

	if (text_to_u64(value, &weight) || weight < KVRM_WEIGHT_MIN || weight > KVRM_WEIGHT_MAX)
		return text_error(ret_error, -EINVAL, "%s: '%s' is not %u to %u", key, value,
				  KVRM_WEIGHT_MIN, KVRM_WEIGHT_MAX);
	*ret_weight = (uint32_t)weight;
	return 0;
}

/**
 * rate_format() - write a rate
 * @bytes_per_s: rate; 0: unlimited
 * @buf: receives what rate_parse() reads as the same
 * @size: of @buf; 32 is enough
 */
void rate_format(uint64_t bytes_per_s, char *buf, size_t size)
{
	uint64_t bits = bytes_per_s * 8;

	if (!bits) {
		snprintf(buf, size, "unlimited");
		return;
	}
	/* A single bit divides everything, and is what is left if nothing larger does. */
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (bits % units[i].bits || units[i].bits == 1)
			continue;
		snprintf(buf, size, "%" PRIu64 "%s", bits / units[i].bits, units[i].name);
		return;
	}
}
