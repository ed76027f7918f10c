// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Uplinks, parts and the NICs on them; see uplink.h.
 */
#include <stddef.h>
#include <stdlib.h>

#include "daemon/model/host.h"
#include "daemon/model/uplink.h"

/**
 * uplink_new() - an uplink that the host does not have yet
 * @definition: owned by the uplink from now on, unless the call fails
 *
 * What it asks for it has only once it was admitted, or placed.
 *
 * Return: to be freed with uplink_free(); NULL if there is no memory.
 */
struct uplink *uplink_new(struct uplink_definition *definition)
{
	struct uplink *uplink = calloc(1, sizeof(*uplink));

	if (!uplink)
		return NULL;
	uplink->definition = definition;
	kvrm_node_init(&uplink->node, true);
	return uplink;
}

/**
 * uplink_free() - free an uplink
 * @uplink: without members, and no part of another; may be NULL
 *
 * Return: NULL.
 */
struct uplink *uplink_free(struct uplink *uplink)
{
	if (uplink)
		uplink_definition_free(uplink->definition);
	free(uplink);
	return NULL;
}

/**
 * uplink_of() - the uplink or part that a node is of
 * @node: of one; may be NULL
 *
 * Return: the uplink, or NULL.
 */
struct uplink *uplink_of(const struct kvrm_node *node)
{
	return node ? (struct uplink *)((char *)node - offsetof(struct uplink, node)) : NULL;
}

/**
 * uplink_whole() - the uplink that a part, or itself, belongs to
 * @uplink: in its tree
 */
struct uplink *uplink_whole(const struct uplink *uplink)
{
	const struct kvrm_node *node = &uplink->node;

	while (node->parent)
		node = node->parent;
	return uplink_of(node);
}

/**
 * uplink_is_part() - whether it is carved out of another one
 * @uplink: uplink
 */
bool uplink_is_part(const struct uplink *uplink)
{
	return *uplink->definition->parent;
}

/**
 * uplink_next() - go round the uplinks and parts of a host, each after what it is carved out of
 * @host: host
 * @uplink: in its tree; NULL: begin
 *
 * Return: the next one, or NULL.
 */
struct uplink *uplink_next(const struct host *host, const struct uplink *uplink)
{
	struct uplink *whole = uplink ? uplink_whole(uplink) : NULL;
	struct kvrm_node *node = uplink ? (struct kvrm_node *)&uplink->node : NULL;
	size_t i = 0;

	while (node && (node = kvrm_node_after(node, &whole->node))) {
		if (node->pool)
			return uplink_of(node);
	}
	while (whole && host->uplinks[i++] != whole)
		;
	for (; i < host->n_uplinks; i++) {
		if (!uplink_is_part(host->uplinks[i]))
			return host->uplinks[i];
	}
	return NULL;
}

/**
 * uplink_of_nic() - the uplink or part that a NIC is on now
 * @system: system
 * @index: of the NIC
 *
 * Return: the uplink; NULL if it is on none, or its system has no QEMU.
 */
struct uplink *uplink_of_nic(const struct system *system, size_t index)
{
	const struct uplink_member *member = system->nics[index].member;

	return member ? uplink_of(member->node.parent) : NULL;
}
