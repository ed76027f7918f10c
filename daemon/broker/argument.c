// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Arguments of methods; see check.h.
 */
#include <stdlib.h>
#include <strings.h>

#include "daemon/broker/check.h"

/**
 * cim_arguments_new() - arguments that say nothing
 * @method: they are of
 *
 * Return: to be freed with cim_arguments_free(); NULL: no memory.
 */
struct cim_arguments *cim_arguments_new(const struct schema_method *method)
{
	struct cim_arguments *arguments =
		calloc(1, sizeof(*arguments) + method->n_parameters * sizeof(arguments->values[0]));

	if (arguments)
		arguments->method = method;
	return arguments;
}

/**
 * cim_arguments_free() - free arguments
 * @arguments: may be NULL
 *
 * Return: NULL.
 */
struct cim_arguments *cim_arguments_free(struct cim_arguments *arguments)
{
	for (size_t i = 0; arguments && i < arguments->method->n_parameters; i++)
		cim_value_deinit(&arguments->values[i]);
	free(arguments);
	return NULL;
}

/**
 * cim_argument() - the value of a parameter
 * @arguments: any
 * @name: of the parameter, in any case
 *
 * Return: @arguments'; NULL if the method has no such parameter.
 */
struct cim_value *cim_argument(const struct cim_arguments *arguments, const char *name)
{
	const struct schema_method *method = arguments->method;

	for (size_t i = 0; i < method->n_parameters; i++) {
		if (!strcasecmp(method->parameters[i].name, name))
			return (struct cim_value *)&arguments->values[i];
	}
	return NULL;
}

/**
 * cim_argument_text() - the value of a parameter that is a text
 * @arguments: any
 * @name: of the parameter
 *
 * Return: @arguments'; NULL if there is none.
 */
const char *cim_argument_text(const struct cim_arguments *arguments, const char *name)
{
	const struct cim_value *value = cim_argument(arguments, name);

	return value && value->state == CIM_VALUE && !value->array &&
			       (value->type == SCHEMA_STRING || value->type == SCHEMA_DATETIME)
		       ? value->one.text
		       : NULL;
}

/**
 * cim_argument_number() - the value of a parameter that is a whole number
 * @arguments: any
 * @name: of the parameter
 * @ret: receives it; left alone if there is none
 *
 * Return: whether there is one.
 */
bool cim_argument_number(const struct cim_arguments *arguments, const char *name, uint64_t *ret)
{
	const struct cim_value *value = cim_argument(arguments, name);

	if (!value || value->state != CIM_VALUE || value->array ||
	    !cim_type_is_integer(value->type))
		return false;
	*ret = value->one.number;
	return true;
}

/**
 * cim_arguments_set() - take an argument from outside
 * @arguments: receives it
 * @name: of the parameter, as given
 * @value: @arguments' from now on, in any case
 * @error: receives a message
 *
 * Return: 0 or a status.
 */
int cim_arguments_set(struct cim_arguments *arguments, const char *name, struct cim_value *value,
		      struct cim_error *error)
{
	const struct schema_property *p = schema_parameter_find(arguments->method, name);
	struct cim_value *to = cim_argument(arguments, name);
	int status;

	if (!p)
		status = cim_fail(error, CIM_MESSAGE_UNKNOWN_PARAMETER,
				  arguments->method->result.name, name);
	else if (!(p->flags & SCHEMA_IN))
		status = cim_fail(error, CIM_MESSAGE_OUTPUT_PARAMETER, p->name);
	else if (to->state != CIM_ABSENT)
		status = cim_fail(error, CIM_MESSAGE_TWICE, p->name);
	else
		status = cim_convert(p, value, p->name, error);
	if (status) {
		cim_value_deinit(value);
		return status;
	}
	*to = *value;
	*value = (struct cim_value){ 0 };
	return 0;
}

/**
 * cim_arguments_check() - whether what arguments say is in the schema's bounds
 * @arguments: taken from outside
 * @error: receives a message
 *
 * Return: 0 or a status.
 */
int cim_arguments_check(const struct cim_arguments *arguments, struct cim_error *error)
{
	const struct schema_method *method = arguments->method;
	int status = 0;

	for (size_t i = 0; !status && i < method->n_parameters; i++) {
		const struct schema_property *p = &method->parameters[i];

		if (p->flags & SCHEMA_REQUIRED && p->flags & SCHEMA_IN &&
		    arguments->values[i].state != CIM_VALUE)
			status = cim_fail(error, CIM_MESSAGE_MISSING, p->name);
		else
			status = cim_check(p, &arguments->values[i], p->name, error);
	}
	return status;
}
