// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Classes: their names, superclasses and kinds.
 */
#include <string.h>
#include <strings.h>

#include "tools/mofc/check.h"

/**
 * check_is_a() - whether a class is another one or a subclass of it
 * @class: that is asked for
 * @ancestor: the other one
 */
bool check_is_a(const struct mof_class *class, const struct mof_class *ancestor)
{
	while (class && class != ancestor)
		class = class->super;
	return class != NULL;
}

/* The part before the first "_" is the schema's name (DSP0004, 5.1.2.8). */
static void check_name(struct mof_set *set, const struct mof_class *class)
{
	const char *bar = strchr(class->name, '_');
	const struct mof_class *first = mof_class_find(set, class->name);

	if (!bar || bar == class->name || !bar[1])
		mof_error(set, &class->place,
			  "the name %s does not begin with the name of a schema and \"_\"",
			  class->name);
	if (first != class)
		mof_error(set, &class->place, "the class %s has been declared at %s:%u",
			  class->name, first->place.file, first->place.line);
}

static void find_super(struct mof_set *set, struct mof_class *class)
{
	if (!class->super_name)
		return;
	class->super = mof_class_find(set, class->super_name);
	if (!class->super)
		mof_error(set, &class->super_place, "the superclass %s is not declared",
			  class->super_name);
}

/* Tells of the class that closes the circle, and opens it there. */
static void check_circle(struct mof_set *set, struct mof_class *class)
{
	struct mof_class *c = class;

	while (c && c->state == MOF_NEW) {
		c->state = MOF_VISITED;
		if (c->super && c->super->state == MOF_VISITED) {
			mof_error(set, &c->super_place, "%s is a superclass of itself",
				  c->super->name);
			c->super = NULL;
		}
		c = c->super;
	}
	for (c = class; c && c->state == MOF_VISITED; c = c->super)
		c->state = MOF_DONE;
}

/* A superclass was checked: what it inherits is among its qualifiers. */
static bool has_flag(const struct mof_set *set, const struct mof_class *class, const char *name)
{
	return mof_flag(set, class->qualifiers, name) ||
	       (class->super && mof_flag(set, class->super->qualifiers, name));
}

static unsigned int kind_of(const struct mof_set *set, const struct mof_class *class)
{
	if (has_flag(set, class, "Association"))
		return MOF_AT_ASSOCIATION;
	if (has_flag(set, class, "Indication"))
		return MOF_AT_INDICATION;
	return MOF_AT_CLASS;
}

static void check_kind(struct mof_set *set, struct mof_class *class)
{
	static const char *const kinds[] = { "Association", "Indication" };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (class->super && mof_flag(set, class->qualifiers, kinds[i]) &&
		    !mof_flag(set, class->super->qualifiers, kinds[i]))
			mof_error(set, &class->super_place,
				  "%s has the qualifier %s, its superclass %s has not", class->name,
				  kinds[i], class->super->name);
	if (mof_flag(set, class->qualifiers, "Association") &&
	    mof_flag(set, class->qualifiers, "Indication"))
		mof_error(set, &class->place, "%s is an association and an indication",
			  class->name);
}

/* The superclass comes first. Superclasses do not go in circles; their number is the depth. */
static void check_class(struct mof_set *set, struct mof_class *class)
{
	if (class->state != MOF_DONE)
		return;
	class->state = MOF_NEW;
	if (class->super)
		check_class(set, class->super);
	check_kind(set, class);
	check_qualifiers(set, class->qualifiers, kind_of(set, class));
	if (class->super)
		check_inherit(set, &class->qualifiers, class->super->qualifiers);
	check_described(set, class->qualifiers, &class->place, class->name);
	check_features(set, class);
}

/**
 * mof_check() - check a set and complete it
 * @set: of files that were all parsed without an error
 *
 * Sets what classes inherit. All errors are told.
 *
 * Return: whether there was none.
 */
bool mof_check(struct mof_set *set)
{
	unsigned int before = set->errors;
	struct mof_class *class;

	check_declarations(set);
	for (class = set->classes; class; class = class->next) {
		check_name(set, class);
		find_super(set, class);
	}
	for (class = set->classes; class; class = class->next)
		check_circle(set, class);
	for (class = set->classes; class; class = class->next)
		check_class(set, class);
	return set->errors == before;
}
