// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DSP1053: what metrics are of. It is worked out of the labels in the one metric table.
 */
#include <string.h>

#include "daemon/profile/metric.h"
#include "daemon/profile/pool.h"

static bool begins(const char *labels, const char *name)
{
	size_t length = strlen(name);

	return !strncmp(labels, name, length) && (!labels[length] || labels[length] == ',');
}

/**
 * profile_metric_subject() - what a metric is of
 * @metric: which
 */
enum profile_subject profile_metric_subject(enum kvrm_metric metric)
{
	const char *labels = metric_family(metric)->labels;

	if (begins(labels, "vm"))
		return PROFILE_OF_SYSTEM;
	return begins(labels, "pool") ? PROFILE_OF_POOL : PROFILE_OF_HOST;
}

/**
 * profile_metric_label() - where a label goes
 * @family: of the metric
 * @name: of the label
 */
enum profile_label profile_metric_label(const struct metric_family *family, const char *name)
{
	if (!strcmp(name, "vm") || !strcmp(name, "pool"))
		return PROFILE_LABEL_SUBJECT;
	/* There may be several, and they are no elements of the host. */
	if (!strcmp(name, "uplink"))
		return PROFILE_LABEL_BREAKDOWN;
	return family->kind == KVRM_METRIC_KIND_INFO || family->kind == KVRM_METRIC_KIND_STATESET
		       ? PROFILE_LABEL_VALUE
		       : PROFILE_LABEL_BREAKDOWN;
}

static const struct broker_provider *provider_of(enum kvrm_metric metric)
{
	static const struct broker_provider *const providers[] = {
		[PROFILE_OF_HOST] = &host_system,
		[PROFILE_OF_SYSTEM] = &virtual_system,
		[PROFILE_OF_POOL] = &resource_pool,
	};

	return providers[profile_metric_subject(metric)];
}

/**
 * profile_metric_class() - the class of what a metric is of
 * @metric: which
 */
const char *profile_metric_class(enum kvrm_metric metric)
{
	return provider_of(metric)->class;
}

/**
 * profile_metric_is_of() - whether a metric is of an element
 * @metric: which
 * @element: any; a pool's metric of one type of resource is of the pool of that type, any other of both
 */
bool profile_metric_is_of(enum kvrm_metric metric, const struct broker_element *element)
{
	const char *name = metric_family(metric)->name;

	if (element->provider != provider_of(metric))
		return false;
	if (element->provider != &resource_pool)
		return true;
	if (strstr(name, "_cpu_"))
		return element->part == profile_type_part(PROFILE_PROCESSOR);
	return !strstr(name, "_memory_") || element->part == profile_type_part(PROFILE_MEMORY);
}

/**
 * profile_metric_element() - the definition of a metric
 * @metric: which
 *
 * Return: the element.
 */
struct broker_element profile_metric_element(enum kvrm_metric metric)
{
	return (struct broker_element){ .provider = &metric_definition, .index = metric };
}

/**
 * profile_metric_name() - the name that a client looks for
 * @metric: which
 *
 * Return: DMTF's, if it has one.
 */
const char *profile_metric_name(enum kvrm_metric metric)
{
	const struct metric_family *family = metric_family(metric);

	return *family->dmtf ? family->dmtf : family->name;
}

/**
 * struct elements - visiting what a metric is of
 * @metric: which
 * @visit: visited with
 * @data: for @visit
 */
struct elements {
	enum kvrm_metric metric;
	broker_visit *visit;
	void *data;
};

static int on_element(const struct broker_element *element, void *data)
{
	const struct elements *e = data;

	return profile_metric_is_of(e->metric, element) ? e->visit(element, e->data) : 0;
}

/**
 * profile_metric_elements() - visit all that a metric is of
 * @broker: broker
 * @metric: which
 * @visit: visited with
 * @data: for @visit
 *
 * Return: 0 or what ended it.
 */
int profile_metric_elements(const struct broker *broker, enum kvrm_metric metric,
			    broker_visit *visit, void *data)
{
	struct elements elements = { metric, visit, data };

	return broker_each(broker, provider_of(metric), on_element, &elements);
}

/**
 * profile_metrics_of() - visit the definitions of all metrics of an element
 * @element: any
 * @visit: visited with
 * @data: for @visit
 *
 * Return: 0 or what ended it.
 */
int profile_metrics_of(const struct broker_element *element, broker_visit *visit, void *data)
{
	int r = 0;

	for (int metric = 0; !r && metric < KVRM_METRIC_COUNT; metric++) {
		const struct broker_element definition = profile_metric_element(metric);

		if (profile_metric_is_of(metric, element))
			r = visit(&definition, data);
	}
	return r;
}

/**
 * struct states - visiting points; of those of a state set the one that holds
 * @visit: visited with
 * @data: for @visit
 */
struct states {
	metric_visit *visit;
	void *data;
};

static void on_point(const struct metric_point *point, void *data)
{
	const struct states *s = data;

	if (point->family->kind != KVRM_METRIC_KIND_STATESET || point->value)
		s->visit(point, s->data);
}

/**
 * profile_metric_points() - visit what a metric has to tell of one thing
 * @host: host
 * @object: a virtual system or a pool, as the metric's subject says; NULL: the host
 * @metric: which
 * @visit: visited with
 * @data: for @visit
 */
void profile_metric_points(const struct host *host, const void *object, enum kvrm_metric metric,
			   metric_visit *visit, void *data)
{
	enum profile_subject subject = profile_metric_subject(metric);
	struct states states = { visit, data };
	struct metric_snapshot snapshot = { .n_vms = 0 };
	struct metric_uplink uplink;
	struct metric_pool pool;
	struct metric_vm vm;

	if (subject == PROFILE_OF_SYSTEM) {
		vm = metric_vm_row(object);
		snapshot.vms = &vm;
		snapshot.n_vms = 1;
	} else if (subject == PROFILE_OF_POOL) {
		pool = metric_pool_row(host, object);
		snapshot.pools = &pool;
		snapshot.n_pools = 1;
	} else if (!begins(metric_family(metric)->labels, "uplink")) {
		metric_host_rows(host, &snapshot);
	} else {
		snapshot.uplinks = &uplink;
		snapshot.n_uplinks = 1;
		for (size_t i = 0; i < host->n_uplinks; i++) {
			uplink = metric_uplink_row(host, host->uplinks[i]);
			metric_each(&snapshot, metric, on_point, &states);
		}
		return;
	}
	metric_each(&snapshot, metric, on_point, &states);
}
