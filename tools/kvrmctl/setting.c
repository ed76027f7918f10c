// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Settings; see setting.h. Here only what a value means is checked; whether it fits is kvrmd's to say.
 * Errors are -EINVAL with a sentence that names the key and the range, or -ENOMEM.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/model/definition.h"
#include "daemon/util/text.h"
#include "tools/kvrmctl/setting.h"
#include "tools/kvrmctl/table.h"

/**
 * reservation_format() - write a processor reservation, or another amount of which 0 is nothing
 * @reservation_us: µs of CPU time per second
 * @buf: receives what cpu_reservation_parse() reads as the same
 * @size: of @buf; 32 is enough
 */
void reservation_format(uint64_t reservation_us, char *buf, size_t size)
{
	if (reservation_us)
		cpu_limit_format(reservation_us, buf, size);
	else
		snprintf(buf, size, "0");
}

/**
 * bytes_format() - write an amount of memory for people
 * @bytes: amount; 0 is nothing
 * @buf: receives it
 * @size: of @buf; 32 is enough
 */
void bytes_format(uint64_t bytes, char *buf, size_t size)
{
	if (bytes)
		format_bytes(bytes, buf, size);
	else
		snprintf(buf, size, "0");
}

static int parse_reservation(const char *value, struct setting *ret, char **ret_error)
{
	return cpu_reservation_parse(value, &ret->number, ret_error);
}

static int parse_limit(const char *value, struct setting *ret, char **ret_error)
{
	return cpu_limit_parse(value, &ret->number, ret_error);
}

static int parse_vcpu_limit(const char *value, struct setting *ret, char **ret_error)
{
	return vcpu_limit_parse(value, &ret->number, ret_error);
}

static int parse_share(const char *key, const char *value, struct setting *ret, char **ret_error)
{
	uint32_t weight = 0;
	int r = share_parse(key, value, &weight, ret_error);

	ret->number = weight;
	return r;
}

static int parse_weight(const char *value, struct setting *ret, char **ret_error)
{
	return parse_share("cpu-weight", value, ret, ret_error);
}

static int parse_memory_weight(const char *value, struct setting *ret, char **ret_error)
{
	return parse_share("memory-weight", value, ret, ret_error);
}

static int parse_storage_weight(const char *value, struct setting *ret, char **ret_error)
{
	return parse_share("storage-weight", value, ret, ret_error);
}

static int parse_sample_rate(const char *value, struct setting *ret, char **ret_error)
{
	uint32_t rate_hz = 0;
	int r = sample_rate_parse(value, &rate_hz, ret_error);

	ret->number = rate_hz;
	return r;
}

static int parse_probes(const char *value, struct setting *ret, char **ret_error)
{
	uint32_t probes;

	ret->text = value;
	return probes_parse(value, &probes, ret_error);
}

static int parse_size(const char *value, struct setting *ret, char **ret_error)
{
	return memory_size_parse(value, &ret->number, ret_error);
}

static int parse_memory(const char *value, struct setting *ret, char **ret_error)
{
	return memory_reservation_parse(value, &ret->number, ret_error);
}

static int parse_memory_limit(const char *value, struct setting *ret, char **ret_error)
{
	return memory_limit_parse(value, &ret->number, ret_error);
}

static int parse_bool(const char *key, const char *value, struct setting *ret, char **ret_error)
{
	ret->number = !strcmp(value, "yes");
	if (ret->number || !strcmp(value, "no"))
		return 0;
	return text_error(ret_error, -EINVAL, "%s: '%s' is neither yes nor no", key, value);
}

static int parse_expandable(const char *value, struct setting *ret, char **ret_error)
{
	return parse_bool("expandable", value, ret, ret_error);
}

static int parse_memory_expandable(const char *value, struct setting *ret, char **ret_error)
{
	return parse_bool("memory-expandable", value, ret, ret_error);
}

static int parse_description(const char *value, struct setting *ret, char **ret_error)
{
	size_t len = strlen(value);

	ret->text = value;
	if (len <= DEFINITION_DESCRIPTION_MAX && text_is_utf8(value, len))
		return 0;
	return text_error(ret_error, -EINVAL,
			  "description: not UTF-8 text, or more than %d bytes of it",
			  DEFINITION_DESCRIPTION_MAX);
}

/* Whose keys they are. */
enum whose {
	OF_SYSTEMS = 1,
	OF_POOLS = 2,
	OF_BOTH = OF_SYSTEMS | OF_POOLS,
};

static const struct {
	const char *key;
	const char *property;
	char type;
	enum whose whose;
	int (*parse)(const char *value, struct setting *ret, char **ret_error);
} keys[] = {
	{ "cpu-reservation", "ProcessorReservation", 't', OF_BOTH, parse_reservation },
	{ "cpu-limit", "ProcessorLimit", 't', OF_BOTH, parse_limit },
	{ "cpu-weight", "ProcessorWeight", 'u', OF_BOTH, parse_weight },
	{ "vcpu-limit", "ProcessorVCPULimit", 't', OF_SYSTEMS, parse_vcpu_limit },
	{ "memory", "Memory", 't', OF_SYSTEMS, parse_size },
	{ "memory-reservation", "MemoryReservation", 't', OF_BOTH, parse_memory },
	{ "memory-limit", "MemoryLimit", 't', OF_BOTH, parse_memory_limit },
	{ "memory-weight", "MemoryWeight", 'u', OF_BOTH, parse_memory_weight },
	{ "storage-weight", "StorageWeight", 'u', OF_SYSTEMS, parse_storage_weight },
	{ "sample-rate", "SampleRate", 'u', OF_SYSTEMS, parse_sample_rate },
	{ "probes", "Probes", 's', OF_SYSTEMS, parse_probes },
	{ "expandable", "ProcessorExpandable", 'b', OF_POOLS, parse_expandable },
	{ "memory-expandable", "MemoryExpandable", 'b', OF_POOLS, parse_memory_expandable },
	{ "description", "Description", 's', OF_POOLS, parse_description },
};

/**
 * settings_put() - add a change that was read
 * @s: changes
 * @key: as typed, for the sentence
 * @setting: its property is one of at most SETTINGS_MAX
 * @ret_error: sentence, to be freed
 *
 * Return: 0, or -EINVAL: it is there already.
 */
int settings_put(struct settings *s, const char *key, const struct setting *setting,
		 char **ret_error)
{
	for (size_t i = 0; i < s->n; i++) {
		if (!strcmp(s->item[i].property, setting->property))
			return text_error(ret_error, -EINVAL, "%s: given more than once", key);
	}
	s->item[s->n++] = *setting;
	return 0;
}

static int add_to(enum whose whose, struct settings *s, const char *key, const char *value,
		  char **ret_error)
{
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		struct setting setting = { .property = keys[i].property, .type = keys[i].type };
		int r;

		if (strcmp(key, keys[i].key) || !(keys[i].whose & whose))
			continue;
		r = keys[i].parse(value, &setting, ret_error);
		return r ? r : settings_put(s, key, &setting, ret_error);
	}
	return text_error(ret_error, -EINVAL,
			  "'%s' is nothing that can be changed; keys are cpu-reservation cpu-limit "
			  "cpu-weight memory-reservation memory-limit memory-weight %s",
			  key,
			  whose == OF_POOLS ? "expandable memory-expandable description"
					    : "memory vcpu-limit storage-weight sample-rate "
					      "probes");
}

/** settings_add_to_system() - add a change to a system; see setting.h */
int settings_add_to_system(struct settings *s, const char *key, const char *value, char **ret_error)
{
	return add_to(OF_SYSTEMS, s, key, value, ret_error);
}

/** settings_add_to_pool() - add a change to a pool; see setting.h */
int settings_add_to_pool(struct settings *s, const char *key, const char *value, char **ret_error)
{
	return add_to(OF_POOLS, s, key, value, ret_error);
}

/**
 * settings_add_pair() - add a change
 * @s: changes
 * @add: of what they are
 * @pair: key=value; must live as long as @s
 * @ret_error: sentence, to be freed
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int settings_add_pair(struct settings *s, settings_adder *add, const char *pair, char **ret_error)
{
	const char *equals = strchr(pair, '=');
	_cleanup_free_ char *key = NULL;

	if (!equals)
		return text_error(ret_error, -EINVAL, "'%s' is not KEY=VALUE", pair);
	key = strndup(pair, (size_t)(equals - pair));
	return key ? add(s, key, equals + 1, ret_error) : -ENOMEM;
}

static int append_setting(sd_bus_message *m, const struct setting *setting)
{
	switch (setting->type) {
	case 't':
		return sd_bus_message_append(m, "{sv}", setting->property, "t", setting->number);
	case 'u':
		return sd_bus_message_append(m, "{sv}", setting->property, "u",
					     (uint32_t)setting->number);
	case 'b':
		return sd_bus_message_append(m, "{sv}", setting->property, "b",
					     (int)setting->number);
	default:
		return sd_bus_message_append(m, "{sv}", setting->property, "s", setting->text);
	}
}

/**
 * settings_append_entries() - append changes to a message, as entries of an a{sv} that is open
 * @m: message
 * @s: changes
 *
 * Return: 0 or more, or a negative errno.
 */
int settings_append_entries(sd_bus_message *m, const struct settings *s)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < s->n; i++)
		r = append_setting(m, &s->item[i]);
	return r;
}

/**
 * settings_append() - append changes to a message, as a{sv}
 * @m: message
 * @s: changes
 *
 * Return: 0 or more, or a negative errno.
 */
int settings_append(sd_bus_message *m, const struct settings *s)
{
	int r = sd_bus_message_open_container(m, 'a', "{sv}");

	if (r >= 0)
		r = settings_append_entries(m, s);
	return r < 0 ? r : sd_bus_message_close_container(m);
}
