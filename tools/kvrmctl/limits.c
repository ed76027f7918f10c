// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Limits changed; see limits.h.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "daemon/util/text.h"
#include "tools/kvrmctl/limits.h"
#include "tools/kvrmctl/operate.h"

#define KEYS_MAX 32

/**
 * struct limits - what is to be changed
 * @values: by key
 * @given: bit K: key K
 * @text: value of the text key; NULL: not given
 */
struct limits {
	uint64_t values[KEYS_MAX];
	uint32_t given;
	const char *text;
};

static int given_twice(const char *key, char **ret_error)
{
	return text_error(ret_error, -EINVAL, "%s: given more than once", key);
}

static int parse_limit(struct limits *limits, const struct limits_kind *kind, const char *pair,
		       char **ret_error)
{
	const char *equals = strchr(pair, '=');
	_cleanup_free_ char *key = equals ? strndup(pair, (size_t)(equals - pair)) : NULL;

	if (!equals)
		return text_error(ret_error, -EINVAL, "'%s' is not KEY=VALUE", pair);
	if (!key)
		return -ENOMEM;
	for (size_t i = 0; i < kind->n_keys; i++) {
		if (strcmp(key, kind->keys[i].file))
			continue;
		if (limits->given & 1u << i)
			return given_twice(key, ret_error);
		limits->given |= 1u << i;
		return kind->parse(i, equals + 1, &limits->values[i], ret_error);
	}
	if (kind->text_key && !strcmp(key, kind->text_key)) {
		if (limits->text)
			return given_twice(key, ret_error);
		limits->text = equals + 1;
		return kind->check_text(limits->text, ret_error);
	}
	return text_error(ret_error, -EINVAL, "'%s' is nothing that can be changed; keys are %s",
			  key, kind->names);
}

static int append_limits(sd_bus_message *m, uint32_t index, const struct limits_kind *kind,
			 const struct limits *limits)
{
	int r = sd_bus_message_append(m, "u", index);

	if (r >= 0)
		r = sd_bus_message_open_container(m, 'a', "{sv}");
	for (size_t i = 0; r >= 0 && i < kind->n_keys; i++) {
		const struct limit_key *key = &kind->keys[i];

		if (!(limits->given & 1u << i))
			continue;
		if (key->kind == LIMIT_WEIGHT)
			r = sd_bus_message_append(m, "{sv}", key->bus, "u",
						  (uint32_t)limits->values[i]);
		else
			r = sd_bus_message_append(m, "{sv}", key->bus, "t", limits->values[i]);
	}
	if (r >= 0 && limits->text)
		r = sd_bus_message_append(m, "{sv}", kind->text_property, "s", limits->text);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

int limits_parse_index(const char *title, size_t max, const char *text, uint64_t *ret,
		       char **ret_error)
{
	if (!text_to_u64(text, ret) && *ret < max)
		return 0;
	return text_error(ret_error, -EINVAL, "%s: '%s' is not 0 to %zu", title, text, max - 1);
}

int limits_set(struct client *client, int argc, char **argv, const struct limits_kind *kind)
{
	int status = command_parse_common(client, argc, argv, 3, argc);
	_cleanup_free_ char *error = NULL;
	struct limits limits = { 0 };
	const char *name;
	sd_bus_message *m;
	uint64_t index;
	int r;

	if (status != EXIT_OK)
		return status;
	name = argv[optind];
	r = limits_parse_index(kind->title, kind->max, argv[optind + 1], &index, &error);
	for (int i = optind + 2; !r && i < argc; i++)
		r = parse_limit(&limits, kind, argv[i], &error);
	status = r ? client_refuse(client, r, error) : client_open(client);
	if (status == EXIT_OK)
		status = client_system_message(client, name, kind->method, &m);
	if (status == EXIT_OK)
		status = operate_submit(client, name, m,
					append_limits(m, (uint32_t)index, kind, &limits),
					"changing the limits", "changed");
	return status;
}
