// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The broker and the profiles on a model in memory. An input is a text that is read as a path, a unit, a point in time
 * and a query, or a series of calls: which instance, which method, which arguments of which types; what takes long may
 * end after later calls. Whatever comes in, a call ends exactly once, what is refused says why, and every instance can
 * be told.
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition))                                                                  \
			__builtin_trap();                                                          \
	} while (0)
/* For driver.h. */
#define assert_int_equal(a, b) CHECK((a) == (b))

#include "daemon/broker/datetime.h"
#include "daemon/broker/unit.h"
#include "daemon/profile/indication.h"
#include "daemon/profile/job.h"
#include "tests/unit/driver.h"

/* A few calls are enough for any state. */
#define CALLS_MAX 12
#define PATHS_MAX 256

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct profile_env env;
static struct profile_jobs jobs;
static struct broker broker;

/**
 * struct input - what is left of an input; behind its end there are zeros
 * @at: next
 * @left: how much
 */
struct input {
	const uint8_t *at;
	size_t left;
};

static uint8_t byte(struct input *in)
{
	if (!in->left)
		return 0;
	in->left--;
	return *in->at++;
}

static uint64_t number(struct input *in)
{
	uint64_t value = 0;

	for (int n = byte(in) % 9; n; n--)
		value = value << 8 | byte(in);
	return value;
}

/* A word of a few that mean something here, or any. */
static char *word(struct input *in)
{
	static const char *const words[] = {
		"percent",
		"byte * 2^20",
		"DMTF:KVM",
		"host",
		"web",
		"/k",
		"KVRM:pool/processor/host",
		"count",
		"",
		"one",
		"percent / 10000",
		"00000000000100.000000:000",
	};
	size_t n = byte(in), count = sizeof(words) / sizeof(words[0]);
	char *text;

	if (n < count)
		return strdup(words[n]);
	/* The InstanceID of a setting that may be there. */
	if (n < count + 8 && host.n_systems) {
		static const char *const suffixes[] = { "/state",
							"/defined",
							"/state/processor",
							"/defined/processor",
							"/state/memory",
							"/defined/memory",
							"",
							"/x" };

		CHECK(asprintf(&text, "KVRM:%s%s",
			       host.systems[byte(in) % host.n_systems]->definition->uuid,
			       suffixes[n - count]) > 0);
		return text;
	}
	n = byte(in) % 40;
	text = calloc(1, n + 1);
	for (size_t i = 0; i < n; i++)
		text[i] = (char)(byte(in) | 1);
	return text;
}

/**
 * struct paths - of all instances, as far as there is room
 * @items: as text
 * @n: of items
 */
struct paths {
	char *items[PATHS_MAX];
	size_t n;
};

/* Every input begins with the same instances; what is found later is for that input only. */
static struct paths initial, changed;
static const struct paths *paths = &initial;
static bool paths_are_old;

static int on_path(struct cim_path *path, void *data)
{
	_cleanup_path_ struct cim_path *owned = path;
	struct paths *ret = data;

	if (ret->n == PATHS_MAX)
		return 1;
	ret->items[ret->n] = cim_path_format(path);
	CHECK(ret->items[ret->n]);
	ret->n++;
	return 0;
}

static int on_instance(struct cim_instance *instance, void *data)
{
	struct cim_path *path = cim_instance_path(instance, instance->path->ns);

	CHECK(path && cim_path_equal(path, instance->path));
	cim_path_free(path);
	cim_instance_free(instance);
	return 0;
}

static void find_paths(struct paths *ret)
{
	struct cim_error error = { 0 };

	while (ret->n)
		free(ret->items[--ret->n]);
	for (int ns = 0; ns < CIM_NAMESPACES; ns++)
		CHECK(broker_enumerate_names(&broker, ns, "CIM_ManagedElement", on_path, ret,
					     &error) <= 1);
	cim_error_deinit(&error);
	paths = ret;
	paths_are_old = false;
}

static void value(struct input *in, const struct schema_property *p, int depth,
		  struct cim_value *ret);

static void instance(struct input *in, const struct schema_class *class, int depth,
		     union cim_scalar *ret)
{
	struct cim_error error = { 0 };

	if (byte(in) % 4 == 0)
		class = &schema_classes[number(in) % schema_n_classes];
	ret->instance = cim_instance_new(class);
	for (int n = byte(in) % 8; n && class->n_properties; n--) {
		const struct schema_property *p = class->properties[byte(in) % class->n_properties];
		struct cim_value v = { 0 };

		value(in, p, depth + 1, &v);
		cim_instance_set(ret->instance, p->name, &v, "instance", &error);
	}
	cim_error_deinit(&error);
}

static void scalar(struct input *in, const struct schema_property *p, int type, int depth,
		   union cim_scalar *ret)
{
	if (type == CIM_INSTANCE)
		instance(in, p->target ? p->target : &schema_classes[0], depth, ret);
	else if (type == SCHEMA_STRING || type == SCHEMA_DATETIME)
		ret->text = p->type == SCHEMA_REFERENCE && paths->n
				    ? strdup(paths->items[byte(in) % paths->n])
				    : word(in);
	else if (type == SCHEMA_BOOLEAN)
		ret->boolean = byte(in) & 1;
	else if (type == SCHEMA_REAL64)
		ret->real = (double)number(in);
	else
		ret->number = number(in);
}

/* Mostly of the right type. */
static void value(struct input *in, const struct schema_property *p, int depth,
		  struct cim_value *ret)
{
	static const int types[] = { SCHEMA_BOOLEAN, SCHEMA_UINT8,  SCHEMA_SINT64, SCHEMA_UINT64,
				     SCHEMA_REAL64,  SCHEMA_STRING, CIM_INSTANCE };
	uint8_t how = byte(in);
	size_t n = how >> 4;

	if (how % 16 == 15) {
		ret->state = CIM_NULL;
		return;
	}
	ret->state = CIM_VALUE;
	ret->type = p->type == SCHEMA_REFERENCE || p->type == SCHEMA_DATETIME ? SCHEMA_STRING
									      : (int)p->type;
	if (p->type == SCHEMA_STRING && (p->target || p->flags & SCHEMA_EMBEDDED_OBJECT))
		ret->type = CIM_INSTANCE;
	ret->array = p->array;
	if (how % 16 == 14)
		ret->type = types[byte(in) % (sizeof(types) / sizeof(types[0]))];
	if (how % 16 == 13)
		ret->array = !ret->array;
	if (ret->type == CIM_INSTANCE && depth > 2)
		ret->type = SCHEMA_UINT64;
	if (!ret->array) {
		scalar(in, p, ret->type, depth, &ret->one);
		return;
	}
	ret->items = calloc(n + 1, sizeof(*ret->items));
	for (; ret->n < n; ret->n++)
		scalar(in, p, ret->type, depth, &ret->items[ret->n]);
}

#define HELD_MAX 16

/* What takes long, and is not over yet; oldest first. */
static struct held {
	enum profile_ask ask;
	char uuid[37];
	profile_done *done;
	void *data;
} held[HELD_MAX];
static size_t n_held;

static void end_held(size_t i, int error)
{
	struct held one = held[i];

	memmove(&held[i], &held[i + 1], (n_held - i - 1) * sizeof(held[0]));
	n_held--;
	paths_are_old = true;
	one.done(error, NULL, NULL, NULL, one.data);
}

static int do_held(const struct held *one)
{
	struct system *system = host_find(&host, one->uuid);

	if (!system)
		return ERROR_NOT_FOUND;
	/* What was to end has ended. */
	if (system->state == SYSTEM_DEFINED && one->ask != PROFILE_START)
		return 0;
	return driver_change_state(one->ask, system, NULL);
}

static void end_all_held(void)
{
	while (n_held)
		end_held(0, do_held(&held[0]));
}

static bool hold(struct input *in, const struct profile_request *request, profile_done *done,
		 void *done_data)
{
	bool slow = request->ask == PROFILE_START || request->ask == PROFILE_KILL ||
		    (request->ask == PROFILE_STOP && request->timeout_us);

	if (!slow || n_held == HELD_MAX || byte(in) & 1)
		return false;
	held[n_held] = (struct held){ .ask = request->ask, .done = done, .data = done_data };
	strcpy(held[n_held++].uuid, request->system->definition->uuid);
	return true;
}

static void stop_waiting(const struct system *system)
{
	for (size_t i = n_held; i-- > 0;) {
		if (held[i].ask == PROFILE_STOP && !strcmp(held[i].uuid, system->definition->uuid))
			end_held(i, ERROR_TIMEOUT);
	}
}

static void ask(const struct profile_request *request, profile_done *done, void *done_data,
		void *data)
{
	struct system *system = NULL;
	struct pool *pool = NULL;
	char *error = NULL;
	int r = 0;

	if (hold(data, request, done, done_data))
		return;
	if (request->ask == PROFILE_STOP_WAITING)
		stop_waiting(request->system);
	else if (request->ask == PROFILE_REMOVE && request->system->state != SYSTEM_DEFINED)
		r = ERROR_INVALID_STATE;
	else
		r = driver_ask(request, &system, &pool, &error);
	done(r, error, system, pool, done_data);
	free(error);
}

static void on_done(const struct broker_result *result, void *data)
{
	unsigned int *times = data;

	++*times;
	paths_are_old |= !result->status;
	/* A method may begin a job; that of a job, and what has no room for one, is answered as well. */
	if (!result->status && result->code == CIM_RETURN_JOB)
		return;
	if (result->status || result->code)
		CHECK(result->error->message && *cim_error_text(result->error));
	else
		CHECK(!result->error->message);
}

static void call(struct input *in)
{
	const struct schema_method *method;
	struct cim_arguments *inputs = NULL;
	struct cim_path *path = NULL;
	struct cim_error error = { 0 };
	unsigned int times = 0;

	if (paths_are_old)
		find_paths(&changed);
	CHECK(!cim_path_parse(paths->items[byte(in) % paths->n], CIM_ROOT, "", &path, &error));
	if (path->class->n_methods) {
		method = path->class->methods[byte(in) % path->class->n_methods];
		CHECK(!broker_prepare(path, method->result.name, &inputs, &error));
		for (int n = byte(in) % 6; n && method->n_parameters; n--) {
			const struct schema_property *p =
				&method->parameters[byte(in) % method->n_parameters];
			struct cim_value v = { 0 };

			value(in, p, 0, &v);
			cim_arguments_set(inputs, p->name, &v, &error);
		}
		broker_invoke(&broker, path, inputs, on_done, &times);
		/* Without room for a job it is answered at the end. */
		if (!times)
			end_all_held();
		CHECK(times == 1);
	}
	cim_path_free(path);
	cim_error_deinit(&error);
}

/* A pool, a virtual system in it that runs, and one that does not. */
static void populate(void)
{
	static const char *const names[] = { "one", "two" };
	struct pool *pool = NULL;
	char *error = NULL;

	CHECK(!driver_create_pool(pool_definition_new("web"), &pool, &error));
	for (size_t i = 0; i < 2; i++) {
		struct definition *d = definition_new();
		struct system *system = NULL;

		strcpy(d->name, names[i]);
		snprintf(d->uuid, sizeof(d->uuid), "00000000-0000-4000-8000-00000000000%zu", i);
		strcpy(d->pool, i ? "host" : "web");
		d->memory_bytes = UINT64_C(64) << 20;
		d->kernel = strdup("/k");
		CHECK(!driver_define(d, &system, &error));
		if (!i)
			CHECK(!driver_change_state(PROFILE_START, system, &error));
	}
}

static void try_query(const char *text)
{
	struct cim_instance *alert = cim_instance_new(schema_class_find("KVRM_AlertIndication"));
	struct cim_error error = { 0 };
	struct query *query = NULL;

	if (query_parse(text, &query, &error))
		CHECK(error.message && error.text && !query);
	else if (query_passes(query, alert))
		CHECK(schema_class_is_a(alert->class, query->class) && !query->source);
	query_free(query);
	cim_instance_free(alert);
	cim_error_deinit(&error);
}

static void texts(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size), *again;
	struct cim_path *path = NULL, *same = NULL;
	struct cim_error error = { 0 };
	struct cim_unit unit, byte_unit;
	const char *why = NULL;
	uint64_t us, amount;

	if (!cim_path_parse(text, CIM_ROOT, "text", &path, &error)) {
		again = cim_path_format(path);
		/* What is written of what was read can be longer, by quotes. */
		if (strlen(again) <= CIM_PATH_TEXT_MAX) {
			CHECK(!cim_path_parse(again, CIM_INTEROP, "text", &same, &error));
			CHECK(cim_path_equal(path, same));
		}
		free(again);
	} else {
		CHECK(error.message && error.text);
	}
	if (cim_unit_parse(text, &unit, &why)) {
		CHECK(why);
	} else {
		cim_unit_parse("byte", &byte_unit, NULL);
		CHECK(cim_unit_same_dimension(&unit, &unit));
		CHECK(!cim_unit_convert(size, &unit, &unit, &amount) && amount == size);
		if (cim_unit_same_dimension(&unit, &byte_unit))
			cim_unit_convert(size, &unit, &byte_unit, &amount);
	}
	if (!cim_interval_parse(text, &us))
		CHECK(cim_datetime_is_valid(text));
	try_query(text);
	cim_path_free(path);
	cim_path_free(same);
	cim_error_deinit(&error);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	struct cim_error error = { 0 };

	if (!size || byte(&in) == 't') {
		texts(in.at, in.left);
		return 0;
	}
	driver_open();
	env = (struct profile_env){
		.host = &host, .since_us = 1, .jobs = &jobs, .ask = ask, .data = &in
	};
	broker = profile_broker(&env);
	populate();
	paths = &initial;
	if (!initial.n)
		find_paths(&initial);
	paths_are_old = false;
	for (int i = 0; i < CALLS_MAX && in.left; i++)
		call(&in);
	for (int ns = 0; ns < CIM_NAMESPACES; ns++) {
		CHECK(!broker_enumerate(&broker, ns, "CIM_ManagedElement", NULL, on_instance, NULL,
					&error));
		CHECK(!broker_enumerate(&broker, ns, "CIM_Dependency", NULL, on_instance, NULL,
					&error));
	}
	end_all_held();
	profile_free_jobs(&jobs);
	driver_close();
	return 0;
}
