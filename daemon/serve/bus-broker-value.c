// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Values of DMTF's types in messages, both ways; Documentation/dbus/org.kvrm1.Broker.md says how.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/serve/bus-internal.h"

/* Embedded instances in embedded instances. */
#define DEPTH_MAX 4
/* Entries of an array. */
#define ENTRIES_MAX 4096

/* D-Bus' type for a value's, as a variant's signature of one entry. */
static const char *signature_of(int type)
{
	static const char *const signatures[] = {
		[SCHEMA_BOOLEAN] = "b",	     [SCHEMA_CHAR16] = "q", [SCHEMA_DATETIME] = "s",
		[SCHEMA_REAL32] = "d",	     [SCHEMA_REAL64] = "d", [SCHEMA_SINT8] = "n",
		[SCHEMA_SINT16] = "n",	     [SCHEMA_SINT32] = "i", [SCHEMA_SINT64] = "x",
		[SCHEMA_STRING] = "s",	     [SCHEMA_UINT8] = "y",  [SCHEMA_UINT16] = "q",
		[SCHEMA_UINT32] = "u",	     [SCHEMA_UINT64] = "t", [SCHEMA_REFERENCE] = "s",
		[CIM_INSTANCE] = "(sa{sv})",
	};

	return signatures[type];
}

static int append_path(sd_bus_message *m, const struct cim_path *path)
{
	_cleanup_free_ char *text = cim_path_format(path);

	return text ? sd_bus_message_append(m, "s", text) : -ENOMEM;
}

static int append_embedded(sd_bus_message *m, const struct cim_instance *instance)
{
	int r = sd_bus_message_open_container(m, 'r', "sa{sv}");

	if (r >= 0)
		r = sd_bus_message_append(m, "s", instance->class->name);
	if (r >= 0)
		r = bus_append_instance(m, instance);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append_scalar(sd_bus_message *m, int type, const union cim_scalar *scalar)
{
	switch (type) {
	case SCHEMA_BOOLEAN:
		return sd_bus_message_append(m, "b", (int)scalar->boolean);
	case SCHEMA_REAL32:
	case SCHEMA_REAL64:
		return sd_bus_message_append(m, "d", scalar->real);
	case SCHEMA_UINT8:
		return sd_bus_message_append(m, "y", (uint8_t)scalar->number);
	case SCHEMA_SINT8:
	case SCHEMA_SINT16:
	case SCHEMA_UINT16:
	case SCHEMA_CHAR16:
		return sd_bus_message_append(m, signature_of(type), (int)scalar->number);
	case SCHEMA_SINT32:
	case SCHEMA_UINT32:
		return sd_bus_message_append(m, signature_of(type), (uint32_t)scalar->number);
	case SCHEMA_SINT64:
	case SCHEMA_UINT64:
		return sd_bus_message_append(m, signature_of(type), scalar->number);
	case SCHEMA_REFERENCE:
		return append_path(m, scalar->path);
	case CIM_INSTANCE:
		return append_embedded(m, scalar->instance);
	default:
		return sd_bus_message_append(m, "s", scalar->text);
	}
}

static int append_value(sd_bus_message *m, const struct cim_value *value)
{
	const union cim_scalar *items = cim_value_items(value);
	const char *one = signature_of(value->type);
	char all[16] = "a";
	int r;

	strcat(all, one);
	r = sd_bus_message_open_container(m, 'v', value->array ? all : one);
	if (r >= 0 && value->array)
		r = sd_bus_message_open_container(m, 'a', one);
	for (size_t i = 0; r >= 0 && i < cim_value_count(value); i++)
		r = append_scalar(m, value->type, &items[i]);
	if (r >= 0 && value->array)
		r = sd_bus_message_close_container(m);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append_pair(sd_bus_message *m, const char *name, const struct cim_value *value)
{
	int r = sd_bus_message_open_container(m, 'e', "sv");

	if (r >= 0)
		r = sd_bus_message_append(m, "s", name);
	if (r >= 0)
		r = append_value(m, value);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

/**
 * bus_append_instance() - append the properties of an instance that have a value, as a{sv}
 * @m: message
 * @instance: any
 *
 * Return: 0 or more, or a negative errno.
 */
int bus_append_instance(sd_bus_message *m, const struct cim_instance *instance)
{
	int r = sd_bus_message_open_container(m, 'a', "{sv}");

	for (size_t i = 0; r >= 0 && i < instance->class->n_properties; i++) {
		if (instance->values[i].state == CIM_VALUE)
			r = append_pair(m, instance->class->properties[i]->name,
					&instance->values[i]);
	}
	return r < 0 ? r : sd_bus_message_close_container(m);
}

/**
 * bus_append_arguments() - append what a method gives, as a{sv}
 * @m: message
 * @arguments: NULL: nothing
 *
 * Return: 0 or more, or a negative errno.
 */
int bus_append_arguments(sd_bus_message *m, const struct cim_arguments *arguments)
{
	int r = sd_bus_message_open_container(m, 'a', "{sv}");

	for (size_t i = 0; r >= 0 && arguments && i < arguments->method->n_parameters; i++) {
		if (arguments->values[i].state == CIM_VALUE)
			r = append_pair(m, arguments->method->parameters[i].name,
					&arguments->values[i]);
	}
	return r < 0 ? r : sd_bus_message_close_container(m);
}

/* What a message cannot say is a client's fault. */
static int malformed(const char *where, struct cim_error *error)
{
	return cim_fail(error, CIM_MESSAGE_UNUSABLE, where, "the value",
			"it is of a type that no property has");
}

static int read_value(sd_bus_message *m, const char *where, int depth, struct cim_value *ret,
		      struct cim_error *error);

/* a{sv}: all of it is read, as sd-bus wants it, unless it is refused. */
static int read_properties(sd_bus_message *m, struct cim_instance *instance, const char *where,
			   int depth, struct cim_error *error)
{
	char field[CIM_FIELD_SIZE];
	const char *name;
	int status = 0;

	if (sd_bus_message_enter_container(m, 'a', "{sv}") < 0)
		return malformed(where, error);
	while (!status && sd_bus_message_enter_container(m, 'e', "sv") > 0) {
		struct cim_value value = { 0 };

		if (sd_bus_message_read(m, "s", &name) < 0)
			return malformed(where, error);
		status = read_value(m, cim_field(field, where, name), depth, &value, error);
		if (!status)
			status = cim_instance_set(instance, name, &value, where, error);
		if (!status && sd_bus_message_exit_container(m) < 0)
			return malformed(where, error);
	}
	if (!status && sd_bus_message_exit_container(m) < 0)
		return malformed(where, error);
	return status;
}

/* (sa{sv}) */
static int read_embedded(sd_bus_message *m, const char *where, int depth, struct cim_instance **ret,
			 struct cim_error *error)
{
	_cleanup_instance_ struct cim_instance *instance = NULL;
	const char *class;
	int status;

	if (depth == DEPTH_MAX)
		return cim_fail(error, CIM_MESSAGE_UNUSABLE, where, "the instance",
				"instances are nested too deep");
	if (sd_bus_message_enter_container(m, 'r', "sa{sv}") < 0 ||
	    sd_bus_message_read(m, "s", &class) < 0)
		return malformed(where, error);
	status = cim_instance_begin(class, where, &instance, error);
	if (!status)
		status = read_properties(m, instance, where, depth + 1, error);
	if (!status && sd_bus_message_exit_container(m) < 0)
		status = malformed(where, error);
	if (!status)
		*ret = TAKE_PTR(instance);
	return status;
}

/* The type that an entry of a message is; SCHEMA_TYPES + 1: none. */
static int type_of(const char *signature)
{
	static const struct {
		char code;
		int type;
	} types[] = {
		{ 'b', SCHEMA_BOOLEAN }, { 'y', SCHEMA_UINT8 },	 { 'n', SCHEMA_SINT16 },
		{ 'q', SCHEMA_UINT16 },	 { 'i', SCHEMA_SINT32 }, { 'u', SCHEMA_UINT32 },
		{ 'x', SCHEMA_SINT64 },	 { 't', SCHEMA_UINT64 }, { 'd', SCHEMA_REAL64 },
		{ 's', SCHEMA_STRING },
	};

	if (!strcmp(signature, "(sa{sv})"))
		return CIM_INSTANCE;
	for (size_t i = 0; !signature[1] && i < sizeof(types) / sizeof(types[0]); i++) {
		if (types[i].code == *signature)
			return types[i].type;
	}
	return SCHEMA_TYPES + 1;
}

static int read_number(sd_bus_message *m, char code, union cim_scalar *ret)
{
	union {
		uint8_t y;
		int16_t n;
		uint16_t q;
		int32_t i;
		uint32_t u;
		int64_t x;
		uint64_t t;
	} value = { 0 };
	int r = sd_bus_message_read_basic(m, code, &value);

	switch (code) {
	case 'y':
		ret->number = value.y;
		break;
	case 'n':
		ret->number = (uint64_t)(int64_t)value.n;
		break;
	case 'q':
		ret->number = value.q;
		break;
	case 'i':
		ret->number = (uint64_t)(int64_t)value.i;
		break;
	case 'u':
		ret->number = value.u;
		break;
	default:
		ret->number = value.t;
	}
	return r;
}

static int read_scalar(sd_bus_message *m, const char *where, int type, int depth,
		       union cim_scalar *ret, struct cim_error *error)
{
	const char *text;
	int flag, r;

	if (type == CIM_INSTANCE)
		return read_embedded(m, where, depth, &ret->instance, error);
	if (type == SCHEMA_STRING) {
		r = sd_bus_message_read_basic(m, 's', &text);
		ret->text = r < 0 ? NULL : strdup(text);
		if (r >= 0 && !ret->text)
			return cim_fail_memory(error);
	} else if (type == SCHEMA_BOOLEAN) {
		r = sd_bus_message_read_basic(m, 'b', &flag);
		ret->boolean = r >= 0 && flag;
	} else if (type == SCHEMA_REAL64) {
		r = sd_bus_message_read_basic(m, 'd', &ret->real);
	} else {
		r = read_number(m, *signature_of(type), ret);
	}
	return r < 0 ? malformed(where, error) : 0;
}

static bool grow(struct cim_value *value)
{
	union cim_scalar *items;

	/* Doubles: 0, 1, 2, 4, 8. */
	if (value->n & (value->n - 1))
		return true;
	items = reallocarray(value->items, value->n ? 2 * value->n : 1, sizeof(*items));
	if (items)
		value->items = items;
	return items;
}

static int read_array(sd_bus_message *m, const char *where, const char *signature, int depth,
		      struct cim_value *value, struct cim_error *error)
{
	char entry[CIM_WHERE_SIZE];
	int status = 0;

	if (sd_bus_message_enter_container(m, 'a', signature) < 0)
		return malformed(where, error);
	while (!status && !sd_bus_message_at_end(m, 0)) {
		snprintf(entry, sizeof(entry), "%.160s[%zu]", where, value->n);
		if (value->n == ENTRIES_MAX)
			return cim_fail(error, CIM_MESSAGE_UNUSABLE, where, "the array",
					"it has too many entries");
		if (!grow(value))
			return cim_fail_memory(error);
		status = read_scalar(m, entry, value->type, depth, &value->items[value->n], error);
		if (!status)
			value->n++;
	}
	if (!status && sd_bus_message_exit_container(m) < 0)
		status = malformed(where, error);
	return status;
}

static int read_contents(sd_bus_message *m, const char *where, const char *signature, int depth,
			 struct cim_value *value, struct cim_error *error)
{
	const char *text;
	int status;

	/* A signature of nothing is null. */
	if (!strcmp(signature, "g")) {
		if (sd_bus_message_read_basic(m, 'g', &text) < 0 || *text)
			return malformed(where, error);
		value->state = CIM_NULL;
		return 0;
	}
	value->array = *signature == 'a';
	value->type = type_of(signature + value->array);
	if (value->type > SCHEMA_TYPES) {
		*value = (struct cim_value){ 0 };
		return malformed(where, error);
	}
	value->state = CIM_VALUE;
	if (value->array)
		return read_array(m, where, signature + 1, depth, value, error);
	status = read_scalar(m, where, value->type, depth, &value->one, error);
	if (status)
		*value = (struct cim_value){ 0 };
	return status;
}

static int read_value(sd_bus_message *m, const char *where, int depth, struct cim_value *ret,
		      struct cim_error *error)
{
	struct cim_value value = { 0 };
	const char *contents;
	char type;
	int status;

	if (sd_bus_message_peek_type(m, &type, &contents) <= 0 || type != 'v' ||
	    sd_bus_message_enter_container(m, 'v', contents) < 0)
		return malformed(where, error);
	status = read_contents(m, where, contents, depth, &value, error);
	if (!status && sd_bus_message_exit_container(m) < 0)
		status = malformed(where, error);
	if (status)
		cim_value_deinit(&value);
	else
		*ret = value;
	return status;
}

/**
 * bus_read_properties() - read the properties of an instance from a{sv}
 * @m: message
 * @instance: receives them
 * @where: what the instance is called in messages; "": it is by itself
 * @error: receives a message
 *
 * Return: 0 or a status.
 */
int bus_read_properties(sd_bus_message *m, struct cim_instance *instance, const char *where,
			struct cim_error *error)
{
	return read_properties(m, instance, where, 0, error);
}

/**
 * bus_read_arguments() - read the arguments of a method from a{sv}
 * @m: message
 * @arguments: receives them
 * @error: receives a message
 *
 * Return: 0 or a status.
 */
int bus_read_arguments(sd_bus_message *m, struct cim_arguments *arguments, struct cim_error *error)
{
	const char *name;
	int status = 0;

	if (sd_bus_message_enter_container(m, 'a', "{sv}") < 0)
		return malformed("arguments", error);
	while (!status && sd_bus_message_enter_container(m, 'e', "sv") > 0) {
		struct cim_value value = { 0 };

		if (sd_bus_message_read(m, "s", &name) < 0)
			return malformed("arguments", error);
		status = read_value(m, name, 0, &value, error);
		if (!status)
			status = cim_arguments_set(arguments, name, &value, error);
		if (!status && sd_bus_message_exit_container(m) < 0)
			status = malformed(name, error);
	}
	return status;
}
