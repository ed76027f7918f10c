// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lack of memory: every allocation that a command makes in the module fails once. A command that is
 * refused for that says so in a sentence, has changed nothing and has told nobody; one that is not,
 * because it can do without, has done all of it, and whoever listens was told, or was told that he
 * missed something.
 *
 * Then the module's workers, too, lack memory now and then.
 *
 * Needs a kernel with fault injection, and the same as kvrm_pools.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kselftest.h"
#include "kvrmfault.h"
#include "kvrmpicture.h"
#include "kvrmtrial.h"

/* More than any command allocates. */
#define TRIES_MAX 400
/* What has gone wrong once may do so again and again. */
#define WRONGS_MAX 5
/* A limit that is changed more often is written later; a try may write three times. */
#define WRITES_US      650000
#define WORKERS_ROUNDS 120

static int listener = -1;

static void listen_to_all(void)
{
	struct nl_sock *sock = nl_socket_alloc();

	if (!sock || genl_connect(sock) ||
	    nl_socket_add_memberships(sock, kvrmtrial_scene.nl->group,
				      kvrmtrial_scene.nl->pool_group, kvrmtrial_scene.nl->nic_group,
				      kvrmtrial_scene.nl->uplink_group, 0))
		ksft_exit_fail_msg("cannot listen\n");
	/* It is read without the library. */
	listener = nl_socket_get_fd(sock);
}

/* Whether something was told, or that something was lost; takes all of it. */
static bool was_told(void)
{
	static char bytes[32768];
	bool told = false;

	for (;;) {
		if (recv(listener, bytes, sizeof(bytes), MSG_DONTWAIT) < 0 && errno != ENOBUFS)
			return told;
		told = true;
	}
}

/* How it is before a command and after it, without faults. */
static struct kvrmpicture before, after;

static const char *judge_done(const struct kvrmtrial *trial, bool told)
{
	const char *wrong = kvrmpicture_differs(&after, &kvrmtrial_scene);

	return wrong ?: told != trial->tells ? "who listens was not told, or in vain" : NULL;
}

static const char *judge_refused(const struct kvrmnl_reply *reply, bool failed, bool told)
{
	static char text[300];

	if (failed && reply->error == -ENOMEM && *reply->sentence)
		return told ? "it was refused and told" : NULL;
	snprintf(text, sizeof(text), "%s, '%s'%s", strerror(-reply->error), reply->sentence,
		 failed ? "" : ", without cause");
	return text;
}

/* One allocation fails. Returns what is wrong, if anything. */
static const char *fail_once(const struct kvrmtrial *trial, unsigned int nth, bool *ret_failed,
			     bool *ret_refused)
{
	struct kvrmnl_reply reply;
	const char *wrong;
	bool told;

	if (trial->writes)
		usleep(WRITES_US);
	if (trial->prepare)
		trial->prepare();
	was_told();
	kvrmfault_nth(nth);
	reply = trial->run();
	*ret_failed = kvrmfault_happened();
	kvrmfault_nth(0);
	told = was_told();
	*ret_refused = reply.error;
	wrong = reply.error ? judge_refused(&reply, *ret_failed, told) : judge_done(trial, told);
	if (!reply.error && trial->undo)
		trial->undo();
	if (reply.error && trial->recover)
		trial->recover();
	return wrong ?: kvrmpicture_differs(&before, &kvrmtrial_scene);
}

static void run_whole(const struct kvrmtrial *trial)
{
	struct kvrmnl_reply reply;

	if (trial->prepare)
		trial->prepare();
	reply = trial->run();
	if (reply.error)
		ksft_exit_fail_msg("%s: %s\n", trial->name, reply.sentence);
}

static void take_pictures(const struct kvrmtrial *trial)
{
	/* The first guest makes the controller begin: it weighs pools from then on. */
	run_whole(trial);
	if (trial->undo)
		trial->undo();
	if (trial->writes)
		usleep(WRITES_US);
	kvrmpicture_take_still(&before, &kvrmtrial_scene);
	run_whole(trial);
	kvrmpicture_take_still(&after, &kvrmtrial_scene);
	if (trial->undo)
		trial->undo();
}

static bool fail_each(const struct kvrmtrial *trial)
{
	unsigned int nth, refused = 0, wrongs = 0;
	bool failed = true, was_refused;

	take_pictures(trial);
	for (nth = 1; failed && wrongs < WRONGS_MAX && nth < TRIES_MAX; nth++) {
		const char *wrong = fail_once(trial, nth, &failed, &was_refused);

		refused += was_refused;
		wrongs += wrong != NULL;
		if (wrong)
			ksft_print_msg("%s without allocation %u: %s\n", trial->name, nth, wrong);
	}
	ksft_print_msg("%s: of %u allocations that failed, %u were fatal\n", trial->name,
		       nth - 1 - !failed, refused);
	return !wrongs && !failed && (nth > 2 || !trial->allocates);
}

struct tally {
	unsigned int done, refused, other;
};

static void run_without_memory(const struct kvrmtrial *trial, struct tally *tally)
{
	struct kvrmnl_reply reply;

	if (trial->prepare)
		trial->prepare();
	kvrmfault_rate(10);
	reply = trial->run();
	kvrmfault_rate(0);
	tally->done += !reply.error;
	tally->refused += reply.error == -ENOMEM;
	tally->other += reply.error && reply.error != -ENOMEM;
	if (!reply.error && trial->undo)
		trial->undo();
	if (reply.error && trial->recover)
		trial->recover();
}

/* What is done by workers fails at random. */
static bool fail_workers(void)
{
	struct tally tally = { 0 };
	const char *wrong;

	kvrmpicture_take_still(&before, &kvrmtrial_scene);
	for (int i = 0; i < WORKERS_ROUNDS; i++) {
		const struct kvrmtrial *trial = &kvrmtrials[i % kvrmtrials_n];

		if (trial->registered)
			run_without_memory(trial, &tally);
	}
	wrong = kvrmpicture_differs(&before, &kvrmtrial_scene);
	ksft_print_msg("%u done, %u refused for lack of memory, %u for something else%s%s\n",
		       tally.done, tally.refused, tally.other, wrong ? "; " : "", wrong ?: "");
	return tally.done && tally.refused && !tally.other && !wrong;
}

/* A virtual machine ends while there is no memory at all. */
static bool end_without_memory(void)
{
	bool registered = true, told = false;

	was_told();
	kvrmfault_rate(100);
	kvrmtrial_end_guest();
	/* It is told once its virtual machine was let go, which is later. */
	for (int i = 0; i < 100 && (registered || !told); i++) {
		usleep(100000);
		registered = kvrmtrial_guest_is_registered();
		told = was_told() || told;
	}
	kvrmfault_rate(0);
	ksft_print_msg("it is %s, and that was %s\n", registered ? "there" : "gone",
		       told ? "told" : "not told");
	return !registered && told;
}

static void set_up(void)
{
	if (kvrmfault_open())
		ksft_exit_skip("this kernel cannot inject faults\n");
	ksft_set_plan((unsigned int)kvrmtrials_n + 2);
	if (kvrmtrial_set_up())
		ksft_exit_fail_msg("needs the module, KVM and root\n");
	if (kvrmfault_in_module("kvrm"))
		ksft_exit_fail_msg("faults cannot be injected into the module\n");
	listen_to_all();
}

int main(void)
{
	bool registered = false;

	ksft_print_header();
	set_up();
	for (size_t i = 0; i < kvrmtrials_n; i++) {
		if (kvrmtrials[i].registered && !registered)
			kvrmtrial_register();
		registered = kvrmtrials[i].registered;
		ksft_test_result(fail_each(&kvrmtrials[i]), "%s\n", kvrmtrials[i].name);
	}
	ksft_test_result(fail_workers(), "workers without memory\n");
	ksft_test_result(end_without_memory(), "the end of a guest without memory\n");
	kvrmfault_close();
	kvrmtrial_tear_down();
	ksft_finished();
}
