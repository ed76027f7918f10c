// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * When somebody on the host waits for memory: the kernel tells within a second, the module says what everybody is due
 * now, and who holds more is told to give back by his balloon (plan/balloon.h). Samples do the rest: those that come
 * while there is pressure, and give back when there has been none for a while.
 *
 * The kernel tells kvrmd through a descriptor that the launcher opens. Where there is none, memory.low alone decides who
 * gives back.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "daemon/manager-internal.h"
#include "daemon/plan/balloon.h"
#include "daemon/util/log.h"
#include "kvrm/memlimit.h"

/* It is told once a second as long as there is pressure. */
#define PRESSED_US (2 * 1000000ULL)
#define CALM_US	   (10 * 1000000ULL)
/* Samples until the launcher is asked again. */
#define AGAIN_SAMPLES 60
#define UNKNOWN_PROBLEM                                                                            \
	"the kernel does not tell when memory is short, and balloons do not follow weights: "

static uint64_t now_us(const struct manager *m)
{
	uint64_t now = 0;

	sd_event_now(m->event, CLOCK_MONOTONIC, &now);
	return now;
}

static enum plan_pressure pressure_of(const struct manager *m)
{
	uint64_t since_us = now_us(m) - m->pressed_us;

	if (!m->pressed_us || since_us >= CALM_US)
		return PLAN_CALM;
	return since_us < PRESSED_US ? PLAN_PRESSED : PLAN_RESTING;
}

/* Also that of the pools that a system is in. */
static enum plan_pressure pressure_on(const struct manager *m, const struct system *system)
{
	enum plan_pressure pressure = pressure_of(m);
	const struct kvrm_node *node;

	for (node = system->node.parent; node; node = node->parent)
		pressure = plan_pressure_in(pressure, pool_of(node)->room);
	return pressure;
}

/**
 * manager_due_memory() - what a guest is due of the host's memory
 * @guest: guest
 *
 * Return: bytes; 0: not known, as without the module.
 */
uint64_t manager_due_memory(const struct guest *guest)
{
	const struct vm_sample *sample = &guest->system->sample;

	return sample->known & VM_KNOWS_FLOW ? sample->memory_entitled_bytes : 0;
}

/* Told when it begins and when it is over. */
static void tell_press(const struct guest *guest, uint64_t before_bytes, uint64_t left_bytes)
{
	const struct definition *d = guest->system->definition;
	uint64_t memory_bytes = system_memory(guest->system);

	if (before_bytes == memory_bytes && left_bytes < before_bytes)
		log_system(LOG_NOTICE, d->uuid, d->name,
			   "memory is short: its balloon is to leave it %" PRIu64 " MiB for now",
			   left_bytes >> 20);
	else if (before_bytes < memory_bytes && left_bytes == memory_bytes)
		log_system(LOG_INFO, d->uuid, d->name,
			   "memory is not short any more: its balloon may leave it all");
}

/**
 * manager_press_balloon() - what a guest's balloon is to leave it, because of all others
 * @m: manager
 * @guest: guest
 * @usage_bytes: charged to it now
 *
 * Return: bytes, at most the memory that it has.
 */
uint64_t manager_press_balloon(const struct manager *m, struct guest *guest, uint64_t usage_bytes)
{
	const struct system *system = guest->system;
	const struct definition *d = system->definition;
	uint64_t memory_bytes = system_memory(system);
	uint64_t before =
		guest->balloon.pressed_bytes ? guest->balloon.pressed_bytes : memory_bytes;
	const struct plan_balloon_facts facts = {
		.pressure = pressure_on(m, system),
		.memory_bytes = memory_bytes,
		.overhead_bytes = system->overhead_bytes,
		.reservation_bytes = d->memory.reservation_bytes,
		/* What is above its own limit is the limit's matter. */
		.usage_bytes = kvrm_min(usage_bytes, kvrm_memlimit_high(d->memory.limit_bytes)),
		.entitled_bytes = manager_due_memory(guest),
		.left_bytes = before,
	};
	uint64_t left = plan_balloon(&facts);

	tell_press(guest, before, left);
	guest->balloon.pressed_bytes = left < memory_bytes ? left : 0;
	return left;
}

static int on_pressure(sd_event_source *source, int fd, uint32_t events, void *data)
{
	struct manager *m = data;

	if (events & EPOLLERR) {
		log_warning("the kernel does not tell of pressure on memory any more");
		m->pressure = sd_event_source_disable_unref(m->pressure);
		return 0;
	}
	m->pressed_us = now_us(m);
	if (m->changing)
		return 0;
	manager_sample_flows(m);
	manager_press_limits(m);
	return 0;
}

static int listen_to(struct manager *m, int fd)
{
	sd_event_source *source = NULL;
	int copy, r;

	copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (copy < 0)
		return -errno;
	r = sd_event_add_io(m->event, &source, copy, EPOLLPRI, on_pressure, m);
	if (r >= 0)
		r = sd_event_source_set_io_fd_own(source, 1);
	if (r < 0) {
		sd_event_source_disable_unref(source);
		close(copy);
		return r;
	}
	sd_event_source_set_description(source, "memory-pressure");
	m->pressure = source;
	return 0;
}

static void on_opened(int fd, const sd_bus_error *error, void *data)
{
	struct manager *m = data;
	int r = error ? 0 : listen_to(m, fd);

	m->pressure_call = sd_bus_slot_unref(m->pressure_call);
	if (error || r)
		manager_tell(m, m->pressure_problem, UNKNOWN_PROBLEM,
			     error ? error->message : strerror(-r));
	else
		manager_tell(m, m->pressure_problem, UNKNOWN_PROBLEM, "");
}

/**
 * manager_tend_pressure() - have the kernel tell when memory is short, with each sample
 * @m: manager
 *
 * Without the module nobody knows what is due, and nobody needs to be told.
 */
void manager_tend_pressure(struct manager *m)
{
	if (m->pressure || m->pressure_call || !genl_client_is_up(m->genl))
		return;
	if (m->pressure_wait) {
		m->pressure_wait--;
		return;
	}
	m->pressure_wait = AGAIN_SAMPLES;
	if (launcher_open_memory_pressure(m->sd, LAUNCHER_TIMEOUT_US, on_opened, m,
					  &m->pressure_call) < 0)
		log_error("no memory to ask for pressure on memory");
}

/**
 * manager_lose_pressure() - kvrmd ends
 * @m: manager
 */
void manager_lose_pressure(struct manager *m)
{
	m->pressure_call = sd_bus_slot_unref(m->pressure_call);
	m->pressure = sd_event_source_disable_unref(m->pressure);
}
