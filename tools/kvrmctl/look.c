// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Looks at kvrmd; see look.h.
 */
#include <string.h>
#include <time.h>

#include "tools/kvrmctl/client.h"
#include "tools/kvrmctl/command.h"
#include "tools/kvrmctl/look.h"
#include "tools/kvrmctl/rates.h"
#include "tools/kvrmctl/value.h"

#define RETRY_NS 100000000
/* For longer than kvrmd's longest sample interval, which is a minute. */
#define RETRIES 650

static int take_samples(struct client *client, struct look *ret)
{
	return client_fetch(client, CLIENT_MANAGER_PATH, CLIENT_MANAGER, "GetStatistics",
			    &ret->samples);
}

static int take_objects(struct client *client, struct look *ret)
{
	_cleanup_value_ struct json_object *objects = NULL;
	int status = client_objects(client, &objects);

	if (status != EXIT_OK)
		return status;
	ret->systems = client_select(objects, CLIENT_SYSTEM);
	ret->pools = client_select(objects, CLIENT_POOL);
	ret->uplinks = client_select(objects, CLIENT_UPLINK);
	return EXIT_OK;
}

/**
 * look_take() - take a look
 * @client: connected
 * @ret: look; what it held is freed
 *
 * Return: exit status.
 */
int look_take(struct client *client, struct look *ret)
{
	bool newer;

	return look_take_newer(client, NULL, ret, &newer);
}

/* One of a kvrmd that tells another clock is of another kvrmd. */
static bool has_same_clock(struct json_object *before, struct json_object *after)
{
	return !value_get(before, "MonotonicTime") == !value_get(after, "MonotonicTime");
}

/* Whether kvrmd has measured anew all that it still measures. */
static bool is_newer(const struct look *before, const struct look *after)
{
	json_object_object_foreach(before->samples, uuid, sample) {
		struct json_object *now = value_get(after->samples, uuid);

		if (now && has_same_clock(sample, now) &&
		    rates_time_us(now) <= rates_time_us(sample))
			return false;
	}
	return true;
}

/* Whether an active system that had a sample has none yet, as when kvrmd was started anew. */
static bool lacks_samples(const struct look *before, const struct look *after)
{
	for (size_t i = 0; i < json_object_array_length(after->systems); i++) {
		struct json_object *system = json_object_array_get_idx(after->systems, i);
		const char *uuid = value_text(system, "UUID");

		if (!strcmp(value_text(system, "State"), "active") &&
		    value_get(before->samples, uuid) && !value_get(after->samples, uuid))
			return true;
	}
	return false;
}

/**
 * look_take_newer() - take a look, unless kvrmd has measured nothing since the one before
 * @client: connected
 * @before: earlier look; NULL: there is none
 * @ret: look; what it held is freed; empty if there is no newer one
 * @ret_newer: whether there is
 *
 * Return: exit status.
 */
int look_take_newer(struct client *client, const struct look *before, struct look *ret,
		    bool *ret_newer)
{
	int status;

	look_deinit(ret);
	*ret_newer = false;
	status = take_samples(client, ret);
	*ret_newer = status == EXIT_OK && (!before || is_newer(before, ret));
	if (*ret_newer) {
		status = take_objects(client, ret);
		*ret_newer = status == EXIT_OK && !(before && lacks_samples(before, ret));
	}
	if (!*ret_newer)
		look_deinit(ret);
	return status;
}

/**
 * look_await() - take a look once kvrmd has measured anew, or after more than a minute
 * @client: connected
 * @before: earlier look
 * @ret: look; what it held is freed
 *
 * Return: exit status.
 */
int look_await(struct client *client, const struct look *before, struct look *ret)
{
	const struct timespec retry = { .tv_nsec = RETRY_NS };
	bool newer = false;
	int status = EXIT_OK;

	for (int i = 0; status == EXIT_OK && !newer && i <= RETRIES; i++) {
		if (i)
			nanosleep(&retry, NULL);
		status = look_take_newer(client, i < RETRIES ? before : NULL, ret, &newer);
	}
	return status;
}

/**
 * look_is_named() - whether a system is asked for
 * @system: its properties
 * @names: names or UUIDs, up to NULL; none: all are asked for
 *
 * Return: whether it is.
 */
bool look_is_named(struct json_object *system, char *const *names)
{
	if (!*names)
		return true;
	for (; *names; names++) {
		if (!strcmp(*names, value_text(system, "Name")) ||
		    !strcmp(*names, value_text(system, "UUID")))
			return true;
	}
	return false;
}

/**
 * look_check_names() - complain of a name that no system has
 * @client: client
 * @names: as for look_is_named()
 * @look: look
 *
 * Return: EXIT_OK or EXIT_NOT_FOUND.
 */
int look_check_names(struct client *client, char *const *names, const struct look *look)
{
	for (; *names; names++) {
		char *const one[] = { *names, NULL };
		bool found = false;

		for (size_t i = 0; i < json_object_array_length(look->systems); i++)
			found |= look_is_named(json_object_array_get_idx(look->systems, i), one);
		if (!found)
			return client_complain(client, EXIT_NOT_FOUND, *names, NULL,
					       "there is no such virtual system");
	}
	return EXIT_OK;
}

/**
 * look_deinit() - free what a look holds, and clear it
 * @look: may be all zero
 */
void look_deinit(struct look *look)
{
	json_object_put(look->systems);
	json_object_put(look->pools);
	json_object_put(look->uplinks);
	json_object_put(look->samples);
	*look = (struct look){ 0 };
}
