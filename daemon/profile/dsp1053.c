// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DSP1053, base metrics: what the metrics in the one metric table are, and the service that tells which there are.
 * Names are those of DSP8048 where it has one.
 */
#include <stdio.h>
#include <string.h>

#include "daemon/profile/metric.h"

/* As BaseMetricDefinition counts. */
enum {
	TYPE_STRING = 10,
	TYPE_UINT64 = 13,
	NON_CALCULABLE = 1,
	SUMMABLE = 2,
	NON_SUMMABLE = 3,
	CHANGE_NOT_APPLICABLE = 2,
	CHANGE_COUNTER = 3,
	CHANGE_GAUGE = 4,
	SCOPE_POINT = 2,
	SCOPE_STARTUP = 4,
	GATHERED_PERIODICALLY = 3,
	GATHERED_ON_REQUEST = 4,
};

/* As MetricServiceCapabilities counts methods. */
enum {
	SHOW_METRICS = 4,
	SHOW_METRICS_BY_CLASS = 5,
	GET_METRIC_VALUES = 6,
};

/* Units of the metric table; values are whole numbers, so the scale is part of the unit. */
static const struct unit {
	const char *unit;
	enum kvrm_metric_scale scale;
	const char *programmatic;
	const char *words;
} units[] = {
	{ "hertz", KVRM_METRIC_SCALE_ONE, "hertz", "Hertz" },
	{ "", KVRM_METRIC_SCALE_ONE, "count", "count" },
	{ "seconds", KVRM_METRIC_SCALE_NANO, "second * 10^-9", "nanoseconds" },
	{ "seconds", KVRM_METRIC_SCALE_MICRO, "second * 10^-6", "microseconds" },
	{ "cores", KVRM_METRIC_SCALE_MICRO, "percent / 10000", "millionths of a processor" },
	{ "bytes", KVRM_METRIC_SCALE_ONE, "byte", "bytes" },
	{ "bytes_per_second", KVRM_METRIC_SCALE_ONE, "byte / second", "bytes per second" },
	{ "packets_per_second", KVRM_METRIC_SCALE_ONE, "count / second", "packets per second" },
	{ "operations_per_second", KVRM_METRIC_SCALE_ONE, "count / second",
	  "operations per second" },
};

static const struct unit *unit_of(const struct metric_family *family)
{
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (units[i].scale == family->scale && !strcmp(units[i].unit, family->unit))
			return &units[i];
	}
	return NULL;
}

static int each(const struct broker *broker, const struct broker_provider *provider,
		broker_visit *visit, void *data)
{
	int r = 0;

	for (int metric = 0; !r && metric < KVRM_METRIC_COUNT; metric++) {
		const struct broker_element element = profile_metric_element(metric);

		r = visit(&element, data);
	}
	return r;
}

static void keys(const struct broker *broker, const struct broker_element *element,
		 struct cim_instance *instance)
{
	cim_put_format(instance, "Id", PROFILE_PREFIX "metric/%s",
		       metric_family(element->index)->name);
}

/* Labels that say which part of it a value is of, together as one dimension: values have them all. */
static void put_dimensions(struct cim_instance *instance, const struct metric_family *family)
{
	char labels[PROFILE_METRIC_TEXT], text[PROFILE_METRIC_TEXT] = "", *next = labels, *label;
	const char *const dimensions[] = { text };
	size_t n = 0;

	snprintf(labels, sizeof(labels), "%s", family->labels);
	while (*family->labels && (label = strsep(&next, ","))) {
		if (profile_metric_label(family, label) == PROFILE_LABEL_BREAKDOWN)
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s", n ? "," : "",
					      label);
	}
	cim_put_texts(instance, "BreakdownDimensions", n ? 1 : 0, dimensions);
}

static void put_number(struct cim_instance *instance, const struct metric_family *family)
{
	bool counter = metric_is_counted(family);
	/* Neither a point in time nor a number without a unit, a weight or a switch, is a part of a sum. */
	bool summable = counter || (*family->unit && strcmp(family->unit, "seconds") != 0);
	const struct unit *unit = unit_of(family);

	cim_put_number(instance, "DataType", TYPE_UINT64);
	cim_put_number(instance, "Calculable", summable ? SUMMABLE : NON_SUMMABLE);
	cim_put_bool(instance, "IsContinuous", true);
	cim_put_number(instance, "ChangeType", counter ? CHANGE_COUNTER : CHANGE_GAUGE);
	cim_put_number(instance, "TimeScope", counter ? SCOPE_STARTUP : SCOPE_POINT);
	/* A unit that the table has and this file has not: the instance is not shown without one. */
	instance->failed |= !unit;
	if (!unit)
		return;
	cim_put_text(instance, "ProgrammaticUnits", unit->programmatic);
	cim_put_text(instance, "Units", unit->words);
}

static void fill(const struct broker *broker, const struct broker_element *element,
		 struct cim_instance *instance)
{
	const struct metric_family *family = metric_family(element->index);

	cim_put_text(instance, "ElementName", family->name);
	cim_put_text(instance, "Name", profile_metric_name(element->index));
	cim_put_text(instance, "Description", family->help);
	cim_put_number(instance, "GatheringType",
		       metric_is_sampled(element->index) ? GATHERED_PERIODICALLY
							 : GATHERED_ON_REQUEST);
	put_dimensions(instance, family);
	if (metric_is_number(family)) {
		put_number(instance, family);
		return;
	}
	cim_put_number(instance, "DataType", TYPE_STRING);
	cim_put_number(instance, "Calculable", NON_CALCULABLE);
	cim_put_bool(instance, "IsContinuous", false);
	cim_put_number(instance, "ChangeType", CHANGE_NOT_APPLICABLE);
	cim_put_number(instance, "TimeScope", SCOPE_POINT);
}

const struct broker_provider metric_definition = {
	.class = "KVRM_BaseMetricDefinition",
	.ns = CIM_ROOT,
	.each = each,
	.keys = keys,
	.fill = fill,
};

static const struct broker_method service_methods[] = {
	{ "ShowMetrics", CIM_FAMILY_METRIC, BROKER_READ, profile_show_metrics },
	{ "ShowMetricsByClass", CIM_FAMILY_METRIC, BROKER_READ, profile_show_metrics_by_class },
	{ "ControlMetrics", CIM_FAMILY_METRIC, BROKER_MANAGE, profile_not_supported },
	{ "ControlMetricsByClass", CIM_FAMILY_METRIC, BROKER_MANAGE, profile_not_supported },
	{ "GetMetricValues", CIM_FAMILY_METRIC, BROKER_READ, profile_get_metric_values },
	{ "ControlSampleTimes", CIM_FAMILY_METRIC, BROKER_MANAGE, profile_not_supported },
};

static const struct broker_provider metric_service = {
	.class = "KVRM_MetricService",
	.ns = CIM_ROOT,
	.data = &(const struct profile_service){ "metrics", "Metrics" },
	.keys = profile_service_keys,
	.fill = profile_service_fill,
	.methods = service_methods,
	.n_methods = sizeof(service_methods) / sizeof(service_methods[0]),
};

static void capabilities_fill(const struct broker *broker, const struct broker_element *element,
			      struct cim_instance *instance)
{
	static const uint16_t methods[] = { SHOW_METRICS, SHOW_METRICS_BY_CLASS,
					    GET_METRIC_VALUES };

	cim_put_text(instance, "ElementName", "What can be done with metrics");
	cim_put_bool(instance, "ElementNameEditSupported", false);
	/* What is measured is measured all the time, and cannot be switched. */
	cim_put_texts(instance, "ControllableMetrics", 0, NULL);
	cim_put_numbers(instance, "MetricsControlTypes", 0, NULL);
	cim_put_texts(instance, "ControllableManagedElements", 0, NULL);
	cim_put_numbers(instance, "ManagedElementControlTypes", 0, NULL);
	cim_put_numbers(instance, "SupportedMethods", sizeof(methods) / sizeof(methods[0]),
			methods);
}

static const struct broker_provider metric_capabilities = {
	.class = "KVRM_MetricServiceCapabilities",
	.ns = CIM_ROOT,
	.data = "metric-capabilities",
	.keys = profile_id_keys,
	.fill = capabilities_fill,
};

static int to_definitions(const struct broker *broker, const struct broker_element *from,
			  const struct broker_provider *to, broker_visit *visit, void *data)
{
	return profile_metrics_of(from, visit, data);
}

/**
 * struct of - visiting elements of one provider
 * @provider: of them
 * @visit: visited with
 * @data: for @visit
 */
struct of {
	const struct broker_provider *provider;
	broker_visit *visit;
	void *data;
};

static int on_element(const struct broker_element *element, void *data)
{
	const struct of *of = data;

	return element->provider == of->provider ? of->visit(element, of->data) : 0;
}

static int from_definition(const struct broker *broker, const struct broker_element *from,
			   const struct broker_provider *to, broker_visit *visit, void *data)
{
	struct of of = { to, visit, data };

	return profile_metric_elements(broker, from->index, on_element, &of);
}

static int to_values(const struct broker *broker, const struct broker_element *from,
		     const struct broker_provider *to, broker_visit *visit, void *data)
{
	int r = 0;

	for (int metric = 0; !r && metric < KVRM_METRIC_COUNT; metric++) {
		if (profile_metric_is_of(metric, from))
			r = profile_metric_values_of(broker, metric, from->object, visit, data);
	}
	return r;
}

/* A pool's element is one of two, by its part. */
static int from_value(const struct broker *broker, const struct broker_element *from,
		      const struct broker_provider *to, broker_visit *visit, void *data)
{
	struct broker_element element = { .provider = to, .object = from->object };
	unsigned int parts = to == &resource_pool ? 2 : 1;
	int r = 0;

	for (; !r && element.part < parts; element.part++) {
		if (profile_metric_is_of(from->part, &element))
			r = visit(&element, data);
	}
	return r;
}

static int definition_to_values(const struct broker *broker, const struct broker_element *from,
				const struct broker_provider *to, broker_visit *visit, void *data)
{
	return profile_metric_values(broker, from->index, visit, data);
}

static int value_to_definition(const struct broker *broker, const struct broker_element *from,
			       const struct broker_provider *to, broker_visit *visit, void *data)
{
	const struct broker_element definition = profile_metric_element(from->part);

	return visit(&definition, data);
}

static void fill_enabled(const struct broker *broker, const struct broker_element *const ends[2],
			 struct cim_instance *instance)
{
	cim_put_number(instance, "MetricCollectionEnabled", PROFILE_METRIC_ENABLED);
}

static const struct broker_provider *const providers[] = { &metric_definition, &metric_value,
							   &metric_service, &metric_capabilities };

#define MEASURED(element)                                                                          \
	{ .class = "CIM_MetricDefForME",                                                           \
	  .roles = { "Antecedent", "Dependent" },                                                  \
	  .ends = { &(element), &metric_definition },                                              \
	  .others = { to_definitions, from_definition },                                           \
	  .fill = fill_enabled },                                                                  \
	{                                                                                          \
		.class = "CIM_MetricForME", .roles = { "Antecedent", "Dependent" },                \
		.ends = { &(element), &metric_value }, .others = {                                 \
			to_values,                                                                 \
			from_value                                                                 \
		}                                                                                  \
	}

static const struct broker_link links[] = {
	MEASURED(host_system),
	MEASURED(virtual_system),
	MEASURED(resource_pool),
	{ .class = "CIM_MetricInstance",
	  .roles = { "Antecedent", "Dependent" },
	  .ends = { &metric_definition, &metric_value },
	  .others = { definition_to_values, value_to_definition } },
	PROFILE_HOSTED_SERVICE(metric_service),
	PROFILE_DEFAULT_CAPABILITIES(metric_service, metric_capabilities),
	PROFILE_MANAGED(metric_definition, metric_service),
};

const struct broker_profile profile_dsp1053 = { providers, sizeof(providers) / sizeof(providers[0]),
						links, sizeof(links) / sizeof(links[0]) };
