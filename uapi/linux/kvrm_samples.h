/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * The sample ring: what a mapping of /dev/kvrm-samples looks like. It begins with a struct
 * kvrm_samples_header, which says where the table of columns and the records are; the table says
 * what is in a record. Numbers have the byte order of the machine.
 *
 * Record n (the first is 0) is in slot n % records. Its sequence is 2n + 1 while it is written and
 * 2n + 2 once it is there. So who wants it copies it, and looks at the sequence before and after:
 * only if it is 2n + 2 both times, the copy is record n. A higher one says that the record is lost.
 *
 * Columns are found by name. New columns, new kinds of records, and larger headers, descriptions
 * and records do not raise the version: sizes and places are those that the header tells.
 */
#ifndef _UAPI_LINUX_KVRM_SAMPLES_H
#define _UAPI_LINUX_KVRM_SAMPLES_H

#include <linux/types.h>

/* "KVRMSMPL" in the memory of a machine that begins with the lowest byte. */
#define KVRM_SAMPLES_MAGIC 0x4c504d534d52564bULL
/* Raised when older readers would misread; they refuse it. */
#define KVRM_SAMPLES_VERSION 1
/* A number that is not known. */
#define KVRM_SAMPLES_UNKNOWN (~0ULL)

/**
 * enum kvrm_samples_kind - what a record tells of; a column's kinds has the bit of each
 * @KVRM_SAMPLES_GUEST: a guest; its virtual CPUs' and NICs' of the same round follow it
 * @KVRM_SAMPLES_VCPU: one of its virtual CPUs
 * @KVRM_SAMPLES_NIC: one of its NICs
 */
enum kvrm_samples_kind {
	KVRM_SAMPLES_GUEST,
	KVRM_SAMPLES_VCPU,
	KVRM_SAMPLES_NIC,
};

/**
 * enum kvrm_samples_type - what a column holds
 * @KVRM_SAMPLES_U32: a number of 4 bytes
 * @KVRM_SAMPLES_U64: a number of 8 bytes
 * @KVRM_SAMPLES_UUID: 16 bytes, in the order in which they are printed
 * @KVRM_SAMPLES_TEXT: text up to a NUL, which is there
 */
enum kvrm_samples_type {
	KVRM_SAMPLES_U32 = 1,
	KVRM_SAMPLES_U64,
	KVRM_SAMPLES_UUID,
	KVRM_SAMPLES_TEXT,
};

/**
 * enum kvrm_samples_role - what a column is for
 * @KVRM_SAMPLES_LABEL: says what the record is about
 * @KVRM_SAMPLES_COUNTER: only grows, while the guest stays registered
 * @KVRM_SAMPLES_GAUGE: is so at the record's time
 */
enum kvrm_samples_role {
	KVRM_SAMPLES_LABEL = 1,
	KVRM_SAMPLES_COUNTER,
	KVRM_SAMPLES_GAUGE,
};

/**
 * struct kvrm_samples_column - description of a column
 * @name: its name, with a NUL
 * @unit: such as "ns", "bytes", "1" for numbers; "" for what is none; with a NUL
 * @type: enum kvrm_samples_type
 * @role: enum kvrm_samples_role
 * @offset: in a record, a multiple of its number's size
 * @size: bytes
 * @kinds: 1 << enum kvrm_samples_kind of each kind of record that has it
 */
struct kvrm_samples_column {
	char name[32];
	char unit[16];
	__u16 type;
	__u16 role;
	__u32 offset;
	__u32 size;
	__u32 kinds;
};

/**
 * struct kvrm_samples_record - what each record begins with; these are columns, too
 * @sequence: see above
 * @time_ns: when it was taken, CLOCK_MONOTONIC
 * @kind: enum kvrm_samples_kind
 * @guest: id that the module gave the guest
 * @index: of the virtual CPU as the guest numbers it, or id of the NIC; 0 of a guest
 * @round: the same for all that was taken together; grows
 */
struct kvrm_samples_record {
	__u64 sequence;
	__u64 time_ns;
	__u32 kind;
	__u32 guest;
	__u32 index;
	__u32 round;
};

/**
 * struct kvrm_samples_header - what a mapping begins with
 * @magic: KVRM_SAMPLES_MAGIC
 * @version: KVRM_SAMPLES_VERSION
 * @header_bytes: size of this structure
 * @size_bytes: of the whole, a multiple of the page size
 * @columns_at: where the table of columns begins
 * @columns: how many there are
 * @column_bytes: size of each description
 * @record_bytes: size of a record, a multiple of 8
 * @records_at: where the records begin, a multiple of 8
 * @records: slots for them
 * @reserved: 0
 * @written: records that were ever written; what is above changes never, this and what follows does
 * @missed: samples of a guest that were not taken, because their time had passed
 * @nics_missed: rounds in which NICs were being added or removed, and were not looked at
 */
struct kvrm_samples_header {
	__u64 magic;
	__u32 version;
	__u32 header_bytes;
	__u64 size_bytes;
	__u32 columns_at;
	__u32 columns;
	__u32 column_bytes;
	__u32 record_bytes;
	__u64 records_at;
	__u64 records;
	__u64 reserved;
	__u64 written;
	__u64 missed;
	__u64 nics_missed;
	__u64 reserved_2[5];
};

#endif /* _UAPI_LINUX_KVRM_SAMPLES_H */
