// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A guest's memory and its limit as they are in force: in memory.current, memory.high and memory.max.
 */
#include <inttypes.h>
#include <string.h>

#include "daemon/model/error.h"
#include "daemon/observe/guest.h"
#include "daemon/util/log.h"
#include "daemon/util/text.h"
#include "kvrm/memlimit.h"

/**
 * guest_look_at_memory() - read what is used and what is in force; the limit also into the system
 * @guest: its cgroup is known
 * @ret: filled in
 *
 * Return: 0 or a negative errno.
 */
int guest_look_at_memory(struct guest *guest, struct cgroup_memory *ret)
{
	int r = cgroup_look_at_memory(guest->cgroup_fd, ret);

	guest->system->memory_limit_applied_bytes =
		r || ret->max_bytes == UINT64_MAX ? 0 : ret->max_bytes;
	return r;
}

/**
 * guest_verify_memory_limit() - whether a limit is in force, of a guest that uses less
 * @guest: its cgroup is known
 * @limit_bytes: that is wanted; 0: unlimited
 * @ret_error: sentence, to be freed
 *
 * Return: 0 if it is, or ERROR_APPLY_FAILED.
 */
int guest_verify_memory_limit(struct guest *guest, uint64_t limit_bytes, char **ret_error)
{
	struct cgroup_memory memory;
	int r = guest_look_at_memory(guest, &memory);

	if (!limit_bytes)
		return 0;
	if (r)
		return text_error(ret_error, ERROR_APPLY_FAILED,
				  "memory-limit: memory.max cannot be read: %s", strerror(-r));
	if (memory.max_bytes != limit_bytes)
		return text_error(ret_error, ERROR_APPLY_FAILED,
				  "memory-limit: memory.max says %" PRIu64 " bytes, not %" PRIu64,
				  memory.max_bytes, limit_bytes);
	if (memory.high_bytes != kvrm_memlimit_high(limit_bytes))
		return text_error(ret_error, ERROR_APPLY_FAILED,
				  "memory-limit: memory.high says %" PRIu64 " bytes, not %" PRIu64,
				  memory.high_bytes, kvrm_memlimit_high(limit_bytes));
	return 0;
}

static int on_pressure(sd_event_source *source, const struct inotify_event *event, void *data)
{
	struct guest *guest = data;

	guest_tell(guest, GUEST_PRESSED, NULL);
	return 0;
}

/**
 * guest_watch_memory() - have GUEST_PRESSED told of the cgroup that it is in now
 * @guest: its cgroup is known
 */
void guest_watch_memory(struct guest *guest)
{
	int r;

	guest->pressure = sd_event_source_disable_unref(guest->pressure);
	r = cgroup_watch_memory(guest->env->event, guest->cgroup_fd, on_pressure, guest,
				&guest->pressure);
	/* Each sample looks as well. */
	if (r < 0)
		log_system(LOG_WARNING, guest->system->definition->uuid,
			   guest->system->definition->name, "memory.events cannot be watched: %s",
			   strerror(-r));
}
