// SPDX-License-Identifier: GPL-2.0-only
/*
 * How the processor is given to a cgroup: its cpu.max carries a limit, its cpu.weight a share.
 *
 * cpu.max is written when the limit changes and never otherwise: each write refills the quota, so
 * a limit that is rewritten again and again is no limit. Therefore it is written KVRM_REWRITE_BURST
 * times at once and then every KVRM_REWRITE_MS at most; a limit that is changed more often is
 * written by kvrm_cgcpu_verify() when its time has come. What was written is read back, and only
 * what was read back counts as applied. It stays in force when the module is unloaded, and holds
 * then what it can of limits that a throttle alone has held: kvrm_cgcpu_leave().
 *
 * A cgroup that is adopted is somebody else's: nothing is written to it but a limit, and what the
 * limit has overwritten is written back when it is lifted or the guest goes.
 *
 * cpu.weight has no such side effect. Others may change both: kvrm_cgcpu_verify() sees that, puts
 * it right and counts it.
 */
#include <linux/ctype.h>
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <linux/time64.h>

#include "kmod/cgcpu.h"
#include "kmod/cgfile.h"
#include "kvrm/cpumax.h"

/* What cpu.max is to say for a limit. */
static int kvrm_cgcpu_print(u64 limit_us, char *text, size_t size)
{
	u64 period_us;

	if (!limit_us)
		return scnprintf(text, size, "max\n");
	period_us = kvrm_cpumax_period_us(limit_us);
	return scnprintf(text, size, "%llu %llu\n", kvrm_cpumax_quota_us(limit_us, period_us),
			 period_us);
}

/*
 * What cpu.max.burst is to say for a limit. A throttle's stops and the periods of cpu.max do not
 * begin together, so in one period the guest uses a little more than the quota and in the next a
 * little less. Without a burst cpu.max would cut the one and not give back the other.
 */
static u64 kvrm_cgcpu_burst_us(const struct kvrm_cgcpu *c, u64 limit_us)
{
	if (!limit_us || !c->throttled)
		return 0;
	return kvrm_cpumax_quota_us(limit_us, kvrm_cpumax_period_us(limit_us));
}

static int kvrm_cgcpu_check_text(struct kvrm_cgcpu *c, const char *wanted)
{
	size_t len = strcspn(wanted, "\n");
	char text[64];
	int err;

	err = kvrm_cgfile_read(c->max, text, sizeof(text));
	if (err)
		return err;
	/* For "max" the period that is shown is the one before. */
	return strncmp(text, wanted, len) || !isspace(text[len]) ? -EILSEQ : 0;
}

/* Whether the files say what a limit asks for: 0, -EILSEQ if not, or why they cannot be read. */
static int kvrm_cgcpu_check(struct kvrm_cgcpu *c, u64 limit_us)
{
	char text[64];
	u64 burst_us;
	int err;

	kvrm_cgcpu_print(limit_us, text, sizeof(text));
	err = kvrm_cgcpu_check_text(c, text);
	if (err)
		return err;
	err = kvrm_cgfile_read(c->burst, text, sizeof(text));
	if (err)
		return err;
	if (kstrtou64(strim(text), 10, &burst_us))
		return -EIO;
	return burst_us == kvrm_cgcpu_burst_us(c, limit_us) ? 0 : -EILSEQ;
}

static void kvrm_cgcpu_applied(struct kvrm_cgcpu *c, u64 limit_us)
{
	c->period_us = limit_us ? kvrm_cpumax_period_us(limit_us) : 0;
	c->quota_us = limit_us ? kvrm_cpumax_quota_us(limit_us, c->period_us) : 0;
	c->pending = false;
}

/* Whether cpu.max may be written now (generic cell rate algorithm, ITU-T I.371). */
static bool kvrm_cgcpu_may_write(const struct kvrm_cgcpu *c)
{
	u64 burst_ns = (KVRM_REWRITE_BURST - 1) * KVRM_REWRITE_MS * NSEC_PER_MSEC;

	return c->free_ns <= ktime_get_ns() + burst_ns;
}

static int kvrm_cgcpu_write_burst(struct kvrm_cgcpu *c, u64 burst_us)
{
	char text[32];

	return kvrm_cgfile_write(c->burst, text, scnprintf(text, sizeof(text), "%llu\n", burst_us));
}

/* The kernel takes no quota below the burst. */
static int kvrm_cgcpu_write_files(struct kvrm_cgcpu *c, u64 limit_us)
{
	char text[64];
	int len = kvrm_cgcpu_print(limit_us, text, sizeof(text));
	int err;

	err = kvrm_cgcpu_write_burst(c, 0);
	if (!err)
		err = kvrm_cgfile_write(c->max, text, len);
	if (!err && kvrm_cgcpu_burst_us(c, limit_us))
		err = kvrm_cgcpu_write_burst(c, kvrm_cgcpu_burst_us(c, limit_us));
	return err;
}

static int kvrm_cgcpu_write_checked(struct kvrm_cgcpu *c, u64 limit_us,
				    struct netlink_ext_ack *extack)
{
	int err;

	err = kvrm_cgcpu_write_files(c, limit_us);
	c->free_ns = max(c->free_ns, ktime_get_ns()) + KVRM_REWRITE_MS * NSEC_PER_MSEC;
	if (err) {
		NL_SET_ERR_MSG(extack, "the kernel refused the cgroup's cpu.max");
		return err;
	}
	err = kvrm_cgcpu_check(c, limit_us);
	if (!err)
		return 0;
	NL_SET_ERR_MSG(extack, "the cgroup's cpu.max does not say what was written to it");
	return err == -EILSEQ ? -EIO : err;
}

/* If anything fails the files say what they said before, which may be somebody else's limit. */
static int kvrm_cgcpu_write_limit(struct kvrm_cgcpu *c, u64 limit_us,
				  struct netlink_ext_ack *extack)
{
	char max[64], burst[32];
	int err;

	err = kvrm_cgfile_read(c->max, max, sizeof(max));
	if (!err)
		err = kvrm_cgfile_read(c->burst, burst, sizeof(burst));
	if (err) {
		NL_SET_ERR_MSG(extack, "the cgroup's cpu.max cannot be read");
		return err;
	}
	err = kvrm_cgcpu_write_checked(c, limit_us, extack);
	if (!err) {
		kvrm_cgcpu_applied(c, limit_us);
		return 0;
	}
	kvrm_cgcpu_write_burst(c, 0);
	kvrm_cgfile_write(c->max, max, strlen(max));
	kvrm_cgfile_write(c->burst, burst, strlen(burst));
	return err;
}

/* An adopted cgroup is to have no limit of ours. */
static int kvrm_cgcpu_lift(struct kvrm_cgcpu *c, struct netlink_ext_ack *extack)
{
	int err;

	err = kvrm_cgcpu_give_back(c);
	if (err) {
		NL_SET_ERR_MSG(extack, "the cgroup's cpu.max cannot be written back");
		return err;
	}
	kvrm_cgcpu_applied(c, 0);
	WRITE_ONCE(c->limit_us, 0);
	return 0;
}

/**
 * kvrm_cgcpu_limit() - put a processor limit into force
 * @c: bound; its owner's lock is held
 * @limit_us: µs of CPU time per second, KVRM_CPU_LIMIT_MIN_US or more; 0 for no limit
 * @extack: says what went wrong
 *
 * Writes nothing if the limit is already the one in force, and not yet if it was written too often.
 *
 * Context: process, may sleep.
 * Return: 0 or a negative errno; the limit before stays wanted then.
 */
int kvrm_cgcpu_limit(struct kvrm_cgcpu *c, u64 limit_us, struct netlink_ext_ack *extack)
{
	int err;

	if (!c->max) {
		if (!limit_us)
			return 0;
		if (c->adopted)
			NL_SET_ERR_MSG(extack, "adopted without cpu.max: enable that before");
		else
			NL_SET_ERR_MSG(extack, "the root of the hierarchy can have no limit");
		return c->adopted ? -ENOENT : -EINVAL;
	}
	err = kvrm_cgcpu_revive(c);
	if (err == -ENODEV && (!limit_us || limit_us == c->limit_us)) {
		/* Nothing is in force; what is wanted is written when the files are back. */
		WRITE_ONCE(c->limit_us, limit_us);
		return 0;
	}
	if (err) {
		kvrm_cgcpu_explain(err, extack);
		return err;
	}
	if (c->adopted && !limit_us)
		return kvrm_cgcpu_lift(c, extack);
	err = kvrm_cgcpu_borrow(c);
	if (err) {
		NL_SET_ERR_MSG(extack, "the cgroup's cpu.max cannot be read");
		return err;
	}
	err = kvrm_cgcpu_check(c, limit_us);
	if (!err) {
		kvrm_cgcpu_applied(c, limit_us);
	} else if (err != -EILSEQ) {
		NL_SET_ERR_MSG(extack, "the cgroup's cpu.max cannot be read");
		return err;
	} else if (!kvrm_cgcpu_may_write(c)) {
		c->pending = true;
	} else {
		err = kvrm_cgcpu_write_limit(c, limit_us, extack);
		if (err)
			return err;
	}
	WRITE_ONCE(c->limit_us, limit_us);
	return 0;
}

/**
 * kvrm_cgcpu_weight() - write cpu.weight
 * @c: its owner's lock is held; without the file nothing is done
 * @weight: 1 to 10000
 *
 * One that cannot be written, because the cgroup is being removed, counts as not written.
 *
 * Context: process, may sleep.
 */
void kvrm_cgcpu_weight(struct kvrm_cgcpu *c, u32 weight)
{
	char text[16];
	int len = scnprintf(text, sizeof(text), "%u\n", weight);

	if (!c->weight)
		return;
	c->weight_written = kvrm_cgfile_write(c->weight, text, len) ? 0 : weight;
}

/* Whether cpu.weight says what was last written; if it cannot be read nothing is said. */
static bool kvrm_cgcpu_weight_holds(struct kvrm_cgcpu *c)
{
	char text[32];
	u32 weight;

	if (!c->weight_written || kvrm_cgfile_read(c->weight, text, sizeof(text)) ||
	    kstrtou32(strim(text), 10, &weight))
		return true;
	return weight == c->weight_written;
}

static void kvrm_cgcpu_verify_limit(struct kvrm_cgcpu *c)
{
	int err;

	err = kvrm_cgcpu_borrow(c);
	if (!err)
		err = kvrm_cgcpu_check(c, c->limit_us);
	if (!err)
		kvrm_cgcpu_applied(c, c->limit_us);
	if (err != -EILSEQ || !kvrm_cgcpu_may_write(c))
		return;
	if (!c->pending)
		c->reasserted++;
	/* What cannot be written now is tried again. */
	kvrm_cgcpu_write_limit(c, c->limit_us, NULL);
}

/**
 * kvrm_cgcpu_verify() - write a limit whose time has come; put right what others changed
 * @c: its owner's lock is held; may be bound to no cgroup
 *
 * Context: process, may sleep.
 */
void kvrm_cgcpu_verify(struct kvrm_cgcpu *c)
{
	if (!c->max || (c->adopted && !c->limit_us))
		return;
	/* Files that are away are looked for again. */
	if (kvrm_cgcpu_revive(c))
		return;
	kvrm_cgcpu_verify_limit(c);
	if (!kvrm_cgcpu_weight_holds(c)) {
		c->reasserted++;
		kvrm_cgcpu_weight(c, c->weight_written);
	}
}

/**
 * kvrm_cgcpu_leave() - from now on cpu.max alone holds limits; that of an adopted cgroup ends
 * @c: its owner's lock is held; may be bound to no cgroup
 * @limit_us: what it is to hold; in most cases the limit that it holds already
 *
 * Nobody minds any more that it may be used up unevenly.
 *
 * Context: process, may sleep.
 */
void kvrm_cgcpu_leave(struct kvrm_cgcpu *c, u64 limit_us)
{
	bool written = limit_us == c->limit_us && !c->pending;
	bool bursts = c->throttled && limit_us;

	if (c->adopted) {
		/* It fails if the cgroup is gone, and then it does not matter. */
		kvrm_cgcpu_give_back(c);
		return;
	}
	if (!c->max)
		return;
	c->throttled = false;
	c->pending = false;
	/* They fail if the cgroup is gone, and then it does not matter. */
	if (!written)
		kvrm_cgcpu_write_files(c, limit_us);
	else if (bursts)
		kvrm_cgcpu_write_burst(c, 0);
}
