// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Cells; see cell.h.
 */
#include <math.h>
#include <stdio.h>

#include "daemon/model/definition.h"
#include "tools/kvrmctl/cell.h"
#include "tools/kvrmctl/setting.h"
#include "tools/kvrmctl/table.h"
#include "tools/kvrmctl/value.h"

/**
 * cell_text() - a property as it is
 * @t: table
 * @object: properties
 * @key: of the property
 */
void cell_text(struct table *t, struct json_object *object, const char *key)
{
	table_add(t, "%s", value_text(object, key));
}

/**
 * cell_state() - the state of a system, and whether it is adopted
 * @t: table
 * @system: its properties
 */
void cell_state(struct table *t, struct json_object *system)
{
	table_add(t, "%s%s", value_text(system, "State"),
		  *value_text(system, "ManagedBy") ? " (adopted)" : "");
}

/**
 * cell_reservation() - an amount in µs of CPU time per second of which 0 is nothing
 * @t: table
 * @object: properties
 * @key: of the amount
 */
void cell_reservation(struct table *t, struct json_object *object, const char *key)
{
	char text[32];

	reservation_format(value_number(object, key), text, sizeof(text));
	table_add(t, "%s", text);
}

/**
 * cell_limit() - an amount in µs of CPU time per second of which 0 is unlimited
 * @t: table
 * @object: properties
 * @key: of the amount
 */
void cell_limit(struct table *t, struct json_object *object, const char *key)
{
	char text[32];

	cpu_limit_format(value_number(object, key), text, sizeof(text));
	table_add(t, "%s", text);
}

/**
 * cell_bytes() - an amount of memory of which 0 is nothing
 * @t: table
 * @object: properties
 * @key: of the amount
 */
void cell_bytes(struct table *t, struct json_object *object, const char *key)
{
	char text[32];

	bytes_format(value_number(object, key), text, sizeof(text));
	table_add(t, "%s", text);
}

/**
 * cell_measured() - an amount in µs of CPU time per second that was measured
 * @t: table
 * @object: properties
 * @key: of the amount
 * @known: it was measured, if it is there
 */
void cell_measured(struct table *t, struct json_object *object, const char *key, bool known)
{
	table_add_share(t, known && value_get(object, key)
				   ? (double)value_number(object, key) / 1000000
				   : NAN);
}

/**
 * rate_cell_format() - write a rate of which 0 is nothing
 * @bytes_per_s: rate
 * @buf: receives it
 * @size: of @buf; 32 is enough
 */
void rate_cell_format(uint64_t bytes_per_s, char *buf, size_t size)
{
	if (bytes_per_s)
		rate_format(bytes_per_s, buf, size);
	else
		snprintf(buf, size, "0");
}

/**
 * cell_rate() - a rate in bytes per second of which 0 is nothing
 * @t: table
 * @object: properties
 * @key: of the rate
 */
void cell_rate(struct table *t, struct json_object *object, const char *key)
{
	char text[32];

	rate_cell_format(value_number(object, key), text, sizeof(text));
	table_add(t, "%s", text);
}

/**
 * cell_rate_limit() - a rate in bytes per second of which 0 is unlimited
 * @t: table
 * @object: properties
 * @key: of the rate
 */
void cell_rate_limit(struct table *t, struct json_object *object, const char *key)
{
	char text[32];

	rate_format(value_number(object, key), text, sizeof(text));
	table_add(t, "%s", text);
}

/**
 * cell_rate_measured() - a rate in bytes per second that was measured
 * @t: table
 * @object: properties
 * @key: of the rate
 * @known: it was measured, if it is there
 */
void cell_rate_measured(struct table *t, struct json_object *object, const char *key, bool known)
{
	if (known && value_get(object, key))
		table_add(t, "%.2fMbit", (double)value_number(object, key) * 8 / 1000000);
	else
		table_add(t, "-");
}

/**
 * cells_empty() - cells of a line to which a column does not apply
 * @t: table
 * @n: number of cells
 */
void cells_empty(struct table *t, int n)
{
	while (n-- > 0)
		table_add(t, "-");
}
