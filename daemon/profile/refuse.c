// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How the model's refusals are told.
 */
#include <string.h>

#include "daemon/model/error.h"
#include "daemon/profile/profile.h"

static enum cim_message_id message_of(int error)
{
	switch (error) {
	case ERROR_INVALID_ARGUMENT:
		return CIM_MESSAGE_ARGUMENT;
	case ERROR_ALREADY_EXISTS:
		return CIM_MESSAGE_EXISTS;
	case ERROR_NOT_FOUND:
		return CIM_MESSAGE_GONE;
	case ERROR_INVALID_STATE:
		return CIM_MESSAGE_STATE;
	case -EBUSY:
		return CIM_MESSAGE_BUSY;
	case ERROR_INSUFFICIENT:
		return CIM_MESSAGE_INSUFFICIENT;
	case ERROR_TIMEOUT:
		return CIM_MESSAGE_TIMEOUT;
	case ERROR_ACCESS_DENIED:
		return CIM_MESSAGE_DENIED;
	default:
		return CIM_MESSAGE_REFUSED;
	}
}

/**
 * profile_refuse() - a method is refused by the model
 * @call: ended by this
 * @error: ERROR_* or another negative errno
 * @text: sentence; NULL: that of errno
 */
void profile_refuse(struct broker_call *call, int error, const char *text)
{
	struct cim_error refusal = { 0 };

	if (error == -ENOMEM)
		cim_fail_memory(&refusal);
	else
		cim_fail(&refusal, message_of(error), text ? text : strerror(-error));
	broker_refuse(call, &refusal);
}

/**
 * profile_answer() - the model has done what a method asked for, which gives nothing back
 * @error: 0, or why it was refused, as profile_refuse()
 * @text: likewise
 * @system: not used, as the next
 * @pool: not used
 * @data: the call; ended by this
 */
void profile_answer(int error, const char *text, struct system *system, struct pool *pool,
		    void *data)
{
	struct broker_call *call = data;

	if (error)
		profile_refuse(call, error, text);
	else
		broker_return(call, CIM_RETURN_OK);
}

/**
 * profile_refuse_message() - a method is refused
 * @call: ended by this
 * @id: of the message
 * @first: its arguments, up to a NULL
 * @second: likewise
 * @third: likewise
 */
void profile_refuse_message(struct broker_call *call, enum cim_message_id id, const char *first,
			    const char *second, const char *third)
{
	struct cim_error refusal = { 0 };

	cim_fail(&refusal, id, first, second, third);
	broker_refuse(call, &refusal);
}

/**
 * profile_not_supported() - a method that capabilities say is not supported
 * @call: ended by this
 * @element: whose method it is
 */
void profile_not_supported(struct broker_call *call, const struct broker_element *element)
{
	profile_refuse_message(call, CIM_MESSAGE_UNSUPPORTED, call->method->result.name,
			       "the capabilities do not list it", NULL);
}
