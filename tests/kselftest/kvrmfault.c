// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Make the kernel's allocations fail; see kvrmfault.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kselftest.h"
#include "kvrmfault.h"

#define PAGE_BYTES 4096UL

static const char *const injectors[] = { "failslab", "fail_page_alloc" };

static int fail_nth = -1;

static int set_one(const char *injector, const char *file, const char *text)
{
	char path[128];
	ssize_t length;
	int fd;

	snprintf(path, sizeof(path), "/sys/kernel/debug/%s/%s", injector, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	length = write(fd, text, strlen(text));
	close(fd);
	return length < 0 ? -errno : 0;
}

/* The same file of both injectors. */
__attribute__((format(printf, 2, 3))) static int set(const char *file, const char *format, ...)
{
	char text[64];
	va_list args;
	int r = 0;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	for (size_t i = 0; i < sizeof(injectors) / sizeof(injectors[0]) && !r; i++)
		r = set_one(injectors[i], file, text);
	return r;
}

/**
 * kvrmfault_open() - prepare; nothing fails yet
 *
 * Return: 0 or a negative errno; -ENOENT if the kernel cannot inject faults.
 */
int kvrmfault_open(void)
{
	int r = set("probability", "0") ?: set("task-filter", "N") ?: set("verbose", "0");

	if (!r)
		r = set("ignore-gfp-wait", "N") ?: set("stacktrace-depth", "32");
	if (!r)
		r = set("times", "-1") ?: set_one("fail_page_alloc", "min-order", "0");
	if (r)
		return r;
	fail_nth = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	return fail_nth < 0 ? -errno : 0;
}

/**
 * kvrmfault_close() - nothing fails any more
 */
void kvrmfault_close(void)
{
	set("probability", "0");
	set("require-start", "0");
	set("require-end", "0x%lx", ~0UL);
	close(fail_nth);
	fail_nth = -1;
}

/* A line of the kernel's list of symbols that tells of code; its module is empty for the kernel. */
static bool parse_symbol(const char *line, unsigned long *ret_address, char name[256],
			 char module[64])
{
	char type;

	*module = '\0';
	return sscanf(line, "%lx %c %255s [%63[^]]", ret_address, &type, name, module) >= 3 &&
	       (type == 't' || type == 'T');
}

/**
 * kvrmfault_in_module() - only allocations with a module's code on the stack are to fail
 * @module: loaded; where it lies changes with each loading
 *
 * Return: 0 or a negative errno.
 */
int kvrmfault_in_module(const char *module)
{
	unsigned long address, start = ~0UL, end = 0;
	FILE *file = fopen("/proc/kallsyms", "r");
	char line[512], name[256], owner[64];

	while (file && fgets(line, sizeof(line), file)) {
		if (!parse_symbol(line, &address, name, owner) || strcmp(owner, module))
			continue;
		start = address < start ? address : start;
		end = address > end ? address : end;
	}
	if (file)
		fclose(file);
	if (start >= end)
		return -ENOENT;
	/* The last function ends within its page, or in the next one, where no other module begins. */
	end = (end | (PAGE_BYTES - 1)) + 1;
	return set("require-start", "0x%lx", start) ?: set("require-end", "0x%lx", end);
}

/**
 * kvrmfault_in_function() - only allocations with a function of the kernel on the stack are to fail
 * @function: its name
 *
 * Return: 0 or a negative errno.
 */
int kvrmfault_in_function(const char *function)
{
	unsigned long address, start = 0, end = 0;
	FILE *file = fopen("/proc/kallsyms", "r");
	char line[512], name[256], owner[64];

	/* The kernel's own are listed by address. */
	while (file && !end && fgets(line, sizeof(line), file)) {
		if (!parse_symbol(line, &address, name, owner) || *owner)
			continue;
		if (start && address > start)
			end = address;
		else if (!strcmp(name, function))
			start = address;
	}
	if (file)
		fclose(file);
	if (!end)
		return -ENOENT;
	return set("require-start", "0x%lx", start) ?: set("require-end", "0x%lx", end);
}

/**
 * kvrmfault_nth() - one allocation of this thread fails, counted from now on
 * @nth: which; 0: none
 */
void kvrmfault_nth(unsigned int nth)
{
	char text[16];
	int length = snprintf(text, sizeof(text), "%u", nth);

	if (pwrite(fail_nth, text, (size_t)length, 0) != length)
		ksft_exit_fail_msg("fail-nth cannot be written\n");
}

/**
 * kvrmfault_happened() - whether the allocation that was to fail was reached
 *
 * Return: true if so.
 */
bool kvrmfault_happened(void)
{
	char text[16] = "";

	if (pread(fail_nth, text, sizeof(text) - 1, 0) <= 0)
		ksft_exit_fail_msg("fail-nth cannot be read\n");
	return !atoi(text);
}

/**
 * kvrmfault_rate() - a part of all threads' allocations fails from now on
 * @percent: how many of 100; 0: none
 */
void kvrmfault_rate(unsigned int percent)
{
	if (set("probability", "%u", percent))
		ksft_exit_fail_msg("faults cannot be injected\n");
}
