// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Changes of allocations; see change.h.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/apply/alloc.h"
#include "daemon/apply/change.h"
#include "daemon/model/error.h"
#include "daemon/observe/pool.h"
#include "daemon/util/log.h"
#include "daemon/util/text.h"
#include "daemon/wire/genl-pool.h"
#include "daemon/wire/launcher.h"

#define LAUNCHER_TIMEOUT_US (60 * 1000000ULL)

/**
 * struct change - see top
 * @env: for all guests
 * @items: owned
 * @n: how many
 * @at: item whose unit is being changed
 * @batched: the module has made the change
 * @call: to the launcher, outstanding
 * @done: told at the end
 * @data: for @done
 */
struct change {
	const struct guest_env *env;
	struct change_item *items;
	size_t n;
	size_t at;
	bool batched;
	sd_bus_slot *call;
	change_done *done;
	void *data;
};

static const char *name_of(const struct change_item *item)
{
	return item->system ? item->system->definition->name : item->pool->definition->name;
}

/* A guest may end in the middle of a change; nothing is to be done for it then. */
static bool is_there(const struct change_item *item)
{
	const struct guest *guest = item->system ? item->system->runtime : NULL;

	return item->system ? guest && guest->cgroup_fd >= 0 : item->pool->cgroup_fd >= 0;
}

/* What memory.min is to say of a system. */
static uint64_t protected_bytes(const struct change_item *item, bool back)
{
	return back ? item->from.memory.reservation_bytes + item->overhead_from_bytes
		    : item->to.memory.reservation_bytes + item->overhead_to_bytes;
}

static bool concerns_memory(const struct change_item *item)
{
	return protected_bytes(item, true) != protected_bytes(item, false);
}

/* What cpu.max is to hold of an allocation. */
static uint64_t quota_us(const struct change_item *item, const struct cpu_allocation *cpu)
{
	return item->system ? guest_quota_us(item->system->runtime, cpu) : cpu->limit_us;
}

/*
 * Whether systemd has a part in it; it is there. What else follows for pools, their slices are told
 * afterwards.
 */
static bool concerns_unit(const struct change_item *item)
{
	return quota_us(item, &item->from.cpu) != quota_us(item, &item->to.cpu) ||
	       (item->system && concerns_memory(item));
}

static int set_unit(const struct guest_env *env, const struct change_item *item, bool back,
		    launcher_done *done, void *data, sd_bus_slot **ret_call)
{
	const struct allocation *wanted = back ? &item->from : &item->to;
	struct launcher_allocation allocation;
	struct launcher_pool pool;

	if (item->system) {
		struct guest *guest = item->system->runtime;

		allocation = alloc_quota(guest, &wanted->cpu);
		guest->memory_asserted = allocation.memory_min_bytes = protected_bytes(item, back);
		return launcher_set_allocation(env->bus, item->system->definition->uuid,
					       &allocation, LAUNCHER_TIMEOUT_US, done, data,
					       ret_call);
	}
	allocation = alloc_limit(wanted->cpu.limit_us);
	pool.n = pool_chain(item->pool, pool.chain);
	return launcher_set_pool(env->bus, &pool, &allocation, LAUNCHER_TIMEOUT_US, done, data,
				 ret_call);
}

static void on_reverted(const char *unit, const sd_bus_error *error, void *data)
{
	if (error)
		log_warning("the launcher could not undo a change: %s", error->message);
}

static void revert_units(const struct guest_env *env, const struct change_item *items, size_t n)
{
	while (n-- > 0) {
		if (is_there(&items[n]) && concerns_unit(&items[n]))
			set_unit(env, &items[n], true, on_reverted, NULL, NULL);
	}
}

static uint32_t module_id(const struct change_item *item)
{
	const struct guest *guest = item->system ? item->system->runtime : NULL;

	if (!item->system)
		return item->pool->module_id;
	return guest ? guest->module_id : 0;
}

/**
 * struct module_alloc - what a change refers to
 * @cpu: of the processors
 * @memory: of the memory
 */
struct module_alloc {
	struct genl_cpu_alloc cpu;
	struct genl_memory_alloc memory;
};

static struct genl_batch_item batch_item(const struct change_item *item, bool back,
					 struct module_alloc *alloc)
{
	const struct allocation *wanted = back ? &item->from : &item->to;
	uint64_t overhead_bytes = back ? item->overhead_from_bytes : item->overhead_to_bytes;

	alloc->cpu = alloc_cpu(&wanted->cpu);
	alloc->memory = alloc_memory_with(&wanted->memory, overhead_bytes);
	if (item->system)
		return (struct genl_batch_item){
			.guest = { .cgroup_fd = -1, .alloc = &alloc->cpu, .memory = &alloc->memory }
		};
	return (struct genl_batch_item){
		.is_pool = true,
		.pool = { .cgroup_fd = -1,
			  .alloc = &alloc->cpu,
			  .expandable = back ? &item->expandable_from : &item->expandable_to,
			  .memory = &alloc->memory,
			  .memory_expandable = back ? &item->memory_expandable_from
						    : &item->memory_expandable_to },
	};
}

/* All that the module knows, in one message. */
static int set_module(const struct guest_env *env, const struct change_item *items, size_t n,
		      bool back, char **ret_error)
{
	_cleanup_free_ struct module_alloc *allocs = calloc(n, sizeof(*allocs));
	_cleanup_free_ struct genl_batch_item *batch = calloc(n, sizeof(*batch));
	size_t known = 0;

	if (!allocs || !batch)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		uint32_t id = module_id(&items[i]);

		if (!id)
			continue;
		batch[known] = batch_item(&items[i], back, &allocs[known]);
		batch[known++].id = id;
	}
	return known ? genl_batch_set(env->genl, batch, known, ret_error) : 0;
}

/**
 * change_revert() - undo a change that was made, when what should follow it has failed
 * @env: for all guests
 * @items: as they were given to change_run()
 * @n: how many
 */
void change_revert(const struct guest_env *env, const struct change_item *items, size_t n)
{
	_cleanup_free_ char *error = NULL;

	if (genl_client_is_up(env->genl) && set_module(env, items, n, true, &error))
		log_warning("the module could not undo a change: %s",
			    error ? error : "it did not say why");
	revert_units(env, items, n);
}

static int verify_item(const struct change_item *item, char **ret_error)
{
	_cleanup_free_ char *error = NULL;
	bool holds = true;
	const struct cpu_allocation *cpu = &item->to.cpu;
	int r = item->system ? guest_read_limit(item->system->runtime, cpu, &holds)
			     : pool_read_limit(item->pool, cpu->limit_us, &holds);

	if (r)
		return text_error(ret_error, ERROR_APPLY_FAILED, "%s: cpu.max cannot be read: %s",
				  name_of(item), strerror(-r));
	if (!holds)
		return text_error(ret_error, ERROR_APPLY_FAILED,
				  "%s: cpu.max does not say what was written to it", name_of(item));
	if (item->system && item->from.cpu.vcpu_limit_us != item->to.cpu.vcpu_limit_us &&
	    guest_read_vcpu_limit(item->system->runtime, item->to.cpu.vcpu_limit_us, &error))
		return text_error(ret_error, ERROR_APPLY_FAILED, "%s: %s", name_of(item),
				  error ? error : "its vcpu-limit cannot be read");
	if (item->system && concerns_memory(item) &&
	    guest_verify_memory(item->system->runtime, protected_bytes(item, false), &error))
		return text_error(ret_error, ERROR_APPLY_FAILED, "%s: %s", name_of(item),
				  error ? error : "its memory.min cannot be read");
	return 0;
}

static int verify(struct change *change, char **ret_error)
{
	int r = 0;

	for (size_t i = 0; !r && i < change->n; i++) {
		if (is_there(&change->items[i]))
			r = verify_item(&change->items[i], ret_error);
	}
	return r;
}

static void change_end(struct change *change, int error, const char *text)
{
	if (error) {
		if (change->batched)
			change_revert(change->env, change->items, change->n);
		else
			revert_units(change->env, change->items, change->at);
	}
	change->done(error, text, change->data);
	change_free(change);
}

/* The units are changed: now the module, and the proof. */
static void change_finish(struct change *change)
{
	_cleanup_free_ char *error = NULL;
	int r = 0;

	if (genl_client_is_up(change->env->genl)) {
		r = set_module(change->env, change->items, change->n, false, &error);
		change->batched = !r;
		if (r)
			r = r == -ENOSPC ? ERROR_INSUFFICIENT : ERROR_APPLY_FAILED;
	}
	if (!r)
		r = verify(change, &error);
	change_end(change, r, error);
}

static void change_next(struct change *change);

static void on_launcher(const char *unit, const sd_bus_error *error, void *data)
{
	struct change *change = data;
	_cleanup_free_ char *text = NULL;

	change->call = sd_bus_slot_unref(change->call);
	if (error) {
		text_error(&text, 0, "%s: %s", name_of(&change->items[change->at]), error->message);
		/* It is not known whether it was done. */
		change->at++;
		change_end(change, ERROR_LAUNCHER_FAILED, text);
		return;
	}
	change->at++;
	change_next(change);
}

static void change_next(struct change *change)
{
	int r;

	for (; change->at < change->n; change->at++) {
		const struct change_item *item = &change->items[change->at];

		if (!is_there(item) || !concerns_unit(item))
			continue;
		r = set_unit(change->env, item, false, on_launcher, change, &change->call);
		if (r < 0)
			change_end(change, ERROR_LAUNCHER_FAILED, strerror(-r));
		return;
	}
	change_finish(change);
}

/**
 * change_run() - begin a change
 * @env: for all guests
 * @items: copied; those that do not run are passed over
 * @n: how many
 * @done: told at the end, perhaps before this function returns
 * @data: for @done
 * @ret: the change, until @done is told; set before that. To be freed by change_free() if it must be
 *	forgotten
 *
 * Return: 0 or -ENOMEM; @done is not called then.
 */
int change_run(const struct guest_env *env, struct change_item *items, size_t n, change_done *done,
	       void *data, struct change **ret)
{
	struct change *change = calloc(1, sizeof(*change));

	if (change)
		change->items = calloc(n ? n : 1, sizeof(*items));
	if (!change || !change->items) {
		free(change);
		return -ENOMEM;
	}
	change->env = env;
	memcpy(change->items, items, n * sizeof(*items));
	change->n = n;
	change->done = done;
	change->data = data;
	*ret = change;
	change_next(change);
	return 0;
}

/**
 * change_free() - forget a change without undoing; nobody is told
 * @change: may be NULL
 *
 * Return: NULL.
 */
struct change *change_free(struct change *change)
{
	if (!change)
		return NULL;
	sd_bus_slot_unref(change->call);
	free(change->items);
	free(change);
	return NULL;
}
