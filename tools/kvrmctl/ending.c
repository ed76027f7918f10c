// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Ending by signals; see ending.h.
 */
#include <signal.h>
#include <stddef.h>

#include "tools/kvrmctl/ending.h"

static volatile sig_atomic_t asked;

static void on_signal(int number)
{
	asked = number;
}

/**
 * ending_watch() - from now on SIGINT, SIGQUIT, SIGTERM and SIGHUP only ask; so does SIGPIPE, which comes as soon as nobody
 * reads any more what is written
 *
 * System calls that wait are interrupted.
 */
void ending_watch(void)
{
	static const int numbers[] = { SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGPIPE };
	struct sigaction action = { .sa_handler = on_signal };

	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		struct sigaction before;

		/* What is ignored, as by nohup, stays so. */
		if (!sigaction(numbers[i], NULL, &before) && before.sa_handler != SIG_IGN)
			sigaction(numbers[i], &action, NULL);
	}
}

/**
 * ending_is_asked() - whether a signal came
 *
 * Return: whether.
 */
bool ending_is_asked(void)
{
	return asked;
}

/** ending_obey() - end by the signal that came, if one did, so that a shell sees by which */
void ending_obey(void)
{
	int number = asked;

	if (!number)
		return;
	signal(number, SIG_DFL);
	raise(number);
}
