// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A guest's monitor. An input is what QEMU sends once it has accepted kvrmd, which has asked for all that it asks of a
 * guest that runs: its status (2), its balloon (3), its disks' counters (4) and limits (5), and behind its status its
 * memory (6). Whatever comes, what is made of it can be shown, and the monitor ends when QEMU closes it.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/observe/guest.h"
#include "daemon/util/text.h"

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition))                                                                  \
			__builtin_trap();                                                          \
	} while (0)

#define MEMORY	   (UINT64_C(512) << 20)
#define TIMEOUT_US 60000000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_news(struct guest *guest, enum guest_news news, const char *text, void *data)
{
	int *lost = data;

	CHECK(news != GUEST_MONITOR_LOST || text_is_clean(text));
	*lost += news == GUEST_MONITOR_LOST;
}

static void spin(sd_event *event)
{
	while (sd_event_run(event, 0) > 0)
		;
}

static void say(int peer, sd_event *event, const void *bytes, size_t size)
{
	CHECK(send(peer, bytes, size, MSG_NOSIGNAL) == (ssize_t)size);
	spin(event);
}

static struct system *make_system(void)
{
	struct definition *d = definition_new();
	struct system *system;

	CHECK(d);
	strcpy(d->name, "web");
	d->memory_bytes = MEMORY;
	d->memory_max_bytes = 2 * MEMORY;
	CHECK(!definition_set(d, "disk", "/a,read-limit=1000B", NULL));
	CHECK(!definition_set(d, "disk", "/b", NULL));
	system = system_new(d);
	CHECK(system);
	system_set_state(system, SYSTEM_ACTIVE, "");
	system->memory_base_bytes = MEMORY;
	return system;
}

/* Its monitor is ready, and all is asked. */
static int connect_monitor(struct guest *guest)
{
	static const char greeting[] = "{\"QMP\":{}}\n", accepted[] = "{\"return\":{},\"id\":1}\n";
	sd_event *event = guest->env->event;
	int pair[2];

	CHECK(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair));
	CHECK(!qmp_new(event, pair[0], TIMEOUT_US, &guest_monitor_callbacks, guest, &guest->qmp));
	say(pair[1], event, greeting, sizeof(greeting) - 1);
	say(pair[1], event, accepted, sizeof(accepted) - 1);
	CHECK(qmp_is_ready(guest->qmp));
	guest_tend_balloon(guest, MEMORY / 2);
	guest_ask_disks(guest);
	CHECK(guest->balloon.asking && guest->disk_questions == 2);
	return pair[1];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int lost = 0, peer;
	struct guest_env env = { .timeout_us = TIMEOUT_US, .news = on_news, .data = &lost };
	struct system *system = make_system();
	struct guest *guest = guest_new(&env, system);

	CHECK(guest && sd_event_new(&env.event) >= 0);
	peer = connect_monitor(guest);
	if (size)
		say(peer, env.event, data, size);
	CHECK(system->memory_plugged_bytes <= guest->plug.max_bytes);
	CHECK(guest->plug.max_bytes <= DEFINITION_MEMORY_MAX_BYTES + MEMORY_PLUG_BLOCK);
	CHECK(system->balloon_left_bytes <= system_memory(system));
	CHECK(text_is_clean(guest->shutdown) && text_is_clean(system->reason));
	close(peer);
	spin(env.event);
	CHECK(lost == 1 && !guest->qmp && !guest->disk_questions && !guest->plug.questions);
	guest_free(guest);
	system_free(system);
	sd_event_unref(env.event);
	return 0;
}
