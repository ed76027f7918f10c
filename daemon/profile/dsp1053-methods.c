// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DSP1053's methods: which metrics there are of what, and the lowest and highest values of one.
 */
#include <stdlib.h>

#include "daemon/profile/metric.h"

/* As Range of GetMetricValues counts. */
enum {
	RANGE_MINIMUM = 2,
	RANGE_MAXIMUM = 3,
};

static int refuse_path(const struct cim_path *path, const char *where, const char *why,
		       struct cim_error *error)
{
	_cleanup_free_ char *text = cim_path_format(path);

	return cim_fail(error, CIM_MESSAGE_UNUSABLE, where, text ? text : "it", why);
}

/* The element that a parameter names. */
static int take_element(struct broker_call *call, const char *parameter, struct broker_element *ret,
			bool *ret_given, struct cim_error *error)
{
	const struct cim_value *value = cim_argument(call->inputs, parameter);

	*ret_given = value->state == CIM_VALUE;
	if (!*ret_given || broker_find(call->broker, value->one.path, ret))
		return 0;
	return refuse_path(value->one.path, parameter, "there is no such instance", error);
}

/* Which metric; -1: any. */
static int take_metric(struct broker_call *call, int *ret, struct cim_error *error)
{
	struct broker_element element;
	bool given;
	int status = take_element(call, "Definition", &element, &given, error);

	*ret = -1;
	if (status || !given)
		return status;
	if (element.provider != &metric_definition)
		return refuse_path(cim_argument(call->inputs, "Definition")->one.path, "Definition",
				   "it is no metric", error);
	*ret = (int)element.index;
	return 0;
}

/**
 * struct listing - pairs of an element and a metric, being given
 * @call: gives them
 * @metric: only this; -1: any
 * @subject: only this; NULL: any, or a class
 * @elements: they are given as well
 * @counting: nothing is given yet
 * @n: how many so far
 */
struct listing {
	struct broker_call *call;
	int metric;
	const struct broker_element *subject;
	bool elements;
	bool counting;
	size_t n;
};

static int list_pair(struct listing *l, const struct broker_element *element,
		     const struct broker_element *definition)
{
	const struct broker *broker = l->call->broker;

	l->n++;
	if (l->counting)
		return 0;
	if ((l->elements &&
	     broker_add_path(l->call, "ManagedElements", broker_path(broker, element))) ||
	    broker_add_path(l->call, "DefinitionList", broker_path(broker, definition)) ||
	    broker_add_text(l->call, "MetricNames", profile_metric_name(definition->index)))
		return CIM_FAILED;
	broker_add_number(l->call, "MetricCollectionEnabled", PROFILE_METRIC_ENABLED);
	return 0;
}

static int on_definition(const struct broker_element *definition, void *data)
{
	struct listing *l = data;

	if (l->metric >= 0 && definition->index != (size_t)l->metric)
		return 0;
	return list_pair(l, l->subject, definition);
}

/* Of a metric: an element that it is of. */
static int on_element(const struct broker_element *element, void *data)
{
	struct listing *l = data;
	const struct broker_element definition = profile_metric_element(l->metric);

	return list_pair(l, element, &definition);
}

static int make_room(const struct listing *l)
{
	struct broker_call *call = l->call;

	return (l->elements &&
		broker_give_array(call, "ManagedElements", SCHEMA_REFERENCE, l->n)) ||
	       broker_give_array(call, "DefinitionList", SCHEMA_REFERENCE, l->n) ||
	       broker_give_array(call, "MetricNames", SCHEMA_STRING, l->n) ||
	       broker_give_array(call, "MetricCollectionEnabled", SCHEMA_UINT16, l->n);
}

/* First counts, then gives. */
static int list(struct listing *l, int (*walk)(struct listing *l), struct cim_error *error)
{
	l->counting = true;
	walk(l);
	if (!l->n)
		return 0;
	if (make_room(l))
		return cim_fail_memory(error);
	l->counting = false;
	l->n = 0;
	return walk(l) ? cim_fail_memory(error) : 0;
}

static void finish(struct broker_call *call, int status, struct cim_error *error)
{
	if (status)
		broker_refuse(call, error);
	else
		broker_return(call, CIM_RETURN_OK);
}

static int walk_pairs(struct listing *l)
{
	return l->subject ? profile_metrics_of(l->subject, on_definition, l)
			  : profile_metric_elements(l->call->broker, l->metric, on_element, l);
}

static int show(struct broker_call *call, struct cim_error *error)
{
	struct listing l = { .call = call, .elements = true };
	struct broker_element subject;
	int status = take_metric(call, &l.metric, error);
	bool given;

	if (!status)
		status = take_element(call, "Subject", &subject, &given, error);
	if (status)
		return status;
	if (!given && l.metric < 0)
		return cim_fail(error, CIM_MESSAGE_MISSING, "Subject or Definition");
	if (given)
		l.subject = &subject;
	status = list(&l, walk_pairs, error);
	if (!status && !l.n && given)
		return refuse_path(cim_argument(call->inputs, "Subject")->one.path, "Subject",
				   l.metric < 0 ? "it has no metrics" : "the metric is not of it",
				   error);
	return status;
}

/**
 * profile_show_metrics() - which metrics an element has, or which elements a metric is of
 * @call: ended by this
 * @element: the service
 */
void profile_show_metrics(struct broker_call *call, const struct broker_element *element)
{
	struct cim_error error = { 0 };
	int status = show(call, &error);

	finish(call, status, &error);
}

static int walk_class(struct listing *l)
{
	const struct schema_class *class =
		cim_argument(l->call->inputs, "Subject")->one.path->class;
	int r = 0;

	for (int metric = 0; !r && metric < KVRM_METRIC_COUNT; metric++) {
		const struct broker_element definition = profile_metric_element(metric);

		if (schema_class_is_a(schema_class_find(profile_metric_class(metric)), class))
			r = on_definition(&definition, l);
	}
	return r;
}

/**
 * profile_show_metrics_by_class() - which metrics the instances of a class have
 * @call: ended by this; whether there is an instance Subject does not count, its class does
 * @element: the service
 */
void profile_show_metrics_by_class(struct broker_call *call, const struct broker_element *element)
{
	struct listing l = { .call = call };
	struct cim_error error = { 0 };
	int status = take_metric(call, &l.metric, &error);

	if (!status)
		status = list(&l, walk_class, &error);
	if (!status && !l.n)
		status = refuse_path(cim_argument(call->inputs, "Subject")->one.path, "Subject",
				     l.metric < 0 ? "the class has no metrics"
						  : "the metric is not of the class",
				     &error);
	finish(call, status, &error);
}

/**
 * struct value - a value of a metric
 * @element: it
 * @number: what it is
 */
struct value {
	struct broker_element element;
	uint64_t number;
};

/**
 * struct values - values of a metric, being gathered
 * @broker: broker
 * @values: owned, @n of them
 * @n: of them
 */
struct values {
	const struct broker *broker;
	struct value *values;
	size_t n;
};

static int on_value(const struct broker_element *element, void *data)
{
	struct values *v = data;
	struct value *more = reallocarray(v->values, v->n + 1, sizeof(*more));

	if (!more)
		return CIM_FAILED;
	v->values = more;
	v->values[v->n++] = (struct value){ *element, profile_metric_number(v->broker, element) };
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct value *x = a, *y = b;

	return (x->number > y->number) - (x->number < y->number);
}

static int give_values(struct broker_call *call, const struct values *v, uint64_t range,
		       uint64_t count, struct cim_error *error)
{
	size_t n = count < v->n ? (size_t)count : v->n;

	if (broker_give_array(call, "Values", SCHEMA_REFERENCE, n))
		return cim_fail_memory(error);
	for (size_t i = 0; i < n; i++) {
		size_t at = range == RANGE_MAXIMUM ? v->n - 1 - i : i;

		if (broker_add_path(call, "Values",
				    broker_path(call->broker, &v->values[at].element)))
			return cim_fail_memory(error);
	}
	return 0;
}

static int get_values(struct broker_call *call, struct values *v, struct cim_error *error)
{
	uint64_t range = 0, count = UINT64_MAX;
	int metric, status = take_metric(call, &metric, error);

	if (status)
		return status;
	cim_argument_number(call->inputs, "Count", &count);
	if (cim_argument_number(call->inputs, "Range", &range) &&
	    !metric_is_number(metric_family(metric)))
		return cim_fail(error, CIM_MESSAGE_UNUSABLE, "Range",
				range == RANGE_MINIMUM ? "2" : "3",
				"values of the metric have no order");
	if (profile_metric_values(call->broker, metric, on_value, v))
		return cim_fail_memory(error);
	if (range && v->n)
		qsort(v->values, v->n, sizeof(*v->values), compare);
	return give_values(call, v, range, count, error);
}

/**
 * profile_get_metric_values() - values of a metric, the lowest or highest first if that is asked for
 * @call: ended by this
 * @element: the service
 */
void profile_get_metric_values(struct broker_call *call, const struct broker_element *element)
{
	struct values values = { .broker = call->broker };
	struct cim_error error = { 0 };
	int status = get_values(call, &values, &error);

	free(values.values);
	finish(call, status, &error);
}
