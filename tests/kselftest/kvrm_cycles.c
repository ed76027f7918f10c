// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Load and unload the module again and again while guests run, register them each time, and look
 * that each limit is in force with the module and without it.
 *
 *	kvrm_cycles [CYCLES]	(100)
 *
 * Needs the module not to be loaded, KVM and root.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kselftest.h"
#include "kvrmguest.h"
#include "kvrmmodule.h"
#include "kvrmword.h"

#define ASK(...) kvrmword_ask(nl, __VA_ARGS__)

/* Written once, so that what is used of it tells whether it holds all the time. */
#define STEADY_US     200000
#define STEADY_MAX    "2000 10000"
#define TOLERANCE_PCT 5
#define TELL_EVERY    100

static struct kvrmguest root, pool, steady, changing, idle;

static bool set_up(void)
{
	return !kvrmguest_cgroup(&root, "kvrm-cycles") &&
	       !kvrmguest_cgroup_in(&pool, &root, "pool") &&
	       !kvrmguest_cgroup_in(&steady, &root, "steady") &&
	       !kvrmguest_cgroup_in(&changing, &pool, "changing") &&
	       !kvrmguest_cgroup_in(&idle, &pool, "idle") && !kvrmguest_start(&steady, "spin", 1) &&
	       !kvrmguest_start(&changing, "spin", 2) && !kvrmguest_start(&idle, "halt", 1);
}

static void tear_down(void)
{
	kvrmguest_remove(&steady);
	kvrmguest_remove(&changing);
	kvrmguest_remove(&idle);
	kvrmguest_remove(&pool);
	kvrmguest_remove(&root);
}

static void see_id(struct nlattr **a, int cmd, void *data)
{
	*(uint32_t *)data = nla_get_u32(a[KVRM_A_POOL_ID]);
}

/* Everything is registered, as after a boot. Returns what was refused. */
static const char *register_all(struct kvrmnl *nl, unsigned int changing_us)
{
	uint32_t id = 0;

	if (ASK(KVRM_CMD_POOL_SET, NULL, NULL, "id=%u cgroup-fd=%d", KVRM_POOL_ROOT_ID, root.dir)
		    .error)
		return "the root pool was refused";
	if (ASK(KVRM_CMD_POOL_ADD, see_id, &id, "name=pool cgroup-fd=%d limit=500000", pool.dir)
		    .error)
		return "the pool was refused";
	if (ASK(KVRM_CMD_GUEST_ADD, NULL, NULL,
		"uuid=steady---------- name=steady cgroup-fd=%d limit=%u reservation=100000",
		steady.dir, STEADY_US)
		    .error)
		return "the guest with the steady limit was refused";
	if (ASK(KVRM_CMD_GUEST_ADD, NULL, NULL,
		"uuid=changing-------- name=changing cgroup-fd=%d limit=%u pool=%u weight=50",
		changing.dir, changing_us, id)
		    .error)
		return "the guest with the changing limit was refused";
	if (ASK(KVRM_CMD_GUEST_ADD, NULL, NULL,
		"uuid=idle------------ name=idle cgroup-fd=%d limit=unlimited pool=%u", idle.dir,
		id)
		    .error)
		return "the idle guest was refused";
	return NULL;
}

static bool is_in_force(const struct kvrmguest *cgroup, const char *wanted)
{
	char text[64];

	return !kvrmguest_read(cgroup, "cpu.max", text, sizeof(text)) && !strcmp(text, wanted);
}

static const char *check_limits(const char *changing_max)
{
	if (!is_in_force(&pool, "5000 10000"))
		return "the pool's limit is not in force";
	if (!is_in_force(&steady, STEADY_MAX))
		return "the steady limit is not in force";
	return is_in_force(&changing, changing_max) ? NULL : "the changing limit is not in force";
}

/* Returns what is wrong, if anything. */
static const char *use_module(unsigned int changing_us, const char *changing_max)
{
	struct kvrmnl nl;
	const char *wrong;

	if (kvrmnl_open(&nl))
		return "it does not answer";
	wrong = register_all(&nl, changing_us) ?: check_limits(changing_max);
	kvrmnl_close(&nl);
	return wrong;
}

static const char *cycle(unsigned long n)
{
	/* 300000 to 309900 µs: a quota of 3000 to 3099 µs in a period of 10 ms. */
	unsigned int quota_us = 3000 + (unsigned int)(n % 100);
	char changing_max[32];
	const char *wrong;

	snprintf(changing_max, sizeof(changing_max), "%u 10000", quota_us);
	if (kvrmmodule_load())
		return "it cannot be loaded";
	wrong = use_module(quota_us * 100, changing_max);
	if (kvrmmodule_unload())
		return wrong ?: "it cannot be unloaded";
	if (kvrmmodule_is_loaded())
		return wrong ?: "something is left of it";
	return wrong ?: check_limits(changing_max);
}

static double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static double used_us(const struct kvrmguest *cgroup)
{
	char text[1024];

	if (kvrmguest_read(cgroup, "cpu.stat", text, sizeof(text)))
		return -1;
	return atof(text + strlen("usage_usec "));
}

int main(int argc, char **argv)
{
	unsigned long cycles = argc > 1 ? strtoul(argv[1], NULL, 10) : 100, n = 0;
	const char *wrong = NULL;
	double share_us, began_us, used_before_us;

	ksft_print_header();
	ksft_set_plan(2);
	if (kvrmmodule_is_loaded() || !set_up())
		ksft_exit_fail_msg("needs the module not to be loaded, KVM and root\n");
	/* From the first limit on. */
	wrong = cycle(0);
	began_us = now_us();
	used_before_us = used_us(&steady);
	for (n = 1; n < cycles && !wrong; n++) {
		wrong = cycle(n);
		if (n % TELL_EVERY == 0)
			ksft_print_msg("%lu cycles, %.0f s\n", n, (now_us() - began_us) / 1e6);
	}
	share_us = (used_us(&steady) - used_before_us) * 1e6 / (now_us() - began_us);
	if (wrong)
		ksft_print_msg("cycle %lu: %s\n", n, wrong);
	ksft_print_msg("%.0f s, %.0f us per second used of %d\n", (now_us() - began_us) / 1e6,
		       share_us, STEADY_US);
	ksft_test_result(!wrong && n == cycles, "%lu cycles\n", n);
	ksft_test_result(share_us > 0 && share_us < STEADY_US * (1 + TOLERANCE_PCT / 100.0),
			 "the steady limit holds meanwhile\n");
	tear_down();
	ksft_finished();
}
