// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DSP1054, indications: the service that delivers them, and who has subscribed to which filter. A subscription is made
 * by the protocol that delivers, and ends with the connection that made it.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/profile/indication.h"
#include "daemon/profile/setting.h"

/* What happens to a subscription that nothing can be delivered for. */
#define REMOVE 2

static void service_fill(const struct broker *broker, const struct broker_element *element,
			 struct cim_instance *instance)
{
	profile_service_fill(broker, element, instance);
	cim_put_bool(instance, "FilterCreationEnabled", true);
	cim_put_number(instance, "DeliveryRetryAttempts", 0);
	cim_put_number(instance, "DeliveryRetryInterval", 0);
	cim_put_number(instance, "SubscriptionRemovalAction", REMOVE);
	cim_put_number(instance, "SubscriptionRemovalTimeInterval", 0);
}

const struct broker_provider indication_service = {
	.class = "KVRM_IndicationService",
	.ns = CIM_INTEROP,
	.data = &(const struct profile_service){ "indications", "Indications" },
	.keys = profile_service_keys,
	.fill = service_fill,
};

static void capabilities_fill(const struct broker *broker, const struct broker_element *element,
			      struct cim_instance *instance)
{
	static const char *const settable[] = {
		"FilterCreationEnabledIsSettable",	     "DeliveryRetryAttemptsIsSettable",
		"DeliveryRetryIntervalIsSettable",	     "SubscriptionRemovalActionIsSettable",
		"SubscriptionRemovalTimeIntervalIsSettable",
	};

	cim_put_text(instance, "ElementName", "What the service for indications can do");
	for (size_t i = 0; i < sizeof(settable) / sizeof(settable[0]); i++)
		cim_put_bool(instance, settable[i], false);
	cim_put_number(instance, "MaxListenerDestinations", PROFILE_SUBSCRIPTIONS_MAX);
	cim_put_number(instance, "MaxActiveSubscriptions", PROFILE_SUBSCRIPTIONS_MAX);
	cim_put_bool(instance, "SubscriptionsPersisted", false);
}

const struct broker_provider indication_capabilities = {
	.class = "KVRM_IndicationServiceCapabilities",
	.ns = CIM_INTEROP,
	.data = "indication-capabilities",
	.keys = profile_id_keys,
	.fill = capabilities_fill,
};

static const struct profile_subscription *first(const struct broker *broker)
{
	const struct profile_indications *i = profile_env(broker)->indications;

	return i ? i->subscriptions : NULL;
}

static int visit_destination(const struct profile_subscription *s, broker_visit *visit, void *data)
{
	return visit(&(struct broker_element){ .provider = &listener_destination, .object = s },
		     data);
}

static int each_destination(const struct broker *broker, const struct broker_provider *provider,
			    broker_visit *visit, void *data)
{
	int r = 0;

	for (const struct profile_subscription *s = first(broker); !r && s; s = s->next)
		r = visit_destination(s, visit, data);
	return r;
}

static void destination_keys(const struct broker *broker, const struct broker_element *element,
			     struct cim_instance *instance)
{
	const struct profile_subscription *s = element->object;

	profile_put_host(broker, instance);
	cim_put_format(instance, "Name", PROFILE_PREFIX "subscription/%" PRIu64, s->id);
}

static void destination_fill(const struct broker *broker, const struct broker_element *element,
			     struct cim_instance *instance)
{
	const struct profile_subscription *s = element->object;

	cim_put_format(instance, "ElementName", "Subscription %" PRIu64, s->id);
	cim_put_text(instance, "Destination", s->destination);
	/* Other than those that have a number; gone with its connection. */
	cim_put_number(instance, "Protocol", 1);
	cim_put_text(instance, "OtherProtocol", "D-Bus");
	cim_put_number(instance, "PersistenceType", 3);
}

const struct broker_provider listener_destination = {
	.class = "KVRM_ListenerDestination",
	.ns = CIM_INTEROP,
	.each = each_destination,
	.keys = destination_keys,
	.fill = destination_fill,
};

static int to_destinations(const struct broker *broker, const struct broker_element *from,
			   const struct broker_provider *to, broker_visit *visit, void *data)
{
	int r = 0;

	for (const struct profile_subscription *s = first(broker); !r && s; s = s->next) {
		if (s->filter == from->object)
			r = visit_destination(s, visit, data);
	}
	return r;
}

static int to_filter(const struct broker *broker, const struct broker_element *from,
		     const struct broker_provider *to, broker_visit *visit, void *data)
{
	const struct profile_subscription *s = from->object;

	return visit(&(struct broker_element){ .provider = to, .object = s->filter }, data);
}

static void fill_subscription(const struct broker *broker,
			      const struct broker_element *const ends[2],
			      struct cim_instance *instance)
{
	const struct profile_subscription *s = ends[1]->object;

	/* Enabled; removed when its connection is gone; each indication is told once. */
	cim_put_number(instance, "SubscriptionState", 2);
	cim_put_number(instance, "OnFatalErrorPolicy", 4);
	cim_put_number(instance, "RepeatNotificationPolicy", 2);
	cim_put_time(instance, "SubscriptionStartTime", s->since_us);
}

static const struct broker_provider *const providers[] = {
	&indication_service, &indication_capabilities, &indication_filter, &listener_destination
};

static const struct broker_link links[] = {
	{ .class = "CIM_HostedService",
	  .roles = { "Antecedent", "Dependent" },
	  .ends = { &host_system, &indication_service },
	  .both = true },
	PROFILE_DEFAULT_CAPABILITIES(indication_service, indication_capabilities),
	PROFILE_MANAGED(indication_filter, indication_service),
	PROFILE_MANAGED(listener_destination, indication_service),
	{ .class = "CIM_IndicationSubscription",
	  .roles = { "Filter", "Handler" },
	  .ends = { &indication_filter, &listener_destination },
	  .others = { to_destinations, to_filter },
	  .fill = fill_subscription },
};

const struct broker_profile profile_dsp1054 = { providers, sizeof(providers) / sizeof(providers[0]),
						links, sizeof(links) / sizeof(links[0]) };
