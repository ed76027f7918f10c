// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Points of uplinks and their parts; see metric-walk.h. Directions are as those of NICs.
 */
#include <stddef.h>

#include "daemon/model/metric-walk.h"

static bool is_always(const struct metric_uplink *uplink, uint64_t value)
{
	return true;
}

static bool is_measured(const struct metric_uplink *uplink, uint64_t value)
{
	return uplink->flow_known;
}

static bool is_measured_whole(const struct metric_uplink *uplink, uint64_t value)
{
	return uplink->flow_known && !*uplink->parent;
}

static bool is_limited(const struct metric_uplink *uplink, uint64_t value)
{
	return value;
}

static bool is_part(const struct metric_uplink *uplink, uint64_t value)
{
	return *uplink->parent;
}

/* Of each direction: @at is where, in struct metric_uplink_direction; @is_known, whether it is. */
static void put_directions(struct metric_walk *w, size_t at,
			   bool (*is_known)(const struct metric_uplink *uplink, uint64_t value))
{
	for (size_t i = 0; i < w->snapshot->n_uplinks; i++) {
		const struct metric_uplink *uplink = &w->snapshot->uplinks[i];

		for (int d = 0; d < NIC_DIRECTIONS; d++) {
			uint64_t value = metric_number_at(&uplink->directions[d], at);

			if (is_known(uplink, value))
				metric_put(w, (struct metric_point){
						      .labels = { { "uplink", uplink->name },
								  { "direction",
								    metric_nic_direction(d) } },
						      .value = value });
		}
	}
}

#define AT(member) offsetof(struct metric_uplink_direction, member)

void metric_uplink_info(struct metric_walk *w)
{
	for (size_t i = 0; i < w->snapshot->n_uplinks; i++) {
		const struct metric_uplink *uplink = &w->snapshot->uplinks[i];

		metric_put(w, (struct metric_point){ .labels = { { "uplink", uplink->name },
								 { "parent", uplink->parent },
								 { "bridge", uplink->bridge } },
						     .value = 1 });
	}
}

void metric_uplink_capacity(struct metric_walk *w)
{
	put_directions(w, AT(capacity), is_always);
}

void metric_uplink_reserved(struct metric_walk *w)
{
	put_directions(w, AT(reserved), is_always);
}

void metric_uplink_unreserved(struct metric_walk *w)
{
	put_directions(w, AT(unreserved), is_always);
}

void metric_uplink_used(struct metric_walk *w)
{
	put_directions(w, AT(used), is_measured);
}

void metric_uplink_demand(struct metric_walk *w)
{
	put_directions(w, AT(demand), is_measured);
}

void metric_uplink_entitlement(struct metric_walk *w)
{
	put_directions(w, AT(entitled), is_measured);
}

void metric_uplink_contended(struct metric_walk *w)
{
	put_directions(w, AT(contended), is_measured_whole);
}

void metric_uplink_limit(struct metric_walk *w)
{
	put_directions(w, AT(limit), is_limited);
}

void metric_uplink_weight(struct metric_walk *w)
{
	put_directions(w, AT(weight), is_part);
}

void metric_uplink_members(struct metric_walk *w)
{
	for (size_t i = 0; i < w->snapshot->n_uplinks; i++) {
		const struct metric_uplink *uplink = &w->snapshot->uplinks[i];

		metric_put(w, (struct metric_point){ .labels = { { "uplink", uplink->name } },
						     .value = uplink->members });
	}
}
