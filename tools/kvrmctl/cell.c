// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Cells; see cell.h.
 */
#include <math.h>

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
 * cells_empty() - cells of a line to which a column does not apply
 * @t: table
 * @n: number of cells
 */
void cells_empty(struct table *t, int n)
{
	while (n-- > 0)
		table_add(t, "-");
}
