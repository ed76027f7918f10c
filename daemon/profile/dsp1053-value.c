// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DSP1053: values of metrics, from the same points that are served as OpenMetrics. What is not known has no value.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "daemon/broker/datetime.h"
#include "daemon/profile/metric.h"
#include "daemon/util/clock.h"

#define ID_PREFIX PROFILE_PREFIX "metric/"

/* Names or values of those labels of a point that are of a kind, in a row; "=" between both if both are wanted. */
static const char *join(const struct metric_point *point, enum profile_label kind, bool names,
			bool values, char buf[static PROFILE_METRIC_TEXT])
{
	size_t n = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < METRIC_LABELS_MAX && point->labels[i].name; i++) {
		const struct metric_label *label = &point->labels[i];

		if (profile_metric_label(point->family, label->name) != kind)
			continue;
		n += (size_t)snprintf(buf + n, PROFILE_METRIC_TEXT - n, "%s%s%s%s", n ? "," : "",
				      names ? label->name : "", names && values ? "=" : "",
				      values ? label->value : "");
		if (n >= PROFILE_METRIC_TEXT)
			break;
	}
	return buf;
}

static const char *name_of(const struct host *host, const struct broker_element *element)
{
	enum profile_subject subject = profile_metric_subject(element->part);

	if (subject == PROFILE_OF_SYSTEM)
		return ((const struct system *)element->object)->definition->name;
	if (subject == PROFILE_OF_POOL)
		return ((const struct pool *)element->object)->definition->name;
	return host->name;
}

/* What is in the InstanceID for what it is of. */
static const char *id_of(const struct broker_element *element)
{
	enum profile_subject subject = profile_metric_subject(element->part);

	if (subject == PROFILE_OF_SYSTEM)
		return ((const struct system *)element->object)->definition->uuid;
	if (subject == PROFILE_OF_POOL)
		return ((const struct pool *)element->object)->definition->name;
	return "host";
}

/**
 * struct visits - visiting values of one metric of one thing
 * @element: of the next
 * @visit: visited with
 * @data: for @visit
 * @result: what ended it
 */
struct visits {
	struct broker_element element;
	broker_visit *visit;
	void *data;
	int result;
};

static void on_point(const struct metric_point *point, void *data)
{
	struct visits *v = data;

	if (!v->result)
		v->result = v->visit(&v->element, v->data);
	v->element.index++;
}

/**
 * profile_metric_values_of() - visit the values of a metric of one thing
 * @broker: broker
 * @metric: which
 * @object: a virtual system or a pool; NULL: the host
 * @visit: visited with
 * @data: for @visit
 *
 * Return: 0 or what ended it.
 */
int profile_metric_values_of(const struct broker *broker, enum kvrm_metric metric,
			     const void *object, broker_visit *visit, void *data)
{
	struct visits visits = {
		.element = { .provider = &metric_value, .object = object, .part = metric },
		.visit = visit,
		.data = data,
	};

	profile_metric_points(profile_env(broker)->host, object, metric, on_point, &visits);
	return visits.result;
}

/**
 * profile_metric_values() - visit all values of a metric
 * @broker: broker
 * @metric: which
 * @visit: visited with
 * @data: for @visit
 *
 * Return: 0 or what ended it.
 */
int profile_metric_values(const struct broker *broker, enum kvrm_metric metric, broker_visit *visit,
			  void *data)
{
	const struct host *host = profile_env(broker)->host;
	enum profile_subject subject = profile_metric_subject(metric);
	int r = 0;

	if (subject == PROFILE_OF_HOST)
		return profile_metric_values_of(broker, metric, NULL, visit, data);
	if (subject == PROFILE_OF_SYSTEM) {
		for (size_t i = 0; !r && i < host->n_systems; i++)
			r = profile_metric_values_of(broker, metric, host->systems[i], visit, data);
		return r;
	}
	for (size_t i = 0; !r && i < host->n_pools; i++)
		r = profile_metric_values_of(broker, metric, host->pools[i], visit, data);
	return r;
}

static int each(const struct broker *broker, const struct broker_provider *provider,
		broker_visit *visit, void *data)
{
	int r = 0;

	for (int metric = 0; !r && metric < KVRM_METRIC_COUNT; metric++)
		r = profile_metric_values(broker, metric, visit, data);
	return r;
}

/**
 * struct nth - doing something with one of the points
 * @left: points before it
 * @what: does it
 * @broker: for @what
 * @element: likewise
 * @data: likewise
 */
struct nth {
	size_t left;
	void (*what)(const struct nth *nth, const struct metric_point *point);
	const struct broker *broker;
	const struct broker_element *element;
	void *data;
};

static void on_nth(const struct metric_point *point, void *data)
{
	struct nth *nth = data;

	if (!nth->left--)
		nth->what(nth, point);
}

static void with_point(const struct broker *broker, const struct broker_element *element,
		       void (*what)(const struct nth *nth, const struct metric_point *point),
		       void *data)
{
	struct nth nth = { element->index, what, broker, element, data };

	profile_metric_points(profile_env(broker)->host, element->object, element->part, on_nth,
			      &nth);
}

static void put_keys(const struct nth *nth, const struct metric_point *point)
{
	char part[PROFILE_METRIC_TEXT];

	join(point, PROFILE_LABEL_BREAKDOWN, false, true, part);
	cim_put_format(nth->data, "InstanceID", ID_PREFIX "%s/%s%s%s", point->family->name,
		       id_of(nth->element), *part ? "/" : "", part);
}

static void keys(const struct broker *broker, const struct broker_element *element,
		 struct cim_instance *instance)
{
	with_point(broker, element, put_keys, instance);
}

static void put_value(struct cim_instance *instance, const struct metric_point *point)
{
	char text[PROFILE_METRIC_TEXT];

	if (point->family->kind == KVRM_METRIC_KIND_INFO)
		cim_put_text(instance, "MetricValue",
			     join(point, PROFILE_LABEL_VALUE, true, true, text));
	else if (point->family->kind == KVRM_METRIC_KIND_STATESET)
		cim_put_text(instance, "MetricValue",
			     join(point, PROFILE_LABEL_VALUE, false, true, text));
	else
		cim_put_format(instance, "MetricValue", "%" PRIu64, point->value);
}

/* Of a counter: since when it counts; 0 if that is not known, as the schema has it. */
static void put_duration(struct cim_instance *instance, const struct metric_point *point,
			 uint64_t time_us)
{
	bool known = point->since_us && point->since_us <= time_us;
	char text[CIM_DATETIME_SIZE];

	if (!metric_is_counted(point->family))
		return;
	cim_interval_format(known ? time_us - point->since_us : 0, text);
	cim_put_text(instance, "Duration", text);
}

static void put_all(const struct nth *nth, const struct metric_point *point)
{
	struct cim_instance *instance = nth->data;
	uint64_t time_us = point->time_us ? point->time_us : realtime_us();
	char text[PROFILE_METRIC_TEXT];

	cim_put_text(instance, "ElementName", profile_metric_name(nth->element->part));
	cim_put_format(instance, "MetricDefinitionId", ID_PREFIX "%s", point->family->name);
	cim_put_text(instance, "MeasuredElementName",
		     name_of(profile_env(nth->broker)->host, nth->element));
	cim_put_time(instance, "TimeStamp", time_us);
	put_duration(instance, point, time_us);
	put_value(instance, point);
	if (*join(point, PROFILE_LABEL_BREAKDOWN, true, false, text)) {
		cim_put_text(instance, "BreakdownDimension", text);
		cim_put_text(instance, "BreakdownValue",
			     join(point, PROFILE_LABEL_BREAKDOWN, false, true, text));
	}
	/* The next value is in the same instance. */
	cim_put_bool(instance, "Volatile", true);
}

static void fill(const struct broker *broker, const struct broker_element *element,
		 struct cim_instance *instance)
{
	with_point(broker, element, put_all, instance);
}

static void take_number(const struct nth *nth, const struct metric_point *point)
{
	*(uint64_t *)nth->data = point->value;
}

/**
 * profile_metric_number() - what a value is, if it is a number
 * @broker: broker
 * @element: the value
 *
 * Return: in the unit of the definition.
 */
uint64_t profile_metric_number(const struct broker *broker, const struct broker_element *element)
{
	uint64_t number = 0;

	with_point(broker, element, take_number, &number);
	return number;
}

/**
 * struct search - looking for a value by its parts
 * @parts: values of labels, as in the InstanceID
 * @index: of the next
 * @found: of the one that is looked for
 */
struct search {
	const char *parts;
	size_t index;
	size_t found;
};

static void on_candidate(const struct metric_point *point, void *data)
{
	struct search *search = data;
	char text[PROFILE_METRIC_TEXT];

	if (!strcmp(join(point, PROFILE_LABEL_BREAKDOWN, false, true, text), search->parts))
		search->found = search->index;
	search->index++;
}

static bool find_object(const struct host *host, enum kvrm_metric metric, const char *id,
			const void **ret)
{
	enum profile_subject subject = profile_metric_subject(metric);

	*ret = NULL;
	if (subject == PROFILE_OF_SYSTEM)
		*ret = host_find(host, id);
	else if (subject == PROFILE_OF_POOL)
		*ret = host_find_pool(host, id);
	else
		return true;
	return *ret;
}

/* The InstanceID is ID_PREFIX, the metric's name, what it is of and, if there are, its parts, with "/" between. */
static bool find(const struct broker *broker, const struct broker_provider *provider,
		 const struct cim_path *path, struct broker_element *ret)
{
	const struct host *host = profile_env(broker)->host;
	const char *id = cim_path_text(path, "InstanceID"), *rest;
	struct search search = { .found = SIZE_MAX };
	char of[PROFILE_METRIC_TEXT];
	int metric = 0;
	size_t length;

	if (strncmp(id, ID_PREFIX, strlen(ID_PREFIX)))
		return false;
	id += strlen(ID_PREFIX);
	length = strcspn(id, "/");
	while (metric < KVRM_METRIC_COUNT && (strlen(metric_family(metric)->name) != length ||
					      strncmp(metric_family(metric)->name, id, length)))
		metric++;
	if (metric == KVRM_METRIC_COUNT || !id[length])
		return false;
	rest = id + length + 1;
	length = strcspn(rest, "/");
	if (length >= sizeof(of))
		return false;
	memcpy(of, rest, length);
	of[length] = '\0';
	*ret = (struct broker_element){ .provider = provider, .part = (unsigned int)metric };
	if (!find_object(host, metric, of, &ret->object))
		return false;
	search.parts = rest[length] ? rest + length + 1 : "";
	profile_metric_points(host, ret->object, metric, on_candidate, &search);
	ret->index = search.found;
	return search.found != SIZE_MAX;
}

const struct broker_provider metric_value = {
	.class = "KVRM_BaseMetricValue",
	.ns = CIM_ROOT,
	.each = each,
	.find = find,
	.keys = keys,
	.fill = fill,
};
