// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Adopted guests as JSON, for the store: what is needed to find them again, and the limits that were asked for.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/model/adoption.h"
#include "daemon/model/definition.h"
#include "daemon/model/json.h"
#include "daemon/model/system.h"
#include "daemon/util/text.h"

/**
 * adoption_to_json() - write an adopted guest
 * @system: which
 * @ret_text: to be freed
 *
 * Return: 0 or -ENOMEM.
 */
int adoption_to_json(const struct system *system, char **ret_text)
{
	const struct definition *d = system->definition;
	const struct adoption *a = system->adoption;
	_cleanup_json_ json_object *object = json_object_new_object();
	const struct {
		const char *key, *value;
	} texts[] = {
		{ "name", d->name },
		{ "uuid", d->uuid },
		{ "boot", a->boot },
		{ "manager", a->manager },
		{ "cgroup", system->control_group },
	};
	const struct {
		const char *key;
		uint64_t value;
	} numbers[] = {
		{ "pid", a->pid },
		{ "start-ticks", a->start_ticks },
		{ "vcpus", d->vcpus },
		{ "memory-bytes", d->memory_bytes },
		{ "cpu-limit-us", d->cpu.limit_us },
		{ "vcpu-limit-us", d->cpu.vcpu_limit_us },
	};
	const char *text;
	int r = object ? 0 : -ENOMEM;

	for (size_t i = 0; !r && i < sizeof(texts) / sizeof(texts[0]); i++)
		r = model_json_add(object, texts[i].key, json_object_new_string(texts[i].value));
	for (size_t i = 0; !r && i < sizeof(numbers) / sizeof(numbers[0]); i++)
		r = model_json_add(object, numbers[i].key,
				   json_object_new_uint64(numbers[i].value));
	text = r ? NULL : json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN);
	*ret_text = text ? strdup(text) : NULL;
	return *ret_text ? 0 : -ENOMEM;
}

static int take_text(json_object *object, const char *key, char *value, size_t size,
		     char **ret_error)
{
	json_object *found;

	if (!json_object_object_get_ex(object, key, &found) ||
	    !json_object_is_type(found, json_type_string) ||
	    (size_t)json_object_get_string_len(found) >= size)
		return text_error(ret_error, -EINVAL, "%s: is not a text of less than %zu bytes",
				  key, size);
	strcpy(value, json_object_get_string(found));
	return 0;
}

static int take_number(json_object *object, const char *key, uint64_t *ret, char **ret_error)
{
	json_object *found;

	if (!json_object_object_get_ex(object, key, &found) ||
	    !json_object_is_type(found, json_type_int))
		return text_error(ret_error, -EINVAL, "%s: is not a number", key);
	*ret = json_object_get_uint64(found);
	return 0;
}

static int take_texts(json_object *object, struct system *system, char **ret_error)
{
	struct definition *d = system->definition;
	struct adoption *a = system->adoption;
	int r = take_text(object, "name", d->name, sizeof(d->name), ret_error);

	if (!r)
		r = take_text(object, "uuid", d->uuid, sizeof(d->uuid), ret_error);
	if (!r)
		r = take_text(object, "boot", a->boot, sizeof(a->boot), ret_error);
	if (!r)
		r = take_text(object, "manager", a->manager, sizeof(a->manager), ret_error);
	if (!r)
		r = take_text(object, "cgroup", system->control_group,
			      sizeof(system->control_group), ret_error);
	if (!r && !text_is_name(d->name, DEFINITION_NAME_MAX))
		r = text_error(ret_error, -EINVAL, "name: is none");
	if (!r && !text_is_uuid(d->uuid))
		r = text_error(ret_error, -EINVAL, "uuid: is none");
	return r;
}

static int take_numbers(json_object *object, struct system *system, char **ret_error)
{
	struct definition *d = system->definition;
	uint64_t pid, vcpus;
	int r = take_number(object, "pid", &pid, ret_error);

	if (!r)
		r = take_number(object, "start-ticks", &system->adoption->start_ticks, ret_error);
	if (!r)
		r = take_number(object, "vcpus", &vcpus, ret_error);
	if (!r)
		r = take_number(object, "memory-bytes", &d->memory_bytes, ret_error);
	if (!r)
		r = take_number(object, "cpu-limit-us", &d->cpu.limit_us, ret_error);
	if (!r)
		r = take_number(object, "vcpu-limit-us", &d->cpu.vcpu_limit_us, ret_error);
	if (r)
		return r;
	system->adoption->pid = (uint32_t)pid;
	system->main_pid = (uint32_t)pid;
	d->vcpus = (uint32_t)vcpus;
	return 0;
}

/**
 * adoption_from_json() - read an adopted guest
 * @text: from adoption_to_json()
 * @ret: to be freed with system_free(); nobody observes it yet
 * @ret_error: sentence, to be freed
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int adoption_from_json(const char *text, struct system **ret, char **ret_error)
{
	_cleanup_json_ json_object *object = json_tokener_parse(text);
	_cleanup_definition_ struct definition *d = definition_new();
	struct system *system;
	int r;

	if (!json_object_is_type(object, json_type_object))
		return text_error(ret_error, -EINVAL, "it is no JSON object");
	system = d ? system_new(d) : NULL;
	if (!system)
		return -ENOMEM;
	TAKE_PTR(d);
	system->adoption = calloc(1, sizeof(*system->adoption));
	r = system->adoption ? take_texts(object, system, ret_error) : -ENOMEM;
	if (!r)
		r = take_numbers(object, system, ret_error);
	if (r)
		system_free(system);
	else
		*ret = system;
	return r;
}
