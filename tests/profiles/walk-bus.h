/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A list's walk over D-Bus, org.kvrm1.Broker.
 */
#ifndef KVRM_TEST_WALK_BUS_H
#define KVRM_TEST_WALK_BUS_H

#include <inttypes.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include "tests/profiles/walk.h"

#define WALK_BUS_PATH	   "/org/kvrm1"
#define WALK_BUS_INTERFACE "org.kvrm1.Broker"

/**
 * struct walk_bus - a client
 * @bus: its end of the bus
 * @destination: name of the service; NULL: the other end
 * @event: loop that both ends are in; NULL: the other end is elsewhere
 * @page: how many instances are read at once
 */
struct walk_bus {
	sd_bus *bus;
	const char *destination;
	sd_event *event;
	uint32_t page;
};

static inline int walk_bus_on_reply(sd_bus_message *reply, void *data, sd_bus_error *error)
{
	sd_bus_message **ret = data;

	*ret = sd_bus_message_ref(reply);
	return 1;
}

/* The answer, also if it is an error; to be unreferenced. */
static inline sd_bus_message *walk_bus_send(struct walk_bus *b, sd_bus_message *m)
{
	sd_bus_message *reply = NULL;

	if (sd_bus_call_async(b->bus, NULL, m, walk_bus_on_reply, &reply, UINT64_MAX) < 0)
		abort();
	sd_bus_message_unref(m);
	while (!reply) {
		int r = b->event ? sd_event_run(b->event, UINT64_MAX)
				 : sd_bus_process(b->bus, NULL);

		if (r < 0)
			abort();
		if (!b->event && !r)
			sd_bus_wait(b->bus, UINT64_MAX);
	}
	return reply;
}

static inline sd_bus_message *walk_bus_method(struct walk_bus *b, const char *method)
{
	sd_bus_message *m = NULL;

	if (sd_bus_message_new_method_call(b->bus, &m, b->destination, WALK_BUS_PATH,
					   WALK_BUS_INTERFACE, method) < 0)
		abort();
	return m;
}

/* Names of an enumeration that is opened by a message, page by page. */
static inline void walk_bus_pull(struct walk_bus *b, sd_bus_message *open, walk_sink *sink,
				 void *sink_data)
{
	sd_bus_message *reply = walk_bus_send(b, open), *m;
	const char *path;
	uint64_t context;
	int end = 0;

	if (sd_bus_message_is_method_error(reply, NULL) ||
	    sd_bus_message_read(reply, "t", &context) < 0) {
		printf("# %s\n", sd_bus_message_get_error(reply)->message);
		end = 1;
	}
	sd_bus_message_unref(reply);
	while (!end) {
		m = walk_bus_method(b, "PullPaths");
		sd_bus_message_append(m, "tu", context, b->page);
		reply = walk_bus_send(b, m);
		if (sd_bus_message_enter_container(reply, 'a', "s") < 0)
			abort();
		while (sd_bus_message_read(reply, "s", &path) > 0)
			sink(path, sink_data);
		sd_bus_message_exit_container(reply);
		if (sd_bus_message_read(reply, "b", &end) < 0)
			abort();
		sd_bus_message_unref(reply);
	}
}

static inline void walk_bus_class(const char *class, char name[static 128])
{
	snprintf(name, 128, "%s%s", strchr(class, '_') ? "" : "CIM_", class);
}

static inline void walk_bus_names(const char *ns, const char *class, walk_sink *sink,
				  void *sink_data, void *data)
{
	sd_bus_message *m = walk_bus_method(data, "OpenInstances");

	sd_bus_message_append(m, "ssa{sv}", ns, class, 0);
	walk_bus_pull(data, m, sink, sink_data);
}

static inline void walk_bus_associators(const char *path, const char *association,
					const char *class, walk_sink *sink, void *sink_data,
					void *data)
{
	sd_bus_message *m = walk_bus_method(data, "OpenAssociators");
	char names[2][128];

	walk_bus_class(association, names[0]);
	walk_bus_class(class, names[1]);
	sd_bus_message_append(m, "sa{sv}", path, 2, "AssocClass", "s", names[0], "ResultClass", "s",
			      names[1]);
	walk_bus_pull(data, m, sink, sink_data);
}

static inline void walk_bus_references(const char *path, const char *association, walk_sink *sink,
				       void *sink_data, void *data)
{
	sd_bus_message *m = walk_bus_method(data, "OpenReferences");
	char name[128];

	walk_bus_class(association, name);
	sd_bus_message_append(m, "sa{sv}", path, 1, "ResultClass", "s", name);
	walk_bus_pull(data, m, sink, sink_data);
}

/* One basic value, as text. */
static inline void walk_bus_give(sd_bus_message *m, char type, walk_sink *sink, void *sink_data)
{
	union {
		uint8_t y;
		int16_t n;
		uint16_t q;
		int32_t i;
		uint32_t u;
		int64_t x;
		uint64_t t;
		double d;
		const char *s;
	} v;
	char number[32];

	if (sd_bus_message_read_basic(m, type, &v) < 0)
		abort();
	if (type == 's') {
		sink(v.s, sink_data);
		return;
	}
	if (type == 'b')
		snprintf(number, sizeof(number), "%s", v.i ? "TRUE" : "FALSE");
	else if (type == 'y')
		snprintf(number, sizeof(number), "%u", v.y);
	else if (type == 'n')
		snprintf(number, sizeof(number), "%d", v.n);
	else if (type == 'q')
		snprintf(number, sizeof(number), "%u", v.q);
	else if (type == 'i')
		snprintf(number, sizeof(number), "%d", v.i);
	else if (type == 'u')
		snprintf(number, sizeof(number), "%u", v.u);
	else if (type == 'x')
		snprintf(number, sizeof(number), "%" PRId64, v.x);
	else
		snprintf(number, sizeof(number), "%" PRIu64, v.t);
	sink(number, sink_data);
}

/* The values of a key of a{sv}, which is read to its end. */
static inline void walk_bus_pick(sd_bus_message *m, const char *key, walk_sink *sink,
				 void *sink_data)
{
	const char *name, *contents;
	char type;

	if (sd_bus_message_enter_container(m, 'a', "{sv}") < 0)
		abort();
	while (sd_bus_message_enter_container(m, 'e', "sv") > 0) {
		sd_bus_message_read(m, "s", &name);
		if (!key || strcmp(name, key)) {
			sd_bus_message_skip(m, "v");
		} else {
			sd_bus_message_peek_type(m, &type, &contents);
			sd_bus_message_enter_container(m, 'v', contents);
			if (*contents != 'a') {
				walk_bus_give(m, *contents, sink, sink_data);
			} else {
				type = contents[1];
				sd_bus_message_enter_container(m, 'a', contents + 1);
				while (!sd_bus_message_at_end(m, 0))
					walk_bus_give(m, type, sink, sink_data);
				sd_bus_message_exit_container(m);
			}
			sd_bus_message_exit_container(m);
		}
		sd_bus_message_exit_container(m);
	}
	sd_bus_message_exit_container(m);
}

static inline bool walk_bus_property(const char *path, const char *name, walk_sink *sink,
				     void *sink_data, void *data)
{
	sd_bus_message *m = walk_bus_method(data, "GetInstance"), *reply;
	bool there;

	sd_bus_message_append(m, "sa{sv}", path, 1, "PropertyList", "as", 1, name);
	reply = walk_bus_send(data, m);
	there = !sd_bus_message_is_method_error(reply, NULL);
	if (there) {
		sd_bus_message_skip(reply, "ss");
		walk_bus_pick(reply, name, sink, sink_data);
	}
	sd_bus_message_unref(reply);
	return there;
}

static inline void walk_bus_append(sd_bus_message *m, const struct walk_value *value);

static inline const char *walk_bus_signature(enum walk_kind kind)
{
	static const char *const signatures[] = {
		[WALK_NULL] = "g", [WALK_NUMBER] = "t", [WALK_TEXT] = "s",
		[WALK_BOOL] = "b", [WALK_PATH] = "s",	[WALK_INSTANCE] = "(sa{sv})",
	};

	return signatures[kind];
}

static inline void walk_bus_append_pairs(sd_bus_message *m, const struct walk_value *items,
					 size_t n)
{
	sd_bus_message_open_container(m, 'a', "{sv}");
	for (size_t i = 0; i < n; i++) {
		const struct walk_value *value = &items[i];
		bool array = value->kind == WALK_ARRAY;
		const char *one =
			walk_bus_signature(array ? (value->n ? value->items[0].kind : WALK_TEXT)
						 : value->kind);
		char all[16] = "a";

		strcat(all, one);
		sd_bus_message_open_container(m, 'e', "sv");
		sd_bus_message_append(m, "s", value->name);
		sd_bus_message_open_container(m, 'v', array ? all : one);
		if (array)
			sd_bus_message_open_container(m, 'a', one);
		else
			walk_bus_append(m, value);
		for (size_t k = 0; array && k < value->n; k++)
			walk_bus_append(m, &value->items[k]);
		if (array)
			sd_bus_message_close_container(m);
		sd_bus_message_close_container(m);
		sd_bus_message_close_container(m);
	}
	sd_bus_message_close_container(m);
}

static inline void walk_bus_append(sd_bus_message *m, const struct walk_value *value)
{
	switch (value->kind) {
	case WALK_NULL:
		sd_bus_message_append(m, "g", "");
		break;
	case WALK_NUMBER:
		sd_bus_message_append(m, "t", value->number);
		break;
	case WALK_BOOL:
		sd_bus_message_append(m, "b", (int)value->number);
		break;
	case WALK_TEXT:
	case WALK_PATH:
		sd_bus_message_append(m, "s", value->text);
		break;
	case WALK_INSTANCE:
		sd_bus_message_open_container(m, 'r', "sa{sv}");
		sd_bus_message_append(m, "s", value->text);
		walk_bus_append_pairs(m, value->items, value->n);
		sd_bus_message_close_container(m);
		break;
	case WALK_ARRAY:
		break;
	}
}

/* A status by the name of its error. */
static inline int64_t walk_bus_status(const char *name)
{
	static const char *const names[] = {
		[1] = "Failed",
		[2] = "AccessDenied",
		[3] = "InvalidNamespace",
		[4] = "InvalidParameter",
		[5] = "InvalidClass",
		[6] = "NotFound",
		[7] = "NotSupported",
		[11] = "AlreadyExists",
		[12] = "NoSuchProperty",
		[13] = "TypeMismatch",
		[14] = "QueryLanguageNotSupported",
		[15] = "InvalidQuery",
		[16] = "MethodNotAvailable",
		[17] = "MethodNotFound",
	};
	const char *prefix = "org.kvrm1.Error.CIM.";

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i] && !strncmp(name, prefix, strlen(prefix)) &&
		    !strcmp(name + strlen(prefix), names[i]))
			return -(int64_t)i;
	}
	return INT64_MIN;
}

/* 0, or the status and the message of a refusal: "KVRMnnnn: sentence", as "KVRMnnnn sentence". */
static inline int64_t walk_bus_refusal(sd_bus_message *reply, char message[static 512])
{
	const sd_bus_error *error = sd_bus_message_get_error(reply);

	if (!error)
		return 0;
	snprintf(message, 512, "%.8s%s", error->message,
		 strlen(error->message) > 9 ? error->message + 9 : "");
	return walk_bus_status(error->name);
}

static inline int64_t walk_bus_create(const char *ns, const struct walk_value *instance,
				      char message[static 512], walk_sink *sink, void *sink_data,
				      void *data)
{
	sd_bus_message *m = walk_bus_method(data, "CreateInstance"), *reply;
	const char *path;
	int64_t status;

	sd_bus_message_append(m, "ss", ns, instance->text);
	walk_bus_append_pairs(m, instance->items, instance->n);
	reply = walk_bus_send(data, m);
	status = walk_bus_refusal(reply, message);
	if (!status && sd_bus_message_read(reply, "s", &path) > 0)
		sink(path, sink_data);
	sd_bus_message_unref(reply);
	return status;
}

static inline int64_t walk_bus_remove(const char *path, char message[static 512], void *data)
{
	sd_bus_message *m = walk_bus_method(data, "DeleteInstance"), *reply;
	int64_t status;

	sd_bus_message_append(m, "s", path);
	reply = walk_bus_send(data, m);
	status = walk_bus_refusal(reply, message);
	sd_bus_message_unref(reply);
	return status;
}

static inline int64_t walk_bus_invoke(const char *path, const char *method,
				      const struct walk_value *arguments, size_t n,
				      const char *output, char message[static 512], walk_sink *sink,
				      void *sink_data, void *data)
{
	sd_bus_message *m = walk_bus_method(data, "InvokeMethod"), *reply;
	const char *id, *text;
	uint32_t code = 0;
	int64_t status;

	sd_bus_message_append(m, "ss", path, method);
	walk_bus_append_pairs(m, arguments, n);
	reply = walk_bus_send(data, m);
	status = walk_bus_refusal(reply, message);
	if (status) {
		sd_bus_message_unref(reply);
		return status;
	}
	sd_bus_message_read(reply, "u", &code);
	walk_bus_pick(reply, output, sink, sink_data);
	sd_bus_message_read(reply, "ss", &id, &text);
	snprintf(message, 512, "%s%s%s", id, *id ? " " : "", text);
	sd_bus_message_unref(reply);
	return code;
}

/**
 * walk_bus_backend() - a backend
 * @b: client; must stay
 * @variables: of lists; must stay
 *
 * Return: the backend.
 */
static inline struct walk_backend walk_bus_backend(struct walk_bus *b,
						   const struct walk_variable *variables)
{
	return (struct walk_backend){ .names = walk_bus_names,
				      .associators = walk_bus_associators,
				      .references = walk_bus_references,
				      .property = walk_bus_property,
				      .invoke = walk_bus_invoke,
				      .create = walk_bus_create,
				      .remove = walk_bus_remove,
				      .data = b,
				      .variables = variables };
}

#endif
