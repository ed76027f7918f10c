// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From elements to instances and paths, and back.
 */
#include <string.h>
#include <strings.h>

#include "daemon/broker/broker.h"

/**
 * broker_element_equal() - whether two elements are the same instance
 * @a: any
 * @b: any
 */
bool broker_element_equal(const struct broker_element *a, const struct broker_element *b)
{
	return a->provider == b->provider && a->object == b->object && a->part == b->part &&
	       a->index == b->index;
}

/* An instance with nothing but its keys; NULL: no memory, or the provider does not fit its class. */
static struct cim_instance *instance_with_keys(const struct broker *broker,
					       const struct broker_element *element)
{
	const struct broker_provider *provider = element->provider;
	const struct schema_class *class = schema_class_find(provider->class);
	struct cim_instance *instance = class ? cim_instance_new(class) : NULL;

	if (!instance)
		return NULL;
	if (schema_property_find(class, "CreationClassName"))
		cim_put_text(instance, "CreationClassName", class->name);
	provider->keys(broker, element, instance);
	instance->path = cim_instance_path(instance, provider->ns);
	return instance->path && !instance->failed ? instance : cim_instance_free(instance);
}

/**
 * broker_instance() - the whole instance that an element is
 * @broker: broker
 * @element: any
 *
 * Return: with its path, to be freed with cim_instance_free(); NULL: no memory, or the provider does not fit
 * its class.
 */
struct cim_instance *broker_instance(const struct broker *broker,
				     const struct broker_element *element)
{
	struct cim_instance *instance = instance_with_keys(broker, element);

	if (instance && element->provider->fill)
		element->provider->fill(broker, element, instance);
	return instance && instance->failed ? cim_instance_free(instance) : instance;
}

/**
 * broker_path() - the name of the instance that an element is
 * @broker: broker
 * @element: any
 *
 * Return: to be freed with cim_path_free(); NULL: as of broker_instance().
 */
struct cim_path *broker_path(const struct broker *broker, const struct broker_element *element)
{
	_cleanup_instance_ struct cim_instance *instance = instance_with_keys(broker, element);

	return instance ? TAKE_PTR(instance->path) : NULL;
}

/**
 * broker_each() - visit all instances of a provider
 * @broker: broker
 * @provider: provider
 * @visit: visited with
 * @data: for @visit
 *
 * Return: 0 or what ended it.
 */
int broker_each(const struct broker *broker, const struct broker_provider *provider,
		broker_visit *visit, void *data)
{
	return provider->each ? provider->each(broker, provider, visit, data)
			      : visit(&(struct broker_element){ .provider = provider }, data);
}

/**
 * struct search - looking for an element
 * @broker: broker
 * @path: of what is looked for
 * @ret: receives it
 */
struct search {
	const struct broker *broker;
	const struct cim_path *path;
	struct broker_element *ret;
};

static int on_candidate(const struct broker_element *element, void *data)
{
	struct search *search = data;
	_cleanup_path_ struct cim_path *path = broker_path(search->broker, element);

	if (!path || !cim_path_equal(path, search->path))
		return 0;
	*search->ret = *element;
	return 1;
}

static bool find_in(const struct broker *broker, const struct broker_provider *provider,
		    const struct cim_path *path, struct broker_element *ret)
{
	struct search search = { .broker = broker, .path = path, .ret = ret };

	if (provider->ns != path->ns || strcasecmp(provider->class, path->class->name))
		return false;
	if (!provider->find)
		return broker_each(broker, provider, on_candidate, &search) == 1;
	/* What was found may differ in keys that the provider did not look at. */
	return provider->find(broker, provider, path, ret) && on_candidate(ret, &search) == 1;
}

typedef bool find_in_provider(const struct broker *broker, const struct broker_provider *provider,
			      const struct cim_path *path, struct broker_element *ret);

/* In the first provider that has it. */
static bool find_by(const struct broker *broker, const struct cim_path *path,
		    struct broker_element *ret, find_in_provider *find)
{
	for (size_t i = 0; i < broker->n_profiles; i++) {
		const struct broker_profile *profile = broker->profiles[i];

		for (size_t k = 0; k < profile->n_providers; k++) {
			if (find(broker, profile->providers[k], path, ret))
				return true;
		}
	}
	return false;
}

/**
 * broker_find() - the element with a path
 * @broker: broker
 * @path: of an instance that is no association's
 * @ret: receives it
 *
 * Return: whether there is one.
 */
bool broker_find(const struct broker *broker, const struct cim_path *path,
		 struct broker_element *ret)
{
	return find_by(broker, path, ret, find_in);
}

/* The same in a provider of a class below the path's, whose keys are the same. */
static bool find_below(const struct broker *broker, const struct broker_provider *provider,
		       const struct cim_path *path, struct broker_element *ret)
{
	const struct schema_class *class = schema_class_find(provider->class);
	_cleanup_path_ struct cim_path *copy = NULL;

	if (!class || !schema_class_is_a(class, path->class))
		return false;
	copy = cim_path_copy(path);
	if (!copy)
		return false;
	copy->class = class;
	return find_in(broker, provider, copy, ret);
}

/**
 * broker_find_kind() - the element of a class, or of one below it, with the keys of a path
 * @broker: broker
 * @path: of an instance of the class
 * @ret: receives it
 *
 * For what a client wrote, who may know a class of the standard only.
 *
 * Return: whether there is one.
 */
bool broker_find_kind(const struct broker *broker, const struct cim_path *path,
		      struct broker_element *ret)
{
	return find_by(broker, path, ret, find_below);
}

static bool is_selected(const struct broker_select *select, const struct schema_property *p,
			const struct schema_class *asked)
{
	if (select->shallow && !schema_property_find(asked, p->name))
		return false;
	for (size_t i = 0; i < select->n; i++) {
		if (!strcasecmp(select->names[i], p->name))
			return true;
	}
	return !select->some;
}

/**
 * broker_select() - drop what is not wanted of an instance
 * @instance: any; its path stays
 * @select: what is wanted; NULL: all
 * @asked: the class that was asked for
 */
void broker_select(struct cim_instance *instance, const struct broker_select *select,
		   const struct schema_class *asked)
{
	if (!select)
		return;
	for (size_t i = 0; i < instance->class->n_properties; i++) {
		if (!is_selected(select, instance->class->properties[i], asked))
			cim_value_deinit(&instance->values[i]);
	}
}

/**
 * broker_link_in() - whether an association has instances in a namespace
 * @link: association
 * @ns: namespace
 */
bool broker_link_in(const struct broker_link *link, enum cim_namespace ns)
{
	return link->both || (ns == link->ends[0]->ns && ns == link->ends[1]->ns);
}

/**
 * struct backward - looking for what leads to an element
 * @broker: broker
 * @link: association
 * @end: of the element
 * @to: the element
 * @candidate: at the other end
 * @visit: for those that lead there
 * @data: for @visit
 */
struct backward {
	const struct broker *broker;
	const struct broker_link *link;
	int end;
	const struct broker_element *to;
	const struct broker_element *candidate;
	broker_visit *visit;
	void *data;
};

static int on_led_to(const struct broker_element *element, void *data)
{
	struct backward *b = data;

	return broker_element_equal(element, b->to) ? b->visit(b->candidate, b->data) : 0;
}

static int on_leading(const struct broker_element *element, void *data)
{
	struct backward *b = data;

	b->candidate = element;
	return b->link->others[!b->end](b->broker, element, b->to->provider, on_led_to, b);
}

/**
 * broker_each_other() - visit what is at the other end of an association
 * @broker: broker
 * @link: association
 * @end: of it, where @from is
 * @from: element of the provider there
 * @visit: visited with
 * @data: for @visit
 *
 * Return: 0 or what ended it.
 */
int broker_each_other(const struct broker *broker, const struct broker_link *link, int end,
		      const struct broker_element *from, broker_visit *visit, void *data)
{
	struct backward backward = { broker, link, end, from, NULL, visit, data };

	if (link->others[end])
		return link->others[end](broker, from, link->ends[!end], visit, data);
	if (!link->others[!end])
		return broker_each(broker, link->ends[!end], visit, data);
	return broker_each(broker, link->ends[!end], on_leading, &backward);
}

/**
 * broker_link_instance() - an instance of an association
 * @broker: broker
 * @link: association
 * @ns: its namespace
 * @ends: what it connects
 *
 * Return: with its path, to be freed with cim_instance_free(); NULL: as of broker_instance().
 */
struct cim_instance *broker_link_instance(const struct broker *broker,
					  const struct broker_link *link, enum cim_namespace ns,
					  const struct broker_element *const ends[2])
{
	const struct schema_class *class = schema_class_find(link->class);
	struct cim_instance *instance = class ? cim_instance_new(class) : NULL;

	if (!instance)
		return NULL;
	for (int end = 0; end < 2; end++)
		cim_put_path(instance, link->roles[end], broker_path(broker, ends[end]));
	if (link->fill)
		link->fill(broker, ends, instance);
	instance->path = cim_instance_path(instance, ns);
	return instance->path && !instance->failed ? instance : cim_instance_free(instance);
}
