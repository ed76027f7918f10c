/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A token bucket of CPU time (as in RFC 2697, but with debt): it fills at a rate up to a cap, what
 * was used is taken out afterwards, so that it may be below zero. Who finds it empty waits until
 * there is something in it again.
 *
 * Rounding costs what comes in within a nanosecond for each fill at most. In any span of
 * time no more is used than the rate gives in it, plus the cap, plus what was used between the
 * moment at which it was empty and the one at which that was noticed. Who wanted to use what is in
 * it, but had no CPU to do so, may have some more afterwards, up to a second cap.
 */
#ifndef KVRM_BUCKET_H
#define KVRM_BUCKET_H

#include "kvrm/arith.h"

#define KVRM_BUCKET_NSEC_PER_SEC 1000000000ULL
#define KVRM_BUCKET_USEC_PER_SEC 1000000ULL
/* As far as a look ahead goes. */
#define KVRM_BUCKET_NEVER_NS UINT64_MAX

/**
 * struct kvrm_bucket - a token bucket
 * @rate_us: µs of CPU time per second, up to 1e12; 0: there is no limit
 * @cap_ns: most that it holds, in ns of CPU time
 * @waited_cap_ns: the same after its users had to wait for a CPU; at least @cap_ns
 * @credit_ns: what it holds; negative: a debt
 * @at_ns: time up to which it was filled
 *
 * Whoever owns one says which lock protects it.
 */
struct kvrm_bucket {
	uint64_t rate_us;
	uint64_t cap_ns;
	uint64_t waited_cap_ns;
	int64_t credit_ns;
	uint64_t at_ns;
};

/**
 * kvrm_bucket_set() - give it a rate and a cap
 * @b: the bucket; one that had no rate gets full, another keeps what it has, up to the cap
 * @rate_us: µs of CPU time per second; 0: none
 * @cap_ns: ns of CPU time, at least 1
 * @waited_cap_ns: at least @cap_ns
 * @now_ns: current time
 */
static inline void kvrm_bucket_set(struct kvrm_bucket *b, uint64_t rate_us, uint64_t cap_ns,
				   uint64_t waited_cap_ns, uint64_t now_ns)
{
	if (!b->rate_us) {
		b->credit_ns = (int64_t)cap_ns;
		b->at_ns = now_ns;
	}
	b->rate_us = rate_us;
	b->cap_ns = cap_ns;
	b->waited_cap_ns = waited_cap_ns;
	if (b->credit_ns > (int64_t)cap_ns)
		b->credit_ns = (int64_t)cap_ns;
}

static inline void kvrm_bucket_fill_up_to(struct kvrm_bucket *b, uint64_t now_ns, uint64_t cap_ns)
{
	uint64_t per_sec_ns = b->rate_us * 1000, gained_ns, missing_ns;

	if (!b->rate_us || now_ns <= b->at_ns)
		return;
	if (b->credit_ns >= (int64_t)cap_ns) {
		b->at_ns = now_ns;
		return;
	}
	missing_ns = (uint64_t)((int64_t)cap_ns - b->credit_ns);
	gained_ns = kvrm_muldiv(now_ns - b->at_ns, per_sec_ns, KVRM_BUCKET_NSEC_PER_SEC);
	if (gained_ns >= missing_ns) {
		b->credit_ns = (int64_t)cap_ns;
		b->at_ns = now_ns;
		return;
	}
	b->credit_ns += (int64_t)gained_ns;
	/* Rounded up: what a fraction of a ns is worth is rather given late than twice. */
	b->at_ns += kvrm_muldiv(gained_ns, KVRM_BUCKET_NSEC_PER_SEC, per_sec_ns);
	b->at_ns += b->at_ns < now_ns;
}

/**
 * kvrm_bucket_fill() - bring it up to date
 * @b: the bucket; what was used until now is charged already, or it would seem full and what comes
 *	in meanwhile be lost
 * @now_ns: current time; one before the last fill is taken as that
 */
static inline void kvrm_bucket_fill(struct kvrm_bucket *b, uint64_t now_ns)
{
	kvrm_bucket_fill_up_to(b, now_ns, b->cap_ns);
}

/**
 * kvrm_bucket_fill_waited() - bring it up to date after a time in which nobody used it
 * @b: the bucket
 * @now_ns: current time; one before the last fill is taken as that
 * @waited_ns: for how long until now its users were waiting for a CPU; before that they wanted none
 */
static inline void kvrm_bucket_fill_waited(struct kvrm_bucket *b, uint64_t now_ns,
					   uint64_t waited_ns)
{
	uint64_t since_ns = kvrm_excess(now_ns, waited_ns);

	if (since_ns > b->at_ns) {
		kvrm_bucket_fill(b, since_ns);
		/* What was not used at the first opportunity is none to be made up for. */
		if (b->credit_ns > (int64_t)b->cap_ns)
			b->credit_ns = (int64_t)b->cap_ns;
	}
	kvrm_bucket_fill_up_to(b, now_ns, b->waited_cap_ns);
}

/**
 * kvrm_bucket_charge() - take out what was used
 * @b: the bucket
 * @used_ns: ns of CPU time
 */
static inline void kvrm_bucket_charge(struct kvrm_bucket *b, uint64_t used_ns)
{
	if (b->rate_us)
		b->credit_ns -= (int64_t)used_ns;
}

/**
 * kvrm_bucket_is_empty() - whether its users must wait
 * @b: the bucket, filled
 *
 * Return: true if there is a rate, and nothing left.
 */
static inline bool kvrm_bucket_is_empty(const struct kvrm_bucket *b)
{
	return b->rate_us && b->credit_ns <= 0;
}

/**
 * kvrm_bucket_has_at() - when there will be so much in it, if nobody uses anything
 * @b: the bucket, with a rate
 * @wanted_ns: ns of CPU time, at most the cap
 *
 * Return: a time, the last fill's if it is there already.
 */
static inline uint64_t kvrm_bucket_has_at(const struct kvrm_bucket *b, uint64_t wanted_ns)
{
	uint64_t missing_ns;

	if (b->credit_ns >= (int64_t)wanted_ns)
		return b->at_ns;
	missing_ns = (uint64_t)((int64_t)wanted_ns - b->credit_ns);
	return b->at_ns + kvrm_muldiv(missing_ns, KVRM_BUCKET_NSEC_PER_SEC, b->rate_us * 1000) + 1;
}

/**
 * kvrm_bucket_lasts_ns() - for how long it lasts
 * @b: the bucket, filled
 * @users: CPUs that are used all the time
 *
 * Return: ns; KVRM_BUCKET_NEVER_NS if that many never empty it.
 */
static inline uint64_t kvrm_bucket_lasts_ns(const struct kvrm_bucket *b, uint32_t users)
{
	uint64_t use_us = users * KVRM_BUCKET_USEC_PER_SEC;

	if (!b->rate_us || use_us <= b->rate_us)
		return KVRM_BUCKET_NEVER_NS;
	if (b->credit_ns <= 0)
		return 0;
	return kvrm_muldiv((uint64_t)b->credit_ns, KVRM_BUCKET_USEC_PER_SEC, use_us - b->rate_us);
}

#endif
