// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DSP1042, system virtualization: the host, and the service that defines, changes and destroys virtual systems.
 */
#include "daemon/profile/setting.h"

/* As VirtualSystemManagementCapabilities counts methods. */
enum {
	DEFINE_SYSTEM = 2,
	DESTROY_SYSTEM = 3,
	MODIFY_RESOURCES = 5,
	MODIFY_SYSTEM = 6,
	REMOVE_RESOURCES = 7,
	ADD_RESOURCES = 10,
};

static void host_keys(const struct broker *broker, const struct broker_element *element,
		      struct cim_instance *instance)
{
	cim_put_text(instance, "Name", profile_env(broker)->host->id);
}

static void host_fill(const struct broker *broker, const struct broker_element *element,
		      struct cim_instance *instance)
{
	static const uint16_t ok[] = { 2 }, not_dedicated[] = { 0 };

	cim_put_text(instance, "ElementName", profile_env(broker)->host->name);
	cim_put_text(instance, "NameFormat", "Other");
	cim_put_numbers(instance, "Dedicated", 1, not_dedicated);
	cim_put_number(instance, "EnabledState", 2);
	/* Nobody asks the host for a state here. */
	cim_put_number(instance, "RequestedState", 12);
	cim_put_number(instance, "TransitioningToState", 12);
	cim_put_numbers(instance, "OperationalStatus", 1, ok);
	cim_put_number(instance, "HealthState", 5);
}

const struct broker_provider host_system = {
	.class = "KVRM_ComputerSystem",
	.ns = CIM_ROOT,
	.keys = host_keys,
	.fill = host_fill,
};

static const struct broker_method service_methods[] = {
	{ "DefineSystem", CIM_FAMILY_DEFINE, BROKER_MANAGE, profile_define_system },
	{ "DestroySystem", CIM_FAMILY_REMOVE, BROKER_MANAGE, profile_destroy_system },
	{ "ModifyResourceSettings", CIM_FAMILY_SERVICE, BROKER_MANAGE, profile_modify_resources },
	{ "ModifySystemSettings", CIM_FAMILY_SERVICE, BROKER_MANAGE, profile_modify_system },
	{ "AddResourceSettings", CIM_FAMILY_DEFINE, BROKER_MANAGE, profile_add_resources },
	{ "RemoveResourceSettings", CIM_FAMILY_REMOVE, BROKER_MANAGE, profile_remove_resources },
};

const struct broker_provider management_service = {
	.class = "KVRM_VirtualSystemManagementService",
	.ns = CIM_ROOT,
	.data = &(const struct profile_service){ "management", "Management of virtual systems" },
	.keys = profile_service_keys,
	.fill = profile_service_fill,
	.methods = service_methods,
	.n_methods = sizeof(service_methods) / sizeof(service_methods[0]),
};

static void capabilities_fill(const struct broker *broker, const struct broker_element *element,
			      struct cim_instance *instance)
{
	static const uint16_t methods[] = { DEFINE_SYSTEM, DESTROY_SYSTEM,   MODIFY_RESOURCES,
					    MODIFY_SYSTEM, REMOVE_RESOURCES, ADD_RESOURCES };
	/* Those that wait for a guest or for the end of a QEMU, if it runs. */
	static const uint16_t begin_jobs[] = { DESTROY_SYSTEM, MODIFY_RESOURCES, REMOVE_RESOURCES };
	static const char *const types[] = { PROFILE_SYSTEM_TYPE };
	/* Changes of jobs' and virtual systems' states; devices go with systems. */
	static const uint16_t indications[] = { 3, 4 };

	cim_put_text(instance, "ElementName", "What can be done with virtual systems");
	cim_put_texts(instance, "VirtualSystemTypesSupported", 1, types);
	cim_put_numbers(instance, "SynchronousMethodsSupported",
			sizeof(methods) / sizeof(methods[0]), methods);
	cim_put_numbers(instance, "AsynchronousMethodsSupported",
			sizeof(begin_jobs) / sizeof(begin_jobs[0]), begin_jobs);
	cim_put_numbers(instance, "IndicationsSupported", 2, indications);
	cim_put_bool(instance, "ElementNameEditSupported", false);
	cim_put_number(instance, "MaxElementNameLen", DEFINITION_NAME_MAX);
	cim_put_text(instance, "ElementNameMask", PROFILE_NAME_MASK);
	profile_put_supported_states(instance);
}

const struct broker_provider management_capabilities = {
	.class = "KVRM_VirtualSystemManagementCapabilities",
	.ns = CIM_ROOT,
	.data = "management-capabilities",
	.keys = profile_id_keys,
	.fill = capabilities_fill,
};

static const struct broker_provider *const providers[] = { &host_system, &management_service,
							   &management_capabilities };

static const struct broker_link links[] = {
	{ .class = "CIM_HostedDependency",
	  .roles = { "Antecedent", "Dependent" },
	  .ends = { &host_system, &virtual_system } },
	PROFILE_HOSTED_SERVICE(management_service),
	PROFILE_DEFAULT_CAPABILITIES(host_system, management_capabilities),
	PROFILE_DEFAULT_CAPABILITIES(management_service, management_capabilities),
	PROFILE_MANAGED(virtual_system, management_service),
};

const struct broker_profile profile_dsp1042 = { providers, sizeof(providers) / sizeof(providers[0]),
						links, sizeof(links) / sizeof(links[0]) };
