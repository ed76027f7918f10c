// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DSP1057's other way to ask for states: the power of virtual systems. What is defined is off, what is active is on,
 * what is paused sleeps lightly: its processors stand still, its memory stays.
 */
#include <stdio.h>

#include "daemon/profile/setting.h"

/* As PowerState and what is asked for count. */
enum {
	POWER_ON = 2,
	POWER_SLEEP_LIGHT = 3,
	POWER_OFF_SOFT = 8,
	POWER_RESET = 10,
	POWER_OFF_GRACEFUL = 12,
};

/* RequestedPowerState counts otherwise from here on, and TransitioningToPowerState has a value for none. */
enum {
	REQUESTED_OFF_GRACEFUL = 13,
	TRANSITION_NONE = 19,
};

/* Which state a power state that is asked for stands for. */
static const struct {
	uint16_t power;
	uint16_t state;
	uint16_t requested;
} powers[] = {
	{ POWER_ON, 2, POWER_ON },
	{ POWER_SLEEP_LIGHT, 9, POWER_SLEEP_LIGHT },
	{ POWER_OFF_SOFT, 3, POWER_OFF_SOFT },
	{ POWER_RESET, 11, POWER_RESET },
	{ POWER_OFF_GRACEFUL, 4, REQUESTED_OFF_GRACEFUL },
};
#define N_POWERS (sizeof(powers) / sizeof(powers[0]))

static const struct {
	uint16_t power;
	uint16_t transition;
} states[] = {
	[SYSTEM_DEFINED] = { POWER_OFF_SOFT, TRANSITION_NONE },
	[SYSTEM_STARTING] = { POWER_OFF_SOFT, POWER_ON },
	[SYSTEM_ACTIVE] = { POWER_ON, TRANSITION_NONE },
	[SYSTEM_PAUSED] = { POWER_SLEEP_LIGHT, TRANSITION_NONE },
	[SYSTEM_STOPPING] = { POWER_ON, POWER_OFF_SOFT },
};
_Static_assert(sizeof(states) / sizeof(states[0]) == SYSTEM_STATE_COUNT, "a row each");

static uint64_t state_of(uint64_t power)
{
	for (size_t i = 0; i < N_POWERS; i++) {
		if (powers[i].power == power)
			return powers[i].state;
	}
	return 0;
}

static void on_done(int error, const char *text, struct system *system, struct pool *pool,
		    void *data)
{
	struct broker_call *call = data;
	uint64_t power = 0;

	cim_argument_number(call->inputs, "PowerState", &power);
	profile_state_reached(call, error, text,
			      cim_argument(call->inputs, "ManagedElement")->one.path,
			      state_of(power));
}

static void request_power(struct broker_call *call, const struct broker_element *element)
{
	const struct cim_value *path = cim_argument(call->inputs, "ManagedElement");
	const char *time = cim_argument_text(call->inputs, "Time");
	_cleanup_free_ char *text = NULL;
	struct system *system = NULL;
	uint64_t power = 0;
	char asked[40];

	if (!cim_argument_number(call->inputs, "PowerState", &power)) {
		profile_refuse_message(call, CIM_MESSAGE_MISSING, "PowerState", NULL, NULL);
		return;
	}
	if (path->state != CIM_VALUE) {
		profile_refuse_message(call, CIM_MESSAGE_MISSING, "ManagedElement", NULL, NULL);
		return;
	}
	if (time) {
		profile_refuse_message(call, CIM_MESSAGE_UNUSABLE, "Time", time,
				       "power is switched at once only");
		return;
	}
	system = profile_find_system(call->broker, path->one.path);
	if (!system) {
		text = cim_path_format(path->one.path);
		profile_refuse_message(call, CIM_MESSAGE_UNUSABLE, "ManagedElement",
				       text ? text : "it", "there is no such virtual system");
		return;
	}
	snprintf(asked, sizeof(asked), "PowerState: %u", (unsigned int)power);
	profile_change_state(call, system, state_of(power), asked, on_done);
}

static const struct broker_method service_methods[] = {
	{ "RequestPowerStateChange", CIM_FAMILY_STATE, BROKER_OPERATE, request_power },
};

const struct broker_provider power_service = {
	.class = "KVRM_PowerManagementService",
	.ns = CIM_ROOT,
	.data = &(const struct profile_service){ "power", "Power of virtual systems" },
	.keys = profile_service_keys,
	.fill = profile_service_fill,
	.methods = service_methods,
	.n_methods = sizeof(service_methods) / sizeof(service_methods[0]),
};

static void capabilities_fill(const struct broker *broker, const struct broker_element *element,
			      struct cim_instance *instance)
{
	static const uint16_t supported[] = { POWER_ON, POWER_SLEEP_LIGHT, POWER_OFF_SOFT };
	/* Can be set, can be reset, can be shut down. */
	static const uint16_t changes[] = { 3, 7, 8 };
	uint16_t requested[N_POWERS];

	for (size_t i = 0; i < N_POWERS; i++)
		requested[i] = powers[i].power;
	cim_put_text(instance, "ElementName", "What can be done with the power");
	cim_put_numbers(instance, "PowerStatesSupported", sizeof(supported) / sizeof(supported[0]),
			supported);
	cim_put_numbers(instance, "PowerChangeCapabilities", sizeof(changes) / sizeof(changes[0]),
			changes);
	cim_put_numbers(instance, "RequestedPowerStatesSupported", N_POWERS, requested);
}

const struct broker_provider power_capabilities = {
	.class = "KVRM_PowerManagementCapabilities",
	.ns = CIM_ROOT,
	.data = "power-capabilities",
	.keys = profile_id_keys,
	.fill = capabilities_fill,
};

static size_t available(const struct system *system, uint16_t ret[static N_POWERS])
{
	uint16_t now[8];
	size_t n_now = profile_available_states(system, now), n = 0;

	for (size_t i = 0; i < N_POWERS; i++) {
		for (size_t k = 0; k < n_now; k++) {
			if (now[k] == powers[i].state)
				ret[n++] = powers[i].power;
		}
	}
	return n;
}

static void fill_power(const struct broker *broker, const struct broker_element *const ends[2],
		       struct cim_instance *instance)
{
	const struct system *system = ends[1]->object;
	uint16_t now[N_POWERS], requested = 0;
	size_t n = available(system, now);

	for (size_t i = 0; i < N_POWERS; i++) {
		if (powers[i].state == system->requested_state)
			requested = powers[i].requested;
	}
	cim_put_number(instance, "PowerState", states[system->state].power);
	cim_put_number(instance, "RequestedPowerState", requested);
	cim_put_number(instance, "TransitioningToPowerState", states[system->state].transition);
	cim_put_numbers(instance, "AvailableRequestedPowerStates", n, now);
}

static const struct broker_provider *const providers[] = { &power_service, &power_capabilities };

static const struct broker_link links[] = {
	PROFILE_HOSTED_SERVICE(power_service),
	PROFILE_DEFAULT_CAPABILITIES(power_service, power_capabilities),
	{ .class = "CIM_AssociatedPowerManagementService",
	  .roles = { "ServiceProvided", "UserOfService" },
	  .ends = { &power_service, &virtual_system },
	  .fill = fill_power },
};

const struct broker_profile profile_dsp1057_power = { providers,
						      sizeof(providers) / sizeof(providers[0]),
						      links, sizeof(links) / sizeof(links[0]) };
