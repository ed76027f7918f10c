/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Settings of resources and of virtual systems: what is published of them, and how what a client sends becomes a
 * definition. What can be asked for is published from the same table that requests are checked against.
 */
#ifndef KVRM_PROFILE_SETTING_H
#define KVRM_PROFILE_SETTING_H

#include "daemon/profile/profile.h"

#define PROFILE_SYSTEM_TYPE "DMTF:KVM"
#define PROFILE_NAME_MASK   "^[A-Za-z0-9._-]{1,63}$"

/* As ResourceType counts. */
enum {
	PROFILE_PROCESSOR = 3,
	PROFILE_MEMORY = 4,
};

/* CPU time in µs per second: one processor is 100 percent. */
#define PROFILE_PROCESSOR_UNIT "percent / 10000"
#define PROFILE_MEMORY_UNIT    "byte"
#define PROFILE_COUNT_UNIT     "count"

/* What a definition without a word about memory has. */
#define PROFILE_MEMORY_DEFAULT_BYTES (UINT64_C(512) << 20)

#define PROFILE_RANGES_MAX 5

/**
 * struct profile_range - what can be asked for of a property
 * @property: its name
 * @min: the least
 * @max: the most
 * @step: all between are @min and a multiple of this
 * @zero: 0 can be asked for as well, and means no bound
 * @standard: what it is if nothing is asked for
 */
struct profile_range {
	const char *property;
	uint64_t min;
	uint64_t max;
	uint64_t step;
	bool zero;
	uint64_t standard;
};

/* range.c */
size_t profile_ranges(const struct profile_env *env, unsigned int type,
		      struct profile_range ret[static PROFILE_RANGES_MAX]);
int profile_check_range(const struct profile_env *env, unsigned int type, const char *property,
			uint64_t value, const char *where, struct cim_error *error);

/**
 * struct profile_wish - what a client's settings come to
 * @env: of the profiles
 * @definition: what they are merged into
 * @pool: PoolID that was asked for; "": none
 * @machine: a property was given that only the next start can bring about
 */
struct profile_wish {
	const struct profile_env *env;
	struct definition *definition;
	char pool[POOL_NAME_MAX + 1];
	bool machine;
};

/* take.c */
int profile_take_resource(struct profile_wish *wish, const struct cim_instance *setting,
			  const char *where, struct cim_error *error);
int profile_take_system(struct profile_wish *wish, const struct cim_instance *setting, bool define,
			const char *where, struct cim_error *error);
int profile_take_amount(const struct cim_instance *setting, const char *property,
			const char *unit_property, const char *unit, const char *where,
			uint64_t *ret, bool *ret_given, struct cim_error *error);

/* setting.c */
bool profile_has_world(const struct system *system, unsigned int world);
int profile_each_setting(const struct broker *broker, const struct broker_provider *provider,
			 broker_visit *visit, void *data);
bool profile_find_setting(const struct broker *broker, const struct broker_provider *provider,
			  const struct cim_path *path, const char *suffix,
			  struct broker_element *ret);
void profile_put_setting_key(const struct broker_element *element, const char *suffix,
			     struct cim_instance *instance);
void profile_put_resource(const struct broker_element *element, unsigned int type,
			  struct cim_instance *instance);
int profile_to_configuration(const struct broker *broker, const struct broker_element *from,
			     broker_visit *visit, void *data);
int profile_visit_setting(const struct broker_provider *provider, const struct broker_element *from,
			  unsigned int world, broker_visit *visit, void *data);
void profile_fill_next(const struct broker *broker, const struct broker_element *const ends[2],
		       struct cim_instance *instance);

/* definition.c */
struct definition *profile_copy_definition(const struct definition *d, struct cim_error *error);

#endif
