/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What properties have to be, in a list; see README.md.
 */
#ifndef KVRM_TEST_WALK_MATCH_H
#define KVRM_TEST_WALK_MATCH_H

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

#endif
