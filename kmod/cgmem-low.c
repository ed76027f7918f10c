// SPDX-License-Identifier: GPL-2.0-only
/*
 * How a cgroup keeps what it is due while memory is short: its memory.low, below which the kernel
 * takes nothing of it as long as there is something above others' memory.low. Of what lies above,
 * it takes in proportion. So whoever holds more than he is due gives back first, at once, without
 * anybody having to look.
 *
 * What is due changes from second to second; memory.low follows when it is off by more than a 64th,
 * or by 4 MiB. It is never more than a promise of the moment: it goes to 0 with its guest or pool,
 * and when the module is unloaded.
 */
#include <linux/file.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include "kmod/cgfile.h"
#include "kmod/cgmem-low.h"
#include "kmod/cgmem.h"
#include "kvrm/arith.h"

#define KVRM_LOW_PART	   64
#define KVRM_LOW_MIN_BYTES SZ_4M

/**
 * kvrm_cgmem_low_open() - open what is needed to favour a cgroup
 * @mem: with its directory; nobody else has it yet, or its files are the caller's
 *
 * Without accounting of swap there is no memory.swap.current, and what is swapped is not seen.
 *
 * Context: process, may sleep.
 * Return: 0; -ENOENT if the cgroup has none; or another negative errno. Nothing has changed then.
 */
int kvrm_cgmem_low_open(struct kvrm_cgmem *mem)
{
	struct file *low, *held, *swapped;
	int err;

	low = kvrm_cgfile_open(&mem->dir, "memory.low", O_RDWR);
	if (IS_ERR(low))
		return PTR_ERR(low);
	held = kvrm_cgfile_open(&mem->dir, "memory.current", O_RDONLY);
	if (IS_ERR(held)) {
		err = PTR_ERR(held);
		goto put_low;
	}
	swapped = kvrm_cgfile_open(&mem->dir, "memory.swap.current", O_RDONLY);
	if (IS_ERR(swapped) && PTR_ERR(swapped) != -ENOENT) {
		err = PTR_ERR(swapped);
		goto put_held;
	}
	mem->low = low;
	mem->held = held;
	mem->swapped = IS_ERR(swapped) ? NULL : swapped;
	return 0;

put_held:
	fput(held);
put_low:
	fput(low);
	return err;
}

/**
 * kvrm_cgmem_low_close() - undo kvrm_cgmem_low_open()
 * @mem: as kvrm_cgmem_low_open() left it, if that has succeeded
 */
void kvrm_cgmem_low_close(struct kvrm_cgmem *mem)
{
	if (mem->swapped)
		fput(mem->swapped);
	fput(mem->held);
	fput(mem->low);
}

/**
 * kvrm_cgmem_low_prime() - read each file once, where that may fail
 * @mem: nobody else has it yet
 *
 * The files keep the memory that reading needs.
 *
 * Context: process, may sleep.
 * Return: 0 or a negative errno.
 */
int kvrm_cgmem_low_prime(struct kvrm_cgmem *mem)
{
	u64 bytes;
	int err = kvrm_cgmem_read(mem->low, &bytes);

	if (!err)
		err = kvrm_cgmem_read(mem->held, &mem->held_bytes);
	if (!err && mem->swapped)
		err = kvrm_cgmem_read(mem->swapped, &mem->swapped_bytes);
	return err;
}

/* The controller was taken away, and may be back. */
static int kvrm_cgmem_low_reopen(struct kvrm_cgmem *mem)
{
	struct file *low = mem->low, *held = mem->held, *swapped = mem->swapped;
	int err = kvrm_cgmem_low_open(mem);

	if (err)
		return err;
	if (swapped)
		fput(swapped);
	fput(held);
	fput(low);
	return 0;
}

/**
 * kvrm_cgmem_low_measure() - see what a cgroup holds, and what is swapped of it
 * @mem: the worker's in protect.c
 *
 * What cannot be read is 0.
 *
 * Context: process, may sleep.
 */
void kvrm_cgmem_low_measure(struct kvrm_cgmem *mem)
{
	u64 held = 0, swapped = 0;
	int err = kvrm_cgmem_read(mem->held, &held);

	if (err == -ENODEV && !kvrm_cgmem_low_reopen(mem))
		err = kvrm_cgmem_read(mem->held, &held);
	if (err || (mem->swapped && kvrm_cgmem_read(mem->swapped, &swapped)))
		swapped = 0;
	mem->held_bytes = err ? 0 : held;
	mem->swapped_bytes = swapped;
}

/* Returns 0 or a negative errno. */
static int kvrm_cgmem_low_write(struct kvrm_cgmem *mem, u64 bytes)
{
	char text[32];
	int len = scnprintf(text, sizeof(text), "%llu\n", bytes);
	u64 found;
	int err;

	err = kvrm_cgfile_write(mem->low, text, len);
	if (!err)
		err = kvrm_cgmem_read(mem->low, &found);
	if (!err)
		WRITE_ONCE(mem->low_found, found);
	return err;
}

static bool kvrm_cgmem_low_differs(u64 wanted, u64 found)
{
	u64 off = max(wanted, found) - min(wanted, found);

	return off > min_t(u64, wanted / KVRM_LOW_PART, KVRM_LOW_MIN_BYTES);
}

/**
 * kvrm_cgmem_low_keep() - bring memory.low to about what is due; count what others changed
 * @mem: the worker's in protect.c, with what is wanted
 *
 * systemd writes 0 with each change of a unit's other properties: that is put right, but not
 * counted as somebody's change. What cannot be written, because the cgroup is being removed, is
 * tried again in the next round.
 *
 * Context: process, may sleep.
 */
void kvrm_cgmem_low_keep(struct kvrm_cgmem *mem)
{
	u64 wanted = round_down(mem->low_wanted, PAGE_SIZE), found;
	int err = kvrm_cgmem_read(mem->low, &found);

	if (err == -ENODEV)
		WRITE_ONCE(mem->low_found, 0);
	if (err)
		return;
	if (mem->low_owned && found && found != mem->low_found)
		WRITE_ONCE(mem->low_reasserted, mem->low_reasserted + 1);
	if (kvrm_cgmem_low_differs(wanted, found) || (mem->low_owned && found != mem->low_found))
		kvrm_cgmem_low_write(mem, wanted);
	else
		WRITE_ONCE(mem->low_found, found);
	mem->low_owned = true;
}

/**
 * kvrm_cgmem_low_give_up() - nobody is due anything here any more
 * @mem: the worker's in protect.c
 *
 * What cannot be written, because the cgroup is being removed, stays owned.
 *
 * Context: process, may sleep.
 */
void kvrm_cgmem_low_give_up(struct kvrm_cgmem *mem)
{
	mem->low_wanted = 0;
	if (!mem->low_owned)
		return;
	if (!mem->low_found || !kvrm_cgmem_low_write(mem, 0))
		mem->low_owned = false;
}
