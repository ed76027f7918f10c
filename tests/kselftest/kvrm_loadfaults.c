// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lack of memory while the module is loaded: every allocation of its bring-up fails once. Then it is
 * not loaded and nothing is left of it, or it does without and works.
 *
 * Needs a kernel with fault injection, and the module not to be loaded.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "kselftest.h"
#include "kvrmfault.h"
#include "kvrmmodule.h"
#include "kvrmword.h"

/* More than its bring-up allocates. */
#define TRIES_MAX 600

static bool answers(void)
{
	struct kvrmnl nl;
	bool r;

	if (kvrmnl_open(&nl))
		return false;
	r = !kvrmword_ask(&nl, KVRM_CMD_HOST_GET, NULL, NULL, "%s", "").error;
	kvrmnl_close(&nl);
	return r;
}

static const char *check_loaded(void)
{
	if (!answers())
		return "it is loaded and does not answer";
	return kvrmmodule_unload() ? "it cannot be unloaded" : NULL;
}

/* One allocation fails. Returns what is wrong, if anything. */
static const char *load_once(unsigned int nth, bool *ret_failed, bool *ret_refused)
{
	int r;

	kvrmfault_nth(nth);
	r = kvrmmodule_load();
	*ret_failed = kvrmfault_happened();
	kvrmfault_nth(0);
	*ret_refused = r;
	if (!r)
		return check_loaded();
	if (r != -ENOMEM || !*ret_failed)
		return strerror(-r);
	return kvrmmodule_is_loaded() ? "something is left of it" : NULL;
}

static bool load_each(void)
{
	unsigned int nth, refused = 0;
	bool failed = true, was_refused;
	const char *wrong = NULL;

	for (nth = 0; failed && !wrong && nth < TRIES_MAX; nth++) {
		wrong = load_once(nth + 1, &failed, &was_refused);
		refused += was_refused;
	}
	ksft_print_msg("of %u allocations that failed, %u were fatal\n", nth - !failed, refused);
	if (wrong)
		ksft_print_msg("without allocation %u: %s\n", nth, wrong);
	return !wrong && !failed && refused;
}

int main(void)
{
	ksft_print_header();
	if (kvrmfault_open() || kvrmfault_in_function("do_one_initcall"))
		ksft_exit_skip("this kernel cannot inject faults\n");
	ksft_set_plan(2);
	if (kvrmmodule_is_loaded())
		ksft_exit_fail_msg("the module is loaded\n");
	ksft_test_result(load_each(), "loading\n");
	kvrmfault_close();
	ksft_test_result(!kvrmmodule_load() && !check_loaded(), "loading with memory again\n");
	ksft_finished();
}
