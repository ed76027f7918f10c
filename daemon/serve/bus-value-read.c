// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Values of DMTF's types out of messages, in one of the two styles of bus-value.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/serve/bus-internal.h"
#include "daemon/serve/bus-object.h"

/* Embedded instances in embedded instances. */
#define DEPTH_MAX 4
/* Entries of an array. */
#define ENTRIES_MAX 4096

/**
 * struct reader - reading values
 * @m: message
 * @objects: bus, for the style of objects; NULL: in that of org.kvrm1.Broker
 * @error: receives a message
 */
struct reader {
	sd_bus_message *m;
	const struct bus *objects;
	struct cim_error *error;
};

/**
 * struct place - where a value is
 * @where: what it is called in messages
 * @class: of an embedded instance that does not say of which class it is; NULL: it has to say
 * @depth: in how many embedded instances
 */
struct place {
	const char *where;
	const struct schema_class *class;
	int depth;
};

/* What a message cannot say is a client's fault. */
static int malformed(const struct reader *reader, const char *where)
{
	return cim_fail(reader->error, CIM_MESSAGE_UNUSABLE, where, "the value",
			"it is of a type that no property has");
}

static int read_value(const struct reader *reader, const struct place *place,
		      struct cim_value *ret);

static int read_property(const struct reader *reader, const struct place *place, const char *name,
			 struct cim_instance *instance)
{
	const struct schema_property *p = schema_property_find(instance->class, name);
	struct cim_value value = { 0 };
	char field[CIM_FIELD_SIZE];
	const struct place inner = { cim_field(field, place->where, name), p ? p->target : NULL,
				     place->depth };
	int status = read_value(reader, &inner, &value);

	return status ? status
		      : cim_instance_set(instance, name, &value, place->where, reader->error);
}

/* Entries of an a{sv}, and its end: all of it is read, as sd-bus wants it, unless it is refused. */
static int read_entries(const struct reader *reader, const struct place *place,
			struct cim_instance *instance)
{
	sd_bus_message *m = reader->m;
	const char *name;
	int status = 0;

	while (!status && sd_bus_message_enter_container(m, 'e', "sv") > 0) {
		if (sd_bus_message_read(m, "s", &name) < 0)
			return malformed(reader, place->where);
		/* That was looked at before. */
		if (reader->objects && place->depth && !strcmp(name, BUS_OBJECT_CLASS))
			status = sd_bus_message_skip(m, "v") < 0 ? malformed(reader, place->where)
								 : 0;
		else
			status = read_property(reader, place, name, instance);
		if (!status && sd_bus_message_exit_container(m) < 0)
			return malformed(reader, place->where);
	}
	if (!status && sd_bus_message_exit_container(m) < 0)
		return malformed(reader, place->where);
	return status;
}

/* What an a{sv} says of its class, if it does; it is entered, and at its beginning. */
static int enter_object(const struct reader *reader, const char **class)
{
	sd_bus_message *m = reader->m;
	int r = sd_bus_message_enter_container(m, 'a', "{sv}");
	const char *name;

	while (r >= 0 && (r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
		r = sd_bus_message_read(m, "s", &name);
		if (r >= 0)
			r = strcmp(name, BUS_OBJECT_CLASS)
				    ? sd_bus_message_skip(m, "v")
				    : sd_bus_message_read(m, "v", "s", class);
		if (r >= 0)
			r = sd_bus_message_exit_container(m);
	}
	return r < 0 ? r : sd_bus_message_rewind(m, 0);
}

/* (sa{sv}), or a{sv} */
static int read_embedded(const struct reader *reader, const struct place *place,
			 struct cim_instance **ret)
{
	const struct place inside = { place->where, NULL, place->depth + 1 };
	_cleanup_instance_ struct cim_instance *instance = NULL;
	const char *class = place->class ? place->class->name : NULL;
	sd_bus_message *m = reader->m;
	char field[CIM_FIELD_SIZE];
	int status, r;

	if (place->depth == DEPTH_MAX)
		return cim_fail(reader->error, CIM_MESSAGE_UNUSABLE, place->where, "the instance",
				"instances are nested too deep");
	if (reader->objects) {
		r = enter_object(reader, &class);
	} else {
		r = sd_bus_message_enter_container(m, 'r', "sa{sv}");
		if (r >= 0)
			r = sd_bus_message_read(m, "s", &class);
		if (r >= 0)
			r = sd_bus_message_enter_container(m, 'a', "{sv}");
	}
	if (r < 0)
		return malformed(reader, place->where);
	if (!class)
		return cim_fail(reader->error, CIM_MESSAGE_MISSING,
				cim_field(field, place->where, BUS_OBJECT_CLASS));
	status = cim_instance_begin(class, place->where, &instance, reader->error);
	if (!status)
		status = read_entries(reader, &inside, instance);
	if (!status && !reader->objects && sd_bus_message_exit_container(m) < 0)
		status = malformed(reader, place->where);
	if (!status)
		*ret = TAKE_PTR(instance);
	return status;
}

/* The type that an entry of a message is; SCHEMA_TYPES + 1: none. */
static int type_of(const struct reader *reader, const char *signature)
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

	if (!strcmp(signature, bus_signature(CIM_INSTANCE, reader->objects)))
		return CIM_INSTANCE;
	if (reader->objects && !strcmp(signature, "o"))
		return SCHEMA_REFERENCE;
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

static int read_reference(const struct reader *reader, const struct place *place,
			  struct cim_path **ret)
{
	const char *text;
	int r;

	if (sd_bus_message_read_basic(reader->m, 'o', &text) < 0)
		return malformed(reader, place->where);
	r = bus_object_parse(reader->objects, text, ret);
	if (r < 0)
		return cim_fail_memory(reader->error);
	return r ? 0
		 : cim_fail(reader->error, CIM_MESSAGE_UNUSABLE, place->where, text,
			    "it is no object of an instance");
}

static int read_scalar(const struct reader *reader, const struct place *place, int type,
		       union cim_scalar *ret)
{
	sd_bus_message *m = reader->m;
	const char *text;
	int flag, r;

	if (type == CIM_INSTANCE)
		return read_embedded(reader, place, &ret->instance);
	if (type == SCHEMA_REFERENCE)
		return read_reference(reader, place, &ret->path);
	if (type == SCHEMA_STRING) {
		r = sd_bus_message_read_basic(m, 's', &text);
		ret->text = r < 0 ? NULL : strdup(text);
		if (r >= 0 && !ret->text)
			return cim_fail_memory(reader->error);
	} else if (type == SCHEMA_BOOLEAN) {
		r = sd_bus_message_read_basic(m, 'b', &flag);
		ret->boolean = r >= 0 && flag;
	} else if (type == SCHEMA_REAL64) {
		r = sd_bus_message_read_basic(m, 'd', &ret->real);
	} else {
		r = read_number(m, *bus_signature(type, false), ret);
	}
	return r < 0 ? malformed(reader, place->where) : 0;
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

static int read_array(const struct reader *reader, const struct place *place, const char *signature,
		      struct cim_value *value)
{
	sd_bus_message *m = reader->m;
	char entry[CIM_WHERE_SIZE];
	const struct place inside = { entry, place->class, place->depth };
	int status = 0;

	if (sd_bus_message_enter_container(m, 'a', signature) < 0)
		return malformed(reader, place->where);
	while (!status && !sd_bus_message_at_end(m, 0)) {
		snprintf(entry, sizeof(entry), "%.160s[%u]", place->where, value->n);
		if (value->n == ENTRIES_MAX)
			return cim_fail(reader->error, CIM_MESSAGE_UNUSABLE, place->where,
					"the array", "it has too many entries");
		if (!grow(value))
			return cim_fail_memory(reader->error);
		status = read_scalar(reader, &inside, value->type, &value->items[value->n]);
		if (!status)
			value->n++;
	}
	if (!status && sd_bus_message_exit_container(m) < 0)
		status = malformed(reader, place->where);
	return status;
}

static bool is_array(const struct reader *reader, const char *signature)
{
	return *signature == 'a' && strcmp(signature, bus_signature(CIM_INSTANCE, reader->objects));
}

static int read_contents(const struct reader *reader, const struct place *place,
			 const char *signature, struct cim_value *value)
{
	const char *text;
	int status;

	/* A signature of nothing is null. */
	if (!strcmp(signature, "g")) {
		if (sd_bus_message_read_basic(reader->m, 'g', &text) < 0 || *text)
			return malformed(reader, place->where);
		value->state = CIM_NULL;
		return 0;
	}
	value->array = is_array(reader, signature);
	value->type = type_of(reader, signature + value->array);
	if (value->type > SCHEMA_TYPES) {
		*value = (struct cim_value){ 0 };
		return malformed(reader, place->where);
	}
	value->state = CIM_VALUE;
	if (value->array)
		return read_array(reader, place, signature + 1, value);
	status = read_scalar(reader, place, value->type, &value->one);
	if (status)
		*value = (struct cim_value){ 0 };
	return status;
}

static int read_value(const struct reader *reader, const struct place *place, struct cim_value *ret)
{
	sd_bus_message *m = reader->m;
	struct cim_value value = { 0 };
	const char *contents;
	char type;
	int status;

	if (sd_bus_message_peek_type(m, &type, &contents) <= 0 || type != 'v' ||
	    sd_bus_message_enter_container(m, 'v', contents) < 0)
		return malformed(reader, place->where);
	status = read_contents(reader, place, contents, &value);
	if (!status && sd_bus_message_exit_container(m) < 0)
		status = malformed(reader, place->where);
	if (status)
		cim_value_deinit(&value);
	else
		*ret = value;
	return status;
}

/**
 * bus_read_properties() - read the properties of an instance from a{sv}, in the style of org.kvrm1.Broker
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
	const struct reader reader = { m, NULL, error };
	const struct place place = { where, NULL, 0 };

	if (sd_bus_message_enter_container(m, 'a', "{sv}") < 0)
		return malformed(&reader, where);
	return read_entries(&reader, &place, instance);
}

/**
 * bus_read_property() - read a property of an object from a variant
 * @m: message
 * @objects: bus
 * @p: which
 * @instance: receives it
 * @error: receives a message
 *
 * Return: 0 or a status.
 */
int bus_read_property(sd_bus_message *m, const struct bus *objects, const struct schema_property *p,
		      struct cim_instance *instance, struct cim_error *error)
{
	const struct reader reader = { m, objects, error };

	return read_property(&reader, &(const struct place){ .where = "" }, p->name, instance);
}

static int read_argument(const struct reader *reader, const char *name,
			 struct cim_arguments *arguments)
{
	const struct schema_property *p = schema_parameter_find(arguments->method, name);
	const struct place place = { name, p ? p->target : NULL, 0 };
	struct cim_value value = { 0 };
	int status = read_value(reader, &place, &value);

	return status ? status : cim_arguments_set(arguments, name, &value, reader->error);
}

/**
 * bus_read_arguments() - read the arguments of a method from a{sv}
 * @m: message
 * @objects: bus, for the style of objects; NULL: in that of org.kvrm1.Broker
 * @arguments: receives them
 * @error: receives a message
 *
 * Return: 0 or a status.
 */
int bus_read_arguments(sd_bus_message *m, const struct bus *objects,
		       struct cim_arguments *arguments, struct cim_error *error)
{
	const struct reader reader = { m, objects, error };
	const char *name;
	int status = 0;

	if (sd_bus_message_enter_container(m, 'a', "{sv}") < 0)
		return malformed(&reader, "arguments");
	while (!status && sd_bus_message_enter_container(m, 'e', "sv") > 0) {
		if (sd_bus_message_read(m, "s", &name) < 0)
			return malformed(&reader, "arguments");
		status = read_argument(&reader, name, arguments);
		if (!status && sd_bus_message_exit_container(m) < 0)
			status = malformed(&reader, name);
	}
	return status;
}
