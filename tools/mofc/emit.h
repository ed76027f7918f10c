/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A checked set as C: the tables that daemon/schema/schema.h describes.
 */
#ifndef KVRM_MOF_EMIT_H
#define KVRM_MOF_EMIT_H

#include "tools/mofc/mof.h"

/**
 * struct emit - what is being written
 * @set: that it is from
 * @to: where it goes
 * @classes: in the order of the table
 * @n_classes: of them
 * @tables: constant tables that were written, newest first; equal ones are written once
 * @n_tables: of them
 * @n_features: properties and methods that were written
 */
struct emit {
	struct mof_set *set;
	FILE *to;
	struct mof_class **classes;
	size_t n_classes;
	struct emit_table *tables;
	size_t n_tables;
	size_t n_features;
};

/* emit.c */
void mof_emit(struct mof_set *set, FILE *to);

/* emit-table.c */
void emit_string(FILE *to, const char *text);
void emit_type(FILE *to, enum schema_type type);
size_t emit_table(struct emit *e, const char *type, const char *body);
void emit_reference(FILE *to, const char *field, size_t table, size_t n);
size_t emit_texts(struct emit *e, const struct mof_value *value, size_t *ret_n);
size_t emit_values(struct emit *e, const struct mof_feature *feature, size_t *ret_n);
size_t emit_qualifiers(struct emit *e, struct mof_qualifier *list, size_t *ret_n);

/* emit-feature.c */
void emit_feature(struct emit *e, struct mof_feature *feature);
size_t emit_class_index(const struct emit *e, const char *name);

#endif
