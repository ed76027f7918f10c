/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Indications: who has subscribed to which filter, and what subscribers know of the model. As long as there is a
 * subscriber, what he was told last of each instance is kept; when the model may have changed, that is compared with
 * what is, and each difference becomes one indication.
 *
 * A system, a job, or the pools, are marked when they may have changed, and told when whoever marked them is done.
 *
 * A watcher is told of the same changes as they are, by a function and without a filter: of systems that he has looked
 * at, of those that are new since, and of all pools and jobs.
 */
#ifndef KVRM_PROFILE_INDICATION_H
#define KVRM_PROFILE_INDICATION_H

#include "daemon/profile/profile.h"
#include "daemon/profile/query.h"

/* How many subscriptions there may be. */
#define PROFILE_SUBSCRIPTIONS_MAX 64

/* How many filters clients may make. */
#define PROFILE_FILTERS_MAX 64

/**
 * struct profile_filter - what subscribers can ask for
 * @next: in the list of those that clients made; they own what follows
 * @name: of the filter
 * @title: for people
 * @class: of instances whose changes pass; NULL: alerts do. Of kvrm's own
 * @query: what passes, in words
 * @language: of the query
 * @made: the same, of those that clients made; NULL: it is kvrm's own
 */
struct profile_filter {
	struct profile_filter *next;
	const char *name;
	const char *title;
	const char *class;
	const char *query;
	const char *language;
	struct query *made;
};

/**
 * struct profile_subscription - somebody who wants to be told
 * @next: in the list
 * @id: never used again
 * @filter: which
 * @destination: whom to tell, as who delivers calls him; owned
 * @since_us: when he subscribed, CLOCK_REALTIME
 * @sequence: number of the next indication
 * @user: whose it is, as who delivers counts
 */
struct profile_subscription {
	struct profile_subscription *next;
	uint64_t id;
	const struct profile_filter *filter;
	char *destination;
	uint64_t since_us;
	int64_t sequence;
	uint32_t user;
};

struct profile_known;

/**
 * struct profile_indications - subscribers, and what they know
 * @subscriptions: owned
 * @last_id: of the one that was made last
 * @known: what they were told last, owned; NULL if there is none
 * @filters: that clients made, the newest first; owned
 * @watched: there is a watcher
 * @deliver: delivers an indication, which is good during the call
 * @changed: tells the watcher of an instance that is new (@was is NULL), has changed, or is gone (@is is NULL)
 * @data: for @deliver and @changed
 */
struct profile_indications {
	struct profile_subscription *subscriptions;
	uint64_t last_id;
	struct profile_known *known;
	struct profile_filter *filters;
	bool watched;
	void (*deliver)(const struct profile_subscription *subscription,
			const struct cim_instance *indication, void *data);
	void (*changed)(const struct cim_instance *was, const struct cim_instance *is, void *data);
	void *data;
};

/* What has become of a system. */
enum profile_event {
	PROFILE_NEW,
	PROFILE_CHANGED,
	PROFILE_GOES, /* it is in the model still */
};

/* Why there is an alert. */
enum profile_alert {
	PROFILE_ALERT_PROBLEM, /* something that the host promises does not hold */
	PROFILE_ALERT_REFUSED, /* what was asked for is not there */
};

int profile_subscribe(const struct broker *broker, const char *filter, const char *destination,
		      struct profile_subscription **ret, struct cim_error *error);
void profile_unsubscribe(const struct broker *broker, struct profile_subscription *subscription);
void profile_unsubscribe_all(const struct broker *broker);
int profile_watch(const struct broker *broker, const struct broker_element *element);
void profile_unwatch(const struct broker *broker);
bool profile_mark_system(const struct broker *broker, const char *uuid, enum profile_event event);
bool profile_mark_job(const struct broker *broker, const char *id);
bool profile_mark_pools(const struct broker *broker);
void profile_tell_marked(const struct broker *broker);
void profile_tell_alert(const struct broker *broker, enum profile_alert kind, const char *text);

/* dsp1054-filter.c */
const struct profile_filter *profile_find_filter(const struct broker *broker, const char *name);
bool profile_filter_passes(const struct profile_filter *filter, const struct cim_instance *source,
			   const struct cim_instance *indication);
void profile_free_filters(struct profile_indications *indications);

/* known.c */

/**
 * struct profile_known - what subscribers were told last of a system, of a job, or of all pools
 * @next: in the list
 * @uuid: of the system or the job; "": pools
 * @marked: it may have changed since
 * @instances: owned, @n of them
 * @n: of @instances
 */
struct profile_known {
	struct profile_known *next;
	char uuid[37];
	bool marked;
	struct cim_instance **instances;
	size_t n;
};

int profile_collect(const struct broker *broker, struct profile_known *ret);
bool profile_is_told(const struct broker_provider *provider);
const struct system *profile_system_of(const struct broker_element *element);
void profile_known_clear(struct profile_known *known);
struct cim_instance *profile_known_find(const struct profile_known *known,
					const struct cim_path *path);

#endif
