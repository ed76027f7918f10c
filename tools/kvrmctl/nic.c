// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kvrmctl nic set, add and remove, and NICs as kvrmctl show shows them.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "daemon/model/definition.h"
#include "daemon/util/cleanup.h"
#include "kvrm/node.h"
#include "tools/kvrmctl/command.h"
#include "tools/kvrmctl/limits.h"
#include "tools/kvrmctl/nic.h"
#include "tools/kvrmctl/operate.h"
#include "tools/kvrmctl/print.h"
#include "tools/kvrmctl/table.h"
#include "tools/kvrmctl/value.h"

static int parse(size_t key, const char *value, uint64_t *ret, char **ret_error)
{
	struct definition_nic nic = NIC_DEFAULTS;
	int r = nic_set(&nic, nic_limit_keys[key].file, value, ret_error);

	*ret = *nic_limit_at(&nic, key);
	return r;
}

static int check_uplink(const char *value, char **ret_error)
{
	struct definition_nic nic;

	return nic_set_uplink(&nic, value, ret_error);
}

/** command_nic_set() - kvrmctl nic set; see command.h */
int command_nic_set(struct client *client, int argc, char **argv)
{
	static const struct limits_kind kind = { .title = "NIC",
						 .max = DEFINITION_NICS_MAX,
						 .method = "SetNIC",
						 .keys = nic_limit_keys,
						 .n_keys = NIC_LIMIT_KEYS,
						 .names = "uplink " NIC_LIMIT_FILE_KEYS,
						 .parse = parse,
						 .text_key = "uplink",
						 .text_property = "Uplink",
						 .check_text = check_uplink };

	return limits_set(client, argc, argv, &kind);
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
		status = operate_submit(client, name, m, append_nic(m, &nic), "adding the NIC",
					"NIC added");
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
	r = limits_parse_index("NIC", DEFINITION_NICS_MAX, argv[optind + 1], &index, &error);
	status = r ? client_refuse(client, r, error) : client_open(client);
	if (status == EXIT_OK)
		status = client_system_message(client, name, "RemoveNIC", &m);
	if (status == EXIT_OK)
		status =
			operate_submit(client, name, m,
				       sd_bus_message_append(m, "u", (uint32_t)index),
				       "waiting for the guest to let go of the NIC", "NIC removed");
	return status;
}

static void show_direction(struct json_object *nic, const char *title, const char *prefix)
{
	uint64_t packets, burst, reservation, weight;
	char key[32], rate[32], text[160];
	size_t len;

	snprintf(key, sizeof(key), "%sLimit", prefix);
	rate_format(value_number(nic, key), rate, sizeof(rate));
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
		len += (size_t)snprintf(text + len, sizeof(text) - len, ", burst %s", rate);
	}
	snprintf(key, sizeof(key), "%sReservation", prefix);
	reservation = value_number(nic, key);
	snprintf(key, sizeof(key), "%sWeight", prefix);
	weight = value_number(nic, key);
	if (reservation) {
		rate_format(reservation, rate, sizeof(rate));
		len += (size_t)snprintf(text + len, sizeof(text) - len, ", %s/s reserved", rate);
	}
	if (weight != KVRM_WEIGHT_DEFAULT)
		snprintf(text + len, sizeof(text) - len, ", weight %" PRIu64, weight);
	print_field(title, "%s", text);
}

/* The uplink that is wanted; @runs: and whether what it has there is held. */
static void show_uplink(struct json_object *nic, bool runs)
{
	const char *wanted = value_text(nic, "Uplink"), *applied = value_text(nic, "UplinkApplied");

	if (strcmp(wanted, UPLINK_OF_BRIDGE))
		print_field("  uplink", "%s%s", wanted,
			    runs && strcmp(wanted, UPLINK_NONE) && !*applied ? " (not held)" : "");
	else if (*applied)
		print_field("  uplink", "%s, that of its bridge", applied);
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
		show_uplink(nic, *interface != '\0');
		show_direction(nic, "  to the guest", "ToGuest");
		show_direction(nic, "  from the guest", "FromGuest");
	}
}
