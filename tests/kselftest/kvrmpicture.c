// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * All that the module knows and has written; see kvrmpicture.h.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kvrmpicture.h"
#include "kvrmspec.h"

/* The controller's next tick, and the look at what others have written, come within this time. */
#define SETTLE_TRIES 40
#define SETTLE_US    100000

struct dump {
	struct kvrmpicture *picture;
	const struct kvrmspec_set *set;
};

/* What is measured, and what it leads to. */
static bool changes_by_itself(const char *name)
{
	static const char *const names[] = {
		"id",		"guest-id",	   "limited-ns",	 "usage-ns",
		"emulator-ns",	"io-ns",	   "vhost-ns",		 "cpu-demand-us",
		"cpu-used-us",	"cpu-entitled-us", "cpu-weight-applied", "reasserted",
		"cpu-quota-us", "cpu-period-us",
	};

	static const char *const measured[] = { "demand-bytes",	 "used-bytes", "entitled-bytes",
						"applied-bytes", "contended",  "active-bytes",
						"favoured-bytes" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(names[i], name))
			return true;
	}
	for (size_t i = 0; i < sizeof(measured) / sizeof(measured[0]); i++) {
		if (strstr(name, measured[i]))
			return true;
	}
	return false;
}

/* All of a virtual CPU but which it is are counters, and most of a NIC. */
static bool is_to_be_seen(const struct kvrmspec_set *set, const struct kvrmspec_attr *attr)
{
	if (set == &kvrmspec_vcpu)
		return !strcmp(attr->name, "index");
	if (changes_by_itself(attr->name))
		return false;
	if (set == &kvrmspec_nic)
		return !strncmp(attr->name, "if", 2) || !strcmp(attr->name, "state") ||
		       strstr(attr->name, "-per-s") || strstr(attr->name, "burst") ||
		       strstr(attr->name, "weight") || !strcmp(attr->name, "uplink-id");
	return true;
}

static void print_value(char *text, size_t size, const struct kvrmspec_attr *attr, struct nlattr *a)
{
	switch (attr->kind) {
	case 'b':
		snprintf(text, size, " %s=%u", attr->name, nla_get_u8(a));
		break;
	case 'u':
		snprintf(text, size, " %s=%" PRIu32, attr->name, nla_get_u32(a));
		break;
	case 'U':
		snprintf(text, size, " %s=%" PRIu64, attr->name, nla_get_u64(a));
		break;
	case 's':
		snprintf(text, size, " %s=%s", attr->name, nla_get_string(a));
		break;
	case 'x':
		snprintf(text, size, " %s=%.*s", attr->name, nla_len(a), (char *)nla_data(a));
		break;
	default:
		snprintf(text, size, " %s", attr->name);
	}
}

static void see(struct nlattr **a, int cmd, void *data)
{
	struct dump *dump = data;
	struct kvrmpicture *picture = dump->picture;
	char *line = picture->lines[picture->n];

	if (picture->n == KVRMPICTURE_LINES)
		return;
	picture->n++;
	snprintf(line, sizeof(picture->lines[0]), "%s:", dump->set->name);
	for (size_t i = 0; i < dump->set->n; i++) {
		const struct kvrmspec_attr *attr = &dump->set->attrs[i];
		size_t length = strlen(line);

		if (a[attr->type] && is_to_be_seen(dump->set, attr))
			print_value(line + length, sizeof(picture->lines[0]) - length, attr,
				    a[attr->type]);
	}
}

static void see_file(struct kvrmpicture *picture, const struct kvrmguest *cgroup, const char *file)
{
	char *line = picture->lines[picture->n], text[64];

	if (picture->n == KVRMPICTURE_LINES)
		return;
	picture->n++;
	if (kvrmguest_read(cgroup, file, text, sizeof(text)))
		strcpy(text, "cannot be read");
	/* Without a limit the period is the one that was there before. */
	if (!strncmp(text, "max ", strlen("max ")))
		strcpy(text, "max");
	snprintf(line, sizeof(picture->lines[0]), "%s/%s: %s", cgroup->path, file, text);
}

static int compare_lines(const void *a, const void *b)
{
	return strcmp(a, b);
}

/**
 * kvrmpicture_take() - look at everything now
 * @picture: overwritten
 * @scene: what to look at
 */
void kvrmpicture_take(struct kvrmpicture *picture, const struct kvrmpicture_scene *scene)
{
	static const int cmds[] = { KVRM_CMD_GUEST_GET, KVRM_CMD_POOL_GET, KVRM_CMD_VCPU_GET,
				    KVRM_CMD_NIC_GET, KVRM_CMD_UPLINK_GET };

	picture->n = 0;
	for (size_t i = 0; i < sizeof(cmds) / sizeof(cmds[0]); i++) {
		struct dump dump = { picture, kvrmspec_cmd(cmds[i])->set };

		kvrmnl_send(scene->nl, kvrmnl_request(scene->nl, cmds[i], NLM_F_DUMP), see, &dump);
	}
	for (int i = 0; i < scene->n; i++)
		see_file(picture, scene->cgroups[i], "cpu.max");
	/* Those in a pool are told in any order. */
	qsort(picture->lines, (size_t)picture->n, sizeof(picture->lines[0]), compare_lines);
}

/* What the first difference is; NULL: there is none. */
static const char *compare(const struct kvrmpicture *wanted, const struct kvrmpicture *seen)
{
	static char text[1400];

	for (int i = 0; i < wanted->n || i < seen->n; i++) {
		const char *a = i < wanted->n ? wanted->lines[i] : "nothing";
		const char *b = i < seen->n ? seen->lines[i] : "nothing";

		if (!strcmp(a, b))
			continue;
		snprintf(text, sizeof(text), "wanted '%s', found '%s'", a, b);
		return text;
	}
	return NULL;
}

/**
 * kvrmpicture_take_still() - as kvrmpicture_take(), once nothing moves any more
 * @picture: overwritten
 * @scene: what to look at
 */
void kvrmpicture_take_still(struct kvrmpicture *picture, const struct kvrmpicture_scene *scene)
{
	static struct kvrmpicture before;
	int same = 0;

	kvrmpicture_take(picture, scene);
	for (int i = 0; i < SETTLE_TRIES && same < 5; i++) {
		before = *picture;
		usleep(SETTLE_US);
		kvrmpicture_take(picture, scene);
		same = compare(&before, picture) ? 0 : same + 1;
	}
}

/**
 * kvrmpicture_differs() - whether something is not as it was, or as it should be
 * @wanted: picture of how it should be
 * @scene: what to look at
 *
 * What the module's threads do a moment later is waited for.
 *
 * Return: what is different, or NULL.
 */
const char *kvrmpicture_differs(const struct kvrmpicture *wanted,
				const struct kvrmpicture_scene *scene)
{
	static struct kvrmpicture now;
	const char *what;

	for (int i = 0; i < SETTLE_TRIES; i++) {
		kvrmpicture_take(&now, scene);
		what = compare(wanted, &now);
		if (!what)
			return NULL;
		usleep(SETTLE_US);
	}
	return what;
}
