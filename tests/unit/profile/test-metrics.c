// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DSP1053: what a client gets as instances is what is served as OpenMetrics, value for value, and nothing else.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#include "daemon/broker/unit.h"
#include "daemon/model/metric.h"
#include "tests/unit/driver.h"

#define LINES_MAX 2000

/* Lines "METRIC|WHAT|PART|VALUE", in any order. */
struct lines {
	char *line[LINES_MAX];
	size_t n;
};

static struct profile_env env;
static struct broker broker;

static void add(struct lines *lines, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(struct lines *lines, const char *format, ...)
{
	va_list args;

	assert_true(lines->n < LINES_MAX);
	va_start(args, format);
	assert_true(vasprintf(&lines->line[lines->n++], format, args) >= 0);
	va_end(args);
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void sort(struct lines *lines)
{
	qsort(lines->line, lines->n, sizeof(lines->line[0]), compare);
}

static void drop(struct lines *lines)
{
	for (size_t i = 0; i < lines->n; i++)
		free(lines->line[i]);
	free(lines);
}

static struct system *define(const char *name, bool start)
{
	struct definition *d = definition_new();
	_cleanup_free_ char *error = NULL;
	struct system *system = NULL;

	assert_non_null(d);
	snprintf(d->name, sizeof(d->name), "%s", name);
	d->kernel = strdup("/k");
	d->vcpus = 2;
	d->memory_bytes = UINT64_C(64) << 20;
	assert_int_equal(driver_define(d, &system, &error), 0);
	if (start)
		assert_int_equal(driver_change_state(PROFILE_START, system, &error), 0);
	return system;
}

static struct uplink *add_uplink(const char *name)
{
	struct uplink_definition *d = uplink_definition_new();
	struct uplink *uplink;

	assert_non_null(d);
	snprintf(d->name, sizeof(d->name), "%s", name);
	uplink = uplink_new(d);
	assert_non_null(uplink);
	assert_int_equal(host_add_uplink(&host, uplink), 0);
	return uplink;
}

static int setup(void **state)
{
	struct system *system;

	driver_open();
	env = (struct profile_env){ .host = &host, .since_us = 1 };
	broker = profile_broker(&env);
	host.sample.since_us = 1;
	host.sample.module_up = true;
	define("off", false);
	define("on", true);
	system = define("more", true);
	/* Of one processor one number is not known, and of another one there are more, and of QEMU's threads. */
	vm_sample_vcpu(&system->sample, 0)->known = 0;
	vcpu_sample_set(vm_sample_vcpu(&system->sample, 1), KVRM_A_VCPU_IO_EXITS, 0);
	vcpu_sample_set(vm_sample_vcpu(&system->sample, 1), KVRM_A_VCPU_USER_NS, 3);
	system->sample.overhead_known = 1 << KVRM_CPU_OVERHEAD_VHOST;
	system->sample.overhead_ns[KVRM_CPU_OVERHEAD_VHOST] = 4;
	add_uplink("north");
	add_uplink("south")->flows[0].known = true;
	return 0;
}

static int teardown(void **state)
{
	driver_close();
	return 0;
}

static void on_point(const struct metric_point *point, void *data)
{
	const struct metric_label *labels = point->labels;
	bool subject = labels[0].name &&
		       (!strcmp(labels[0].name, "vm") || !strcmp(labels[0].name, "pool"));
	char part[256] = "", value[256] = "", *to = part;

	if (point->family->kind == KVRM_METRIC_KIND_STATESET && !point->value)
		return;
	for (size_t i = subject; i < METRIC_LABELS_MAX && labels[i].name; i++) {
		bool told = point->family->kind == KVRM_METRIC_KIND_INFO &&
			    strcmp(labels[i].name, "uplink") != 0;

		if (point->family->kind == KVRM_METRIC_KIND_STATESET) {
			snprintf(value, sizeof(value), "%s", labels[i].value);
			continue;
		}
		to = told ? value : part;
		if (*to)
			strcat(to, ",");
		if (told) {
			strcat(to, labels[i].name);
			strcat(to, "=");
		}
		strcat(to, labels[i].value);
	}
	if (!*value)
		snprintf(value, sizeof(value), "%" PRIu64, point->value);
	add(data, "KVRM:metric/%s|%s|%s|%s", point->family->name,
	    subject ? labels[0].value : "host", part, value);
}

static void gather_points(struct lines *lines)
{
	struct metric_uplink uplinks[8];
	struct metric_snapshot snapshot;
	struct metric_pool pools[8];
	struct metric_vm vms[8];

	metric_host_rows(&host, &snapshot);
	for (size_t i = 0; i < host.n_systems; i++)
		vms[i] = metric_vm_row(host.systems[i]);
	for (size_t i = 0; i < host.n_pools; i++)
		pools[i] = metric_pool_row(&host, host.pools[i]);
	for (size_t i = 0; i < host.n_uplinks; i++)
		uplinks[i] = metric_uplink_row(&host, host.uplinks[i]);
	snapshot.vms = vms;
	snapshot.n_vms = host.n_systems;
	snapshot.pools = pools;
	snapshot.n_pools = host.n_pools;
	snapshot.uplinks = uplinks;
	snapshot.n_uplinks = host.n_uplinks;
	for (int metric = 0; metric < KVRM_METRIC_COUNT; metric++)
		metric_each(&snapshot, metric, on_point, lines);
}

/* What it is of, as in the InstanceID. */
static void subject_of(const char *id, char of[static 64])
{
	const char *rest = strchr(id + strlen("KVRM:metric/"), '/');

	assert_non_null(rest);
	snprintf(of, 64, "%.*s", (int)strcspn(rest + 1, "/"), rest + 1);
}

static int on_value(struct cim_instance *instance, void *data)
{
	_cleanup_instance_ struct cim_instance *owned = instance;
	_cleanup_instance_ struct cim_instance *again = NULL;
	_cleanup_error_ struct cim_error error = { 0 };
	const char *part = cim_get_text(instance, "BreakdownValue");
	const char *value = cim_get_text(instance, "MetricValue");
	char of[64];

	subject_of(cim_get_text(instance, "InstanceID"), of);
	add(data, "%s|%s|%s|%s", cim_get_text(instance, "MetricDefinitionId"), of, part ? part : "",
	    value);
	/* It is found by its name, and no other is. */
	assert_int_equal(broker_get(&broker, instance->path, NULL, &again, &error), 0);
	assert_string_equal(cim_get_text(again, "MetricValue"), value);
	assert_true(!part == !cim_get_text(instance, "BreakdownDimension"));
	return 0;
}

static void test_same_as_openmetrics(void **state)
{
	struct lines *points = calloc(1, sizeof(*points)), *values = calloc(1, sizeof(*values));
	_cleanup_error_ struct cim_error error = { 0 };

	assert_true(points && values);
	gather_points(points);
	assert_int_equal(broker_enumerate(&broker, CIM_ROOT, "CIM_BaseMetricValue", NULL, on_value,
					  values, &error),
			 0);
	sort(points);
	sort(values);
	for (size_t i = 0; i < points->n && i < values->n; i++)
		assert_string_equal(values->line[i], points->line[i]);
	assert_int_equal(values->n, points->n);
	assert_true(points->n > 70);
	drop(points);
	drop(values);
}

static int count_known(struct cim_instance *instance, void *data)
{
	_cleanup_instance_ struct cim_instance *owned = instance;

	if (strstr(cim_get_text(instance, "InstanceID"), "/kvrm_vm_cpu_time_seconds/"))
		add(data, "%s", cim_get_text(instance, "MetricValue"));
	return 0;
}

/* Two of the four processors that run have a time; what does not run has none. */
static void test_unknown(void **state)
{
	struct lines *lines = calloc(1, sizeof(*lines));
	_cleanup_error_ struct cim_error error = { 0 };

	assert_non_null(lines);
	assert_int_equal(broker_enumerate(&broker, CIM_ROOT, "KVRM_BaseMetricValue", NULL,
					  count_known, lines, &error),
			 0);
	sort(lines);
	assert_int_equal(lines->n, 3);
	assert_string_equal(lines->line[0], "1000000");
	assert_string_equal(lines->line[1], "2000000");
	assert_string_equal(lines->line[2], "2000000");
	drop(lines);
}

static int on_definition(struct cim_instance *instance, void *data)
{
	_cleanup_instance_ struct cim_instance *owned = instance;
	const char *unit = cim_get_text(instance, "ProgrammaticUnits"), *why = NULL;
	uint64_t change = 0, type = 0;
	struct cim_unit parsed;

	assert_true(cim_get_number(instance, "ChangeType", &change));
	assert_true(cim_get_number(instance, "DataType", &type));
	/* A number has a unit, and nothing else has. */
	assert_true((type == 13) == (unit != NULL));
	assert_true((type == 13) == (change != 2));
	if (unit && cim_unit_parse(unit, &parsed, &why))
		fail_msg("%s: %s: %s", cim_get_text(instance, "Id"), unit, why);
	++*(size_t *)data;
	return 0;
}

static void test_definitions(void **state)
{
	_cleanup_error_ struct cim_error error = { 0 };
	size_t n = 0;

	assert_int_equal(broker_enumerate(&broker, CIM_ROOT, "CIM_BaseMetricDefinition", NULL,
					  on_definition, &n, &error),
			 0);
	assert_int_equal(n, KVRM_METRIC_COUNT);
}

static int not_found(const char *id)
{
	_cleanup_instance_ struct cim_instance *instance = NULL;
	_cleanup_error_ struct cim_error error = { 0 };
	_cleanup_path_ struct cim_path *path = NULL;
	char text[256];

	snprintf(text, sizeof(text), "KVRM_BaseMetricValue.InstanceID=\"%s\"", id);
	assert_int_equal(cim_path_parse(text, CIM_ROOT, "", &path, &error), 0);
	return broker_get(&broker, path, NULL, &instance, &error);
}

static void test_names(void **state)
{
	static const char *const none[] = {
		"",
		"KVRM:",
		"KVRM:metric/",
		"KVRM:metric/kvrm_vms",
		"KVRM:metric/kvrm_vms/host",
		"KVRM:metric/kvrm_vms/host/",
		"KVRM:metric/kvrm_vms/host/gone",
		"KVRM:metric/kvrm_vms/hostess/active",
		"KVRM:metric/kvrm_vm/on",
		"KVRM:metric/kvrm_vm_state/11111111-2222-3333-4444-555555555555",
		"KVRM:metric/kvrm_pool/nowhere",
		"KVRM:metric/kvrm_none/host",
		"KVRM:metric/kvrm_uplink_capacity_bytes_per_second/host/north,up",
	};

	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		if (not_found(none[i]) != CIM_NOT_FOUND)
			fail_msg("'%s' was found", none[i]);
	}
	assert_int_equal(not_found("KVRM:metric/kvrm_vms/host/active"), 0);
	assert_int_equal(not_found("KVRM:metric/kvrm_pool/host"), 0);
	assert_int_equal(
		not_found("KVRM:metric/kvrm_uplink_capacity_bytes_per_second/host/north,receive"),
		0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_same_as_openmetrics, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unknown, setup, teardown),
		cmocka_unit_test_setup_teardown(test_definitions, setup, teardown),
		cmocka_unit_test_setup_teardown(test_names, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
