/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Metrics, as DSP1053 has them: definitions, an element's index is enum kvrm_metric; and values. The element of a
 * value has the metric as its part, what it is of as its object (a virtual system or a pool; NULL: the host), and as
 * its index which one it is of those that the metric has there.
 */
#ifndef KVRM_PROFILE_METRIC_H
#define KVRM_PROFILE_METRIC_H

#include "daemon/model/metric.h"
#include "daemon/profile/profile.h"

/* What a metric is of. What uplinks have is the host's. */
enum profile_subject {
	PROFILE_OF_HOST,
	PROFILE_OF_SYSTEM,
	PROFILE_OF_POOL,
};

/* Where a label of a metric goes. */
enum profile_label {
	PROFILE_LABEL_SUBJECT,	 /* says what it is of */
	PROFILE_LABEL_BREAKDOWN, /* says which part of it */
	PROFILE_LABEL_VALUE,	 /* is what it tells */
};

/* As MetricCollectionEnabled counts. */
#define PROFILE_METRIC_ENABLED 2

/* Names or values of labels, with what is between them. */
#define PROFILE_METRIC_TEXT 512

/* dsp1053-subject.c */
enum profile_subject profile_metric_subject(enum kvrm_metric metric);
enum profile_label profile_metric_label(const struct metric_family *family, const char *name);
bool profile_metric_is_of(enum kvrm_metric metric, const struct broker_element *element);
struct broker_element profile_metric_element(enum kvrm_metric metric);
const char *profile_metric_name(enum kvrm_metric metric);
const char *profile_metric_class(enum kvrm_metric metric);
int profile_metric_elements(const struct broker *broker, enum kvrm_metric metric,
			    broker_visit *visit, void *data);
int profile_metrics_of(const struct broker_element *element, broker_visit *visit, void *data);
void profile_metric_points(const struct host *host, const void *object, enum kvrm_metric metric,
			   metric_visit *visit, void *data);

/* dsp1053-value.c */
extern const struct broker_provider metric_value;

int profile_metric_values(const struct broker *broker, enum kvrm_metric metric, broker_visit *visit,
			  void *data);
int profile_metric_values_of(const struct broker *broker, enum kvrm_metric metric,
			     const void *object, broker_visit *visit, void *data);
uint64_t profile_metric_number(const struct broker *broker, const struct broker_element *element);

/* dsp1053-methods.c */
void profile_show_metrics(struct broker_call *call, const struct broker_element *element);
void profile_show_metrics_by_class(struct broker_call *call, const struct broker_element *element);
void profile_get_metric_values(struct broker_call *call, const struct broker_element *element);

#endif
