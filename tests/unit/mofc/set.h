/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A set of classes from a text, and what was told about it.
 */
#ifndef KVRM_TEST_SET_H
#define KVRM_TEST_SET_H

#include <string.h>

#include "daemon/util/cleanup.h"
#include "tools/mofc/mof.h"

/* Declarations that stand on one line, so that what follows begins at line 2, column 1. */
#define QUALIFIERS                                                                                 \
	"Qualifier Association : boolean = false, Scope(association), Flavor(DisableOverride);"    \
	"Qualifier Indication : boolean = false, Scope(class, indication), "                       \
	"Flavor(DisableOverride);"                                                                 \
	"Qualifier Abstract : boolean = false, Scope(class, association), Flavor(Restricted);"     \
	"Qualifier Description : string = null, Scope(any), Flavor(Translatable);"                 \
	"Qualifier Key : boolean = false, Scope(property, reference), Flavor(DisableOverride);"    \
	"Qualifier Required : boolean = false, Scope(property, method, parameter);"                \
	"Qualifier In : boolean = true, Scope(parameter), Flavor(DisableOverride);"                \
	"Qualifier Out : boolean = false, Scope(parameter), Flavor(DisableOverride);"              \
	"Qualifier Override : string = null, Scope(property, reference, method), "                 \
	"Flavor(Restricted);"                                                                      \
	"Qualifier ValueMap : string[], Scope(property, method, parameter);"                       \
	"Qualifier Values : string[], Scope(property, method, parameter), Flavor(Translatable);"   \
	"Qualifier ArrayType : string = \"Bag\", Scope(property, parameter);"                      \
	"Qualifier EmbeddedInstance : string = null, Scope(property, method, parameter);"          \
	"Qualifier EmbeddedObject : boolean = false, Scope(property, parameter);"                  \
	"Qualifier MaxLen : uint32 = null, Scope(property, parameter);"                            \
	"Qualifier PUnit : string = null, Scope(property, parameter);\n"

/* As every class and feature has to have. */
#define D "Description(\"d\")"

/**
 * struct test_set - a set and what was told about it
 * @set: the set
 * @told: errors, a line each
 * @size: of @told
 */
struct test_set {
	struct mof_set set;
	char *told;
	size_t size;
};

static inline void test_set_open(struct test_set *t)
{
	*t = (struct test_set){ 0 };
	t->set.errors_to = open_memstream(&t->told, &t->size);
}

/* What was told until now. */
static inline const char *test_set_told(struct test_set *t)
{
	fflush(t->set.errors_to);
	return t->told;
}

static inline void test_set_close(struct test_set *t)
{
	fclose(t->set.errors_to);
	free(t->told);
	mof_release(&t->set);
}

#endif
