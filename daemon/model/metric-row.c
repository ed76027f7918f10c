// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rows for metrics, from the model; see metric.h. What was measured may be up to an interval old.
 */
#include "daemon/model/metric.h"

/**
 * metric_vm_row() - what metrics tell of a virtual system
 * @s: which
 *
 * Return: refers to it, and is good as long as it is as it is.
 */
struct metric_vm metric_vm_row(const struct system *s)
{
	return (struct metric_vm){
		.uuid = s->definition->uuid,
		.name = s->definition->name,
		.state = (enum kvrm_vm_state)s->state,
		.memory_bytes = s->definition->memory_bytes,
		.memory_now_bytes = system_memory(s),
		.memory_pluggable = s->definition->memory_max_bytes && s->memory_base_bytes,
		.memory_plugged_bytes = s->memory_plugged_bytes,
		.memory_reservation_bytes = s->definition->memory.reservation_bytes,
		.memory_applied_bytes = s->memory_applied_bytes,
		.memory_overhead_bytes = s->overhead_bytes,
		.memory_limit_bytes = s->definition->memory.limit_bytes,
		.memory_weight = s->definition->memory.weight,
		.memory_limit_applied_bytes = s->memory_limit_applied_bytes,
		.memory_left_bytes = s->balloon_left_bytes,
		.reservation_us = s->definition->cpu.reservation_us,
		.limit_us = s->definition->cpu.limit_us,
		.weight = s->definition->cpu.weight,
		.limit_applied_us = s->limit_applied_us,
		.started_us = s->started_us,
		.nics = s->definition->nics,
		.n_nics = s->definition->n_nics,
		.disks = s->definition->disks,
		.n_disks = s->definition->n_disks,
		.sample = s->sample.time_us ? &s->sample : NULL,
	};
}

/**
 * metric_pool_row() - what metrics tell of a pool
 * @host: of the pool
 * @p: which
 *
 * Return: as of metric_vm_row().
 */
struct metric_pool metric_pool_row(const struct host *host, const struct pool *p)
{
	const struct kvrm_node *node = &p->node;

	return (struct metric_pool){
		.name = p->definition->name,
		.parent = p->definition->parent,
		.capacity_us = node->share[KVRM_RESOURCE_CPU].reservation,
		.reserved_us = node->reserved[KVRM_RESOURCE_CPU],
		.unreserved_us = kvrm_unreserved(node, KVRM_RESOURCE_CPU),
		.limit_us = p->definition->cpu.limit_us,
		.weight = p->definition->cpu.weight,
		.memory_capacity_bytes = node->share[KVRM_RESOURCE_MEMORY].reservation,
		.memory_reserved_bytes = node->reserved[KVRM_RESOURCE_MEMORY],
		.memory_unreserved_bytes = kvrm_unreserved(node, KVRM_RESOURCE_MEMORY),
		.memory_used_bytes = p->memory_used_bytes,
		.memory_limit_bytes = p->definition->memory.limit_bytes,
		.memory_limit_applied_bytes = p->memory_limit_applied_bytes,
		.members = host_count_members(host, p),
		.flow_known = p->flow.known,
		.used_us = p->flow.used_us,
		.demand_us = p->flow.demand_us,
		.entitled_us = p->flow.entitled_us,
	};
}

static struct metric_uplink_direction uplink_direction(const struct uplink *uplink,
						       enum nic_direction direction)
{
	const struct uplink_allocation *a = &uplink->definition->allocations[direction];
	const struct uplink_flow *flow = &uplink->flows[direction];
	enum kvrm_resource resource = (enum kvrm_resource)direction;

	return (struct metric_uplink_direction){
		.capacity = uplink->node.share[resource].reservation,
		.reserved = uplink->node.reserved[resource],
		.unreserved = kvrm_unreserved(&uplink->node, resource),
		.limit = a->limit,
		.weight = a->weight,
		.used = flow->used,
		.demand = flow->demand,
		.entitled = flow->entitled,
		.contended = flow->contended,
	};
}

/**
 * metric_uplink_row() - what metrics tell of an uplink or a part
 * @host: of the uplink
 * @uplink: which
 *
 * Return: as of metric_vm_row().
 */
struct metric_uplink metric_uplink_row(const struct host *host, const struct uplink *uplink)
{
	return (struct metric_uplink){
		.name = uplink->definition->name,
		.parent = uplink->definition->parent,
		.bridge = uplink->definition->bridge,
		.members = host_count_uplink_members(host, uplink),
		.flow_known = uplink->flows[0].known,
		.directions = { [NIC_TO_GUEST] = uplink_direction(uplink, NIC_TO_GUEST),
				[NIC_FROM_GUEST] = uplink_direction(uplink, NIC_FROM_GUEST) },
	};
}

/**
 * metric_host_rows() - what metrics tell of the host itself
 * @host: which
 * @ret: receives it, and has no other rows then
 */
void metric_host_rows(const struct host *host, struct metric_snapshot *ret)
{
	*ret = (struct metric_snapshot){ .host = host->sample,
					 .memory_reserve_bytes = host->memory_reserve_bytes,
					 .admitted = host->admitted,
					 .refused = host->refused };
	for (size_t i = 0; i < host->n_systems; i++)
		ret->states[host->systems[i]->state]++;
}
