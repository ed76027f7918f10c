// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Properties, methods and parameters.
 */
#include <strings.h>
#include <string.h>

#include "tools/mofc/emit.h"

/* A qualifier and the flag that it becomes. */
static const struct {
	const char *qualifier;
	const char *flag;
} flags[] = {
	{ "Key", "SCHEMA_KEY" },     { "Required", "SCHEMA_REQUIRED" },
	{ "Write", "SCHEMA_WRITE" }, { "Counter", "SCHEMA_COUNTER" },
	{ "Gauge", "SCHEMA_GAUGE" }, { "EmbeddedObject", "SCHEMA_EMBEDDED_OBJECT" },
};

/**
 * emit_class_index() - where a class stands in the table of classes
 * @e: with the classes
 * @name: of one of them
 */
size_t emit_class_index(const struct emit *e, const char *name)
{
	size_t index = 0;

	while (strcasecmp(e->classes[index]->name, name))
		index++;
	return index;
}

static void emit_flags(struct emit *e, const struct mof_feature *feature, bool parameter)
{
	fputs("\t.flags = 0", e->to);
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (mof_flag(e->set, feature->qualifiers, flags[i].qualifier))
			fprintf(e->to, " | %s", flags[i].flag);
	if (parameter && mof_flag(e->set, feature->qualifiers, "In"))
		fputs(" | SCHEMA_IN", e->to);
	if (parameter && mof_flag(e->set, feature->qualifiers, "Out"))
		fputs(" | SCHEMA_OUT", e->to);
	if (mof_qualifier_find(feature->qualifiers, "Deprecated"))
		fputs(" | SCHEMA_DEPRECATED", e->to);
	fputs(",\n", e->to);
}

static void emit_bound(struct emit *e, const struct mof_feature *feature, const char *qualifier,
		       const char *field, const char *otherwise)
{
	const char *text = mof_text(feature->qualifiers, qualifier);

	/* C has no constant for the lowest number. */
	if (text && !strcmp(text, "-9223372036854775808"))
		text = "INT64_MIN";
	fprintf(e->to, "\t.%s = %s,\n", field, text ? text : otherwise);
}

static void emit_target(struct emit *e, const struct mof_feature *feature)
{
	const char *name = feature->type == SCHEMA_REFERENCE
				   ? feature->target_name
				   : mof_text(feature->qualifiers, "EmbeddedInstance");

	if (name)
		fprintf(e->to, "\t.target = &schema_classes[%zu],\n", emit_class_index(e, name));
}

static const char *order_of(const struct mof_feature *feature)
{
	const char *text = mof_text(feature->qualifiers, "ArrayType");

	if (text && !strcmp(text, "Ordered"))
		return "SCHEMA_ORDERED";
	return text && !strcmp(text, "Indexed") ? "SCHEMA_INDEXED" : "SCHEMA_BAG";
}

static const struct mof_feature *origin_of(const struct mof_feature *feature)
{
	while (feature->overridden)
		feature = feature->overridden;
	return feature;
}

/* Numbers of the tables that a feature's fields point at. */
struct tables {
	size_t values, n_values;
	size_t defaults, n_defaults;
	size_t qualifiers, n_qualifiers;
};

static void write_tables(struct emit *e, const struct mof_feature *feature, struct tables *t)
{
	t->values = emit_values(e, feature, &t->n_values);
	t->defaults = emit_texts(e, feature->value, &t->n_defaults);
	t->qualifiers = emit_qualifiers(e, feature->qualifiers, &t->n_qualifiers);
}

/* The fields of a struct schema_property. */
static void emit_fields(struct emit *e, const struct mof_feature *feature, const struct tables *t,
			bool parameter)
{
	fputs("{\n\t.name = ", e->to);
	emit_string(e->to, feature->name);
	fputs(",\n\t.description = ", e->to);
	emit_string(e->to, mof_text(feature->qualifiers, "Description"));
	fputs(",\n\t.type = ", e->to);
	emit_type(e->to, feature->type);
	fprintf(e->to, ",\n\t.array = %s,\n\t.order = %s,\n", feature->array ? "true" : "false",
		order_of(feature));
	emit_flags(e, feature, parameter);
	emit_target(e, feature);
	fputs("\t.unit = ", e->to);
	emit_string(e->to, mof_text(feature->qualifiers, "PUnit"));
	fputs(",\n", e->to);
	emit_bound(e, feature, "MinLen", "min_length", "0");
	emit_bound(e, feature, "MaxLen", "max_length", "0");
	emit_bound(e, feature, "MinValue", "min_value", "INT64_MIN");
	emit_bound(e, feature, "MaxValue", "max_value", "INT64_MAX");
	emit_reference(e->to, "values", t->values, t->n_values);
	emit_reference(e->to, "defaults", t->defaults, t->n_defaults);
	emit_reference(e->to, "qualifiers", t->qualifiers, t->n_qualifiers);
	if (!parameter)
		fprintf(e->to,
			"\t.origin = &schema_classes[%zu],\n\t.declared = &schema_classes[%zu],\n",
			emit_class_index(e, origin_of(feature)->owner->name),
			emit_class_index(e, feature->owner->name));
	fputc('}', e->to);
}

static size_t emit_parameters(struct emit *e, const struct mof_feature *method)
{
	struct tables *tables;
	size_t n = 0;

	for (const struct mof_feature *p = method->parameters; p; p = p->next)
		n++;
	if (!n)
		return 0;
	tables = mof_allocate(e->set, n * sizeof(*tables));
	n = 0;
	for (const struct mof_feature *p = method->parameters; p; p = p->next)
		write_tables(e, p, &tables[n++]);
	fprintf(e->to, "static const struct schema_property a%zu[] = {\n", method->number);
	n = 0;
	for (const struct mof_feature *p = method->parameters; p; p = p->next) {
		emit_fields(e, p, &tables[n++], true);
		fputs(",\n", e->to);
	}
	fputs("};\n", e->to);
	return n;
}

/**
 * emit_feature() - write a property as "pN" or a method as "mN", N being its number from now on
 * @e: where to
 * @feature: to be written
 */
void emit_feature(struct emit *e, struct mof_feature *feature)
{
	struct tables tables;
	size_t n;

	feature->number = e->n_features++;
	write_tables(e, feature, &tables);
	if (!feature->is_method) {
		fprintf(e->to, "static const struct schema_property p%zu = ", feature->number);
		emit_fields(e, feature, &tables, false);
		fputs(";\n", e->to);
		return;
	}
	n = emit_parameters(e, feature);
	fprintf(e->to, "static const struct schema_method m%zu = { .result = ", feature->number);
	emit_fields(e, feature, &tables, false);
	if (n)
		fprintf(e->to, ", .parameters = a%zu, .n_parameters = %zu", feature->number, n);
	fputs("};\n", e->to);
}
