// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * NICs as people write them: "br0,mac=52:54:00:12:34:56,vhost=on,to-guest-limit=100Mbit".
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/model/definition.h"
#include "daemon/util/text.h"

static int parse_packets(const char *key, const char *value, uint64_t *ret, char **ret_error)
{
	if (!strcmp(value, "unlimited")) {
		*ret = 0;
		return 0;
	}
	if (!text_to_u64(value, ret) && *ret && *ret <= NIC_LIMIT_MAX_PACKETS_PER_S)
		return 0;
	return text_error(ret_error, -EINVAL,
			  "nic: %s: '%s' is not 1 to %" PRIu64 " packets per second or unlimited",
			  key, value, NIC_LIMIT_MAX_PACKETS_PER_S);
}

static int parse_burst(const char *key, const char *value, uint64_t *ret, char **ret_error)
{
	if (!text_to_bytes(value, ret) && *ret <= NIC_BURST_MAX_BYTES)
		return 0;
	return text_error(ret_error, -EINVAL, "nic: %s: '%s' is not a size from 0 to 1G (64K)", key,
			  value);
}

static int parse_switch(const char *key, const char *value, bool *ret, char **ret_error)
{
	*ret = !strcmp(value, "on");
	if (*ret || !strcmp(value, "off"))
		return 0;
	return text_error(ret_error, -EINVAL, "nic: %s: '%s' is neither on nor off", key, value);
}

static int set_limit(struct definition_nic *nic, size_t which, const char *value, char **ret_error)
{
	const struct limit_key *key = &nic_limit_keys[which];
	uint64_t *limit = nic_limit_at(nic, which);

	switch (key->kind) {
	case LIMIT_RATE:
		return rate_parse("nic", key->file, value, limit, ret_error);
	case LIMIT_COUNT:
		return parse_packets(key->file, value, limit, ret_error);
	case LIMIT_BURST:
		return parse_burst(key->file, value, limit, ret_error);
	case LIMIT_RESERVATION:
		return rate_reservation_parse("nic", key->file, value, limit, ret_error);
	case LIMIT_WEIGHT:
		return weight_parse("nic", key->file, value, limit, ret_error);
	}
	return -EINVAL;
}

/**
 * nic_set() - set one thing of a NIC
 * @nic: card
 * @key: mac, vhost, uplink, or of a direction (to-guest, from-guest) -limit, -packet-limit, -burst,
 *	-reservation or -weight
 * @value: as in a definition file
 * @ret_error: sentence
 *
 * Return: 0 or a negative errno; see definition.h.
 */
int nic_set(struct definition_nic *nic, const char *key, const char *value, char **ret_error)
{
	if (!strcmp(key, "mac"))
		return nic_mac_parse(value, nic->mac, ret_error);
	if (!strcmp(key, "vhost"))
		return parse_switch(key, value, &nic->vhost, ret_error);
	if (!strcmp(key, "uplink"))
		return nic_set_uplink(nic, value, ret_error);
	for (size_t i = 0; i < NIC_LIMIT_KEYS; i++) {
		if (!strcmp(key, nic_limit_keys[i].file))
			return set_limit(nic, i, value, ret_error);
	}
	return text_error(ret_error, -EINVAL,
			  "nic: unknown key '%s'; keys are mac vhost uplink " NIC_LIMIT_FILE_KEYS,
			  key);
}

/**
 * nic_parse() - read a NIC
 * @text: BRIDGE[,KEY=VALUE]..., keys as nic_set() has them
 * @ret: filled in; what is not said is as in NIC_DEFAULTS
 * @ret_error: sentence
 *
 * Return: 0 or a negative errno; see definition.h.
 */
int nic_parse(const char *text, struct definition_nic *ret, char **ret_error)
{
	struct definition_nic nic = NIC_DEFAULTS;
	_cleanup_free_ char *copy = strdup(text);
	char *rest = copy, *option;
	int r;

	if (!copy)
		return -ENOMEM;
	option = strsep(&rest, ",");
	r = nic_check_bridge(option, ret_error);
	if (r)
		return r;
	strcpy(nic.bridge, option);
	while ((option = strsep(&rest, ","))) {
		char *value = strchr(option, '=');

		if (!value)
			return text_error(ret_error, -EINVAL, "nic: '%s' is not KEY=VALUE", option);
		*value++ = '\0';
		r = nic_set(&nic, option, value, ret_error);
		if (r)
			return r;
	}
	*ret = nic;
	return 0;
}
