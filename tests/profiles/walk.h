/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Walks a list of a profile's requirements, as a client would: from the registered profile along associations.
 * tests/profiles/README.md says what a list looks like. How instances are asked for is left to a backend, so
 * that the same list can be walked over the broker itself and over a protocol.
 */
#ifndef KVRM_TEST_WALK_H
#define KVRM_TEST_WALK_H

#include <time.h>

#include "tests/profiles/walk-value.h"

/* Values of a property, as a client compares them. */
struct walk_match {
	const char *wanted;
	size_t n;
	bool matched;
	char seen[256];
};

/* Whether a list begins with a text; in the list "&" stands for a blank. */
static inline bool walk_begins(const char *list, const char *text)
{
	for (; *text; list++, text++) {
		if (*list != *text && (*list != '&' || *text != ' '))
			return false;
	}
	return !*list || *list == ',';
}

static inline void walk_match(const char *text, void *data)
{
	struct walk_match *m = data;

	m->n++;
	snprintf(m->seen + strlen(m->seen), sizeof(m->seen) - strlen(m->seen), " '%s'", text);
	if (!m->wanted)
		m->matched = true;
	for (const char *at = m->wanted; at; at = strchr(at, ',')) {
		at += *at == ',';
		m->matched |= walk_begins(at, text);
	}
}

/*
 * "Name": it has a value. "Name=a,b": one of its values is one of these. "Name!": it is null or empty.
 */
static inline bool walk_property(struct walk *w, const char *path, const char *condition)
{
	char name[64];
	const char *wanted = strchr(condition, '=');
	size_t length = wanted ? (size_t)(wanted - condition) : strlen(condition);
	bool none = !wanted && length && condition[length - 1] == '!';
	struct walk_match match = { .wanted = wanted ? wanted + 1 : NULL };

	snprintf(name, sizeof(name), "%.*s", (int)(length - none), condition);
	if (!w->backend->property(path, name, walk_match, &match, w->backend->data)) {
		snprintf(w->why, sizeof(w->why), "%s of %s cannot be read", name, path);
		return false;
	}
	if (none ? !match.n : match.matched)
		return true;
	snprintf(w->why, sizeof(w->why), "%s of %s is%s, not %s", name, path,
		 match.n ? match.seen : " null", condition);
	return false;
}

static inline bool walk_properties(struct walk *w, const char *path, const char *conditions)
{
	char copy[512];
	char *save = NULL;

	snprintf(copy, sizeof(copy), "%s", conditions);
	for (char *c = strtok_r(copy, " ", &save); c; c = strtok_r(NULL, " ", &save)) {
		if (!walk_property(w, path, c))
			return false;
	}
	return true;
}

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

#define WALK_PAUSE_MS 200
/* What a job may take, and the states that it ends in. */
#define WALK_JOB_MS	60000
#define WALK_JOB_ENDS	"7,8,9,10"
#define WALK_JOB_BEGUN	4096

static inline void walk_pause(void)
{
	const struct timespec pause = { .tv_nsec = WALK_PAUSE_MS * 1000000L };

	nanosleep(&pause, NULL);
}

/* The end of a job, as a client waits for it: what the method returned in the end, and its message. */
static inline int64_t walk_job(struct walk *w, const char *job, char message[static 512])
{
	struct walk_match ended = { 0 }, code = { 0 };
	char *said = NULL;

	for (unsigned int ms = 0; ms < WALK_JOB_MS; ms += WALK_PAUSE_MS) {
		ended = (struct walk_match){ .wanted = WALK_JOB_ENDS };
		if (!w->backend->property(job, "JobState", walk_match, &ended, w->backend->data) ||
		    ended.matched)
			break;
		walk_pause();
	}
	w->backend->property(job, "ErrorDescription", walk_keep, &said, w->backend->data);
	w->backend->property(job, "ErrorCode", walk_match, &code, w->backend->data);
	/* "KVRMnnnn: sentence", as "KVRMnnnn sentence". */
	if (said && strlen(said) > 9)
		snprintf(message, 512, "%.8s%s", said, said + 9);
	free(said);
	return ended.matched && code.n ? strtoll(code.seen + 2, NULL, 10) : INT64_MIN;
}

/* call | SET | METHOD(ARGUMENTS) | CODE | MESSAGE or NAME=OUTPUT; a status is written as -STATUS */
static inline bool walk_call(struct walk *w, char **column)
{
	struct walk_set *set = walk_find(w, column[1]), out = { 0 }, *to;
	char *open = strchr(column[2], '('), *output = strchr(column[4], '=');
	int64_t code, wanted = strtoll(column[3], NULL, 10);
	struct walk_value arguments = { 0 };
	const char *at = open ? open + 1 : "";
	char message[512] = "";
	bool holds;

	if (!set || !set->n || !open) {
		snprintf(w->why, sizeof(w->why), "there is nothing in '%s'", column[1]);
		return false;
	}
	*open = '\0';
	if (!walk_parse_items(w, &at, ')', &arguments)) {
		walk_value_free(&arguments);
		return false;
	}
	code = w->backend->invoke(set->paths[0], column[2], arguments.items, arguments.n,
				  output ? output + 1 : "Job", message, walk_add, &out,
				  w->backend->data);
	walk_value_free(&arguments);
	if (code == WALK_JOB_BEGUN && wanted != code && out.n == 1)
		code = walk_job(w, out.paths[0], message);
	holds = code == wanted &&
		(output || !strncmp(message, column[4], strlen(column[4])));
	if (!holds)
		snprintf(w->why, sizeof(w->why), "%s returned %lld %s", column[2], (long long)code,
			 message);
	if (output) {
		*output = '\0';
		to = walk_bind(w, column[4]);
		memcpy(to->paths, out.paths, sizeof(out.paths));
		to->n = out.n;
	}
	for (size_t i = 0; !output && i < out.n; i++)
		free(out.paths[i]);
	return holds;
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

static inline bool walk_ended(struct walk *w, const char *what, int64_t status, char **wanted,
			      const char *message)
{
	if (status == strtoll(wanted[0], NULL, 10) &&
	    !strncmp(message, wanted[1], strlen(wanted[1])))
		return true;
	snprintf(w->why, sizeof(w->why), "%s ended with %lld %s", what, (long long)status, message);
	return false;
}

/* create | NAME | NAMESPACE | {CLASS PROPERTY=VALUE ...} | STATUS | MESSAGE: an instance, which is the set NAME */
static inline bool walk_create(struct walk *w, char **column)
{
	struct walk_set *set = walk_bind(w, column[1]);
	struct walk_value instance = { 0 };
	const char *at = column[3];
	char message[512] = "";
	int64_t status;

	if (!walk_parse(w, &at, &instance)) {
		walk_value_free(&instance);
		return false;
	}
	status = w->backend->create(column[2], &instance, message, walk_add, set, w->backend->data);
	walk_value_free(&instance);
	return walk_ended(w, "creation", status, &column[4], message);
}

/* delete | SET | STATUS | MESSAGE: the first of the set */
static inline bool walk_delete(struct walk *w, char **column)
{
	struct walk_set *set = walk_find(w, column[1]);
	char message[512] = "";

	if (!set || !set->n) {
		snprintf(w->why, sizeof(w->why), "there is nothing in '%s'", column[1]);
		return false;
	}
	return walk_ended(w, "removal",
			  w->backend->remove(set->paths[0], message, w->backend->data), &column[2],
			  message);
}

static inline bool walk_row(struct walk *w, char **column)
{
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
