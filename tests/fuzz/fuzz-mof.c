// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Anything as the text of a schema: read, checked and, if it is right, written as tables.
 */
#include <stdlib.h>

#include "tools/mofc/emit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static FILE *nowhere;
	struct mof_set set = { 0 };

	if (!nowhere)
		nowhere = fopen("/dev/null", "we");
	if (!nowhere)
		abort();
	set.errors_to = nowhere;
	if (mof_parse(&set, "f", (const char *)data, size) && mof_check(&set) && set.classes)
		mof_emit(&set, nowhere);
	mof_release(&set);
	return 0;
}
