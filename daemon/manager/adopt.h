/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the manager's files about adopted guests share.
 */
#ifndef KVRM_MANAGER_ADOPT_H
#define KVRM_MANAGER_ADOPT_H

#include "daemon/manager/internal.h"
#include "daemon/observe/adopted.h"

/* adopt.c: what clients ask for */
void manager_op_adopt(const struct bus_adoption *wish, struct bus_call *call, void *data);
void manager_op_release(struct system *system, struct bus_call *call, void *data);

int manager_adopt_pid(struct manager *m, uint32_t pid, char **ret_error);
const struct system *manager_find_process(const struct manager *m, uint32_t pid);

/* discover.c: who could be adopted */
int manager_begin_discovery(struct manager *m);
void manager_leave_alone(struct manager *m, const struct adoption *adoption);
void manager_end_discovery(struct manager *m);
int manager_op_list_foreign(struct bus_foreign **ret, size_t *ret_n, void *data);

/* adopt-set.c */
bool manager_changes_adopted(const struct bus_changes *changes);
int manager_check_adopted_limits(struct manager *m, const struct adopted *adopted,
				 const struct cpu_allocation *cpu, char **ret_error);
void manager_set_adopted(struct manager *m, struct bus_changes changes, struct bus_call *call);

/* adopted.c: while they are */
int manager_find_adopted(struct manager *m, char **ret_error);
int manager_register_adopted(struct manager *m, struct adopted *adopted, char **ret_error);
void manager_match_adopted(struct manager *m);
void manager_lose_adopted(struct manager *m, uint32_t module_id);
void manager_sample_adopted(struct manager *m, const struct genl_vcpu *vcpus, size_t n_vcpus);
void manager_sample_adopted_flow(struct manager *m, struct adopted *adopted,
				 const struct genl_guest *known);
void manager_adopted_ended(struct adopted *adopted, void *data);
void manager_forget_adopted(struct manager *m, struct system *system);

#endif
