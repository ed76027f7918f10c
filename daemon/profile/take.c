// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From settings that a client sends to a definition. What a setting does not say stays as it is; what kvrm has no
 * setting for is refused, unless it is what kvrm would say of it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "daemon/broker/unit.h"
#include "daemon/profile/setting.h"

/**
 * profile_take_amount() - an amount of a resource, in the unit that is published
 * @setting: from a client
 * @property: that has the amount
 * @unit_property: that has its unit
 * @unit: that is published, and holds if there is none in @setting
 * @where: what @setting is called in messages
 * @ret: receives the amount
 * @ret_given: whether there is one
 * @error: receives a message
 *
 * Return: 0 or a status.
 */
int profile_take_amount(const struct cim_instance *setting, const char *property,
			const char *unit_property, const char *unit, const char *where,
			uint64_t *ret, bool *ret_given, struct cim_error *error)
{
	const char *text = cim_get_text(setting, unit_property), *why = "";
	char field[CIM_FIELD_SIZE], number[24];
	struct cim_unit from, to;
	uint64_t amount;

	*ret_given = cim_get_number(setting, property, &amount);
	if (!text)
		text = unit;
	if (cim_unit_parse(text, &from, &why))
		return cim_fail(error, CIM_MESSAGE_UNIT, cim_field(field, where, unit_property),
				text, why);
	cim_unit_parse(unit, &to, NULL);
	if (!cim_unit_same_dimension(&from, &to))
		return cim_fail(error, CIM_MESSAGE_DIMENSION,
				cim_field(field, where, unit_property), text, unit);
	if (!*ret_given || !cim_unit_convert(amount, &from, &to, ret))
		return 0;
	snprintf(number, sizeof(number), "%" PRIu64, amount);
	return cim_fail(error, CIM_MESSAGE_INEXACT, cim_field(field, where, property), number, text,
			unit);
}

/**
 * struct fixed - a property that can have one value only
 * @property: its name
 * @number: the value of a number or a boolean
 * @text: that of a text; NULL: @number
 */
struct fixed {
	const char *property;
	uint64_t number;
	const char *text;
};

static const struct fixed fixed_values[] = {
	{ "ChangeableType", 2, NULL },	       { "ConsumerVisibility", 3, NULL },
	{ "AutomaticAllocation", 1, NULL },    { "AutomaticDeallocation", 1, NULL },
	{ "MappingBehavior", 2, NULL },	       { "VirtualSystemType", 0, PROFILE_SYSTEM_TYPE },
	{ "AutomaticStartupAction", 2, NULL }, { "AutomaticRecoveryAction", 2, NULL },
};
#define N_FIXED (sizeof(fixed_values) / sizeof(fixed_values[0]))

static bool has_fixed(const char *property, const struct cim_value *value)
{
	for (size_t i = 0; i < N_FIXED; i++) {
		const struct fixed *f = &fixed_values[i];

		if (strcasecmp(f->property, property) || value->array)
			continue;
		if (f->text)
			return value->type == SCHEMA_STRING && !strcmp(value->one.text, f->text);
		return value->type == SCHEMA_BOOLEAN ? value->one.boolean == (f->number != 0)
						     : value->one.number == f->number;
	}
	/* An empty list asks for nothing. */
	return value->array && !value->n;
}

static bool is_listed(const char *property, const char *const *list)
{
	while (*list && strcasecmp(*list, property))
		list++;
	return *list;
}

/* Whether a property has the value that it has anyway. */
static bool is_unchanged(const struct cim_instance *is, const char *property,
			 const struct cim_value *value)
{
	const struct cim_value *present = is ? cim_get(is, property) : NULL;

	return present && cim_value_equal(present, value);
}

/**
 * profile_check_known() - whether each property that is given is taken, or what it has to be
 * @setting: from a client
 * @taken: properties that are taken, up to a NULL
 * @is: what @setting changes, as it is told; NULL: nothing
 * @where: what @setting is called in messages
 * @error: receives a message
 *
 * Return: 0 or a status.
 */
int profile_check_known(const struct cim_instance *setting, const char *const *taken,
			const struct cim_instance *is, const char *where, struct cim_error *error)
{
	char field[CIM_FIELD_SIZE];

	for (size_t i = 0; i < setting->class->n_properties; i++) {
		const char *property = setting->class->properties[i]->name;
		const struct cim_value *value = &setting->values[i];

		if (value->state != CIM_VALUE || is_listed(property, taken) ||
		    has_fixed(property, value) || is_unchanged(is, property, value))
			continue;
		return cim_fail(error, CIM_MESSAGE_UNUSABLE, cim_field(field, where, property),
				"the value", "kvrm has no such setting");
	}
	return 0;
}

/**
 * profile_take_ranged() - an amount that is in the range that is published
 * @env: of the profiles
 * @setting: from a client
 * @type: ResourceType
 * @amount: which
 * @where: what @setting is called in messages
 * @value: receives it, if it is given
 * @given: receives whether it is
 * @error: receives a message
 *
 * Return: 0 or a status.
 */
int profile_take_ranged(const struct profile_env *env, const struct cim_instance *setting,
			unsigned int type, const struct profile_amount *amount, const char *where,
			uint64_t *value, bool *given, struct cim_error *error)
{
	char field[CIM_FIELD_SIZE];
	uint64_t number = 0;
	int status = 0;

	if (amount->unit)
		status = profile_take_amount(setting, amount->property, amount->unit_property,
					     amount->unit, where, &number, given, error);
	else
		*given = cim_get_number(setting, amount->property, &number);
	if (status || !*given)
		return status;
	status = profile_check_range(env, type, amount->property, number,
				     cim_field(field, where, amount->property), error);
	if (!status)
		*value = number;
	return status;
}

/**
 * profile_take_amounts() - amounts that are in the ranges that are published
 * @env: of the profiles
 * @setting: from a client
 * @type: ResourceType
 * @amounts: @n of them
 * @n: of @amounts
 * @where: what @setting is called in messages
 * @part: of a definition; receives those that are given; undefined on failure
 * @error: receives a message
 *
 * Return: 0 or a status.
 */
int profile_take_amounts(const struct profile_env *env, const struct cim_instance *setting,
			 unsigned int type, const struct profile_amount *amounts, size_t n,
			 const char *where, void *part, struct cim_error *error)
{
	bool given;
	int status = 0;

	for (size_t i = 0; !status && i < n; i++)
		status = profile_take_ranged(env, setting, type, &amounts[i], where,
					     (uint64_t *)((char *)part + amounts[i].offset), &given,
					     error);
	return status;
}

/**
 * profile_take_plain_pool() - whether a setting names the one pool of its type, or none
 * @setting: from a client, of a type that has one
 * @where: what it is called in messages
 * @error: receives a message
 *
 * Return: 0 or a status.
 */
int profile_take_plain_pool(const struct cim_instance *setting, const char *where,
			    struct cim_error *error)
{
	const char *pool = cim_get_text(setting, "PoolID");
	char field[CIM_FIELD_SIZE];

	if (!pool || !strcmp(pool, POOL_HOST))
		return 0;
	return cim_fail(error, CIM_MESSAGE_UNUSABLE, cim_field(field, where, "PoolID"), pool,
			"there is no pool of this resource type with this PoolID");
}

static int take_pool(struct profile_wish *wish, const struct cim_instance *setting,
		     const char *where, struct cim_error *error)
{
	const char *pool = cim_get_text(setting, "PoolID");
	char field[CIM_FIELD_SIZE];

	cim_field(field, where, "PoolID");
	if (!pool)
		return 0;
	if (!host_find_pool(wish->env->host, pool))
		return cim_fail(error, CIM_MESSAGE_UNUSABLE, field, pool,
				"there is no pool with this PoolID");
	if (*wish->pool && strcmp(wish->pool, pool))
		return cim_fail(
			error, CIM_MESSAGE_UNUSABLE, field, pool,
			"processors and memory of a virtual system are from pools of one PoolID");
	snprintf(wish->pool, sizeof(wish->pool), "%s", pool);
	return 0;
}

#define ALLOCATION(property, unit, type, field)                                                    \
	{ property, "AllocationUnits", unit, offsetof(type, field) }

/* A share; it has no unit. */
static int take_weight(struct profile_wish *wish, const struct cim_instance *setting,
		       unsigned int type, const char *where, uint32_t *ret, struct cim_error *error)
{
	static const struct profile_amount weight_of = { "Weight", NULL, NULL, 0 };
	uint64_t weight = *ret;
	bool given = false;
	int status = profile_take_ranged(wish->env, setting, type, &weight_of, where, &weight,
					 &given, error);

	*ret = (uint32_t)weight;
	return status;
}

static int take_processor(struct profile_wish *wish, const struct cim_instance *setting,
			  const char *where, struct cim_error *error)
{
	static const struct profile_amount size = { "VirtualQuantity", "VirtualQuantityUnits",
						    PROFILE_COUNT_UNIT, 0 };
	static const struct profile_amount amounts[] = {
		ALLOCATION("Reservation", PROFILE_PROCESSOR_UNIT, struct cpu_allocation,
			   reservation_us),
		ALLOCATION("Limit", PROFILE_PROCESSOR_UNIT, struct cpu_allocation, limit_us),
		ALLOCATION("VirtualProcessorLimit", PROFILE_PROCESSOR_UNIT, struct cpu_allocation,
			   vcpu_limit_us),
	};
	struct definition *d = wish->definition;
	uint64_t count = d->vcpus;
	bool given = false;
	int status = profile_take_ranged(wish->env, setting, PROFILE_PROCESSOR, &size, where,
					 &count, &given, error);

	wish->machine |= count != d->vcpus;
	if (!status)
		status = profile_take_amounts(wish->env, setting, PROFILE_PROCESSOR, amounts,
					      sizeof(amounts) / sizeof(amounts[0]), where, &d->cpu,
					      error);
	if (!status)
		status =
			take_weight(wish, setting, PROFILE_PROCESSOR, where, &d->cpu.weight, error);
	d->vcpus = (uint32_t)count;
	return status;
}

static int take_memory(struct profile_wish *wish, const struct cim_instance *setting,
		       const char *where, struct cim_error *error)
{
	static const struct profile_amount amounts[] = {
		{ "VirtualQuantity", "VirtualQuantityUnits", PROFILE_MEMORY_UNIT,
		  offsetof(struct definition, memory_bytes) },
		{ "VirtualQuantityLimit", "VirtualQuantityUnits", PROFILE_MEMORY_UNIT,
		  offsetof(struct definition, memory_max_bytes) },
		ALLOCATION("Reservation", PROFILE_MEMORY_UNIT, struct definition,
			   memory.reservation_bytes),
		ALLOCATION("Limit", PROFILE_MEMORY_UNIT, struct definition, memory.limit_bytes),
	};
	struct definition *d = wish->definition;
	uint64_t before = d->memory_max_bytes;
	int status = profile_take_amounts(wish->env, setting, PROFILE_MEMORY, amounts,
					  sizeof(amounts) / sizeof(amounts[0]), where, d, error);

	if (!status)
		status =
			take_weight(wish, setting, PROFILE_MEMORY, where, &d->memory.weight, error);
	/* How much of it there is may change while it runs; up to what is part of the machine. */
	wish->machine |= d->memory_max_bytes != before;
	return status;
}

#define OF_RESOURCE                                                                                \
	"InstanceID", "ElementName", "ResourceType", "PoolID", "AllocationUnits",                  \
		"VirtualQuantity", "VirtualQuantityUnits", "Reservation", "Limit", "Weight"
static const char *const processor[] = { OF_RESOURCE, "VirtualProcessorLimit", NULL };
static const char *const memory[] = { OF_RESOURCE, "VirtualQuantityLimit", NULL };

/**
 * profile_take_resource() - merge settings of a resource into a wish; adapters, disks and channels are added to it
 * @wish: receives them; undefined on failure
 * @setting: from a client
 * @where: what it is called in messages
 * @error: receives a message
 *
 * Return: 0 or a status.
 */
int profile_take_resource(struct profile_wish *wish, const struct cim_instance *setting,
			  const char *where, struct cim_error *error)
{
	char field[CIM_FIELD_SIZE], number[24];
	uint64_t type = 0;
	int status;

	if (!cim_get_number(setting, "ResourceType", &type))
		return cim_fail(error, CIM_MESSAGE_MISSING,
				cim_field(field, where, "ResourceType"));
	if (type == PROFILE_ADAPTER)
		return profile_take_adapter(wish, setting, NULL, 0, where, error);
	if (type == PROFILE_DISK)
		return profile_take_disk(wish, setting, NULL, 0, where, error);
	if (type == PROFILE_SERIAL)
		return profile_take_serial(wish, setting, NULL, where, error);
	if (type != PROFILE_PROCESSOR && type != PROFILE_MEMORY) {
		snprintf(number, sizeof(number), "%" PRIu64, type);
		return cim_fail(error, CIM_MESSAGE_UNUSABLE,
				cim_field(field, where, "ResourceType"), number,
				"there is no pool of this resource type");
	}
	status = profile_check_known(setting, type == PROFILE_PROCESSOR ? processor : memory, NULL,
				     where, error);
	if (!status)
		status = take_pool(wish, setting, where, error);
	if (status)
		return status;
	return type == PROFILE_PROCESSOR ? take_processor(wish, setting, where, error)
					 : take_memory(wish, setting, where, error);
}
