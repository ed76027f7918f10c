// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>

#include "daemon/profile/setting.h"

/**
 * profile_copy_definition() - copy a definition
 * @d: any
 * @error: receives a message
 *
 * Return: to be freed with definition_free(); NULL: no memory.
 */
struct definition *profile_copy_definition(const struct definition *d, struct cim_error *error)
{
	struct definition *copy = NULL;
	char *text = NULL;

	if (definition_to_json(d, &text) || definition_from_json(text, &copy, NULL)) {
		cim_fail_memory(error);
		copy = NULL;
	}
	free(text);
	return copy;
}
