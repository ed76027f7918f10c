// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Indications: subscriptions, and telling them; see indication.h.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/profile/indication.h"
#include "daemon/profile/job.h"
#include "daemon/profile/setting.h"
#include "daemon/util/clock.h"

/* As AlertType, PerceivedSeverity and ProbableCause count. */
enum {
	TYPE_QUALITY_OF_SERVICE = 3,
	SEVERITY_WARNING = 3,
	CAUSE_UNKNOWN = 0,
	FORMAT_PATH = 2,
};

static struct profile_indications *indications_of(const struct broker *broker)
{
	return profile_env(broker)->indications;
}

static void forget(struct profile_indications *i)
{
	while (i->known) {
		struct profile_known *known = i->known;

		i->known = known->next;
		profile_known_clear(known);
		free(known);
	}
}

/* What is known of a system, a job, or of pools; NULL: nothing yet. */
static struct profile_known *find_known(const struct profile_indications *i, const char *uuid)
{
	struct profile_known *known = i->known;

	while (known && strcmp(known->uuid, uuid))
		known = known->next;
	return known;
}

/* The same, empty if nothing is known yet. NULL: no memory. */
static struct profile_known *known_of(struct profile_indications *i, const char *uuid)
{
	struct profile_known *known = find_known(i, uuid);

	if (known)
		return known;
	known = calloc(1, sizeof(*known));
	if (!known)
		return NULL;
	snprintf(known->uuid, sizeof(known->uuid), "%s", uuid);
	known->next = i->known;
	i->known = known;
	return known;
}

/* What is known is not learnt anew: what has changed since is still to be told. */
static int learn_one(const struct broker *broker, const char *uuid)
{
	struct profile_indications *i = indications_of(broker);
	struct profile_known *known;

	if (find_known(i, uuid))
		return 0;
	known = known_of(i, uuid);
	return known ? profile_collect(broker, known) : -1;
}

static int learn_systems(const struct broker *broker)
{
	const struct host *host = profile_env(broker)->host;
	int r = 0;

	for (size_t k = 0; !r && k < host->n_systems; k++)
		r = learn_one(broker, host->systems[k]->definition->uuid);
	return r;
}

static int learn_others(const struct broker *broker)
{
	int r = learn_one(broker, "");

	for (const struct profile_job *job = profile_first_job(broker); !r && job; job = job->next)
		r = learn_one(broker, job->id);
	return r;
}

/* The first subscriber knows what there is. */
static int learn(const struct broker *broker)
{
	int r = learn_others(broker);

	if (!r)
		r = learn_systems(broker);
	if (r)
		forget(indications_of(broker));
	return r;
}

/**
 * profile_watch() - the watcher looks at something, and is told of its changes from now on
 * @broker: broker
 * @element: what he looks at; NULL: all
 *
 * Return: 0, or -1: no memory; he may not be told of all then.
 */
int profile_watch(const struct broker *broker, const struct broker_element *element)
{
	struct profile_indications *i = indications_of(broker);
	const struct system *system = element ? profile_system_of(element) : NULL;
	int r = i->watched ? 0 : learn_others(broker);

	i->watched = true;
	if (!r && !element)
		r = learn_systems(broker);
	if (!r && system)
		r = learn_one(broker, system->definition->uuid);
	return r;
}

/**
 * profile_unwatch() - the watcher is told no more
 * @broker: broker
 */
void profile_unwatch(const struct broker *broker)
{
	struct profile_indications *i = indications_of(broker);

	i->watched = false;
	if (!i->subscriptions)
		forget(i);
}

static int check_room(const struct profile_indications *i, struct cim_error *error)
{
	char number[24];
	size_t n = 0;

	for (const struct profile_subscription *s = i->subscriptions; s; s = s->next)
		n++;
	if (n < PROFILE_SUBSCRIPTIONS_MAX)
		return 0;
	snprintf(number, sizeof(number), "%zu", n);
	return cim_fail(error, CIM_MESSAGE_TOO_MANY_SUBSCRIPTIONS, number, "all users");
}

/**
 * profile_subscribe() - tell somebody from now on
 * @broker: broker
 * @filter: name of a filter
 * @destination: whom
 * @ret: receives the subscription, good until profile_unsubscribe()
 * @error: receives a message
 *
 * Return: 0 or a status.
 */
int profile_subscribe(const struct broker *broker, const char *filter, const char *destination,
		      struct profile_subscription **ret, struct cim_error *error)
{
	struct profile_indications *i = indications_of(broker);
	const struct profile_filter *found = profile_find_filter(broker, filter);
	struct profile_subscription *s;
	int status = check_room(i, error);

	if (status)
		return status;
	if (!found)
		return cim_fail(error, CIM_MESSAGE_NO_FILTER, filter);
	s = calloc(1, sizeof(*s));
	if (s)
		s->destination = strdup(destination);
	if (!s || !s->destination || (!i->subscriptions && learn(broker))) {
		if (s)
			free(s->destination);
		free(s);
		return cim_fail_memory(error);
	}
	s->id = ++i->last_id;
	s->filter = found;
	s->since_us = realtime_us();
	s->next = i->subscriptions;
	i->subscriptions = *ret = s;
	return 0;
}

/**
 * profile_unsubscribe() - tell somebody no more
 * @broker: broker
 * @subscription: freed
 */
void profile_unsubscribe(const struct broker *broker, struct profile_subscription *subscription)
{
	struct profile_indications *i = indications_of(broker);
	struct profile_subscription **at = &i->subscriptions;

	while (*at != subscription)
		at = &(*at)->next;
	*at = subscription->next;
	free(subscription->destination);
	free(subscription);
	if (!i->subscriptions && !i->watched)
		forget(i);
}

/**
 * profile_unsubscribe_all() - tell nobody any more
 * @broker: broker
 */
void profile_unsubscribe_all(const struct broker *broker)
{
	while (indications_of(broker)->subscriptions)
		profile_unsubscribe(broker, indications_of(broker)->subscriptions);
}

static struct cim_instance *indication_new(const char *class)
{
	struct cim_instance *indication = cim_instance_new(schema_class_find(class));

	if (indication)
		cim_put_time(indication, "IndicationTime", realtime_us());
	return indication;
}

static void deliver_to(const struct broker *broker, struct profile_subscription *s,
		       struct cim_instance *indication)
{
	struct profile_indications *i = indications_of(broker);
	uint64_t number = (uint64_t)s->sequence;

	/* What cannot be told leaves a gap. */
	s->sequence = s->sequence == INT64_MAX ? 0 : s->sequence + 1;
	if (!indication)
		return;
	cim_put_text(indication, "IndicationFilterName", s->filter->name);
	cim_put_format(indication, "SequenceContext",
		       PROFILE_PREFIX "indications#%" PRIu64 "#%" PRIu64 ".%" PRIu64,
		       profile_env(broker)->since_us, s->since_us, s->id);
	cim_put_number(indication, "SequenceNumber", number);
	cim_put_format(indication, "IndicationIdentifier",
		       PROFILE_PREFIX "%" PRIu64 ".%" PRIu64 "/%" PRIu64,
		       profile_env(broker)->since_us, s->id, number);
	if (!indication->failed)
		i->deliver(s, indication, i->data);
}

/* To all whose filter an instance passes; an alert if there is none. */
static void deliver(const struct broker *broker, const struct cim_instance *source,
		    struct cim_instance *indication)
{
	_cleanup_instance_ struct cim_instance *owned = indication;
	struct profile_subscription *next;

	for (struct profile_subscription *s = indications_of(broker)->subscriptions; s; s = next) {
		next = s->next;
		if (profile_filter_passes(s->filter, source, owned))
			deliver_to(broker, s, owned);
	}
}

static void put_source(struct cim_instance *indication, const struct cim_instance *source)
{
	_cleanup_free_ char *path = cim_path_format(source->path);

	if (!path)
		indication->failed = true;
	cim_put_text(indication, "SourceInstanceModelPath", path);
	cim_put_instance(indication, "SourceInstance", cim_instance_copy(source));
}

static void tell_instance(const struct broker *broker, const char *class,
			  const struct cim_instance *source)
{
	struct cim_instance *indication;

	if (!indications_of(broker)->subscriptions)
		return;
	indication = indication_new(class);
	if (indication)
		put_source(indication, source);
	deliver(broker, source, indication);
}

static void tell_watcher(const struct broker *broker, const struct cim_instance *was,
			 const struct cim_instance *is)
{
	const struct profile_indications *i = indications_of(broker);

	if (i->watched)
		i->changed(was, is, i->data);
}

static void tell_change(const struct broker *broker, const struct cim_instance *before,
			const struct cim_instance *after)
{
	const struct schema_class *class = after->class;
	_cleanup_free_ const char **names = calloc(class->n_properties + 1, sizeof(*names));
	struct cim_instance *indication;
	size_t n = 0;

	for (size_t i = 0; names && i < class->n_properties; i++) {
		if (!cim_value_equal(&before->values[i], &after->values[i]))
			names[n++] = class->properties[i]->name;
	}
	if (names && !n)
		return;
	tell_watcher(broker, before, after);
	if (!indications_of(broker)->subscriptions)
		return;
	indication = names ? indication_new("CIM_InstModification") : NULL;
	if (indication) {
		put_source(indication, after);
		cim_put_instance(indication, "PreviousInstance", cim_instance_copy(before));
		cim_put_texts(indication, "ChangedPropertyNames", n, names);
	}
	deliver(broker, after, indication);
}

static void tell_differences(const struct broker *broker, const struct profile_known *before,
			     const struct profile_known *after)
{
	for (size_t i = 0; i < before->n; i++) {
		if (profile_known_find(after, before->instances[i]->path))
			continue;
		tell_watcher(broker, before->instances[i], NULL);
		tell_instance(broker, "CIM_InstDeletion", before->instances[i]);
	}
	for (size_t i = 0; i < after->n; i++) {
		const struct cim_instance *is = after->instances[i];
		const struct cim_instance *was = profile_known_find(before, is->path);

		if (was) {
			tell_change(broker, was, is);
			continue;
		}
		tell_watcher(broker, NULL, is);
		tell_instance(broker, "CIM_InstCreation", is);
	}
}

/* What is not known is new, or nobody has looked at it. */
static bool mark(const struct broker *broker, const char *uuid, bool new)
{
	struct profile_indications *i = indications_of(broker);
	struct profile_known *known = i ? find_known(i, uuid) : NULL;

	if (i && !known && (i->subscriptions || (i->watched && new)))
		known = known_of(i, uuid);
	if (known)
		known->marked = true;
	return known;
}

/**
 * profile_mark_system() - a system may have changed, is new or goes
 * @broker: broker
 * @uuid: of the system
 * @event: which
 *
 * Return: whether profile_tell_marked() has something to do.
 */
bool profile_mark_system(const struct broker *broker, const char *uuid, enum profile_event event)
{
	struct profile_indications *i = indications_of(broker);

	/* Its end is told to who has not looked at it, too. */
	if (event == PROFILE_GOES && i && i->watched)
		learn_one(broker, uuid);
	return mark(broker, uuid, event == PROFILE_NEW);
}

/**
 * profile_mark_job() - a job has changed, is new or gone
 * @broker: broker
 * @id: of the job
 *
 * Return: whether profile_tell_marked() has something to do.
 */
bool profile_mark_job(const struct broker *broker, const char *id)
{
	return mark(broker, id, true);
}

/**
 * profile_mark_pools() - pools may have changed, be new or gone
 * @broker: broker
 *
 * Return: whether profile_tell_marked() has something to do.
 */
bool profile_mark_pools(const struct broker *broker)
{
	return mark(broker, "", false);
}

/* Without memory it stays marked, and is told when it is marked the next time. */
static void tell_known(const struct broker *broker, struct profile_known *known)
{
	struct profile_known now = { 0 };

	strcpy(now.uuid, known->uuid);
	if (profile_collect(broker, &now))
		return;
	tell_differences(broker, known, &now);
	profile_known_clear(known);
	known->instances = now.instances;
	known->n = now.n;
	known->marked = false;
}

/**
 * profile_tell_marked() - tell subscribers what has become of all that was marked
 * @broker: broker; the model is as it should be
 */
void profile_tell_marked(const struct broker *broker)
{
	struct profile_known **at = &indications_of(broker)->known;

	while (*at) {
		struct profile_known *known = *at;

		if (known->marked)
			tell_known(broker, known);
		/* A system or job that is gone; there are always pools. */
		if (known->marked || known->n) {
			at = &known->next;
			continue;
		}
		*at = known->next;
		free(known);
	}
}

/**
 * profile_tell_alert() - tell subscribers of something that wants attention
 * @broker: broker
 * @kind: why
 * @text: a sentence
 */
void profile_tell_alert(const struct broker *broker, enum profile_alert kind, const char *text)
{
	struct profile_indications *i = indications_of(broker);
	const struct cim_message *message = cim_message(CIM_MESSAGE_INSUFFICIENT);
	const struct broker_element host = profile_host_element();
	_cleanup_path_ struct cim_path *path = NULL;
	_cleanup_free_ char *about = NULL;
	struct cim_instance *alert;

	if (!i || !i->subscriptions)
		return;
	path = broker_path(broker, &host);
	about = path ? cim_path_format(path) : NULL;
	alert = indication_new("KVRM_AlertIndication");
	if (alert) {
		cim_put_text(alert, "Description", text);
		cim_put_text(alert, "Message", text);
		cim_put_number(alert, "AlertType", TYPE_QUALITY_OF_SERVICE);
		cim_put_number(alert, "PerceivedSeverity", SEVERITY_WARNING);
		cim_put_number(alert, "ProbableCause", CAUSE_UNKNOWN);
		cim_put_text(alert, "OwningEntity", "KVRM");
		cim_put_text(alert, "ProviderName", "kvrmd");
		cim_put_text(alert, "SystemCreationClassName", host_system.class);
		cim_put_text(alert, "SystemName", profile_env(broker)->host->id);
		cim_put_time(alert, "EventTime", realtime_us());
		cim_put_text(alert, "AlertingManagedElement", about);
		cim_put_number(alert, "AlertingElementFormat", about ? FORMAT_PATH : 0);
		if (kind == PROFILE_ALERT_REFUSED)
			cim_put_text(alert, "MessageID", message->id);
	}
	deliver(broker, NULL, alert);
}
