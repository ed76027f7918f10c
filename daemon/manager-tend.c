// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What systemd is to know of limits, weights and protected memory, of guests and of pools' slices.
 *
 * Weights are the module's as long as it is there; without it kvrmd keeps cpu.weight as reservations and
 * weights need it. memory.min is written by the module, too, but systemd always has the same: it writes what it
 * has whenever it is reloaded, or makes, changes or removes a unit beside, and nothing must be lost then. So
 * each change of a reservation, each start and each end is told to systemd, of all pools that it concerns;
 * and where the module does not look after memory.min, what others write there is put right.
 *
 * A limit of each virtual CPU is the module's, too. When that goes cpu.max gets what all may have
 * together, and when it comes back what it had before: systemd is told.
 */
#include "daemon/apply/alloc.h"
#include "daemon/manager-internal.h"
#include "daemon/util/log.h"
#include "daemon/wire/cgroup.h"
#include "daemon/wire/launcher.h"
#include "kvrm/control.h"

#define TEND_TIMEOUT_US (10 * 1000000ULL)

static void on_guest_asked(const char *unit, const sd_bus_error *error, void *data)
{
	struct guest *guest = data;
	const struct definition *d = guest->system->definition;

	guest->asking = sd_bus_slot_unref(guest->asking);
	if (!error)
		return;
	guest->quota_asserted_us = GUEST_QUOTA_UNTOLD;
	guest->memory_asserted = MEMORY_REFUSED;
	log_system(LOG_ERR, d->uuid, d->name,
		   "its limit, weight or protected memory could not be changed: %s",
		   error->message);
}

/* @weight: 0: as it is */
static void ask_guest(struct manager *m, struct guest *guest, uint32_t weight)
{
	const struct system *system = guest->system;
	struct launcher_allocation allocation = alloc_quota(guest, &system->definition->cpu);

	allocation.weight = weight;
	allocation.memory_min_bytes = system->node.share[KVRM_RESOURCE_MEMORY].reservation;
	guest->memory_asserted = allocation.memory_min_bytes;
	manager_settle(m);
	if (launcher_set_allocation(m->sd, system->definition->uuid, &allocation, TEND_TIMEOUT_US,
				    on_guest_asked, guest, &guest->asking) < 0)
		log_error("no memory to change a guest's unit");
}

/**
 * manager_is_tended() - whether systemd may be told something about a guest now
 * @guest: may be NULL
 */
bool manager_is_tended(const struct guest *guest)
{
	return guest && guest->cgroup_fd >= 0 && !guest->asking && !guest->job &&
	       !guest->system->busy && guest->system->node.parent;
}

/*
 * Whether a static weight is to be written. It is somebody else's change only if this weight was
 * asked for before.
 */
static bool weight_is_due(struct manager *m, int fd, uint32_t wanted, uint32_t *asserted)
{
	uint32_t written;

	if (cgroup_read_cpu_weight(fd, &written))
		return false;
	if (!kvrm_weight_differs(wanted, written))
		return false;
	if (*asserted == wanted && !m->settling)
		m->host.sample.drift_corrected++;
	*asserted = wanted;
	return true;
}

/**
 * manager_tend_weights() - without the module: compare weights with what is wanted, and put them right
 * @m: manager; static weights are computed
 */
void manager_tend_weights(struct manager *m)
{
	for (size_t i = 0; i < m->host.n_pools; i++) {
		struct pool *pool = m->host.pools[i];

		if (pool->cgroup_fd >= 0 && !pool->asking && pool->node.flow.weight &&
		    weight_is_due(m, pool->cgroup_fd, pool->node.flow.weight,
				  &pool->weight_asserted))
			manager_ask_slice(m, pool, true);
	}
	for (size_t i = 0; i < m->host.n_systems; i++) {
		struct guest *guest = m->host.systems[i]->runtime;
		uint32_t weight = m->host.systems[i]->node.flow.weight;

		if (manager_is_tended(guest) && weight &&
		    weight_is_due(m, guest->cgroup_fd, weight, &guest->weight_asserted))
			ask_guest(m, guest, weight);
	}
}

/*
 * Whether systemd is to be told a memory.min. One that an earlier kvrmd has told is there already.
 * @held: the module looks after it
 */
static bool memory_is_due(struct manager *m, const char *name, int fd, bool held, uint64_t wanted,
			  uint64_t *asserted)
{
	uint64_t found;

	if (cgroup_read_memory_min(fd, &found))
		return false;
	if (*asserted == MEMORY_UNTOLD && found == wanted)
		*asserted = wanted;
	if (*asserted != wanted)
		return true;
	if (held || found == wanted)
		return false;
	if (!m->settling) {
		m->host.sample.drift_corrected++;
		log_warning("%s: memory.min was changed by somebody else; putting it back", name);
	}
	return true;
}

/**
 * manager_tend_memory() - let systemd know what is to be protected, of pools before those in them
 * @m: manager
 */
void manager_tend_memory(struct manager *m)
{
	struct kvrm_node *root = &m->host.root->node, *node;

	for (node = root; node && !m->changing; node = kvrm_node_after(node, root)) {
		struct guest *guest = node->pool ? NULL : system_of(node)->runtime;
		struct pool *pool = node->pool ? pool_of(node) : NULL;

		if (pool && pool->cgroup_fd >= 0 && !pool->asking &&
		    memory_is_due(m, pool->definition->name, pool->cgroup_fd, pool->module_id,
				  pool_memory_min(pool), &pool->memory_asserted))
			manager_ask_slice(m, pool, false);
		if (manager_is_tended(guest) &&
		    memory_is_due(m, guest->system->definition->name, guest->cgroup_fd,
				  guest->module_id, node->share[KVRM_RESOURCE_MEMORY].reservation,
				  &guest->memory_asserted))
			ask_guest(m, guest, 0);
	}
}

/**
 * manager_quota_is_due() - whether systemd is to be told another limit than it was told last
 * @guest: guest
 *
 * Without a limit of each virtual CPU it is the same with the module and without.
 */
bool manager_quota_is_due(const struct guest *guest)
{
	const struct cpu_allocation *cpu = &guest->system->definition->cpu;

	return cpu->vcpu_limit_us && guest->quota_asserted_us != guest_quota_us(guest, cpu);
}

/**
 * manager_tend_quotas() - let systemd know what cpu.max is to hold of limits of each virtual CPU
 * @m: manager; guests were matched with those of the module, if it is there
 */
void manager_tend_quotas(struct manager *m)
{
	for (size_t i = 0; !m->changing && !m->resliced && i < m->host.n_systems; i++) {
		struct guest *guest = m->host.systems[i]->runtime;

		if (manager_is_tended(guest) && manager_quota_is_due(guest))
			ask_guest(m, guest, 0);
	}
}
