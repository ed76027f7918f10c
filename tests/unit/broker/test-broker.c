// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The broker on providers of the test's: two pools with settings, and a computer system in another namespace.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "daemon/broker/broker.h"

#define N_POOLS 2

static size_t n_settings = 10;
static size_t alive, most_alive;
static char written[32];
static const struct broker_provider pools, settings, profiles;

/* Settings are of the pools in turn. */
static int each_pool(const struct broker *broker, const struct broker_provider *provider,
		     broker_visit *visit, void *data)
{
	int r = 0;

	for (size_t i = 0; !r && i < N_POOLS; i++)
		r = visit(&(struct broker_element){ .provider = &pools, .index = i }, data);
	return r;
}

static void pool_keys(const struct broker *broker, const struct broker_element *e,
		      struct cim_instance *instance)
{
	cim_put_format(instance, "InstanceID", "TEST:pool%zu", e->index);
}

static void pool_fill(const struct broker *broker, const struct broker_element *e,
		      struct cim_instance *instance)
{
	cim_put_text(instance, "ElementName", "a pool");
	cim_put_number(instance, "Capacity", 100 + e->index);
}

static int pool_modify(const struct broker *broker, const struct broker_element *e,
		       const struct cim_instance *wanted, struct cim_error *error)
{
	snprintf(written, sizeof(written), "modified %zu", e->index);
	return 0;
}

static int pool_remove(const struct broker *broker, const struct broker_element *e,
		       struct cim_error *error)
{
	snprintf(written, sizeof(written), "removed %zu", e->index);
	return 0;
}

static int pool_create(const struct broker *broker, const struct cim_instance *wanted,
		       struct cim_path **ret, struct cim_error *error)
{
	snprintf(written, sizeof(written), "created %s", cim_get_text(wanted, "InstanceID"));
	*ret = cim_instance_path(wanted, CIM_ROOT);
	return 0;
}

static const struct broker_provider pools = {
	.class = "KVRM_ResourcePool",
	.ns = CIM_ROOT,
	.each = each_pool,
	.keys = pool_keys,
	.fill = pool_fill,
	.modify = pool_modify,
	.create = pool_create,
	.remove = pool_remove,
};

static int each_setting(const struct broker *broker, const struct broker_provider *provider,
			broker_visit *visit, void *data)
{
	int r = 0;

	for (size_t i = 0; !r && i < n_settings; i++)
		r = visit(&(struct broker_element){ .provider = &settings, .index = i }, data);
	return r;
}

static bool find_setting(const struct broker *broker, const struct broker_provider *provider,
			 const struct cim_path *path, struct broker_element *ret)
{
	*ret = (struct broker_element){ .provider = &settings };
	return sscanf(cim_path_text(path, "InstanceID"), "TEST:%zu", &ret->index) == 1 &&
	       ret->index < n_settings;
}

static void setting_keys(const struct broker *broker, const struct broker_element *e,
			 struct cim_instance *instance)
{
	cim_put_format(instance, "InstanceID", "TEST:%zu", e->index);
}

static void setting_fill(const struct broker *broker, const struct broker_element *e,
			 struct cim_instance *instance)
{
	cim_put_text(instance, "ElementName", "a setting");
	/* A provider that does not fit its class. */
	if (e->index == 4711)
		cim_put_text(instance, "Limit", "much");
}

static const struct broker_provider settings = {
	.class = "KVRM_ResourceAllocationSettingData",
	.ns = CIM_ROOT,
	.each = each_setting,
	.find = find_setting,
	.keys = setting_keys,
	.fill = setting_fill,
};

static void profile_keys(const struct broker *broker, const struct broker_element *e,
			 struct cim_instance *instance)
{
	cim_put_text(instance, "InstanceID", "TEST:profile");
}

static void central(struct broker_call *call, const struct broker_element *e)
{
	const struct broker_element pool = { .provider = &pools, .index = 1 };
	struct cim_error error = { 0 };

	if (e->index) {
		cim_fail(&error, CIM_MESSAGE_REFUSED, "no");
		broker_refuse(call, &error);
		return;
	}
	assert_int_equal(broker_give_array(call, "CentralInstances", SCHEMA_REFERENCE, 1), 0);
	assert_int_equal(broker_add_path(call, "CentralInstances",
					 broker_path(call->broker, &pool)),
			 0);
	broker_return(call, CIM_RETURN_OK);
}

static const struct broker_method profile_methods[] = {
	{ "GetCentralInstances", CIM_FAMILY_PLAIN, BROKER_OPERATE, central },
};

static const struct broker_provider profiles = {
	.class = "KVRM_RegisteredProfile",
	.ns = CIM_INTEROP,
	.keys = profile_keys,
	.methods = profile_methods,
	.n_methods = 1,
};

static int pool_of_setting(const struct broker *broker, const struct broker_element *from,
			   const struct broker_provider *to, broker_visit *visit, void *data)
{
	const struct broker_element pool = { .provider = &pools, .index = from->index % N_POOLS };

	return visit(&pool, data);
}

static int pools_of_profile(const struct broker *broker, const struct broker_element *from,
			    const struct broker_provider *to, broker_visit *visit, void *data)
{
	return each_pool(broker, to, visit, data);
}

static const struct broker_provider *const providers[] = { &pools, &settings, &profiles };
static const struct broker_link links[] = {
	{ .class = "CIM_ResourceAllocationFromPool",
	  .roles = { "Antecedent", "Dependent" },
	  .ends = { &pools, &settings },
	  .others = { NULL, pool_of_setting } },
	{ .class = "CIM_ElementConformsToProfile",
	  .roles = { "ConformantStandard", "ManagedElement" },
	  .ends = { &profiles, &pools },
	  .others = { pools_of_profile, NULL },
	  .both = true },
};
static const struct broker_profile profile = { providers, 3, links, 2 };
static const struct broker_profile *const all[] = { &profile };
static const struct broker broker = { all, 1, NULL };

static struct cim_path *parse(const char *text)
{
	struct cim_error error = { 0 };
	struct cim_path *path = NULL;

	if (cim_path_parse(text, CIM_ROOT, "", &path, &error))
		fail_msg("%s: %s", text, cim_error_text(&error));
	return path;
}

/* Texts of names, one behind the other. */
static int on_name(struct cim_path *path, void *data)
{
	_cleanup_free_ char *text = cim_path_format(path);
	char *all_names = data;

	strcat(strcat(all_names, text), "\n");
	cim_path_free(path);
	return 0;
}

static int on_instance(struct cim_instance *instance, void *data)
{
	size_t *n = data;

	/* The one before is freed here, so that there is one at a time. */
	++*n;
	alive++;
	most_alive = alive > most_alive ? alive : most_alive;
	assert_non_null(instance->path);
	cim_instance_free(instance);
	alive--;
	return 0;
}

static int on_third(struct cim_instance *instance, void *data)
{
	size_t *n = data;

	cim_instance_free(instance);
	return ++*n == 3 ? -1 : 0;
}

static void test_enumerate(void **state)
{
	struct cim_error error = { 0 };
	char names[1024] = "";
	size_t n = 0;

	assert_int_equal(broker_enumerate_names(&broker, CIM_ROOT, "CIM_ResourcePool", on_name,
						names, &error),
			 0);
	assert_string_equal(names, "/root/cimv2:KVRM_ResourcePool.InstanceID=\"TEST:pool0\"\n"
				   "/root/cimv2:KVRM_ResourcePool.InstanceID=\"TEST:pool1\"\n");
	/* Both associations and all elements; the profile is elsewhere. */
	assert_int_equal(broker_enumerate(&broker, CIM_ROOT, "CIM_ManagedElement", NULL,
					  on_instance, &n, &error),
			 0);
	assert_int_equal(n, 12);
	n = 0;
	broker_enumerate(&broker, CIM_ROOT, "CIM_ResourceAllocationFromPool", NULL, on_instance, &n,
			 &error);
	assert_int_equal(n, 10);
	n = 0;
	broker_enumerate(&broker, CIM_INTEROP, "CIM_ElementConformsToProfile", NULL, on_instance,
			 &n, &error);
	assert_int_equal(n, 2);
	n = 0;
	broker_enumerate(&broker, CIM_INTEROP, "CIM_ResourcePool", NULL, on_instance, &n, &error);
	assert_int_equal(n, 0);
	n = 0;
	assert_int_equal(broker_enumerate(&broker, CIM_ROOT, "CIM_SettingData", NULL, on_third, &n,
					  &error),
			 -1);
	assert_int_equal(n, 3);
	assert_int_equal(broker_enumerate(&broker, CIM_ROOT, "CIM_No", NULL, on_instance, &n,
					  &error),
			 CIM_INVALID_CLASS);
	assert_string_equal(cim_error_text(&error), "ClassName: there is no class 'CIM_No'.");
	cim_error_deinit(&error);
}

/* However many there are, one is held. */
static void test_streams(void **state)
{
	struct cim_error error = { 0 };
	size_t n = 0;

	n_settings = 4000;
	most_alive = 0;
	assert_int_equal(broker_enumerate(&broker, CIM_ROOT, "CIM_SettingData", NULL, on_instance,
					  &n, &error),
			 0);
	assert_int_equal(n, 4000);
	assert_int_equal(most_alive, 1);
	/* One that does not fit its class ends it, with a message. */
	n_settings = 5000;
	assert_int_equal(broker_enumerate(&broker, CIM_ROOT, "CIM_SettingData", NULL, on_instance,
					  &n, &error),
			 CIM_FAILED);
	assert_string_equal(error.message->id, "KVRM0002");
	cim_error_deinit(&error);
	n_settings = 10;
}

static void test_get(void **state)
{
	_cleanup_path_ struct cim_path *path = parse("KVRM_ResourcePool.InstanceID=\"TEST:pool1\"");
	_cleanup_path_ struct cim_path *gone = parse("KVRM_ResourcePool.InstanceID=\"TEST:pool2\"");
	/* Found by number, and yet not its name. */
	_cleanup_path_ struct cim_path *odd =
		parse("KVRM_ResourceAllocationSettingData.InstanceID=\"TEST:03\"");
	static const char *const names[] = { "capacity", "Nonsense" };
	const struct broker_select some = { .some = true, .names = names, .n = 2 };
	const struct broker_select none = { .some = true };
	struct cim_instance *instance = NULL;
	struct cim_error error = { 0 };
	uint64_t n = 0;

	assert_int_equal(broker_get(&broker, path, NULL, &instance, &error), 0);
	assert_string_equal(cim_get_text(instance, "ElementName"), "a pool");
	assert_true(cim_get_number(instance, "Capacity", &n) && n == 101);
	instance = cim_instance_free(instance);
	assert_int_equal(broker_get(&broker, path, &some, &instance, &error), 0);
	assert_null(cim_get_text(instance, "ElementName"));
	assert_true(cim_get_number(instance, "Capacity", &n));
	instance = cim_instance_free(instance);
	assert_int_equal(broker_get(&broker, path, &none, &instance, &error), 0);
	assert_null(cim_get_text(instance, "InstanceID"));
	assert_true(cim_path_equal(instance->path, path));
	instance = cim_instance_free(instance);
	assert_int_equal(broker_get(&broker, gone, NULL, &instance, &error), CIM_NOT_FOUND);
	assert_int_equal(broker_get(&broker, odd, NULL, &instance, &error), CIM_NOT_FOUND);
	path->ns = CIM_INTEROP;
	assert_int_equal(broker_get(&broker, path, NULL, &instance, &error), CIM_NOT_FOUND);
	cim_error_deinit(&error);
}

static size_t count(const char *from, struct broker_filter filter, bool references)
{
	_cleanup_path_ struct cim_path *path = parse(from);
	struct cim_error error = { 0 };
	size_t n = 0;
	int r = references
			? broker_references(&broker, path, &filter, NULL, on_instance, &n, &error)
			: broker_associators(&broker, path, &filter, NULL, on_instance, &n, &error);

	if (r)
		fail_msg("%s", cim_error_text(&error));
	return n;
}

#define POOL	"KVRM_ResourcePool.InstanceID=\"TEST:pool1\""
#define SETTING "KVRM_ResourceAllocationSettingData.InstanceID=\"TEST:3\""
#define PROFILE "/interop:KVRM_RegisteredProfile.InstanceID=\"TEST:profile\""
#define F(...)	((struct broker_filter){ __VA_ARGS__ })

static void test_associators(void **state)
{
	assert_int_equal(count(POOL, F(NULL), false), 6);
	assert_int_equal(count(POOL, F(.association = "CIM_Dependency"), false), 5);
	assert_int_equal(count(POOL, F(.association = ""), false), 6);
	assert_int_equal(count(POOL, F(.result = "CIM_RegisteredProfile"), false), 1);
	assert_int_equal(count(POOL, F(.result = "CIM_SettingData"), false), 5);
	assert_int_equal(count(POOL, F(.role = "antecedent"), false), 5);
	assert_int_equal(count(POOL, F(.role = "Dependent"), false), 0);
	assert_int_equal(count(POOL, F(.result_role = "ConformantStandard"), false), 1);
	assert_int_equal(count(SETTING, F(NULL), false), 1);
	assert_int_equal(count(PROFILE, F(NULL), false), 2);
	assert_int_equal(count(POOL, F(NULL), true), 6);
	assert_int_equal(count(POOL, F(.association = "CIM_ElementConformsToProfile"), true), 1);
	assert_int_equal(count(POOL, F(.role = "Antecedent"), true), 5);
}

static void test_association_refused(void **state)
{
	_cleanup_path_ struct cim_path *pool = parse(POOL);
	_cleanup_path_ struct cim_path *gone = parse("KVRM_ResourcePool.InstanceID=\"TEST:pool9\"");
	struct broker_filter filter = { .association = "CIM_ResourcePool" };
	struct cim_error error = { 0 };
	size_t n = 0;

	assert_int_equal(broker_associators(&broker, pool, &filter, NULL, on_instance, &n, &error),
			 CIM_INVALID_PARAMETER);
	assert_string_equal(cim_error_text(&error),
			    "AssocClass: CIM_ResourcePool is no association.");
	assert_int_equal(broker_references(&broker, pool, &filter, NULL, on_instance, &n, &error),
			 CIM_INVALID_PARAMETER);
	assert_string_equal(cim_error_text(&error),
			    "ResultClass: CIM_ResourcePool is no association.");
	filter = F(.result = "CIM_Nothing");
	assert_int_equal(broker_associators(&broker, pool, &filter, NULL, on_instance, &n, &error),
			 CIM_INVALID_CLASS);
	filter = F(NULL);
	assert_int_equal(broker_associators(&broker, gone, &filter, NULL, on_instance, &n, &error),
			 CIM_NOT_FOUND);
	assert_int_equal(n, 0);
	cim_error_deinit(&error);
}

/* Each reference that is told can be got by its name, and others cannot. */
static int on_reference(struct cim_path *path, void *data)
{
	_cleanup_path_ struct cim_path *owned = path;
	struct cim_instance *instance = NULL;
	struct cim_error error = { 0 };

	assert_int_equal(broker_get(&broker, path, NULL, &instance, &error), 0);
	assert_true(cim_path_equal(instance->path, path));
	cim_instance_free(instance);
	++*(size_t *)data;
	return 0;
}

static void test_association_instances(void **state)
{
	_cleanup_path_ struct cim_path *pool = parse(POOL);
	_cleanup_path_ struct cim_path *not =
		parse("CIM_ResourceAllocationFromPool.Antecedent=\"KVRM_ResourcePool.InstanceID="
		      "\\\"TEST:pool1\\\"\",Dependent=\"KVRM_ResourceAllocationSettingData."
		      "InstanceID=\\\"TEST:2\\\"\"");
	struct cim_instance *instance = NULL;
	struct broker_filter filter = { 0 };
	struct cim_error error = { 0 };
	size_t n = 0;

	assert_int_equal(broker_reference_names(&broker, pool, &filter, on_reference, &n, &error),
			 0);
	assert_int_equal(n, 6);
	assert_int_equal(broker_get(&broker, not, NULL, &instance, &error), CIM_NOT_FOUND);
	cim_error_deinit(&error);
}

static void test_write(void **state)
{
	_cleanup_path_ struct cim_path *pool = parse(POOL), *setting = parse(SETTING);
	_cleanup_instance_ struct cim_instance *wanted = cim_instance_new(pool->class);
	_cleanup_instance_ struct cim_instance *other = cim_instance_new(setting->class);
	struct cim_error error = { 0 };
	struct cim_path *made = NULL;

	cim_put_number(wanted, "Capacity", 101);
	assert_int_equal(broker_modify(&broker, pool, wanted, &error), 0);
	assert_string_equal(written, "modified 1");
	cim_put_number(wanted, "Capacity", 102);
	assert_int_equal(broker_modify(&broker, pool, wanted, &error), CIM_INVALID_PARAMETER);
	assert_string_equal(cim_error_text(&error), "Capacity: cannot be changed to this.");
	assert_int_equal(broker_modify(&broker, pool, other, &error), CIM_INVALID_PARAMETER);
	assert_int_equal(broker_modify(&broker, setting, other, &error), CIM_NOT_SUPPORTED);
	assert_string_equal(cim_error_text(&error),
			    "Instances of KVRM_ResourceAllocationSettingData "
			    "are not changed by clients.");
	assert_int_equal(broker_remove(&broker, setting, &error), CIM_NOT_SUPPORTED);
	assert_int_equal(broker_remove(&broker, pool, &error), 0);
	assert_string_equal(written, "removed 1");
	assert_int_equal(broker_create(&broker, CIM_ROOT, other, &made, &error), CIM_NOT_SUPPORTED);
	cim_put_text(wanted, "InstanceID", "TEST:new");
	assert_int_equal(broker_create(&broker, CIM_INTEROP, wanted, &made, &error),
			 CIM_NOT_SUPPORTED);
	assert_int_equal(broker_create(&broker, CIM_ROOT, wanted, &made, &error), 0);
	assert_string_equal(written, "created TEST:new");
	cim_path_free(made);
	cim_error_deinit(&error);
}

static void on_done(const struct broker_result *result, void *data)
{
	char *end = data;

	sprintf(end, "%d %u %s", result->status, result->code,
		result->error->message ? result->error->message->id : "");
	if (!result->status)
		assert_string_equal(cim_path_text(cim_argument(result->outputs, "CentralInstances")
							  ->items[0]
							  .path,
						  "InstanceID"),
				    "TEST:pool1");
}

static void test_invoke(void **state)
{
	_cleanup_path_ struct cim_path *path = parse(PROFILE), *pool = parse(POOL);
	struct cim_arguments *inputs = NULL;
	struct cim_error error = { 0 };
	char end[64] = "";

	assert_int_equal(broker_access(&broker, path, "getCentralInstances"), BROKER_OPERATE);
	assert_int_equal(broker_access(&broker, path, "OpenConformantInstances"), BROKER_READ);
	assert_int_equal(broker_access(&broker, pool, "GetCentralInstances"), BROKER_READ);
	assert_int_equal(broker_prepare(pool, "GetCentralInstances", &inputs, &error),
			 CIM_METHOD_NOT_FOUND);
	assert_int_equal(broker_prepare(path, "getcentralinstances", &inputs, &error), 0);
	broker_invoke(&broker, path, inputs, on_done, end);
	assert_string_equal(end, "0 0 ");
	assert_int_equal(broker_prepare(path, "OpenConformantInstances", &inputs, &error), 0);
	broker_invoke(&broker, path, inputs, on_done, end);
	assert_string_equal(end, "16 0 KVRM0111");
	path->ns = CIM_ROOT;
	assert_int_equal(broker_prepare(path, "GetCentralInstances", &inputs, &error), 0);
	broker_invoke(&broker, path, inputs, on_done, end);
	assert_string_equal(end, "6 0 KVRM0102");
	cim_error_deinit(&error);
}

static int on_class(const struct schema_class *class, void *data)
{
	++*(size_t *)data;
	return 0;
}

static void test_classes(void **state)
{
	const struct schema_class *class = NULL;
	struct cim_error error = { 0 };
	size_t top = 0, every = 0, below = 0, directly = 0;

	assert_int_equal(broker_get_class("cim_system", &class, &error), 0);
	assert_string_equal(class->name, "CIM_System");
	assert_int_equal(broker_get_class("CIM_X", &class, &error), CIM_INVALID_CLASS);
	broker_enumerate_classes(NULL, true, on_class, &every, &error);
	assert_int_equal(every, schema_n_classes);
	broker_enumerate_classes(NULL, false, on_class, &top, &error);
	assert_true(top && top < every);
	broker_enumerate_classes("CIM_System", true, on_class, &below, &error);
	broker_enumerate_classes("CIM_System", false, on_class, &directly, &error);
	assert_int_equal(below, 2);
	assert_int_equal(directly, 1);
	assert_int_equal(broker_enumerate_classes("CIM_X", false, on_class, &top, &error),
			 CIM_INVALID_CLASS);
	cim_error_deinit(&error);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_enumerate),
		cmocka_unit_test(test_streams),
		cmocka_unit_test(test_get),
		cmocka_unit_test(test_associators),
		cmocka_unit_test(test_association_refused),
		cmocka_unit_test(test_association_instances),
		cmocka_unit_test(test_write),
		cmocka_unit_test(test_invoke),
		cmocka_unit_test(test_classes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
