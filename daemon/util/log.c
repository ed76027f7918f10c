// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Log; see log.h.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <systemd/sd-journal.h>

#include "daemon/util/cleanup.h"
#include "daemon/util/log.h"

static int log_max_level = LOG_INFO;

/* systemd tells in JOURNAL_STREAM which device and inode the journal's stream is. */
static int log_stderr_is_journal(void)
{
	static int known = -1;
	unsigned long long device, inode;
	const char *stream;
	struct stat st;

	if (known >= 0)
		return known;
	stream = getenv("JOURNAL_STREAM");
	known = stream && sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
		fstat(STDERR_FILENO, &st) == 0 && st.st_dev == device && st.st_ino == inode;
	return known;
}

/**
 * log_set_max_level() - leave out what is less urgent
 * @level: LOG_ERR to LOG_DEBUG; LOG_INFO at first
 */
void log_set_max_level(int level)
{
	log_max_level = level;
}

/**
 * log_system() - one entry, about a virtual system or about none
 * @level: LOG_ERR to LOG_DEBUG
 * @uuid: of the virtual system (KVRM_SYSTEM_UUID=), NULL for none
 * @name: of the virtual system (KVRM_SYSTEM_NAME=), NULL for none
 * @format: as printf's
 */
void log_system(int level, const char *uuid, const char *name, const char *format, ...)
{
	_cleanup_free_ char *text = NULL;
	va_list args;
	int len;

	if (level > log_max_level)
		return;
	va_start(args, format);
	len = vasprintf(&text, format, args);
	va_end(args);
	if (len < 0)
		return;
	if (!log_stderr_is_journal())
		fprintf(stderr, "%s%s%s\n", name ? name : "", name ? ": " : "", text);
	else if (uuid)
		sd_journal_send("PRIORITY=%i", level, "MESSAGE=%s: %s", name, text,
				"KVRM_SYSTEM_UUID=%s", uuid, "KVRM_SYSTEM_NAME=%s", name, NULL);
	else
		sd_journal_send("PRIORITY=%i", level, "MESSAGE=%s", text, NULL);
}
