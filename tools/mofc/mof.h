/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A set of classes as their MOF text says: what the parser makes, the checker completes and the
 * emitter and the comparison read. Everything that a set holds lives as long as the set.
 *
 * Errors go to the set's stream as "file:line:column: sentence" and are counted in mof_set.errors.
 */
#ifndef KVRM_MOF_H
#define KVRM_MOF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "daemon/schema/type.h"

/* Where something was written; lines and columns (of bytes) from 1. */
struct mof_place {
	const char *file;
	unsigned int line;
	unsigned int column;
};

enum mof_kind {
	MOF_NULL,
	MOF_BOOLEAN,
	MOF_INTEGER,
	MOF_REAL,
	MOF_CHAR,
	MOF_TEXT,
};

/**
 * struct mof_scalar - one constant
 * @kind: what was written
 * @place: where
 * @text: what it says, without quotes and escapes; numbers in decimal; NULL for null
 * @magnitude: of an integer
 * @negative: it is below zero
 */
struct mof_scalar {
	enum mof_kind kind;
	struct mof_place place;
	const char *text;
	uint64_t magnitude;
	bool negative;
};

/* A constant or an array of them in braces. */
struct mof_value {
	struct mof_place place;
	bool array;
	size_t n;
	struct mof_scalar *items;
};

/* Elements that a qualifier may be written at. */
enum mof_scope {
	MOF_AT_SCHEMA = 1,
	MOF_AT_CLASS = 2,
	MOF_AT_ASSOCIATION = 4,
	MOF_AT_INDICATION = 8,
	MOF_AT_QUALIFIER = 16,
	MOF_AT_PROPERTY = 32,
	MOF_AT_REFERENCE = 64,
	MOF_AT_METHOD = 128,
	MOF_AT_PARAMETER = 256,
	MOF_AT_ANY = 511,
};

enum mof_flavor {
	MOF_FIXED = 1,	    /* DisableOverride: a subclass may not change it */
	MOF_RESTRICTED = 2, /* a subclass does not inherit it */
	MOF_TRANSLATABLE = 4,
};

/* The declaration of a qualifier. */
struct mof_declaration {
	const char *name;
	struct mof_place place;
	enum schema_type type;
	bool array;
	struct mof_value *value; /* NULL: null */
	unsigned int scope;
	unsigned int flavor;
	struct mof_declaration *next;
};

/**
 * struct mof_qualifier - a qualifier at an element
 * @name: as written
 * @place: where
 * @value: NULL: written without one
 * @declaration: set by the checker
 * @next: at the same element
 */
struct mof_qualifier {
	const char *name;
	struct mof_place place;
	struct mof_value *value;
	const struct mof_declaration *declaration;
	struct mof_qualifier *next;
};

/**
 * struct mof_feature - a property, a reference, a method or a parameter
 * @name: as written
 * @place: of the name
 * @type: of the value; of a method, what it returns
 * @array: the value is an array
 * @is_method: it is a method
 * @target_name: of a reference, the class that it refers to
 * @target_place: where that was written
 * @value: default; NULL: none
 * @qualifiers: as written; the checker adds those that are inherited
 * @parameters: of a method
 * @next: in the same class or method
 * @owner: the class that it was written in
 * @overridden: by this one, in a superclass; set by the checker
 * @number: the emitter's
 */
struct mof_feature {
	const char *name;
	struct mof_place place;
	enum schema_type type;
	bool array;
	bool is_method;
	const char *target_name;
	struct mof_place target_place;
	struct mof_value *value;
	struct mof_qualifier *qualifiers;
	struct mof_feature *parameters;
	struct mof_feature *next;
	struct mof_class *owner;
	struct mof_feature *overridden;
	size_t number;
};

/**
 * struct mof_class - a class
 * @name: as written
 * @place: of the name
 * @super_name: NULL: none
 * @super_place: where that was written
 * @qualifiers: as written; the checker adds those that are inherited
 * @features: own ones, in the order of the text
 * @next: in the order of the text
 * @super: set by the checker
 * @state: of the checker's visit
 * @all: set by the checker: own and inherited features, those of superclasses first
 * @n_all: of them
 */
struct mof_class {
	const char *name;
	struct mof_place place;
	const char *super_name;
	struct mof_place super_place;
	struct mof_qualifier *qualifiers;
	struct mof_feature *features;
	struct mof_class *next;
	struct mof_class *super;
	enum { MOF_NEW, MOF_VISITED, MOF_DONE } state;
	struct mof_feature **all;
	size_t n_all;
};

/* What several files say together. */
struct mof_set {
	struct mof_declaration *declarations;
	struct mof_class *classes;
	FILE *errors_to;
	unsigned int errors;
	struct mof_block *memory;
};

/* mof.c */
void *mof_allocate(struct mof_set *set, size_t size);
char *mof_copy(struct mof_set *set, const char *text, size_t length);
void mof_release(struct mof_set *set);
void mof_error(struct mof_set *set, const struct mof_place *place, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
struct mof_class *mof_class_find(const struct mof_set *set, const char *name);
struct mof_declaration *mof_declaration_find(const struct mof_set *set, const char *name);
struct mof_feature *mof_feature_find(struct mof_feature *list, const char *name);
struct mof_qualifier *mof_qualifier_find(struct mof_qualifier *list, const char *name);
bool mof_flag(const struct mof_set *set, struct mof_qualifier *list, const char *name);
const char *mof_text(struct mof_qualifier *list, const char *name);
bool mof_value_equal(const struct mof_value *a, const struct mof_value *b);

/* parse.c */
bool mof_parse(struct mof_set *set, const char *file, const char *text, size_t length);

/* check.c */
bool mof_check(struct mof_set *set);

#endif
