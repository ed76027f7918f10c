// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which records are wanted; see wanted.h. A guest's own record comes before those of its parts, and says whose they
 * are.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "daemon/util/text.h"
#include "tools/kvrmctl/value.h"
#include "tools/kvrmctl/wanted.h"

/**
 * wanted_init() - nothing was seen yet
 * @w: overwritten; to be freed with wanted_deinit()
 * @ring: open, as long as records are looked at
 * @names: as in struct wanted; must live as long
 */
void wanted_init(struct wanted *w, const struct kvrm_samples *ring, char *const *names)
{
	*w = (struct wanted){
		.names = names,
		.uuid = kvrm_samples_find(ring, KVRM_SAMPLES_GUEST, "uuid"),
		.name = kvrm_samples_find(ring, KVRM_SAMPLES_GUEST, "name"),
		.guests = json_object_new_object(),
		.seen = json_object_new_object(),
		.found = json_object_new_object(),
	};
}

static bool is_named(struct wanted *w, const char *uuid, const char *name)
{
	bool named = !*w->names;

	for (char *const *n = w->names; *n; n++) {
		if (strcmp(*n, uuid) && strcmp(*n, name))
			continue;
		json_object_object_add(w->found, *n, json_object_new_boolean(true));
		named = true;
	}
	return named;
}

static void see_guest(struct wanted *w, const char *id, const struct kvrm_samples_record *record)
{
	char uuid[37] = "";
	const char *name = w->name ? kvrm_samples_text(w->name, record) : "";
	bool named;

	if (w->uuid)
		text_uuid_from_bytes((const uint8_t *)record + w->uuid->offset, uuid);
	named = is_named(w, uuid, name);
	json_object_object_add(w->guests, id, json_object_new_boolean(named));
	if (named && !value_get(w->seen, uuid))
		json_object_object_add(w->seen, uuid, json_object_new_boolean(true));
}

/**
 * wanted_takes() - whether a record is of a system that is asked for
 * @w: what is asked for
 * @record: the next one; its kind need not be known here
 *
 * Return: whether.
 */
bool wanted_takes(struct wanted *w, const struct kvrm_samples_record *record)
{
	char id[16];

	snprintf(id, sizeof(id), "%" PRIu32, record->guest);
	if (record->kind == KVRM_SAMPLES_GUEST)
		see_guest(w, id, record);
	return json_object_get_boolean(value_get(w->guests, id));
}

/**
 * wanted_missing() - a name that no system had
 * @w: what is asked for
 *
 * Return: the first one; NULL: all were there.
 */
const char *wanted_missing(const struct wanted *w)
{
	for (char *const *n = w->names; *n; n++) {
		if (!value_get(w->found, *n))
			return *n;
	}
	return NULL;
}

/**
 * wanted_count() - how many systems that are asked for were there
 * @w: what is asked for
 *
 * Return: their number.
 */
size_t wanted_count(const struct wanted *w)
{
	return (size_t)json_object_object_length(w->seen);
}

/**
 * wanted_deinit() - free what it holds, and clear it
 * @w: may be all zero
 */
void wanted_deinit(struct wanted *w)
{
	json_object_put(w->guests);
	json_object_put(w->seen);
	json_object_put(w->found);
	*w = (struct wanted){ 0 };
}
