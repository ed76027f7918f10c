// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Attributes of requests from words; see kvrmword.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kvrmword.h"

static const struct {
	const char *brief, *name;
} brief_names[] = {
	{ "limit", "cpu-limit-us" },	    { "reservation", "cpu-reservation-us" },
	{ "weight", "cpu-weight" },	    { "pool", "pool-id" },
	{ "expandable", "cpu-expandable" }, { "reserve", "cpu-host-reserve-us" },
};

/* The attribute that a word is about. */
static const struct kvrmspec_attr *find(const struct kvrmspec_set *set, const char *word)
{
	size_t length = strcspn(word, "=");

	for (size_t i = 0; i < sizeof(brief_names) / sizeof(brief_names[0]); i++) {
		if (strlen(brief_names[i].brief) == length &&
		    !memcmp(brief_names[i].brief, word, length))
			return find(set, brief_names[i].name);
	}
	return kvrmspec_find(set, word, length);
}

static int parse_number(const char *text, uint64_t max, uint64_t *ret)
{
	char *end;

	errno = 0;
	*ret = strtoull(text, &end, 10);
	return *text < '0' || *text > '9' || *end || errno || *ret > max ? -EINVAL : 0;
}

static int put_value(struct nl_msg *msg, const struct kvrmspec_attr *attr, const char *value)
{
	uint64_t number;

	switch (attr->kind) {
	case 's':
		return nla_put_string(msg, attr->type, value);
	case 'f':
		return nla_put_flag(msg, attr->type);
	case 'b':
		return parse_number(value, UINT8_MAX, &number)
			       ?: nla_put_u8(msg, attr->type, (uint8_t)number);
	case 'u':
		return parse_number(value, UINT32_MAX, &number)
			       ?: nla_put_u32(msg, attr->type, (uint32_t)number);
	case 'U':
		return parse_number(value, UINT64_MAX, &number)
			       ?: nla_put_u64(msg, attr->type, number);
	case 'x':
		return nla_put(msg, attr->type, (int)strlen(value), value);
	}
	return -EINVAL;
}

static int put_cgroup(struct nl_msg *msg, const struct kvrmspec_set *set, const char *path)
{
	const struct kvrmspec_attr *attr = find(set, "cgroup-fd");
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	/* It must be open until the request is sent: until the program ends. */
	return attr ? nla_put_u32(msg, attr->type, (uint32_t)fd) : -EINVAL;
}

/**
 * kvrmword_put() - add what one word says
 * @msg: request
 * @set: what the word is about
 * @word: see top
 *
 * Return: 0; -EINVAL: there is no such attribute or value; -ENOENT: there is no such directory.
 */
int kvrmword_put(struct nl_msg *msg, const struct kvrmspec_set *set, const char *word)
{
	const char *value = strchr(word, '=');
	const struct kvrmspec_attr *attr;

	if (value && !strncmp(word, "cgroup=", strlen("cgroup=")))
		return put_cgroup(msg, set, value + 1);
	if (!strcmp(word, "limit=unlimited"))
		attr = find(set, "cpu-unlimited");
	else if (!value && *word >= '0' && *word <= '9')
		attr = find(set, "id");
	else
		attr = find(set, word);
	if (!attr)
		return -EINVAL;
	return put_value(msg, attr, value ? value + 1 : word) < 0 ? -EINVAL : 0;
}

/**
 * kvrmword_put_all() - add what some words say
 * @msg: request
 * @set: what the words are about
 * @words: separated by spaces
 *
 * Return: as kvrmword_put(), of the first word that is wrong.
 */
int kvrmword_put_all(struct nl_msg *msg, const struct kvrmspec_set *set, const char *words)
{
	char copy[1024], *rest = copy, *word;
	int r = 0;

	if (snprintf(copy, sizeof(copy), "%s", words) >= (int)sizeof(copy))
		return -EINVAL;
	while (!r && (word = strsep(&rest, " "))) {
		if (*word)
			r = kvrmword_put(msg, set, word);
	}
	return r;
}

/**
 * kvrmword_put_change() - add one change to a batch
 * @msg: request
 * @change: "guest ID WORD..." or "pool ID WORD..."
 *
 * Return: as kvrmword_put().
 */
int kvrmword_put_change(struct nl_msg *msg, const char *change)
{
	size_t length = strcspn(change, " ");
	const struct kvrmspec_attr *attr = kvrmspec_find(&kvrmspec_batch, change, length);
	struct nlattr *nest;
	int r;

	if (!attr)
		return -EINVAL;
	nest = nla_nest_start(msg, attr->type);
	r = kvrmword_put_all(msg, attr->nest, change + length);
	/* An empty one, too, is to be sent. */
	nla_nest_end_keep_empty(msg, nest);
	return r;
}

/**
 * kvrmword_ask() - send a request made of words
 * @nl: connected
 * @cmd: KVRM_CMD_*
 * @each: as of kvrmnl_send()
 * @data: for @each
 * @words: a format; of a batch, changes separated by semicolons
 *
 * Return: as kvrmnl_send(); its error is 1 if a word is wrong, and nothing is sent then.
 */
struct kvrmnl_reply kvrmword_ask(struct kvrmnl *nl, int cmd, kvrmnl_message *each, void *data,
				 const char *words, ...)
{
	struct nl_msg *msg = kvrmnl_request(nl, cmd, NLM_F_ACK);
	char text[1024], *rest = text, *change;
	va_list args;
	int r = 0;

	va_start(args, words);
	vsnprintf(text, sizeof(text), words, args);
	va_end(args);
	if (cmd == KVRM_CMD_BATCH_SET) {
		while (!r && (change = strsep(&rest, ";"))) {
			if (*change)
				r = kvrmword_put_change(msg, change);
		}
	} else {
		r = kvrmword_put_all(msg, kvrmspec_cmd(cmd)->set, text);
	}
	if (r < 0) {
		nlmsg_free(msg);
		return (struct kvrmnl_reply){ .error = 1, .sentence = "wrong words" };
	}
	return kvrmnl_send(nl, msg, each, data);
}
