// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Last words of a unit; see journal.h. The journal is read backwards, so that only what is shown
 * is read, and the text is put together from its end.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-journal.h>

#include "daemon/util/cleanup.h"
#include "daemon/wire/journal-words.h"
#include "daemon/wire/journal.h"

static void close_journal(sd_journal **journal)
{
	sd_journal_close(*journal);
}

static int match(sd_journal *journal, const char *field, const char *value)
{
	_cleanup_free_ char *text = NULL;

	if (asprintf(&text, "%s=%s", field, value) < 0)
		return -ENOMEM;
	return sd_journal_add_match(journal, text, 0);
}

/* Or of this process, whose unit is a scope to journald if it was moved into one. */
static int match_process(sd_journal *journal, uint32_t pid)
{
	char text[16];
	int r = sd_journal_add_disjunction(journal);

	snprintf(text, sizeof(text), "%" PRIu32, pid);
	return r < 0 ? r : match(journal, "_PID", text);
}

/* Whether the entry is not older than @since_us; the entry's own time, not when journald got it. */
static int is_recent(sd_journal *journal, uint64_t since_us)
{
	uint64_t time_us;
	int r = sd_journal_get_realtime_usec(journal, &time_us);

	return r < 0 ? r : time_us >= since_us;
}

static int take_entry(sd_journal *journal, struct journal_words *words)
{
	static const char prefix[] = "MESSAGE=";
	const void *data;
	size_t length;
	int r;

	r = sd_journal_get_data(journal, "MESSAGE", &data, &length);
	/* An entry without message, or one that was damaged on disk. */
	if (r == -ENOENT || r == -EBADMSG)
		return 1;
	if (r < 0)
		return r;
	return journal_words_prepend(words, (const char *)data + sizeof(prefix) - 1,
				     length - (sizeof(prefix) - 1));
}

static int read_backwards(sd_journal *journal, uint64_t since_us, size_t lines_max,
			  struct journal_words *words)
{
	int r;

	r = sd_journal_seek_tail(journal);
	for (size_t n = 0; r >= 0 && n < lines_max; n++) {
		r = sd_journal_previous(journal);
		if (r <= 0)
			return r;
		r = is_recent(journal, since_us);
		if (r > 0)
			r = take_entry(journal, words);
		if (r == 0)
			return 0;
	}
	return r;
}

int journal_last_words(const char *invocation_id, const char *unit, uint32_t pid, uint64_t since_us,
		       size_t lines_max, char **ret_text)
{
	_cleanup_(close_journal) sd_journal *journal = NULL;
	struct journal_words words;
	int r;

	if (!(invocation_id && *invocation_id) && !unit)
		return -EINVAL;
	r = sd_journal_open(&journal, SD_JOURNAL_LOCAL_ONLY | SD_JOURNAL_SYSTEM);
	if (r < 0)
		return r;
	if (invocation_id && *invocation_id)
		r = match(journal, "_SYSTEMD_INVOCATION_ID", invocation_id);
	else
		r = match(journal, "_SYSTEMD_UNIT", unit);
	if (r >= 0 && pid)
		r = match_process(journal, pid);
	if (r < 0)
		return r;
	journal_words_init(&words);
	r = read_backwards(journal, since_us, lines_max, &words);
	if (r < 0)
		return r;
	return journal_words_text(&words, ret_text);
}
