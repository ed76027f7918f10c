// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Indications over D-Bus: Subscribe and Unsubscribe of the broker, and a signal to each subscriber alone. A
 * subscription ends with the connection that made it. What has changed is told when control is back in the event
 * loop: then the model is as it should be, and several changes at once are one.
 */
#include <string.h>

#include "daemon/serve/bus-internal.h"
#include "daemon/serve/bus-object.h"
#include "daemon/util/log.h"

static int send(struct bus *bus, const struct profile_subscription *s,
		const struct cim_instance *indication)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
	uint64_t number = 0;
	int r = sd_bus_message_new_signal(bus->sd, &m, BUS_PATH, BUS_BROKER, "Indication");

	cim_get_number(indication, "SequenceNumber", &number);
	if (r >= 0 && *s->destination)
		r = sd_bus_message_set_destination(m, s->destination);
	if (r >= 0)
		r = sd_bus_message_append(m, "txs", s->id, (int64_t)number,
					  indication->class->name);
	if (r >= 0)
		r = bus_append_instance(m, NULL, indication);
	return r < 0 ? r : sd_bus_send(bus->sd, m, NULL);
}

/* What could not be sent is a gap in the subscriber's numbers. */
static void deliver(const struct profile_subscription *s, const struct cim_instance *indication,
		    void *data)
{
	int r = send(data, s, indication);

	if (r < 0)
		log_warning("an indication for %s could not be sent: %s", s->destination,
			    strerror(-r));
}

static int on_idle(sd_event_source *source, void *data)
{
	struct bus *bus = data;

	profile_tell_marked(&bus->broker);
	return 0;
}

/* Once control is back in the event loop. */
static void tell_soon(struct bus *bus)
{
	int r = 0;

	if (!bus->teller) {
		r = sd_event_add_defer(sd_bus_get_event(bus->sd), &bus->teller, on_idle, bus);
		if (r >= 0)
			sd_event_source_set_description(bus->teller, "indications");
	}
	if (r >= 0)
		r = sd_event_source_set_enabled(bus->teller, SD_EVENT_ONESHOT);
	if (r < 0)
		log_warning("changes cannot be told to subscribers: %s", strerror(-r));
}

/**
 * bus_mark_system() - subscribers are to be told what has become of a system
 * @bus: bus
 * @system: which
 * @event: it is new, has changed, or goes
 */
void bus_mark_system(struct bus *bus, const struct system *system, enum profile_event event)
{
	if (profile_mark_system(&bus->broker, system->definition->uuid, event))
		tell_soon(bus);
}

/**
 * bus_mark_pools() - subscribers are to be told what has become of pools and uplinks
 * @bus: bus
 */
void bus_mark_pools(struct bus *bus)
{
	if (profile_mark_pools(&bus->broker))
		tell_soon(bus);
}

/**
 * bus_mark_job() - subscribers are to be told what has become of a job
 * @bus: bus
 * @id: of the job
 */
void bus_mark_job(struct bus *bus, const char *id)
{
	if (profile_mark_job(&bus->broker, id))
		tell_soon(bus);
}

/**
 * bus_problem() - tell subscribers that something does not hold
 * @bus: bus; NULL: there are none yet
 * @sentence: what
 */
void bus_problem(struct bus *bus, const char *sentence)
{
	if (bus)
		profile_tell_alert(&bus->broker, PROFILE_ALERT_PROBLEM, sentence);
}

/**
 * bus_init_indications() - begin to take subscriptions
 * @bus: with its broker
 */
void bus_init_indications(struct bus *bus)
{
	bus->indications = (struct profile_indications){ .deliver = deliver,
							 .changed = bus_object_changed,
							 .data = bus };
	bus->env.indications = &bus->indications;
}

/**
 * bus_end_subscriptions() - end the subscriptions of a connection that has ended
 * @bus: bus
 * @destination: its name
 */
void bus_end_subscriptions(struct bus *bus, const char *destination)
{
	struct profile_subscription *next;

	for (struct profile_subscription *s = bus->indications.subscriptions; s; s = next) {
		next = s->next;
		if (!strcmp(s->destination, destination))
			profile_unsubscribe(&bus->broker, s);
	}
}

/**
 * bus_end_indications() - end all subscriptions
 * @bus: bus
 */
void bus_end_indications(struct bus *bus)
{
	profile_unsubscribe_all(&bus->broker);
	bus_end_watch(bus);
	profile_free_filters(&bus->indications);
	sd_event_source_disable_unref(bus->teller);
}

/* Who has sent a message; "": the other end of a bus without names. */
static const char *sender_of(sd_bus_message *m)
{
	const char *sender = sd_bus_message_get_sender(m);

	return sender ? sender : "";
}

/* Whether a user may have one more. */
static int check_share(const struct bus *bus, uid_t uid, struct cim_error *error)
{
	char number[24];
	size_t n = 0;

	for (const struct profile_subscription *s = bus->indications.subscriptions; s; s = s->next)
		n += s->user == uid;
	if (n < bus_peer_share(uid, PROFILE_SUBSCRIPTIONS_MAX))
		return 0;
	snprintf(number, sizeof(number), "%zu", n);
	return cim_fail(error, CIM_MESSAGE_TOO_MANY_SUBSCRIPTIONS, number, "this user");
}

/**
 * bus_method_subscribe() - Subscribe
 * @m: message
 * @data: bus
 * @ret_error: receives an error
 *
 * Return: as sd-bus wants it.
 */
int bus_method_subscribe(sd_bus_message *m, void *data, sd_bus_error *ret_error)
{
	struct bus *bus = data;
	const char *filter;
	_cleanup_error_ struct cim_error error = { 0 };
	struct profile_subscription *s;
	uid_t uid;
	int r = sd_bus_message_read(m, "s", &filter);

	if (r >= 0)
		r = bus_peer_uid(m, &uid);
	if (r < 0)
		return r;
	if (check_share(bus, uid, &error) ||
	    profile_subscribe(&bus->broker, filter, sender_of(m), &s, &error))
		return bus_broker_error(ret_error, &error);
	s->user = uid;
	return sd_bus_reply_method_return(m, "t", s->id);
}

/**
 * bus_method_unsubscribe() - Unsubscribe
 * @m: message
 * @data: bus
 * @ret_error: receives an error
 *
 * Return: as sd-bus wants it.
 */
int bus_method_unsubscribe(sd_bus_message *m, void *data, sd_bus_error *ret_error)
{
	struct bus *bus = data;
	struct profile_subscription *s = bus->indications.subscriptions;
	_cleanup_error_ struct cim_error error = { 0 };
	char number[24];
	uint64_t id;
	int r = sd_bus_message_read(m, "t", &id);

	if (r < 0)
		return r;
	while (s && (s->id != id || strcmp(s->destination, sender_of(m))))
		s = s->next;
	if (!s) {
		snprintf(number, sizeof(number), "%llu", (unsigned long long)id);
		cim_fail(&error, CIM_MESSAGE_NO_SUBSCRIPTION, number);
		return bus_broker_error(ret_error, &error);
	}
	profile_unsubscribe(&bus->broker, s);
	return sd_bus_reply_method_return(m, NULL);
}
