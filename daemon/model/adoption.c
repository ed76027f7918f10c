// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who is adopted: what QEMU's command line and its cgroup tell; see adoption.h. Pure.
 *
 * libvirt has a domain's processes in machine-qemu\x2dID\x2dNAME.scope, and there, in a folder of its own, one
 * cgroup for QEMU and one for each virtual CPU; without systemd in machine/qemu-ID-NAME.libvirt-qemu. The whole
 * of it is the guest's. Proxmox VE has a guest in qemu.slice/ID.scope.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/model/adoption.h"
#include "daemon/model/definition.h"
#include "daemon/util/cleanup.h"
#include "daemon/util/text.h"

#define OURS "/kvrm.slice"

/* QEMU's own defaults. */
#define QEMU_VCPUS	  1
#define QEMU_MEMORY_BYTES (UINT64_C(128) << 20)

/**
 * adoption_is_own() - whether a cgroup is kvrmd's
 * @cgroup: as /proc has it
 *
 * Return: whether.
 */
bool adoption_is_own(const char *cgroup)
{
	size_t length = strlen(OURS);

	return !strncmp(cgroup, OURS, length) && (cgroup[length] == '/' || !cgroup[length]);
}

static bool begins(const char *text, const char *start)
{
	return !strncmp(text, start, strlen(start));
}

static bool ends(const char *text, const char *end)
{
	size_t length = strlen(text), n = strlen(end);

	return length >= n && !strcmp(text + length - n, end);
}

static const char *last_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Cut the last component off, which begins at @last. */
static void cut(char *path, const char *last)
{
	path[last > path ? last - path - 1 : 0] = '\0';
}

/* A part of a domain: of QEMU, of a virtual CPU, of an I/O thread. */
static bool is_part(const char *name)
{
	return !strcmp(name, "emulator") || begins(name, "vcpu") || begins(name, "iothread");
}

/* Whether libvirt's cgroups are below. */
static bool is_domain(const char *name)
{
	return (begins(name, "machine-qemu") && ends(name, ".scope")) ||
	       ends(name, ".libvirt-qemu");
}

static bool is_proxmox(const char *place)
{
	const char *name = last_of(place);

	return begins(place, "/qemu.slice/") && name == place + strlen("/qemu.slice/") &&
	       name[strspn(name, "0123456789")] == '.' && ends(name, ".scope") && isdigit(*name);
}

/**
 * adoption_place() - the cgroup that is all of a guest's, and who manages it
 * @cgroup: that QEMU is in, as /proc has it
 * @place: receives it; "" on failure
 * @manager: receives who
 *
 * Return: 0; -ENOENT: that is the root; -EILSEQ: its name is not UTF-8 or has control characters, so
 * that nobody can be told of it.
 */
int adoption_place(const char *cgroup, char place[static SLICE_PATH_SIZE],
		   char manager[static SLICE_NAME_SIZE])
{
	size_t length;

	place[0] = '\0';
	manager[0] = '\0';
	if (!text_is_clean(cgroup))
		return -EILSEQ;
	snprintf(place, SLICE_PATH_SIZE, "%s", cgroup);
	length = strlen(place);
	while (length && place[length - 1] == '/')
		place[--length] = '\0';
	if (is_part(last_of(place)))
		cut(place, last_of(place));
	if (!strcmp(last_of(place), "libvirt"))
		cut(place, last_of(place));
	if (is_domain(last_of(place)))
		snprintf(manager, SLICE_NAME_SIZE, ADOPTION_LIBVIRT);
	else if (is_proxmox(place))
		snprintf(manager, SLICE_NAME_SIZE, ADOPTION_PROXMOX);
	else
		text_copy(manager, SLICE_NAME_SIZE, last_of(place));
	return *place ? 0 : -ENOENT;
}

/**
 * adoption_is_qemu() - whether a process is QEMU, as far as its name tells
 * @name: as in comm
 *
 * Return: whether.
 */
bool adoption_is_qemu(const char *name)
{
	return begins(name, "qemu-system") || !strcmp(name, "qemu-kvm") || !strcmp(name, "kvm");
}

/* As many bytes as a name may have, of those that it may have. */
static void set_name(struct definition *d, const char *text, size_t length)
{
	size_t n = 0;

	for (size_t i = 0; i < length && n < DEFINITION_NAME_MAX; i++) {
		char c = text[i];

		/* QEMU has a comma written twice. */
		if (c == ',' && i + 1 < length && text[i + 1] == ',')
			i++;
		d->name[n++] = (isascii(c) && isalnum(c)) || strchr("._-", c) ? c : '-';
	}
	d->name[n] = '\0';
}

/* The value of a key in "a,key=b,..."; the first part may go without its key. Return: NULL: not there. */
static const char *value_of(const char *text, const char *key, size_t *ret_length)
{
	size_t n = strlen(key);
	bool first = true;

	while (*text) {
		size_t length = 0;

		while (text[length] && (text[length] != ',' || text[length + 1] == ','))
			length += text[length] == ',' ? 2 : 1;
		if (length > n && !strncmp(text, key, n) && text[n] == '=') {
			*ret_length = length - n - 1;
			return text + n + 1;
		}
		if (first && !memchr(text, '=', length)) {
			*ret_length = length;
			return text;
		}
		first = false;
		text += length + (text[length] == ',');
	}
	return NULL;
}

static void read_name(struct definition *d, const char *text)
{
	size_t length;
	const char *value = value_of(text, "guest", &length);

	if (value)
		set_name(d, value, length);
}

static void read_vcpus(struct definition *d, const char *text)
{
	size_t length;
	const char *value = value_of(text, "cpus", &length);
	unsigned long number = value ? strtoul(value, NULL, 10) : 0;

	if (number && number <= UINT32_MAX)
		d->vcpus = (uint32_t)number;
}

/* MiB, if no unit is said. */
static void read_memory(struct definition *d, const char *text)
{
	size_t length;
	const char *value = value_of(text, "size", &length), *unit;
	static const char units[] = "BKMGT";
	char *end;
	double number = value ? strtod(value, &end) : 0;

	if (number <= 0)
		return;
	unit = *end && *end != ',' ? strchr(units, toupper(*end)) : strchr(units, 'M');
	if (unit && number < 1e12)
		d->memory_bytes = (uint64_t)(number * (double)(UINT64_C(1) << 10 * (unit - units)));
}

static void read_uuid(struct definition *d, const char *text)
{
	char uuid[37];
	size_t i;

	if (strlen(text) != 36)
		return;
	for (i = 0; i <= 36; i++)
		uuid[i] = (char)tolower(text[i]);
	if (text_is_uuid(uuid))
		strcpy(d->uuid, uuid);
}

/**
 * adoption_read_arguments() - what QEMU's command line says of a guest
 * @d: receives name, UUID, number of virtual CPUs and size of the memory, as far as they are said; QEMU's defaults
 *	for the last two if not
 * @arguments: each with its NUL
 * @size: bytes
 */
void adoption_read_arguments(struct definition *d, const char *arguments, size_t size)
{
	static const struct {
		const char *option;
		void (*read)(struct definition *d, const char *text);
	} options[] = {
		{ "name", read_name },
		{ "uuid", read_uuid },
		{ "smp", read_vcpus },
		{ "m", read_memory },
	};
	const char *end = arguments + size, *word = arguments, *next;

	d->vcpus = QEMU_VCPUS;
	d->memory_bytes = QEMU_MEMORY_BYTES;
	for (; word < end; word = next) {
		next = word + strnlen(word, (size_t)(end - word)) + 1;
		if (*word != '-' || next >= end)
			continue;
		/* QEMU takes two dashes as well. */
		word += word[1] == '-' ? 2 : 1;
		for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
			if (strcmp(word, options[i].option))
				continue;
			options[i].read(d, next);
			next += strnlen(next, (size_t)(end - next)) + 1;
			break;
		}
	}
}

/**
 * adoption_name() - name a guest that has no name after its cgroup
 * @d: receives it
 * @place: from adoption_place(), not the root
 */
void adoption_name(struct definition *d, const char *place)
{
	const char *name = last_of(place), *suffix = strrchr(name, '.');
	bool unit = suffix && suffix > name &&
		    (!strcmp(suffix, ".scope") || !strcmp(suffix, ".service"));

	set_name(d, name, unit ? (size_t)(suffix - name) : strlen(name));
}

/* FNV-1a, 64 bits. */
static uint64_t mix(uint64_t hash, const void *data, size_t size)
{
	const uint8_t *bytes = data;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
	return hash;
}

/**
 * adoption_uuid() - a UUID for a guest that has none: the same for the same QEMU, another for any other
 * @place: from adoption_place()
 * @boot: which start of the host
 * @start_ticks: when QEMU was started
 * @uuid: receives it, of version 8 (RFC 9562)
 */
void adoption_uuid(const char *place, const char *boot, uint64_t start_ticks, char uuid[static 37])
{
	static const uint64_t seeds[2] = { UINT64_C(0xcbf29ce484222325),
					   UINT64_C(0x9e3779b97f4a7c15) };
	uint8_t bytes[16];

	for (size_t i = 0; i < 2; i++) {
		uint64_t hash = mix(seeds[i], place, strlen(place) + 1);

		hash = mix(hash, boot, strlen(boot) + 1);
		hash = mix(hash, &start_ticks, sizeof(start_ticks));
		memcpy(bytes + 8 * i, &hash, sizeof(hash));
	}
	bytes[6] = (bytes[6] & 0x0f) | 0x80;
	bytes[8] = (bytes[8] & 0x3f) | 0x80;
	text_uuid_from_bytes(bytes, uuid);
}
