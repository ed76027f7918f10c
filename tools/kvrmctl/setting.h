/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What set, pool create and pool set can change, and what all changes have in common: keys and values as typed, and
 * as kvrmd takes them.
 */
#ifndef KVRMCTL_SETTING_H
#define KVRMCTL_SETTING_H

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

/**
 * settings_adder - add a change that was typed
 * @s: changes
 * @key: as typed
 * @value: as typed; must live as long as @s
 * @ret_error: sentence, to be freed
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
typedef int settings_adder(struct settings *s, const char *key, const char *value,
			   char **ret_error);

int settings_put(struct settings *s, const char *key, const struct setting *setting,
		 char **ret_error);
settings_adder settings_add_to_system, settings_add_to_pool;
int settings_add_pair(struct settings *s, settings_adder *add, const char *pair, char **ret_error);
int settings_append_entries(sd_bus_message *m, const struct settings *s);
int settings_append(sd_bus_message *m, const struct settings *s);

void bytes_format(uint64_t bytes, char *buf, size_t size);
void reservation_format(uint64_t reservation_us, char *buf, size_t size);

#endif
