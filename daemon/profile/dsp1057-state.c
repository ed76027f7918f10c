// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DSP1057's states: the model's as EnabledState counts them, and RequestStateChange.
 */
#include <stdio.h>

#include "daemon/broker/datetime.h"
#include "daemon/model/error.h"
#include "daemon/profile/job.h"
#include "daemon/profile/setting.h"

/* As EnabledState, RequestedState and TransitioningToState count. */
enum {
	STATE_UNKNOWN = 0,
	STATE_ENABLED = 2,
	STATE_DISABLED = 3,
	STATE_SHUT_DOWN = 4,
	STATE_NO_CHANGE = 5,
	STATE_QUIESCE = 9,
	STATE_STARTING = 10,
	STATE_RESET = 11,
};

static const struct {
	uint16_t enabled;
	uint16_t transition;
} states[] = {
	[SYSTEM_DEFINED] = { STATE_DISABLED, STATE_NO_CHANGE },
	[SYSTEM_STARTING] = { STATE_STARTING, STATE_ENABLED },
	[SYSTEM_ACTIVE] = { STATE_ENABLED, STATE_NO_CHANGE },
	[SYSTEM_PAUSED] = { STATE_QUIESCE, STATE_NO_CHANGE },
	[SYSTEM_STOPPING] = { STATE_SHUT_DOWN, STATE_SHUT_DOWN },
};
_Static_assert(sizeof(states) / sizeof(states[0]) == SYSTEM_STATE_COUNT, "a row each");

/* What is asked of the model for each state that can be asked for; the first that the present state allows. */
static const struct transition {
	uint16_t requested;
	enum profile_ask ask;
	enum system_operation operation;
	const char
		*job; /* what it is called if it waits for a guest or a QEMU; NULL: it does not */
} transitions[] = {
	{ STATE_ENABLED, PROFILE_START, SYSTEM_OP_START, "Start" },
	{ STATE_ENABLED, PROFILE_RESUME, SYSTEM_OP_RESUME, NULL },
	{ STATE_DISABLED, PROFILE_KILL, SYSTEM_OP_KILL, "Stop" },
	{ STATE_SHUT_DOWN, PROFILE_STOP, SYSTEM_OP_STOP, "Shut down" },
	{ STATE_QUIESCE, PROFILE_PAUSE, SYSTEM_OP_PAUSE, NULL },
	{ STATE_RESET, PROFILE_RESET, SYSTEM_OP_RESET, NULL },
};
#define N_TRANSITIONS (sizeof(transitions) / sizeof(transitions[0]))

/**
 * profile_enabled_state() - the state of a virtual system
 * @system: which
 *
 * Return: as EnabledState counts.
 */
uint16_t profile_enabled_state(const struct system *system)
{
	return states[system->state].enabled;
}

/**
 * profile_transition() - the state that a virtual system is on its way to
 * @system: which
 *
 * Return: as TransitioningToState counts.
 */
uint16_t profile_transition(const struct system *system)
{
	return states[system->state].transition;
}

/**
 * profile_available_states() - the states that a virtual system can be asked for now
 * @system: which
 * @ret: receives them, as RequestedState counts
 *
 * Return: how many.
 */
size_t profile_available_states(const struct system *system, uint16_t ret[static 8])
{
	size_t n = 0;

	for (size_t i = 0; i < N_TRANSITIONS; i++) {
		if (!system_check(system, transitions[i].operation, NULL))
			ret[n++] = transitions[i].requested;
	}
	return n;
}

/**
 * profile_put_supported_states() - put the states that virtual systems can be asked for
 * @instance: of capabilities
 */
void profile_put_supported_states(struct cim_instance *instance)
{
	uint16_t supported[N_TRANSITIONS];
	size_t n = 0;

	for (size_t i = 0; i < N_TRANSITIONS; i++) {
		if (!n || supported[n - 1] != transitions[i].requested)
			supported[n++] = transitions[i].requested;
	}
	cim_put_numbers(instance, "RequestedStatesSupported", n, supported);
}

/* The way to a state from where a virtual system is; the last one tried if there is none, with why. */
static const struct transition *find_transition(const struct system *system, uint64_t requested,
						int *ret_error, char **ret_text)
{
	const struct transition *found = NULL;

	for (size_t i = 0; i < N_TRANSITIONS; i++) {
		if (transitions[i].requested != requested)
			continue;
		found = &transitions[i];
		free(*ret_text);
		*ret_text = NULL;
		*ret_error = system_check(system, found->operation, ret_text);
		if (*ret_error != ERROR_INVALID_STATE)
			break;
	}
	return found;
}

/**
 * profile_state_reached() - what was asked for with profile_change_state() is done, or refused
 * @call: ended by this
 * @error: 0 or an ERROR_* of the model
 * @text: a sentence if it was refused; may be NULL
 * @path: of the virtual system
 * @requested: state that was asked for
 */
void profile_state_reached(struct broker_call *call, int error, const char *text,
			   const struct cim_path *path, uint64_t requested)
{
	struct system *system;

	if (error) {
		profile_refuse(call, error, text);
		return;
	}
	system = profile_find_system(call->broker, path);
	if (system)
		system->requested_state = (uint16_t)requested;
	broker_return(call, CIM_RETURN_OK);
}

/* An interval, if one is given; 0: none. False: refused. */
static bool take_timeout(struct broker_call *call, const struct transition *transition,
			 uint64_t *ret_us)
{
	const char *text = cim_argument_text(call->inputs, "TimeoutPeriod");
	char state[8];

	*ret_us = 0;
	if (text && cim_interval_parse(text, ret_us)) {
		profile_refuse_message(call, CIM_MESSAGE_UNUSABLE, "TimeoutPeriod", text,
				       "it is no interval");
		return false;
	}
	if (!*ret_us || transition->ask == PROFILE_STOP)
		return true;
	snprintf(state, sizeof(state), "%u", transition->requested);
	profile_refuse_message(call, CIM_MESSAGE_TIMEOUT_PARAMETER, state, NULL, NULL);
	return false;
}

/**
 * profile_change_state() - bring a virtual system to another state
 * @call: with a TimeoutPeriod; ended if that cannot be, and by @done else
 * @system: which
 * @requested: state, as RequestedState counts; 0: none of them
 * @asked: how the state that was asked for is told in messages
 * @done: told when it is reached; calls profile_state_reached()
 */
void profile_change_state(struct broker_call *call, struct system *system, uint64_t requested,
			  const char *asked, profile_done *done)
{
	const struct profile_env *env = profile_env(call->broker);
	struct profile_request request = { .system = system };
	const struct transition *transition;
	_cleanup_free_ char *text = NULL;
	int error = 0;

	transition = find_transition(system, requested, &error, &text);
	if (!transition) {
		profile_refuse_message(call, CIM_MESSAGE_UNSUPPORTED, asked,
				       "the capabilities do not list it", NULL);
		return;
	}
	if (!take_timeout(call, transition, &request.timeout_us))
		return;
	if (error) {
		if (error == ERROR_INVALID_STATE)
			profile_refuse_message(call, CIM_MESSAGE_TRANSITION, text, NULL, NULL);
		else
			profile_refuse(call, error, text);
		return;
	}
	request.ask = transition->ask;
	/* Without a time limit a guest is asked to shut down, and not waited for. */
	if (transition->job && (request.ask != PROFILE_STOP || request.timeout_us))
		profile_ask_job(call, &request, transition->job, done);
	else
		env->ask(&request, done, call, env->data);
}

static void on_done(int error, const char *text, struct system *system, struct pool *pool,
		    void *data)
{
	struct broker_call *call = data;
	uint64_t requested = 0;

	cim_argument_number(call->inputs, "RequestedState", &requested);
	profile_state_reached(call, error, text, call->path, requested);
}

/**
 * profile_request_state() - RequestStateChange of a virtual system
 * @call: ended when the state is reached, or the job of what waits for a guest or a QEMU has begun; with a shut down
 *	without TimeoutPeriod, when the guest was asked
 * @element: the virtual system
 */
void profile_request_state(struct broker_call *call, const struct broker_element *element)
{
	uint64_t requested = 0;
	char asked[40];

	if (!cim_argument_number(call->inputs, "RequestedState", &requested)) {
		profile_refuse_message(call, CIM_MESSAGE_MISSING, "RequestedState", NULL, NULL);
		return;
	}
	snprintf(asked, sizeof(asked), "RequestedState: %u", (unsigned int)requested);
	profile_change_state(call, (struct system *)element->object, requested, asked, on_done);
}
