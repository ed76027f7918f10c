// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rows of guests, as top shows them. Pure.
 */
#include <math.h>

#include "daemon/model/definition.h"
#include "tools/kvrmctl/cell.h"
#include "tools/kvrmctl/guest.h"
#include "tools/kvrmctl/guest-table.h"
#include "tools/kvrmctl/table.h"
#include "tools/kvrmctl/value.h"

/* The history comes first: without it, the table begins behind it. */
static const char *const header[] = {
	"HISTORY", "NAME",	">USED",	">LIMIT",   ">READY",  ">LIMITED",
	">MEMORY", ">RECEIVED", ">TRANSMITTED", "STATE",    ">DEMAND", ">RUNNING",
	">HALTED", ">WAITING",	">ENTITLED",	">EXITS/S", "WHY",
};
/* As table.ranks; what the reasons say in words is left out before what they do not say. */
static const char ranks[] = "a  fcbdeeghijjkl ";

/**
 * guest_table_begin() - begin a table of guests
 * @t: empty table; its width and styles are the caller's
 * @history: it has a column of histories
 */
void guest_table_begin(struct table *t, bool history)
{
	t->header = history ? header : header + 1;
	t->columns = sizeof(header) / sizeof(header[0]) - !history;
	t->ranks = history ? ranks : ranks + 1;
}

static void add_mbit(struct table *t, double bytes_per_s)
{
	if (isnan(bytes_per_s))
		table_add(t, "-");
	else
		table_add(t, "%.2fMbit", bytes_per_s * 8 / 1000000);
}

/**
 * guest_table_add() - add a guest
 * @t: from guest_table_begin()
 * @guest: guest
 * @history: as drawn; NULL if the table has no such column
 */
void guest_table_add(struct table *t, const struct guest *guest, const char *history)
{
	const struct rates *rates = &guest->rates;
	char limit[32], memory[32] = "-";

	cpu_limit_format(value_number(guest->system, "ProcessorLimit"), limit, sizeof(limit));
	if (rates->memory_bytes)
		format_bytes(rates->memory_bytes, memory, sizeof(memory));
	if (history)
		table_add(t, "%s", history);
	table_add(t, "%s", value_text(guest->system, "Name"));
	table_add_share(t, rates->used);
	table_add(t, "%s", limit);
	table_add_share(t, guest_share(guest, rates->ready));
	table_add_share(t, guest_share(guest, rates->limited));
	table_add(t, "%s", memory);
	add_mbit(t, guest->receive_bytes_per_s);
	add_mbit(t, guest->transmit_bytes_per_s);
	cell_state(t, guest->system);
	table_add_share(t, rates->demand);
	table_add_share(t, guest_share(guest, rates->running));
	table_add_share(t, guest_share(guest, rates->halted));
	table_add_share(t, guest_share(guest, rates->waiting));
	table_add_share(t, rates->entitled);
	table_add_amount(t, rates->exits_per_s, 0);
	table_add(t, "%s", guest->why);
}
