// SPDX-License-Identifier: GPL-2.0-only
/*
 * How a cgroup that holds too much memory is throttled: its memory.high, from which on the kernel
 * reclaims from whoever charges more, and makes him sleep if that does not help.
 *
 * Writing it reclaims what is above, and waits for that. So it comes down in steps; see
 * kvrm/memlimit.h. Nobody is killed for it. It is left alone until there is a limit for the first
 * time, and says "max" once there is none any more. It stays in force when the module is unloaded.
 */
#include <linux/file.h>
#include <linux/string.h>

#include "kmod/cgfile.h"
#include "kmod/cgmem-high.h"
#include "kmod/cgmem.h"
#include "kvrm/memlimit.h"

/**
 * kvrm_cgmem_high_open() - open what a limit needs
 * @mem: with its directory; nobody else has it yet, or its files are the caller's
 *
 * Context: process, may sleep.
 * Return: 0; -ENOENT if the cgroup has none; or another negative errno. Nothing has changed then.
 */
int kvrm_cgmem_high_open(struct kvrm_cgmem *mem)
{
	struct file *high, *usage;

	high = kvrm_cgfile_open(&mem->dir, "memory.high", O_RDWR);
	if (IS_ERR(high))
		return PTR_ERR(high);
	usage = kvrm_cgfile_open(&mem->dir, "memory.current", O_RDONLY);
	if (IS_ERR(usage)) {
		fput(high);
		return PTR_ERR(usage);
	}
	mem->high = high;
	mem->usage = usage;
	return 0;
}

/**
 * kvrm_cgmem_high_close() - undo kvrm_cgmem_high_open()
 * @mem: as kvrm_cgmem_high_open() left it, if that has succeeded
 */
void kvrm_cgmem_high_close(struct kvrm_cgmem *mem)
{
	fput(mem->usage);
	fput(mem->high);
}

/* The controller was taken away, and may be back. */
static int kvrm_cgmem_high_reopen(struct kvrm_cgmem *mem)
{
	struct file *high = mem->high, *usage = mem->usage;
	int err = kvrm_cgmem_high_open(mem);

	if (err)
		return err;
	fput(usage);
	fput(high);
	return 0;
}

/* See what memory.high says, and count what others changed; U64_MAX: max, or it cannot be read. */
static int kvrm_cgmem_high_look(struct kvrm_cgmem *mem)
{
	u64 found = KVRM_MEMLIMIT_NONE;
	int err;

	err = kvrm_cgmem_read(mem->high, &found);
	if (err == -ENODEV && !kvrm_cgmem_high_reopen(mem))
		err = kvrm_cgmem_read(mem->high, &found);
	if (err)
		found = KVRM_MEMLIMIT_NONE;
	else if (mem->high_owned && found != mem->high_found && found != mem->high_wanted)
		WRITE_ONCE(mem->high_reasserted, mem->high_reasserted + 1);
	WRITE_ONCE(mem->high_found, found);
	return err;
}

static void kvrm_cgmem_high_write(struct kvrm_cgmem *mem, u64 bytes)
{
	char text[32];
	u64 found;
	int len;

	if (bytes == KVRM_MEMLIMIT_NONE)
		len = scnprintf(text, sizeof(text), "max\n");
	else
		len = scnprintf(text, sizeof(text), "%llu\n", bytes);
	if (kvrm_cgfile_write(mem->high, text, len))
		return;
	if (!kvrm_cgmem_read(mem->high, &found))
		WRITE_ONCE(mem->high_found, found);
}

/**
 * kvrm_cgmem_squeeze() - bring memory.high a step nearer to what it should say
 * @mem: the worker's in squeeze.c, with what is wanted
 *
 * Context: process, may sleep, also for want of memory.
 * Return: whether another step is to follow soon.
 */
bool kvrm_cgmem_squeeze(struct kvrm_cgmem *mem)
{
	u64 usage = 0, next;

	if (mem->high_wanted == KVRM_MEMLIMIT_NONE && !mem->high_owned)
		return false;
	if (kvrm_cgmem_high_look(mem))
		return false;
	mem->high_owned = true;
	if (mem->high_found == mem->high_wanted) {
		/* Whatever others write from now on is theirs. */
		mem->high_owned = mem->high_wanted != KVRM_MEMLIMIT_NONE;
		return false;
	}
	if (mem->high_found > mem->high_wanted && kvrm_cgmem_read(mem->usage, &usage))
		return false;
	next = kvrm_memlimit_next(mem->high_wanted, mem->high_found, usage);
	kvrm_cgmem_high_write(mem, next);
	return next != mem->high_wanted;
}
