// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * schedext: attaches a sched_ext scheduler that leaves all decisions to the kernel's defaults, for
 * scenarios of what happens then. It has no program at all, only a name.
 *
 *	schedext	prints "attached"; detaches when its standard input ends
 *
 * Exit status 4: the kernel has no sched_ext.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/btf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define KERNEL_TYPES "/sys/kernel/btf/vmlinux"
#define VALUE_TYPE   "bpf_struct_ops_sched_ext_ops"
#define OPS_TYPE     "sched_ext_ops"
#define NO_SCHED_EXT 4

static const char *types, *types_end, *strings;

static int bpf(int command, union bpf_attr *attr)
{
	return (int)syscall(SYS_bpf, command, attr, sizeof(*attr));
}

/* The kernel's types, as BTF: Documentation/bpf/btf.rst. */
static void read_types(void)
{
	int file = open(KERNEL_TYPES, O_RDONLY | O_CLOEXEC);
	const struct btf_header *header;
	size_t had = 0;
	struct stat stat;
	ssize_t n = 1;
	char *all;

	if (file < 0 || fstat(file, &stat))
		err(NO_SCHED_EXT, KERNEL_TYPES);
	all = malloc((size_t)stat.st_size);
	for (; all && n > 0 && had < (size_t)stat.st_size; had += (size_t)n)
		n = read(file, all + had, (size_t)stat.st_size - had);
	if (!all || n <= 0)
		err(1, KERNEL_TYPES);
	close(file);
	header = (const struct btf_header *)all;
	types = all + header->hdr_len + header->type_off;
	types_end = types + header->type_len;
	strings = all + header->hdr_len + header->str_off;
}

/* What follows a type. */
static size_t more_bytes(const struct btf_type *type)
{
	size_t n = BTF_INFO_VLEN(type->info);

	switch (BTF_INFO_KIND(type->info)) {
	case BTF_KIND_INT:
	case BTF_KIND_VAR:
	case BTF_KIND_DECL_TAG:
		return sizeof(uint32_t);
	case BTF_KIND_ARRAY:
		return sizeof(struct btf_array);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return n * sizeof(struct btf_member);
	case BTF_KIND_ENUM:
		return n * sizeof(struct btf_enum);
	case BTF_KIND_ENUM64:
		return n * sizeof(struct btf_enum64);
	case BTF_KIND_FUNC_PROTO:
		return n * sizeof(struct btf_param);
	case BTF_KIND_DATASEC:
		return n * sizeof(struct btf_var_secinfo);
	default:
		return 0;
	}
}

static const struct btf_type *find_struct(const char *name, uint32_t *ret_id)
{
	uint32_t id = 1;

	for (const char *at = types; at < types_end; id++) {
		const struct btf_type *type = (const struct btf_type *)at;

		if (BTF_INFO_KIND(type->info) == BTF_KIND_STRUCT &&
		    !strcmp(strings + type->name_off, name)) {
			*ret_id = id;
			return type;
		}
		at += sizeof(*type) + more_bytes(type);
	}
	errx(NO_SCHED_EXT, "the kernel has no type %s", name);
}

static size_t offset_of(const struct btf_type *type, const char *name)
{
	const struct btf_member *members = (const struct btf_member *)(type + 1);

	for (uint32_t i = 0; i < BTF_INFO_VLEN(type->info); i++) {
		if (!strcmp(strings + members[i].name_off, name))
			return (BTF_INFO_KFLAG(type->info)
					? BTF_MEMBER_BIT_OFFSET(members[i].offset)
					: members[i].offset) /
			       8;
	}
	errx(1, "%s has no member %s", strings + type->name_off, name);
}

/* A map of this kind must come with types of its own, whatever they are: here, one integer. */
static int load_own_types(void)
{
	const struct {
		struct btf_header header;
		struct btf_type type;
		uint32_t integer;
		char strings[8];
	} own = {
		.header = {
			.magic = BTF_MAGIC,
			.version = BTF_VERSION,
			.hdr_len = sizeof(struct btf_header),
			.type_len = sizeof(struct btf_type) + sizeof(uint32_t),
			.str_off = sizeof(struct btf_type) + sizeof(uint32_t),
			.str_len = 8,
		},
		.type = { .name_off = 1, .info = BTF_KIND_INT << 24, .size = 4 },
		.integer = 32,
		.strings = "\0number",
	};
	union bpf_attr attr = { .btf = (uintptr_t)&own, .btf_size = sizeof(own) };
	int types_fd = bpf(BPF_BTF_LOAD, &attr);

	if (types_fd < 0)
		err(1, "BPF_BTF_LOAD");
	return types_fd;
}

int main(void)
{
	const struct btf_type *value_type, *ops_type;
	uint32_t value_id, ops_id, key = 0;
	union bpf_attr attr;
	char *value, byte;
	int map;

	read_types();
	value_type = find_struct(VALUE_TYPE, &value_id);
	ops_type = find_struct(OPS_TYPE, &ops_id);
	value = calloc(1, value_type->size);
	if (!value)
		err(1, "memory");
	strcpy(value + offset_of(value_type, "data") + offset_of(ops_type, "name"), "kvrm_test");

	attr = (union bpf_attr){
		.map_type = BPF_MAP_TYPE_STRUCT_OPS,
		.key_size = sizeof(key),
		.value_size = value_type->size,
		.max_entries = 1,
		.btf_fd = (uint32_t)load_own_types(),
		.btf_vmlinux_value_type_id = value_id,
	};
	map = bpf(BPF_MAP_CREATE, &attr);
	if (map < 0)
		err(1, "BPF_MAP_CREATE");
	attr = (union bpf_attr){ .map_fd = (uint32_t)map,
				 .key = (uintptr_t)&key,
				 .value = (uintptr_t)value };
	if (bpf(BPF_MAP_UPDATE_ELEM, &attr))
		err(1, "BPF_MAP_UPDATE_ELEM");
	puts("attached");
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0 || errno == EINTR)
		;
	attr = (union bpf_attr){ .map_fd = (uint32_t)map, .key = (uintptr_t)&key };
	if (bpf(BPF_MAP_DELETE_ELEM, &attr))
		err(1, "BPF_MAP_DELETE_ELEM");
	return 0;
}
