// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kvrmctl nic set, add and remove, and NICs as kvrmctl show shows them.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "daemon/model/definition.h"
#include "daemon/util/text.h"
#include "tools/kvrmctl/command.h"
#include "tools/kvrmctl/nic.h"
#include "tools/kvrmctl/operate.h"
#include "tools/kvrmctl/print.h"
#include "tools/kvrmctl/table.h"
#include "tools/kvrmctl/value.h"

/**
 * struct limits - what is to be changed
 * @nic: has the values
 * @given: bit K: key K of nic_limit_keys
 */
struct limits {
	struct definition_nic nic;
	unsigned int given;
};

static int parse_limit(struct limits *limits, const char *pair, char **ret_error)
{
	const char *equals = strchr(pair, '=');
	_cleanup_free_ char *key = equals ? strndup(pair, (size_t)(equals - pair)) : NULL;

	if (!equals)
		return text_error(ret_error, -EINVAL, "'%s' is not KEY=VALUE", pair);
	if (!key)
		return -ENOMEM;
	for (size_t i = 0; i < NIC_LIMIT_KEYS; i++) {
		if (strcmp(key, nic_limit_keys[i].file))
			continue;
		if (limits->given & 1u << i)
			return text_error(ret_error, -EINVAL, "%s: given more than once", key);
		limits->given |= 1u << i;
		return nic_set(&limits->nic, key, equals + 1, ret_error);
	}
	return text_error(ret_error, -EINVAL,
			  "'%s' is nothing that can be changed; keys are " NIC_LIMIT_FILE_KEYS,
			  key);
}

static int append_limits(sd_bus_message *m, uint32_t index, struct limits *limits)
{
	int r = sd_bus_message_append(m, "u", index);

	if (r >= 0)
		r = sd_bus_message_open_container(m, 'a', "{sv}");
	for (size_t i = 0; r >= 0 && i < NIC_LIMIT_KEYS; i++) {
		if (limits->given & 1u << i)
			r = sd_bus_message_append(m, "{sv}", nic_limit_keys[i].bus, "t",
						  *nic_limit_at(&limits->nic, i));
	}
	return r < 0 ? r : sd_bus_message_close_container(m);
}

static int parse_index(const char *text, uint64_t *ret, char **ret_error)
{
	if (!text_to_u64(text, ret) && *ret < DEFINITION_NICS_MAX)
		return 0;
	return text_error(ret_error, -EINVAL, "NIC: '%s' is not 0 to %d", text,
			  DEFINITION_NICS_MAX - 1);
}

/* From here to the end of a command: @r is that of appending to the message. */
static int submit(struct client *client, const char *name, sd_bus_message *m, int r,
		  const char *progress, const char *done)
{
	int status = client_submit(client, name, m, r, progress);

	if (status == EXIT_OK)
		operate_done(client, name, done);
	return status;
}

/** command_nic_set() - kvrmctl nic set; see command.h */
int command_nic_set(struct client *client, int argc, char **argv)
{
	int status = command_parse_common(client, argc, argv, 3, argc);
	struct limits limits = { 0 };
	_cleanup_free_ char *error = NULL;
	const char *name;
	sd_bus_message *m;
	uint64_t index;
	int r = 0;

	if (status != EXIT_OK)
		return status;
	name = argv[optind];
	r = parse_index(argv[optind + 1], &index, &error);
	for (int i = optind + 2; !r && i < argc; i++)
		r = parse_limit(&limits, argv[i], &error);
	status = r ? client_refuse(client, r, error) : client_open(client);
	if (status == EXIT_OK)
		status = client_system_message(client, name, "SetNIC", &m);
	if (status == EXIT_OK)
		status = submit(client, name, m, append_limits(m, (uint32_t)index, &limits),
				"changing the limits", "changed");
	return status;
}

static int append_nic(sd_bus_message *m, const struct definition_nic *nic)
{
	int r = sd_bus_message_open_container(m, 'a', "{sv}");

	if (r >= 0)
		r = definition_append_nic(m, nic);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

/** command_nic_add() - kvrmctl nic add; see command.h */
int command_nic_add(struct client *client, int argc, char **argv)
{
	int status = command_parse_common(client, argc, argv, 2, 2);
	_cleanup_free_ char *error = NULL;
	struct definition_nic nic;
	const char *name;
	sd_bus_message *m;
	int r;

	if (status != EXIT_OK)
		return status;
	name = argv[optind];
	r = nic_parse(argv[optind + 1], &nic, &error);
	status = r ? client_refuse(client, r, error) : client_open(client);
	if (status == EXIT_OK)
		status = client_system_message(client, name, "AddNIC", &m);
	if (status == EXIT_OK)
		status =
			submit(client, name, m, append_nic(m, &nic), "adding the NIC", "NIC added");
	return status;
}

/** command_nic_remove() - kvrmctl nic remove; see command.h */
int command_nic_remove(struct client *client, int argc, char **argv)
{
	int status = command_parse_common(client, argc, argv, 2, 2);
	_cleanup_free_ char *error = NULL;
	const char *name;
	sd_bus_message *m;
	uint64_t index;
	int r;

	if (status != EXIT_OK)
		return status;
	name = argv[optind];
	r = parse_index(argv[optind + 1], &index, &error);
	status = r ? client_refuse(client, r, error) : client_open(client);
	if (status == EXIT_OK)
		status = client_system_message(client, name, "RemoveNIC", &m);
	if (status == EXIT_OK)
		status = submit(client, name, m, sd_bus_message_append(m, "u", (uint32_t)index),
				"waiting for the guest to let go of the NIC", "NIC removed");
	return status;
}

static void show_direction(struct json_object *nic, const char *title, const char *prefix)
{
	uint64_t packets, burst;
	char key[32], rate[32], text[96];
	size_t len;

	snprintf(key, sizeof(key), "%sLimit", prefix);
	nic_rate_format(value_number(nic, key), rate, sizeof(rate));
	snprintf(key, sizeof(key), "%sPacketLimit", prefix);
	packets = value_number(nic, key);
	snprintf(key, sizeof(key), "%sBurst", prefix);
	burst = value_number(nic, key);
	len = (size_t)snprintf(text, sizeof(text), "%s%s", rate,
			       strcmp(rate, "unlimited") ? "/s" : "");
	if (packets)
		len += (size_t)snprintf(text + len, sizeof(text) - len, ", %" PRIu64 " packets/s",
					packets);
	if (burst) {
		format_bytes(burst, rate, sizeof(rate));
		snprintf(text + len, sizeof(text) - len, ", burst %s", rate);
	}
	print_field(title, "%s", text);
}

void nic_show(struct json_object *nics)
{
	for (size_t i = 0; nics && i < json_object_array_length(nics); i++) {
		struct json_object *nic = json_object_array_get_idx(nics, i);
		const char *interface = value_text(nic, "Interface");
		const char *enforced = value_text(nic, "EnforcedBy");
		char title[32];

		snprintf(title, sizeof(title), "NIC %zu", i);
		print_field(title, "%s on %s%s%s%s%s%s", value_text(nic, "MAC"),
			    value_text(nic, "Bridge"), *interface ? " by " : "", interface,
			    json_object_get_boolean(value_get(nic, "VHost")) ? "" : ", no vhost",
			    *enforced ? ", limits by " : "",
			    strcmp(enforced, "tc") ? enforced : "tc (drops what is too much)");
		show_direction(nic, "  to the guest", "ToGuest");
		show_direction(nic, "  from the guest", "FromGuest");
	}
}
