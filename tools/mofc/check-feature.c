// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Features of a class: their types, and how they stand to those that the class inherits.
 */
#include <string.h>
#include <strings.h>

#include "tools/mofc/check.h"

static bool same_type(const struct mof_feature *a, const struct mof_feature *b)
{
	return a->type == b->type && a->array == b->array;
}

/* The class that a feature refers to or holds an instance of; NULL if none, or if it is not declared. */
static const struct mof_class *target_of(const struct mof_set *set,
					 const struct mof_feature *feature)
{
	const char *name = feature->type == SCHEMA_REFERENCE
				   ? feature->target_name
				   : mof_text(feature->qualifiers, "EmbeddedInstance");

	return name ? mof_class_find(set, name) : NULL;
}

static void check_target(struct mof_set *set, const struct mof_feature *feature)
{
	static const char *const embedded[] = { "EmbeddedInstance", "EmbeddedObject" };
	const struct mof_qualifier *q;

	if (feature->type == SCHEMA_REFERENCE && !mof_class_find(set, feature->target_name))
		mof_error(set, &feature->target_place, "the class %s is not declared",
			  feature->target_name);
	for (size_t i = 0; i < 2; i++) {
		q = mof_qualifier_find(feature->qualifiers, embedded[i]);
		if (q && feature->type != SCHEMA_STRING)
			mof_error(set, &q->place, "the qualifier %s is for strings only", q->name);
	}
	q = mof_qualifier_find(feature->qualifiers, "EmbeddedInstance");
	if (q && q->value && q->value->n && q->value->items[0].text &&
	    !mof_class_find(set, q->value->items[0].text))
		mof_error(set, &q->value->place, "the class %s is not declared",
			  q->value->items[0].text);
}

static void check_array_type(struct mof_set *set, const struct mof_feature *feature)
{
	const struct mof_qualifier *q = mof_qualifier_find(feature->qualifiers, "ArrayType");
	const char *text = mof_text(feature->qualifiers, "ArrayType");

	if (q && !feature->array)
		mof_error(set, &q->place, "%s is no array", feature->name);
	else if (text && strcmp(text, "Bag") && strcmp(text, "Ordered") && strcmp(text, "Indexed"))
		mof_error(set, &q->place, "ArrayType is Bag, Ordered or Indexed");
}

static void check_parameters(struct mof_set *set, struct mof_feature *method)
{
	for (struct mof_feature *p = method->parameters; p; p = p->next) {
		if (mof_feature_find(method->parameters, p->name) != p)
			mof_error(set, &p->place, "%s has a parameter %s already", method->name,
				  p->name);
		check_qualifiers(set, p->qualifiers, MOF_AT_PARAMETER);
		check_described(set, p->qualifiers, &p->place, p->name);
		check_target(set, p);
		check_array_type(set, p);
		check_value_map(set, p);
		if (!mof_flag(set, p->qualifiers, "In") && !mof_flag(set, p->qualifiers, "Out"))
			mof_error(set, &p->place, "the parameter %s is neither In nor Out",
				  p->name);
	}
}

/* A method is overridden by one with the same parameters. */
static void check_same_parameters(struct mof_set *set, const struct mof_feature *own)
{
	const struct mof_feature *a = own->parameters, *b = own->overridden->parameters;

	while (a && b && same_type(a, b) && !strcasecmp(a->name, b->name)) {
		a = a->next;
		b = b->next;
	}
	if (a || b)
		mof_error(set, a ? &a->place : &own->place, "%s has other parameters than in %s",
			  own->name, own->overridden->owner->name);
}

static void check_override(struct mof_set *set, struct mof_feature *own)
{
	const struct mof_feature *other = own->overridden;
	const struct mof_class *was = target_of(set, other), *is = target_of(set, own);

	if (own->is_method != other->is_method || !same_type(own, other)) {
		mof_error(set, &own->place, "%s has another type than in %s", own->name,
			  other->owner->name);
		return;
	}
	if (own->is_method)
		check_same_parameters(set, own);
	if (was && is && !check_is_a(is, was))
		mof_error(set, own->type == SCHEMA_REFERENCE ? &own->target_place : &own->place,
			  "%s is no subclass of %s, which %s is for in %s", is->name, was->name,
			  own->name, other->owner->name);
	check_inherit(set, &own->qualifiers, other->qualifiers);
}

/* Finds what a feature overrides, and where that stands among those of the class. */
static bool find_overridden(struct mof_set *set, struct mof_class *class, struct mof_feature *own,
			    size_t *ret)
{
	const struct mof_qualifier *q = mof_qualifier_find(own->qualifiers, "Override");
	const char *name = mof_text(own->qualifiers, "Override");

	for (*ret = 0; *ret < class->n_all; ++*ret)
		if (!strcasecmp(class->all[*ret]->name, own->name))
			break;
	if (*ret == class->n_all) {
		if (q)
			mof_error(set, &q->place, "%s overrides nothing: no superclass has it",
				  own->name);
		return false;
	}
	if (!q)
		mof_error(set, &own->place,
			  "%s has %s from %s; write Override (\"%s\") to change it", class->name,
			  own->name, class->all[*ret]->owner->name, own->name);
	else if (!name || strcasecmp(name, own->name))
		mof_error(set, &q->place, "%s overrides another name", own->name);
	return q != NULL;
}

/* Keys are introduced by one class; its subclasses have the same ones. */
static void check_key(struct mof_set *set, const struct mof_class *class,
		      const struct mof_feature *own)
{
	const struct mof_class *super = class->super;

	if (!mof_flag(set, own->qualifiers, "Key"))
		return;
	if (own->array || own->type == SCHEMA_REAL32 || own->type == SCHEMA_REAL64)
		mof_error(set, &own->place, "the key %s is an array or a real number", own->name);
	if (own->overridden && mof_flag(set, own->overridden->qualifiers, "Key"))
		return;
	for (size_t i = 0; super && i < super->n_all; i++) {
		if (mof_flag(set, super->all[i]->qualifiers, "Key")) {
			mof_error(set, &own->place, "%s adds the key %s to those of %s",
				  class->name, own->name, super->name);
			return;
		}
	}
}

static void check_feature(struct mof_set *set, struct mof_class *class, struct mof_feature *own)
{
	bool association = mof_flag(set, class->qualifiers, "Association");
	size_t index;

	if (mof_feature_find(class->features, own->name) != own) {
		mof_error(set, &own->place, "%s has %s already", class->name, own->name);
		return;
	}
	check_qualifiers(set, own->qualifiers,
			 own->is_method			 ? MOF_AT_METHOD
			 : own->type == SCHEMA_REFERENCE ? MOF_AT_REFERENCE
							 : MOF_AT_PROPERTY);
	if (find_overridden(set, class, own, &index)) {
		own->overridden = class->all[index];
		check_override(set, own);
		class->all[index] = own;
	} else if (index == class->n_all) {
		class->all[class->n_all++] = own;
	}
	if (own->type == SCHEMA_REFERENCE && !association)
		mof_error(set, &own->place, "%s is no association and has the reference %s",
			  class->name, own->name);
	check_described(set, own->qualifiers, &own->place, own->name);
	check_target(set, own);
	check_array_type(set, own);
	check_value_map(set, own);
	check_constant(set, own->value, own->type, own->array);
	check_key(set, class, own);
	check_parameters(set, own);
}

/**
 * check_features() - check the features of a class and set class.all
 * @set: with the class
 * @class: whose superclass was checked
 */
void check_features(struct mof_set *set, struct mof_class *class)
{
	size_t room = class->super ? class->super->n_all : 0, references = 0;

	for (const struct mof_feature *f = class->features; f; f = f->next)
		room++;
	class->all = mof_allocate(set, room * sizeof(class->all[0]));
	if (class->super) {
		class->n_all = class->super->n_all;
		memcpy(class->all, class->super->all, class->n_all * sizeof(class->all[0]));
	}
	for (struct mof_feature *f = class->features; f; f = f->next)
		check_feature(set, class, f);
	for (size_t i = 0; i < class->n_all; i++)
		references += class->all[i]->type == SCHEMA_REFERENCE;
	if (mof_flag(set, class->qualifiers, "Association") && references < 2)
		mof_error(set, &class->place, "the association %s has fewer than two references",
			  class->name);
}
