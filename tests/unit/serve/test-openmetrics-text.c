// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Texts that are written to memory of others.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/serve/openmetrics-text.h"

/* A text of @n lines, and its size. */
static char *lines(int n, size_t *ret_size)
{
	struct om_text text = { 0 };
	char *taken = NULL;

	for (int i = 0; i < n; i++) {
		om_text_add(&text, "line ");
		om_text_add_number(&text, (uint64_t)i, 0);
		om_text_add(&text, "\n");
	}
	assert_int_equal(om_text_take(&text, &taken, ret_size), 0);
	om_text_deinit(&text);
	assert_int_equal(strlen(taken), *ret_size);
	return taken;
}

/* After one that was longer, shorter, much longer, empty: as if to fresh memory. */
static void test_kept(void **state)
{
	static const int turns[] = { 1000, 10, 1, 100000, 0, 1000 };

	for (size_t i = 0; i < sizeof(turns) / sizeof(turns[0]); i++) {
		size_t size, fresh_size;
		char *kept = lines(turns[i], &size);
		/* What was kept is in use now. */
		char *fresh = lines(turns[i], &fresh_size);

		assert_int_equal(size, fresh_size);
		assert_string_equal(kept, fresh);
		free(fresh);
		om_text_keep(kept, size + 1);
	}
}

static void test_same_memory(void **state)
{
	size_t size;
	char *first = lines(1000, &size);

	om_text_keep(first, size + 1);
	/* Its place, and no more of it than there is. */
	assert_ptr_equal(lines(10, &size), first);
	om_text_keep(first, 1 << 10);
	/* One at a time: who comes first has it. */
	first = lines(10, &size);
	om_text_keep(lines(10, &size), size + 1);
	om_text_keep(first, size + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kept),
		cmocka_unit_test(test_same_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
