/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guests of two looks, from text, for the tests of what shows them.
 */
#ifndef TEST_GUESTS_H
#define TEST_GUESTS_H

#include "tools/kvrmctl/guest.h"
#include "tools/kvrmctl/look.h"
#include "tools/kvrmctl/value.h"

/**
 * struct pair - two looks, and what is between them
 * @client: shows as text
 * @before: earlier
 * @after: later
 * @names: none: all are asked for
 * @frame: of them
 * @guests: of it
 */
struct pair {
	struct client client;
	struct look before;
	struct look after;
	char *names[1];
	struct frame frame;
	struct guests guests;
};

static inline struct json_object *parse(const char *text)
{
	struct json_object *object = json_tokener_parse(text);

	assert_non_null(object);
	return object;
}

/* Samples are a second apart if their SampleTime says so. */
static inline void pair_init(struct pair *p, const char *systems, const char *pools,
			     const char *before, const char *after)
{
	*p = (struct pair){ 0 };
	p->before.systems = parse(systems);
	p->before.pools = parse(pools);
	p->before.samples = parse(before);
	p->after.systems = parse(systems);
	p->after.pools = parse(pools);
	p->after.samples = parse(after);
	p->frame = (struct frame){
		.client = &p->client, .before = &p->before, .after = &p->after, .names = p->names
	};
	assert_int_equal(guests_build(&p->frame, &p->guests), 0);
}

static inline void pair_deinit(struct pair *p)
{
	guests_deinit(&p->guests);
	look_deinit(&p->before);
	look_deinit(&p->after);
}
#define _cleanup_pair_ _cleanup_(pair_deinit)

/* Three: one that is limited, one of two virtual CPUs that waits for others, one that is not there any more. */
#define THREE_SYSTEMS                                                                              \
	"[{\"Name\":\"limited\",\"UUID\":\"l\",\"State\":\"active\",\"Pool\":\"host\",\"VCPUs\":"  \
	"1,"                                                                                       \
	"\"ProcessorLimit\":300000,\"ProcessorLimitApplied\":300000},"                             \
	"{\"Name\":\"waits\",\"UUID\":\"w\",\"State\":\"active\",\"Pool\":\"batch\",\"VCPUs\":2}," \
	"{\"Name\":\"stopped\",\"UUID\":\"s\",\"State\":\"defined\",\"Pool\":\"host\",\"VCPUs\":"  \
	"1}]"
#define THREE_BEFORE                                                                               \
	"{\"l\":{\"SampleTime\":1000000,\"CPUUsage\":0,\"MemoryUsage\":1048576,\"VCPUs\":["        \
	"{\"Index\":0,\"Running\":0,\"Ready\":0,\"Limited\":0,\"Halted\":0,\"Waiting\":0,"         \
	"\"Exits\":0}]},"                                                                          \
	"\"w\":{\"SampleTime\":1000000,\"CPUUsage\":0,\"MemoryUsage\":2097152,"                    \
	"\"CPUOverhead\":{\"emulator\":100,\"io\":0},"                                             \
	"\"MemoryFaults\":{\"major\":1},\"MemoryPressure\":{\"some\":0},\"VCPUs\":["               \
	"{\"Index\":0,\"Running\":0,\"Ready\":0,\"Limited\":0,\"Halted\":0,\"Waiting\":0,"         \
	"\"Guest\":0,\"Kernel\":0,\"User\":0,\"Exits\":0},"                                        \
	"{\"Index\":1,\"Running\":0,\"Ready\":0,\"Limited\":0,\"Halted\":0,\"Waiting\":0,"         \
	"\"Guest\":0,\"Kernel\":0,\"User\":0,\"Exits\":0}]}}"
#define THREE_AFTER                                                                                \
	"{\"l\":{\"SampleTime\":2000000,\"CPUUsage\":300000,\"MemoryUsage\":1048576,\"VCPUs\":["   \
	"{\"Index\":0,\"Running\":300000000,\"Ready\":0,\"Limited\":700000000,\"Halted\":0,"       \
	"\"Waiting\":0,\"Exits\":50}]},"                                                           \
	"\"w\":{\"SampleTime\":2000000,\"CPUUsage\":600000,\"CPUDemand\":1000000,"                 \
	"\"CPUEntitled\":600000,\"MemoryUsage\":2097152,\"MemorySwapped\":3145728,"                \
	"\"CPUOverhead\":{\"emulator\":50100,\"io\":0,\"vhost\":2500},"                            \
	"\"MemoryFaults\":{\"major\":13},\"MemoryPressure\":{\"some\":70000},\"VCPUs\":["          \
	"{\"Index\":0,\"Running\":600000000,\"Ready\":400000000,\"Limited\":0,\"Halted\":0,"       \
	"\"Waiting\":0,\"Guest\":500000000,\"Kernel\":60000000,\"User\":40000000,\"Exits\":10},"   \
	"{\"Index\":1,\"Running\":0,\"Ready\":0,\"Limited\":0,\"Halted\":1000000000,"              \
	"\"Waiting\":0,\"Guest\":0,\"Kernel\":0,\"User\":0,\"Exits\":0}]}}"

#endif
