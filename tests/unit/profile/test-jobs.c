// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Jobs of a model in memory: what begins one, what they tell, how they are stopped, and for how long they stay. The
 * list of their requirements is walked by test-profiles.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#include "daemon/profile/indication.h"
#include "daemon/profile/job.h"
#include "tests/unit/slow-driver.h"

static struct profile_env env;
static struct profile_jobs jobs;
static struct broker broker;
static struct system *vm;
static unsigned int n_changed;

static void changed(const char *id, void *data)
{
	assert_int_equal(strlen(id), 36);
	n_changed++;
}

static int setup(void **state)
{
	struct definition *d = definition_new();

	driver_open();
	n_changed = 0;
	jobs = (struct profile_jobs){ .changed = changed };
	env = (struct profile_env){ .host = &host, .since_us = 1, .jobs = &jobs, .ask = slow_ask };
	broker = profile_broker(&env);
	strcpy(d->name, "one");
	d->memory_bytes = 64 << 20;
	assert_int_equal(driver_define(d, &vm, NULL), 0);
	return 0;
}

static int teardown(void **state)
{
	profile_free_jobs(&jobs);
	assert_int_equal(n_slow, 0);
	driver_close();
	return 0;
}

/* How a call was answered, and what came of it; of instances in an output only whether there are any. */
static struct answer {
	unsigned int times;
	uint32_t code;
	char id[16];
	size_t n;
} answer;

static void on_answer(const struct broker_result *result, void *data)
{
	const char *output = data;
	const struct cim_value *value = cim_argument(result->outputs, output);

	answer.times++;
	answer.code = result->code;
	snprintf(answer.id, sizeof(answer.id), "%s",
		 result->error->message ? result->error->message->id : "");
	answer.n = value ? cim_value_count(value) : 0;
	if (answer.n && !strcmp(output, "Errors")) {
		const struct cim_instance *error = cim_value_items(value)->instance;

		assert_string_equal(error->class->name, "CIM_Error");
		assert_string_equal(cim_get_text(error, "OwningEntity"), "KVRM");
		assert_non_null(cim_get_text(error, "Message"));
		assert_non_null(strstr(cim_get_text(error, "ErrorSource"), "KVRM_ConcreteJob"));
		snprintf(answer.id, sizeof(answer.id), "%s", cim_get_text(error, "MessageID"));
	}
}

/* Calls a method; what came out of one output is counted. */
static uint32_t call(const struct broker_element *element, const char *method, uint64_t requested,
		     const char *timeout, const char *output)
{
	_cleanup_path_ struct cim_path *path = broker_path(&broker, element);
	struct cim_value state = { .state = CIM_VALUE, .type = SCHEMA_UINT16 };
	struct cim_value period = { .state = CIM_VALUE, .type = SCHEMA_STRING };
	struct cim_arguments *inputs = NULL;

	assert_int_equal(broker_prepare(path, method, &inputs, NULL), 0);
	state.one.number = requested;
	if (requested)
		assert_int_equal(cim_arguments_set(inputs, "RequestedState", &state, NULL), 0);
	if (timeout) {
		period.one.text = strdup(timeout);
		assert_int_equal(cim_arguments_set(inputs, "TimeoutPeriod", &period, NULL), 0);
	}
	answer = (struct answer){ 0 };
	broker_invoke(&broker, path, inputs, on_answer, (void *)output);
	assert_int_equal(answer.times, 1);
	return answer.code;
}

static uint32_t ask_system(uint64_t requested, const char *timeout)
{
	const struct broker_element element = profile_system_element(vm);

	return call(&element, "RequestStateChange", requested, timeout, "Job");
}

static uint32_t ask_job(const struct profile_job *job, const char *method, uint64_t requested)
{
	const struct broker_element element = { .provider = &concrete_job, .object = job };

	return call(&element, method, requested, NULL, "Errors");
}

/* What runs is to have so much memory. */
static uint32_t ask_memory(uint64_t bytes)
{
	const struct broker_element service = { .provider = &management_service };
	const struct broker_element memory = { .provider = &memory_setting, .object = vm };
	_cleanup_path_ struct cim_path *path = broker_path(&broker, &service);
	_cleanup_instance_ struct cim_instance *is = broker_instance(&broker, &memory);
	struct cim_value settings = { .state = CIM_VALUE, .type = CIM_INSTANCE, .array = true };
	struct cim_instance *wish = cim_instance_new(is->class);
	struct cim_arguments *inputs = NULL;

	cim_put_text(wish, "InstanceID", cim_get_text(is, "InstanceID"));
	cim_put_number(wish, "VirtualQuantity", bytes);
	settings.n = 1;
	settings.items = calloc(1, sizeof(*settings.items));
	settings.items->instance = wish;
	assert_int_equal(broker_prepare(path, "ModifyResourceSettings", &inputs, NULL), 0);
	assert_int_equal(cim_arguments_set(inputs, "ResourceSettings", &settings, NULL), 0);
	answer = (struct answer){ 0 };
	broker_invoke(&broker, path, inputs, on_answer, (void *)"Job");
	assert_int_equal(answer.times, 1);
	return answer.code;
}

static void finish(void)
{
	while (n_slow)
		slow_look();
}

static struct profile_job *begin_start(void)
{
	assert_int_equal(ask_system(2, NULL), CIM_RETURN_JOB);
	assert_int_equal(answer.n, 1);
	return jobs.first;
}

#define HOUR "00000000010000.000000:000"

static void test_what_is_over_at_once_begins_none(void **state)
{
	assert_int_equal(ask_system(9, NULL), 4097);
	assert_null(jobs.first);
	begin_start();
	finish();
	assert_int_equal(ask_system(9, NULL), 0);
	assert_int_equal(answer.n, 0);
	assert_int_equal(ask_system(2, NULL), 0);
	/* A guest that is asked, and not waited for */
	assert_int_equal(ask_system(4, NULL), 0);
	assert_int_equal(jobs.n, 1);
}

static void test_progress(void **state)
{
	struct profile_job *job = begin_start();

	assert_int_equal(job->state, PROFILE_JOB_RUNNING);
	assert_int_equal(profile_job_percent(job), 0);
	vm->progress_percent = 40;
	assert_int_equal(profile_job_percent(job), 40);
	finish();
	assert_int_equal(job->state, PROFILE_JOB_COMPLETED);
	assert_int_equal(profile_job_percent(job), 100);
	assert_int_equal(ask_job(job, "GetErrors", 0), 0);
	assert_int_equal(answer.n, 0);
	/* A shut down has no steps. */
	assert_int_equal(ask_system(4, HOUR), CIM_RETURN_JOB);
	assert_int_equal(profile_job_percent(jobs.first), 0);
	assert_int_equal(ask_system(3, NULL), CIM_RETURN_JOB);
	finish();
	/* The guest ended: that is what the shut down was for. */
	assert_int_equal(jobs.first->state, PROFILE_JOB_COMPLETED);
	assert_int_equal(jobs.first->next->state, PROFILE_JOB_COMPLETED);
}

/* More is there at once, less when the guest has given it back. */
static void test_memory(void **state)
{
	const uint64_t mib = DEFINITION_MEMORY_UNIT;

	vm->definition->memory_max_bytes = 256 * mib;
	begin_start();
	finish();
	assert_int_equal(ask_memory(128 * mib), 0);
	assert_int_equal(vm->definition->memory_bytes, 128 * mib);
	assert_int_equal(jobs.n, 1);
	assert_int_equal(ask_memory(96 * mib), CIM_RETURN_JOB);
	assert_int_equal(answer.n, 1);
	assert_int_equal(vm->definition->memory_bytes, 128 * mib);
	vm->progress_percent = 30;
	assert_int_equal(profile_job_percent(jobs.first), 30);
	assert_int_equal(ask_job(jobs.first, "RequestStateChange", 4), 4097);
	finish();
	assert_int_equal(jobs.first->state, PROFILE_JOB_COMPLETED);
	assert_int_equal(jobs.first->code, 0);
	assert_int_equal(vm->definition->memory_bytes, 96 * mib);
	assert_int_equal(jobs.n, 2);
}

static void test_errors(void **state)
{
	struct profile_job *job = begin_start();

	vm->progress_percent = 60;
	slow_end(0, ERROR_START_FAILED, "QEMU said no");
	system_ended(vm, "");
	assert_int_equal(job->state, PROFILE_JOB_EXCEPTION);
	assert_int_equal(job->code, 4);
	assert_int_equal(profile_job_percent(job), 60);
	assert_int_equal(ask_job(job, "GetErrors", 0), 0);
	assert_int_equal(answer.n, 1);
	assert_string_equal(answer.id, "KVRM0220");
	/* It is known as long as the job, whatever becomes of the system. */
	host_remove(&host, vm);
	system_free(vm);
	assert_int_equal(ask_job(job, "GetErrors", 0), 0);
	assert_int_equal(answer.n, 1);
}

static void test_a_start_is_taken_back(void **state)
{
	struct profile_job *job = begin_start();

	assert_int_equal(ask_job(job, "RequestStateChange", 4), CIM_RETURN_JOB);
	assert_int_equal(job->state, PROFILE_JOB_SHUTTING_DOWN);
	assert_int_equal(ask_job(job, "RequestStateChange", 5), 4097);
	/* The kill is quicker. */
	slow_run(1);
	assert_int_equal(job->state, PROFILE_JOB_TERMINATED);
	assert_int_equal(vm->state, SYSTEM_DEFINED);
	assert_int_equal(jobs.n, 1);
}

/* A job that cannot be stopped goes on. */
static void test_a_stop_that_fails(void **state)
{
	struct profile_job *job = begin_start();

	assert_int_equal(ask_job(job, "RequestStateChange", 4), CIM_RETURN_JOB);
	assert_int_equal(n_slow, 2);
	slow_end(1, ERROR_LAUNCHER_FAILED, "no launcher");
	assert_int_equal(job->state, PROFILE_JOB_RUNNING);
	finish();
	assert_int_equal(job->state, PROFILE_JOB_COMPLETED);
	assert_int_equal(vm->state, SYSTEM_ACTIVE);
}

static int modify(const struct profile_job *job, const char *keep, const char *other,
		  struct cim_error *error)
{
	const struct broker_element element = { .provider = &concrete_job, .object = job };
	_cleanup_path_ struct cim_path *path = broker_path(&broker, &element);
	_cleanup_instance_ struct cim_instance *wanted = cim_instance_new(path->class);

	cim_put_text(wanted, "TimeBeforeRemoval", keep);
	cim_put_bool(wanted, "DeleteOnCompletion", !other);
	cim_put_text(wanted, "Notify", other);
	cim_error_deinit(error);
	return broker_modify(&broker, path, wanted, error);
}

static void test_how_long_they_stay(void **state)
{
	struct profile_job *job = begin_start();
	const struct broker_element element = { .provider = &concrete_job, .object = job };
	_cleanup_path_ struct cim_path *path = broker_path(&broker, &element);
	_cleanup_error_ struct cim_error error = { 0 };
	uint64_t due;

	assert_int_equal(broker_remove(&broker, path, &error), CIM_FAILED);
	assert_string_equal(error.message->id, "KVRM0206");
	assert_int_equal(profile_remove_old_jobs(&broker), UINT64_MAX);
	finish();
	due = profile_remove_old_jobs(&broker);
	assert_true(due != UINT64_MAX);
	assert_int_equal(due, job->removal_us + UINT64_C(300000000));

	assert_int_equal(modify(job, "20260101000000.000000+000", NULL, &error),
			 CIM_INVALID_PARAMETER);
	assert_string_equal(error.message->id, "KVRM0136");
	assert_int_equal(modify(job, HOUR, "me", &error), CIM_INVALID_PARAMETER);
	assert_string_equal(error.message->id, "KVRM0135");
	assert_false(job->stays);
	assert_int_equal(modify(job, HOUR, NULL, &error), 0);
	assert_int_equal(profile_remove_old_jobs(&broker), job->removal_us + UINT64_C(3600000000));
	job->stays = true;
	assert_int_equal(profile_remove_old_jobs(&broker), UINT64_MAX);
	n_changed = 0;
	assert_int_equal(modify(job, "00000000000000.000000:000", NULL, &error), 0);
	assert_int_equal(n_changed, 1);
	assert_int_equal(profile_remove_old_jobs(&broker), UINT64_MAX);
	assert_null(jobs.first);
	assert_int_equal(n_changed, 2);
	assert_int_equal(broker_remove(&broker, path, &error), CIM_NOT_FOUND);

	assert_int_equal(ask_system(3, NULL), CIM_RETURN_JOB);
	finish();
	cim_path_free(path);
	path = broker_path(&broker, &(struct broker_element){ .provider = &concrete_job,
							      .object = jobs.first });
	assert_int_equal(broker_remove(&broker, path, &error), 0);
	assert_int_equal(jobs.n, 0);
}

/* What finds no room is answered when it is over. */
static void test_no_room(void **state)
{
	const struct broker_element element = profile_system_element(vm);
	_cleanup_path_ struct cim_path *path = broker_path(&broker, &element);
	struct cim_value state_ = { .state = CIM_VALUE, .type = SCHEMA_UINT16 };
	struct cim_arguments *inputs = NULL;

	for (int i = 0; i < PROFILE_JOBS_MAX / 2; i++) {
		begin_start();
		finish();
		assert_int_equal(ask_system(3, NULL), CIM_RETURN_JOB);
		finish();
	}
	assert_int_equal(jobs.n, PROFILE_JOBS_MAX);
	assert_int_equal(broker_prepare(path, "RequestStateChange", &inputs, NULL), 0);
	state_.one.number = 2;
	assert_int_equal(cim_arguments_set(inputs, "RequestedState", &state_, NULL), 0);
	answer = (struct answer){ 0 };
	broker_invoke(&broker, path, inputs, on_answer, "Job");
	assert_int_equal(answer.times, 0);
	finish();
	assert_int_equal(answer.times, 1);
	assert_int_equal(answer.code, 0);
	assert_int_equal(answer.n, 0);
	assert_int_equal(jobs.n, PROFILE_JOBS_MAX);
}

static size_t visited;

static int take(struct cim_instance *instance, void *data)
{
	const struct cim_value *before = cim_get(instance, "PreCallIndication");
	const struct cim_value *after = cim_get(instance, "PostCallIndication");
	const struct cim_instance *at_end = after->one.instance;
	bool ended = *(bool *)data;

	visited++;
	assert_string_equal(cim_get_text(before->one.instance, "MethodName"), "RequestStateChange");
	assert_int_equal(after->state == CIM_VALUE, ended);
	if (ended) {
		assert_string_equal(cim_get_text(at_end, "ReturnValue"), "0");
		assert_string_equal(cim_get_text(at_end, "SourceInstanceModelPath"),
				    cim_get_text(before->one.instance, "SourceInstanceModelPath"));
	}
	cim_instance_free(instance);
	return 0;
}

static void test_calls(void **state)
{
	bool ended = false;

	begin_start();
	for (int i = 0; i < 2; i++) {
		assert_int_equal(broker_enumerate(&broker, CIM_ROOT, "CIM_MethodResult", NULL, take,
						  &ended, NULL),
				 0);
		finish();
		ended = true;
	}
	assert_int_equal(visited, 2);
}

static char told[16][64];
static size_t n_told;

static void deliver(const struct profile_subscription *s, const struct cim_instance *indication,
		    void *data)
{
	const struct cim_value *source = cim_get(indication, "SourceInstance");
	uint64_t job_state = 0;

	cim_get_number(source->one.instance, "JobState", &job_state);
	snprintf(told[n_told++], sizeof(told[0]), "%s %u", indication->class->name,
		 (unsigned int)job_state);
}

static void test_indications(void **state)
{
	struct profile_indications indications = { .deliver = deliver };
	struct profile_subscription *s;
	char id[37];

	/* Who comes later knows what there is. */
	begin_start();
	strcpy(id, jobs.first->id);
	env.indications = &indications;
	assert_int_equal(profile_subscribe(&broker, "KVRM:jobs", ":1.7", &s, NULL), 0);
	finish();
	assert_true(profile_mark_job(&broker, id));
	profile_tell_marked(&broker);
	assert_int_equal(ask_system(3, NULL), CIM_RETURN_JOB);
	profile_mark_job(&broker, jobs.first->id);
	profile_tell_marked(&broker);
	finish();
	profile_remove_job(profile_find_job(&broker, id));
	profile_mark_job(&broker, id);
	profile_tell_marked(&broker);
	assert_int_equal(n_told, 3);
	assert_string_equal(told[0], "CIM_InstModification 7");
	assert_string_equal(told[1], "CIM_InstCreation 4");
	assert_string_equal(told[2], "CIM_InstDeletion 7");
	profile_unsubscribe_all(&broker);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_what_is_over_at_once_begins_none, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_progress, setup, teardown),
		cmocka_unit_test_setup_teardown(test_memory, setup, teardown),
		cmocka_unit_test_setup_teardown(test_errors, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_start_is_taken_back, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_stop_that_fails, setup, teardown),
		cmocka_unit_test_setup_teardown(test_how_long_they_stay, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_room, setup, teardown),
		cmocka_unit_test_setup_teardown(test_calls, setup, teardown),
		cmocka_unit_test_setup_teardown(test_indications, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
