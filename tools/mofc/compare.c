// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <string.h>
#include <strings.h>

#include "tools/mofc/compare.h"

/* What is text for people, or tells where in the official documents a thing comes from. */
static const char *const ignored[] = { "ClassConstraint",     "Description",	"MappingStrings",
				       "ModelCorrespondence", "UMLPackagePath", "Units" };

static void __attribute__((format(printf, 3, 4)))
differ(struct compare *c, const struct mof_place *place, const char *format, ...)
{
	va_list arguments;

	c->n_differences++;
	fprintf(c->to, "%s:%u:%u: ", place->file, place->line, place->column);
	va_start(arguments, format);
	vfprintf(c->to, format, arguments);
	va_end(arguments);
	fputc('\n', c->to);
}

static bool is_ignored(const char *name)
{
	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		if (!strcasecmp(name, ignored[i]))
			return true;
	return false;
}

/* What a qualifier says where it is written, or by default. */
static const struct mof_value *value_of(const struct mof_set *set, struct mof_qualifier *list,
					const char *name)
{
	const struct mof_qualifier *q = mof_qualifier_find(list, name);
	const struct mof_declaration *d = mof_declaration_find(set, name);

	return q ? q->value : d ? d->value : NULL;
}

static bool is_boolean(const struct mof_set *set, const char *name)
{
	const struct mof_declaration *d = mof_declaration_find(set, name);

	return d && d->type == SCHEMA_BOOLEAN;
}

static bool same_qualifier(struct compare *c, struct mof_qualifier *ours,
			   struct mof_qualifier *official, const char *name)
{
	if (is_boolean(c->official, name))
		return mof_flag(c->ours, ours, name) == mof_flag(c->official, official, name);
	return mof_value_equal(value_of(c->ours, ours, name),
			       value_of(c->official, official, name));
}

/* @what: the element, as "CIM_Class.Feature" */
static void compare_qualifiers(struct compare *c, const struct mof_place *place, const char *what,
			       struct mof_qualifier *ours, struct mof_qualifier *official)
{
	struct mof_qualifier *q;

	for (q = official; q; q = q->next)
		if (!is_ignored(q->name) && !same_qualifier(c, ours, official, q->name))
			differ(c, place, "%s: the qualifier %s differs", what, q->name);
	for (q = ours; q; q = q->next)
		if (!is_ignored(q->name) && !mof_qualifier_find(official, q->name) &&
		    !same_qualifier(c, ours, official, q->name))
			differ(c, place, "%s: the qualifier %s is not official", what, q->name);
}

static void compare_type(struct compare *c, const char *what, const struct mof_feature *ours,
			 const struct mof_feature *official)
{
	if (strcmp(ours->name, official->name))
		differ(c, &ours->place, "%s: officially written %s", what, official->name);
	if (ours->is_method != official->is_method)
		differ(c, &ours->place, "%s: officially a %s", what,
		       official->is_method ? "method" : "property");
	if (ours->type != official->type || ours->array != official->array)
		differ(c, &ours->place, "%s: the type is officially %s%s", what,
		       schema_type_name(official->type), official->array ? "[]" : "");
	else if (ours->type == SCHEMA_REFERENCE && strcmp(ours->target_name, official->target_name))
		differ(c, &ours->target_place, "%s: refers officially to %s", what,
		       official->target_name);
	if (!mof_value_equal(ours->value, official->value))
		differ(c, &ours->place, "%s: the default differs", what);
}

static const char *name_of(struct compare *c, const char *outer, const char *inner)
{
	size_t size = strlen(outer) + strlen(inner) + 2;
	char *name = mof_allocate(c->ours, size);

	snprintf(name, size, "%s.%s", outer, inner);
	return name;
}

/* Parameters have an order, other features have none. */
static void compare_lists(struct compare *c, const struct mof_place *place, const char *what,
			  struct mof_feature *ours, struct mof_feature *official, bool ordered);

static void compare_feature(struct compare *c, const char *what, struct mof_feature *ours,
			    struct mof_feature *official)
{
	compare_type(c, what, ours, official);
	compare_qualifiers(c, &ours->place, what, ours->qualifiers, official->qualifiers);
	compare_lists(c, &ours->place, what, ours->parameters, official->parameters, true);
}

static size_t index_of(struct mof_feature *list, const struct mof_feature *feature)
{
	size_t index = 0;

	for (; list != feature; list = list->next)
		index++;
	return index;
}

static void compare_lists(struct compare *c, const struct mof_place *place, const char *what,
			  struct mof_feature *ours, struct mof_feature *official, bool ordered)
{
	struct mof_feature *f, *other;

	for (f = official; f; f = f->next) {
		const char *name = name_of(c, what, f->name);

		other = mof_feature_find(ours, f->name);
		if (!other)
			differ(c, place, "%s: missing here", name);
		else
			compare_feature(c, name, other, f);
		if (other && ordered && index_of(ours, other) != index_of(official, f))
			differ(c, &other->place, "%s: officially in another place", name);
	}
	for (f = ours; f; f = f->next)
		if (!mof_feature_find(official, f->name))
			differ(c, &f->place, "%s: not official", name_of(c, what, f->name));
}

static void compare_class(struct compare *c, struct mof_class *ours, struct mof_class *official)
{
	const char *is = ours->super_name, *was = official->super_name;

	c->n_classes++;
	if (strcmp(ours->name, official->name))
		differ(c, &ours->place, "%s: officially written %s", ours->name, official->name);
	if (!is != !was || (is && strcmp(is, was)))
		differ(c, &ours->place, "%s: the superclass is officially %s", ours->name,
		       was ? was : "none");
	compare_qualifiers(c, &ours->place, ours->name, ours->qualifiers, official->qualifiers);
	compare_lists(c, &ours->place, ours->name, ours->features, official->features, false);
}

static void compare_declaration(struct compare *c, const struct mof_declaration *ours,
				const struct mof_declaration *official)
{
	if (ours->type != official->type || ours->array != official->array ||
	    ours->scope != official->scope || ours->flavor != official->flavor ||
	    !mof_value_equal(ours->value, official->value) || strcmp(ours->name, official->name))
		differ(c, &ours->place, "the declaration of the qualifier %s differs", ours->name);
}

/**
 * mof_compare() - compare the classes with the prefix CIM_ and the qualifiers of ours
 * @c: with both sets
 */
void mof_compare(struct compare *c)
{
	for (const struct mof_declaration *d = c->ours->declarations; d; d = d->next) {
		const struct mof_declaration *official = mof_declaration_find(c->official, d->name);

		if (official)
			compare_declaration(c, d, official);
		else
			differ(c, &d->place, "the qualifier %s is not official", d->name);
	}
	for (struct mof_class *class = c->ours->classes; class; class = class->next) {
		struct mof_class *official = mof_class_find(c->official, class->name);

		if (strncasecmp(class->name, "CIM_", 4))
			continue;
		if (official)
			compare_class(c, class, official);
		else
			differ(c, &class->place, "%s: not official", class->name);
	}
}
