/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A client of objects of instances, of a model with one virtual system. Include it behind cmocka.h.
 */
#ifndef KVRM_TEST_OBJECT_CLIENT_H
#define KVRM_TEST_OBJECT_CLIENT_H

#include "daemon/serve/bus-object.h"
#include "tests/unit/serve/client.h"

#define ROOT	   "/org/kvrm1/cim"
#define PROPERTIES "org.freedesktop.DBus.Properties"
#define SYSTEM	   "org.kvrm1.cim.KVRM_ComputerSystem"

static struct system *vm;
static char vm_path[256];
static struct bus_operations own;
static bool hold;
static struct bus_call *late;

/* A start that takes long, if it is to. */
static inline void op_own_start(struct system *system, struct bus_call *call, void *data)
{
	assert_null(late);
	if (hold)
		late = call;
	else
		op_start(system, call, data);
}

static inline int setup(void **state_)
{
	struct definition *d = definition_new();
	char *path = NULL;

	driver_open();
	strcpy(d->name, "one");
	d->memory_bytes = UINT64_C(16) << 20;
	d->kernel = strdup("/k");
	assert_int_equal(driver_define(d, &vm, NULL), 0);
	assert_true(sd_bus_path_encode(ROOT "/KVRM_ComputerSystem", d->uuid, &path) >= 0);
	snprintf(vm_path, sizeof(vm_path), "%s", path);
	free(path);
	own = operations;
	own.start = op_own_start;
	hold = false;
	client_open(&own);
	return 0;
}

static inline sd_bus_message *method(const char *path, const char *interface, const char *member)
{
	sd_bus_message *m = NULL;

	assert_true(sd_bus_message_new_method_call(fake.client, &m, NULL, path, interface,
						   member) >= 0);
	return m;
}

/* The answer, which is no error. */
static inline sd_bus_message *answered(sd_bus_message *m)
{
	sd_bus_message *reply = walk_bus_send(&client, m);
	const sd_bus_error *error = sd_bus_message_get_error(reply);

	if (error)
		fail_msg("%s: %s", error->name, error->message);
	return reply;
}

static inline void refused(sd_bus_message *m, const char *name, const char *text)
{
	sd_bus_message *reply = walk_bus_send(&client, m);
	const sd_bus_error *error = sd_bus_message_get_error(reply);

	assert_non_null(error);
	if (strcmp(error->name, name) || strncmp(error->message, text, strlen(text)))
		fail_msg("%s: %s, not %s: %s", error->name, error->message, name, text);
	sd_bus_message_unref(reply);
}

static inline sd_bus_message *get(const char *path, const char *interface, const char *property)
{
	sd_bus_message *m = method(path, PROPERTIES, "Get");

	assert_true(sd_bus_message_append(m, "ss", interface, property) >= 0);
	return m;
}

/* A method with one argument and what it came to: its return code, and its message's identifier. */
static inline sd_bus_message *called(sd_bus_message *m, uint32_t code, const char *id)
{
	sd_bus_message *reply = answered(m);
	const char *is_id, *text;
	uint32_t is_code;

	assert_true(sd_bus_message_read(reply, "u", &is_code) > 0);
	assert_true(sd_bus_message_skip(reply, "a{sv}") > 0);
	assert_true(sd_bus_message_read(reply, "ss", &is_id, &text) > 0);
	if (is_code != code || strcmp(is_id, id))
		fail_msg("%u %s: %s, not %u %s", is_code, is_id, text, code, id);
	sd_bus_message_rewind(reply, 1);
	sd_bus_message_skip(reply, "u");
	return reply;
}

static inline sd_bus_message *request_state(uint16_t state)
{
	sd_bus_message *m = method(vm_path, SYSTEM, "RequestStateChange");

	assert_true(sd_bus_message_append(m, "a{sv}", 1, "RequestedState", "q", state) >= 0);
	return m;
}

/* An output that is an object path. */
static inline void output(sd_bus_message *reply, const char *name, char path[static 256])
{
	const char *key, *text;

	assert_true(sd_bus_message_enter_container(reply, 'a', "{sv}") > 0);
	while (sd_bus_message_enter_container(reply, 'e', "sv") > 0) {
		assert_true(sd_bus_message_read(reply, "s", &key) > 0);
		if (strcmp(key, name)) {
			assert_true(sd_bus_message_skip(reply, "v") > 0);
		} else {
			assert_true(sd_bus_message_read(reply, "v", "o", &text) > 0);
			snprintf(path, 256, "%s", text);
		}
		assert_true(sd_bus_message_exit_container(reply) > 0);
	}
	sd_bus_message_unref(reply);
}

static inline size_t count_objects(void)
{
	sd_bus_message *reply =
		answered(method(ROOT, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects"));
	size_t n = 0;

	assert_true(sd_bus_message_enter_container(reply, 'a', "{oa{sa{sv}}}") > 0);
	while (sd_bus_message_skip(reply, "{oa{sa{sv}}}") > 0)
		n++;
	sd_bus_message_unref(reply);
	return n;
}

#endif
