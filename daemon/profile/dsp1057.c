// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DSP1057, virtual system: virtual systems and which states they can be asked for.
 */
#include <string.h>

#include "daemon/profile/setting.h"

static bool find_system(const struct broker *broker, const struct broker_provider *provider,
			const struct cim_path *path, struct broker_element *ret)
{
	const struct system *system =
		host_find(profile_env(broker)->host, cim_path_text(path, "Name"));

	*ret = profile_system_element(system);
	return system;
}

static void system_keys(const struct broker *broker, const struct broker_element *element,
			struct cim_instance *instance)
{
	const struct system *system = element->object;

	cim_put_text(instance, "Name", system->definition->uuid);
}

/* What the states are in the terms of OperationalStatus and OperatingStatus. */
static const struct {
	uint16_t operational;
	uint16_t operating;
} statuses[] = {
	[SYSTEM_DEFINED] = { 15, 7 }, [SYSTEM_STARTING] = { 8, 3 },  [SYSTEM_ACTIVE] = { 2, 16 },
	[SYSTEM_PAUSED] = { 2, 7 },   [SYSTEM_STOPPING] = { 9, 13 },
};
_Static_assert(sizeof(statuses) / sizeof(statuses[0]) == SYSTEM_STATE_COUNT, "a row each");

static void system_fill(const struct broker *broker, const struct broker_element *element,
			struct cim_instance *instance)
{
	static const uint16_t not_dedicated[] = { 0 };
	const struct system *system = element->object;
	uint16_t available[8];

	cim_put_text(instance, "ElementName", system->definition->name);
	cim_put_text(instance, "Description", system->definition->description);
	cim_put_text(instance, "NameFormat", "UUID");
	cim_put_numbers(instance, "Dedicated", 1, not_dedicated);
	cim_put_number(instance, "EnabledState", profile_enabled_state(system));
	cim_put_number(instance, "RequestedState", system->requested_state);
	cim_put_number(instance, "EnabledDefault", 3);
	cim_put_number(instance, "TransitioningToState", profile_transition(system));
	cim_put_numbers(instance, "AvailableRequestedStates",
			profile_available_states(system, available), available);
	cim_put_time(instance, "TimeOfLastStateChange", system->state_since_us);
	cim_put_numbers(instance, "OperationalStatus", 1, &statuses[system->state].operational);
	if (system->reason && *system->reason)
		cim_put_texts(instance, "StatusDescriptions", 1,
			      (const char *const[]){ system->reason });
	cim_put_number(instance, "OperatingStatus", statuses[system->state].operating);
	cim_put_number(instance, "HealthState", 5);
}

static const struct broker_method system_methods[] = {
	{ "RequestStateChange", CIM_FAMILY_STATE, BROKER_OPERATE, profile_request_state },
};

const struct broker_provider virtual_system = {
	.class = "KVRM_ComputerSystem",
	.ns = CIM_ROOT,
	.each = profile_each_system,
	.find = find_system,
	.keys = system_keys,
	.fill = system_fill,
	.methods = system_methods,
	.n_methods = sizeof(system_methods) / sizeof(system_methods[0]),
};

static void capabilities_fill(const struct broker *broker, const struct broker_element *element,
			      struct cim_instance *instance)
{
	/* A guest changes its state as well: it shuts itself down. */
	static const uint16_t awareness[] = { 2, 3 };

	cim_put_text(instance, "ElementName", "States that a virtual system can be asked for");
	cim_put_bool(instance, "ElementNameEditSupported", false);
	cim_put_number(instance, "MaxElementNameLen", DEFINITION_NAME_MAX);
	cim_put_text(instance, "ElementNameMask", PROFILE_NAME_MASK);
	cim_put_numbers(instance, "StateAwareness", 2, awareness);
	profile_put_supported_states(instance);
}

const struct broker_provider state_capabilities = {
	.class = "KVRM_EnabledLogicalElementCapabilities",
	.ns = CIM_ROOT,
	.data = "virtual-system-states",
	.keys = profile_id_keys,
	.fill = capabilities_fill,
};

static void configuration_fill(const struct broker *broker, const struct broker_element *element,
			       struct cim_instance *instance)
{
	const struct system *system = element->object;
	const struct definition *d = system->definition;

	cim_put_text(instance, "ElementName", d->name);
	cim_put_text(instance, "Description", d->description);
	cim_put_number(instance, "ChangeableType", element->part == PROFILE_DEFINED ? 2 : 3);
	cim_put_text(instance, "VirtualSystemIdentifier", d->uuid);
	cim_put_text(instance, "VirtualSystemType", PROFILE_SYSTEM_TYPE);
	cim_put_number(instance, "AutomaticStartupAction", 2);
	cim_put_number(instance, "AutomaticRecoveryAction", 2);
	cim_put_text(instance, "Kernel", d->kernel);
	cim_put_text(instance, "InitialRamDisk", d->initrd);
	cim_put_text(instance, "KernelCommandLine", d->cmdline);
}

const struct broker_provider configuration = {
	.class = "KVRM_VirtualSystemSettingData",
	.ns = CIM_ROOT,
	.data = &(const struct profile_setting){ .name = "" },
	.each = profile_each_setting,
	.find = profile_find_setting,
	.keys = profile_setting_keys,
	.fill = configuration_fill,
};

static const struct broker_provider *const providers[] = { &virtual_system, &state_capabilities,
							   &configuration };

static const struct broker_link links[] = {
	PROFILE_DEFAULT_CAPABILITIES(virtual_system, state_capabilities),
	{ .class = "CIM_SettingsDefineState",
	  .roles = { "ManagedElement", "SettingData" },
	  .ends = { &virtual_system, &configuration },
	  .others = { profile_to_state, profile_from_state } },
	{ .class = "CIM_ElementSettingData",
	  .roles = { "ManagedElement", "SettingData" },
	  .ends = { &configuration, &configuration },
	  .others = { profile_to_defined, profile_from_defined },
	  .fill = profile_fill_next },
};

const struct broker_profile profile_dsp1057 = { providers, sizeof(providers) / sizeof(providers[0]),
						links, sizeof(links) / sizeof(links[0]) };
