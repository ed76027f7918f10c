/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What changes something, in a list: methods, with the jobs that they begin, and instances that are made and removed;
 * see README.md.
 */
#ifndef KVRM_TEST_WALK_CALL_H
#define KVRM_TEST_WALK_CALL_H

#include <time.h>

#include "tests/profiles/walk-match.h"

#define WALK_PAUSE_MS 200
/* What a job may take, and the states that it ends in. */
#define WALK_JOB_MS    60000
#define WALK_JOB_ENDS  "7,8,9,10"
#define WALK_JOB_BEGUN 4096

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
	holds = code == wanted && (output || !strncmp(message, column[4], strlen(column[4])));
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

#endif
