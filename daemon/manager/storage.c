// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Shares of storage: systemd has the weight of each guest and writes io.weight; what somebody else has written there
 * is put back and counted. Whether it has any effect is up to the host's devices.
 */
#include <errno.h>

#include "daemon/manager/internal.h"
#include "daemon/util/log.h"
#include "daemon/wire/blockdev.h"
#include "daemon/wire/cgroup.h"
#include "kvrm/node.h"

#define TEND_TIMEOUT_US (10 * 1000000ULL)

static void on_asked(const char *unit, const sd_bus_error *error, void *data)
{
	struct guest *guest = data;
	const struct definition *d = guest->system->definition;

	guest->asking = sd_bus_slot_unref(guest->asking);
	if (error)
		log_system(LOG_ERR, d->uuid, d->name, "its storage-weight could not be changed: %s",
			   error->message);
}

/* Where nobody has asked for a share there is no controller, and all have the same. */
static int read_weight(const struct guest *guest, uint32_t *ret_weight)
{
	int r = cgroup_read_io_weight(guest->cgroup_fd, ret_weight);

	if (r == -ENOENT)
		*ret_weight = KVRM_WEIGHT_DEFAULT;
	return r;
}

/* Let systemd know, and write it. One that cannot be written is told by a problem, not again and again. */
static void assert_weight(struct manager *m, struct guest *guest, bool controlled)
{
	const struct definition *d = guest->system->definition;
	bool asked_before = guest->storage_asserted == d->storage_weight;

	if (guest->asking || (asked_before && !controlled))
		return;
	if (asked_before && !m->settling) {
		m->host.sample.drift_corrected++;
		log_system(LOG_WARNING, d->uuid, d->name,
			   "io.weight was changed by somebody else; putting it back");
	}
	guest->storage_asserted = d->storage_weight;
	manager_settle(m);
	if (launcher_set_storage_weight(m->sd, d->uuid, d->storage_weight, TEND_TIMEOUT_US,
					on_asked, guest, &guest->asking) < 0)
		log_error("no memory to change a guest's unit");
}

/* A round through all guests. */
struct round {
	struct manager *manager;
	/* What blockdev_any_weighs() says; looked for once, if anybody has to know. */
	int any_weighs;
	bool looked;
};

static bool any_weighs(struct round *round, const struct guest *guest)
{
	if (!round->looked)
		round->any_weighs = blockdev_any_weighs(NULL, guest->env->cgroup_root);
	round->looked = true;
	return round->any_weighs;
}

static void tell(struct round *round, struct guest *guest, bool controlled)
{
	const struct definition *d = guest->system->definition;
	struct manager *m = round->manager;
	const char *why = "";

	if (d->storage_weight == KVRM_WEIGHT_DEFAULT)
		why = "";
	/* systemd takes its time to have the controller. */
	else if (!controlled && !m->settling)
		why = "its cgroup has no io.weight";
	else if (!any_weighs(round, guest))
		why = "no block device of the host has the I/O scheduler bfq, or io.cost enabled";
	manager_tell_unheld(m, guest->storage_problem, MANAGER_STORAGE_PROBLEM, d->name, why);
}

static void tend(struct round *round, struct guest *guest)
{
	struct system *system = guest->system;
	struct manager *m = round->manager;
	uint32_t weight;
	int r = read_weight(guest, &weight);

	if (r && r != -ENOENT)
		return;
	if (weight != system->definition->storage_weight)
		assert_weight(m, guest, !r);
	tell(round, guest, !r);
	if (weight == system->storage_weight_applied)
		return;
	system->storage_weight_applied = weight;
	bus_system_changed(m->bus, system);
}

/**
 * manager_tend_storage() - compare shares of storage with what is wanted, and put them right
 * @m: manager
 */
void manager_tend_storage(struct manager *m)
{
	struct round round = { .manager = m };

	for (size_t i = 0; i < m->host.n_systems; i++) {
		struct guest *guest = m->host.systems[i]->runtime;

		/* A job's, or a change's, is not the time. */
		if (guest && guest->cgroup_fd >= 0 && !guest->job && !guest->system->busy)
			tend(&round, guest);
	}
}
