/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The profiles that kvrm follows, told to the broker: the model seen as DMTF's classes. One file per profile,
 * named after it. Nothing here knows which protocol asks, and nothing here changes the model: what a method wants
 * is asked of who drives the model, as the other interfaces ask it.
 */
#ifndef KVRM_PROFILE_H
#define KVRM_PROFILE_H

#include "daemon/broker/broker.h"
#include "daemon/model/host.h"

/* Owner of all InstanceIDs, and of what has one. */
#define PROFILE_PREFIX "KVRM:"

enum profile_ask {
	PROFILE_DEFINE, /* @definition; gives the system */
	PROFILE_REDEFINE, /* @system is to be as @definition, of the same name and UUID; it does not run */
	PROFILE_REMOVE, /* @system, which does not run */
	PROFILE_START,
	PROFILE_STOP,	      /* within @timeout_us; 0: press the button, and do not wait */
	PROFILE_STOP_WAITING, /* nobody waits any more until @system has shut down */
	PROFILE_KILL,
	PROFILE_PAUSE,
	PROFILE_RESUME,
	PROFILE_RESET,
	PROFILE_MOVE,	     /* @system to the pool @to */
	PROFILE_SET,	     /* @changes, all or none */
	PROFILE_CREATE_POOL, /* @pool_definition; gives the pool */
	PROFILE_MOVE_POOL,   /* @pool to the pool @to */
	PROFILE_REMOVE_POOL, /* @pool */
	PROFILE_ADD_NIC,     /* @nic to @system, which may run */
	PROFILE_REMOVE_NIC,  /* the one of @system that has the address of @nic; it may run */
	PROFILE_SET_NIC,     /* limits and shares of that one are to be those of @nic */
	PROFILE_SET_DISK,    /* limits of the disk @index of @system are to be those of @disk */
	PROFILE_ASKS,
};

/**
 * struct profile_change - what is to become of a system's allocation, or of a pool
 * @system: which; NULL: @pool
 * @allocation: of the system, complete, not checked yet
 * @pool: which
 * @definition: of the pool, likewise; good during the call
 */
struct profile_change {
	struct system *system;
	struct allocation allocation;
	struct pool *pool;
	const struct pool_definition *definition;
};

/**
 * struct profile_request - what is asked of who drives the model
 * @ask: what
 * @system: about which
 * @pool: about which
 * @definition: owned by who is asked
 * @pool_definition: owned by who is asked
 * @to: name of a pool; good during the call
 * @timeout_us: 0: none
 * @nic: good during the call
 * @disk: likewise
 * @index: of @disk
 * @changes: @n of them, each system and pool once; good during the call
 * @n: of @changes
 */
struct profile_request {
	enum profile_ask ask;
	struct system *system;
	struct pool *pool;
	struct definition *definition;
	struct pool_definition *pool_definition;
	const char *to;
	uint64_t timeout_us;
	const struct definition_nic *nic;
	const struct definition_disk *disk;
	size_t index;
	const struct profile_change *changes;
	size_t n;
};

/**
 * profile_done - what was asked is done, or refused
 * @error: 0 or an ERROR_* of the model
 * @text: a sentence if it was refused; may be NULL
 * @system: that was defined
 * @pool: that was made
 * @data: as given with the request
 */
typedef void profile_done(int error, const char *text, struct system *system, struct pool *pool,
			  void *data);

struct profile_indications;
struct profile_jobs;

/**
 * struct profile_env - what profiles are told of
 * @host: the model
 * @since_us: when the host's services began, CLOCK_REALTIME
 * @indications: who is to be told of changes; NULL: nobody ever
 * @jobs: what goes on after its method was answered; NULL: methods are answered when all is done
 * @ask: does what a request says, and tells @done exactly once, perhaps before it returns
 * @data: for @ask
 */
struct profile_env {
	struct host *host;
	uint64_t since_us;
	struct profile_indications *indications;
	struct profile_jobs *jobs;
	void (*ask)(const struct profile_request *request, profile_done *done, void *done_data,
		    void *data);
	void *data;
};

/* Two worlds of settings. */
enum profile_world {
	PROFILE_STATE,	 /* what is */
	PROFILE_DEFINED, /* what is wanted at the next start */
	PROFILE_WORLDS,
};

struct broker profile_broker(struct profile_env *env);

static inline const struct profile_env *profile_env(const struct broker *broker)
{
	return broker->data;
}

/* Who tells of what. */
extern const struct broker_provider registered_profile;	     /* dsp1033.c */
extern const struct broker_provider host_system;	     /* dsp1042.c */
extern const struct broker_provider management_service;	     /* likewise */
extern const struct broker_provider management_capabilities; /* likewise */
extern const struct broker_provider snapshot_service;	     /* dsp1042-snapshot.c */
extern const struct broker_provider snapshot_capabilities;   /* likewise */
extern const struct broker_provider system_snapshots;	     /* likewise */
extern const struct broker_provider virtual_system;	     /* dsp1057.c */
extern const struct broker_provider state_capabilities;	     /* likewise */
extern const struct broker_provider power_service;	     /* dsp1057-power.c */
extern const struct broker_provider power_capabilities;	     /* likewise */
extern const struct broker_provider configuration;	     /* likewise */
extern const struct broker_provider processor_setting;	     /* dsp1044.c */
extern const struct broker_provider virtual_processor;	     /* likewise */
extern const struct broker_provider memory_setting;	     /* dsp1045.c */
extern const struct broker_provider virtual_memory;	     /* likewise */
extern const struct broker_provider disk_setting;	     /* dsp1047.c */
extern const struct broker_provider virtual_disk;	     /* likewise */
extern const struct broker_provider disk_pool;		     /* likewise */
extern const struct broker_provider serial_setting;	     /* dsp1059.c */
extern const struct broker_provider virtual_serial;	     /* likewise */
extern const struct broker_provider serial_pool;	     /* likewise */
extern const struct broker_provider adapter_setting;	     /* dsp1050.c */
extern const struct broker_provider virtual_port;	     /* dsp1050-port.c */
extern const struct broker_provider port_endpoint;	     /* likewise */
extern const struct broker_provider bridge_endpoint;	     /* likewise */
extern const struct broker_provider port_statistics;	     /* likewise */
extern const struct broker_provider adapter_pool;	     /* dsp1050-pool.c */
extern const struct broker_provider adapter_pool_setting;    /* likewise */
extern const struct broker_provider resource_pool;	     /* dsp1041.c */
extern const struct broker_provider pool_service;	     /* likewise */
extern const struct broker_provider pool_capabilities;	     /* likewise */
extern const struct broker_provider processor_pool_setting;  /* dsp1041-pool-setting.c */
extern const struct broker_provider memory_pool_setting;     /* likewise */
extern const struct broker_provider host_processor;	     /* dsp1041-host.c */
extern const struct broker_provider host_memory;	     /* likewise */
extern const struct broker_provider indication_service;	     /* dsp1054.c */
extern const struct broker_provider indication_capabilities; /* likewise */
extern const struct broker_provider listener_destination;    /* likewise */
extern const struct broker_provider indication_filter;	     /* dsp1054-filter.c */
extern const struct broker_provider allocation_capabilities; /* dsp1043.c */
extern const struct broker_provider processor_range;	     /* likewise */
extern const struct broker_provider memory_range;	     /* likewise */
extern const struct broker_provider adapter_range;	     /* likewise */
extern const struct broker_provider disk_range;		     /* likewise */
extern const struct broker_provider serial_range;	     /* likewise */
extern const struct broker_provider metric_definition;	     /* dsp1053.c */
extern const struct broker_provider concrete_job;	     /* dsp1103.c */

extern const struct broker_profile profile_dsp1033;
extern const struct broker_profile profile_dsp1041;
extern const struct broker_profile profile_dsp1041_host;
extern const struct broker_profile profile_dsp1041_pool_setting;
extern const struct broker_profile profile_dsp1042;
extern const struct broker_profile profile_dsp1042_snapshot;
extern const struct broker_profile profile_dsp1043;
extern const struct broker_profile profile_dsp1044;
extern const struct broker_profile profile_dsp1045;
extern const struct broker_profile profile_dsp1047;
extern const struct broker_profile profile_dsp1050;
extern const struct broker_profile profile_dsp1050_port;
extern const struct broker_profile profile_dsp1050_pool;
extern const struct broker_profile profile_dsp1053;
extern const struct broker_profile profile_dsp1054;
extern const struct broker_profile profile_dsp1057;
extern const struct broker_profile profile_dsp1057_power;
extern const struct broker_profile profile_dsp1059;
extern const struct broker_profile profile_dsp1103;
extern const struct broker_profile profile_dsp1103_call;

/* element.c: elements that several profiles use */
struct broker_element profile_host_element(void);
struct broker_element profile_system_element(const struct system *system);
int profile_each_system(const struct broker *broker, const struct broker_provider *provider,
			broker_visit *visit, void *data);
struct system *profile_find_system(const struct broker *broker, const struct cim_path *path);
struct system *profile_find_uuid(const struct broker *broker, const char *text,
				 const char **ret_rest);
bool profile_find_system_part(const struct broker *broker, const struct broker_provider *provider,
			      const struct cim_path *path, struct broker_element *ret);
void profile_put_host(const struct broker *broker, struct cim_instance *instance);
void profile_id_keys(const struct broker *broker, const struct broker_element *element,
		     struct cim_instance *instance);
void profile_system_id_keys(const struct broker *broker, const struct broker_element *element,
			    struct cim_instance *instance);

/**
 * struct profile_service - a service of the host, data of its provider
 * @name: key
 * @title: for people
 */
struct profile_service {
	const char *name;
	const char *title;
};

void profile_service_keys(const struct broker *broker, const struct broker_element *element,
			  struct cim_instance *instance);
void profile_service_fill(const struct broker *broker, const struct broker_element *element,
			  struct cim_instance *instance);

int profile_same_object(const struct broker *broker, const struct broker_element *from,
			const struct broker_provider *to, broker_visit *visit, void *data);
void profile_fill_manages(const struct broker *broker, const struct broker_element *const ends[2],
			  struct cim_instance *instance);
void profile_fill_default(const struct broker *broker, const struct broker_element *const ends[2],
			  struct cim_instance *instance);

/* Associations that services have: with the host, with what they can do, and with what they manage. */
#define PROFILE_HOSTED_SERVICE(service)                                                            \
	{                                                                                          \
		.class = "CIM_HostedService",                                                      \
		.roles = { "Antecedent", "Dependent" },                                            \
		.ends = { &host_system, &(service) },                                              \
	}
#define PROFILE_DEFAULT_CAPABILITIES(element, capabilities)                                        \
	{                                                                                          \
		.class = "CIM_ElementCapabilities",                                                \
		.roles = { "ManagedElement", "Capabilities" },                                     \
		.ends = { &(element), &(capabilities) },                                           \
		.fill = profile_fill_default,                                                      \
	}
#define PROFILE_MANAGED(element, service)                                                          \
	{                                                                                          \
		.class = "CIM_ServiceAffectsElement",                                              \
		.roles = { "AffectedElement", "AffectingElement" },                                \
		.ends = { &(element), &(service) },                                                \
		.fill = profile_fill_manages,                                                      \
	}

/* refuse.c: how the model's refusals are told */
void profile_refuse(struct broker_call *call, int error, const char *text);
void profile_answer(int error, const char *text, struct system *system, struct pool *pool,
		    void *data);
void profile_refuse_message(struct broker_call *call, enum cim_message_id id, const char *first,
			    const char *second, const char *third);
void profile_not_supported(struct broker_call *call, const struct broker_element *element);

/* dsp1042-methods.c */
void profile_define_system(struct broker_call *call, const struct broker_element *element);
void profile_destroy_system(struct broker_call *call, const struct broker_element *element);

/* dsp1042-add.c */
void profile_add_resources(struct broker_call *call, const struct broker_element *element);

/* dsp1042-remove.c */
void profile_remove_resources(struct broker_call *call, const struct broker_element *element);

/* dsp1042-modify.c */
void profile_modify_resources(struct broker_call *call, const struct broker_element *element);
void profile_modify_system(struct broker_call *call, const struct broker_element *element);

/* dsp1057-state.c */
uint16_t profile_enabled_state(const struct system *system);
uint16_t profile_transition(const struct system *system);
size_t profile_available_states(const struct system *system, uint16_t states[static 8]);
void profile_put_supported_states(struct cim_instance *instance);
void profile_change_state(struct broker_call *call, struct system *system, uint64_t requested,
			  const char *asked, profile_done *done);
void profile_state_reached(struct broker_call *call, int error, const char *text,
			   const struct cim_path *path, uint64_t requested);
void profile_request_state(struct broker_call *call, const struct broker_element *element);

#endif
