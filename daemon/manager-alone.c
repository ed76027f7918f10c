// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Changes of allocations, one at a time: while one is under way, calls that might cross it wait. The
 * tree of pools has the new allocations from the beginning, so that nobody else is admitted to what
 * they take; the store has them at the end.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/manager-adopt.h"
#include "daemon/manager-internal.h"
#include "daemon/model/admission.h"
#include "daemon/model/error.h"
#include "daemon/util/log.h"
#include "daemon/util/text.h"
#include "kvrm/cpumax.h"

/**
 * struct setting - SetAllocation, SetAllocations or Set of a pool, under way
 * @manager: manager
 * @changes: what is wanted; owned
 * @edits: of the tree; owned
 * @n_edits: how many
 * @items: for the executor; owned
 * @n_items: how many
 * @done: told at the end; NULL: nobody is
 * @data: for @done
 */
struct setting {
	struct manager *manager;
	struct bus_changes changes;
	struct kvrm_edit *edits;
	size_t n_edits;
	struct change_item *items;
	size_t n_items;
	manager_set_done *done;
	void *data;
};

/**
 * manager_begin() - a change begins: others wait
 * @m: manager
 * @call: that asked for it; answered by manager_end()
 */
void manager_begin(struct manager *m, struct bus_call *call)
{
	m->alone = call;
	m->changing = true;
	/* What was asked for before may come too late to be true. */
	for (size_t i = 0; i < m->host.n_pools; i++)
		m->host.pools[i]->asking = sd_bus_slot_unref(m->host.pools[i]->asking);
	bus_hold(m->bus);
}

/**
 * manager_end() - a change is over: its call is answered, others go on
 * @m: manager
 * @error: 0 or an ERROR_*
 * @text: sentence if @error is not 0
 */
void manager_end(struct manager *m, int error, const char *text)
{
	struct bus_call *call = m->alone;

	m->alone = NULL;
	m->changing = false;
	manager_settle(m);
	/* Already answered, if it had a result. */
	if (call)
		bus_reply(call, error, text);
	manager_tend_memory(m);
	manager_tend_storage(m);
	manager_tend_measuring(m);
	manager_tend_limits(m);
	bus_pools_changed(m->bus);
	/* What is half done comes before what waits. */
	if (!manager_tend_resizes(m))
		bus_release(m->bus);
}

static struct setting *setting_free(struct setting *s)
{
	bus_changes_deinit(&s->changes);
	free(s->edits);
	free(s->items);
	free(s);
	return NULL;
}

static int check_item(struct manager *m, const struct bus_change *item, char **ret_error)
{
	uint64_t capacity_us = m->host.sample.cpu_capacity_us;
	const struct cpu_allocation *cpu;
	const struct definition *d;
	int r;

	if (!item->system)
		return pool_is_root(item->pool)
			       ? 0
			       : pool_definition_validate(item->definition, capacity_us, ret_error);
	d = item->system->definition;
	cpu = &item->allocation.cpu;
	r = cpu_allocation_check(cpu, d->vcpus * KVRM_USEC_PER_SEC, capacity_us, ret_error);
	if (!r)
		r = manager_check_memory(item->system, item->allocation.memory_bytes, ret_error);
	if (!r)
		r = memory_allocation_check(&item->allocation.memory, item->allocation.memory_bytes,
					    ret_error);
	if (!r)
		r = memory_limit_check(&item->allocation.memory,
				       memory_overhead(item->allocation.memory_bytes,
						       m->host.overhead_base_bytes),
				       ret_error);
	if (!r)
		r = storage_weight_check(item->allocation.storage_weight, ret_error);
	if (!r)
		r = sample_rate_check(item->allocation.sample_rate_hz, ret_error);
	/* What does not run is asked again when it is started; what stays is not asked for. */
	if (r || !item->system->runtime || cpu->vcpu_limit_us == d->cpu.vcpu_limit_us)
		return r;
	return host_check_vcpu_limit(&m->host, cpu, ret_error);
}

/* A sentence with whom it is about, if there are several. */
static int check_items(struct manager *m, const struct bus_changes *changes, char **ret_error)
{
	for (size_t i = 0; i < changes->n; i++) {
		const struct bus_change *item = &changes->items[i];
		_cleanup_free_ char *error = NULL;
		int r = check_item(m, item, &error);

		if (r && changes->n > 1)
			return text_error(ret_error, r, "%s: %s",
					  item->system ? item->system->definition->name
						       : item->pool->definition->name,
					  error ? error : strerror(-r));
		if (r) {
			*ret_error = TAKE_PTR(error);
			return r;
		}
	}
	return 0;
}

/* What a wish means for the tree and for the executor; nothing, if it is of what does not run. */
static void add_wish(struct setting *s, const struct bus_change *wish)
{
	const struct pool_definition *before, *after;
	const struct definition *d;
	struct kvrm_node *node = wish->system ? &wish->system->node : &wish->pool->node;
	struct kvrm_edit *edit = &s->edits[s->n_edits];
	struct change_item *item = &s->items[s->n_items];

	if (!node->parent)
		return;
	kvrm_edit_init(edit, node);
	*item = (struct change_item){ .system = wish->system, .pool = wish->pool };
	if (wish->system) {
		d = wish->system->definition;
		item->overhead_from_bytes = wish->system->overhead_bytes;
		item->overhead_to_bytes = memory_overhead(wish->allocation.memory_bytes,
							  s->manager->host.overhead_base_bytes);
		allocation_share(&wish->allocation, item->overhead_to_bytes, edit->share);
		item->from = (struct allocation){ .cpu = d->cpu, .memory = d->memory };
		item->to = wish->allocation;
	} else {
		before = wish->pool->definition;
		after = wish->definition;
		pool_share(after, edit->share);
		item->from = (struct allocation){ .cpu = before->cpu, .memory = before->memory };
		item->to = (struct allocation){ .cpu = after->cpu, .memory = after->memory };
		item->expandable_from = before->expandable;
		item->expandable_to = after->expandable;
		item->memory_expandable_from = before->memory_expandable;
		item->memory_expandable_to = after->memory_expandable;
	}
	s->n_edits++;
	s->n_items++;
}

static struct setting *setting_new(struct manager *m, struct bus_changes *changes)
{
	struct setting *s = calloc(1, sizeof(*s));
	size_t n = changes->n ? changes->n : 1;

	if (!s)
		return NULL;
	s->manager = m;
	s->edits = calloc(n, sizeof(*s->edits));
	s->items = calloc(n, sizeof(*s->items));
	if (!s->edits || !s->items)
		return setting_free(s);
	s->changes = *changes;
	*changes = (struct bus_changes){ 0 };
	for (size_t i = 0; i < s->changes.n; i++)
		add_wish(s, &s->changes.items[i]);
	return s;
}

static void set_busy(struct setting *s, bool busy)
{
	for (size_t i = 0; i < s->changes.n; i++) {
		if (s->changes.items[i].system)
			s->changes.items[i].system->busy = busy;
	}
}

/* Systems that have left the tree meanwhile stay out. */
static void undo_edits(struct setting *s)
{
	for (size_t i = s->n_edits; i-- > 0;) {
		if (s->edits[i].node->parent)
			admission_undo(&s->edits[i], 1);
	}
}

static int store_all(struct setting *s, char **ret_error)
{
	size_t n = s->changes.n;
	_cleanup_free_ struct store_item *items = calloc(n ? n : 1, sizeof(*items));
	_cleanup_free_ struct definition *copies = calloc(n ? n : 1, sizeof(*copies));

	if (!items || !copies)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		const struct bus_change *wish = &s->changes.items[i];

		items[i].pool = wish->definition;
		if (!wish->system)
			continue;
		/* Only written: what it refers to stays the system's. */
		copies[i] = *wish->system->definition;
		definition_set_allocation(&copies[i], &wish->allocation);
		items[i].system = &copies[i];
	}
	return store_put_all(s->manager->store, items, n, ret_error);
}

static void commit(struct setting *s)
{
	for (size_t i = 0; i < s->changes.n; i++) {
		struct bus_change *wish = &s->changes.items[i];
		struct pool_definition *before;
		struct guest *guest;

		if (!wish->system) {
			before = wish->pool->definition;
			wish->pool->definition = wish->definition;
			wish->definition = before;
			continue;
		}
		definition_set_allocation(wish->system->definition, &wish->allocation);
		wish->system->overhead_bytes =
			definition_overhead(wish->system->definition,
					    s->manager->host.overhead_base_bytes);
		guest = wish->system->runtime;
		if (guest)
			guest->refused = false;
	}
}

static void on_set(int error, const char *text, void *data)
{
	struct setting *s = data;
	struct manager *m = s->manager;
	_cleanup_free_ char *sentence = NULL;

	m->change = NULL;
	if (!error) {
		error = store_all(s, &sentence);
		text = sentence;
		if (error)
			change_revert(&m->env, s->items, s->n_items);
	}
	if (error)
		undo_edits(s);
	else
		commit(s);
	set_busy(s, false);
	for (size_t i = 0; i < s->changes.n; i++) {
		struct system *system = s->changes.items[i].system;
		struct guest *guest = system ? system->runtime : NULL;
		bool holds;

		if (guest && guest->cgroup_fd >= 0)
			guest_read_limit(guest, &system->definition->cpu, &holds);
		if (system)
			bus_system_changed(m->bus, system);
	}
	if (s->done)
		s->done(m, error, text, s->data);
	setting_free(s);
	manager_end(m, error, text);
}

/**
 * manager_admits() - whether changes would be admitted now
 * @m: manager, without a change under way
 * @changes: of systems and pools; stay the caller's
 * @ret_error: sentence
 *
 * Return: 0 or an error; nothing has changed in either case.
 */
int manager_admits(struct manager *m, struct bus_changes *changes, char **ret_error)
{
	struct setting *s = setting_new(m, changes);
	int r;

	if (!s)
		return -ENOMEM;
	r = admission_check(&m->host, s->edits, s->n_edits, ret_error);
	*changes = s->changes;
	s->changes = (struct bus_changes){ 0 };
	setting_free(s);
	return r;
}

/**
 * manager_set() - change allocations of systems and pools, all or none
 * @m: manager, without a change under way
 * @changes: checked; empty if they are admitted, else the caller's still
 * @call: to be answered at the end if they are; NULL: none
 * @done: told then, before the change is over; perhaps before this function returns. NULL: nobody is
 * @data: for @done
 * @ret_error: sentence
 *
 * Return: 0 or an error: nothing has changed then, and nobody is told.
 */
int manager_set(struct manager *m, struct bus_changes *changes, struct bus_call *call,
		manager_set_done *done, void *data, char **ret_error)
{
	struct setting *s = setting_new(m, changes);
	int r = s ? admission_apply(&m->host, s->edits, s->n_edits, ret_error) : -ENOMEM;

	if (r) {
		if (s) {
			*changes = s->changes;
			s->changes = (struct bus_changes){ 0 };
			setting_free(s);
		}
		return r;
	}
	s->done = done;
	s->data = data;
	manager_begin(m, call);
	set_busy(s, true);
	r = change_run(&m->env, s->items, s->n_items, on_set, s, &m->change);
	if (r)
		on_set(r, NULL, s);
	return 0;
}

/**
 * manager_op_set() - change allocations of systems and pools, all or none
 * @changes: owned
 * @call: to be answered
 * @data: manager
 */
void manager_op_set(struct bus_changes changes, struct bus_call *call, void *data)
{
	struct manager *m = data;
	_cleanup_free_ char *error = NULL;
	int r;

	if (manager_changes_adopted(&changes)) {
		manager_set_adopted(m, changes, call);
		return;
	}
	r = check_items(m, &changes, &error);
	if (!r && manager_resizes(&changes))
		r = manager_resize(m, &changes, call, &error);
	else if (!r)
		r = manager_set(m, &changes, call, NULL, NULL, &error);
	bus_changes_deinit(&changes);
	if (r)
		bus_reply(call, r, error);
}
