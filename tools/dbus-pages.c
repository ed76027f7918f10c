// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Documentation pages of the interfaces that objects of instances have, from the tables that kvrmd has: one for each
 * class.
 *   dbus-pages FOLDER
 */
#include <errno.h>
#include <string.h>

#include "daemon/serve/bus-object.h"
#include "daemon/util/cleanup.h"
#include "tools/page.h"

static const char introduction[] = "Generated from `daemon/schema/` and `daemon/profile/` by "
				   "`tools/gen-dbus-doc`; do not edit.\n\n";

/**
 * struct page - writing the page of a class
 * @to: page
 * @broker: broker
 * @class: class
 */
struct page {
	FILE *to;
	const struct broker *broker;
	const struct schema_class *class;
};

static void write_type(const struct page *page, const struct schema_property *p)
{
	bool object = p->type != SCHEMA_REFERENCE || bus_object_has(page->broker, p->target);

	fprintf(page->to, "%s%s", p->array ? "a" : "", bus_signature(cim_type_of(p), object));
	if (!p->target)
		return;
	fprintf(page->to, ", %s of [%s](../schema/%s.md)",
		p->type == SCHEMA_REFERENCE ? "instance" : "properties", p->target->name,
		p->target->name);
}

static void write_row(const struct page *page, const struct schema_property *p, const char *way)
{
	fprintf(page->to, "| `%s` | %s", p->name, way);
	write_type(page, p);
	fputs(" | ", page->to);
	page_cell(page->to, p->description);
	page_notes(page->to, p);
	page_values(page->to, p);
	fputs(" |\n", page->to);
}

/* Goes through the providers of the page's class: the one behind one, or the first one behind NULL. */
static const struct broker_provider *next(const struct page *page,
					  const struct broker_provider *provider)
{
	bool behind = !provider;

	for (size_t i = 0; i < page->broker->n_profiles; i++) {
		const struct broker_profile *profile = page->broker->profiles[i];

		for (size_t k = 0; k < profile->n_providers; k++) {
			const struct broker_provider *p = profile->providers[k];

			if (behind && !strcmp(p->class, page->class->name))
				return p;
			behind = behind || p == provider;
		}
	}
	return NULL;
}

static bool is_writable(const struct page *page)
{
	const struct broker_provider *p = NULL;

	while ((p = next(page, p)) && !p->modify)
		;
	return p;
}

/* A method with a name that some instance of the class has. */
static const struct broker_method *find_method(const struct page *page, const char *name)
{
	for (const struct broker_provider *p = next(page, NULL); p; p = next(page, p)) {
		for (size_t i = 0; i < p->n_methods; i++) {
			if (!strcmp(p->methods[i].name, name))
				return &p->methods[i];
		}
	}
	return NULL;
}

static void write_method(const struct page *page, const struct broker_method *method,
			 const struct schema_method *m)
{
	static const char *const ways[] = { "", "in, ", "out, ", "in and out, " };
	static const char *const who[] = {
		[BROKER_READ] = "every local user",
		[BROKER_OPERATE] = "user 0, or the polkit action `org.kvrm1.operate`",
		[BROKER_MANAGE] = "user 0, or the polkit action `org.kvrm1.manage`",
	};

	fprintf(page->to, "\n### %s\n\n%s", m->result.name, m->result.description);
	page_notes(page->to, &m->result);
	fprintf(page->to, "\n\nWho may call it: %s.\n", who[method->access]);
	if (m->n_parameters)
		fputs("\n| argument | type | meaning |\n|---|---|---|\n", page->to);
	for (size_t i = 0; i < m->n_parameters; i++)
		write_row(page, &m->parameters[i],
			  ways[!!(m->parameters[i].flags & SCHEMA_IN) +
			       2 * !!(m->parameters[i].flags & SCHEMA_OUT)]);
	if (!m->result.n_values)
		return;
	fputs("\nReturn codes:", page->to);
	for (size_t i = 0; i < m->result.n_values; i++) {
		fprintf(page->to, "%s `%s` ", i ? "," : "", m->result.values[i].key);
		page_cell(page->to, m->result.values[i].name);
	}
	fputs(".\n", page->to);
}

/* Whether there is one. */
static bool write_methods(const struct page *page)
{
	bool any = false;

	for (size_t i = 0; i < page->class->n_methods; i++) {
		const struct schema_method *m = page->class->methods[i];
		const struct broker_method *method = find_method(page, m->result.name);

		if (!method)
			continue;
		if (!any)
			fputs("\n## Methods\n\nEach `(a{sv} Inputs) -> (u ReturnCode, a{sv} "
			      "Outputs, s "
			      "MessageID, s Message)`; the arguments are names in `Inputs` and "
			      "`Outputs`.\n",
			      page->to);
		any = true;
		write_method(page, method, m);
	}
	return any;
}

static void write_properties(const struct page *page, bool writable)
{
	fputs("\n## Properties\n\n| property | type | meaning |\n|---|---|---|\n", page->to);
	for (size_t i = 0; i < page->class->n_properties; i++)
		write_row(page, page->class->properties[i], "");
	fputs(writable ? "\nWhat may be written is written by user 0, or whom the polkit action "
			 "`org.kvrm1.manage` allows it, if kvrm has a setting for it.\n"
		       : "\nNone is written over D-Bus, whatever the class says.\n",
	      page->to);
}

static void write_errors(const struct page *page, bool methods, bool writable)
{
	FILE *to = page->to;

	fputs("\n## Errors\n\n| error | when |\n|---|---|\n"
	      "| `org.freedesktop.DBus.Error.UnknownObject` | there is no such instance, or not "
	      "any "
	      "more |\n"
	      "| `org.freedesktop.DBus.Error.UnknownInterface`, `UnknownProperty`, `UnknownMethod` "
	      "| "
	      "the object has no such thing; names are compared exactly |\n"
	      "| `org.freedesktop.DBus.Error.InvalidArgs` | the call has other types |\n"
	      "| `org.kvrm1.Error.CIM.NotFound` | Get of a property that is null (KVRM0143) |\n",
	      to);
	fputs(writable ? "| `org.freedesktop.DBus.Error.PropertyReadOnly`, "
			 "`org.kvrm1.Error.CIM.InvalidParameter`, `CIM.TypeMismatch` | Set of what "
			 "may "
			 "not be written, or not to this |\n"
		       : "| `org.freedesktop.DBus.Error.PropertyReadOnly`, "
			 "`org.kvrm1.Error.CIM.NotSupported` | Set of anything |\n",
	      to);
	fputs("| `org.kvrm1.Error.AccessDenied` | who calls may not do that; arguments were not "
	      "looked at |\n",
	      to);
	if (methods)
		fputs("| `org.kvrm1.Error.CIM.InvalidParameter`, `CIM.TypeMismatch`, "
		      "`CIM.InvalidClass`, `CIM.NoSuchProperty` | an argument is not what the "
		      "method "
		      "takes |\n"
		      "| `org.kvrm1.Error.CIM.MethodNotAvailable` | the class has the method, and "
		      "this instance has not |\n"
		      "| `org.kvrm1.Error.CIM.Failed` | there is no memory |\n",
		      to);
	fputs("\nThe text of a `CIM` error begins with the identifier of a "
	      "[message](../messages.md); a refusal that is told by a return code has it in "
	      "`MessageID`.\n",
	      to);
}

static const char *key_of(const struct schema_class *class)
{
	for (size_t i = 0; i < class->n_properties; i++) {
		const char *name = class->properties[i]->name;

		if (class->properties[i]->flags & SCHEMA_KEY &&
		    !strstr(name, "CreationClassName") && strcmp(name, "SystemName"))
			return name;
	}
	return "";
}

/**
 * struct folder - writing all pages
 * @name: of the folder
 * @broker: broker
 */
struct folder {
	const char *name;
	const struct broker *broker;
};

static int write_page(const struct broker_provider *provider, void *data)
{
	const struct folder *folder = data;
	char name[sizeof(BUS_OBJECT_PREFIX) + 80];
	struct page page = { .broker = folder->broker,
			     .class = schema_class_find(provider->class) };
	_cleanup_fclose_ FILE *to = NULL;
	bool methods, writable = is_writable(&page);

	snprintf(name, sizeof(name), BUS_OBJECT_PREFIX "%s", provider->class);
	to = page_open(folder->name, name);
	if (!to)
		return -1;
	page.to = to;
	fprintf(to, "# %s\n\n%s%s\n\n", name, introduction, page.class->description);
	fprintf(to,
		"Objects `" BUS_PATH_OBJECT "/%s/<%s>`, one for each instance of "
		"[%s](../schema/%s.md) in `%s`. What all objects have in common says "
		"[org.kvrm1.cim](org.kvrm1.cim.md).\n",
		provider->class, key_of(page.class), provider->class, provider->class,
		cim_namespace_name(provider->ns));
	methods = write_methods(&page);
	write_properties(&page, writable);
	write_errors(&page, methods, writable);
	return ferror(to) || fflush(to) ? -1 : 0;
}

int main(int argc, char **argv)
{
	struct profile_env env = { 0 };
	const struct broker broker = profile_broker(&env);
	struct folder folder = { argv[1], &broker };

	if (argc != 2) {
		fputs("usage: dbus-pages FOLDER\n", stderr);
		return 64;
	}
	if (!bus_each_object_class(&broker, write_page, &folder))
		return 0;
	fprintf(stderr, "dbus-pages: %s: %s\n", argv[1], strerror(errno));
	return 1;
}
