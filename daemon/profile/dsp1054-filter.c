// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DSP1054's filters: kvrm's own, and those that clients make and remove. The latter are kept as long as kvrmd runs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/profile/indication.h"
#include "daemon/profile/setting.h"
#include "daemon/util/text.h"

#define CQL	   "DMTF:CQL"
#define WQL	   "WQL"
#define LIFE_CYCLE "SELECT * FROM CIM_InstIndication WHERE SourceInstance ISA "
#define CHANGES(id, words, of)                                                                     \
	{ .name = PROFILE_PREFIX id,                                                               \
	  .title = words,                                                                          \
	  .class = of,                                                                             \
	  .query = LIFE_CYCLE of,                                                                  \
	  .language = CQL }

static const struct profile_filter filters[] = {
	CHANGES("systems", "Virtual systems", "CIM_ComputerSystem"),
	CHANGES("settings", "Settings of virtual systems, resources and pools", "CIM_SettingData"),
	CHANGES("pools", "Pools", "CIM_ResourcePool"),
	CHANGES("jobs", "Jobs", "CIM_ConcreteJob"),
	{ .name = PROFILE_PREFIX "alerts",
	  .title = "Alerts",
	  .query = "SELECT * FROM CIM_AlertIndication",
	  .language = CQL },
};
#define N_FILTERS (sizeof(filters) / sizeof(filters[0]))

/* The one behind one, or the first one behind NULL; NULL: there is none. */
static const struct profile_filter *next_filter(const struct broker *broker,
						const struct profile_filter *filter)
{
	const struct profile_indications *i = profile_env(broker)->indications;

	if (!filter)
		return &filters[0];
	if (filter->made)
		return filter->next;
	if (filter < &filters[N_FILTERS - 1])
		return filter + 1;
	return i ? i->filters : NULL;
}

/**
 * profile_find_filter() - a filter
 * @broker: broker
 * @name: of the filter
 *
 * Return: NULL if there is none.
 */
const struct profile_filter *profile_find_filter(const struct broker *broker, const char *name)
{
	const struct profile_filter *filter = next_filter(broker, NULL);

	while (filter && strcmp(filter->name, name))
		filter = next_filter(broker, filter);
	return filter;
}

/**
 * profile_filter_passes() - whether something passes a filter
 * @filter: any
 * @source: instance that has changed; NULL: it is an alert
 * @indication: tells of it; NULL: there was no memory for it, and whom it may have been for has lost it
 */
bool profile_filter_passes(const struct profile_filter *filter, const struct cim_instance *source,
			   const struct cim_instance *indication)
{
	if (filter->made)
		return !indication || query_passes(filter->made, indication);
	if (!source || !filter->class)
		return !source && !filter->class;
	return schema_class_is_a(source->class, schema_class_find(filter->class));
}

static void filter_free(struct profile_filter *filter)
{
	query_free(filter->made);
	free((char *)filter->name);
	free((char *)filter->title);
	free((char *)filter->query);
	free((char *)filter->language);
	free(filter);
}

/**
 * profile_free_filters() - forget the filters that clients made
 * @indications: without subscriptions
 */
void profile_free_filters(struct profile_indications *indications)
{
	while (indications->filters) {
		struct profile_filter *filter = indications->filters;

		indications->filters = filter->next;
		filter_free(filter);
	}
}

static int each_filter(const struct broker *broker, const struct broker_provider *provider,
		       broker_visit *visit, void *data)
{
	const struct profile_filter *filter = NULL;
	int r = 0;

	while (!r && (filter = next_filter(broker, filter)))
		r = visit(&(struct broker_element){ .provider = provider, .object = filter }, data);
	return r;
}

static void filter_keys(const struct broker *broker, const struct broker_element *element,
			struct cim_instance *instance)
{
	const struct profile_filter *filter = element->object;

	profile_put_host(broker, instance);
	cim_put_text(instance, "Name", filter->name);
}

static void filter_fill(const struct broker *broker, const struct broker_element *element,
			struct cim_instance *instance)
{
	const struct profile_filter *filter = element->object;
	const char *const namespaces[] = { cim_namespace_name(CIM_ROOT) };

	cim_put_text(instance, "ElementName", filter->title);
	cim_put_texts(instance, "SourceNamespaces", 1, namespaces);
	cim_put_text(instance, "Query", filter->query);
	cim_put_text(instance, "QueryLanguage", filter->language);
	cim_put_bool(instance, "IndividualSubscriptionSupported", true);
}

static int check_room(const struct profile_indications *i, struct cim_error *error)
{
	char number[24];
	size_t n = 0;

	for (const struct profile_filter *filter = i->filters; filter; filter = filter->next)
		n++;
	if (n < PROFILE_FILTERS_MAX)
		return 0;
	snprintf(number, sizeof(number), "%zu", n);
	return cim_fail(error, CIM_MESSAGE_TOO_MANY_FILTERS, number);
}

static int check_name(const struct broker *broker, const char *name, struct cim_error *error)
{
	char text[320];

	if (!*name || !strncmp(name, PROFILE_PREFIX, strlen(PROFILE_PREFIX)))
		return cim_fail(error, CIM_MESSAGE_UNUSABLE, "Name", *name ? name : "an empty one",
				"a client's name begins with a prefix of the client's");
	if (!profile_find_filter(broker, name))
		return 0;
	snprintf(text, sizeof(text), "Name: there is a filter '%s' already.", name);
	return cim_fail(error, CIM_MESSAGE_EXISTS, text);
}

static int check_language(const char *language, struct cim_error *error)
{
	if (!language)
		return cim_fail(error, CIM_MESSAGE_MISSING, "QueryLanguage");
	if (!strcmp(language, CQL) || !strcmp(language, WQL))
		return 0;
	return cim_fail(error, CIM_MESSAGE_QUERY_LANGUAGE, language);
}

/* A copy of a client's name, or one of kvrm's. */
static char *name_of(const char *wanted)
{
	char name[64] = PROFILE_PREFIX "filter/";

	if (wanted)
		return strdup(wanted);
	text_uuid_new(name + strlen(name));
	return strdup(name);
}

static int filter_new(const struct cim_instance *wanted, struct profile_filter **ret,
		      struct cim_error *error)
{
	const char *query = cim_get_text(wanted, "Query");
	const char *title = cim_get_text(wanted, "ElementName");
	struct profile_filter *filter = calloc(1, sizeof(*filter));
	int status;

	if (!filter)
		return cim_fail_memory(error);
	filter->name = name_of(cim_get_text(wanted, "Name"));
	filter->title = strdup(title ? title : "A client's filter");
	filter->query = strdup(query);
	filter->language = strdup(cim_get_text(wanted, "QueryLanguage"));
	status = query_parse(query, &filter->made, error);
	if (!status && (!filter->name || !filter->title || !filter->query || !filter->language))
		status = cim_fail_memory(error);
	if (status)
		filter_free(filter);
	else
		*ret = filter;
	return status;
}

/* What a client says has to be so: nothing is ignored. */
static int check_told(const struct broker *broker, const struct broker_element *element,
		      const struct cim_instance *wanted, struct cim_error *error)
{
	_cleanup_instance_ struct cim_instance *is = broker_instance(broker, element);

	if (!is)
		return cim_fail_memory(error);
	for (size_t i = 0; i < wanted->class->n_properties; i++) {
		if (wanted->values[i].state == CIM_VALUE &&
		    !cim_value_equal(&wanted->values[i], &is->values[i]))
			return cim_fail(error, CIM_MESSAGE_UNUSABLE,
					wanted->class->properties[i]->name, "the value",
					"kvrm's filters have another one");
	}
	return 0;
}

static int filter_create(const struct broker *broker, const struct cim_instance *wanted,
			 struct cim_path **ret, struct cim_error *error)
{
	struct profile_indications *i = profile_env(broker)->indications;
	const char *name = cim_get_text(wanted, "Name");
	struct broker_element element = { .provider = &indication_filter };
	struct profile_filter *filter = NULL;
	int status = i ? check_room(i, error)
		       : cim_fail(error, CIM_MESSAGE_NO_OPERATION, wanted->class->name, "created");

	if (!status && name)
		status = check_name(broker, name, error);
	if (!status && !cim_get_text(wanted, "Query"))
		status = cim_fail(error, CIM_MESSAGE_MISSING, "Query");
	if (!status)
		status = check_language(cim_get_text(wanted, "QueryLanguage"), error);
	if (!status)
		status = filter_new(wanted, &filter, error);
	if (status)
		return status;
	element.object = filter;
	status = check_told(broker, &element, wanted, error);
	if (!status) {
		*ret = broker_path(broker, &element);
		status = *ret ? 0 : cim_fail_memory(error);
	}
	if (status) {
		filter_free(filter);
		return status;
	}
	filter->next = i->filters;
	i->filters = filter;
	return 0;
}

static int filter_remove(const struct broker *broker, const struct broker_element *element,
			 struct cim_error *error)
{
	struct profile_indications *i = profile_env(broker)->indications;
	struct profile_filter *filter = (struct profile_filter *)element->object;
	struct profile_filter **at = &i->filters;

	if (!filter->made)
		return cim_fail(error, CIM_MESSAGE_NO_OPERATION, "kvrm's own filters", "removed");
	for (const struct profile_subscription *s = i->subscriptions; s; s = s->next) {
		if (s->filter == filter)
			return cim_fail(error, CIM_MESSAGE_IN_USE,
					"There are subscriptions to the filter.");
	}
	while (*at != filter)
		at = &(*at)->next;
	*at = filter->next;
	filter_free(filter);
	return 0;
}

const struct broker_provider indication_filter = {
	.class = "CIM_IndicationFilter",
	.ns = CIM_INTEROP,
	.each = each_filter,
	.keys = filter_keys,
	.fill = filter_fill,
	.create = filter_create,
	.remove = filter_remove,
};
