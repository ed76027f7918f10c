// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Targets of set; see target.h.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/util/text.h"
#include "tools/kvrmctl/target.h"

static int begin_target(struct targets *targets, const char *word)
{
	static const char prefix[] = "pool/";
	bool pool = !strncmp(word, prefix, strlen(prefix));
	struct target *item = reallocarray(targets->item, targets->n + 1, sizeof(*item));

	if (!item)
		return -ENOMEM;
	targets->item = item;
	item[targets->n++] = (struct target){ .word = word,
					      .name = pool ? word + strlen(prefix) : word,
					      .pool = pool };
	return 0;
}

/* A word without = begins the next target; the one before it must have got something. */
static int parse_word(struct targets *targets, const char *word, char **ret_error)
{
	struct target *last = targets->n ? &targets->item[targets->n - 1] : NULL;

	if (strchr(word, '=')) {
		if (!last)
			return text_error(ret_error, -EINVAL,
					  "'%s': which system, or pool/NAME, is missing before it",
					  word);
		return settings_add_pair(&last->settings,
					 last->pool ? settings_add_to_pool : settings_add_to_system,
					 word, ret_error);
	}
	if (last && !last->settings.n)
		return text_error(ret_error, -EINVAL, "'%s' is not KEY=VALUE", word);
	return begin_target(targets, word);
}

/**
 * targets_parse() - read the arguments of set
 * @targets: empty; to be given to targets_deinit() in any case
 * @words: ends with NULL; must live as long as @targets
 * @ret_error: sentence, to be freed
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int targets_parse(struct targets *targets, char *const *words, char **ret_error)
{
	int r = 0;

	for (; !r && *words; words++)
		r = parse_word(targets, *words, ret_error);
	if (!r && targets->n && !targets->item[targets->n - 1].settings.n)
		r = text_error(ret_error, -EINVAL, "'%s': KEY=VALUE is missing behind it",
			       targets->item[targets->n - 1].word);
	return r;
}

static int append_target(sd_bus_message *m, const struct target *target)
{
	int r = sd_bus_message_open_container(m, 'r', "sa{sv}");

	if (r >= 0)
		r = sd_bus_message_append(m, "s", target->name);
	if (r >= 0)
		r = settings_append(m, &target->settings);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

/**
 * targets_append() - append one kind of targets to a message, as a(sa{sv})
 * @m: message
 * @targets: targets
 * @pools: which kind
 *
 * Return: 0 or more, or a negative errno.
 */
int targets_append(sd_bus_message *m, const struct targets *targets, bool pools)
{
	int r = sd_bus_message_open_container(m, 'a', "(sa{sv})");

	for (size_t i = 0; r >= 0 && i < targets->n; i++) {
		if (targets->item[i].pool == pools)
			r = append_target(m, &targets->item[i]);
	}
	return r < 0 ? r : sd_bus_message_close_container(m);
}

/**
 * targets_deinit() - free what targets_parse() made
 * @targets: targets
 */
void targets_deinit(struct targets *targets)
{
	free(targets->item);
	*targets = (struct targets){ 0 };
}
