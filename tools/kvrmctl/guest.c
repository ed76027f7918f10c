// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Guests between two looks; see guest.h.
 */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "tools/kvrmctl/guest.h"
#include "tools/kvrmctl/look.h"
#include "tools/kvrmctl/reason.h"
#include "tools/kvrmctl/value.h"

/* The bytes of all NICs in one direction; NAN if one of them is not known, 0 if there are none. */
static double sum_nics(struct json_object *before, struct json_object *after, size_t nics,
		       const char *direction)
{
	double sum = 0;

	for (size_t i = 0; i < nics; i++) {
		struct nic_rates rates;

		rates_compute_nic(before, after, i, direction, &rates);
		sum += rates.bytes_per_s;
	}
	return sum;
}

static int build(const struct frame *frame, struct json_object *system, struct guest *ret)
{
	const char *uuid = value_text(system, "UUID");
	struct json_object *before = value_get(frame->before->samples, uuid);
	struct json_object *after = value_get(frame->after->samples, uuid);
	struct json_object *list = value_get(system, "NICs");
	size_t nics = list ? json_object_array_length(list) : 0;

	*ret = (struct guest){ .system = system, .vcpus = value_number(system, "VCPUs") };
	rates_compute(before, after, &ret->rates);
	ret->receive_bytes_per_s = after ? sum_nics(before, after, nics, "ToGuest") : NAN;
	ret->transmit_bytes_per_s = after ? sum_nics(before, after, nics, "FromGuest") : NAN;
	ret->reasons = reasons_find(frame->before, frame->after, system, &ret->rates);
	ret->why = reasons_join(ret->reasons);
	return ret->why ? 0 : -ENOMEM;
}

/**
 * guests_build() - the guests of a frame, by name
 * @frame: frame; its later look must live as long as the guests
 * @ret: guests; what it held is freed
 *
 * Return: 0 or -ENOMEM.
 */
int guests_build(const struct frame *frame, struct guests *ret)
{
	struct json_object *systems = frame->after->systems;
	size_t n = json_object_array_length(systems);

	guests_deinit(ret);
	ret->item = calloc(n ? n : 1, sizeof(*ret->item));
	if (!ret->item)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		struct json_object *system = json_object_array_get_idx(systems, i);

		if (look_is_named(system, frame->names) &&
		    build(frame, system, &ret->item[ret->n++]))
			return -ENOMEM;
	}
	return 0;
}

/**
 * guests_deinit() - free what they hold, and clear them
 * @guests: may be all zero
 */
void guests_deinit(struct guests *guests)
{
	for (size_t i = 0; i < guests->n; i++) {
		json_object_put(guests->item[i].reasons);
		free(guests->item[i].why);
	}
	free(guests->item);
	*guests = (struct guests){ 0 };
}

/**
 * guest_uuid() - its UUID
 * @guest: guest
 *
 * Return: text, the look's.
 */
const char *guest_uuid(const struct guest *guest)
{
	return value_text(guest->system, "UUID");
}

/**
 * guest_is_measured() - whether there are two samples of it
 * @guest: guest
 *
 * Return: whether.
 */
bool guest_is_measured(const struct guest *guest)
{
	return guest->rates.interval_us;
}

/**
 * guest_ceiling() - what it could use at most
 * @guest: guest
 *
 * Return: CPUs, more than 0: its limit, or one for each virtual CPU.
 */
double guest_ceiling(const struct guest *guest)
{
	double limit = (double)value_number(guest->system, "ProcessorLimit") / 1000000;
	double vcpus = guest->vcpus ? (double)guest->vcpus : 1;

	return limit > 0 ? fmin(limit, vcpus) : vcpus;
}

/**
 * guest_network() - what passes through its NICs, in both directions
 * @guest: guest
 *
 * Return: bytes per second; NAN: not known.
 */
double guest_network(const struct guest *guest)
{
	return guest->receive_bytes_per_s + guest->transmit_bytes_per_s;
}

/**
 * guest_share() - a sum over its virtual CPUs as a part of their time
 * @guest: guest
 * @cpus: in CPUs; NAN: not known
 *
 * Return: 0 to 1; NAN: not known.
 */
double guest_share(const struct guest *guest, double cpus)
{
	return guest->vcpus ? cpus / (double)guest->vcpus : NAN;
}

static bool has(const char *text, const char *word, size_t length)
{
	for (; *text; text++) {
		if (!strncasecmp(text, word, length))
			return true;
	}
	return false;
}

/**
 * guest_matches() - whether a filter lets it pass
 * @guest: guest
 * @filter: words; each must be a part of its name, UUID, state, pool or reasons, capital or not
 *
 * Return: whether.
 */
bool guest_matches(const struct guest *guest, const char *filter)
{
	static const char *const keys[] = { "Name", "UUID", "State", "Pool" };

	for (filter += strspn(filter, " "); *filter; filter += strspn(filter, " ")) {
		size_t length = strcspn(filter, " ");
		bool found = has(guest->why, filter, length);

		for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
			found |= has(value_text(guest->system, keys[i]), filter, length);
		if (!found)
			return false;
		filter += length;
	}
	return true;
}
