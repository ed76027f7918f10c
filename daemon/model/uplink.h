/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An uplink: what NICs share on their way to the network, with a capacity in each direction; or a part of one,
 * carved out like a pool. What is wanted of it, and what is observed. Keys, rules and sentences are those of
 * Documentation/dbus/org.kvrm1.Uplink.md.
 *
 * Each uplink is the root of a tree of its own (include/kvrm/node.h), in which a resource is a direction. Its
 * members are parts, and NICs of systems that have a QEMU.
 *
 * Errors: -EINVAL with a sentence that names the key and the allowed range, or -ENOMEM. Sentences
 * are to be freed; ret_error may be NULL.
 */
#ifndef KVRM_UPLINK_MODEL_H
#define KVRM_UPLINK_MODEL_H

#include "daemon/model/definition.h"
#include "kvrm/admit.h"

struct host;
struct system;

/* Keys that a message may have. */
enum uplink_keys {
	UPLINK_KEYS_ALL,    /* a new uplink or part */
	UPLINK_KEYS_CHANGE, /* a change: all but Name and Parent, which a move changes */
};

/**
 * struct uplink_allocation - what one direction of an uplink, or of a part, has, in bytes per second
 * @capacity: of an uplink: what NICs may pass together; 0 of a part
 * @reservation: of a part, as all that follows: what it takes out of its parent for its members
 * @limit: the most that its members pass together; 0: unlimited
 * @weight: share among its siblings of what reservations leave, 1 to 10000
 * @expandable: borrows from its parent what its reservation lacks
 */
struct uplink_allocation {
	uint64_t capacity;
	uint64_t reservation;
	uint64_t limit;
	uint32_t weight;
	bool expandable;
};

/**
 * struct uplink_definition - an uplink, or a part, as it is wanted
 * @name: unique among the uplinks and parts of a host
 * @description: for people; NULL: none
 * @parent: name of the uplink or part that it is carved out of; "": it is an uplink
 * @bridge: whose NICs are on it unless they say otherwise; "": none's
 * @allocations: by direction
 */
struct uplink_definition {
	char name[UPLINK_NAME_MAX + 1];
	char *description;
	char parent[UPLINK_NAME_MAX + 1];
	char bridge[DEFINITION_BRIDGE_MAX + 1];
	struct uplink_allocation allocations[NIC_DIRECTIONS];
};

/**
 * struct uplink_flow - one direction, as the module measures it, in bytes per second
 * @known: the module knows it; else the rest is 0
 * @demand: what its NICs want
 * @used: what passes
 * @entitled: what it is due
 * @contended: of an uplink: NICs are held to what they are due
 */
struct uplink_flow {
	bool known;
	uint64_t demand;
	uint64_t used;
	uint64_t entitled;
	bool contended;
};

/**
 * struct uplink - an uplink or a part
 * @definition: owned
 * @node: in the tree of its uplink, or its root
 * @module_id: in the module; 0: not known there
 * @flows: last sample, by direction
 */
struct uplink {
	struct uplink_definition *definition;
	struct kvrm_node node;
	uint32_t module_id;
	struct uplink_flow flows[NIC_DIRECTIONS];
};

/**
 * struct uplink_member - a NIC of a system that has a QEMU, as uplinks know it
 * @node: in the tree of its uplink, if it is on one
 */
struct uplink_member {
	struct kvrm_node node;
};

/**
 * struct uplink_move - a NIC that was put on an uplink, taken from one, or has something else there
 * @system: whose
 * @index: of the NIC
 * @edit: as kvrm_edits_apply() left it
 */
struct uplink_move {
	struct system *system;
	size_t index;
	struct kvrm_edit edit;
};

/* uplink-definition.c */
struct uplink_definition *uplink_definition_new(void);
struct uplink_definition *uplink_definition_copy(const struct uplink_definition *d);
struct uplink_definition *uplink_definition_free(struct uplink_definition *d);
int uplink_definition_validate(const struct uplink_definition *d, char **ret_error);

/* uplink-text.c */
int uplink_definition_read_bus(sd_bus_message *m, enum uplink_keys keys,
			       struct uplink_definition *d, char **ret_error);
int uplink_definition_to_json(const struct uplink_definition *d, char **ret_text);
int uplink_definition_from_json(const char *text, struct uplink_definition **ret, char **ret_error);

/* uplink.c */
struct uplink *uplink_new(struct uplink_definition *definition);
struct uplink *uplink_free(struct uplink *uplink);
struct uplink *uplink_of(const struct kvrm_node *node);
struct uplink *uplink_whole(const struct uplink *uplink);
bool uplink_is_part(const struct uplink *uplink);
struct uplink *uplink_next(const struct host *host, const struct uplink *uplink);
struct uplink *uplink_of_nic(const struct system *system, size_t index);

/*
 * uplink-admission.c and uplink-nic.c: errors here are ERROR_INSUFFICIENT (something is lacking), ERROR_NOT_FOUND
 * (there is no such uplink), ERROR_INVALID_ARGUMENT or -ENOMEM. Nothing has changed then.
 */
int uplink_explain(const struct kvrm_refusal *refusal, const struct uplink *uplink,
		   char **ret_error);
int uplink_admit(struct host *host, struct uplink *uplink, const struct uplink_definition *d,
		 char **ret_error);
void uplink_place(struct host *host, struct uplink *uplink);
void uplink_leave(struct uplink *uplink);

/* uplink-nic.c */
int uplink_admit_nic(struct host *host, struct system *system, size_t index,
		     struct uplink_move *ret, char **ret_error);
int uplink_admit_moves(struct host *host, struct uplink_move **ret, size_t *ret_n,
		       char **ret_error);
void uplink_undo(struct uplink_move *moves, size_t n);
int uplink_enter(struct host *host, struct system *system, char **ret_error);
int uplink_enter_found(struct host *host, struct system *system, char **ret_error);
void uplink_leave_nic(struct system *system, size_t index);
void uplink_leave_system(struct system *system);

static inline void uplink_definition_freep(struct uplink_definition **d)
{
	uplink_definition_free(*d);
}
#define _cleanup_uplink_definition_ _cleanup_(uplink_definition_freep)

#endif
