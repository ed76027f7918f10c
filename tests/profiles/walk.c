// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Walks lists of requirements over the system bus.
 *   walk [NAME=VALUE]... LIST...     NAME=VALUE: a variable of the lists
 *   walk --names NAMESPACE CLASS     instances of a class, a line each; an enumeration is its connection's
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
