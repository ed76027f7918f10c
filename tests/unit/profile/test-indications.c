// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Indications of a model in memory: what is told when, to whom, with which numbers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#include "daemon/profile/indication.h"
#include "tests/unit/driver.h"

#define TOLD_MAX 64

static struct profile_env env;
static struct profile_indications indications;
static struct broker broker;

/* What was delivered, oldest first. */
static struct told {
	uint64_t id;
	struct cim_instance *indication;
} told[TOLD_MAX];
static size_t n_told;

static void deliver(const struct profile_subscription *s, const struct cim_instance *indication,
		    void *data)
{
	assert_ptr_equal(data, &n_told);
	assert_true(n_told < TOLD_MAX);
	told[n_told++] = (struct told){ s->id, cim_instance_copy(indication) };
}

static void forget_told(void)
{
	while (n_told)
		cim_instance_free(told[--n_told].indication);
}

static int setup(void **state)
{
	driver_open();
	indications = (struct profile_indications){ .deliver = deliver, .data = &n_told };
	env = (struct profile_env){ .host = &host, .since_us = 1, .indications = &indications };
	broker = profile_broker(&env);
	return 0;
}

static int teardown(void **state)
{
	forget_told();
	profile_unsubscribe_all(&broker);
	profile_free_filters(&indications);
	assert_null(indications.known);
	driver_close();
	return 0;
}

static struct profile_subscription *subscribe(const char *filter)
{
	struct profile_subscription *s = NULL;
	struct cim_error error = { 0 };

	assert_int_equal(profile_subscribe(&broker, filter, ":1.7", &s, &error), 0);
	return s;
}

static struct system *define(const char *name)
{
	struct definition *d = definition_new();
	struct system *system = NULL;

	strcpy(d->name, name);
	d->memory_bytes = 64 << 20;
	assert_int_equal(driver_define(d, &system, NULL), 0);
	return system;
}

/* All that a change of a system marks. */
static void tell(const char *uuid)
{
	profile_mark_system(&broker, uuid, PROFILE_CHANGED);
	profile_mark_pools(&broker);
	profile_tell_marked(&broker);
}

static const char *text_of(size_t i, const char *property)
{
	const char *text = cim_get_text(told[i].indication, property);

	return text ? text : "";
}

static size_t count_told(const char *class)
{
	size_t n = 0;

	for (size_t i = 0; i < n_told; i++)
		n += !strcmp(told[i].indication->class->name, class);
	return n;
}

static bool has_changed(size_t i, const char *property)
{
	const struct cim_value *names = cim_get(told[i].indication, "ChangedPropertyNames");

	for (size_t k = 0; k < cim_value_count(names); k++) {
		if (!strcmp(cim_value_items(names)[k].text, property))
			return true;
	}
	return false;
}

static const struct cim_instance *source(size_t i, const char *property)
{
	const struct cim_value *value = cim_get(told[i].indication, property);

	assert_int_equal(value->type, CIM_INSTANCE);
	return value->one.instance;
}

static void test_life_of_a_system(void **state)
{
	struct profile_subscription *s = subscribe("KVRM:systems");
	const struct profile_request start = { .ask = PROFILE_START };
	struct system *system = define("one");
	struct profile_request request = start;
	char uuid[37];
	uint64_t number;

	strcpy(uuid, system->definition->uuid);
	tell(uuid);
	assert_int_equal(n_told, 1);
	assert_string_equal(told[0].indication->class->name, "CIM_InstCreation");
	assert_string_equal(text_of(0, "IndicationFilterName"), "KVRM:systems");
	assert_non_null(strstr(text_of(0, "SourceInstanceModelPath"), uuid));
	assert_string_equal(cim_get_text(source(0, "SourceInstance"), "ElementName"), "one");
	assert_int_equal(told[0].id, s->id);

	request.system = system;
	assert_int_equal(driver_ask(&request, NULL, NULL, NULL), 0);
	tell(uuid);
	assert_int_equal(n_told, 2);
	assert_string_equal(told[1].indication->class->name, "CIM_InstModification");
	assert_true(has_changed(1, "EnabledState"));
	assert_false(has_changed(1, "ElementName"));
	assert_true(cim_get_number(source(1, "PreviousInstance"), "EnabledState", &number));
	assert_int_equal(number, 3);
	assert_true(cim_get_number(source(1, "SourceInstance"), "EnabledState", &number));
	assert_int_equal(number, 2);

	/* Nothing has changed. */
	tell(uuid);
	assert_int_equal(n_told, 2);

	admission_leave(system);
	host_remove(&host, system);
	system_free(system);
	tell(uuid);
	assert_int_equal(n_told, 3);
	assert_string_equal(told[2].indication->class->name, "CIM_InstDeletion");
	assert_string_equal(cim_get_text(source(2, "SourceInstance"), "ElementName"), "one");
	/* It is forgotten: only pools are known. */
	assert_non_null(indications.known);
	assert_null(indications.known->next);

	for (size_t i = 0; i < n_told; i++) {
		assert_true(cim_get_number(told[i].indication, "SequenceNumber", &number));
		assert_int_equal(number, i);
		assert_string_equal(text_of(i, "SequenceContext"), text_of(0, "SequenceContext"));
		assert_true(*text_of(i, "IndicationTime"));
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(text_of(i, "IndicationIdentifier"),
						text_of(k, "IndicationIdentifier"));
	}
}

static void test_settings(void **state)
{
	struct system *system = define("one");
	const struct definition_nic nic = { .bridge = "br0",
					    .mac = "52:54:00:00:00:01",
					    .vhost = true,
					    .uplink = UPLINK_OF_BRIDGE,
					    .shares = { { 0, 100 }, { 0, 100 } } };
	struct profile_request request = { .ask = PROFILE_START, .system = system };

	/* Who comes later knows what there is. */
	subscribe("KVRM:settings");
	tell(system->definition->uuid);
	assert_int_equal(n_told, 0);

	/* Those in effect come: of processors, memory and the console. The configuration in effect was there. */
	driver_ask(&request, NULL, NULL, NULL);
	tell(system->definition->uuid);
	assert_int_equal(count_told("CIM_InstCreation"), 3);
	assert_int_equal(count_told("CIM_InstModification"), 0);
	forget_told();

	request = (struct profile_request){ .ask = PROFILE_ADD_NIC, .system = system, .nic = &nic };
	assert_int_equal(driver_ask(&request, NULL, NULL, NULL), 0);
	tell(system->definition->uuid);
	assert_int_equal(n_told, 2);
	assert_int_equal(count_told("CIM_InstCreation"), 2);
	assert_non_null(strstr(text_of(0, "SourceInstanceModelPath"), "/adapter/52:54:"));
	forget_told();

	system->definition->cpu.weight = 7;
	tell(system->definition->uuid);
	assert_int_equal(count_told("CIM_InstModification"), 2);
	assert_true(has_changed(0, "Weight"));
	forget_told();

	request.ask = PROFILE_REMOVE_NIC;
	driver_ask(&request, NULL, NULL, NULL);
	tell(system->definition->uuid);
	assert_int_equal(count_told("CIM_InstDeletion"), 2);
	assert_int_equal(n_told, 2);
}

static void test_pools(void **state)
{
	struct pool_definition *d = pool_definition_new("web");
	struct profile_request request = { .ask = PROFILE_CREATE_POOL, .pool_definition = d };
	struct pool *pool = NULL;

	subscribe("KVRM:pools");
	strcpy(d->parent, POOL_HOST);
	d->cpu.reservation_us = 1000000;
	assert_int_equal(driver_ask(&request, NULL, &pool, NULL), 0);
	assert_true(profile_mark_pools(&broker));
	profile_tell_marked(&broker);
	/* Of processors and of memory; and of the parent's something is reserved. */
	assert_int_equal(count_told("CIM_InstCreation"), 2);
	assert_int_equal(count_told("CIM_InstModification"), 1);
	assert_int_equal(n_told, 3);
	forget_told();

	request = (struct profile_request){ .ask = PROFILE_REMOVE_POOL, .pool = pool };
	assert_int_equal(driver_ask(&request, NULL, NULL, NULL), 0);
	profile_mark_pools(&broker);
	profile_tell_marked(&broker);
	assert_int_equal(count_told("CIM_InstDeletion"), 2);
	forget_told();

	driver_add_uplinks();
	profile_mark_pools(&broker);
	profile_tell_marked(&broker);
	assert_int_equal(count_told("CIM_InstCreation"), 2);
}

static void test_alerts(void **state)
{
	uint64_t number;

	profile_tell_alert(&broker, PROFILE_ALERT_PROBLEM, "nobody listens");
	subscribe("KVRM:alerts");
	subscribe("KVRM:systems");
	profile_tell_alert(&broker, PROFILE_ALERT_PROBLEM, "a limit is not held");
	profile_tell_alert(&broker, PROFILE_ALERT_REFUSED, "there is not enough");
	assert_int_equal(n_told, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_string_equal(told[i].indication->class->name, "KVRM_AlertIndication");
		assert_true(cim_get_number(told[i].indication, "AlertType", &number));
		assert_int_equal(number, 3);
		assert_true(cim_get_number(told[i].indication, "SequenceNumber", &number));
		assert_int_equal(number, i);
	}
	assert_string_equal(text_of(0, "Message"), "a limit is not held");
	assert_string_equal(text_of(0, "MessageID"), "");
	assert_string_equal(text_of(1, "MessageID"), "KVRM0213");
}

static void test_each_subscriber_has_numbers_of_his_own(void **state)
{
	struct profile_subscription *first = subscribe("KVRM:alerts"), *second;
	uint64_t number;

	profile_tell_alert(&broker, PROFILE_ALERT_PROBLEM, "one");
	second = subscribe("KVRM:alerts");
	profile_tell_alert(&broker, PROFILE_ALERT_PROBLEM, "two");
	assert_int_equal(n_told, 3);
	for (size_t i = 1; i < 3; i++) {
		assert_true(cim_get_number(told[i].indication, "SequenceNumber", &number));
		assert_int_equal(number, told[i].id == first->id);
	}
	assert_string_not_equal(text_of(1, "SequenceContext"), text_of(2, "SequenceContext"));

	/* The numbers go round. */
	first->sequence = INT64_MAX;
	profile_unsubscribe(&broker, second);
	forget_told();
	profile_tell_alert(&broker, PROFILE_ALERT_PROBLEM, "three");
	profile_tell_alert(&broker, PROFILE_ALERT_PROBLEM, "four");
	assert_int_equal(n_told, 2);
	assert_true(cim_get_number(told[0].indication, "SequenceNumber", &number));
	assert_true(number == INT64_MAX);
	assert_true(cim_get_number(told[1].indication, "SequenceNumber", &number));
	assert_int_equal(number, 0);
}

static void make_filter(const char *name, const char *query)
{
	_cleanup_instance_ struct cim_instance *wanted =
		cim_instance_new(schema_class_find("CIM_IndicationFilter"));
	_cleanup_path_ struct cim_path *path = NULL;

	cim_put_text(wanted, "Name", name);
	cim_put_text(wanted, "Query", query);
	cim_put_text(wanted, "QueryLanguage", "WQL");
	assert_int_equal(broker_create(&broker, CIM_INTEROP, wanted, &path, NULL), 0);
}

static void test_filters_of_clients(void **state)
{
	struct profile_request request = { .ask = PROFILE_START };
	_cleanup_error_ struct cim_error error = { 0 };
	struct profile_subscription *s;
	struct broker_element element = { .provider = &indication_filter };
	_cleanup_path_ struct cim_path *path = NULL;

	make_filter("me:started", "SELECT * FROM CIM_InstModification WHERE SourceInstance ISA "
				  "CIM_ComputerSystem AND SourceInstance.EnabledState = 2");
	make_filter("me:severe", "SELECT * FROM CIM_AlertIndication WHERE PerceivedSeverity > 3");
	s = subscribe("me:started");
	subscribe("me:severe");
	request.system = define("one");
	tell(request.system->definition->uuid);
	assert_int_equal(n_told, 0);
	driver_ask(&request, NULL, NULL, NULL);
	tell(request.system->definition->uuid);
	assert_int_equal(n_told, 1);
	assert_int_equal(told[0].id, s->id);
	assert_string_equal(text_of(0, "IndicationFilterName"), "me:started");
	request.ask = PROFILE_PAUSE;
	driver_ask(&request, NULL, NULL, NULL);
	tell(request.system->definition->uuid);
	profile_tell_alert(&broker, PROFILE_ALERT_PROBLEM, "a warning");
	assert_int_equal(n_told, 1);

	/* As long as somebody has subscribed it stays. */
	element.object = profile_find_filter(&broker, "me:started");
	path = broker_path(&broker, &element);
	assert_int_equal(broker_remove(&broker, path, &error), CIM_FAILED);
	assert_string_equal(error.message->id, "KVRM0214");
	profile_unsubscribe(&broker, s);
	assert_int_equal(broker_remove(&broker, path, &error), 0);
	assert_null(profile_find_filter(&broker, "me:started"));
	assert_non_null(profile_find_filter(&broker, "me:severe"));
}

static void test_no_more_filters(void **state)
{
	_cleanup_instance_ struct cim_instance *wanted =
		cim_instance_new(schema_class_find("CIM_IndicationFilter"));
	_cleanup_error_ struct cim_error error = { 0 };
	struct cim_path *path;
	char name[16];

	for (int i = 0; i < PROFILE_FILTERS_MAX; i++) {
		snprintf(name, sizeof(name), "me:%d", i);
		make_filter(name, "SELECT * FROM CIM_Indication");
	}
	cim_put_text(wanted, "Query", "SELECT * FROM CIM_Indication");
	cim_put_text(wanted, "QueryLanguage", "WQL");
	assert_int_equal(broker_create(&broker, CIM_INTEROP, wanted, &path, &error),
			 CIM_SERVER_LIMITS_EXCEEDED);
	assert_string_equal(error.message->id, "KVRM0142");
}

static void test_subscriptions_are_refused(void **state)
{
	_cleanup_error_ struct cim_error error = { 0 };
	struct profile_subscription *s;

	assert_int_equal(profile_subscribe(&broker, "KVRM:nothing", ":1.7", &s, &error),
			 CIM_NOT_FOUND);
	assert_string_equal(error.message->id, "KVRM0108");
	assert_null(indications.known);
	assert_false(profile_mark_pools(&broker));
	for (size_t i = 0; i < PROFILE_SUBSCRIPTIONS_MAX; i++)
		subscribe("KVRM:pools");
	assert_int_equal(profile_subscribe(&broker, "KVRM:pools", ":1.7", &s, &error),
			 CIM_SERVER_LIMITS_EXCEEDED);
	assert_string_equal(error.message->id, "KVRM0109");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_life_of_a_system, setup, teardown),
		cmocka_unit_test_setup_teardown(test_settings, setup, teardown),
		cmocka_unit_test_setup_teardown(test_pools, setup, teardown),
		cmocka_unit_test_setup_teardown(test_alerts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_each_subscriber_has_numbers_of_his_own, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_filters_of_clients, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_more_filters, setup, teardown),
		cmocka_unit_test_setup_teardown(test_subscriptions_are_refused, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
