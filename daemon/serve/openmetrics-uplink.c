// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Families of uplinks and their parts; see openmetrics-uplink.h. Directions are as those of NICs.
 */
#include <stddef.h>

#include "daemon/serve/openmetrics-nic.h"
#include "daemon/serve/openmetrics-uplink.h"

static bool is_always(const struct openmetrics_uplink *uplink, uint64_t value)
{
	return true;
}

static bool is_measured(const struct openmetrics_uplink *uplink, uint64_t value)
{
	return uplink->flow_known;
}

static bool is_measured_whole(const struct openmetrics_uplink *uplink, uint64_t value)
{
	return uplink->flow_known && !*uplink->parent;
}

static bool is_limited(const struct openmetrics_uplink *uplink, uint64_t value)
{
	return value;
}

static bool is_part(const struct openmetrics_uplink *uplink, uint64_t value)
{
	return *uplink->parent;
}

/* Of each direction: @at is where, in struct openmetrics_uplink_direction; @is_known, whether it is. */
static void write_directions(struct om_writer *w, size_t at,
			     bool (*is_known)(const struct openmetrics_uplink *uplink,
					      uint64_t value))
{
	for (size_t i = 0; i < w->snapshot->n_uplinks; i++) {
		const struct openmetrics_uplink *uplink = &w->snapshot->uplinks[i];

		for (int d = 0; d < NIC_DIRECTIONS; d++) {
			const char *direction = (const char *)&uplink->directions[d];
			uint64_t value = *(const uint64_t *)(direction + at);

			if (!is_known(uplink, value))
				continue;
			om_begin(w, om_suffix(w->family));
			om_label(w, "{", "uplink", uplink->name);
			om_label(w, ",", "direction", om_nic_direction(d));
			om_text_add(&w->text, "}");
			om_end(w, value, w->family->scale);
		}
	}
}

#define AT(member) offsetof(struct openmetrics_uplink_direction, member)

void om_write_uplink(struct om_writer *w)
{
	for (size_t i = 0; i < w->snapshot->n_uplinks; i++) {
		om_begin(w, "_info");
		om_label(w, "{", "uplink", w->snapshot->uplinks[i].name);
		om_label(w, ",", "parent", w->snapshot->uplinks[i].parent);
		om_label(w, ",", "bridge", w->snapshot->uplinks[i].bridge);
		om_text_add(&w->text, "}");
		om_end(w, 1, 0);
	}
}

void om_write_uplink_capacity(struct om_writer *w)
{
	write_directions(w, AT(capacity), is_always);
}

void om_write_uplink_reserved(struct om_writer *w)
{
	write_directions(w, AT(reserved), is_always);
}

void om_write_uplink_unreserved(struct om_writer *w)
{
	write_directions(w, AT(unreserved), is_always);
}

void om_write_uplink_used(struct om_writer *w)
{
	write_directions(w, AT(used), is_measured);
}

void om_write_uplink_demand(struct om_writer *w)
{
	write_directions(w, AT(demand), is_measured);
}

void om_write_uplink_entitlement(struct om_writer *w)
{
	write_directions(w, AT(entitled), is_measured);
}

void om_write_uplink_contended(struct om_writer *w)
{
	write_directions(w, AT(contended), is_measured_whole);
}

void om_write_uplink_limit(struct om_writer *w)
{
	write_directions(w, AT(limit), is_limited);
}

void om_write_uplink_weight(struct om_writer *w)
{
	write_directions(w, AT(weight), is_part);
}

void om_write_uplink_members(struct om_writer *w)
{
	for (size_t i = 0; i < w->snapshot->n_uplinks; i++) {
		om_begin(w, om_suffix(w->family));
		om_label(w, "{", "uplink", w->snapshot->uplinks[i].name);
		om_text_add(&w->text, "}");
		om_end(w, w->snapshot->uplinks[i].members, 0);
	}
}
