// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DSP1042's part on snapshots: a service that is there, and says that it supports nothing.
 */
#include "daemon/profile/profile.h"

static const struct broker_method service_methods[] = {
	{ "CreateSnapshot", CIM_FAMILY_SERVICE, BROKER_MANAGE, profile_not_supported },
	{ "DestroySnapshot", CIM_FAMILY_SERVICE, BROKER_MANAGE, profile_not_supported },
	{ "ApplySnapshot", CIM_FAMILY_SERVICE, BROKER_MANAGE, profile_not_supported },
};

const struct broker_provider snapshot_service = {
	.class = "KVRM_VirtualSystemSnapshotService",
	.ns = CIM_ROOT,
	.data = &(const struct profile_service){ "snapshot", "Snapshots of virtual systems" },
	.keys = profile_service_keys,
	.fill = profile_service_fill,
	.methods = service_methods,
	.n_methods = sizeof(service_methods) / sizeof(service_methods[0]),
};

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
	.data = "snapshot-capabilities",
	.keys = profile_id_keys,
	.fill = capabilities_fill,
};

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
	.data = "/snapshots",
	.each = profile_each_system,
	.find = profile_find_system_part,
	.keys = profile_system_id_keys,
	.fill = system_fill,
};

static const struct broker_provider *const providers[] = { &snapshot_service,
							   &snapshot_capabilities,
							   &system_snapshots };

static const struct broker_link links[] = {
	PROFILE_HOSTED_SERVICE(snapshot_service),
	PROFILE_DEFAULT_CAPABILITIES(snapshot_service, snapshot_capabilities),
	{ .class = "CIM_ElementCapabilities",
	  .roles = { "ManagedElement", "Capabilities" },
	  .ends = { &virtual_system, &system_snapshots },
	  .others = { profile_same_object, profile_same_object } },
	PROFILE_MANAGED(virtual_system, snapshot_service),
};

const struct broker_profile profile_dsp1042_snapshot = { providers,
							 sizeof(providers) / sizeof(providers[0]),
							 links, sizeof(links) / sizeof(links[0]) };
