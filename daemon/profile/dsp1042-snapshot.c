// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DSP1042's part on snapshots: a service that is there, and says that it supports nothing.
 */
#include "daemon/profile/profile.h"

static int each_service(const struct broker *broker, broker_visit *visit, void *data)
{
	return profile_each_one(&snapshot_service, visit, data);
}

static void service_keys(const struct broker *broker, const struct broker_element *element,
			 struct cim_instance *instance)
{
	profile_put_service_keys(broker, instance, "snapshot");
}

static void service_fill(const struct broker *broker, const struct broker_element *element,
			 struct cim_instance *instance)
{
	profile_put_service(broker, instance, "Snapshots of virtual systems");
}

static const struct broker_method service_methods[] = {
	{ "CreateSnapshot", CIM_FAMILY_SERVICE, BROKER_MANAGE, profile_not_supported },
	{ "DestroySnapshot", CIM_FAMILY_SERVICE, BROKER_MANAGE, profile_not_supported },
	{ "ApplySnapshot", CIM_FAMILY_SERVICE, BROKER_MANAGE, profile_not_supported },
};

const struct broker_provider snapshot_service = {
	.class = "KVRM_VirtualSystemSnapshotService",
	.ns = CIM_ROOT,
	.each = each_service,
	.keys = service_keys,
	.fill = service_fill,
	.methods = service_methods,
	.n_methods = sizeof(service_methods) / sizeof(service_methods[0]),
};

static int each_capabilities(const struct broker *broker, broker_visit *visit, void *data)
{
	return profile_each_one(&snapshot_capabilities, visit, data);
}

static void capabilities_keys(const struct broker *broker, const struct broker_element *element,
			      struct cim_instance *instance)
{
	cim_put_text(instance, "InstanceID", PROFILE_PREFIX "snapshot-capabilities");
}

static void capabilities_fill(const struct broker *broker, const struct broker_element *element,
			      struct cim_instance *instance)
{
	cim_put_text(instance, "ElementName", "What can be done with snapshots");
	cim_put_numbers(instance, "SynchronousMethodsSupported", 0, NULL);
	cim_put_numbers(instance, "AynchronousMethodsSupported", 0, NULL);
	cim_put_numbers(instance, "SnapshotTypesSupported", 0, NULL);
}

const struct broker_provider snapshot_capabilities = {
	.class = "KVRM_VirtualSystemSnapshotServiceCapabilities",
	.ns = CIM_ROOT,
	.each = each_capabilities,
	.keys = capabilities_keys,
	.fill = capabilities_fill,
};

static int each_system(const struct broker *broker, broker_visit *visit, void *data)
{
	return profile_each_system(broker, &system_snapshots, visit, data);
}

static bool find_system(const struct broker *broker, const struct cim_path *path,
			struct broker_element *ret)
{
	const char *rest;

	*ret = (struct broker_element){ .provider = &system_snapshots };
	ret->object = profile_find_uuid(broker, cim_path_text(path, "InstanceID"), &rest);
	return ret->object;
}

static void system_keys(const struct broker *broker, const struct broker_element *element,
			struct cim_instance *instance)
{
	const struct system *system = element->object;

	cim_put_format(instance, "InstanceID", PROFILE_PREFIX "%s/snapshots",
		       system->definition->uuid);
}

static void system_fill(const struct broker *broker, const struct broker_element *element,
			struct cim_instance *instance)
{
	cim_put_text(instance, "ElementName", "Snapshots of a virtual system");
	cim_put_numbers(instance, "SnapshotTypesEnabled", 0, NULL);
	cim_put_bool(instance, "GuestOSNotificationEnabled", false);
}

const struct broker_provider system_snapshots = {
	.class = "KVRM_VirtualSystemSnapshotCapabilities",
	.ns = CIM_ROOT,
	.each = each_system,
	.find = find_system,
	.keys = system_keys,
	.fill = system_fill,
};

static int to_service(const struct broker *broker, const struct broker_element *from,
		      broker_visit *visit, void *data)
{
	return profile_each_one(&snapshot_service, visit, data);
}

static int to_capabilities(const struct broker *broker, const struct broker_element *from,
			   broker_visit *visit, void *data)
{
	return profile_each_one(&snapshot_capabilities, visit, data);
}

static int to_snapshots(const struct broker *broker, const struct broker_element *from,
			broker_visit *visit, void *data)
{
	return visit(&(struct broker_element){ .provider = &system_snapshots,
					       .object = from->object },
		     data);
}

static int from_snapshots(const struct broker *broker, const struct broker_element *from,
			  broker_visit *visit, void *data)
{
	const struct broker_element system = profile_system_element(from->object);

	return visit(&system, data);
}

static const struct broker_provider *const providers[] = { &snapshot_service,
							   &snapshot_capabilities,
							   &system_snapshots };

static const struct broker_link links[] = {
	{ .class = "CIM_HostedService",
	  .roles = { "Antecedent", "Dependent" },
	  .ends = { &host_system, &snapshot_service },
	  .others = { to_service, profile_to_host } },
	{ .class = "CIM_ElementCapabilities",
	  .roles = { "ManagedElement", "Capabilities" },
	  .ends = { &snapshot_service, &snapshot_capabilities },
	  .others = { to_capabilities, to_service },
	  .fill = profile_fill_default },
	{ .class = "CIM_ElementCapabilities",
	  .roles = { "ManagedElement", "Capabilities" },
	  .ends = { &virtual_system, &system_snapshots },
	  .others = { to_snapshots, from_snapshots } },
	{ .class = "CIM_ServiceAffectsElement",
	  .roles = { "AffectedElement", "AffectingElement" },
	  .ends = { &virtual_system, &snapshot_service },
	  .others = { to_service, profile_to_systems },
	  .fill = profile_fill_manages },
};

const struct broker_profile profile_dsp1042_snapshot = { providers,
							 sizeof(providers) / sizeof(providers[0]),
							 links, sizeof(links) / sizeof(links[0]) };
