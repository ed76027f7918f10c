// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Changes of allocations; see change.h.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/apply/change.h"
#include "daemon/model/error.h"
#include "daemon/observe/pool.h"
#include "daemon/util/log.h"
#include "daemon/util/text.h"
#include "daemon/wire/genl-pool.h"
#include "daemon/wire/launcher.h"
#include "kvrm/cpumax.h"

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

static int set_unit(const struct guest_env *env, const struct change_item *item, uint64_t limit_us,
		    launcher_done *done, void *data, sd_bus_slot **ret_call)
{
	const struct launcher_cpu cpu = {
		.quota_us = limit_us,
		.period_us = limit_us ? kvrm_cpumax_period_us(limit_us) : 0,
	};
	struct launcher_pool pool;

	if (item->system)
		return launcher_set_processor(env->bus, item->system->definition->uuid, &cpu,
					      LAUNCHER_TIMEOUT_US, done, data, ret_call);
	pool.n = pool_chain(item->pool, pool.chain);
	return launcher_set_pool(env->bus, &pool, &cpu, LAUNCHER_TIMEOUT_US, done, data, ret_call);
}

static void on_reverted(const char *unit, const sd_bus_error *error, void *data)
{
	if (error)
		log_warning("the launcher could not undo a change: %s", error->message);
}

static void revert_units(const struct guest_env *env, const struct change_item *items, size_t n)
{
	while (n-- > 0) {
		if (is_there(&items[n]) && items[n].from.limit_us != items[n].to.limit_us)
			set_unit(env, &items[n], items[n].from.limit_us, on_reverted, NULL, NULL);
	}
}

static struct genl_cpu_alloc alloc_of(const struct cpu_allocation *cpu)
{
	return (struct genl_cpu_alloc){ .reservation_us = cpu->reservation_us,
					.limit_us = cpu->limit_us,
					.weight = cpu->weight,
					.vcpu_limit_us = cpu->vcpu_limit_us };
}

static uint32_t module_id(const struct change_item *item)
{
	const struct guest *guest = item->system ? item->system->runtime : NULL;

	if (!item->system)
		return item->pool->module_id;
	return guest ? guest->module_id : 0;
}

/* All that the module knows, in one message. */
static int set_module(const struct guest_env *env, const struct change_item *items, size_t n,
		      bool back, char **ret_error)
{
	_cleanup_free_ struct genl_cpu_alloc *allocs = calloc(n, sizeof(*allocs));
	_cleanup_free_ struct genl_batch_item *batch = calloc(n, sizeof(*batch));
	size_t known = 0;

	if (!allocs || !batch)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		struct genl_batch_item *b = &batch[known];

		b->id = module_id(&items[i]);
		if (!b->id)
			continue;
		allocs[known] = alloc_of(back ? &items[i].from : &items[i].to);
		b->is_pool = !items[i].system;
		if (b->is_pool)
			b->pool = (struct genl_pool_change){
				.cgroup_fd = -1,
				.alloc = &allocs[known],
				.expandable =
					back ? &items[i].expandable_from : &items[i].expandable_to,
			};
		else
			b->guest = (struct genl_guest_change){ .cgroup_fd = -1,
							       .alloc = &allocs[known] };
		known++;
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
	int r = item->system ? guest_read_limit(item->system->runtime, item->to.limit_us, &holds)
			     : pool_read_limit(item->pool, item->to.limit_us, &holds);

	if (r)
		return text_error(ret_error, ERROR_APPLY_FAILED, "%s: cpu.max cannot be read: %s",
				  name_of(item), strerror(-r));
	if (!holds)
		return text_error(ret_error, ERROR_APPLY_FAILED,
				  "%s: cpu.max does not say what was written to it", name_of(item));
	if (item->system && item->from.vcpu_limit_us != item->to.vcpu_limit_us &&
	    guest_read_vcpu_limit(item->system->runtime, item->to.vcpu_limit_us, &error))
		return text_error(ret_error, ERROR_APPLY_FAILED, "%s: %s", name_of(item),
				  error ? error : "its vcpu-limit cannot be read");
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

		if (!is_there(item) || item->from.limit_us == item->to.limit_us)
			continue;
		r = set_unit(change->env, item, item->to.limit_us, on_launcher, change,
			     &change->call);
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
