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

/* Each property that is given is one of those that are taken, or what it has to be. */
static int check_known(const struct cim_instance *setting, const char *const *taken,
		       const char *where, struct cim_error *error)
{
	char field[CIM_FIELD_SIZE];

	for (size_t i = 0; i < setting->class->n_properties; i++) {
		const char *property = setting->class->properties[i]->name;
		const struct cim_value *value = &setting->values[i];

		if (value->state != CIM_VALUE || is_listed(property, taken) ||
		    has_fixed(property, value))
			continue;
		return cim_fail(error, CIM_MESSAGE_UNUSABLE, cim_field(field, where, property),
				"the value", "kvrm has no such setting");
	}
	return 0;
}

/* An amount that is in the range that is published. */
static int take_ranged(struct profile_wish *wish, const struct cim_instance *setting,
		       unsigned int type, const char *property, const char *unit_property,
		       const char *unit, const char *where, uint64_t *value, bool *given,
		       struct cim_error *error)
{
	char field[CIM_FIELD_SIZE];
	uint64_t amount = 0;
	int status = profile_take_amount(setting, property, unit_property, unit, where, &amount,
					 given, error);

	if (status || !*given)
		return status;
	status = profile_check_range(wish->env, type, property, amount,
				     cim_field(field, where, property), error);
	if (!status)
		*value = amount;
	return status;
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
		return cim_fail(error, CIM_MESSAGE_UNUSABLE, field, pool,
				"all resources of a virtual system are from pools of one PoolID");
	snprintf(wish->pool, sizeof(wish->pool), "%s", pool);
	return 0;
}

/* A share; it has no unit. */
static int take_weight(struct profile_wish *wish, const struct cim_instance *setting,
		       unsigned int type, const char *where, uint32_t *ret, struct cim_error *error)
{
	char field[CIM_FIELD_SIZE];
	uint64_t weight;
	int status;

	if (!cim_get_number(setting, "Weight", &weight))
		return 0;
	status = profile_check_range(wish->env, type, "Weight", weight,
				     cim_field(field, where, "Weight"), error);
	if (!status)
		*ret = (uint32_t)weight;
	return status;
}

static int take_processor(struct profile_wish *wish, const struct cim_instance *setting,
			  const char *where, struct cim_error *error)
{
	static const struct {
		const char *property;
		size_t offset;
	} amounts[] = {
		{ "Reservation", offsetof(struct cpu_allocation, reservation_us) },
		{ "Limit", offsetof(struct cpu_allocation, limit_us) },
		{ "VirtualProcessorLimit", offsetof(struct cpu_allocation, vcpu_limit_us) },
	};
	uint64_t count = wish->definition->vcpus;
	char *cpu = (char *)&wish->definition->cpu;
	bool given = false;
	int status = take_ranged(wish, setting, PROFILE_PROCESSOR, "VirtualQuantity",
				 "VirtualQuantityUnits", PROFILE_COUNT_UNIT, where, &count, &given,
				 error);

	wish->machine |= given && count != wish->definition->vcpus;
	for (size_t i = 0; !status && i < sizeof(amounts) / sizeof(amounts[0]); i++)
		status = take_ranged(wish, setting, PROFILE_PROCESSOR, amounts[i].property,
				     "AllocationUnits", PROFILE_PROCESSOR_UNIT, where,
				     (uint64_t *)(cpu + amounts[i].offset), &given, error);
	if (!status)
		status = take_weight(wish, setting, PROFILE_PROCESSOR, where,
				     &wish->definition->cpu.weight, error);
	if (!status)
		wish->definition->vcpus = (uint32_t)count;
	return status;
}

static int take_memory(struct profile_wish *wish, const struct cim_instance *setting,
		       const char *where, struct cim_error *error)
{
	struct definition *d = wish->definition;
	uint64_t before = d->memory_bytes;
	bool given = false;
	int status = take_ranged(wish, setting, PROFILE_MEMORY, "VirtualQuantity",
				 "VirtualQuantityUnits", PROFILE_MEMORY_UNIT, where,
				 &d->memory_bytes, &given, error);

	wish->machine |= d->memory_bytes != before;
	if (!status)
		status = take_ranged(wish, setting, PROFILE_MEMORY, "Reservation",
				     "AllocationUnits", PROFILE_MEMORY_UNIT, where,
				     &d->memory.reservation_bytes, &given, error);
	if (!status)
		status = take_ranged(wish, setting, PROFILE_MEMORY, "Limit", "AllocationUnits",
				     PROFILE_MEMORY_UNIT, where, &d->memory.limit_bytes, &given,
				     error);
	if (!status)
		status =
			take_weight(wish, setting, PROFILE_MEMORY, where, &d->memory.weight, error);
	return status;
}

#define OF_RESOURCE                                                                                \
	"InstanceID", "ElementName", "ResourceType", "PoolID", "AllocationUnits",                  \
		"VirtualQuantity", "VirtualQuantityUnits", "Reservation", "Limit", "Weight"
static const char *const processor[] = { OF_RESOURCE, "VirtualProcessorLimit", NULL };
static const char *const memory[] = { OF_RESOURCE, NULL };

/**
 * profile_take_resource() - merge settings of a resource into a wish
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
	if (type != PROFILE_PROCESSOR && type != PROFILE_MEMORY) {
		snprintf(number, sizeof(number), "%" PRIu64, type);
		return cim_fail(error, CIM_MESSAGE_UNUSABLE,
				cim_field(field, where, "ResourceType"), number,
				"there is no pool of this resource type");
	}
	status = check_known(setting, type == PROFILE_PROCESSOR ? processor : memory, where, error);
	if (!status)
		status = take_pool(wish, setting, where, error);
	if (status)
		return status;
	return type == PROFILE_PROCESSOR ? take_processor(wish, setting, where, error)
					 : take_memory(wish, setting, where, error);
}

static int set_text(char **to, const char *text, struct cim_error *error)
{
	char *copy = *text ? strdup(text) : NULL;

	if (*text && !copy)
		return cim_fail_memory(error);
	free(*to);
	*to = copy;
	return 0;
}

static int take_texts(struct profile_wish *wish, const struct cim_instance *setting,
		      struct cim_error *error)
{
	struct definition *d = wish->definition;
	const struct {
		const char *property;
		char **to;
	} texts[] = {
		{ "Description", &d->description },
		{ "Kernel", &d->kernel },
		{ "InitialRamDisk", &d->initrd },
		{ "KernelCommandLine", &d->cmdline },
	};
	int status = 0;

	for (size_t i = 0; !status && i < sizeof(texts) / sizeof(texts[0]); i++) {
		const char *text = cim_get_text(setting, texts[i].property);
		const char *is = *texts[i].to ? *texts[i].to : "";

		if (!text || !strcmp(text, is))
			continue;
		wish->machine = true;
		status = set_text(texts[i].to, text, error);
	}
	return status;
}

static int take_names(struct definition *d, const struct cim_instance *setting, const char *where,
		      struct cim_error *error)
{
	const char *element = cim_get_text(setting, "ElementName");
	const char *identifier = cim_get_text(setting, "VirtualSystemIdentifier");
	char field[CIM_FIELD_SIZE];

	if (!element)
		return cim_fail(error, CIM_MESSAGE_MISSING, cim_field(field, where, "ElementName"));
	if (strlen(element) > DEFINITION_NAME_MAX)
		return cim_fail(error, CIM_MESSAGE_UNUSABLE, cim_field(field, where, "ElementName"),
				element, "it does not match " PROFILE_NAME_MASK);
	strcpy(d->name, element);
	if (!identifier)
		return 0;
	if (strlen(identifier) >= sizeof(d->uuid))
		return cim_fail(error, CIM_MESSAGE_UNUSABLE,
				cim_field(field, where, "VirtualSystemIdentifier"), identifier,
				"it is no UUID");
	strcpy(d->uuid, identifier);
	return 0;
}

/* Of a virtual system that is there, names have to be as they are. */
static int check_names(const struct definition *d, const struct cim_instance *setting,
		       const char *where, struct cim_error *error)
{
	const char *element = cim_get_text(setting, "ElementName");
	const char *identifier = cim_get_text(setting, "VirtualSystemIdentifier");
	char field[CIM_FIELD_SIZE];

	if (element && strcmp(element, d->name))
		return cim_fail(error, CIM_MESSAGE_NOT_CHANGEABLE,
				cim_field(field, where, "ElementName"), element);
	if (identifier && strcasecmp(identifier, d->uuid))
		return cim_fail(error, CIM_MESSAGE_NOT_CHANGEABLE,
				cim_field(field, where, "VirtualSystemIdentifier"), identifier);
	return 0;
}

/**
 * profile_take_system() - merge settings of a virtual system into a wish
 * @wish: receives them; undefined on failure
 * @setting: from a client
 * @define: of a new virtual system
 * @where: what it is called in messages
 * @error: receives a message
 *
 * Return: 0 or a status.
 */
int profile_take_system(struct profile_wish *wish, const struct cim_instance *setting, bool define,
			const char *where, struct cim_error *error)
{
	static const char *const taken[] = {
		"InstanceID", "ElementName",	"VirtualSystemIdentifier", "Description",
		"Kernel",     "InitialRamDisk", "KernelCommandLine",	   NULL,
	};
	int status = check_known(setting, taken, where, error);

	if (!status)
		status = define ? take_names(wish->definition, setting, where, error)
				: check_names(wish->definition, setting, where, error);
	return status ? status : take_texts(wish, setting, error);
}
