// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Walks lists of requirements over the system bus.
 *   walk [NAME=VALUE]... LIST...     NAME=VALUE: a variable of the lists
 *   walk --names NAMESPACE CLASS     instances of a class, a line each; an enumeration is its connection's
 *   walk --listen FILTER COMMAND     subscribes, runs the command, and prints the indications until 2 seconds after
 *                                    its end: number, class, and the path that each is about or its message
 *   walk --watch COMMAND             reads all objects of instances, runs the command, and prints their signals until 2
 *                                    seconds after its end: added, removed or changed, and the object's path
 * Ends with 1 if a requirement does not hold.
 */
#include "tests/profiles/walk-bus.h"

#define VARIABLES_MAX 16
/* Small, so that lists are read in several pages. */
#define PAGE 7

static void print(const char *text, void *data)
{
	puts(text);
}

/* An indication, as a line; the rest of its properties are looked at by unit tests. */
static int on_indication(sd_bus_message *m, void *data, sd_bus_error *ret_error)
{
	const char *class, *name, *text = "";
	uint64_t subscription;
	int64_t number;
	int r = sd_bus_message_read(m, "txs", &subscription, &number, &class);

	if (r >= 0)
		r = sd_bus_message_enter_container(m, 'a', "{sv}");
	while (r > 0 && (r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
		r = sd_bus_message_read(m, "s", &name);
		if (r >= 0 &&
		    (!strcmp(name, "SourceInstanceModelPath") || !strcmp(name, "Message")))
			r = sd_bus_message_read(m, "v", "s", &text);
		else if (r >= 0)
			r = sd_bus_message_skip(m, "v");
		if (r >= 0)
			r = sd_bus_message_exit_container(m);
		r = r < 0 ? r : 1;
	}
	printf("%lld %s %s\n", (long long)number, class, r < 0 ? strerror(-r) : text);
	return 0;
}

#define LISTEN_US (2 * UINT64_C(1000000))

/* Each signal that comes prolongs this. */
static int run(sd_bus *bus, const char *command)
{
	int r = system(command);

	while (sd_bus_process(bus, NULL) > 0 || sd_bus_wait(bus, LISTEN_US) > 0)
		;
	return r != 0;
}

static int listen_to(sd_bus *bus, const char *filter, const char *command)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	int r = sd_bus_match_signal(bus, NULL, "org.kvrm1", "/org/kvrm1", "org.kvrm1.Broker",
				    "Indication", on_indication, NULL);

	if (r >= 0)
		r = sd_bus_call_method(bus, "org.kvrm1", "/org/kvrm1", "org.kvrm1.Broker",
				       "Subscribe", &error, NULL, "s", filter);
	if (r < 0) {
		fprintf(stderr, "walk: %s: %s\n", filter,
			error.message ? error.message : strerror(-r));
		sd_bus_error_free(&error);
		return 1;
	}
	return run(bus, command);
}

#define OBJECTS	       "/org/kvrm1/cim"
#define OBJECT_MANAGER "org.freedesktop.DBus.ObjectManager"

static int on_object(sd_bus_message *m, void *data, sd_bus_error *ret_error)
{
	bool added = sd_bus_message_is_signal(m, NULL, "InterfacesAdded");
	const char *path = "";

	if (sd_bus_message_read(m, "o", &path) < 0)
		return 0;
	printf("%s %s\n", added ? "added" : "removed", path);
	return 0;
}

static int on_properties(sd_bus_message *m, void *data, sd_bus_error *ret_error)
{
	printf("changed %s\n", sd_bus_message_get_path(m));
	return 0;
}

static int watch(sd_bus *bus, const char *command)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	int r = sd_bus_match_signal(bus, NULL, "org.kvrm1", OBJECTS, OBJECT_MANAGER, NULL,
				    on_object, NULL);

	if (r >= 0)
		r = sd_bus_add_match(bus, NULL,
				     "type='signal',sender='org.kvrm1',path_namespace='" OBJECTS
				     "',interface='org.freedesktop.DBus.Properties'",
				     on_properties, NULL);
	if (r >= 0)
		r = sd_bus_call_method(bus, "org.kvrm1", OBJECTS, OBJECT_MANAGER,
				       "GetManagedObjects", &error, NULL, "");
	if (r < 0) {
		fprintf(stderr, "walk: objects: %s\n",
			error.message ? error.message : strerror(-r));
		sd_bus_error_free(&error);
		return 1;
	}
	return run(bus, command);
}

int main(int argc, char **argv)
{
	struct walk_variable variables[VARIABLES_MAX + 1] = { 0 };
	struct walk_bus client = { .destination = "org.kvrm1", .page = PAGE };
	struct walk_backend backend = walk_bus_backend(&client, variables);
	size_t n = 0;
	bool holds = true;
	int r = sd_bus_open_system(&client.bus);

	/* What is read back is as old as the last sample. */
	backend.patience_ms = 5000;
	if (r < 0) {
		fprintf(stderr, "walk: the system bus: %s\n", strerror(-r));
		return 1;
	}
	if (argc == 4 && !strcmp(argv[1], "--listen"))
		return listen_to(client.bus, argv[2], argv[3]);
	if (argc == 3 && !strcmp(argv[1], "--watch"))
		return watch(client.bus, argv[2]);
	if (argc == 4 && !strcmp(argv[1], "--names")) {
		backend.names(argv[2], argv[3], print, NULL, &client);
		argc = 1;
	}
	for (int i = 1; i < argc; i++) {
		char *value = strchr(argv[i], '=');
		const char *name = strrchr(argv[i], '/');

		if (!value) {
			holds &= walk_file(&backend, argv[i], name ? name + 1 : argv[i]);
		} else if (n < VARIABLES_MAX) {
			*value = '\0';
			variables[n++] = (struct walk_variable){ argv[i], value + 1 };
		}
	}
	sd_bus_flush_close_unref(client.bus);
	return !holds;
}
