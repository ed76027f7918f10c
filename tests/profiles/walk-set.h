/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A walk, its backend, and the sets of instances that it finds; see walk.h.
 */
#ifndef KVRM_TEST_WALK_SET_H
#define KVRM_TEST_WALK_SET_H

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WALK_SETS_MAX	 64
#define WALK_PATHS_MAX	 512
#define WALK_COLUMNS_MAX 8

enum walk_kind {
	WALK_NULL,
	WALK_NUMBER,
	WALK_TEXT,
	WALK_BOOL,
	WALK_PATH,
	WALK_INSTANCE,
	WALK_ARRAY,
};

/**
 * struct walk_value - a value in a list
 * @kind: of enum walk_kind
 * @name: of the property or parameter; NULL in an array
 * @text: of a text or a path; the class of an instance
 * @number: of a number or a boolean
 * @items: properties of an instance or entries of an array, @n of them
 * @n: of @items
 */
struct walk_value {
	enum walk_kind kind;
	char *name;
	char *text;
	uint64_t number;
	struct walk_value *items;
	size_t n;
};

/* Gets a text; NULL is null. */
typedef void walk_sink(const char *text, void *data);

/**
 * struct walk_variable - what stands in a list for what differs from host to host
 * @name: between two "@"
 * @value: what it stands for
 */
struct walk_variable {
	const char *name;
	const char *value;
};

/**
 * struct walk_backend - how instances are asked for; paths are texts
 * @names: names of instances of a class in a namespace
 * @associators: names of what an association connects with an instance
 * @references: names of associations that refer to an instance
 * @property: the values of a property; none if it is null; false if there is no such instance or property
 * @invoke: calls a method with arguments; tells its return code, or a status below 0, and its message; gives
 *	the references that came out of @output to @sink
 * @create: makes an instance; tells its status, below 0, and the message; gives its name to @sink
 * @remove: removes one; likewise
 * @data: for them
 * @variables: up to one without a name
 * @patience_ms: for how long what is looked at may take to be as it should
 */
struct walk_backend {
	void (*names)(const char *ns, const char *class, walk_sink *sink, void *sink_data,
		      void *data);
	void (*associators)(const char *path, const char *association, const char *class,
			    walk_sink *sink, void *sink_data, void *data);
	void (*references)(const char *path, const char *association, walk_sink *sink,
			   void *sink_data, void *data);
	bool (*property)(const char *path, const char *name, walk_sink *sink, void *sink_data,
			 void *data);
	int64_t (*invoke)(const char *path, const char *method, const struct walk_value *arguments,
			  size_t n, const char *output, char message[static 512], walk_sink *sink,
			  void *sink_data, void *data);
	int64_t (*create)(const char *ns, const struct walk_value *instance,
			  char message[static 512], walk_sink *sink, void *sink_data, void *data);
	int64_t (*remove)(const char *path, char message[static 512], void *data);
	void *data;
	const struct walk_variable *variables;
	unsigned int patience_ms;
};

/**
 * struct walk_set - instances by name
 * @name: of the set
 * @paths: owned
 * @n: of @paths
 */
struct walk_set {
	char name[32];
	char *paths[WALK_PATHS_MAX];
	size_t n;
};

/**
 * struct walk - a walk
 * @backend: how instances are asked for
 * @sets: what was found, @n_sets of them
 * @n_sets: of @sets
 * @held: requirements that hold
 * @total: requirements
 * @why: what is wrong with the one being looked at; "": nothing
 */
struct walk {
	const struct walk_backend *backend;
	struct walk_set sets[WALK_SETS_MAX];
	size_t n_sets;
	size_t held;
	size_t total;
	char why[1024];
};

static inline char *walk_trim(char *text)
{
	char *end;

	while (isspace((unsigned char)*text))
		text++;
	end = text + strlen(text);
	while (end > text && isspace((unsigned char)end[-1]))
		*--end = '\0';
	return text;
}

static inline struct walk_set *walk_find(struct walk *w, const char *name)
{
	for (size_t i = 0; i < w->n_sets; i++) {
		if (!strcmp(w->sets[i].name, name))
			return &w->sets[i];
	}
	return NULL;
}

/* The set with a name, emptied. */
static inline struct walk_set *walk_bind(struct walk *w, const char *name)
{
	struct walk_set *set = walk_find(w, name);

	if (!set)
		set = &w->sets[w->n_sets++];
	for (size_t i = 0; i < set->n; i++)
		free(set->paths[i]);
	set->n = 0;
	snprintf(set->name, sizeof(set->name), "%s", name);
	return set;
}

static inline void walk_add(const char *text, void *data)
{
	struct walk_set *set = data;

	if (set->n < WALK_PATHS_MAX)
		set->paths[set->n++] = strdup(text);
}

#endif
