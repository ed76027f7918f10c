/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An adopted guest, as it is observed: through its process, its cgroup and the module. There is no unit of ours,
 * and its monitor is its manager's.
 */
#ifndef KVRM_OBSERVE_ADOPTED_H
#define KVRM_OBSERVE_ADOPTED_H

#include <systemd/sd-event.h>

#include "daemon/model/system.h"
#include "daemon/observe/guest.h"
#include "daemon/wire/genl.h"

/**
 * struct adopted - see top
 * @system: whose; its adoption's watch is this
 * @cgroup_fd: directory of its cgroup
 * @end: tells that its process has ended
 * @module_id: in the module; 0 if not registered
 * @registered_us: when that was, CLOCK_REALTIME; 0 if not known
 * @reasserted: how often the module had put its limit back, at the last sample
 * @refused: the module did not take it; not tried again until it is loaded anew
 * @ended: told once that its process has ended, from the event loop; may call adopted_free()
 * @data: for @ended
 */
struct adopted {
	struct system *system;
	int cgroup_fd;
	sd_event_source *end;
	uint32_t module_id;
	uint64_t registered_us;
	uint64_t reasserted;
	bool refused;
	void (*ended)(struct adopted *adopted, void *data);
	void *data;
};

int adopted_new(const struct guest_env *env, struct system *system,
		void (*ended)(struct adopted *adopted, void *data), void *data,
		struct adopted **ret, char **ret_error);
struct adopted *adopted_free(struct adopted *adopted);
struct adopted *adopted_of(const struct system *system);
void adopted_sample(struct adopted *adopted, const struct genl_vcpu *vcpus, size_t n_vcpus);
void adopted_note_module(struct adopted *adopted, const struct genl_guest *known, bool added);
bool adopted_note_limits(struct adopted *adopted, const struct genl_guest *known);
bool adopted_lose_module(struct adopted *adopted);

#endif
