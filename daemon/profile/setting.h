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

/* setting.c; the data of a provider of settings is what is behind the world in their InstanceIDs */
bool profile_has_world(const struct system *system, unsigned int world);
int profile_each_setting(const struct broker *broker, const struct broker_provider *provider,
			 broker_visit *visit, void *data);
bool profile_find_setting(const struct broker *broker, const struct broker_provider *provider,
			  const struct cim_path *path, struct broker_element *ret);
void profile_setting_keys(const struct broker *broker, const struct broker_element *element,
			  struct cim_instance *instance);
void profile_put_resource(const struct broker_element *element, unsigned int type,
			  struct cim_instance *instance);
int profile_same_world(const struct broker *broker, const struct broker_element *from,
		       const struct broker_provider *to, broker_visit *visit, void *data);
int profile_to_state(const struct broker *broker, const struct broker_element *from,
		     const struct broker_provider *to, broker_visit *visit, void *data);
int profile_from_state(const struct broker *broker, const struct broker_element *from,
		       const struct broker_provider *to, broker_visit *visit, void *data);
int profile_to_defined(const struct broker *broker, const struct broker_element *from,
		       const struct broker_provider *to, broker_visit *visit, void *data);
int profile_from_defined(const struct broker *broker, const struct broker_element *from,
			 const struct broker_provider *to, broker_visit *visit, void *data);
void profile_fill_next(const struct broker *broker, const struct broker_element *const ends[2],
		       struct cim_instance *instance);

/* device.c */

/**
 * struct profile_device - devices of one type that virtual systems have, data of their provider
 * @id: DeviceID, before the number if they are counted
 * @count: how many a virtual system has that has a QEMU; NULL: one, without a number
 */
struct profile_device {
	const char *id;
	size_t (*count)(const struct system *system);
};

int profile_each_device(const struct broker *broker, const struct broker_provider *provider,
			broker_visit *visit, void *data);
bool profile_find_device(const struct broker *broker, const struct broker_provider *provider,
			 const struct cim_path *path, struct broker_element *ret);
void profile_device_keys(const struct broker *broker, const struct broker_element *element,
			 struct cim_instance *instance);
void profile_put_device(const struct system *system, struct cim_instance *instance);
int profile_to_devices(const struct broker *broker, const struct broker_element *from,
		       const struct broker_provider *to, broker_visit *visit, void *data);
int profile_state_to_devices(const struct broker *broker, const struct broker_element *from,
			     const struct broker_provider *to, broker_visit *visit, void *data);

/* Associations that the settings of a resource have, and its devices. */
#define PROFILE_RESOURCE(setting, device)                                                          \
	{ .class = "CIM_VirtualSystemSettingDataComponent",                                        \
	  .roles = { "GroupComponent", "PartComponent" },                                          \
	  .ends = { &configuration, &(setting) },                                                  \
	  .others = { profile_same_world, profile_same_world } },                                  \
		{ .class = "CIM_ElementSettingData",                                               \
		  .roles = { "ManagedElement", "SettingData" },                                    \
		  .ends = { &(setting), &(setting) },                                              \
		  .others = { profile_to_defined, profile_from_defined },                          \
		  .fill = profile_fill_next },                                                     \
		{ .class = "CIM_SettingsDefineState",                                              \
		  .roles = { "ManagedElement", "SettingData" },                                    \
		  .ends = { &(device), &(setting) },                                               \
		  .others = { profile_to_state, profile_state_to_devices } },                      \
	{                                                                                          \
		.class = "CIM_SystemDevice", .roles = { "GroupComponent", "PartComponent" },       \
		.ends = { &virtual_system, &(device) }, .others = {                                \
			profile_to_devices,                                                        \
			profile_same_object                                                        \
		}                                                                                  \
	}

/* definition.c */
struct definition *profile_copy_definition(const struct definition *d, struct cim_error *error);

#endif
