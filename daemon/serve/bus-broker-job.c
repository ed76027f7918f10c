// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Jobs that have ended are removed when they have stayed for as long as they should.
 */
#include <errno.h>
#include <string.h>

#include "daemon/serve/bus-internal.h"
#include "daemon/util/log.h"

/* They stay for so long at least. */
#define ACCURACY_US 100000

static int on_due(sd_event_source *source, uint64_t usec, void *data);

/* Once control is back in the event loop, and whenever one is due. */
static void look_at(struct bus *bus, uint64_t due_us)
{
	int r = 0;

	if (!bus->remover) {
		r = sd_event_add_time(sd_bus_get_event(bus->sd), &bus->remover, CLOCK_MONOTONIC, 0,
				      ACCURACY_US, on_due, bus);
		if (r >= 0)
			sd_event_source_set_description(bus->remover, "jobs");
	}
	if (r >= 0)
		r = sd_event_source_set_time(bus->remover, due_us);
	if (r >= 0)
		r = sd_event_source_set_enabled(bus->remover, SD_EVENT_ONESHOT);
	if (r < 0)
		log_warning("jobs that have ended cannot be removed: %s", strerror(-r));
}

static int on_due(sd_event_source *source, uint64_t usec, void *data)
{
	struct bus *bus = data;
	uint64_t next_us = profile_remove_old_jobs(&bus->broker);

	if (next_us != UINT64_MAX)
		look_at(bus, next_us);
	return 0;
}

static void on_changed(const char *id, void *data)
{
	struct bus *bus = data;

	bus_mark_job(bus, id);
	look_at(bus, 0);
}

/**
 * bus_init_jobs() - methods may begin jobs
 * @bus: with its broker
 */
void bus_init_jobs(struct bus *bus)
{
	bus->jobs = (struct profile_jobs){ .changed = on_changed, .data = bus };
	bus->env.jobs = &bus->jobs;
}

/**
 * bus_end_jobs() - forget all jobs
 * @bus: nothing that was asked for goes on
 */
void bus_end_jobs(struct bus *bus)
{
	profile_free_jobs(&bus->jobs);
	sd_event_source_disable_unref(bus->remover);
}
