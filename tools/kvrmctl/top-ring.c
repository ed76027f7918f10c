// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Looks from kvrmd and the sample ring; see top-ring.h.
 */
#include <errno.h>
#include <string.h>

#include "daemon/util/clock.h"
#include "tools/kvrmctl/command.h"
#include "tools/kvrmctl/top.h"
#include "tools/kvrmctl/top-ring.h"
#include "tools/kvrmctl/value.h"

/* What is set is looked at so often. */
#define BASE_US UINT64_C(1000000)
#define S_US	UINT64_C(1000000)
/* If nobody was sampled for so long, nobody runs, or is to be sampled. */
#define QUIET_US UINT64_C(2000000)

static void add_all(struct json_object *to, struct json_object *from)
{
	json_object_object_foreach(from, key, value)
		json_object_object_add(to, key, json_object_get(value));
}

/* The NIC of the ring that is a device; NULL if there is none. */
static struct json_object *nic_of(struct json_object *nics, const char *device)
{
	for (size_t i = 0; nics && *device && i < json_object_array_length(nics); i++) {
		struct json_object *nic = json_object_array_get_idx(nics, i);

		if (!strcmp(value_text(nic, "Interface"), device))
			return nic;
	}
	return NULL;
}

/* In the order of the system's own; each with what only kvrmd knows. */
static struct json_object *merge_nics(struct json_object *system, struct json_object *measured,
				      struct json_object *told)
{
	struct json_object *nics = value_get(system, "NICs"), *merged = json_object_new_array();

	for (size_t i = 0; nics && i < json_object_array_length(nics); i++) {
		struct json_object *nic = json_object_array_get_idx(nics, i);
		struct json_object *ours = nic_of(told, value_text(nic, "Interface"));
		struct json_object *o = json_object_new_object();

		if (ours && measured && i < json_object_array_length(measured))
			add_all(o, json_object_array_get_idx(measured, i));
		if (ours)
			add_all(o, ours);
		json_object_array_add(merged, o);
	}
	return merged;
}

/**
 * top_ring_compose() - a look of both; pure
 * @base: look at kvrmd
 * @told: look at the ring; systems that it does not know have no sample
 * @ret: look; what it held is freed
 */
void top_ring_compose(const struct look *base, const struct look *told, struct look *ret)
{
	look_deinit(ret);
	ret->systems = json_object_get(base->systems);
	ret->pools = json_object_get(base->pools);
	ret->samples = json_object_new_object();
	for (size_t i = 0; i < json_object_array_length(base->systems); i++) {
		struct json_object *system = json_object_array_get_idx(base->systems, i);
		const char *uuid = value_text(system, "UUID");
		struct json_object *measured = value_get(base->samples, uuid);
		struct json_object *ours = value_get(told->samples, uuid), *sample;

		if (!measured || !ours)
			continue;
		sample = json_object_new_object();
		add_all(sample, measured);
		add_all(sample, ours);
		/* What the ring does not tell has another time, and there is no rate of it. */
		json_object_object_del(sample, "CPUOverhead");
		json_object_object_add(sample, "NICs",
				       merge_nics(system, value_get(measured, "NICs"),
						  value_get(ours, "NICs")));
		json_object_object_add(ret->samples, uuid, sample);
	}
}

/**
 * top_ring_open() - open the ring; have it written so often at least, if we may
 * @client: for complaints
 * @names: systems; empty: all
 * @interval_us: between looks
 * @ret: overwritten; to be closed if this succeeds
 *
 * Return: exit status.
 */
int top_ring_open(struct client *client, char *const *names, uint64_t interval_us,
		  struct top_ring *ret)
{
	uint32_t rate_hz = (uint32_t)((S_US + interval_us - 1) / interval_us);
	bool keep = client->keep;
	int r;

	*ret = (struct top_ring){ .told_us = monotonic_us() };
	r = kvrm_samples_open(&ret->ring, KVRM_SAMPLES_DEVICE);
	if (r < 0)
		return client_complain(client, r == -EACCES ? EXIT_ACCESS : EXIT_FAILED,
				       "an interval below 0.1 s needs " KVRM_SAMPLES_DEVICE, NULL,
				       strerror(-r));
	gather_init(&ret->gather, &ret->ring);
	/* Who may not has what others have set. */
	client->keep = true;
	sample_rates_set(client, names, rate_hz, true, &ret->rates);
	client->keep = keep;
	return EXIT_OK;
}

/* All that was written meanwhile; whether there is a whole round in it, the last of which is @ret. */
static bool drain(struct top_ring *r, struct look *ret)
{
	_Alignas(8) unsigned char record[KVRM_SAMPLES_RECORD_MAX];
	const struct kvrm_samples_record *head = (struct kvrm_samples_record *)record;
	bool any = false;

	while (kvrm_samples_next(&r->ring, record)) {
		if (gather_is_over(&r->gather, head)) {
			gather_take(&r->gather, ret);
			any = true;
		}
		gather_add(&r->gather, head);
	}
	return any;
}

/**
 * top_ring_take_newer() - take a look, unless there is no sample since the one before
 * @client: connected
 * @r: open
 * @ret: look; what it held is freed; empty if there is no newer one
 * @ret_newer: whether there is
 *
 * Return: exit status.
 */
int top_ring_take_newer(struct client *client, struct top_ring *r, struct look *ret,
			bool *ret_newer)
{
	_cleanup_look_ struct look told = { 0 };
	uint64_t now_us = monotonic_us();
	int status = EXIT_OK;

	look_deinit(ret);
	*ret_newer = false;
	if (!r->base_us || now_us - r->base_us >= BASE_US) {
		status = look_take(client, &r->base);
		r->base_us = status == EXIT_OK ? now_us : 0;
	}
	if (status != EXIT_OK)
		return status;
	*ret_newer = drain(r, &told) || now_us - r->told_us >= QUIET_US;
	if (*ret_newer) {
		top_ring_compose(&r->base, &told, ret);
		r->told_us = now_us;
	}
	return EXIT_OK;
}

/**
 * top_ring_close() - undo top_ring_open()
 * @client: for complaints
 * @r: emptied; may be all zero
 */
void top_ring_close(struct client *client, struct top_ring *r)
{
	sample_rates_restore(client, &r->rates);
	sample_rates_deinit(&r->rates);
	gather_deinit(&r->gather);
	look_deinit(&r->base);
	kvrm_samples_close(&r->ring);
	*r = (struct top_ring){ 0 };
}
