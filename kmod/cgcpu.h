/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVRM_CGCPU_H
#define KVRM_CGCPU_H

#include <linux/bits.h>
#include <linux/cgroup.h>
#include <linux/netlink.h>
#include <linux/types.h>

struct kvrm_cgflush;

/* cpu.max is written no more often than this, but for a few times at once: see cgcpu.c. */
#define KVRM_REWRITE_MS	   200
#define KVRM_REWRITE_BURST 4

/**
 * struct kvrm_cgcpu - a cgroup and how the processor is given to it
 * @cgroup: referenced; NULL: bound to none
 * @max: its cpu.max, open for writing; NULL: it is the hierarchy's root, which has none, or it is
 *	adopted and lacks the controller. Another one once that was taken away and is back
 * @burst: its cpu.max.burst, likewise
 * @weight: its cpu.weight, likewise
 * @stat: its cpu.stat
 * @flush: what sums up CPU times of many, this one's included; NULL: @stat alone does
 * @adopted: it is somebody else's, whose files are left alone while there is no limit
 * @lent: cpu.max and its burst say what we want; before they said @max_before and @burst_before
 * @max_before: as it was read
 * @burst_before: likewise
 * @throttled: a throttle holds the limit as well, more evenly: see kvrm_cgcpu_burst_us()
 * @limit_us: wanted limit in µs of CPU time per second; 0: none
 * @quota_us: what cpu.max was last seen to say; 0: no limit, or the controller was taken away
 * @period_us: likewise
 * @free_ns: when as many writes as allowed could follow each other again
 * @pending: cpu.max is to be written, but not yet
 * @weight_written: what was last written to cpu.weight; 0: it is left alone
 * @reasserted: how often others' changes were put right
 *
 * Whoever owns one says which lock protects it.
 */
struct kvrm_cgcpu {
	struct cgroup *cgroup;
	struct file *max;
	struct file *burst;
	struct file *weight;
	struct file *stat;
	struct kvrm_cgflush *flush;
	bool adopted;
	bool lent;
	char max_before[64];
	char burst_before[32];
	bool throttled;
	u64 limit_us;
	u64 quota_us;
	u64 period_us;
	u64 free_ns;
	bool pending;
	u32 weight_written;
	u64 reasserted;
};

/* What kvrm_cgcpu_open() does not insist on. */
#define KVRM_CGCPU_MAY_BE_ROOT BIT(0)
#define KVRM_CGCPU_ADOPTED     BIT(1)

/* cgcpu-files.c */
int kvrm_cgcpu_open(struct kvrm_cgcpu *c, int fd, unsigned int flags,
		    struct netlink_ext_ack *extack);
void kvrm_cgcpu_close(struct kvrm_cgcpu *c);
void kvrm_cgcpu_explain(int err, struct netlink_ext_ack *extack);
int kvrm_cgcpu_revive(struct kvrm_cgcpu *c);
int kvrm_cgcpu_stat(struct kvrm_cgcpu *c, u64 since_ns, u64 *ret_usage_us, u64 *ret_throttled_us);

/* cgcpu.c */
int kvrm_cgcpu_limit(struct kvrm_cgcpu *c, u64 limit_us, struct netlink_ext_ack *extack);
void kvrm_cgcpu_weight(struct kvrm_cgcpu *c, u32 weight);
void kvrm_cgcpu_verify(struct kvrm_cgcpu *c);
void kvrm_cgcpu_leave(struct kvrm_cgcpu *c, u64 limit_us);

/* cgcpu-lent.c */
int kvrm_cgcpu_borrow(struct kvrm_cgcpu *c);
int kvrm_cgcpu_give_back(struct kvrm_cgcpu *c);

#endif
