/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The object broker: the operations of DSP0200 on whatever providers tell, for any protocol. It knows the schema
 * and no resource; it holds no instance, and asks providers each time.
 *
 * A provider tells of the instances of one class. What it hands out are elements: handles that are good until
 * control goes back to the event loop. An association's row says how to get from an element at one of its ends to
 * those at the other; instances of associations come from there.
 *
 * Enumerations stream: a sink gets one instance at a time and owns it. A sink that does not return 0 ends the
 * enumeration, which returns the same.
 *
 * Errors of all operations: enum cim_status, with a message.
 */
#ifndef KVRM_BROKER_H
#define KVRM_BROKER_H

#include "daemon/broker/check.h"

struct broker;
struct broker_call;
struct broker_provider;

/**
 * struct broker_element - an instance, as its provider knows it
 * @provider: provider
 * @object: provider's
 * @part: provider's
 * @index: provider's
 */
struct broker_element {
	const struct broker_provider *provider;
	const void *object;
	unsigned int part;
	size_t index;
};

/* Gets each element; what is not 0 ends it. */
typedef int broker_visit(const struct broker_element *element, void *data);

/* What a caller has to be allowed to do. */
enum broker_access {
	BROKER_READ,
	BROKER_OPERATE, /* to start, stop and pause virtual systems */
	BROKER_MANAGE,	/* to define, change and delete what there is */
};

/**
 * struct broker_method - a method that a provider has
 * @name: as in the schema
 * @family: what its return codes mean
 * @access: who may call it
 * @invoke: called with arguments that are in the schema's bounds; ends in exactly one broker_return() or
 *	broker_refuse(), at once or later. @element is good for as long as an element is
 */
struct broker_method {
	const char *name;
	enum cim_family family;
	enum broker_access access;
	void (*invoke)(struct broker_call *call, const struct broker_element *element);
};

/**
 * struct broker_provider - tells of instances of one class
 * @class: of the instances
 * @ns: their namespace
 * @data: provider's own
 * @each: visits each instance; NULL: there is always one, an element of nothing but its provider
 * @find: the instance with a path; NULL: all are looked through
 * @keys: puts the key properties; those that name the class are put already
 * @fill: puts all others
 * @modify: changes an instance as a client asks, by properties that have a state; NULL: not by clients
 * @create: makes an instance; NULL: not by clients
 * @remove: removes one; likewise
 * @methods: @n_methods of them
 * @n_methods: of them
 */
struct broker_provider {
	const char *class;
	enum cim_namespace ns;
	const void *data;
	int (*each)(const struct broker *broker, const struct broker_provider *provider,
		    broker_visit *visit, void *data);
	bool (*find)(const struct broker *broker, const struct broker_provider *provider,
		     const struct cim_path *path, struct broker_element *ret);
	void (*keys)(const struct broker *broker, const struct broker_element *element,
		     struct cim_instance *instance);
	void (*fill)(const struct broker *broker, const struct broker_element *element,
		     struct cim_instance *instance);
	int (*modify)(const struct broker *broker, const struct broker_element *element,
		      const struct cim_instance *wanted, struct cim_error *error);
	int (*create)(const struct broker *broker, const struct cim_instance *wanted,
		      struct cim_path **ret, struct cim_error *error);
	int (*remove)(const struct broker *broker, const struct broker_element *element,
		      struct cim_error *error);
	const struct broker_method *methods;
	size_t n_methods;
};

/* Visits what is at the other end, elements of @to. */
typedef int broker_others(const struct broker *broker, const struct broker_element *from,
			  const struct broker_provider *to, broker_visit *visit, void *data);

/**
 * struct broker_link - an association between two providers' elements
 * @class: its class
 * @roles: names of its two references
 * @ends: who tells of what is there
 * @others: from each end, what is at the other; of one of the two NULL, if looking through all will do; both NULL:
 *	everything at one end goes with everything at the other
 * @fill: puts what the association has beside references, from the elements at both ends; NULL: nothing
 * @both: its instances are also in the namespace interop
 */
struct broker_link {
	const char *class;
	const char *roles[2];
	const struct broker_provider *ends[2];
	broker_others *others[2];
	void (*fill)(const struct broker *broker, const struct broker_element *const ends[2],
		     struct cim_instance *instance);
	bool both;
};

/**
 * struct broker_profile - what one profile tells
 * @providers: @n_providers of them
 * @n_providers: of them
 * @links: @n_links of them
 * @n_links: of them
 */
struct broker_profile {
	const struct broker_provider *const *providers;
	size_t n_providers;
	const struct broker_link *links;
	size_t n_links;
};

/**
 * struct broker - the broker
 * @profiles: what is told of, @n_profiles of them
 * @n_profiles: of them
 * @data: for providers
 */
struct broker {
	const struct broker_profile *const *profiles;
	size_t n_profiles;
	void *data;
};

/**
 * struct broker_select - what of an instance is wanted
 * @shallow: of EnumerateInstances: only properties that the class has that was asked for
 * @some: only @names; else all
 * @names: of properties; unknown ones count for nothing
 * @n: of @names
 */
struct broker_select {
	bool shallow;
	bool some;
	const char *const *names;
	size_t n;
};

/**
 * struct broker_filter - which associations to go along; NULL: any
 * @association: class of the association
 * @result: class of what is at the other end
 * @role: name of the reference to where one comes from
 * @result_role: name of the reference to the other end
 */
struct broker_filter {
	const char *association;
	const char *result;
	const char *role;
	const char *result_role;
};

/* Owns what it gets. */
typedef int broker_sink(struct cim_instance *instance, void *data);
typedef int broker_name_sink(struct cim_path *path, void *data);
typedef int broker_class_sink(const struct schema_class *class, void *data);

/* broker.c */
int broker_get(const struct broker *broker, const struct cim_path *path,
	       const struct broker_select *select, struct cim_instance **ret,
	       struct cim_error *error);
int broker_enumerate(const struct broker *broker, enum cim_namespace ns, const char *class,
		     const struct broker_select *select, broker_sink *sink, void *data,
		     struct cim_error *error);
int broker_enumerate_names(const struct broker *broker, enum cim_namespace ns, const char *class,
			   broker_name_sink *sink, void *data, struct cim_error *error);
int broker_modify(const struct broker *broker, const struct cim_path *path,
		  const struct cim_instance *wanted, struct cim_error *error);
int broker_remove(const struct broker *broker, const struct cim_path *path,
		  struct cim_error *error);
int broker_create(const struct broker *broker, enum cim_namespace ns,
		  const struct cim_instance *wanted, struct cim_path **ret,
		  struct cim_error *error);
int broker_get_class(const char *name, const struct schema_class **ret, struct cim_error *error);
int broker_enumerate_classes(const char *above, bool deep, broker_class_sink *sink, void *data,
			     struct cim_error *error);

/* association.c */
int broker_associators(const struct broker *broker, const struct cim_path *path,
		       const struct broker_filter *filter, const struct broker_select *select,
		       broker_sink *sink, void *data, struct cim_error *error);
int broker_associator_names(const struct broker *broker, const struct cim_path *path,
			    const struct broker_filter *filter, broker_name_sink *sink, void *data,
			    struct cim_error *error);
int broker_references(const struct broker *broker, const struct cim_path *path,
		      const struct broker_filter *filter, const struct broker_select *select,
		      broker_sink *sink, void *data, struct cim_error *error);
int broker_reference_names(const struct broker *broker, const struct cim_path *path,
			   const struct broker_filter *filter, broker_name_sink *sink, void *data,
			   struct cim_error *error);

/* call.c */

/**
 * struct broker_result - how a method ended
 * @status: 0: with a return code; else it did not come to one
 * @code: return code
 * @outputs: what it gives, good during the callback; NULL if @status is not 0
 * @error: why it refused, good during the callback; its message is NULL if it did not
 */
struct broker_result {
	int status;
	uint32_t code;
	const struct cim_arguments *outputs;
	const struct cim_error *error;
};

typedef void broker_done(const struct broker_result *result, void *data);

/**
 * struct broker_call - a method on its way
 * @broker: broker
 * @path: of the instance
 * @method: method
 * @family: what its return codes mean
 * @inputs: what it is given
 * @outputs: what it gives
 * @done: told of the end
 * @data: for @done
 */
struct broker_call {
	const struct broker *broker;
	struct cim_path *path;
	const struct schema_method *method;
	enum cim_family family;
	struct cim_arguments *inputs;
	struct cim_arguments *outputs;
	broker_done *done;
	void *data;
};

enum broker_access broker_access(const struct broker *broker, const struct cim_path *path,
				 const char *method);
int broker_prepare(const struct cim_path *path, const char *method, struct cim_arguments **ret,
		   struct cim_error *error);
void broker_invoke(const struct broker *broker, const struct cim_path *path,
		   struct cim_arguments *inputs, broker_done *done, void *data);
void broker_return(struct broker_call *call, uint32_t code);
void broker_go_on(struct broker_call *call, broker_done *done, void *data);
void broker_refuse(struct broker_call *call, struct cim_error *error);
int broker_give_path(struct broker_call *call, const char *parameter, struct cim_path *path);
int broker_give_instance(struct broker_call *call, const char *parameter,
			 struct cim_instance *instance);
int broker_give_array(struct broker_call *call, const char *parameter, int type, size_t n);
int broker_add_path(struct broker_call *call, const char *parameter, struct cim_path *path);
int broker_add_instance(struct broker_call *call, const char *parameter,
			struct cim_instance *instance);
int broker_add_text(struct broker_call *call, const char *parameter, const char *text);
void broker_add_number(struct broker_call *call, const char *parameter, uint64_t number);

/* element.c */
int broker_each(const struct broker *broker, const struct broker_provider *provider,
		broker_visit *visit, void *data);
bool broker_find_kind(const struct broker *broker, const struct cim_path *path,
		      struct broker_element *ret);
bool broker_find(const struct broker *broker, const struct cim_path *path,
		 struct broker_element *ret);
struct cim_path *broker_path(const struct broker *broker, const struct broker_element *element);
struct cim_instance *broker_instance(const struct broker *broker,
				     const struct broker_element *element);
bool broker_element_equal(const struct broker_element *a, const struct broker_element *b);
void broker_select(struct cim_instance *instance, const struct broker_select *select,
		   const struct schema_class *asked);
int broker_each_other(const struct broker *broker, const struct broker_link *link, int end,
		      const struct broker_element *from, broker_visit *visit, void *data);
struct cim_instance *broker_link_instance(const struct broker *broker,
					  const struct broker_link *link, enum cim_namespace ns,
					  const struct broker_element *const ends[2]);
bool broker_link_in(const struct broker_link *link, enum cim_namespace ns);

#endif
