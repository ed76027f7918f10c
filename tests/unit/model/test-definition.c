// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Definitions: every key, every refusal with its sentence, and the ways through file, bus and store.
 */
#include <errno.h>
#include <linux/kvrm.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <cmocka.h>

#include "daemon/model/definition.h"
#include "daemon/util/keyfile.h"

static void expect_refused(const char *key, const char *value, const char *part)
{
	_cleanup_definition_ struct definition *d = definition_new();
	_cleanup_free_ char *error = NULL;

	assert_int_equal(definition_set(d, key, value, &error), -EINVAL);
	assert_non_null(error);
	if (!strstr(error, part) || !strstr(error, key))
		fail_msg("%s = %s: '%s' does not name the key and '%s'", key, value, error, part);
}

static void test_refusals(void **state)
{
	static const char *const cases[][3] = {
		{ "name", "", "1 to 63" },
		{ "name", "-x", "A-Z a-z 0-9" },
		{ "name", "a/b", "A-Z a-z 0-9" },
		{ "name", "0123456789012345678901234567890123456789012345678901234567890123",
		  "1 to 63" },
		{ "uuid", "12345", "not a UUID" },
		{ "uuid", "0123456789abcdef0123456789abcdef0123", "not a UUID" },
		{ "vcpus", "0", "1 to 255" },
		{ "vcpus", "256", "1 to 255" },
		{ "vcpus", "two", "1 to 255" },
		{ "vcpus", "-1", "1 to 255" },
		{ "memory", "0", "1M to 16T" },
		{ "memory", "1000", "1M to 16T" },
		{ "memory", "17T", "1M to 16T" },
		{ "memory", "18446744073709551616", "1M to 16T" },
		{ "memory", "99999999999T", "1M to 16T" },
		{ "memory", "1.5G", "1M to 16T" },
		{ "memory-max", "", "memory-max: '' is neither a size from 1M to 16T" },
		{ "memory-max", "1000K", "in steps of 1M" },
		{ "memory-max", "17T", "1M to 16T" },
		{ "memory-max", "unlimited", "nor 0" },
		{ "disk", "relative.raw", "absolute" },
		{ "disk", "/x,format=vmdk", "raw or qcow2" },
		{ "disk", "/x,cache=none", "cache=none" },
		{ "channel", "a b", "A-Z a-z 0-9" },
		{ "cpu-limit", "0", "1%" },
		{ "cpu-limit", "0.5%", "10000" },
		{ "cpu-limit", "abc", "unlimited" },
		{ "cpu-limit", "1e3", "unlimited" },
		{ "cpu-limit", "", "unlimited" },
		{ "cpu-limit", "%", "unlimited" },
		{ "cpu-limit", "1..5", "unlimited" },
		{ "cpu-limit", "25.00001%", "0.0001%" },
		{ "cpu-limit", "99999999999999999999%", "unlimited" },
		{ "pool", "", "1 to 63" },
		{ "pool", "a/b", "A-Z a-z 0-9" },
		{ "cpu-reservation", "unlimited", "25%" },
		{ "cpu-reservation", "", "1.5" },
		{ "cpu-reservation", "-1", "0.0001%" },
		{ "cpu-weight", "0", "1 to 10000" },
		{ "cpu-weight", "10001", "1 to 10000" },
		{ "cpu-weight", "1.5", "1 to 10000" },
		{ "storage-weight", "0", "storage-weight: '0' is not 1 to 10000" },
		{ "storage-weight", "10001", "1 to 10000" },
		{ "storage-weight", "1.5", "1 to 10000" },
		{ "sample-rate", "0", "sample-rate: '0' is not 1 to 1000" },
		{ "sample-rate", "1001", "sample-rate: '1001' is not 1 to 1000" },
		{ "sample-rate", "1000000000", "1 to 1000" },
		{ "sample-rate", "10Hz", "1 to 1000" },
		{ "probes", "", "probes: '' is not none, all, or some of exits" },
		{ "probes", "exits,", "probes: 'exits,' is not none" },
		{ "probes", "exits,none", "is not none" },
		{ "probes", "exit", "is not none" },
		{ "probes", "exits wakeups", "is not none" },
		{ "vcpu-limit", "0", "1% to 100%" },
		{ "vcpu-limit", "101%", "not 10000 to 1000000" },
		{ "vcpu-limit", "0.9999%", "not 10000 to 1000000" },
		{ "vcpu-limit", "2", "not 10000 to 1000000" },
		{ "vcpu-limit", "", "unlimited" },
		{ "vcpu-limit", "25.00001%", "0.0001%" },
		{ "memory-reservation", "", "0 to 16T" },
		{ "memory-reservation", "-1", "0 to 16T" },
		{ "memory-reservation", "1048577", "steps of 1M" },
		{ "memory-reservation", "17T", "0 to 16T" },
		{ "memory-reservation", "50%", "512M" },
		{ "memory-reservation", "unlimited", "0 to 16T" },
		{ "memory-limit", "", "16M to 32T" },
		{ "memory-limit", "0", "16M to 32T" },
		{ "memory-limit", "15M", "16M to 32T" },
		{ "memory-limit", "16777217", "steps of 1M" },
		{ "memory-limit", "33T", "16M to 32T" },
		{ "memory-limit", "50%", "unlimited" },
		{ "colour", "red", "unknown key" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		expect_refused(cases[i][0], cases[i][1], cases[i][2]);
}

static void test_limits_are_exact(void **state)
{
	static const struct {
		const char *text;
		uint64_t us;
		const char *formatted;
	} cases[] = {
		{ "25%", 250000, "25%" },
		{ "1.5", 1500000, "150%" },
		{ "0.25", 250000, "25%" },
		{ "33.3333%", 333333, "33.3333%" },
		{ "1%", 10000, "1%" },
		{ "100%", 1000000, "100%" },
		{ "12.50%", 125000, "12.5%" },
		{ "unlimited", 0, "unlimited" },
		{ "0.010001", 10001, "1.0001%" },
		{ "4096", 4096000000, "409600%" },
		{ "2.0000000", 2000000, "200%" },
	};
	char text[32];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t us = 7;

		assert_int_equal(cpu_limit_parse(cases[i].text, &us, NULL), 0);
		assert_int_equal(us, cases[i].us);
		cpu_limit_format(us, text, sizeof(text));
		assert_string_equal(text, cases[i].formatted);
	}
}

static struct definition *full_definition(void)
{
	static const char *const pairs[][2] = {
		{ "name", "web1" },
		{ "uuid", "01234567-89AB-cdef-0123-456789abcdef" },
		{ "description", "a \"quoted\" text, with = and #" },
		{ "vcpus", "2" },
		{ "memory", "512M" },
		{ "memory-max", "2G" },
		{ "kernel", "/boot/vmlinuz" },
		{ "initrd", "/boot/initrd" },
		{ "cmdline", "console=ttyS0 quiet" },
		{ "disk",
		  "/srv/a.raw,read-limit=10MB,read-iops=3,read-burst=10M,write-iops=1000000000" },
		{ "disk", "/srv/b.qcow2,format=qcow2,readonly=on,write-limit=1B" },
		{ "channel", "org.kvrm.test" },
		{ "channel", "other" },
		{ "nic", "br0,mac=52:54:00:AB:cd:01,to-guest-limit=100Mbit,to-guest-burst=64K" },
		{ "nic", "br-lan.7,vhost=off,from-guest-limit=3B,from-guest-packet-limit=1000" },
		{ "cpu-limit", "25%" },
		{ "pool", "web-1.x" },
		{ "cpu-reservation", "0.2" },
		{ "cpu-weight", "300" },
		{ "vcpu-limit", "20%" },
		{ "memory-reservation", "256M" },
		{ "memory-limit", "400M" },
		{ "storage-weight", "400" },
		{ "sample-rate", "1000" },
		{ "probes", "wakeups,exits,wakeups" },
	};
	struct definition *d = definition_new();

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		assert_int_equal(definition_set(d, pairs[i][0], pairs[i][1], NULL), 0);
	assert_int_equal(definition_validate(d, 2000000, NULL), 0);
	return d;
}

static void assert_same(const struct definition *a, const struct definition *b)
{
	assert_string_equal(a->name, b->name);
	assert_string_equal(a->uuid, b->uuid);
	assert_string_equal(a->description, b->description);
	assert_int_equal(a->vcpus, b->vcpus);
	assert_int_equal(a->memory_bytes, b->memory_bytes);
	assert_int_equal(b->memory_max_bytes, UINT64_C(2) << 30);
	assert_int_equal(a->memory.reservation_bytes, b->memory.reservation_bytes);
	assert_int_equal(a->memory.limit_bytes, b->memory.limit_bytes);
	assert_string_equal(a->kernel, b->kernel);
	assert_string_equal(a->initrd, b->initrd);
	assert_string_equal(a->cmdline, b->cmdline);
	assert_string_equal(a->pool, b->pool);
	assert_true(cpu_allocation_equal(&a->cpu, &b->cpu));
	assert_int_equal(b->cpu.limit_us, 250000);
	assert_int_equal(b->cpu.reservation_us, 200000);
	assert_int_equal(b->cpu.weight, 300);
	assert_int_equal(b->cpu.vcpu_limit_us, 200000);
	assert_int_equal(b->storage_weight, 400);
	assert_int_equal(b->sample_rate_hz, 1000);
	assert_int_equal(b->probes, KVRM_PROBE_EXITS | KVRM_PROBE_WAKEUPS);
	assert_int_equal(a->n_disks, b->n_disks);
	for (size_t i = 0; i < a->n_disks; i++) {
		assert_string_equal(a->disks[i].path, b->disks[i].path);
		assert_string_equal(a->disks[i].format, b->disks[i].format);
		assert_int_equal(a->disks[i].read_only, b->disks[i].read_only);
		assert_memory_equal(a->disks[i].limits, b->disks[i].limits,
				    sizeof(a->disks[i].limits));
	}
	assert_int_equal(b->disks[0].limits[DISK_READ].bytes_per_s, 10000000);
	assert_int_equal(b->disks[0].limits[DISK_READ].operations_per_s, 3);
	assert_int_equal(b->disks[0].limits[DISK_READ].burst_bytes, 10485760);
	assert_int_equal(b->disks[0].limits[DISK_WRITE].operations_per_s, 1000000000);
	assert_int_equal(b->disks[1].limits[DISK_WRITE].bytes_per_s, 1);
	assert_int_equal(a->n_channels, b->n_channels);
	for (size_t i = 0; i < a->n_channels; i++)
		assert_string_equal(a->channels[i], b->channels[i]);
	assert_int_equal(b->n_nics, 2);
	for (size_t i = 0; i < 2; i++)
		assert_memory_equal(&a->nics[i], &b->nics[i], sizeof(a->nics[i]));
	assert_string_equal(b->nics[0].mac, "52:54:00:ab:cd:01");
	assert_int_equal(b->nics[0].limits[NIC_TO_GUEST].bytes_per_s, 12500000);
	assert_int_equal(b->nics[1].limits[NIC_FROM_GUEST].packets_per_s, 1000);
}

static void test_store_round_trip(void **state)
{
	_cleanup_definition_ struct definition *d = full_definition(), *back = NULL;
	_cleanup_free_ char *text = NULL;

	assert_string_equal(d->uuid, "01234567-89ab-cdef-0123-456789abcdef");
	assert_int_equal(definition_to_json(d, &text), 0);
	assert_int_equal(definition_from_json(text, &back, NULL), 0);
	assert_same(d, back);
}

static void test_damaged_store(void **state)
{
	static const char *const texts[] = {
		"",
		"[]",
		"{",
		"{\"name\":\"x\"}",
		"{\"name\":\"x\",\"memory-bytes\":1048576,\"odd\":1}",
		"{\"name\":\"x\",\"memory-bytes\":1048576,\"disks\":7}",
		"{\"name\":\"x\",\"memory-bytes\":1048576,\"disks\":[{}]}",
		"{\"name\":\"x\",\"memory-bytes\":1048576,\"nics\":[{}]}",
		"{\"name\":\"x\",\"memory-bytes\":1048576,\"nics\":[{\"bridge\":\"a/b\"}]}",
		"{\"name\":\"x\",\"memory-bytes\":1048576,\"nics\":[{\"bridge\":"
		"\"0123456789abcdef\"}]}",
		"{\"name\":\"x\",\"memory-bytes\":1048576,\"nics\":[{\"bridge\":\"b\",\"mac\":"
		"\"x\"}]}",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		_cleanup_definition_ struct definition *d = NULL;
		_cleanup_free_ char *error = NULL;

		assert_int_equal(definition_from_json(texts[i], &d, &error), -EINVAL);
		assert_non_null(error);
		assert_null(d);
	}
}

/* A message can be built and read without a bus behind it. */
static sd_bus_message *new_message(sd_bus **ret_bus)
{
	sd_bus_message *m = NULL;
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_true(sd_bus_new(ret_bus) >= 0);
	assert_true(sd_bus_set_fd(*ret_bus, pair[0], pair[0]) >= 0);
	assert_true(sd_bus_start(*ret_bus) >= 0);
	close(pair[1]);
	assert_true(sd_bus_message_new_signal(*ret_bus, &m, "/x", "x.y", "Z") >= 0);
	return m;
}

static int read_sealed(sd_bus_message *m, struct definition **ret, char **ret_error)
{
	assert_true(sd_bus_message_seal(m, 1, 0) >= 0);
	assert_true(sd_bus_message_rewind(m, 1) >= 0);
	return definition_read_bus(m, ret, ret_error);
}

static void test_bus_round_trip(void **state)
{
	_cleanup_definition_ struct definition *d = full_definition(), *back = NULL;
	sd_bus *bus = NULL;
	sd_bus_message *m = new_message(&bus);

	assert_int_equal(definition_append_bus(m, d), 0);
	assert_int_equal(read_sealed(m, &back, NULL), 0);
	assert_same(d, back);
	sd_bus_message_unref(m);
	sd_bus_close_unref(bus);
}

static void test_bus_refusals(void **state)
{
	static const struct {
		const char *key, *type, *part;
	} cases[] = {
		{ "Colour", "s", "unknown key 'Colour'" },
		{ "Memory", "s", "Memory: is of type s, not t" },
		{ "VCPUs", "t", "VCPUs: is of type t, not u" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_definition_ struct definition *d = NULL;
		_cleanup_free_ char *error = NULL;
		sd_bus *bus = NULL;
		sd_bus_message *m = new_message(&bus);

		if (*cases[i].type == 's')
			sd_bus_message_append(m, "a{sv}", 1, cases[i].key, "s", "x");
		else
			sd_bus_message_append(m, "a{sv}", 1, cases[i].key, "t", UINT64_C(1));
		assert_int_equal(read_sealed(m, &d, &error), -EINVAL);
		assert_non_null(strstr(error, cases[i].part));
		sd_bus_message_unref(m);
		sd_bus_close_unref(bus);
	}
}

static int collect(const char *key, const char *value, char **ret_error, void *data)
{
	return definition_set(data, key, value, ret_error);
}

static int read_text_file(const char *text, struct definition *d, char **ret_error)
{
	_cleanup_fclose_ FILE *file = fmemopen((void *)text, strlen(text), "r");

	return keyfile_read(file, "web1.conf", collect, d, ret_error);
}

static void test_file(void **state)
{
	_cleanup_definition_ struct definition *d = definition_new();
	_cleanup_free_ char *error = NULL;

	assert_int_equal(read_text_file("# a guest\n\n name = web1 \nmemory=1G\n"
					"cmdline = a=b c\ndisk = /x\n",
					d, NULL),
			 0);
	assert_string_equal(d->name, "web1");
	assert_string_equal(d->disks[0].format, "raw");
	assert_int_equal(definition_validate(d, 0, &error), -EINVAL);
	assert_string_equal(error, "cmdline: needs a kernel");
}

static void test_file_errors_name_the_line(void **state)
{
	_cleanup_definition_ struct definition *d = definition_new();
	_cleanup_free_ char *first = NULL, *second = NULL;

	assert_int_equal(read_text_file("name = x\n\ncolor = red\n", d, &first), -EINVAL);
	assert_non_null(strstr(first, "web1.conf:3: unknown key 'color'"));
	assert_int_equal(read_text_file("name x\n", d, &second), -EINVAL);
	assert_non_null(strstr(second, "web1.conf:1: "));
}

static void test_whole_object_rules(void **state)
{
	_cleanup_definition_ struct definition *d = definition_new();
	_cleanup_free_ char *error = NULL, *above = NULL;

	assert_int_equal(definition_validate(d, 0, &error), -EINVAL);
	assert_string_equal(error, "name: is missing");
	strcpy(d->name, "x");
	d->memory_bytes = 1 << 20;
	assert_int_equal(definition_validate(d, 0, NULL), 0);
	d->cpu.limit_us = UINT64_MAX;
	assert_int_equal(definition_validate(d, 2000000, &above), -EINVAL);
	assert_non_null(strstr(above, "above the host's 2000000"));
}

static void expect_allocation(uint64_t reservation_us, uint64_t limit_us, uint32_t weight,
			      const char *part)
{
	_cleanup_definition_ struct definition *d = definition_new();
	_cleanup_free_ char *error = NULL;

	strcpy(d->name, "x");
	d->memory_bytes = 1 << 20;
	d->vcpus = 2;
	d->cpu = (struct cpu_allocation){ reservation_us, limit_us, weight };
	assert_int_equal(definition_validate(d, 4000000, &error), part ? -EINVAL : 0);
	if (part && !strstr(error, part))
		fail_msg("'%s' does not say '%s'", error, part);
}

static void test_allocations(void **state)
{
	expect_allocation(0, 0, 1, NULL);
	expect_allocation(2000000, 0, 10000, NULL);
	expect_allocation(250000, 250000, 100, NULL);
	expect_allocation(2000001, 0, 100,
			  "cpu-reservation: 2000001 us per second is above 2000000");
	expect_allocation(250001, 250000, 100,
			  "cpu-reservation: 250001 us per second is above the cpu-limit of 250000");
	expect_allocation(UINT64_MAX, 0, 100, "cpu-reservation: ");
	expect_allocation(0, 0, 0, "cpu-weight: 0 is not 1 to 10000");
	expect_allocation(0, 0, 10001, "cpu-weight: 10001 is not 1 to 10000");
	expect_allocation(0, 9999, 100, "cpu-limit: ");
	expect_allocation(0, 4000001, 100, "cpu-limit: ");
}

/* Two virtual CPUs. */
static void test_vcpu_limits(void **state)
{
	static const struct {
		struct cpu_allocation cpu;
		const char *part;
	} cases[] = {
		{ { 0, 0, 100, 10000 }, NULL },
		{ { 2000000, 0, 100, 1000000 }, NULL },
		{ { 500000, 0, 100, 250000 }, NULL },
		{ { 0, 0, 100, 9999 }, "vcpu-limit: 9999 us per second is not 10000 to 1000000" },
		{ { 0, 0, 100, 1000001 }, "vcpu-limit: 1000001 us per second is not" },
		{ { 0, 0, 100, UINT64_MAX }, "vcpu-limit: " },
		{ { 500001, 0, 100, 250000 },
		  "cpu-reservation: 500001 us per second is above 500000 (all virtual CPUs, each "
		  "at its vcpu-limit)" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_free_ char *error = NULL;
		int r = cpu_allocation_check(&cases[i].cpu, 2000000, 4000000, &error);

		assert_int_equal(r, cases[i].part ? -EINVAL : 0);
		if (cases[i].part && !strstr(error, cases[i].part))
			fail_msg("'%s' does not say '%s'", error, cases[i].part);
	}
	assert_false(cpu_allocation_equal(&cases[0].cpu, &cases[3].cpu));
}

/* What is not set is not stored: an older kvrmd reads such a definition. */
static void test_unset_vcpu_limit_is_not_stored(void **state)
{
	_cleanup_definition_ struct definition *d = full_definition();
	_cleanup_free_ char *with = NULL, *without = NULL;

	assert_int_equal(definition_to_json(d, &with), 0);
	assert_non_null(strstr(with, "\"vcpu-limit-us\":200000"));
	d->cpu.vcpu_limit_us = 0;
	assert_int_equal(definition_to_json(d, &without), 0);
	assert_null(strstr(without, "vcpu-limit"));
}

static void test_memory(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} amounts[] = { { 0, "0" },
			{ 1, "1" },
			{ 1536, "1536" },
			{ 2048, "2K" },
			{ UINT64_C(3) << 29, "1536M" },
			{ UINT64_C(7) << 40, "7T" },
			{ UINT64_C(1) << 60, "1048576T" } };
	_cleanup_definition_ struct definition *d = full_definition();
	_cleanup_free_ char *above = NULL, *odd = NULL, *json = NULL;
	char text[32];

	for (size_t i = 0; i < sizeof(amounts) / sizeof(amounts[0]); i++) {
		memory_format(amounts[i].bytes, text, sizeof(text));
		assert_string_equal(text, amounts[i].text);
	}
	d->memory.reservation_bytes = d->memory_bytes;
	assert_int_equal(definition_validate(d, 0, NULL), 0);
	d->memory.reservation_bytes += DEFINITION_MEMORY_UNIT;
	assert_int_equal(definition_validate(d, 0, &above), -EINVAL);
	assert_string_equal(above,
			    "memory-reservation: 537919488 bytes is above the memory of 512M "
			    "(536870912)");
	d->memory.reservation_bytes = 5;
	assert_int_equal(definition_validate(d, 0, &odd), -EINVAL);
	assert_string_equal(odd,
			    "memory-reservation: 5 bytes is not a multiple of 1M from 0 to 16T");
	/* One that has none is written as kvrmd wrote it before there were any. */
	d->memory.reservation_bytes = 0;
	assert_int_equal(definition_to_json(d, &json), 0);
	assert_null(strstr(json, "memory-reservation"));
}

/* Up to what memory can be plugged in: a definition that says nothing of that is written as before. */
static void test_memory_max(void **state)
{
	const uint64_t mib = DEFINITION_MEMORY_UNIT;
	_cleanup_definition_ struct definition *d = full_definition();
	_cleanup_free_ char *below = NULL, *odd = NULL, *above = NULL, *json = NULL;

	assert_int_equal(definition_pluggable(d), 1536 * mib);
	d->memory_max_bytes = d->memory_bytes;
	assert_int_equal(definition_validate(d, 0, NULL), 0);
	assert_int_equal(definition_pluggable(d), 0);
	d->memory_max_bytes += mib;
	assert_int_equal(definition_validate(d, 0, NULL), 0);
	assert_int_equal(definition_pluggable(d), MEMORY_PLUG_BLOCK);
	d->memory_max_bytes = 511 * mib;
	assert_int_equal(definition_validate(d, 0, &below), -EINVAL);
	assert_string_equal(below, "memory-max: 511M is below the memory of 512M");
	assert_int_equal(definition_pluggable(d), 0);
	d->memory_max_bytes = (UINT64_C(2) << 30) + 1;
	assert_int_equal(definition_validate(d, 0, &odd), -EINVAL);
	assert_string_equal(odd, "memory-max: 2147483649 bytes is neither 0 nor a multiple of 1M "
				 "from 1M to 16T");
	d->memory_max_bytes = DEFINITION_MEMORY_MAX_BYTES + mib;
	assert_int_equal(definition_validate(d, 0, &above), -EINVAL);
	assert_int_equal(definition_set(d, "memory-max", "0", NULL), 0);
	assert_int_equal(definition_validate(d, 0, NULL), 0);
	assert_int_equal(definition_to_json(d, &json), 0);
	assert_null(strstr(json, "memory-max"));
}

/* Of what runs: from what it was started with, in steps. */
static void test_memory_size(void **state)
{
	const uint64_t mib = DEFINITION_MEMORY_UNIT;
	static const struct {
		uint64_t mib, base_mib, max_mib;
		const char *error;
	} cases[] = {
		{ 1, 0, 0, NULL },
		{ 16 << 20, 0, 0, NULL },
		{ 0, 0, 0, "memory: 0 is not 1M to 16T in steps of 1M" },
		{ 17 << 20, 0, 0, "memory: 17T is not 1M to 16T in steps of 1M" },
		{ 1024, 0, 1024, NULL },
		{ 1025, 0, 1024, "memory: 1025M is not 1M to 1G (its memory-max) in steps of 1M" },
		{ 65, 65, 512, NULL },
		{ 67, 65, 512, NULL },
		{ 511, 65, 512, NULL },
		{ 66, 65, 512,
		  "memory: 66M is not 65M (what it was started with) to 512M (its memory-max) in "
		  "steps of 2M" },
		{ 63, 65, 512, "memory: 63M is not 65M" },
		{ 513, 65, 512, "memory: 513M is not 65M" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_free_ char *error = NULL;
		int r = memory_size_check(cases[i].mib * mib, cases[i].base_mib * mib,
					  cases[i].max_mib * mib, &error);

		assert_int_equal(r, cases[i].error ? -EINVAL : 0);
		if (cases[i].error)
			assert_ptr_equal(strstr(error, cases[i].error), error);
	}
	assert_int_equal(memory_size_check(mib + 1, 0, 0, NULL), -EINVAL);
}

/* It must leave room for the reservation, a MiB at least, for QEMU, and for throttling. */
static void test_memory_limit(void **state)
{
	const uint64_t mib = 1 << 20, overhead = 65 * mib;
	struct memory_allocation memory = { .limit_bytes = 74 * mib, .weight = 100 };
	_cleanup_free_ char *error = NULL;

	assert_int_equal(memory_limit_check(&memory, overhead, NULL), 0);
	memory.limit_bytes -= mib;
	assert_int_equal(memory_limit_check(&memory, overhead, &error), -EINVAL);
	assert_string_equal(error,
			    "memory-limit: 76546048 bytes is 1048576 below 74M, the least for "
			    "a memory-reservation of 0 and 68157440 of QEMU");
	memory.reservation_bytes = 1024 * mib;
	memory.limit_bytes = 1125 * mib;
	assert_int_equal(memory_limit_check(&memory, overhead, NULL), 0);
	memory.limit_bytes = 1124 * mib;
	assert_int_equal(memory_limit_check(&memory, overhead, NULL), -EINVAL);
	memory.limit_bytes = 0;
	assert_int_equal(memory_limit_check(&memory, overhead, NULL), 0);
	memory.limit_bytes = 15 * mib;
	assert_int_equal(memory_allocation_check(&memory, 0, NULL), -EINVAL);
	memory.limit_bytes = 16 * mib + 1;
	assert_int_equal(memory_allocation_check(&memory, 0, NULL), -EINVAL);
	memory.limit_bytes = 16 * mib;
	assert_int_equal(memory_allocation_check(&memory, 0, NULL), 0);
}

static void test_memory_weight(void **state)
{
	_cleanup_definition_ struct definition *d = definition_new(), *back = NULL;
	_cleanup_free_ char *zero = NULL, *above = NULL, *json = NULL, *plain = NULL;
	struct allocation before = { .memory.weight = 7 }, after = before;

	assert_int_equal(d->memory.weight, 100);
	strcpy(d->name, "x");
	d->memory_bytes = 1 << 20;
	assert_int_equal(definition_to_json(d, &plain), 0);
	assert_null(strstr(plain, "memory-weight"));
	assert_int_equal(definition_set(d, "memory-weight", "10000", NULL), 0);
	assert_int_equal(d->memory.weight, 10000);
	assert_int_equal(definition_set(d, "memory-weight", "0", &zero), -EINVAL);
	assert_string_equal(zero, "memory-weight: '0' is not 1 to 10000");
	assert_int_equal(definition_to_json(d, &json), 0);
	assert_int_equal(definition_from_json(json, &back, NULL), 0);
	assert_int_equal(back->memory.weight, 10000);
	d->memory.weight = 10001;
	assert_int_equal(definition_validate(d, 0, &above), -EINVAL);
	assert_string_equal(above, "memory-weight: 10001 is not 1 to 10000");
	assert_true(allocation_equal(&before, &after));
	after.memory.weight = 8;
	assert_false(allocation_equal(&before, &after));
	after = before;
	after.memory_bytes = 1;
	assert_false(allocation_equal(&before, &after));
}

/* A part for each, and tables in proportion to its memory. */
static void test_overhead(void **state)
{
	const uint64_t mib = DEFINITION_MEMORY_UNIT;
	struct definition d = { .memory_bytes = 16 * mib };

	assert_int_equal(definition_overhead(&d, 64 * mib), 65 * mib);
	d.memory_bytes = 256 * mib;
	assert_int_equal(definition_overhead(&d, 64 * mib), 65 * mib);
	d.memory_bytes = 257 * mib;
	assert_int_equal(definition_overhead(&d, 64 * mib), 66 * mib);
	d.memory_bytes = DEFINITION_MEMORY_MAX_BYTES;
	assert_int_equal(definition_overhead(&d, mib), (UINT64_C(64) << 30) + mib);
	assert_int_equal(definition_overhead(&d, 0), 0);
}

/* What is not given stays; nothing but an allocation is taken. */
static void test_allocation_from_bus(void **state)
{
	struct allocation a = { { 1, 2, 3, 4 }, { 5, 6, 8 }, 7, 9, 2, 10 };
	const struct cpu_allocation *cpu = &a.cpu;
	_cleanup_free_ char *error = NULL;
	sd_bus *bus = NULL;
	sd_bus_message *m = new_message(&bus);

	sd_bus_message_append(m, "a{sv}", 2, "ProcessorReservation", "t", UINT64_C(200000),
			      "ProcessorWeight", "u", 500);
	assert_true(sd_bus_message_seal(m, 1, 0) >= 0);
	assert_int_equal(allocation_read_bus(m, &a, NULL), 0);
	assert_int_equal(cpu->reservation_us, 200000);
	assert_int_equal(cpu->limit_us, 2);
	assert_int_equal(cpu->weight, 500);
	assert_int_equal(cpu->vcpu_limit_us, 4);
	assert_int_equal(a.memory.reservation_bytes, 5);
	assert_int_equal(a.memory.limit_bytes, 6);
	assert_int_equal(a.memory.weight, 8);
	assert_int_equal(a.storage_weight, 7);
	assert_int_equal(a.sample_rate_hz, 9);
	assert_int_equal(a.probes, 2);
	assert_int_equal(a.memory_bytes, 10);
	sd_bus_message_unref(m);
	sd_bus_close_unref(bus);
	m = new_message(&bus);
	sd_bus_message_append(m, "a{sv}", 8, "ProcessorVCPULimit", "t", UINT64_C(50000), "Memory",
			      "t", UINT64_C(1) << 32, "MemoryReservation", "t", UINT64_C(1) << 30,
			      "MemoryLimit", "t", UINT64_C(1) << 31, "MemoryWeight", "u", 88,
			      "StorageWeight", "u", 77, "SampleRate", "u", 1000, "Probes", "s",
			      "all");
	assert_true(sd_bus_message_seal(m, 1, 0) >= 0);
	assert_int_equal(allocation_read_bus(m, &a, NULL), 0);
	assert_int_equal(cpu->vcpu_limit_us, 50000);
	assert_int_equal(a.memory.reservation_bytes, UINT64_C(1) << 30);
	assert_int_equal(a.memory.weight, 88);
	assert_int_equal(a.storage_weight, 77);
	assert_int_equal(a.sample_rate_hz, 1000);
	assert_int_equal(a.probes, 7);
	assert_int_equal(a.memory.limit_bytes, UINT64_C(1) << 31);
	assert_int_equal(a.memory_bytes, UINT64_C(1) << 32);
	sd_bus_message_unref(m);
	sd_bus_close_unref(bus);
	m = new_message(&bus);
	sd_bus_message_append(m, "a{sv}", 2, "ProcessorWeight", "u", 7, "Pool", "s", "web");
	assert_true(sd_bus_message_seal(m, 1, 0) >= 0);
	assert_int_equal(allocation_read_bus(m, &a, &error), -EINVAL);
	assert_string_equal(error, "unknown key 'Pool'; keys are ProcessorReservation "
				   "ProcessorLimit ProcessorWeight ProcessorVCPULimit Memory "
				   "MemoryReservation MemoryLimit MemoryWeight StorageWeight "
				   "SampleRate Probes");
	assert_int_equal(cpu->weight, 500);
	sd_bus_message_unref(m);
	sd_bus_close_unref(bus);
}

static void test_counts_are_bounded(void **state)
{
	_cleanup_definition_ struct definition *d = definition_new();
	char name[16];

	for (int i = 0; i < DEFINITION_DISKS_MAX; i++)
		assert_int_equal(definition_add_disk(d, "/x", NULL, false, NULL), 0);
	assert_int_equal(definition_add_disk(d, "/x", NULL, false, NULL), -EINVAL);
	for (int i = 0; i < DEFINITION_CHANNELS_MAX; i++) {
		snprintf(name, sizeof(name), "c%d", i);
		assert_int_equal(definition_add_channel(d, name, NULL), 0);
	}
	assert_int_equal(definition_add_channel(d, "c0", NULL), -EINVAL);
	assert_int_equal(definition_add_channel(d, "more", NULL), -EINVAL);
}

static void test_paths(void **state)
{
	_cleanup_definition_ struct definition *d = definition_new();
	_cleanup_free_ char *missing = NULL, *folder = NULL;

	assert_int_equal(definition_add_disk(d, "/no/such/disk", NULL, false, NULL), 0);
	assert_int_equal(definition_check_paths(d, &missing), -EINVAL);
	assert_string_equal(missing, "disk: /no/such/disk: No such file or directory");
	free(d->disks[0].path);
	d->disks[0].path = strdup("/");
	assert_int_equal(definition_check_paths(d, &folder), -EINVAL);
	assert_string_equal(folder, "disk: / is neither a file nor a block device");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_limits_are_exact),
		cmocka_unit_test(test_store_round_trip),
		cmocka_unit_test(test_damaged_store),
		cmocka_unit_test(test_bus_round_trip),
		cmocka_unit_test(test_bus_refusals),
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_file_errors_name_the_line),
		cmocka_unit_test(test_whole_object_rules),
		cmocka_unit_test(test_allocations),
		cmocka_unit_test(test_vcpu_limits),
		cmocka_unit_test(test_unset_vcpu_limit_is_not_stored),
		cmocka_unit_test(test_allocation_from_bus),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_memory_weight),
		cmocka_unit_test(test_memory_max),
		cmocka_unit_test(test_memory_size),
		cmocka_unit_test(test_memory_limit),
		cmocka_unit_test(test_overhead),
		cmocka_unit_test(test_counts_are_bounded),
		cmocka_unit_test(test_paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
