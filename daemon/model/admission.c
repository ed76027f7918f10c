// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Admission, with sentences; see admission.h.
 */
#include <inttypes.h>
#include <stdio.h>

#include "daemon/model/admission.h"
#include "daemon/model/error.h"
#include "daemon/model/host.h"
#include "daemon/model/uplink.h"
#include "daemon/util/text.h"

/* "0.25 CPU (250000 us per second)" */
static void format_cpus(uint64_t us, char buf[static 64])
{
	char fraction[8];
	size_t len =
		(size_t)snprintf(fraction, sizeof(fraction), ".%06u", (unsigned int)(us % 1000000));

	while (len > 0 && (fraction[len - 1] == '0' || fraction[len - 1] == '.')) {
		bool point = fraction[--len] == '.';

		fraction[len] = '\0';
		if (point)
			break;
	}
	snprintf(buf, 64, "%" PRIu64 "%s CPU (%" PRIu64 " us per second)", us / 1000000, fraction,
		 us);
}

/* "64M (67108864 bytes)" */
static void format_memory(uint64_t bytes, char buf[static 64])
{
	char text[32];

	memory_format(bytes, text, sizeof(text));
	snprintf(buf, 64, "%s (%" PRIu64 " bytes)", text, bytes);
}

static const struct {
	const char *key;
	const char *limit;
	const char *beside;
	void (*format)(uint64_t amount, char buf[static 64]);
} resources[KVRM_RESOURCE_COUNT] = {
	[KVRM_RESOURCE_CPU] = { "cpu", "the cpu-limit", "", format_cpus },
	[KVRM_RESOURCE_MEMORY] = { "memory", "what is unthrottled below the memory-limit",
				   ", with what each QEMU needs", format_memory },
};

static const char *name_of(const struct kvrm_node *node)
{
	return node->pool ? pool_of(node)->definition->name : system_of(node)->definition->name;
}

/* The tree is as it was before; what was wanted is in the edits still. */
static int explain(const struct host *host, const struct kvrm_refusal *refusal, char **ret_error)
{
	const struct kvrm_node *at = refusal->at;
	const enum kvrm_resource resource = refusal->resource;
	const char *key = resources[resource].key, *beside = resources[resource].beside;
	const char *kind = at->pool ? "pool " : "";
	char lacks[64];

	resources[resource].format(refusal->shortfall, lacks);
	switch (refusal->kind) {
	case KVRM_REFUSED_ABOVE_HOST:
		return text_error(ret_error, ERROR_INSUFFICIENT,
				  "%s-reservation: pool '" POOL_HOST "' lacks %s for %s'%s'%s: it "
				  "has %" PRIu64 " in all",
				  key, lacks, kind, name_of(at), at->pool ? "" : beside,
				  host->root->node.share[resource].reservation);
	case KVRM_REFUSED_POOL_LACKS:
		return text_error(ret_error, ERROR_INSUFFICIENT,
				  "%s-reservation: pool '%s' lacks %s: it has %" PRIu64
				  " reserved of %" PRIu64 "%s",
				  key, name_of(at), lacks, at->reserved[resource],
				  at->share[resource].reservation, beside);
	case KVRM_REFUSED_POOL_LIMIT:
		return text_error(ret_error, ERROR_INSUFFICIENT,
				  "%s-reservation: the limit of pool '%s' lacks %s: it has "
				  "%" PRIu64 " reserved",
				  key, name_of(at), lacks, at->reserved[resource]);
	case KVRM_REFUSED_ABOVE_LIMIT:
		return text_error(ret_error, ERROR_INVALID_ARGUMENT,
				  "%s-reservation: is above %s of %s'%s' by %s%s", key,
				  resources[resource].limit, kind, name_of(at), lacks, beside);
	case KVRM_REFUSED_CYCLE:
		return text_error(ret_error, ERROR_INVALID_ARGUMENT,
				  "parent: pool '%s' would lie below itself", name_of(at));
	case KVRM_REFUSED_DEPTH:
		return text_error(ret_error, ERROR_INVALID_ARGUMENT,
				  "parent: more than %u pools would lie above a system in pool "
				  "'%s'",
				  KVRM_DEPTH_MAX, name_of(at));
	case KVRM_REFUSED_MEMBERS:
		return text_error(ret_error, ERROR_INVALID_STATE, "pool '%s' has members",
				  name_of(at));
	case KVRM_ADMITTED:
		break;
	}
	return 0;
}

/**
 * admission_apply() - make changes in the tree, if they are admitted together
 * @host: host; counts what was admitted and what not
 * @edits: see kvrm_edits_apply()
 * @n: how many
 * @ret_error: sentence
 *
 * Return: 0 or an error, see top; nothing has changed then.
 */
int admission_apply(struct host *host, struct kvrm_edit *edits, size_t n, char **ret_error)
{
	struct kvrm_refusal refusal;

	if (!n)
		return 0;
	if (kvrm_edits_apply(edits, n, &host->root->node, &refusal)) {
		host->admitted++;
		return 0;
	}
	host->refused++;
	return explain(host, &refusal, ret_error);
}

/**
 * admission_check() - whether changes in the tree would be admitted now
 * @host: host; counts if not
 * @edits: see kvrm_edits_apply(); stay as they are
 * @n: how many
 * @ret_error: sentence
 *
 * Return: 0 or an error, see top; nothing has changed in either case.
 */
int admission_check(struct host *host, struct kvrm_edit *edits, size_t n, char **ret_error)
{
	struct kvrm_refusal refusal;

	if (!n)
		return 0;
	if (kvrm_edits_apply(edits, n, &host->root->node, &refusal)) {
		kvrm_edits_undo(edits, n);
		return 0;
	}
	host->refused++;
	return explain(host, &refusal, ret_error);
}

/**
 * admission_undo() - take changes back that were made last
 * @edits: as admission_apply() left them
 * @n: how many
 */
void admission_undo(struct kvrm_edit *edits, size_t n)
{
	kvrm_edits_undo(edits, n);
}

/* A system's wish to be in its pool. */
static int edit_of(struct host *host, struct system *system, struct kvrm_edit *edit,
		   char **ret_error)
{
	const struct definition *d = system->definition;
	const struct allocation allocation = { .cpu = d->cpu, .memory = d->memory };
	const struct pool *pool = host_find_pool(host, d->pool);

	if (!pool)
		return text_error(ret_error, ERROR_NOT_FOUND, "pool: there is no pool '%s'",
				  d->pool);
	kvrm_edit_init(edit, &system->node);
	edit->parent = (struct kvrm_node *)&pool->node;
	allocation_share(&allocation, system->overhead_bytes, edit->share);
	return 0;
}

/**
 * admission_enter() - a system is to be started: let it take its reservations out of its pool and uplinks
 * @host: host
 * @system: not in the tree
 * @ret_error: sentence
 *
 * Return: 0 or an error, see top; ERROR_NOT_FOUND: it has no pool, or a NIC no uplink.
 */
int admission_enter(struct host *host, struct system *system, char **ret_error)
{
	struct kvrm_edit edit;
	int r = edit_of(host, system, &edit, ret_error);

	if (!r)
		r = admission_apply(host, &edit, 1, ret_error);
	if (r)
		return r;
	r = uplink_enter(host, system, ret_error);
	if (r) {
		admission_leave(system);
		host->admitted--;
		host->refused += r == ERROR_INSUFFICIENT;
	}
	return r;
}

/**
 * admission_enter_found() - a system was found running: it has its reservation, whether it fits or not
 * @host: host
 * @system: not in the tree
 * @ret_error: sentence
 *
 * Return: 0, or the error with which admission_enter() would have failed; the system is in the tree
 * nevertheless, if it has a pool.
 */
int admission_enter_found(struct host *host, struct system *system, char **ret_error)
{
	struct kvrm_refusal refusal;
	struct kvrm_edit edit;
	int r = edit_of(host, system, &edit, ret_error), found;

	if (r)
		return r;
	if (!kvrm_edits_apply(&edit, 1, &host->root->node, &refusal)) {
		r = explain(host, &refusal, ret_error);
		/* Undoing exchanges, and does not judge. */
		kvrm_edits_undo(&edit, 1);
	}
	/* One sentence is enough. */
	found = uplink_enter_found(host, system, r ? NULL : ret_error);
	return r ? r : found;
}

/**
 * admission_leave() - a system has no QEMU any more: give its reservations back
 * @system: in the tree or not
 */
void admission_leave(struct system *system)
{
	struct kvrm_edit edit;

	uplink_leave_system(system);
	if (!system->node.parent)
		return;
	kvrm_edit_init(&edit, &system->node);
	edit.parent = NULL;
	/* Exchanged without being judged: giving back is never refused. */
	kvrm_edits_undo(&edit, 1);
}

/**
 * admission_place() - put a pool that was loaded from the store into the tree, whether it fits or not
 * @host: host
 * @pool: not in the tree; its parent is
 */
void admission_place(struct host *host, struct pool *pool)
{
	const struct pool *parent = host_find_pool(host, pool->definition->parent);
	struct kvrm_edit edit;

	kvrm_edit_init(&edit, &pool->node);
	edit.parent = (struct kvrm_node *)&parent->node;
	kvrm_edits_undo(&edit, 1);
}
