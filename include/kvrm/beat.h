/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Beats: the moments at which something that happens so often a second is due. Beat n of a rate is
 * due at n / rate seconds on the clock, rounded up to a ns: whoever is late is not late again for
 * that, and everything of one rate is due at once. Pure.
 */
#ifndef KVRM_BEAT_H
#define KVRM_BEAT_H

#include "kvrm/arith.h"

#define KVRM_BEAT_NSEC_PER_SEC 1000000000ULL

/**
 * kvrm_beat_at() - the last beat that is due
 * @now_ns: time
 * @rate_hz: how often, 1 to 1000000000
 *
 * Return: its number.
 */
static inline uint64_t kvrm_beat_at(uint64_t now_ns, uint32_t rate_hz)
{
	return kvrm_muldiv(now_ns, rate_hz, KVRM_BEAT_NSEC_PER_SEC);
}

/**
 * kvrm_beat_ns() - when a beat is due
 * @beat: its number
 * @rate_hz: how often
 *
 * Return: ns; the first time for which kvrm_beat_at() is @beat.
 */
static inline uint64_t kvrm_beat_ns(uint64_t beat, uint32_t rate_hz)
{
	uint64_t ns = kvrm_muldiv(beat, KVRM_BEAT_NSEC_PER_SEC, rate_hz);

	/* Divided without a rest, or not. */
	return kvrm_beat_at(ns, rate_hz) < beat ? ns + 1 : ns;
}

/**
 * struct kvrm_pulse - where something is that happens at each beat; zeroed at first
 * @rate_hz: how often; 0: it does not
 * @beat: the last one that was due
 */
struct kvrm_pulse {
	uint32_t rate_hz;
	uint64_t beat;
};

/**
 * kvrm_pulse_begin() - at this rate from the next beat on
 * @pulse: pulse
 * @rate_hz: how often; 0: not at all
 * @now_ns: time
 */
static inline void kvrm_pulse_begin(struct kvrm_pulse *pulse, uint32_t rate_hz, uint64_t now_ns)
{
	pulse->rate_hz = rate_hz;
	pulse->beat = rate_hz ? kvrm_beat_at(now_ns, rate_hz) : 0;
}

/**
 * kvrm_pulse_take() - how many beats have become due
 * @pulse: pulse with a rate; they are not told again
 * @now_ns: time, not before that of the call before
 *
 * Return: 0: none; 1: all is well; more: all but one were missed.
 */
static inline uint64_t kvrm_pulse_take(struct kvrm_pulse *pulse, uint64_t now_ns)
{
	uint64_t beat = kvrm_beat_at(now_ns, pulse->rate_hz);
	uint64_t due = kvrm_excess(beat, pulse->beat);

	pulse->beat += due;
	return due;
}

/**
 * kvrm_pulse_next_ns() - when the next beat is due
 * @pulse: pulse with a rate
 *
 * Return: ns.
 */
static inline uint64_t kvrm_pulse_next_ns(const struct kvrm_pulse *pulse)
{
	return kvrm_beat_ns(pulse->beat + 1, pulse->rate_hz);
}

#endif
