// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The store: what was written is there after closing and opening; what is damaged is not touched.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon/model/store.h"

struct fixture {
	char directory[32];
	char path[64];
	struct store *store;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	strcpy(f->directory, "/tmp/kvrm-store-XXXXXX");
	assert_non_null(mkdtemp(f->directory));
	snprintf(f->path, sizeof(f->path), "%s/kvrm.db", f->directory);
	assert_int_equal(store_open(f->path, &f->store, NULL), 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	char command[80];

	store_close(f->store);
	snprintf(command, sizeof(command), "rm -rf %s", f->directory);
	assert_int_equal(system(command), 0);
	free(f);
	return 0;
}

static struct definition *make(const char *name, const char *uuid, uint64_t limit_us)
{
	struct definition *d = definition_new();

	strcpy(d->name, name);
	strcpy(d->uuid, uuid);
	d->memory_bytes = DEFINITION_MEMORY_UNIT;
	d->cpu.limit_us = limit_us;
	return d;
}

#define UUID1 "5f0c1d1e-9d0a-4c0b-8c7e-2f6d1b7a9e10"
#define UUID2 "5f0c1d1e-9d0a-4c0b-8c7e-2f6d1b7a9e11"

static void put(struct fixture *f, const char *name, const char *uuid, uint64_t limit_us)
{
	_cleanup_definition_ struct definition *d = make(name, uuid, limit_us);

	assert_int_equal(store_put(f->store, d, NULL), 0);
}

static int append(struct definition *d, void *data)
{
	char *text = data;

	sprintf(text + strlen(text), "%s=%llu ", d->name, (unsigned long long)d->cpu.limit_us);
	definition_free(d);
	return 0;
}

static void assert_holds(struct fixture *f, const char *wanted)
{
	char text[256] = "";

	assert_int_equal(store_load(f->store, append, text, NULL), 0);
	assert_string_equal(text, wanted);
}

static int append_pool_of(struct definition *d, void *data)
{
	char *text = data;

	sprintf(text + strlen(text), "%s/%llu/%u ", d->pool,
		(unsigned long long)d->cpu.reservation_us, d->cpu.weight);
	definition_free(d);
	return 0;
}

static int append_pool(struct pool_definition *d, void *data)
{
	char *text = data;

	sprintf(text + strlen(text), "%s<%s=%llu ", d->name, d->parent,
		(unsigned long long)d->cpu.reservation_us);
	pool_definition_free(d);
	return 0;
}

static void assert_pools(struct fixture *f, const char *wanted)
{
	char text[256] = "";

	assert_int_equal(store_load_pools(f->store, append_pool, text, NULL), 0);
	assert_string_equal(text, wanted);
}

static void put_pool(struct fixture *f, const char *name, const char *parent, uint64_t us)
{
	_cleanup_pool_definition_ struct pool_definition *d = pool_definition_new(name);

	strcpy(d->parent, parent);
	d->cpu.reservation_us = us;
	assert_int_equal(store_put_pool(f->store, d, NULL), 0);
}

static void reopen(struct fixture *f)
{
	f->store = store_close(f->store);
	assert_int_equal(store_open(f->path, &f->store, NULL), 0);
}

static void test_put_change_delete(void **state)
{
	struct fixture *f = *state;

	assert_holds(f, "");
	put(f, "web2", UUID2, 0);
	put(f, "web1", UUID1, 250000);
	assert_holds(f, "web1=250000 web2=0 ");
	put(f, "web1", UUID1, 500000);
	reopen(f);
	assert_holds(f, "web1=500000 web2=0 ");
	assert_int_equal(store_delete(f->store, UUID2, NULL), 0);
	assert_int_equal(store_delete(f->store, UUID2, NULL), 0);
	reopen(f);
	assert_holds(f, "web1=500000 ");
}

/* As after SIGKILL: what was put is read by another process while the first has not closed. */
static void test_written_at_once(void **state)
{
	struct fixture *f = *state;
	struct fixture other = { 0 };

	put(f, "web1", UUID1, 250000);
	assert_int_equal(store_open(f->path, &other.store, NULL), 0);
	assert_holds(&other, "web1=250000 ");
	store_close(other.store);
}

static void test_name_is_unique(void **state)
{
	struct fixture *f = *state;
	_cleanup_definition_ struct definition *d = make("web1", UUID2, 1);
	_cleanup_free_ char *error = NULL;

	put(f, "web1", UUID1, 250000);
	assert_int_equal(store_put(f->store, d, &error), -EIO);
	assert_non_null(strstr(error, f->path));
	assert_holds(f, "web1=250000 ");
}

static void sql(struct fixture *f, const char *text)
{
	sqlite3 *db;

	f->store = store_close(f->store);
	assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void test_future_schema(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *error = NULL;

	put(f, "web1", UUID1, 250000);
	sql(f, "PRAGMA user_version = 5");
	assert_int_equal(store_open(f->path, &f->store, &error), -EIO);
	assert_non_null(strstr(error, "written by a newer kvrmd"));
	f->store = NULL;
	sql(f, "PRAGMA user_version = 4");
	reopen(f);
	assert_holds(f, "web1=250000 ");
}

/* As the first kvrmd wrote it: no pools, no keys that came later. */
static void test_migration(void **state)
{
	struct fixture *f = *state;
	char text[256] = "";

	sql(f,
	    "DROP TABLE pool; DROP TABLE uplink; DROP TABLE adoption; PRAGMA user_version = 1;"
	    "INSERT INTO system VALUES ('" UUID1 "', 'web1', '{\"name\":\"web1\",\"uuid\":\"" UUID1
	    "\",\"vcpus\":1,\"memory-bytes\":1048576,\"cpu-limit-us\":250000,\"disks\":[],"
	    "\"channels\":[]}')");
	reopen(f);
	assert_holds(f, "web1=250000 ");
	assert_int_equal(store_load(f->store, append_pool_of, text, NULL), 0);
	assert_string_equal(text, "host/0/100 ");
	assert_pools(f, "");
	put_pool(f, "web", "host", 500000);
	/* A second time there is nothing to do. */
	reopen(f);
	assert_holds(f, "web1=250000 ");
	assert_pools(f, "web<host=500000 ");
}

static int append_memory(struct definition *d, void *data)
{
	char *text = data;

	sprintf(text + strlen(text), "%s=%llu ", d->name,
		(unsigned long long)d->memory.reservation_bytes);
	definition_free(d);
	return 0;
}

static int append_pool_memory(struct pool_definition *d, void *data)
{
	char *text = data;

	sprintf(text + strlen(text), "%s=%llu%s ", d->name,
		(unsigned long long)d->memory.reservation_bytes,
		d->memory_expandable ? "" : " fixed");
	pool_definition_free(d);
	return 0;
}

/* What kvrmd wrote before there were memory reservations has none; and one without any is written like that. */
static void test_memory(void **state)
{
	struct fixture *f = *state;
	_cleanup_definition_ struct definition *d = make("web2", UUID2, 0);
	_cleanup_pool_definition_ struct pool_definition *pool = pool_definition_new("web");
	char text[256] = "", pools[256] = "";

	sql(f,
	    "INSERT INTO system VALUES ('" UUID1 "', 'web1', '{\"name\":\"web1\",\"uuid\":\"" UUID1
	    "\",\"vcpus\":1,\"memory-bytes\":1048576,\"pool\":\"old\",\"cpu-reservation-us\":0,"
	    "\"cpu-limit-us\":0,\"cpu-weight\":100,\"disks\":[],\"channels\":[]}');"
	    "INSERT INTO pool VALUES ('old', '{\"name\":\"old\",\"parent\":\"host\","
	    "\"cpu-reservation-us\":0,\"cpu-limit-us\":0,\"cpu-weight\":100,"
	    "\"cpu-expandable\":true}')");
	reopen(f);
	d->memory.reservation_bytes = DEFINITION_MEMORY_UNIT;
	pool->memory.reservation_bytes = UINT64_C(1) << 40;
	pool->memory_expandable = false;
	assert_int_equal(store_put(f->store, d, NULL), 0);
	assert_int_equal(store_put_pool(f->store, pool, NULL), 0);
	reopen(f);
	assert_int_equal(store_load(f->store, append_memory, text, NULL), 0);
	assert_string_equal(text, "web1=0 web2=1048576 ");
	assert_int_equal(store_load_pools(f->store, append_pool_memory, pools, NULL), 0);
	assert_string_equal(pools, "old=0 web=1099511627776 fixed ");
}

static void test_pools(void **state)
{
	struct fixture *f = *state;

	put_pool(f, "web", "host", 500000);
	put_pool(f, "front", "web", 0);
	assert_pools(f, "front<web=0 web<host=500000 ");
	put_pool(f, "web", "host", 600000);
	reopen(f);
	assert_pools(f, "front<web=0 web<host=600000 ");
	assert_int_equal(store_delete_pool(f->store, "front", NULL), 0);
	assert_int_equal(store_delete_pool(f->store, "front", NULL), 0);
	reopen(f);
	assert_pools(f, "web<host=600000 ");
}

static void test_all_or_none(void **state)
{
	struct fixture *f = *state;
	_cleanup_definition_ struct definition *one = make("web1", UUID1, 10001),
					       *two = make("web2", UUID2, 20000);
	_cleanup_pool_definition_ struct pool_definition *pool = pool_definition_new("web");
	struct store_item items[] = { { .system = one }, { .pool = pool }, { .system = two } };

	strcpy(two->name, "web1");
	assert_int_equal(store_put_all(f->store, items, 3, NULL), -EIO);
	assert_holds(f, "");
	assert_pools(f, "");
	strcpy(two->name, "web2");
	assert_int_equal(store_put_all(f->store, items, 3, NULL), 0);
	reopen(f);
	assert_holds(f, "web1=10001 web2=20000 ");
	assert_pools(f, "web<host=0 ");
}

static int append_uplink(struct uplink_definition *d, void *data)
{
	char *text = data;

	sprintf(text + strlen(text), "%s<%s=%llu ", d->name, d->parent,
		(unsigned long long)d->allocations[NIC_TO_GUEST].capacity);
	uplink_definition_free(d);
	return 0;
}

static void put_uplink(struct fixture *f, const char *name, uint64_t capacity)
{
	_cleanup_uplink_definition_ struct uplink_definition *d = uplink_definition_new();

	strcpy(d->name, name);
	if (!capacity)
		strcpy(d->parent, "lan");
	for (int i = 0; i < NIC_DIRECTIONS; i++)
		d->allocations[i].capacity = capacity;
	assert_int_equal(store_put_uplink(f->store, d, NULL), 0);
}

static void assert_uplinks(struct fixture *f, const char *wanted)
{
	char text[256] = "";

	assert_int_equal(store_load_uplinks(f->store, append_uplink, text, NULL), 0);
	assert_string_equal(text, wanted);
}

static void test_uplinks(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *error = NULL;
	char text[64] = "";

	assert_uplinks(f, "");
	put_uplink(f, "lan", 1000);
	put_uplink(f, "gold", 0);
	reopen(f);
	assert_uplinks(f, "gold<lan=0 lan<=1000 ");
	put_uplink(f, "lan", 2000);
	assert_int_equal(store_delete_uplink(f->store, "gold", NULL), 0);
	assert_int_equal(store_delete_uplink(f->store, "gold", NULL), 0);
	reopen(f);
	assert_uplinks(f, "lan<=2000 ");
	sql(f, "UPDATE uplink SET definition = '{\"name\":\"lan\"}'");
	reopen(f);
	assert_int_equal(store_load_uplinks(f->store, append_uplink, text, &error), -EIO);
	assert_non_null(strstr(error, "definition of lan: to-guest-capacity"));
}

static void test_bad_definition(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *error = NULL;
	char text[64] = "";

	put(f, "web1", UUID1, 250000);
	sql(f, "UPDATE system SET definition = '{\"name\":\"web1\",\"colour\":\"red\"}'");
	reopen(f);
	assert_int_equal(store_load(f->store, append, text, &error), -EIO);
	assert_non_null(strstr(error, "definition of web1: unknown key 'colour'"));
	assert_string_equal(text, "");
}

static void test_not_a_database(void **state)
{
	struct fixture *f = *state;
	static const char garbage[] = "This is no database, and it must stay what it is.";
	char path[64], back[sizeof(garbage)] = "";
	_cleanup_free_ char *error = NULL;
	struct store *store = NULL;
	FILE *file;

	snprintf(path, sizeof(path), "%s/garbage", f->directory);
	file = fopen(path, "w");
	fputs(garbage, file);
	fclose(file);
	assert_int_equal(store_open(path, &store, &error), -EIO);
	assert_null(store);
	assert_non_null(strstr(error, path));
	file = fopen(path, "r");
	assert_int_equal(fread(back, 1, sizeof(back), file), strlen(garbage));
	fclose(file);
	assert_string_equal(back, garbage);
}

static void test_no_directory(void **state)
{
	struct store *store = NULL;
	_cleanup_free_ char *error = NULL;

	assert_int_equal(store_open("/nonexistent/kvrm.db", &store, &error), -EIO);
	assert_null(store);
	assert_non_null(strstr(error, "/nonexistent/kvrm.db"));
	assert_null(store_close(NULL));
}

static int append_adoption(struct system *system, void *data)
{
	char *text = data;

	sprintf(text + strlen(text), "%s=%u/%llu ", system->definition->name, system->adoption->pid,
		(unsigned long long)system->definition->cpu.limit_us);
	system_free(system);
	return 0;
}

static void assert_adoptions(struct fixture *f, const char *expected)
{
	char text[256] = "";

	assert_int_equal(store_load_adoptions(f->store, append_adoption, text, NULL), 0);
	assert_string_equal(text, expected);
}

static void test_adoptions(void **state)
{
	struct fixture *f = *state;
	struct system *system = system_new(make("web1", UUID1, 0));

	system->adoption = calloc(1, sizeof(*system->adoption));
	system->adoption->pid = 42;
	assert_int_equal(store_put_adoption(f->store, system, NULL), 0);
	system->definition->cpu.limit_us = 250000;
	assert_int_equal(store_put_adoption(f->store, system, NULL), 0);
	reopen(f);
	assert_adoptions(f, "web1=42/250000 ");
	/* It is no definition. */
	assert_holds(f, "");
	assert_int_equal(store_delete_adoption(f->store, UUID1, NULL), 0);
	assert_int_equal(store_delete_adoption(f->store, UUID1, NULL), 0);
	reopen(f);
	assert_adoptions(f, "");
	system_free(system);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_put_change_delete), TEST(test_written_at_once), TEST(test_name_is_unique),
		TEST(test_future_schema),     TEST(test_bad_definition),  TEST(test_not_a_database),
		TEST(test_no_directory),      TEST(test_migration),	  TEST(test_pools),
		TEST(test_all_or_none),	      TEST(test_memory),	  TEST(test_uplinks),
		TEST(test_adoptions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
