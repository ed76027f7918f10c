// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Operations along associations; see broker.h.
 */
#include <strings.h>

#include "daemon/broker/broker.h"

/**
 * struct trip - going along associations from one element
 * @broker: broker
 * @ns: namespace
 * @from: where it begins
 * @association: class of associations; NULL: any
 * @result: class of what is at the other end; NULL: any
 * @filter: roles
 * @references: associations are wanted, not what is at the other end
 * @link: that is being gone along
 * @end: of it, where @from is
 * @select: what of each instance is wanted
 * @sink: gets instances; NULL: @name_sink gets names
 * @name_sink: gets names
 * @data: for either
 * @error: receives a message
 */
struct trip {
	const struct broker *broker;
	enum cim_namespace ns;
	struct broker_element from;
	const struct schema_class *association;
	const struct schema_class *result;
	const struct broker_filter *filter;
	bool references;
	const struct broker_link *link;
	int end;
	const struct broker_select *select;
	broker_sink *sink;
	broker_name_sink *name_sink;
	void *data;
	struct cim_error *error;
};

static int internal(const struct trip *trip, const char *class)
{
	return cim_fail(trip->error, CIM_MESSAGE_INTERNAL, class);
}

static int emit(struct trip *trip, struct cim_instance *instance, const char *class)
{
	struct cim_path *path;

	if (!instance)
		return internal(trip, class);
	if (trip->sink) {
		broker_select(instance, trip->select, instance->class);
		return trip->sink(instance, trip->data);
	}
	path = TAKE_PTR(instance->path);
	cim_instance_free(instance);
	return trip->name_sink(path, trip->data);
}

static int on_reference(struct trip *trip, const struct broker_element *other)
{
	const struct broker_element *ends[2];

	ends[trip->end] = &trip->from;
	ends[!trip->end] = other;
	return emit(trip, broker_link_instance(trip->broker, trip->link, trip->ns, ends),
		    trip->link->class);
}

static int on_other(const struct broker_element *other, void *data)
{
	struct trip *trip = data;
	const char *class = other->provider->class;
	struct cim_path *path;

	if (trip->references)
		return on_reference(trip, other);
	if (trip->sink)
		return emit(trip, broker_instance(trip->broker, other), class);
	path = broker_path(trip->broker, other);
	return path ? trip->name_sink(path, trip->data) : internal(trip, class);
}

static bool is_role(const char *wanted, const char *role)
{
	return !wanted || !*wanted || !strcasecmp(wanted, role);
}

static bool is_a(const char *class, const struct schema_class *wanted)
{
	return !wanted || schema_class_is_a(schema_class_find(class), wanted);
}

static bool is_wanted(const struct trip *trip)
{
	const struct broker_link *link = trip->link;
	int end = trip->end;

	return link->ends[end] == trip->from.provider && broker_link_in(link, trip->ns) &&
	       is_a(link->class, trip->association) &&
	       (trip->references || is_a(link->ends[!end]->class, trip->result)) &&
	       is_role(trip->filter->role, link->roles[end]) &&
	       is_role(trip->filter->result_role, link->roles[!end]);
}

static int go_along(struct trip *trip, const struct broker_profile *profile)
{
	int r = 0;

	for (size_t i = 0; !r && i < profile->n_links; i++) {
		trip->link = &profile->links[i];
		for (trip->end = 0; !r && trip->end < 2; trip->end++) {
			if (is_wanted(trip))
				r = broker_each_other(trip->broker, trip->link, trip->end,
						      &trip->from, on_other, trip);
		}
	}
	return r;
}

static int find_filter(const char *where, const char *name, bool association,
		       const struct schema_class **ret, struct cim_error *error)
{
	if (!name || !*name)
		return 0;
	*ret = schema_class_find(name);
	if (!*ret)
		return cim_fail(error, CIM_MESSAGE_CLASS, where, name);
	if (association && !((*ret)->flags & SCHEMA_ASSOCIATION))
		return cim_fail(error, CIM_MESSAGE_NOT_ASSOCIATION, where, name);
	return 0;
}

static int travel(struct trip *trip, const struct cim_path *path)
{
	const struct broker_filter *f = trip->filter;
	_cleanup_free_ char *text = NULL;
	int r;

	trip->ns = path->ns;
	/* Of references the class that is asked for is that of the association. */
	if (trip->references)
		r = find_filter("ResultClass", f->association, true, &trip->association,
				trip->error);
	else
		r = find_filter("AssocClass", f->association, true, &trip->association,
				trip->error);
	if (!r)
		r = find_filter("ResultClass", f->result, false, &trip->result, trip->error);
	if (r)
		return r;
	if (path->class->flags & SCHEMA_ASSOCIATION ||
	    !broker_find(trip->broker, path, &trip->from)) {
		text = cim_path_format(path);
		return cim_fail(trip->error, CIM_MESSAGE_NOT_FOUND,
				text ? text : path->class->name);
	}
	for (size_t i = 0; !r && i < trip->broker->n_profiles; i++)
		r = go_along(trip, trip->broker->profiles[i]);
	return r;
}

/**
 * broker_associators() - what associations connect with an instance
 * @broker: broker
 * @path: of the instance
 * @filter: which associations and what at their other ends; subclasses are included
 * @select: what of each is wanted; NULL: all
 * @sink: gets each; one that several associations connect, several times
 * @data: for @sink
 * @error: receives a message
 *
 * Return: 0, a status, or what @sink returned.
 */
int broker_associators(const struct broker *broker, const struct cim_path *path,
		       const struct broker_filter *filter, const struct broker_select *select,
		       broker_sink *sink, void *data, struct cim_error *error)
{
	struct trip trip = { .broker = broker,
			     .filter = filter,
			     .select = select,
			     .sink = sink,
			     .data = data,
			     .error = error };

	return travel(&trip, path);
}

/**
 * broker_associator_names() - names of what associations connect with an instance
 * @broker: broker
 * @path: of the instance
 * @filter: as of broker_associators()
 * @sink: gets each
 * @data: for @sink
 * @error: receives a message
 *
 * Return: 0, a status, or what @sink returned.
 */
int broker_associator_names(const struct broker *broker, const struct cim_path *path,
			    const struct broker_filter *filter, broker_name_sink *sink, void *data,
			    struct cim_error *error)
{
	struct trip trip = {
		.broker = broker, .filter = filter, .name_sink = sink, .data = data, .error = error
	};

	return travel(&trip, path);
}

/**
 * broker_references() - associations that refer to an instance
 * @broker: broker
 * @path: of the instance
 * @filter: by the association's class and the role of the instance in it
 * @select: what of each is wanted; NULL: all
 * @sink: gets each
 * @data: for @sink
 * @error: receives a message
 *
 * Return: 0, a status, or what @sink returned.
 */
int broker_references(const struct broker *broker, const struct cim_path *path,
		      const struct broker_filter *filter, const struct broker_select *select,
		      broker_sink *sink, void *data, struct cim_error *error)
{
	struct trip trip = { .broker = broker,
			     .filter = filter,
			     .references = true,
			     .select = select,
			     .sink = sink,
			     .data = data,
			     .error = error };

	return travel(&trip, path);
}

/**
 * broker_reference_names() - names of associations that refer to an instance
 * @broker: broker
 * @path: of the instance
 * @filter: as of broker_references()
 * @sink: gets each
 * @data: for @sink
 * @error: receives a message
 *
 * Return: 0, a status, or what @sink returned.
 */
int broker_reference_names(const struct broker *broker, const struct cim_path *path,
			   const struct broker_filter *filter, broker_name_sink *sink, void *data,
			   struct cim_error *error)
{
	struct trip trip = { .broker = broker,
			     .filter = filter,
			     .references = true,
			     .name_sink = sink,
			     .data = data,
			     .error = error };

	return travel(&trip, path);
}
