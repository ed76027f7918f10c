// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The details of one guest of a view; see view.h.
 */
#include <math.h>
#include <stdio.h>

#include "daemon/model/definition.h"
#include "tools/kvrmctl/guest.h"
#include "tools/kvrmctl/screen.h"
#include "tools/kvrmctl/setting.h"
#include "tools/kvrmctl/table.h"
#include "tools/kvrmctl/value.h"
#include "tools/kvrmctl/view.h"

/* Before a history: what it is of, and what it is now. */
#define TITLE_WIDTH 30

static void draw_allocation(const struct guest *guest, struct screen *screen)
{
	struct json_object *system = guest->system;
	char reservation[32], limit[32], used[32], memory_limit[32];

	reservation_format(value_number(system, "ProcessorReservation"), reservation,
			   sizeof(reservation));
	cpu_limit_format(value_number(system, "ProcessorLimit"), limit, sizeof(limit));
	bytes_format(guest->rates.memory_bytes, used, sizeof(used));
	bytes_format(value_number(system, "MemoryLimit"), memory_limit, sizeof(memory_limit));
	screen_add(screen, SCREEN_PLAIN, "%s  %s  pool %s  UUID %s", value_text(system, "Name"),
		   value_text(system, "State"), value_text(system, "Pool"), guest_uuid(guest));
	screen_add(screen, SCREEN_PLAIN,
		   "processor: virtual CPUs %llu, reservation %s, limit %s, weight %llu",
		   (unsigned long long)guest->vcpus, reservation, limit,
		   (unsigned long long)value_number(system, "ProcessorWeight"));
	screen_add(screen, SCREEN_PLAIN, "memory: %s used, limit %s", used,
		   value_number(system, "MemoryLimit") ? memory_limit : "none");
}

/* What became of its memory on the host; "-" stands for what is not known. */
static void draw_memory(const struct guest *guest, struct screen *screen)
{
	const struct rates *rates = &guest->rates;
	char swapped[32] = "-", faults[32] = "-", pressure[32] = "-";

	if (!isnan(rates->memory_swapped_bytes))
		bytes_format((uint64_t)rates->memory_swapped_bytes, swapped, sizeof(swapped));
	if (!isnan(rates->major_faults_per_s))
		snprintf(faults, sizeof(faults), "%.0f/s", rates->major_faults_per_s);
	if (!isnan(rates->memory_pressure))
		snprintf(pressure, sizeof(pressure), "%.0f %%", rates->memory_pressure * 100);
	screen_add(screen, SCREEN_PLAIN, "memory: %s swapped, major faults %s, waited for it %s",
		   swapped, faults, pressure);
}

/* What QEMU used beside its virtual CPUs, in parts of a CPU. */
static void draw_overhead(const struct guest *guest, struct screen *screen)
{
	const struct rates *rates = &guest->rates;
	const double kinds[] = { rates->emulator, rates->io, rates->vhost };
	char text[3][32];

	for (int i = 0; i < 3; i++) {
		if (isnan(kinds[i]))
			snprintf(text[i], sizeof(text[i]), "-");
		else
			snprintf(text[i], sizeof(text[i]), "%.2f %%", kinds[i] * 100);
	}
	screen_add(screen, SCREEN_PLAIN, "QEMU: emulator %s, I/O threads %s, vhost %s of a CPU",
		   text[0], text[1], text[2]);
}

static void draw_history(const struct view *view, const struct history *history,
			 enum history_kind kind, const char *title, struct screen *screen)
{
	/* What is left of the line beside the title. */
	size_t width = screen->width > TITLE_WIDTH ? screen->width - TITLE_WIDTH : 0;
	char text[3 * HISTORY_MAX + 1];
	double now =
		history && history->n ? history->value[kind][(history->n - 1) % HISTORY_MAX] : NAN;

	width = width < HISTORY_MAX ? width : HISTORY_MAX;
	history_draw(history, kind, width, view->utf8, text, sizeof(text));
	if (isnan(now))
		screen_add(screen, SCREEN_PLAIN, "%-22s      - %s", title, text);
	else
		screen_add(screen, SCREEN_PLAIN, "%-22s %4.0f %% %s", title, now * 100, text);
}

static void draw_reasons(const struct guest *guest, struct screen *screen)
{
	size_t n = json_object_array_length(guest->reasons);

	for (size_t i = 0; i < n; i++)
		screen_add(screen, SCREEN_LOUD, "%s",
			   json_object_get_string(json_object_array_get_idx(guest->reasons, i)));
	if (!n && guest_is_measured(guest))
		screen_add(screen, SCREEN_PLAIN, "nothing holds it back");
}

static void draw_parts(const struct scene *scene, const struct guest *guest,
		       const struct stats_kind *kind, struct screen *screen)
{
	_cleanup_table_ struct table t = { .columns = kind->columns,
					   .header = kind->header,
					   .width = screen->width };

	kind->show(scene->frame, guest->system, &t, NULL);
	if (!t.n)
		return;
	screen_add(screen, SCREEN_PLAIN, "%s", "");
	screen_add_table(screen, &t);
}

/**
 * view_draw_details() - add one guest's details to what is above
 * @view: view
 * @scene: what is seen
 * @guest: whose
 * @screen: screen
 */
void view_draw_details(struct view *view, const struct scene *scene, const struct guest *guest,
		       struct screen *screen)
{
	const struct history *history = histories_find(scene->histories, guest_uuid(guest));
	size_t above = screen->n;

	draw_allocation(guest, screen);
	draw_memory(guest, screen);
	draw_overhead(guest, screen);
	draw_reasons(guest, screen);
	draw_history(view, history, HISTORY_USED, "used of what it may:", screen);
	draw_history(view, history, HISTORY_HELD, "held back of its time:", screen);
	draw_parts(scene, guest, &vcpu_stats, screen);
	draw_parts(scene, guest, &nic_stats, screen);
	draw_parts(scene, guest, &disk_stats, screen);
	screen_scroll(screen, above, &view->first);
}
