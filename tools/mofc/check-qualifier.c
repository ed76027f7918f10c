// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Qualifiers: declared, of the right type, where they may stand; and which of them are inherited.
 */
#include <strings.h>

#include "tools/mofc/check.h"

/* Those that the compiler itself reads have the type that DSP0004 (5.6) gives them. */
static const struct {
	const char *name;
	enum schema_type type;
	bool array;
} known[] = {
	{ "Abstract", SCHEMA_BOOLEAN, false },
	{ "Aggregation", SCHEMA_BOOLEAN, false },
	{ "ArrayType", SCHEMA_STRING, false },
	{ "Association", SCHEMA_BOOLEAN, false },
	{ "BitMap", SCHEMA_STRING, true },
	{ "BitValues", SCHEMA_STRING, true },
	{ "Counter", SCHEMA_BOOLEAN, false },
	{ "Deprecated", SCHEMA_STRING, true },
	{ "Description", SCHEMA_STRING, false },
	{ "EmbeddedInstance", SCHEMA_STRING, false },
	{ "EmbeddedObject", SCHEMA_BOOLEAN, false },
	{ "Gauge", SCHEMA_BOOLEAN, false },
	{ "In", SCHEMA_BOOLEAN, false },
	{ "Indication", SCHEMA_BOOLEAN, false },
	{ "Key", SCHEMA_BOOLEAN, false },
	{ "MaxLen", SCHEMA_UINT32, false },
	{ "MaxValue", SCHEMA_SINT64, false },
	{ "MinLen", SCHEMA_UINT32, false },
	{ "MinValue", SCHEMA_SINT64, false },
	{ "Out", SCHEMA_BOOLEAN, false },
	{ "Override", SCHEMA_STRING, false },
	{ "PUnit", SCHEMA_STRING, false },
	{ "Required", SCHEMA_BOOLEAN, false },
	{ "ValueMap", SCHEMA_STRING, true },
	{ "Values", SCHEMA_STRING, true },
	{ "Version", SCHEMA_STRING, false },
	{ "Write", SCHEMA_BOOLEAN, false },
};

static void check_known(struct mof_set *set, const struct mof_declaration *d)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!strcasecmp(d->name, known[i].name) &&
		    (d->type != known[i].type || d->array != known[i].array))
			mof_error(set, &d->place, "the qualifier %s is a %s%s", d->name,
				  schema_type_name(known[i].type), known[i].array ? "[]" : "");
}

/**
 * check_declarations() - check the declarations of qualifiers
 * @set: with them
 */
void check_declarations(struct mof_set *set)
{
	for (struct mof_declaration *d = set->declarations; d; d = d->next) {
		const struct mof_declaration *first = mof_declaration_find(set, d->name);

		if (first != d)
			mof_error(set, &d->place, "the qualifier %s has been declared at %s:%u",
				  d->name, first->place.file, first->place.line);
		check_known(set, d);
		check_constant(set, d->value, d->type, d->array);
	}
}

/**
 * check_qualifiers() - check the qualifiers that are written at an element
 * @set: with their declarations
 * @list: of qualifiers
 * @scope: the kind of element
 */
void check_qualifiers(struct mof_set *set, struct mof_qualifier *list, unsigned int scope)
{
	for (struct mof_qualifier *q = list; q; q = q->next) {
		const struct mof_declaration *d = mof_declaration_find(set, q->name);

		q->declaration = d;
		if (mof_qualifier_find(list, q->name) != q)
			mof_error(set, &q->place, "the qualifier %s is written twice", q->name);
		if (!d) {
			mof_error(set, &q->place, "the qualifier %s is not declared", q->name);
			continue;
		}
		if (!(d->scope & scope))
			mof_error(set, &q->place, "the qualifier %s may not stand here", q->name);
		if (!q->value && d->type != SCHEMA_BOOLEAN)
			mof_error(set, &q->place, "the qualifier %s needs a value", q->name);
		check_constant(set, q->value, d->type, d->array);
	}
}

/* A boolean qualifier without value is true. */
static bool says_the_same(const struct mof_set *set, struct mof_qualifier *a,
			  struct mof_qualifier *b)
{
	if (a->declaration->type == SCHEMA_BOOLEAN)
		return mof_flag(set, a, a->name) == mof_flag(set, b, b->name);
	return mof_value_equal(a->value, b->value);
}

/**
 * check_inherit() - add the qualifiers that an element inherits
 * @set: with their declarations
 * @list: of the element; added to
 * @inherited: of the element in the superclass, which was checked
 */
void check_inherit(struct mof_set *set, struct mof_qualifier **list,
		   struct mof_qualifier *inherited)
{
	struct mof_qualifier **end = list;

	while (*end)
		end = &(*end)->next;
	for (; inherited; inherited = inherited->next) {
		const struct mof_declaration *d = inherited->declaration;
		struct mof_qualifier *own = mof_qualifier_find(*list, inherited->name);

		if (!d || d->flavor & MOF_RESTRICTED)
			continue;
		if (!own) {
			*end = mof_allocate(set, sizeof(**end));
			**end = *inherited;
			(*end)->next = NULL;
			end = &(*end)->next;
		} else if (d->flavor & MOF_FIXED && own->declaration &&
			   !says_the_same(set, own, inherited)) {
			mof_error(set, &own->place,
				  "the qualifier %s may not differ from that at %s:%u", own->name,
				  inherited->place.file, inherited->place.line);
		}
	}
}

/**
 * check_described() - tell if an element has no description
 * @set: that has it
 * @list: of its qualifiers, with inherited ones
 * @place: of it
 * @name: of it
 */
void check_described(struct mof_set *set, struct mof_qualifier *list, const struct mof_place *place,
		     const char *name)
{
	const char *text = mof_text(list, "Description");

	if (!text || !*text)
		mof_error(set, place, "%s has no Description", name);
}
