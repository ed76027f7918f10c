/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A pacing clock (the generic cell rate algorithm of ITU-T I.371, with the packet passed first and
 * paid for afterwards): it says when the next packet may pass, and each one moves it on by the time
 * that its size takes at the rate. Exact: what is less than a nanosecond is carried on.
 *
 * The clock may be behind the time by so much and no more, which is what may pass at once: little
 * after nobody wanted anything, somewhat more if packets waited and a timer was late. In any span
 * of time no more passes than the rate gives in it, plus what that much time gives, plus one
 * packet.
 */
#ifndef KVRM_PACE_H
#define KVRM_PACE_H

#include "kvrm/arith.h"

#define KVRM_PACE_NSEC_PER_SEC 1000000000ULL
/* What may pass at once after nobody wanted anything, if no burst is set. */
#define KVRM_PACE_IDLE_NS 4000000ULL
/* What may be made up for after packets waited, because a timer was late. */
#define KVRM_PACE_LATE_NS 10000000ULL

/**
 * struct kvrm_pace - a pacing clock
 * @rate: units per second, up to 2^40; 0: there is no limit
 * @next_ns: when the next packet may pass
 * @rest: what belongs to @next_ns as well, in 1/@rate of a ns
 *
 * Whoever owns one says which lock protects it.
 */
struct kvrm_pace {
	uint64_t rate;
	uint64_t next_ns;
	uint64_t rest;
};

/*
 * When the next packet may pass at another rate: what is still to be paid for, or may be made up
 * for, stays. Rounded up each time, by 2 ns at most, so that nothing is given away.
 */
static inline uint64_t kvrm_pace_scaled(const struct kvrm_pace *p, uint64_t rate, uint64_t now_ns)
{
	uint64_t scaled_ns;

	if (p->next_ns >= now_ns)
		return now_ns + 2 + kvrm_muldiv(p->next_ns - now_ns, p->rate, rate) +
		       kvrm_div(p->rest, rate);
	/* What may be made up for is no more time, either. */
	if (rate < p->rate)
		return p->next_ns + 1;
	scaled_ns = kvrm_muldiv(now_ns - p->next_ns, p->rate, rate);
	return now_ns - kvrm_excess(scaled_ns, 1);
}

/**
 * kvrm_pace_set() - give it another rate
 * @p: the clock; what has passed and is not paid for yet is so at the new rate, and what may be
 *	made up for is no more bytes and no more time than before
 * @rate: units per second; 0: none
 * @now_ns: current time
 */
static inline void kvrm_pace_set(struct kvrm_pace *p, uint64_t rate, uint64_t now_ns)
{
	if (!p->rate)
		p->next_ns = now_ns;
	else if (rate && rate != p->rate)
		p->next_ns = kvrm_pace_scaled(p, rate, now_ns);
	if (rate != p->rate)
		p->rest = 0;
	p->rate = rate;
}

/**
 * kvrm_pace_idle_ns() - how far a clock may be behind after nobody wanted anything
 * @rate: units per second; 0: none
 * @burst: what may pass at once, in the same units; 0: what comes in KVRM_PACE_IDLE_NS
 *
 * Return: ns.
 */
static inline uint64_t kvrm_pace_idle_ns(uint64_t rate, uint64_t burst)
{
	if (!rate || !burst)
		return KVRM_PACE_IDLE_NS;
	return kvrm_muldiv(burst, KVRM_PACE_NSEC_PER_SEC, rate);
}

/**
 * kvrm_pace_waited_ns() - how far a clock may be behind while packets wait
 * @idle_ns: while none do
 *
 * Return: ns. It is not both: what was saved up and what a timer missed are made up for once.
 */
static inline uint64_t kvrm_pace_waited_ns(uint64_t idle_ns)
{
	return kvrm_max(idle_ns, KVRM_PACE_LATE_NS);
}

/**
 * kvrm_pace_settle() - forget what was not used for too long
 * @p: the clock
 * @now_ns: current time
 * @behind_ns: how far the clock may be behind that
 */
static inline void kvrm_pace_settle(struct kvrm_pace *p, uint64_t now_ns, uint64_t behind_ns)
{
	uint64_t least_ns = kvrm_excess(now_ns, behind_ns);

	if (p->next_ns >= least_ns)
		return;
	p->next_ns = least_ns;
	p->rest = 0;
}

/**
 * kvrm_pace_at_ns() - when the next packet may pass
 * @p: the clock
 *
 * Return: a time, which may have passed; 0 if there is no limit.
 */
static inline uint64_t kvrm_pace_at_ns(const struct kvrm_pace *p)
{
	return p->rate ? p->next_ns : 0;
}

/**
 * kvrm_pace_charge() - a packet passes
 * @p: the clock
 * @amount: its size, in the units of the rate; below 2^33
 */
static inline void kvrm_pace_charge(struct kvrm_pace *p, uint64_t amount)
{
	uint64_t parts = amount * KVRM_PACE_NSEC_PER_SEC + p->rest;

	if (!p->rate)
		return;
	p->next_ns += kvrm_div(parts, p->rate);
	p->rest = parts - kvrm_div(parts, p->rate) * p->rate;
}

#endif
