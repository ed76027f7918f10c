/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the parts of the checker share. They tell of every error that they find.
 */
#ifndef KVRM_MOF_CHECK_H
#define KVRM_MOF_CHECK_H

#include "tools/mofc/mof.h"

/* check-value.c */
void check_constant(struct mof_set *set, const struct mof_value *value, enum schema_type type,
		    bool array);
void check_value_map(struct mof_set *set, const struct mof_feature *feature);

/* check-qualifier.c */
void check_declarations(struct mof_set *set);
void check_qualifiers(struct mof_set *set, struct mof_qualifier *list, unsigned int scope);
void check_inherit(struct mof_set *set, struct mof_qualifier **list,
		   struct mof_qualifier *inherited);
void check_described(struct mof_set *set, struct mof_qualifier *list, const struct mof_place *place,
		     const char *name);

/* check-feature.c */
void check_features(struct mof_set *set, struct mof_class *class);

/* check.c */
bool check_is_a(const struct mof_class *class, const struct mof_class *ancestor);

#endif
