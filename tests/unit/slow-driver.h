/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What drives a model in memory, as driver.h, but with guests that take their time: starts, stops and shut downs, and
 * what takes memory from one that runs, end when somebody has looked at them a few times, shut downs by their time limit.
 * Include it behind cmocka.h.
 */
#ifndef KVRM_TEST_SLOW_DRIVER_H
#define KVRM_TEST_SLOW_DRIVER_H

#include "tests/unit/driver.h"

#define SLOW_MAX 8
/* Looks until something ends; a shut down has as many as its time limit has seconds. */
#define SLOW_LOOKS 2

/* What is under way. */
static struct slow {
	enum profile_ask ask;
	char uuid[37];
	uint64_t looks;
	uint64_t memory_bytes;
	profile_done *done;
	void *data;
} slow[SLOW_MAX];
static size_t n_slow;

/* Ends one; others may move up. */
static inline void slow_end(size_t i, int error, const char *text)
{
	const struct slow one = slow[i];

	memmove(&slow[i], &slow[i + 1], (n_slow - i - 1) * sizeof(slow[0]));
	n_slow--;
	one.done(error, text, NULL, NULL, one.data);
}

/* Ends all that wait for a system, but for what ends it. */
static inline void slow_end_all(const char *uuid, enum profile_ask ask, int error)
{
	for (size_t i = n_slow; i-- > 0;) {
		if (slow[i].ask == ask && !strcmp(slow[i].uuid, uuid))
			slow_end(i, error, "it ended");
	}
}

static inline void slow_run(size_t i)
{
	const struct slow one = slow[i];
	struct system *system = host_find(&host, one.uuid);

	switch (one.ask) {
	case PROFILE_START:
		driver_put_in_effect(system);
		system_set_state(system, SYSTEM_ACTIVE, "");
		slow_end(i, 0, NULL);
		break;
	case PROFILE_STOP:
		system_set_state(system, SYSTEM_ACTIVE, "");
		slow_end(i, ERROR_TIMEOUT, "it took too long");
		break;
	case PROFILE_SET:
		system->definition->memory_bytes = one.memory_bytes;
		slow_end(i, 0, NULL);
		break;
	default:
		system_ended(system, "");
		slow_end(i, 0, NULL);
		slow_end_all(one.uuid, PROFILE_START, ERROR_START_FAILED);
		slow_end_all(one.uuid, PROFILE_STOP, 0);
		break;
	}
}

/* Somebody has looked. */
static inline void slow_look(void)
{
	for (size_t i = 0; i < n_slow; i++) {
		if (--slow[i].looks)
			continue;
		slow_run(i);
		return;
	}
}

/* Whether a guest has to give memory back. */
static inline bool slow_takes_memory(const struct profile_request *request)
{
	const struct profile_change *change = request->changes;

	return request->n == 1 && change->system && change->system->state == SYSTEM_ACTIVE &&
	       change->allocation.memory_bytes < change->system->definition->memory_bytes;
}

/* Whether a request is begun; else it is done at once. */
static inline bool slow_begin(const struct profile_request *request, int *ret)
{
	struct system *system = request->system;

	*ret = 0;
	switch (request->ask) {
	case PROFILE_START:
		*ret = admission_enter(&host, system, NULL);
		if (!*ret)
			system_set_state(system, SYSTEM_STARTING, "");
		return !*ret;
	case PROFILE_STOP:
		system_set_state(system, SYSTEM_STOPPING, "");
		return request->timeout_us;
	case PROFILE_KILL:
		return true;
	case PROFILE_SET:
		return slow_takes_memory(request);
	default:
		return false;
	}
}

/* Asks for something, of a struct profile_env. */
static inline void slow_ask(const struct profile_request *request, profile_done *done,
			    void *done_data, void *data)
{
	_cleanup_free_ char *error = NULL;
	struct system *system = NULL;
	struct pool *pool = NULL;
	int r;

	if (slow_begin(request, &r)) {
		assert_true(n_slow < SLOW_MAX);
		slow[n_slow] = (struct slow){ .ask = request->ask,
					      .looks = request->ask == PROFILE_STOP
							       ? request->timeout_us / 1000000
							       : SLOW_LOOKS,
					      .done = done,
					      .data = done_data };
		if (request->n)
			slow[n_slow].memory_bytes = request->changes->allocation.memory_bytes;
		strcpy(slow[n_slow++].uuid, request->system->definition->uuid);
		return;
	}
	if (request->ask == PROFILE_STOP_WAITING) {
		system_set_state(request->system, SYSTEM_ACTIVE, "");
		slow_end_all(request->system->definition->uuid, PROFILE_STOP, ERROR_TIMEOUT);
	} else if (!r) {
		r = driver_ask(request, &system, &pool, &error);
	}
	done(r, error, system, pool, done_data);
}

#endif
