/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What set, pool create and pool set can change, and what all changes have in common: keys and values as typed, and
 * as kvrmd takes them.
 */
#ifndef KVRMCTL_SETTING_H
#define KVRMCTL_SETTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-bus.h>

/* More than there are keys: each is given once. */
#define SETTINGS_MAX 12

/**
 * struct setting - one change
 * @property: name on D-Bus
 * @type: on D-Bus: t, u, b or s
 * @number: of t, u and b
 * @text: of s; the caller's
 */
struct setting {
	const char *property;
	char type;
	uint64_t number;
	const char *text;
};

/**
 * struct settings - changes to one system or pool
 * @item: @n of them
 * @n: number
 */
struct settings {
	struct setting item[SETTINGS_MAX];
	size_t n;
};

int settings_put(struct settings *s, const char *key, const struct setting *setting,
		 char **ret_error);
int settings_add(struct settings *s, bool pool, const char *key, const char *value,
		 char **ret_error);
int settings_add_pair(struct settings *s, bool pool, const char *pair, char **ret_error);
int settings_append_entries(sd_bus_message *m, const struct settings *s);
int settings_append(sd_bus_message *m, const struct settings *s);

void bytes_format(uint64_t bytes, char *buf, size_t size);
void reservation_format(uint64_t reservation_us, char *buf, size_t size);

#endif
