// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Adopted guests while they are: measured with each sample, known to the module, found again after a restart of
 * kvrmd, forgotten when they have ended. The module writes to their cgroup, and to what it writes to it alone
 * knows what was there before: there is nothing to be put back here.
 */
#include <errno.h>
#include <string.h>
#include <systemd/sd-id128.h>

#include "daemon/apply/alloc.h"
#include "daemon/manager/adopt.h"
#include "daemon/model/error.h"
#include "daemon/util/log.h"
#include "daemon/util/text.h"
#include "daemon/wire/process.h"

#define UNKNOWN_PROBLEM "the module does not measure the adopted %s: "
#define LIMIT_PROBLEM	"the limit of the adopted %s is not held: "

static void drop_problems(struct manager *m, const char *name)
{
	manager_drop_problem(m, UNKNOWN_PROBLEM, name);
	manager_drop_problem(m, LIMIT_PROBLEM, name);
}

/**
 * manager_forget_adopted() - take an adopted guest out of the model
 * @m: manager
 * @system: with an adoption; freed
 */
void manager_forget_adopted(struct manager *m, struct system *system)
{
	drop_problems(m, system->definition->name);
	adopted_free(adopted_of(system));
	bus_system_removed(m->bus, system);
	host_remove(&m->host, system);
	bus_pool_changed(m->bus, host_find_pool(&m->host, system->definition->pool));
	system_free(system);
}

/**
 * manager_adopted_ended() - the process of an adopted guest has ended
 * @adopted: freed
 * @data: manager
 */
void manager_adopted_ended(struct adopted *adopted, void *data)
{
	struct system *system = adopted->system;
	const struct definition *d = system->definition;
	_cleanup_free_ char *error = NULL;
	struct manager *m = data;

	log_system(LOG_NOTICE, d->uuid, d->name, "ended; it was adopted, and is forgotten");
	if (store_delete_adoption(m->store, d->uuid, &error))
		log_system(LOG_ERR, d->uuid, d->name, "could not be forgotten: %s",
			   error ? error : "no memory");
	manager_forget_adopted(m, system);
}

/* One that the module knows from before: by UUID, with the same process. */
static const struct genl_guest *find_known(const struct system *system,
					   const struct genl_guest *known, size_t n)
{
	uint8_t uuid[16];

	text_uuid_to_bytes(system->definition->uuid, uuid);
	for (size_t i = 0; i < n; i++) {
		if (!memcmp(known[i].uuid, uuid, sizeof(uuid)) &&
		    known[i].pid == system->adoption->pid)
			return &known[i];
	}
	return NULL;
}

/* What is wanted of it may have changed meanwhile. */
static int match(struct manager *m, struct adopted *adopted, const struct genl_guest *known,
		 char **ret_error)
{
	const struct cpu_allocation *cpu = &adopted->system->definition->cpu;
	const struct genl_cpu_alloc alloc = alloc_cpu(cpu);
	const struct genl_guest_change change = { .cgroup_fd = -1, .alloc = &alloc };
	struct genl_guest now = *known;
	int r = 0;

	if (known->limit_us != cpu->limit_us || known->vcpu_limit_us != cpu->vcpu_limit_us) {
		r = genl_guest_set(m->genl, known->id, &change, ret_error);
		if (!r)
			r = genl_guest_get(m->genl, known->id, &now, ret_error);
	}
	adopted_note_module(adopted, &now, false);
	return r;
}

static int add(struct manager *m, struct adopted *adopted, char **ret_error)
{
	const struct definition *d = adopted->system->definition;
	const struct genl_cpu_alloc alloc = alloc_cpu(&d->cpu);
	const struct genl_guest_change wish = {
		.name = d->name, .cgroup_fd = adopted->cgroup_fd, .alloc = &alloc, .adopted = true
	};
	struct genl_guest added;
	uint8_t uuid[16];
	int r;

	text_uuid_to_bytes(d->uuid, uuid);
	r = genl_guest_add(m->genl, uuid, &wish, &added, ret_error);
	if (r)
		return r;
	if (added.pid == adopted->system->adoption->pid) {
		adopted_note_module(adopted, &added, true);
		return 0;
	}
	genl_guest_del(m->genl, added.id, NULL);
	return text_error(ret_error, -ENODEV,
			  "process %u has no KVM virtual machine, but process %u in its cgroup has",
			  adopted->system->adoption->pid, added.pid);
}

/**
 * manager_register_adopted() - let the module know an adopted guest, and hold its limits
 * @m: manager; the module is up
 * @adopted: adopted guest
 * @ret_error: sentence, to be freed
 *
 * Return: 0; -ENODEV, -EBUSY: its process has no virtual machine, or its cgroup several; another negative errno.
 */
int manager_register_adopted(struct manager *m, struct adopted *adopted, char **ret_error)
{
	_cleanup_free_ struct genl_guest *known = NULL;
	const struct genl_guest *same;
	size_t n = 0;
	int r = genl_guest_dump(m->genl, &known, &n, ret_error);

	if (r)
		return r;
	same = find_known(adopted->system, known, n);
	if (same)
		return match(m, adopted, same, ret_error);
	adopted_lose_module(adopted);
	return add(m, adopted, ret_error);
}

/* Again, of one that is adopted already. */
static void register_again(struct manager *m, struct adopted *adopted)
{
	const char *name = adopted->system->definition->name;
	_cleanup_free_ char *error = NULL;
	int r = manager_register_adopted(m, adopted, &error);

	drop_problems(m, name);
	adopted->refused = r != 0;
	if (r && adopted->module_id)
		manager_problem(m, LIMIT_PROBLEM "%s", name, error ? error : strerror(-r));
	else if (r)
		manager_problem(m, UNKNOWN_PROBLEM "%s", name, error ? error : strerror(-r));
	bus_system_changed(m->bus, adopted->system);
}

/**
 * manager_match_adopted() - make the module's adopted guests what they should be
 * @m: manager; the module is up
 */
void manager_match_adopted(struct manager *m)
{
	for (size_t i = 0; i < m->host.n_systems; i++) {
		struct adopted *adopted = adopted_of(m->host.systems[i]);

		if (adopted)
			register_again(m, adopted);
	}
}

/**
 * manager_lose_adopted() - the module is gone, or has forgotten a guest: what it held of adopted ones it holds no more
 * @m: manager
 * @module_id: which guest; 0: all
 */
void manager_lose_adopted(struct manager *m, uint32_t module_id)
{
	for (size_t i = 0; i < m->host.n_systems; i++) {
		struct adopted *adopted = adopted_of(m->host.systems[i]);
		const struct definition *d = m->host.systems[i]->definition;

		if (!adopted || (module_id && adopted->module_id != module_id))
			continue;
		drop_problems(m, d->name);
		adopted->refused = false;
		if (!module_id && (d->cpu.limit_us || d->cpu.vcpu_limit_us))
			manager_problem(m, LIMIT_PROBLEM "the module is not loaded", d->name);
		if (adopted_lose_module(adopted))
			bus_system_changed(m->bus, adopted->system);
	}
}

/**
 * manager_sample_adopted() - measure every adopted guest
 * @m: manager
 * @vcpus: of all guests, from the module
 * @n_vcpus: how many; 0 if the module is not there
 */
void manager_sample_adopted(struct manager *m, const struct genl_vcpu *vcpus, size_t n_vcpus)
{
	for (size_t i = 0; i < m->host.n_systems; i++) {
		struct adopted *adopted = adopted_of(m->host.systems[i]);

		if (!adopted)
			continue;
		adopted_sample(adopted, vcpus, n_vcpus);
		/* Somebody else has removed it. */
		if (genl_client_is_up(m->genl) && !adopted->module_id && !adopted->refused)
			register_again(m, adopted);
	}
}

/**
 * manager_sample_adopted_flow() - what the module knows of an adopted guest, into its sample
 * @m: manager
 * @adopted: adopted guest
 * @known: as the module has it
 */
void manager_sample_adopted_flow(struct manager *m, struct adopted *adopted,
				 const struct genl_guest *known)
{
	struct system *system = adopted->system;

	if (system->sample.time_us)
		guest_take_flow(&system->sample, known);
	if (known->reasserted > adopted->reasserted) {
		m->host.sample.drift_corrected += known->reasserted - adopted->reasserted;
		log_system(LOG_WARNING, system->definition->uuid, system->definition->name,
			   "the module has put back cpu.max, which somebody else had changed");
	}
	adopted->reasserted = known->reasserted;
	if (adopted_note_limits(adopted, known))
		bus_system_changed(m->bus, system);
}

/* One that the store has. */
static int find_again(struct system *system, void *data)
{
	const struct definition *d = system->definition;
	_cleanup_free_ char *error = NULL;
	struct manager *m = data;
	struct adopted *adopted;
	sd_id128_t boot;
	char now[33];
	int r = sd_id128_get_boot(&boot);

	if (r >= 0)
		r = strcmp(sd_id128_to_string(boot, now), system->adoption->boot) ? -ESRCH : 0;
	if (!r)
		r = host_add(&m->host, system);
	if (!r) {
		r = adopted_new(&m->env, system, manager_adopted_ended, m, &adopted, &error);
		if (r)
			host_remove(&m->host, system);
	}
	if (!r) {
		log_system(LOG_INFO, d->uuid, d->name, "found again: process %u, adopted",
			   system->adoption->pid);
		return 0;
	}
	/* Whatever else it is, it may be there still. */
	if (r != -ESRCH && r != ERROR_NOT_FOUND) {
		system_free(system);
		return r;
	}
	log_system(LOG_NOTICE, d->uuid, d->name,
		   "was adopted, and is forgotten: it ended while kvrmd did not run%s%s",
		   error ? ": " : "", error ? error : "");
	if (store_delete_adoption(m->store, d->uuid, NULL))
		log_system(LOG_ERR, d->uuid, d->name, "could not be forgotten");
	system_free(system);
	return 0;
}

/**
 * manager_find_adopted() - find those again that were adopted before this kvrmd was started
 * @m: manager with bus and model
 * @ret_error: sentence, to be freed
 *
 * Return: 0 or a negative errno.
 */
int manager_find_adopted(struct manager *m, char **ret_error)
{
	int r = store_load_adoptions(m->store, find_again, m, ret_error);

	if (!r && genl_client_is_up(m->genl))
		manager_match_adopted(m);
	else if (!r)
		manager_lose_adopted(m, 0);
	return r;
}
