// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Operations on single instances, on all of a class, and on classes; see broker.h.
 */
#include <strings.h>

#include "daemon/broker/broker.h"

static int find_class(const char *where, const char *name, const struct schema_class **ret,
		      struct cim_error *error)
{
	*ret = schema_class_find(name);
	return *ret ? 0 : cim_fail(error, CIM_MESSAGE_CLASS, where, name);
}

static int not_found(const struct cim_path *path, struct cim_error *error)
{
	_cleanup_free_ char *text = cim_path_format(path);

	return cim_fail(error, CIM_MESSAGE_NOT_FOUND, text ? text : path->class->name);
}

static int internal(const char *class, struct cim_error *error)
{
	return cim_fail(error, CIM_MESSAGE_INTERNAL, class);
}

/**
 * struct pair - looking for the instance of an association between two elements
 * @to: what is looked for at the other end
 */
struct pair {
	const struct broker_element *to;
};

static int on_pair(const struct broker_element *element, void *data)
{
	return broker_element_equal(element, ((struct pair *)data)->to);
}

static int get_association(const struct broker *broker, const struct broker_link *link,
			   const struct cim_path *path, struct cim_instance **ret,
			   struct cim_error *error)
{
	const struct cim_path *first = cim_path_reference(path, link->roles[0]);
	const struct cim_path *second = cim_path_reference(path, link->roles[1]);
	struct broker_element ends[2];
	struct pair pair = { &ends[1] };

	if (!first || !second || !broker_link_in(link, path->ns) ||
	    !broker_find(broker, first, &ends[0]) || !broker_find(broker, second, &ends[1]) ||
	    ends[0].provider != link->ends[0] || ends[1].provider != link->ends[1] ||
	    broker_each_other(broker, link, 0, &ends[0], on_pair, &pair) != 1)
		return 0;
	*ret = broker_link_instance(broker, link, path->ns,
				    (const struct broker_element *const[]){ &ends[0], &ends[1] });
	return *ret ? 0 : internal(link->class, error);
}

static int find_association(const struct broker *broker, const struct cim_path *path,
			    struct cim_instance **ret, struct cim_error *error)
{
	int status = 0;

	*ret = NULL;
	for (size_t i = 0; !status && i < broker->n_profiles; i++) {
		const struct broker_profile *profile = broker->profiles[i];

		for (size_t k = 0; !status && !*ret && k < profile->n_links; k++) {
			if (!strcasecmp(profile->links[k].class, path->class->name))
				status = get_association(broker, &profile->links[k], path, ret,
							 error);
		}
	}
	if (!status && !*ret)
		status = not_found(path, error);
	return status;
}

/**
 * broker_get() - one instance
 * @broker: broker
 * @path: its name
 * @select: what of it is wanted; NULL: all
 * @ret: to be freed with cim_instance_free()
 * @error: receives a message
 *
 * Return: 0 or a status.
 */
int broker_get(const struct broker *broker, const struct cim_path *path,
	       const struct broker_select *select, struct cim_instance **ret,
	       struct cim_error *error)
{
	struct broker_element element;
	int status;

	if (path->class->flags & SCHEMA_ASSOCIATION) {
		status = find_association(broker, path, ret, error);
		if (status)
			return status;
	} else {
		if (!broker_find(broker, path, &element))
			return not_found(path, error);
		*ret = broker_instance(broker, &element);
		if (!*ret)
			return internal(path->class->name, error);
	}
	broker_select(*ret, select, (*ret)->class);
	return 0;
}

/**
 * struct walk - an enumeration
 * @broker: broker
 * @ns: namespace
 * @class: of what is asked for
 * @link: association that is being gone through
 * @first: element at its first end
 * @select: what of each instance is wanted
 * @sink: gets instances; NULL: @name_sink gets names
 * @name_sink: gets names
 * @data: for either
 * @error: receives a message
 */
struct walk {
	const struct broker *broker;
	enum cim_namespace ns;
	const struct schema_class *class;
	const struct broker_link *link;
	const struct broker_element *first;
	const struct broker_select *select;
	broker_sink *sink;
	broker_name_sink *name_sink;
	void *data;
	struct cim_error *error;
};

/* Hand an instance, or its name, to the sink. */
static int emit(struct walk *walk, struct cim_instance *instance, const char *class)
{
	struct cim_path *path;

	if (!instance)
		return internal(class, walk->error);
	if (walk->sink) {
		broker_select(instance, walk->select, walk->class);
		return walk->sink(instance, walk->data);
	}
	path = TAKE_PTR(instance->path);
	cim_instance_free(instance);
	return walk->name_sink(path, walk->data);
}

static int on_element(const struct broker_element *element, void *data)
{
	struct walk *walk = data;
	struct cim_path *path;

	if (walk->sink)
		return emit(walk, broker_instance(walk->broker, element), element->provider->class);
	path = broker_path(walk->broker, element);
	return path ? walk->name_sink(path, walk->data)
		    : internal(element->provider->class, walk->error);
}

static int on_second(const struct broker_element *element, void *data)
{
	struct walk *walk = data;
	const struct broker_element *const ends[2] = { walk->first, element };

	return emit(walk, broker_link_instance(walk->broker, walk->link, walk->ns, ends),
		    walk->link->class);
}

static int on_first(const struct broker_element *element, void *data)
{
	struct walk *walk = data;

	walk->first = element;
	return broker_each_other(walk->broker, walk->link, 0, element, on_second, walk);
}

static bool is_asked_for(const struct walk *walk, const char *class)
{
	return schema_class_is_a(schema_class_find(class), walk->class);
}

static int walk_profile(struct walk *walk, const struct broker_profile *profile)
{
	int r = 0;

	for (size_t i = 0; !r && i < profile->n_providers; i++) {
		const struct broker_provider *provider = profile->providers[i];

		if (provider->ns == walk->ns && is_asked_for(walk, provider->class))
			r = broker_each(walk->broker, provider, on_element, walk);
	}
	for (size_t i = 0; !r && i < profile->n_links; i++) {
		walk->link = &profile->links[i];
		if (broker_link_in(walk->link, walk->ns) && is_asked_for(walk, walk->link->class))
			r = broker_each(walk->broker, walk->link->ends[0], on_first, walk);
	}
	return r;
}

static int enumerate(struct walk *walk, const char *class)
{
	int r = find_class("ClassName", class, &walk->class, walk->error);

	for (size_t i = 0; !r && i < walk->broker->n_profiles; i++)
		r = walk_profile(walk, walk->broker->profiles[i]);
	return r;
}

/**
 * broker_enumerate() - all instances of a class and its subclasses
 * @broker: broker
 * @ns: their namespace
 * @class: name of the class
 * @select: what of each is wanted; NULL: all
 * @sink: gets each
 * @data: for @sink
 * @error: receives a message
 *
 * Return: 0, a status, or what @sink returned.
 */
int broker_enumerate(const struct broker *broker, enum cim_namespace ns, const char *class,
		     const struct broker_select *select, broker_sink *sink, void *data,
		     struct cim_error *error)
{
	struct walk walk = { .broker = broker,
			     .ns = ns,
			     .select = select,
			     .sink = sink,
			     .data = data,
			     .error = error };

	return enumerate(&walk, class);
}

/**
 * broker_enumerate_names() - names of all instances of a class and its subclasses
 * @broker: broker
 * @ns: their namespace
 * @class: name of the class
 * @sink: gets each
 * @data: for @sink
 * @error: receives a message
 *
 * Return: 0, a status, or what @sink returned.
 */
int broker_enumerate_names(const struct broker *broker, enum cim_namespace ns, const char *class,
			   broker_name_sink *sink, void *data, struct cim_error *error)
{
	struct walk walk = {
		.broker = broker, .ns = ns, .name_sink = sink, .data = data, .error = error
	};

	return enumerate(&walk, class);
}

static int not_by_clients(const char *class, const char *what, struct cim_error *error)
{
	return cim_fail(error, CIM_MESSAGE_NO_OPERATION, class, what);
}

/* Keys name an instance and stay; what may not be written has to be as it is. */
static int check_unchanged(const struct cim_instance *is, const struct cim_instance *wanted,
			   struct cim_error *error)
{
	for (size_t i = 0; i < wanted->class->n_properties; i++) {
		const struct schema_property *p = wanted->class->properties[i];

		if (wanted->values[i].state == CIM_ABSENT || p->flags & SCHEMA_WRITE ||
		    cim_value_equal(&wanted->values[i], &is->values[i]))
			continue;
		return cim_fail(error, CIM_MESSAGE_NOT_CHANGEABLE, p->name, "this");
	}
	return 0;
}

/**
 * broker_modify() - change an instance
 * @broker: broker
 * @path: its name
 * @wanted: of its class; what is absent stays as it is
 * @error: receives a message
 *
 * Return: 0 or a status.
 */
int broker_modify(const struct broker *broker, const struct cim_path *path,
		  const struct cim_instance *wanted, struct cim_error *error)
{
	_cleanup_instance_ struct cim_instance *is = NULL;
	struct broker_element element;
	int status = cim_instance_check(wanted, "", error);

	if (status)
		return status;
	if (path->class->flags & SCHEMA_ASSOCIATION)
		return not_by_clients(path->class->name, "changed", error);
	if (!broker_find(broker, path, &element))
		return not_found(path, error);
	if (wanted->class != path->class)
		return cim_fail(error, CIM_MESSAGE_WRONG_CLASS, "ModifiedInstance",
				wanted->class->name, path->class->name);
	if (!element.provider->modify)
		return not_by_clients(path->class->name, "changed", error);
	is = broker_instance(broker, &element);
	if (!is)
		return internal(path->class->name, error);
	status = check_unchanged(is, wanted, error);
	return status ? status : element.provider->modify(broker, &element, wanted, error);
}

/**
 * broker_remove() - remove an instance
 * @broker: broker
 * @path: its name
 * @error: receives a message
 *
 * Return: 0 or a status.
 */
int broker_remove(const struct broker *broker, const struct cim_path *path, struct cim_error *error)
{
	struct broker_element element;

	if (path->class->flags & SCHEMA_ASSOCIATION)
		return not_by_clients(path->class->name, "removed", error);
	if (!broker_find(broker, path, &element))
		return not_found(path, error);
	if (!element.provider->remove)
		return not_by_clients(path->class->name, "removed", error);
	return element.provider->remove(broker, &element, error);
}

/**
 * broker_create() - make an instance
 * @broker: broker
 * @ns: its namespace
 * @wanted: what it is to be
 * @ret: receives its name, to be freed with cim_path_free()
 * @error: receives a message
 *
 * Return: 0 or a status.
 */
int broker_create(const struct broker *broker, enum cim_namespace ns,
		  const struct cim_instance *wanted, struct cim_path **ret, struct cim_error *error)
{
	int status = cim_instance_check(wanted, "", error);

	for (size_t i = 0; !status && i < broker->n_profiles; i++) {
		const struct broker_profile *profile = broker->profiles[i];

		for (size_t k = 0; k < profile->n_providers; k++) {
			const struct broker_provider *provider = profile->providers[k];

			if (provider->create && provider->ns == ns &&
			    !strcasecmp(provider->class, wanted->class->name))
				return provider->create(broker, wanted, ret, error);
		}
	}
	return status ? status : not_by_clients(wanted->class->name, "created", error);
}

/**
 * broker_get_class() - a class
 * @name: its name
 * @ret: receives it
 * @error: receives a message
 *
 * Return: 0 or CIM_INVALID_CLASS.
 */
int broker_get_class(const char *name, const struct schema_class **ret, struct cim_error *error)
{
	return find_class("ClassName", name, ret, error);
}

/**
 * broker_enumerate_classes() - classes below one
 * @above: its name, itself not among them; NULL: those that have none above
 * @deep: also those that are not directly below
 * @sink: gets each, in the order of their names
 * @data: for @sink
 * @error: receives a message
 *
 * Return: 0, a status, or what @sink returned.
 */
int broker_enumerate_classes(const char *above, bool deep, broker_class_sink *sink, void *data,
			     struct cim_error *error)
{
	const struct schema_class *top = NULL;
	int r = above ? find_class("ClassName", above, &top, error) : 0;

	for (size_t i = 0; !r && i < schema_n_classes; i++) {
		const struct schema_class *class = &schema_classes[i];
		bool below = deep ? !top || (class != top && schema_class_is_a(class, top))
				  : class->super == top;

		if (below)
			r = sink(class, data);
	}
	return r;
}
