/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Last words: what a unit wrote to the journal before it ended. Needs to be allowed to read the
 * system journal (group systemd-journal).
 */
#ifndef DAEMON_WIRE_JOURNAL_H
#define DAEMON_WIRE_JOURNAL_H

#include <stddef.h>
#include <stdint.h>

#define JOURNAL_WORDS_MAX_BYTES 4096

/**
 * journal_last_words() - the last lines of a unit
 * @invocation_id: of the unit's run, 32 hex digits; NULL or "": match @unit instead
 * @unit: name; may be NULL if @invocation_id is given
 * @pid: of its process, whatever unit that was moved to; 0: none
 * @since_us: nothing older, CLOCK_REALTIME
 * @lines_max: at most this many messages
 * @ret_text: to be freed; oldest first, lines separated by newlines, none at the end; control characters are
 *	shown as "?"; at most JOURNAL_WORDS_MAX_BYTES, the last ones; "" if there are none
 *
 * Only what the unit's processes wrote themselves is taken, not what systemd wrote about it.
 * journald may be a moment behind: who finds nothing may ask again later. Reads files, may take
 * some milliseconds.
 *
 * Return: 0; -EINVAL: neither @invocation_id nor @unit; another negative errno.
 */
int journal_last_words(const char *invocation_id, const char *unit, uint32_t pid, uint64_t since_us,
		       size_t lines_max, char **ret_text);

#endif
