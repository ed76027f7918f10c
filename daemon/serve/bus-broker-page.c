// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Enumerations of the broker that are read in pages. What is kept of one are the names of its instances; an
 * instance is made when it is read, and left out if it is gone by then.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/serve/bus-internal.h"
#include "daemon/util/clock.h"
#include "daemon/util/text.h"

/* Of all users; of one, bus_peer_share(). */
#define CONTEXTS_MAX 32
/* Of a page. */
#define PAGE_MAX 1000
/* One that was not read for so long makes room for another. */
#define IDLE_US (60 * UINT64_C(1000000))

/**
 * struct bus_context - an enumeration
 * @next: in the bus's list
 * @bus: bus
 * @id: that it is read by
 * @reader: bus name of who opened it; NULL: the other end of the bus
 * @uid: user of @reader
 * @class: that is asked for; NULL: none
 * @options: what of each instance is wanted, owned
 * @paths: owned from @at on
 * @n: of @paths
 * @at: next to be read
 * @read_us: when it was opened or read last, CLOCK_MONOTONIC
 */
struct bus_context {
	struct bus_context *next;
	struct bus *bus;
	uint64_t id;
	char *reader;
	uid_t uid;
	const struct schema_class *class;
	struct bus_options options;
	struct cim_path **paths;
	size_t n;
	size_t at;
	uint64_t read_us;
};

static void context_free(struct bus_context *context)
{
	for (size_t i = context->at; i < context->n; i++)
		cim_path_free(context->paths[i]);
	free(context->paths);
	bus_options_deinit(&context->options);
	free(context->reader);
	free(context);
}

static void context_close(struct bus_context *context)
{
	struct bus_context **at = &context->bus->contexts;

	while (*at != context)
		at = &(*at)->next;
	*at = context->next;
	context_free(context);
}

/**
 * bus_free_contexts() - close all enumerations
 * @bus: bus
 */
void bus_free_contexts(struct bus *bus)
{
	while (bus->contexts)
		context_close(bus->contexts);
}

/**
 * bus_close_contexts() - close the enumerations of a connection that has ended
 * @bus: bus
 * @reader: its name
 */
void bus_close_contexts(struct bus *bus, const char *reader)
{
	struct bus_context *next;

	for (struct bus_context *c = bus->contexts; c; c = next) {
		next = c->next;
		if (c->reader && !strcmp(c->reader, reader))
			context_close(c);
	}
}

/* How many there are, of a user or of all (@uid: NULL), and the one that was not read for longest. */
static size_t count(const struct bus *bus, const uid_t *uid, struct bus_context **ret_oldest)
{
	size_t n = 0;

	*ret_oldest = NULL;
	for (struct bus_context *c = bus->contexts; c; c = c->next) {
		if (uid && c->uid != *uid)
			continue;
		if (!n++ || c->read_us < (*ret_oldest)->read_us)
			*ret_oldest = c;
	}
	return n;
}

/* Room for one more, of a user or of all: the one that was not read for longest goes, if that is long. */
static int make_room(struct bus *bus, const uid_t *uid, struct cim_error *error)
{
	struct bus_context *oldest;
	size_t n = count(bus, uid, &oldest);
	char number[24];

	if (n < (uid ? bus_peer_share(*uid, CONTEXTS_MAX) : CONTEXTS_MAX))
		return 0;
	if (monotonic_us() - oldest->read_us > IDLE_US) {
		context_close(oldest);
		return 0;
	}
	snprintf(number, sizeof(number), "%zu", n);
	return cim_fail(error, CIM_MESSAGE_TOO_MANY_CONTEXTS, number,
			uid ? "this user" : "all users");
}

static int context_new(struct bus *bus, sd_bus_message *m, uid_t uid, struct bus_context **ret,
		       struct cim_error *error)
{
	const char *sender = sd_bus_message_get_sender(m);
	struct bus_context *context;
	int status = make_room(bus, &uid, error);

	if (!status)
		status = make_room(bus, NULL, error);
	if (status)
		return status;
	context = calloc(1, sizeof(*context));
	if (context && sender) {
		context->reader = strdup(sender);
		if (!context->reader)
			context_free(TAKE_PTR(context));
	}
	if (!context)
		return cim_fail_memory(error);
	context->bus = bus;
	context->id = ++bus->last_context;
	context->uid = uid;
	context->read_us = monotonic_us();
	context->next = bus->contexts;
	bus->contexts = *ret = context;
	return 0;
}

static int on_path(struct cim_path *path, void *data)
{
	struct bus_context *context = data;
	struct cim_path **paths = context->paths;

	/* Doubles: 0, 1, 2, 4, 8. */
	if (!(context->n & (context->n - 1))) {
		paths = reallocarray(paths, context->n ? 2 * context->n : 1, sizeof(*paths));
		if (!paths) {
			cim_path_free(path);
			return -ENOMEM;
		}
		context->paths = paths;
	}
	paths[context->n++] = path;
	return 0;
}

/* An enumeration is filled, or failed. */
static int opened(sd_bus_message *m, struct bus_context *context, int status,
		  struct cim_error *error, sd_bus_error *ret_error)
{
	if (status < 0)
		cim_fail_memory(error);
	if (!status)
		return sd_bus_reply_method_return(m, "t", context->id);
	if (context)
		context_close(context);
	return bus_broker_error(ret_error, error);
}

/**
 * bus_method_open_instances() - OpenInstances
 * @m: message
 * @data: bus
 * @ret_error: receives an error
 *
 * Return: as sd-bus wants it.
 */
int bus_method_open_instances(sd_bus_message *m, void *data, sd_bus_error *ret_error)
{
	_cleanup_error_ struct cim_error error = { 0 };
	struct bus *bus = data;
	struct bus_context *context = NULL;
	const char *ns_name, *class;
	enum cim_namespace ns;
	int status, r = sd_bus_message_read(m, "ss", &ns_name, &class);
	uid_t uid;

	if (r >= 0)
		r = bus_peer_uid(m, &uid);
	if (r < 0)
		return r;
	status = context_new(bus, m, uid, &context, &error);
	if (!status)
		status = bus_read_options(m, &context->options, &error);
	if (!status)
		status = cim_namespace_find(ns_name, &ns, &error);
	if (!status)
		status = broker_get_class(class, &context->class, &error);
	if (!status)
		status = broker_enumerate_names(&bus->broker, ns, class, on_path, context, &error);
	return opened(m, context, status, &error, ret_error);
}

typedef int along(const struct broker *broker, const struct cim_path *path,
		  const struct broker_filter *filter, broker_name_sink *sink, void *data,
		  struct cim_error *error);

static int open_along(sd_bus_message *m, struct bus *bus, along *go, sd_bus_error *ret_error)
{
	_cleanup_error_ struct cim_error error = { 0 };
	_cleanup_path_ struct cim_path *path = NULL;
	struct bus_context *context = NULL;
	struct broker_filter filter;
	const char *text;
	int status, r = sd_bus_message_read(m, "s", &text);
	uid_t uid;

	if (r >= 0)
		r = bus_peer_uid(m, &uid);
	if (r < 0)
		return r;
	status = context_new(bus, m, uid, &context, &error);
	if (!status)
		status = bus_read_options(m, &context->options, &error);
	if (!status)
		status = cim_path_parse(text, CIM_ROOT, "ObjectName", &path, &error);
	if (!status) {
		filter = context->options.filter;
		/* Of references the class that is asked for is that of the association. */
		if (go == broker_reference_names && filter.result) {
			filter.association = filter.result;
			filter.result = NULL;
		}
		status = go(&bus->broker, path, &filter, on_path, context, &error);
	}
	return opened(m, context, status, &error, ret_error);
}

/**
 * bus_method_open_associators() - OpenAssociators
 * @m: message
 * @data: bus
 * @ret_error: receives an error
 *
 * Return: as sd-bus wants it.
 */
int bus_method_open_associators(sd_bus_message *m, void *data, sd_bus_error *ret_error)
{
	return open_along(m, data, broker_associator_names, ret_error);
}

/**
 * bus_method_open_references() - OpenReferences
 * @m: message
 * @data: bus
 * @ret_error: receives an error
 *
 * Return: as sd-bus wants it.
 */
int bus_method_open_references(sd_bus_message *m, void *data, sd_bus_error *ret_error)
{
	return open_along(m, data, broker_reference_names, ret_error);
}

/* Only who has opened it knows of it. */
static struct bus_context *find(struct bus *bus, sd_bus_message *m, uint64_t id)
{
	const char *sender = sd_bus_message_get_sender(m);
	struct bus_context *c = bus->contexts;

	while (c && (c->id != id || !c->reader != !sender || (sender && strcmp(sender, c->reader))))
		c = c->next;
	return c;
}

/* One page; @instances: with all that is wanted of them, and without those that are gone. */
static int append_page(sd_bus_message *reply, struct bus_context *context, uint32_t most,
		       bool instances)
{
	int r = 0;

	while (r >= 0 && most && context->at < context->n) {
		_cleanup_path_ struct cim_path *path = context->paths[context->at++];
		_cleanup_instance_ struct cim_instance *instance = NULL;
		_cleanup_free_ char *text = NULL;

		if (!instances) {
			text = cim_path_format(path);
			r = text ? sd_bus_message_append(reply, "s", text) : -ENOMEM;
			most--;
			continue;
		}
		if (broker_get(&context->bus->broker, path, NULL, &instance, NULL))
			continue;
		broker_select(instance, &context->options.select,
			      context->class ? context->class : instance->class);
		most--;
		r = sd_bus_message_open_container(reply, 'r', "ssa{sv}");
		if (r >= 0)
			r = bus_append_named(reply, instance);
		if (r >= 0)
			r = sd_bus_message_close_container(reply);
	}
	return r;
}

static int pull(sd_bus_message *m, struct bus *bus, bool instances, sd_bus_error *ret_error)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	_cleanup_error_ struct cim_error error = { 0 };
	struct bus_context *context;
	char text[24];
	uint32_t most;
	uint64_t id;
	bool end;
	int r = sd_bus_message_read(m, "tu", &id, &most);

	if (r < 0)
		return r;
	context = find(bus, m, id);
	snprintf(text, sizeof(text), "%llu", (unsigned long long)id);
	if (!context)
		cim_fail(&error, CIM_MESSAGE_CONTEXT, text);
	snprintf(text, sizeof(text), "%u", most);
	if (context && (!most || most > PAGE_MAX))
		cim_fail(&error, CIM_MESSAGE_RANGE, "most", text, "1", "1000");
	if (error.message)
		return bus_broker_error(ret_error, &error);
	context->read_us = monotonic_us();
	r = sd_bus_message_new_method_return(m, &reply);
	if (r >= 0)
		r = sd_bus_message_open_container(reply, 'a', instances ? "(ssa{sv})" : "s");
	if (r >= 0)
		r = append_page(reply, context, most, instances);
	if (r >= 0)
		r = sd_bus_message_close_container(reply);
	end = context->at == context->n;
	if (r >= 0)
		r = sd_bus_message_append(reply, "b", (int)end);
	if (end || r < 0)
		context_close(context);
	return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}

/**
 * bus_method_pull_instances() - PullInstances
 * @m: message
 * @data: bus
 * @ret_error: receives an error
 *
 * Return: as sd-bus wants it.
 */
int bus_method_pull_instances(sd_bus_message *m, void *data, sd_bus_error *ret_error)
{
	return pull(m, data, true, ret_error);
}

/**
 * bus_method_pull_paths() - PullPaths
 * @m: message
 * @data: bus
 * @ret_error: receives an error
 *
 * Return: as sd-bus wants it.
 */
int bus_method_pull_paths(sd_bus_message *m, void *data, sd_bus_error *ret_error)
{
	return pull(m, data, false, ret_error);
}

/**
 * bus_method_close() - Close
 * @m: message
 * @data: bus
 * @ret_error: receives an error
 *
 * Return: as sd-bus wants it.
 */
int bus_method_close(sd_bus_message *m, void *data, sd_bus_error *ret_error)
{
	_cleanup_error_ struct cim_error error = { 0 };
	struct bus_context *context;
	char text[24];
	uint64_t id;
	int r = sd_bus_message_read(m, "t", &id);

	if (r < 0)
		return r;
	context = find(data, m, id);
	if (context) {
		context_close(context);
		return sd_bus_reply_method_return(m, NULL);
	}
	snprintf(text, sizeof(text), "%llu", (unsigned long long)id);
	cim_fail(&error, CIM_MESSAGE_CONTEXT, text);
	return bus_broker_error(ret_error, &error);
}
