// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DSP1033, profile registration: which profiles are followed, which of them use which, and by what. It is where
 * a client begins.
 */
#include <string.h>

#include "daemon/profile/profile.h"

#define DMTF	       2
#define NOT_ADVERTISED 2
/* Of one profile; the rest are 0. */
#define REFERENCES_MAX 12
#define CENTRAL_MAX    4
#define ANY	       (~0u)

/**
 * struct registration - a profile that is followed
 * @dsp: number of its document
 * @id: last part of its InstanceID
 * @name: registered name
 * @version: of the document
 * @central: who tells of its central instances, up to a NULL
 * @part: of them only those with this part; ANY: all
 * @references: numbers of the profiles that it uses
 */
struct registration {
	unsigned int dsp;
	const char *id;
	const char *name;
	const char *version;
	const struct broker_provider *central[CENTRAL_MAX];
	unsigned int part;
	unsigned int references[REFERENCES_MAX];
};

#define OF(...) { __VA_ARGS__ }
#define PROFILE(number, words, text, release, providers, of, ...)                                  \
	{                                                                                          \
		number, "DSP" #number "-" words "-" release, text, release, providers, of,         \
		{                                                                                  \
			__VA_ARGS__                                                                \
		}                                                                                  \
	}

static const struct registration registrations[] = {
	PROFILE(1033, "ProfileRegistration", "Profile Registration", "1.0.0",
		OF(&registered_profile), ANY, 0),
	PROFILE(1041, "ResourceAllocation", "Resource Allocation", "1.1.0",
		OF(&resource_pool, &disk_pool, &adapter_pool, &serial_pool), ANY, 1033, 1043),
	PROFILE(1042, "SystemVirtualization", "System Virtualization", "1.0.0", OF(&host_system),
		ANY, 1033, 1041, 1043, 1044, 1045, 1047, 1050, 1053, 1054, 1057, 1059, 1103),
	PROFILE(1043, "AllocationCapabilities", "Allocation Capabilities", "1.0.0",
		OF(&allocation_capabilities), ANY, 1033),
	PROFILE(1044, "ProcessorResourceVirtualization", "Processor Resource Virtualization",
		"1.0.0", OF(&resource_pool), 0, 1033, 1041, 1043),
	PROFILE(1045, "MemoryResourceVirtualization", "Memory Resource Virtualization", "1.0.0",
		OF(&resource_pool), 1, 1033, 1041, 1043),
	PROFILE(1047, "StorageResourceVirtualization", "Storage Resource Virtualization", "1.0.0",
		OF(&disk_pool), ANY, 1033, 1041, 1043),
	PROFILE(1050, "EthernetPortResourceVirtualization", "Ethernet Port Resource Virtualization",
		"1.0.0", OF(&adapter_pool), ANY, 1033, 1041, 1043),
	PROFILE(1053, "BaseMetrics", "Base Metrics", "1.0.1", OF(&metric_definition), ANY, 1033),
	PROFILE(1054, "Indications", "Indications", "1.2.0", OF(&indication_service), ANY, 1033),
	PROFILE(1057, "VirtualSystem", "Virtual System", "1.0.0", OF(&virtual_system), ANY, 1033,
		1053, 1103),
	PROFILE(1059, "GenericDeviceResourceVirtualization",
		"Generic Device Resource Virtualization", "1.0.0", OF(&serial_pool), ANY, 1033,
		1041, 1043),
	PROFILE(1103, "JobControl", "Job Control", "1.0.0", OF(&concrete_job), ANY, 1033),
};
#define N_REGISTRATIONS (sizeof(registrations) / sizeof(registrations[0]))

static int each(const struct broker *broker, const struct broker_provider *provider,
		broker_visit *visit, void *data)
{
	int r = 0;

	for (size_t i = 0; !r && i < N_REGISTRATIONS; i++)
		r = visit(&(struct broker_element){ .provider = &registered_profile, .index = i },
			  data);
	return r;
}

static void keys(const struct broker *broker, const struct broker_element *element,
		 struct cim_instance *instance)
{
	cim_put_format(instance, "InstanceID", PROFILE_PREFIX "%s",
		       registrations[element->index].id);
}

static void fill(const struct broker *broker, const struct broker_element *element,
		 struct cim_instance *instance)
{
	const struct registration *r = &registrations[element->index];
	static const uint16_t types[] = { NOT_ADVERTISED };

	cim_put_text(instance, "ElementName", r->name);
	cim_put_number(instance, "SpecificationType", 2);
	cim_put_number(instance, "RegisteredOrganization", DMTF);
	cim_put_text(instance, "RegisteredName", r->name);
	cim_put_text(instance, "RegisteredVersion", r->version);
	cim_put_numbers(instance, "AdvertiseTypes", 1, types);
}

/**
 * struct central - visiting central instances
 * @part: only those with this one; ANY: all
 * @visit: visited with
 * @data: for @visit
 */
struct central {
	unsigned int part;
	broker_visit *visit;
	void *data;
};

static int on_instance(const struct broker_element *element, void *data)
{
	struct central *central = data;

	if (central->part != ANY && element->part != central->part)
		return 0;
	return central->visit(element, central->data);
}

static bool is_central(const struct registration *r, const struct broker_provider *provider)
{
	for (size_t i = 0; i < CENTRAL_MAX; i++) {
		if (r->central[i] == provider)
			return true;
	}
	return false;
}

/* A row of the association is for one provider: only its instances count there. */
static int to_central(const struct broker *broker, const struct broker_element *from,
		      const struct broker_provider *to, broker_visit *visit, void *data)
{
	const struct registration *r = &registrations[from->index];
	struct central central = { r->part, visit, data };

	return is_central(r, to) ? broker_each(broker, to, on_instance, &central) : 0;
}

static int from_central(const struct broker *broker, const struct broker_element *from,
			const struct broker_provider *to, broker_visit *visit, void *data)
{
	int result = 0;

	for (size_t i = 0; !result && i < N_REGISTRATIONS; i++) {
		const struct registration *r = &registrations[i];

		if (is_central(r, from->provider) && (r->part == ANY || r->part == from->part))
			result = visit(&(struct broker_element){ .provider = &registered_profile,
								 .index = i },
				       data);
	}
	return result;
}

static bool uses(size_t user, size_t used)
{
	for (size_t i = 0; i < REFERENCES_MAX && registrations[user].references[i]; i++) {
		if (registrations[user].references[i] == registrations[used].dsp)
			return true;
	}
	return false;
}

/* From a profile to those that use it, and to those that it uses. */
static int to_users(const struct broker *broker, const struct broker_element *from,
		    const struct broker_provider *to, broker_visit *visit, void *data)
{
	int r = 0;

	for (size_t i = 0; !r && i < N_REGISTRATIONS; i++) {
		if (uses(i, from->index))
			r = visit(&(struct broker_element){ .provider = &registered_profile,
							    .index = i },
				  data);
	}
	return r;
}

static int to_used(const struct broker *broker, const struct broker_element *from,
		   const struct broker_provider *to, broker_visit *visit, void *data)
{
	int r = 0;

	for (size_t i = 0; !r && i < N_REGISTRATIONS; i++) {
		if (uses(from->index, i))
			r = visit(&(struct broker_element){ .provider = &registered_profile,
							    .index = i },
				  data);
	}
	return r;
}

static int count(const struct broker_element *element, void *data)
{
	++*(size_t *)data;
	return 0;
}

static int add_central(const struct broker_element *element, void *data)
{
	struct broker_call *call = data;

	return broker_add_path(call, "CentralInstances", broker_path(call->broker, element));
}

/* Central instances of all providers. */
static int each_central(const struct broker *broker, const struct broker_element *of,
			broker_visit *visit, void *data)
{
	const struct registration *r = &registrations[of->index];
	int result = 0;

	for (size_t i = 0; !result && i < CENTRAL_MAX && r->central[i]; i++)
		result = to_central(broker, of, r->central[i], visit, data);
	return result;
}

static void get_central_instances(struct broker_call *call, const struct broker_element *element)
{
	struct cim_error error = { 0 };
	size_t n = 0;

	each_central(call->broker, element, count, &n);
	if (broker_give_array(call, "CentralInstances", SCHEMA_REFERENCE, n) ||
	    each_central(call->broker, element, add_central, call)) {
		cim_fail_memory(&error);
		broker_refuse(call, &error);
		return;
	}
	broker_return(call, CIM_RETURN_OK);
}

static const struct broker_method methods[] = {
	{ "GetCentralInstances", CIM_FAMILY_PLAIN, BROKER_READ, get_central_instances },
};

const struct broker_provider registered_profile = {
	.class = "KVRM_RegisteredProfile",
	.ns = CIM_INTEROP,
	.each = each,
	.keys = keys,
	.fill = fill,
	.methods = methods,
	.n_methods = sizeof(methods) / sizeof(methods[0]),
};

static const struct broker_provider *const providers[] = { &registered_profile };

#define CONFORMS(what, in_both)                                                                    \
	{ .class = "CIM_ElementConformsToProfile",                                                 \
	  .roles = { "ConformantStandard", "ManagedElement" },                                     \
	  .ends = { &registered_profile, &(what) },                                                \
	  .others = { to_central, from_central },                                                  \
	  .both = in_both }

static const struct broker_link links[] = {
	{ .class = "CIM_ReferencedProfile",
	  .roles = { "Antecedent", "Dependent" },
	  .ends = { &registered_profile, &registered_profile },
	  .others = { to_users, to_used } },
	CONFORMS(host_system, true),
	CONFORMS(virtual_system, true),
	CONFORMS(resource_pool, true),
	CONFORMS(disk_pool, true),
	CONFORMS(adapter_pool, true),
	CONFORMS(serial_pool, true),
	CONFORMS(allocation_capabilities, true),
	CONFORMS(metric_definition, true),
	CONFORMS(concrete_job, true),
	CONFORMS(indication_service, false),
	CONFORMS(registered_profile, false),
};

const struct broker_profile profile_dsp1033 = { providers, sizeof(providers) / sizeof(providers[0]),
						links, sizeof(links) / sizeof(links[0]) };
