// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Methods: from a call to its one end; see broker.h.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "daemon/broker/broker.h"

static const struct broker_method *find_method(const struct broker_provider *provider,
					       const char *name)
{
	for (size_t i = 0; i < provider->n_methods; i++) {
		if (!strcasecmp(provider->methods[i].name, name))
			return &provider->methods[i];
	}
	return NULL;
}

/**
 * broker_access() - who may call a method
 * @broker: broker
 * @path: of the instance, which need not be there
 * @method: name
 *
 * Return: what a caller has to be allowed; BROKER_READ of a method that nobody has.
 */
enum broker_access broker_access(const struct broker *broker, const struct cim_path *path,
				 const char *method)
{
	enum broker_access most = BROKER_READ;

	for (size_t i = 0; i < broker->n_profiles; i++) {
		const struct broker_profile *profile = broker->profiles[i];

		for (size_t k = 0; k < profile->n_providers; k++) {
			const struct broker_provider *provider = profile->providers[k];
			const struct broker_method *found = find_method(provider, method);

			/* Several may tell of instances of one class. */
			if (found && !strcasecmp(provider->class, path->class->name) &&
			    found->access > most)
				most = found->access;
		}
	}
	return most;
}

/**
 * broker_prepare() - begin to call a method
 * @path: of the instance
 * @method: name
 * @ret: to be filled with cim_arguments_set() and given to broker_invoke()
 * @error: receives a message
 *
 * Return: 0 or a status.
 */
int broker_prepare(const struct cim_path *path, const char *method, struct cim_arguments **ret,
		   struct cim_error *error)
{
	const struct schema_method *found = schema_method_find(path->class, method);

	if (!found)
		return cim_fail(error, CIM_MESSAGE_NO_METHOD, path->class->name, method);
	*ret = cim_arguments_new(found);
	return *ret ? 0 : cim_fail_memory(error);
}

static void call_free(struct broker_call *call)
{
	cim_path_free(call->path);
	cim_arguments_free(call->inputs);
	cim_arguments_free(call->outputs);
	free(call);
}

/**
 * broker_return() - a method has ended
 * @call: ended by this
 * @code: return code
 */
void broker_return(struct broker_call *call, uint32_t code)
{
	const struct cim_error none = { 0 };
	const struct broker_result result = { .code = code,
					      .outputs = call->outputs,
					      .error = &none };

	call->done(&result, call->data);
	call_free(call);
}

/**
 * broker_go_on() - answer a method with CIM_RETURN_JOB and what it gives so far; what it has begun goes on
 * @call: on until broker_return() or broker_refuse()
 * @done: told of that, in place of who called
 * @data: for @done
 */
void broker_go_on(struct broker_call *call, broker_done *done, void *data)
{
	const struct cim_error none = { 0 };
	const struct broker_result result = { .code = CIM_RETURN_JOB,
					      .outputs = call->outputs,
					      .error = &none };

	call->done(&result, call->data);
	call->done = done;
	call->data = data;
}

/**
 * broker_refuse() - a method has refused
 * @call: ended by this
 * @error: why; freed
 */
void broker_refuse(struct broker_call *call, struct cim_error *error)
{
	struct broker_result result = { .error = error };

	if (call->family == CIM_FAMILY_PLAIN) {
		result.status = error->message->status;
	} else {
		result.code = cim_return_code(call->family, error->message->reason);
		result.outputs = call->outputs;
	}
	call->done(&result, call->data);
	cim_error_deinit(error);
	call_free(call);
}

/* There is no return code: tell a status. */
static void end_early(struct cim_arguments *inputs, struct cim_error *error, broker_done *done,
		      void *data)
{
	const struct broker_result result = { .status = error->message->status, .error = error };

	cim_arguments_free(inputs);
	done(&result, data);
	cim_error_deinit(error);
}

static struct broker_call *call_new(const struct broker *broker, const struct cim_path *path,
				    enum cim_family family, struct cim_arguments *inputs)
{
	struct broker_call *call = calloc(1, sizeof(*call));

	if (!call)
		return NULL;
	call->broker = broker;
	call->family = family;
	call->method = inputs->method;
	call->path = cim_path_copy(path);
	call->outputs = cim_arguments_new(inputs->method);
	if (call->path && call->outputs) {
		call->inputs = inputs;
		return call;
	}
	call_free(call);
	return NULL;
}

/**
 * broker_invoke() - call a method
 * @broker: broker
 * @path: of the instance
 * @inputs: of broker_prepare() with the same path; owned from now on
 * @done: told of the end exactly once, perhaps before this returns
 * @data: for @done
 */
void broker_invoke(const struct broker *broker, const struct cim_path *path,
		   struct cim_arguments *inputs, broker_done *done, void *data)
{
	const char *name = inputs->method->result.name;
	const struct broker_method *method;
	_cleanup_free_ char *text = NULL;
	struct cim_error error = { 0 };
	struct broker_element element;
	struct broker_call *call;

	if (!broker_find(broker, path, &element)) {
		text = cim_path_format(path);
		cim_fail(&error, CIM_MESSAGE_NOT_FOUND, text ? text : path->class->name);
		end_early(inputs, &error, done, data);
		return;
	}
	method = find_method(element.provider, name);
	if (!method) {
		cim_fail(&error, CIM_MESSAGE_METHOD_NOT_AVAILABLE, path->class->name, name);
		end_early(inputs, &error, done, data);
		return;
	}
	call = call_new(broker, path, method->family, inputs);
	if (!call) {
		cim_fail_memory(&error);
		end_early(inputs, &error, done, data);
		return;
	}
	call->done = done;
	call->data = data;
	if (cim_arguments_check(inputs, &error))
		broker_refuse(call, &error);
	else
		method->invoke(call, &element);
}

/**
 * broker_give_path() - a method gives a reference
 * @call: it is on
 * @parameter: name
 * @path: the call's from now on, in any case; NULL: there was no memory
 *
 * Return: 0, or CIM_FAILED: no memory.
 */
int broker_give_path(struct broker_call *call, const char *parameter, struct cim_path *path)
{
	struct cim_value *value = cim_argument(call->outputs, parameter);

	if (!path)
		return CIM_FAILED;
	*value = (struct cim_value){ .state = CIM_VALUE, .type = SCHEMA_REFERENCE };
	value->one.path = path;
	return 0;
}

/**
 * broker_give_instance() - a method gives an embedded instance
 * @call: it is on
 * @parameter: name
 * @instance: the call's from now on; NULL: there was no memory
 *
 * Return: 0, or CIM_FAILED: no memory.
 */
int broker_give_instance(struct broker_call *call, const char *parameter,
			 struct cim_instance *instance)
{
	struct cim_value *value = cim_argument(call->outputs, parameter);

	if (!instance)
		return CIM_FAILED;
	*value = (struct cim_value){ .state = CIM_VALUE, .type = CIM_INSTANCE };
	value->one.instance = instance;
	return 0;
}

/**
 * broker_give_array() - a method gives an array, to be filled with broker_add_*()
 * @call: it is on
 * @parameter: name
 * @type: enum schema_type of the entries, or CIM_INSTANCE
 * @n: how many there will be at most
 *
 * Return: 0, or CIM_FAILED: no memory.
 */
int broker_give_array(struct broker_call *call, const char *parameter, int type, size_t n)
{
	struct cim_value *value = cim_argument(call->outputs, parameter);
	union cim_scalar *items = calloc(n ? n : 1, sizeof(*items));

	if (!items)
		return CIM_FAILED;
	*value = (struct cim_value){ .state = CIM_VALUE, .type = type, .array = true };
	value->items = items;
	return 0;
}

/**
 * broker_add_path() - a reference of an array
 * @call: it is on
 * @parameter: name
 * @path: the call's from now on; NULL: there was no memory
 *
 * Return: 0, or CIM_FAILED: no memory.
 */
int broker_add_path(struct broker_call *call, const char *parameter, struct cim_path *path)
{
	struct cim_value *value = cim_argument(call->outputs, parameter);

	if (!path)
		return CIM_FAILED;
	value->items[value->n++].path = path;
	return 0;
}

/**
 * broker_add_instance() - an embedded instance of an array
 * @call: it is on
 * @parameter: name
 * @instance: the call's from now on; NULL: there was no memory
 *
 * Return: 0, or CIM_FAILED: no memory.
 */
int broker_add_instance(struct broker_call *call, const char *parameter,
			struct cim_instance *instance)
{
	struct cim_value *value = cim_argument(call->outputs, parameter);

	if (!instance)
		return CIM_FAILED;
	value->items[value->n++].instance = instance;
	return 0;
}

/**
 * broker_add_text() - a text of an array
 * @call: it is on
 * @parameter: name
 * @text: copied
 *
 * Return: 0, or CIM_FAILED: no memory.
 */
int broker_add_text(struct broker_call *call, const char *parameter, const char *text)
{
	struct cim_value *value = cim_argument(call->outputs, parameter);
	char *copy = strdup(text);

	if (!copy)
		return CIM_FAILED;
	value->items[value->n++].text = copy;
	return 0;
}

/**
 * broker_add_number() - a number of an array
 * @call: it is on
 * @parameter: name
 * @number: in the range of the array's type
 */
void broker_add_number(struct broker_call *call, const char *parameter, uint64_t number)
{
	struct cim_value *value = cim_argument(call->outputs, parameter);

	value->items[value->n++].number = number;
}
