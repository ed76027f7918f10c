// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DSP1041's methods: pools are made in pools, moved, changed and deleted.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "daemon/model/error.h"
#include "daemon/profile/pool.h"

/* The pool that a path names; NULL, and a message, if there is none. */
static struct pool *find_pool(struct broker_call *call, const struct cim_path *path,
			      const char *where, unsigned int *ret_part, struct cim_error *error)
{
	_cleanup_free_ char *text = NULL;
	struct broker_element element;

	if (broker_find(call->broker, path, &element) && element.provider == &resource_pool) {
		*ret_part = element.part;
		return (struct pool *)element.object;
	}
	text = cim_path_format(path);
	cim_fail(error, CIM_MESSAGE_UNUSABLE, where, text ? text : "it", "there is no such pool");
	return NULL;
}

/* The one pool that all entries of ParentPool are of. */
static struct pool *find_parents(struct broker_call *call, struct cim_error *error)
{
	const struct cim_value *parents = cim_argument(call->inputs, "ParentPool");
	size_t n = cim_value_count(parents);
	struct pool *parent = NULL;
	char where[CIM_WHERE_SIZE];

	if (!n) {
		cim_fail(error, CIM_MESSAGE_MISSING, "ParentPool");
		return NULL;
	}
	for (size_t i = 0; i < n; i++) {
		unsigned int part;
		struct pool *pool;

		snprintf(where, sizeof(where), "ParentPool[%zu]", i);
		pool = find_pool(call, parents->items[i].path, where, &part, error);
		if (!pool)
			return NULL;
		if (parent && parent != pool) {
			cim_fail(error, CIM_MESSAGE_UNUSABLE, where, pool->definition->name,
				 "all parents are pools of one PoolID");
			return NULL;
		}
		parent = pool;
	}
	return parent;
}

/* The type that settings are of: what they say, and what the parent in the same place is of. */
static int take_type(struct broker_call *call, const struct cim_instance *setting, size_t index,
		     const char *where, unsigned int *ret_part, struct cim_error *error)
{
	const struct cim_value *parents = cim_argument(call->inputs, "ParentPool");
	char field[CIM_FIELD_SIZE], is[24], wanted[24];
	uint64_t type;

	if (index >= cim_value_count(parents))
		return cim_fail(error, CIM_MESSAGE_UNUSABLE, where, "it",
				"there is no ParentPool in the same place");
	if (!find_pool(call, parents->items[index].path, "ParentPool", ret_part, error))
		return CIM_INVALID_PARAMETER;
	if (!cim_get_number(setting, "ResourceType", &type) || type == profile_pool_type(*ret_part))
		return 0;
	snprintf(is, sizeof(is), "%u", (unsigned int)type);
	snprintf(wanted, sizeof(wanted), "%u", profile_pool_type(*ret_part));
	return cim_fail(error, CIM_MESSAGE_WRONG_RESOURCE_TYPE,
			cim_field(field, where, "ResourceType"), is, wanted);
}

/* What settings of a pool can say; nothing else. */
static int check_known(const struct cim_instance *setting, const char *where,
		       struct cim_error *error)
{
	static const char *const taken[] = { "InstanceID",	"ElementName", "ResourceType",
					     "AllocationUnits", "Reservation", "PoolID",
					     "Weight",		"Limit" };
	size_t n = sizeof(taken) / sizeof(taken[0]);
	char field[CIM_FIELD_SIZE];

	for (size_t i = 0; i < setting->class->n_properties; i++) {
		const char *property = setting->class->properties[i]->name;
		bool known = setting->values[i].state != CIM_VALUE;

		for (size_t k = 0; !known && k < n; k++)
			known = !strcasecmp(property, taken[k]);
		if (!known)
			return cim_fail(error, CIM_MESSAGE_UNUSABLE,
					cim_field(field, where, property), "the value",
					"pools of this type have no such setting");
	}
	return 0;
}

static int take_amount(struct broker_call *call, const struct cim_instance *setting,
		       unsigned int part, const char *property, const char *where, uint64_t *value,
		       struct cim_error *error)
{
	char field[CIM_FIELD_SIZE];
	uint64_t amount = 0;
	bool given = false;
	int status = profile_take_amount(setting, property, "AllocationUnits",
					 profile_pool_unit(part), where, &amount, &given, error);

	if (status || !given)
		return status;
	status = profile_check_range(profile_env(call->broker), profile_pool_type(part), property,
				     amount, cim_field(field, where, property), error);
	if (!status)
		*value = amount;
	return status;
}

static int take_setting(struct broker_call *call, const struct cim_instance *setting, size_t index,
			struct pool_definition *d, struct cim_error *error)
{
	char where[CIM_WHERE_SIZE], field[CIM_FIELD_SIZE];
	unsigned int part = 0;
	uint64_t weight;
	bool processor;
	int status;

	snprintf(where, sizeof(where), "Settings[%zu]", index);
	status = take_type(call, setting, index, where, &part, error);
	processor = profile_pool_type(part) == PROFILE_PROCESSOR;
	if (!status)
		status = check_known(setting, where, error);
	if (!status)
		status = take_amount(call, setting, part, "Reservation", where,
				     processor ? &d->cpu.reservation_us
					       : &d->memory.reservation_bytes,
				     error);
	if (!status)
		status = take_amount(call, setting, part, "Limit", where,
				     processor ? &d->cpu.limit_us : &d->memory.limit_bytes, error);
	if (status || !cim_get_number(setting, "Weight", &weight))
		return status;
	status = profile_check_range(profile_env(call->broker), profile_pool_type(part), "Weight",
				     weight, cim_field(field, where, "Weight"), error);
	if (!status)
		*(processor ? &d->cpu.weight : &d->memory.weight) = (uint32_t)weight;
	return status;
}

static int take_settings(struct broker_call *call, struct pool_definition *d,
			 struct cim_error *error)
{
	const struct cim_value *settings = cim_argument(call->inputs, "Settings");
	size_t n = cim_value_count(settings);
	int status = 0;

	for (size_t i = 0; !status && i < n; i++)
		status = take_setting(call, settings->items[i].instance, i, d, error);
	return status;
}

static void on_created(int error, const char *text, struct system *system, struct pool *pool,
		       void *data)
{
	struct broker_call *call = data;
	const struct cim_value *parents = cim_argument(call->inputs, "ParentPool");
	struct broker_element parent, element;

	if (error) {
		profile_refuse(call, error, text);
		return;
	}
	/* Of the type of its first parent. */
	if (broker_find(call->broker, parents->items[0].path, &parent)) {
		element = profile_pool_element(pool, parent.part);
		broker_give_path(call, "Pool", broker_path(call->broker, &element));
	}
	broker_return(call, CIM_RETURN_OK);
}

/**
 * profile_create_child_pool() - CreateChildResourcePool
 * @call: ended when the pool is there
 * @element: the service
 */
void profile_create_child_pool(struct broker_call *call, const struct broker_element *element)
{
	const struct profile_env *env = profile_env(call->broker);
	const char *pool_name = cim_argument_text(call->inputs, "ElementName");
	struct profile_request request = { .ask = PROFILE_CREATE_POOL };
	_cleanup_pool_definition_ struct pool_definition *d = NULL;
	struct cim_error error = { 0 };
	struct pool *parent = NULL;

	if (!pool_name)
		cim_fail(&error, CIM_MESSAGE_MISSING, "ElementName");
	else if (strlen(pool_name) > POOL_NAME_MAX)
		cim_fail(&error, CIM_MESSAGE_UNUSABLE, "ElementName", pool_name,
			 "it does not match " PROFILE_NAME_MASK);
	else
		parent = find_parents(call, &error);
	d = parent ? pool_definition_new(pool_name) : NULL;
	if (parent && !d)
		cim_fail_memory(&error);
	if (d) {
		strcpy(d->parent, parent->definition->name);
		take_settings(call, d, &error);
	}
	if (error.message) {
		broker_refuse(call, &error);
		return;
	}
	request.pool_definition = TAKE_PTR(d);
	env->ask(&request, on_created, call, env->data);
}

/* A pool that is no primordial one. */
static struct pool *concrete_pool(struct broker_call *call, const char *parameter)
{
	const struct cim_value *path = cim_argument(call->inputs, parameter);
	struct cim_error error = { 0 };
	struct pool *pool = NULL;
	unsigned int part;

	if (path->state != CIM_VALUE)
		cim_fail(&error, CIM_MESSAGE_MISSING, parameter);
	else
		pool = find_pool(call, path->one.path, parameter, &part, &error);
	if (pool && pool_is_root(pool))
		cim_fail(&error, CIM_MESSAGE_UNUSABLE, parameter, "a primordial pool",
			 "it is neither moved nor deleted");
	if (!error.message)
		return pool;
	broker_refuse(call, &error);
	return NULL;
}

/**
 * profile_delete_pool() - DeleteResourcePool
 * @call: ended when the pool is gone
 * @element: the service
 */
void profile_delete_pool(struct broker_call *call, const struct broker_element *element)
{
	const struct profile_env *env = profile_env(call->broker);
	struct profile_request request = { .ask = PROFILE_REMOVE_POOL };

	request.pool = concrete_pool(call, "Pool");
	if (request.pool)
		env->ask(&request, profile_answer, call, env->data);
}

static void change_pool(struct broker_call *call, struct pool *pool, struct cim_error *error)
{
	const struct profile_env *env = profile_env(call->broker);
	_cleanup_pool_definition_ struct pool_definition *d =
		pool_definition_copy(pool->definition);
	const struct profile_change change = { .pool = pool, .definition = d };
	const struct profile_request request = { .ask = PROFILE_SET, .changes = &change, .n = 1 };

	if (!d)
		cim_fail_memory(error);
	else
		take_settings(call, d, error);
	if (error->message)
		broker_refuse(call, error);
	else
		env->ask(&request, profile_answer, call, env->data);
}

/**
 * profile_change_parent_pool() - ChangeParentResourcePool: to another parent, or with other settings in the same
 * @call: ended when the change is in effect
 * @element: the service
 */
void profile_change_parent_pool(struct broker_call *call, const struct broker_element *element)
{
	const struct cim_value *settings = cim_argument(call->inputs, "Settings");
	const struct profile_env *env = profile_env(call->broker);
	struct profile_request request = { .ask = PROFILE_MOVE_POOL };
	struct cim_error error = { 0 };
	struct pool *parent;

	request.pool = concrete_pool(call, "ChildPool");
	if (!request.pool)
		return;
	parent = find_parents(call, &error);
	if (!parent) {
		broker_refuse(call, &error);
		return;
	}
	request.to = parent->definition->name;
	if (!strcmp(request.pool->definition->parent, request.to)) {
		change_pool(call, request.pool, &error);
		return;
	}
	if (cim_value_count(settings)) {
		cim_fail(&error, CIM_MESSAGE_INCOMPATIBLE,
			 "Settings: a pool that moves takes its settings along; change them in a "
			 "call with its parent as it is.");
		broker_refuse(call, &error);
		return;
	}
	env->ask(&request, profile_answer, call, env->data);
}
