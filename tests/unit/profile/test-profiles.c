// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The lists of requirements in tests/profiles, walked over the broker on a model in memory. What a real host does
 * with guests is done to the model at once.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "daemon/profile/indication.h"
#include "daemon/profile/job.h"
#include "tests/profiles/walk.h"
#include "tests/unit/slow-driver.h"

static struct profile_env env;
static struct broker broker;

static void ask(const struct profile_request *request, profile_done *done, void *done_data,
		void *data)
{
	_cleanup_free_ char *error = NULL;
	struct system *system = NULL;
	struct pool *pool = NULL;
	int r = driver_ask(request, &system, &pool, &error);

	done(r, error, system, pool, done_data);
}

/* Texts go to a sink of the walk. */
struct to_sink {
	walk_sink *sink;
	void *data;
};

static int on_path(struct cim_path *path, void *data)
{
	_cleanup_path_ struct cim_path *owned = path;
	_cleanup_free_ char *text = cim_path_format(path);
	struct to_sink *to = data;

	to->sink(text, to->data);
	return 0;
}

static void full_name(const char *class, char name[static 128])
{
	snprintf(name, 128, "%s%s", strchr(class, '_') ? "" : "CIM_", class);
}

static void backend_names(const char *ns, const char *class, walk_sink *sink, void *sink_data,
			  void *data)
{
	struct to_sink to = { sink, sink_data };
	struct cim_error error = { 0 };
	enum cim_namespace space;

	assert_int_equal(cim_namespace_find(ns, &space, &error), 0);
	assert_int_equal(broker_enumerate_names(&broker, space, class, on_path, &to, &error), 0);
}

static struct cim_path *parse(const char *text)
{
	struct cim_error error = { 0 };
	struct cim_path *path = NULL;

	if (cim_path_parse(text, CIM_ROOT, "", &path, &error))
		fail_msg("%s: %s", text, cim_error_text(&error));
	return path;
}

static void backend_associators(const char *text, const char *association, const char *class,
				walk_sink *sink, void *sink_data, void *data)
{
	_cleanup_path_ struct cim_path *path = parse(text);
	struct to_sink to = { sink, sink_data };
	_cleanup_error_ struct cim_error error = { 0 };
	char names[2][128];
	const struct broker_filter filter = { .association = names[0], .result = names[1] };

	full_name(association, names[0]);
	full_name(class, names[1]);
	if (broker_associator_names(&broker, path, &filter, on_path, &to, &error))
		printf("# %s: %s\n", text, cim_error_text(&error));
}

static void backend_references(const char *text, const char *association, walk_sink *sink,
			       void *sink_data, void *data)
{
	_cleanup_path_ struct cim_path *path = parse(text);
	struct to_sink to = { sink, sink_data };
	_cleanup_error_ struct cim_error error = { 0 };
	char class[128];
	const struct broker_filter filter = { .association = class };

	full_name(association, class);
	if (broker_reference_names(&broker, path, &filter, on_path, &to, &error))
		printf("# %s: %s\n", text, cim_error_text(&error));
}

static void give(const struct cim_value *value, size_t i, walk_sink *sink, void *sink_data)
{
	const union cim_scalar *item = &cim_value_items(value)[i];
	_cleanup_free_ char *path = NULL;
	char number[24];

	if (value->type == SCHEMA_STRING || value->type == SCHEMA_DATETIME) {
		sink(item->text, sink_data);
	} else if (value->type == SCHEMA_BOOLEAN) {
		sink(item->boolean ? "TRUE" : "FALSE", sink_data);
	} else if (value->type == SCHEMA_REFERENCE) {
		path = cim_path_format(item->path);
		sink(path, sink_data);
	} else {
		snprintf(number, sizeof(number), "%" PRIu64, item->number);
		sink(number, sink_data);
	}
}

static bool backend_property(const char *text, const char *name, walk_sink *sink, void *sink_data,
			     void *data)
{
	_cleanup_path_ struct cim_path *path = parse(text);
	_cleanup_instance_ struct cim_instance *instance = NULL;
	_cleanup_error_ struct cim_error error = { 0 };
	const struct cim_value *value;

	/* Jobs get on while they are looked at. */
	if (!strcmp(name, "JobState"))
		slow_look();
	if (broker_get(&broker, path, NULL, &instance, &error))
		return false;
	value = cim_get(instance, name);
	for (size_t i = 0; value && i < cim_value_count(value); i++)
		give(value, i, sink, sink_data);
	return value;
}

static int take(const struct walk_value *from, struct cim_value *to, struct cim_error *error);

static int take_instance(const struct walk_value *from, struct cim_value *to,
			 struct cim_error *error)
{
	int status = cim_instance_begin(from->text, "", &to->one.instance, error);

	for (size_t i = 0; !status && i < from->n; i++) {
		struct cim_value value = { 0 };

		status = take(&from->items[i], &value, error);
		if (!status)
			status = cim_instance_set(to->one.instance, from->items[i].name, &value,
						  from->name ? from->name : "", error);
	}
	if (status)
		cim_instance_free(to->one.instance);
	to->type = CIM_INSTANCE;
	return status;
}

static int take_array(const struct walk_value *from, struct cim_value *to, struct cim_error *error)
{
	int status = 0;

	to->state = CIM_VALUE;
	to->array = true;
	to->type = CIM_INSTANCE;
	to->items = calloc(from->n + 1, sizeof(*to->items));
	for (size_t i = 0; !status && i < from->n; i++) {
		struct cim_value value = { 0 };

		status = take(&from->items[i], &value, error);
		if (status)
			break;
		to->type = value.type;
		to->items[to->n++] = value.one;
	}
	if (status)
		cim_value_deinit(to);
	return status;
}

static int take(const struct walk_value *from, struct cim_value *to, struct cim_error *error)
{
	int status = 0;

	switch (from->kind) {
	case WALK_NULL:
		to->state = CIM_NULL;
		return 0;
	case WALK_ARRAY:
		return take_array(from, to, error);
	case WALK_INSTANCE:
		status = take_instance(from, to, error);
		break;
	case WALK_NUMBER:
		to->type = SCHEMA_UINT64;
		to->one.number = from->number;
		break;
	case WALK_BOOL:
		to->type = SCHEMA_BOOLEAN;
		to->one.boolean = from->number;
		break;
	case WALK_TEXT:
	case WALK_PATH:
		to->type = SCHEMA_STRING;
		to->one.text = strdup(from->text);
		break;
	}
	if (!status)
		to->state = CIM_VALUE;
	return status;
}

struct end {
	int64_t code;
	char *message;
	const char *output;
	struct to_sink to;
	unsigned int times;
};

static void on_done(const struct broker_result *result, void *data)
{
	struct end *end = data;
	const struct cim_value *value = NULL;

	end->times++;
	end->code = result->status ? -result->status : (int64_t)result->code;
	if (result->error->message)
		snprintf(end->message, 512, "%s %s", result->error->message->id,
			 cim_error_text(result->error));
	if (result->outputs && end->output)
		value = cim_argument(result->outputs, end->output);
	for (size_t i = 0; value && i < cim_value_count(value); i++)
		give(value, i, end->to.sink, end->to.data);
}

static int64_t refused(struct cim_error *error, int status, char message[static 512])
{
	snprintf(message, 512, "%s %s", error->message->id, cim_error_text(error));
	cim_error_deinit(error);
	return -status;
}

static int64_t backend_invoke(const char *text, const char *method,
			      const struct walk_value *arguments, size_t n, const char *output,
			      char message[static 512], walk_sink *sink, void *sink_data,
			      void *data)
{
	_cleanup_path_ struct cim_path *path = parse(text);
	struct end end = { .message = message, .output = output, .to = { sink, sink_data } };
	struct cim_arguments *inputs = NULL;
	struct cim_error error = { 0 };
	int status = broker_prepare(path, method, &inputs, &error);

	for (size_t i = 0; !status && i < n; i++) {
		struct cim_value value = { 0 };
		struct walk_value named = arguments[i];
		char entry[64];

		/* Front ends name entries of arrays as the broker does. */
		for (size_t k = 0; named.kind == WALK_ARRAY && k < named.n; k++) {
			snprintf(entry, sizeof(entry), "%s[%zu]", named.name, k);
			free(named.items[k].name);
			named.items[k].name = strdup(entry);
		}
		status = take(&named, &value, &error);
		if (!status)
			status = cim_arguments_set(inputs, named.name, &value, &error);
	}
	if (status) {
		cim_arguments_free(inputs);
		return refused(&error, status, message);
	}
	broker_invoke(&broker, path, inputs, on_done, &end);
	assert_int_equal(end.times, 1);
	return end.code;
}

static int64_t backend_create(const char *ns, const struct walk_value *wanted,
			      char message[static 512], walk_sink *sink, void *sink_data,
			      void *data)
{
	struct cim_value value = { 0 };
	struct cim_error error = { 0 };
	struct to_sink to = { sink, sink_data };
	struct cim_path *path = NULL;
	enum cim_namespace space = CIM_ROOT;
	int status = cim_namespace_find(ns, &space, &error);

	if (!status)
		status = take(wanted, &value, &error);
	if (!status)
		status = broker_create(&broker, space, value.one.instance, &path, &error);
	cim_value_deinit(&value);
	return status ? refused(&error, status, message) : on_path(path, &to);
}

static int64_t backend_remove(const char *text, char message[static 512], void *data)
{
	_cleanup_path_ struct cim_path *path = parse(text);
	struct cim_error error = { 0 };
	int status = broker_remove(&broker, path, &error);

	return status ? refused(&error, status, message) : 0;
}

static const struct walk_variable variables[] = DRIVER_VARIABLES;
static const struct walk_backend backend = {
	.names = backend_names,
	.associators = backend_associators,
	.references = backend_references,
	.property = backend_property,
	.invoke = backend_invoke,
	.create = backend_create,
	.remove = backend_remove,
	.variables = variables,
};

static int setup(void **state)
{
	driver_open();
	env = (struct profile_env){ .host = &host, .since_us = 1, .ask = ask };
	broker = profile_broker(&env);
	return 0;
}

static int teardown(void **state)
{
	driver_close();
	return 0;
}

static void test_dsp1033(void **state)
{
	assert_true(walk_file(&backend, "tests/profiles/DSP1033", "DSP1033"));
}

static void test_dsp1041(void **state)
{
	assert_true(walk_file(&backend, "tests/profiles/DSP1041", "DSP1041"));
}

static void test_dsp1043(void **state)
{
	assert_true(walk_file(&backend, "tests/profiles/DSP1043", "DSP1043"));
}

static void test_dsp1044(void **state)
{
	assert_true(walk_file(&backend, "tests/profiles/DSP1044", "DSP1044"));
}

static void test_dsp1045(void **state)
{
	assert_true(walk_file(&backend, "tests/profiles/DSP1045", "DSP1045"));
}

static void test_dsp1047(void **state)
{
	assert_true(walk_file(&backend, "tests/profiles/DSP1047", "DSP1047"));
}

static void test_dsp1050(void **state)
{
	driver_add_uplinks();
	assert_true(walk_file(&backend, "tests/profiles/DSP1050", "DSP1050"));
}

static void ignore(const struct profile_subscription *s, const struct cim_instance *indication,
		   void *data)
{
}

static void test_dsp1054(void **state)
{
	struct profile_indications indications = { .deliver = ignore };
	struct profile_subscription *s;
	struct cim_error error = { 0 };

	env.indications = &indications;
	assert_int_equal(profile_subscribe(&broker, "KVRM:systems", ":1.7", &s, &error), 0);
	assert_true(walk_file(&backend, "tests/profiles/DSP1054", "DSP1054"));
	profile_unsubscribe(&broker, s);
	assert_null(indications.filters);
}

static void test_dsp1042(void **state)
{
	assert_true(walk_file(&backend, "tests/profiles/DSP1042", "DSP1042"));
}

static void test_dsp1053(void **state)
{
	assert_true(walk_file(&backend, "tests/profiles/DSP1053", "DSP1053"));
}

static void test_dsp1057(void **state)
{
	assert_true(walk_file(&backend, "tests/profiles/DSP1057", "DSP1057"));
}

static void test_dsp1059(void **state)
{
	assert_true(walk_file(&backend, "tests/profiles/DSP1059", "DSP1059"));
}

static void test_dsp1103(void **state)
{
	struct walk_backend patient = backend;
	struct profile_jobs jobs = { 0 };

	patient.patience_ms = 2000;
	env.ask = slow_ask;
	env.jobs = &jobs;
	assert_true(walk_file(&patient, "tests/profiles/DSP1103", "DSP1103"));
	assert_int_equal(n_slow, 0);
	assert_int_equal(jobs.n, 7);
	profile_free_jobs(&jobs);
}

/* What takes its time is the same to a client that waits for jobs. */
static void test_slow_states(void **state)
{
	struct profile_jobs jobs = { 0 };

	env.ask = slow_ask;
	env.jobs = &jobs;
	assert_true(walk_file(&backend, "tests/profiles/DSP1044", "DSP1044"));
	assert_true(jobs.n > 0);
	profile_free_jobs(&jobs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_dsp1033, setup, teardown),
		cmocka_unit_test_setup_teardown(test_dsp1041, setup, teardown),
		cmocka_unit_test_setup_teardown(test_dsp1042, setup, teardown),
		cmocka_unit_test_setup_teardown(test_dsp1043, setup, teardown),
		cmocka_unit_test_setup_teardown(test_dsp1044, setup, teardown),
		cmocka_unit_test_setup_teardown(test_dsp1045, setup, teardown),
		cmocka_unit_test_setup_teardown(test_dsp1047, setup, teardown),
		cmocka_unit_test_setup_teardown(test_dsp1050, setup, teardown),
		cmocka_unit_test_setup_teardown(test_dsp1053, setup, teardown),
		cmocka_unit_test_setup_teardown(test_dsp1054, setup, teardown),
		cmocka_unit_test_setup_teardown(test_dsp1057, setup, teardown),
		cmocka_unit_test_setup_teardown(test_dsp1059, setup, teardown),
		cmocka_unit_test_setup_teardown(test_dsp1103, setup, teardown),
		cmocka_unit_test_setup_teardown(test_slow_states, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
