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
	PROFILE_ADAPTER = 10,
	PROFILE_SERIAL = 21,
	PROFILE_DISK = 31,
};

/* CPU time in µs per second: one processor is 100 percent. */
#define PROFILE_PROCESSOR_UNIT "percent / 10000"
#define PROFILE_MEMORY_UNIT    "byte"
#define PROFILE_COUNT_UNIT     "count"
#define PROFILE_RATE_UNIT      "byte / second"

/* PoolIDs of adapters: an uplink's or a part's name behind this, or POOL_HOST for those on none. */
#define PROFILE_UPLINK_PREFIX "uplink/"
#define PROFILE_POOL_ID_SIZE  (sizeof(PROFILE_UPLINK_PREFIX) + UPLINK_NAME_MAX)

/* Kinds of serial ports, as ResourceSubType names them: a console, and channels with a name. */
#define PROFILE_CONSOLE "KVRM:console"
#define PROFILE_CHANNEL "KVRM:channel"

/* What a definition without a word about memory has. */
#define PROFILE_MEMORY_DEFAULT_BYTES (UINT64_C(512) << 20)

#define PROFILE_RANGES_MAX 11

/**
 * struct profile_range - what can be asked for of a property
 * @property: its name
 * @min: the least
 * @max: the most
 * @step: all between are @min and a multiple of this
 * @zero: 0 can be asked for as well, and means no bound, or of a burst that kvrm chooses it
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
 * @pool: PoolID that was asked for processors and memory; "": none
 * @machine: a property was given that only the next start can bring about
 * @n_devices: how many adapters and disks were changed; what was added is not counted
 * @device: ResourceType of the one that was changed last
 * @index: of that one
 * @storage_weight: that was asked for disks; 0: none
 */
struct profile_wish {
	const struct profile_env *env;
	struct definition *definition;
	char pool[POOL_NAME_MAX + 1];
	bool machine;
	size_t n_devices;
	unsigned int device;
	size_t index;
	uint32_t storage_weight;
};

/**
 * struct profile_amount - a property of settings that is a number, and where a definition has it
 * @property: its name
 * @unit_property: that has its unit; NULL: it has one unit only
 * @unit: that is published; NULL with @unit_property
 * @offset: in the part of the definition that the settings are of, of a uint64_t
 */
struct profile_amount {
	const char *property;
	const char *unit_property;
	const char *unit;
	size_t offset;
};

/* take.c */
int profile_check_known(const struct cim_instance *setting, const char *const *taken,
			const struct cim_instance *is, const char *where, struct cim_error *error);
int profile_take_ranged(const struct profile_env *env, const struct cim_instance *setting,
			unsigned int type, const struct profile_amount *amount, const char *where,
			uint64_t *value, bool *given, struct cim_error *error);
int profile_take_amounts(const struct profile_env *env, const struct cim_instance *setting,
			 unsigned int type, const struct profile_amount *amounts, size_t n,
			 const char *where, void *part, struct cim_error *error);
int profile_take_resource(struct profile_wish *wish, const struct cim_instance *setting,
			  const char *where, struct cim_error *error);
int profile_take_amount(const struct cim_instance *setting, const char *property,
			const char *unit_property, const char *unit, const char *where,
			uint64_t *ret, bool *ret_given, struct cim_error *error);

/* take-system.c */
int profile_take_system(struct profile_wish *wish, const struct cim_instance *setting, bool define,
			const char *where, struct cim_error *error);

int profile_take_plain_pool(const struct cim_instance *setting, const char *where,
			    struct cim_error *error);

/* take-adapter.c, take-disk.c, take-serial.c; what there is, with its settings as they are told; NULL: one is added */
int profile_take_adapter(struct profile_wish *wish, const struct cim_instance *setting,
			 const struct cim_instance *is, size_t index, const char *where,
			 struct cim_error *error);
int profile_take_disk(struct profile_wish *wish, const struct cim_instance *setting,
		      const struct cim_instance *is, size_t index, const char *where,
		      struct cim_error *error);

int profile_take_serial(struct profile_wish *wish, const struct cim_instance *setting,
			const struct cim_instance *is, const char *where, struct cim_error *error);

/* dsp1050.c */
size_t profile_count_adapters(const struct system *system);
char *profile_adapter_name(const struct system *system, size_t index);
size_t profile_find_adapter(const struct system *system, const char *id);
void profile_adapter_pool_id(const struct host *host, const struct definition_nic *nic,
			     char ret[static PROFILE_POOL_ID_SIZE]);

/* plain-pool.c */

/**
 * struct profile_plain_pool - the one pool of a type of which nothing can be reserved, data of its provider
 * @type: ResourceType
 * @name: of the type, in the InstanceID
 * @title: for people
 * @count: how many of it a virtual system has that runs
 */
struct profile_plain_pool {
	unsigned int type;
	const char *name;
	const char *title;
	size_t (*count)(const struct system *system);
};

bool profile_find_plain_pool(const struct broker *broker, const struct broker_provider *provider,
			     const struct cim_path *path, struct broker_element *ret);
void profile_plain_pool_keys(const struct broker *broker, const struct broker_element *element,
			     struct cim_instance *instance);
void profile_plain_pool_fill(const struct broker *broker, const struct broker_element *element,
			     struct cim_instance *instance);
int profile_to_plain_pool(const struct broker *broker, const struct broker_element *from,
			  const struct broker_provider *to, broker_visit *visit, void *data);

/* file-uri.c */
char *profile_file_uri(const char *path);
char *profile_uri_file(const char *uri);

/* setting.c */

/**
 * struct profile_setting - settings of one kind that virtual systems have, data of their provider
 * @name: what is behind the world in their InstanceIDs; "": the configuration itself
 * @count: how many a virtual system has; NULL: one
 * @id: what is behind @name of one of several, to be freed; NULL: no memory
 * @find: which of several that is; @count() if it is none
 */
struct profile_setting {
	const char *name;
	size_t (*count)(const struct system *system);
	char *(*id)(const struct system *system, size_t index);
	size_t (*find)(const struct system *system, const char *id);
};

unsigned int profile_setting_type(const struct broker_provider *provider);
bool profile_has_world(const struct system *system, unsigned int world);
int profile_each_setting(const struct broker *broker, const struct broker_provider *provider,
			 broker_visit *visit, void *data);
bool profile_find_setting(const struct broker *broker, const struct broker_provider *provider,
			  const struct cim_path *path, struct broker_element *ret);
void profile_setting_keys(const struct broker *broker, const struct broker_element *element,
			  struct cim_instance *instance);
void profile_put_setting(unsigned int type, const char *pool, struct cim_instance *instance);
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
 * @id: DeviceID, before the number or name if there are several
 * @count: how many a virtual system has that has a QEMU; NULL: one, without a number
 * @name: what is behind @id, to be freed; NULL: a number, as they do not come and go
 * @find: which one that is; @count() if it is none. With @name
 */
struct profile_device {
	const char *id;
	size_t (*count)(const struct system *system);
	char *(*name)(const struct system *system, size_t index);
	size_t (*find)(const struct system *system, const char *name);
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

/* Associations that the settings of a resource have: with their configuration, and with those of the other world. */
#define PROFILE_SETTING(setting)                                                                   \
	{ .class = "CIM_VirtualSystemSettingDataComponent",                                        \
	  .roles = { "GroupComponent", "PartComponent" },                                          \
	  .ends = { &configuration, &(setting) },                                                  \
	  .others = { profile_same_world, profile_same_world } },                                  \
	{                                                                                          \
		.class = "CIM_ElementSettingData", .roles = { "ManagedElement", "SettingData" },   \
		.ends = { &(setting), &(setting) },                                                \
		.others = { profile_to_defined, profile_from_defined }, .fill = profile_fill_next  \
	}
/* And with its devices. */
#define PROFILE_RESOURCE(setting, device)                                                          \
	PROFILE_SETTING(setting),                                                                  \
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

/* Associations of pools that are none of kvrm's own: with the host, and with what is from them, by @to_pool. */
#define PROFILE_OF_POOL(pool, setting, device, to_pool)                                            \
	{ .class = "CIM_HostedResourcePool",                                                       \
	  .roles = { "GroupComponent", "PartComponent" },                                          \
	  .ends = { &host_system, &(pool) } },                                                     \
		{ .class = "CIM_ElementAllocatedFromPool",                                         \
		  .roles = { "Antecedent", "Dependent" },                                          \
		  .ends = { &(pool), &(device) },                                                  \
		  .others = { NULL, to_pool } },                                                   \
	{                                                                                          \
		.class = "CIM_ResourceAllocationFromPool", .roles = { "Antecedent", "Dependent" }, \
		.ends = { &(pool), &(setting) }, .others = {                                       \
			NULL,                                                                      \
			to_pool                                                                    \
		}                                                                                  \
	}

/* definition.c */
struct definition *profile_copy_definition(const struct definition *d, struct cim_error *error);

#endif
