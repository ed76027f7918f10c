/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Walks a list of a profile's requirements, as a client would: from the registered profile along associations.
 * tests/profiles/README.md says what a list looks like. How instances are asked for is left to a backend, so
 * that the same list can be walked over the broker itself and over a protocol.
 */
#ifndef KVRM_TEST_WALK_H
#define KVRM_TEST_WALK_H

#include "tests/profiles/walk-call.h"

/* "1", "2..", "0..1" */
static inline bool walk_counts(struct walk *w, const char *path, const char *count, size_t n)
{
	size_t least = strtoul(count, NULL, 10), most = least;
	const char *dots = strstr(count, "..");

	if (dots)
		most = dots[2] ? strtoul(dots + 2, NULL, 10) : SIZE_MAX;
	if (n >= least && n <= most)
		return true;
	snprintf(w->why, sizeof(w->why), "there are %zu from %s, not %s", n, path, count);
	return false;
}

/* LEVEL | SET | ASSOCIATION | [NAME=]CLASS | COUNT | PROPERTIES */
static inline bool walk_association(struct walk *w, char **column)
{
	struct walk_set *from = walk_find(w, column[1]), *to, found = { 0 };
	char *class = strchr(column[3], '=');
	bool holds = true;

	if (!from || !from->n) {
		snprintf(w->why, sizeof(w->why), "there is nothing in '%s'", column[1]);
		return false;
	}
	for (size_t i = 0; holds && i < from->n; i++) {
		size_t before = found.n;

		w->backend->associators(from->paths[i], column[2], class ? class + 1 : column[3],
					walk_add, &found, w->backend->data);
		holds = walk_counts(w, from->paths[i], column[4], found.n - before);
	}
	for (size_t i = 0; holds && i < found.n; i++)
		holds = walk_properties(w, found.paths[i], column[5]);
	if (class)
		*class = '\0';
	to = walk_bind(w, class ? column[3] : "");
	memcpy(to->paths, found.paths, sizeof(found.paths));
	to->n = found.n;
	return holds;
}

/* get | SET | PROPERTIES */
static inline bool walk_get(struct walk *w, char **column)
{
	struct walk_set *set = walk_find(w, column[1]);
	bool holds = set && set->n;

	if (!holds)
		snprintf(w->why, sizeof(w->why), "there is nothing in '%s'", column[1]);
	for (size_t i = 0; holds && i < set->n; i++)
		holds = walk_properties(w, set->paths[i], column[2]);
	return holds;
}

/* profile | RegisteredName | PROPERTIES */
static inline bool walk_profile(struct walk *w, char **column)
{
	struct walk_set *set = walk_bind(w, "all"), *profile;

	w->backend->names("interop", "CIM_RegisteredProfile", walk_add, set, w->backend->data);
	profile = walk_bind(w, "profile");
	for (size_t i = 0; i < set->n; i++) {
		struct walk_match match = { .wanted = column[1] };

		if (w->backend->property(set->paths[i], "RegisteredName", walk_match, &match,
					 w->backend->data) &&
		    match.matched)
			walk_add(set->paths[i], profile);
	}
	if (profile->n == 1)
		return walk_properties(w, profile->paths[0], column[2]);
	snprintf(w->why, sizeof(w->why), "there are %zu registered profiles '%s'", profile->n,
		 column[1]);
	return false;
}

/* Reads the references of an association and keeps the one that is as wanted. */
struct walk_chosen {
	struct walk *w;
	const char *conditions;
	struct walk_set *set;
};

static inline void walk_choose(const char *text, void *data)
{
	struct walk_chosen *c = data;

	/* Its second end is what is looked for. */
	if (walk_properties(c->w, text, c->conditions))
		c->w->backend->property(text, "PartComponent", walk_add, c->set,
					c->w->backend->data);
}

/* R | SET | ASSOCIATION | NAME | PROPERTIES: one association with the properties; its part is the set NAME */
static inline bool walk_reference(struct walk *w, char **column)
{
	struct walk_set *from = walk_find(w, column[1]);
	struct walk_chosen chosen = { w, column[4], walk_bind(w, column[3]) };

	if (from && from->n)
		w->backend->references(from->paths[0], column[2], walk_choose, &chosen,
				       w->backend->data);
	if (chosen.set->n == 1)
		return true;
	snprintf(w->why, sizeof(w->why), "%zu have %s", chosen.set->n, column[4]);
	return false;
}

/* T | SET | ASSOCIATION | PROPERTIES: the association of the first of the set, of which there is one, has them */
static inline bool walk_tells(struct walk *w, char **column)
{
	struct walk_set *from = walk_find(w, column[1]), found = { 0 };
	bool holds = false;

	if (from && from->n)
		w->backend->references(from->paths[0], column[2], walk_add, &found,
				       w->backend->data);
	if (found.n == 1)
		holds = walk_properties(w, found.paths[0], column[3]);
	else
		snprintf(w->why, sizeof(w->why), "there are %zu", found.n);
	for (size_t i = 0; i < found.n; i++)
		free(found.paths[i]);
	return holds;
}

/* pick | SET | NAME | PROPERTIES: those of the set that have them, at least one, are the set NAME */
static inline bool walk_pick(struct walk *w, char **column)
{
	struct walk_set *from = walk_find(w, column[1]), *to = walk_bind(w, column[2]);

	for (size_t i = 0; from && i < from->n; i++) {
		if (walk_properties(w, from->paths[i], column[3]))
			walk_add(from->paths[i], to);
	}
	return to->n;
}

/* name | SET | NAMESPACE | CLASS | COUNT: by enumeration, without a profile */
static inline bool walk_name(struct walk *w, char **column)
{
	struct walk_set *set = walk_bind(w, column[1]);

	w->backend->names(column[2], column[3], walk_add, set, w->backend->data);
	return walk_counts(w, column[2], column[4], set->n);
}

static inline void walk_print(const char *text, void *data)
{
	printf("%s %s\n", (const char *)data, text ? text : "");
}

/* say | SET | PROPERTY: prints the property of each of the set */
static inline bool walk_say(struct walk *w, char **column)
{
	struct walk_set *set = walk_find(w, column[1]);

	/* To be printed, it has to be there. */
	if (!walk_get(w, column))
		return false;
	for (size_t i = 0; i < set->n; i++)
		w->backend->property(set->paths[i], column[2], walk_print, column[2],
				     w->backend->data);
	return true;
}

static inline bool walk_row(struct walk *w, char **column)
{
	if (!strcmp(column[0], "say"))
		return walk_say(w, column);
	if (!strcmp(column[0], "profile"))
		return walk_profile(w, column);
	if (!strcmp(column[0], "get"))
		return walk_get(w, column);
	if (!strcmp(column[0], "call"))
		return walk_call(w, column);
	if (!strcmp(column[0], "R"))
		return walk_reference(w, column);
	if (!strcmp(column[0], "T"))
		return walk_tells(w, column);
	if (!strcmp(column[0], "pick"))
		return walk_pick(w, column);
	if (!strcmp(column[0], "name"))
		return walk_name(w, column);
	if (!strcmp(column[0], "create"))
		return walk_create(w, column);
	if (!strcmp(column[0], "delete"))
		return walk_delete(w, column);
	return walk_association(w, column);
}

/* A line with its variables; NULL: one of them is not known here, and the line is of no concern. */
static inline char *walk_expand(const struct walk_variable *variables, const char *line)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	bool known = true;

	while (out && *line) {
		size_t length = strcspn(line, "@");
		const char *end = line[length] ? strchr(line + length + 1, '@') : NULL;
		const struct walk_variable *v = variables;

		fwrite(line, 1, length, out);
		line += length;
		if (!end)
			break;
		length = (size_t)(end - line - 1);
		while (v->name && (strncmp(v->name, line + 1, length) || v->name[length]))
			v++;
		known &= v->name != NULL;
		fputs(v->name ? v->value : "", out);
		line = end + 1;
	}
	if (out)
		fclose(out);
	if (known)
		return text;
	free(text);
	return NULL;
}

/* Columns are cut up by who looks at them: each time they are another copy. */
static inline bool walk_try(struct walk *w, char **column)
{
	char *copy[WALK_COLUMNS_MAX];
	bool holds;

	for (size_t i = 0; i < WALK_COLUMNS_MAX; i++)
		copy[i] = strdup(column[i]);
	w->why[0] = '\0';
	holds = walk_row(w, copy);
	for (size_t i = 0; i < WALK_COLUMNS_MAX; i++)
		free(copy[i]);
	return holds;
}

/* What changes something is done once; what can be looked at is looked at again. */
static inline bool walk_is_once(const char *kind)
{
	return !strcmp(kind, "call") || !strcmp(kind, "create") || !strcmp(kind, "delete");
}

static inline bool walk_until(struct walk *w, char **column)
{
	bool holds = walk_try(w, column);

	for (unsigned int ms = 0;
	     !holds && !walk_is_once(column[0]) && ms < w->backend->patience_ms;
	     ms += WALK_PAUSE_MS) {
		walk_pause();
		holds = walk_try(w, column);
	}
	return holds;
}

/* The last column is the requirement in words. */
static inline void walk_line(struct walk *w, char *line, unsigned int number, const char *file)
{
	char *column[WALK_COLUMNS_MAX], *save = line, *part;
	char none[] = "";
	size_t n = 0;
	const char *words;

	for (size_t i = 0; i < WALK_COLUMNS_MAX; i++)
		column[i] = none;
	while ((part = strsep(&save, "|")) && n < WALK_COLUMNS_MAX)
		column[n++] = walk_trim(part);
	words = n > 1 ? column[n - 1] : "";
	w->total++;
	if (n > 1)
		column[n - 1] = none;
	if (walk_until(w, column))
		w->held++;
	else
		printf("# %s:%u: %s: %s\n", file, number, words, w->why);
}

/**
 * walk_file() - walk a list and print how much of it holds
 * @backend: how instances are asked for
 * @file: the list
 * @name: of the profile, as printed
 *
 * Return: whether all of it holds, and there is anything in it.
 */
static inline bool walk_file(const struct walk_backend *backend, const char *file, const char *name)
{
	struct walk *w = calloc(1, sizeof(*w));
	FILE *in = fopen(file, "re");
	unsigned int number = 0;
	char *line = NULL;
	size_t size = 0;
	bool holds;

	if (!w || !in) {
		printf("# %s: cannot be read\n", file);
		free(w);
		return false;
	}
	w->backend = backend;
	while (getline(&line, &size, in) > 0) {
		char *text = walk_expand(backend->variables, walk_trim(line));

		number++;
		if (text && *text && *text != '#')
			walk_line(w, text, number, file);
		free(text);
	}
	printf("# %s: %zu of %zu requirements hold\n", name, w->held, w->total);
	holds = w->total && w->held == w->total;
	for (size_t i = 0; i < w->n_sets; i++) {
		for (size_t k = 0; k < w->sets[i].n; k++)
			free(w->sets[i].paths[k]);
	}
	free(line);
	fclose(in);
	free(w);
	return holds;
}

#endif
