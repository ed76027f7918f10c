// SPDX-License-Identifier: GPL-2.0-only
/*
 * The thread that writes the sample ring. It sleeps while nobody has the device open; else it
 * wakes at the beats of the guests' rates (include/kvrm/beat.h), samples those that are due, and
 * sleeps until the next beat. All guests of one rate are due at once. Beats that pass meanwhile are
 * counted as missed, not made up for.
 *
 * No timer but that of its own sleep is used, and no processor is interrupted to sample what runs
 * there: counters are read from where the thread is, which is a housekeeping processor where such
 * are set apart. It runs as a real-time thread of the lowest priority, since what happens while all
 * processors are busy is what is wanted most; therefore it rests after each round for at least as
 * long as that took.
 */
#include <linux/atomic.h>
#include <linux/hrtimer.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/time64.h>
#include <linux/wait.h>

#include "kmod/guest.h"
#include "kmod/host.h"
#include "kmod/nic.h"
#include "kmod/samples.h"
#include "kmod/stat.h"
#include "kvrm/beat.h"
#include "kvrm/sample.h"

/* A guest that is added, or gets another rate, is seen that much later. */
#define KVRM_SAMPLES_LOOK_NS  (100 * NSEC_PER_MSEC)
#define KVRM_SAMPLES_SLACK_NS (20 * NSEC_PER_USEC)

static struct kvrm_ring *kvrm_samples_out;
static struct task_struct *kvrm_samples_task;
static DECLARE_WAIT_QUEUE_HEAD(kvrm_samples_wait);
static atomic_t kvrm_samples_readers;

/**
 * struct kvrm_samples_round - one round of the guests; the thread's own
 * @number: of the round
 * @session: raised each time that there are readers again
 * @begin_ns: when it began
 * @next_ns: when the next one is due
 * @due: how many guests are sampled in it
 * @missed: samples that were missed before it
 * @any: a guest was sampled
 */
struct kvrm_samples_round {
	u32 number;
	u32 session;
	u64 begin_ns;
	u64 next_ns;
	u32 due;
	u64 missed;
	bool any;
};

/**
 * kvrm_samples_add_reader() - somebody has opened the device
 */
void kvrm_samples_add_reader(void)
{
	if (atomic_inc_return(&kvrm_samples_readers) == 1)
		wake_up_interruptible(&kvrm_samples_wait);
}

/**
 * kvrm_samples_drop_reader() - and closed it, and unmapped what he had mapped
 */
void kvrm_samples_drop_reader(void)
{
	atomic_dec(&kvrm_samples_readers);
}

/* Whether a guest is to be sampled now. */
static bool kvrm_samples_is_due(struct kvrm_samples_round *round, struct kvrm_guest *guest)
{
	struct kvrm_guest_samples *s = &guest->samples;
	u32 rate_hz = READ_ONCE(guest->sample_rate_hz);
	u64 beats;

	if (s->session != round->session || s->pulse.rate_hz != rate_hz) {
		s->session = round->session;
		kvrm_pulse_begin(&s->pulse, rate_hz, round->begin_ns);
	}
	if (!rate_hz)
		return false;
	beats = kvrm_pulse_take(&s->pulse, round->begin_ns);
	round->next_ns = min(round->next_ns, kvrm_pulse_next_ns(&s->pulse));
	if (!beats)
		return false;
	WRITE_ONCE(s->missed, s->missed + beats - 1);
	round->missed += beats - 1;
	return true;
}

static void kvrm_samples_take(struct kvrm_samples_round *round, struct kvrm_guest *guest)
{
	struct kvrm_sample sample = {
		.head.kind = KVRM_SAMPLES_GUEST,
		.head.guest = guest->id,
		.head.round = round->number,
	};

	mutex_lock(&guest->lock);
	if (guest->attached) {
		/* Several have their CPU time summed up together. */
		kvrm_stat_sample(guest, round->due > 1 ? round->begin_ns : 0);
		sample.head.time_ns = guest->sampled_ns;
		kvrm_samples_fill_guest(&sample, guest);
		kvrm_ring_put(kvrm_samples_out, &sample.head);
		sample.head.kind = KVRM_SAMPLES_VCPU;
		kvrm_samples_put_vcpus(kvrm_samples_out, &sample, guest);
		guest->samples.round = round->number;
		round->any = true;
	}
	mutex_unlock(&guest->lock);
}

/*
 * Whether a NIC's guest was sampled in this round. Who removes a guest waits for kvrm_nic_lock
 * before he lets go of it, so the reference here is not the last one.
 */
static bool kvrm_samples_is_of_round(const struct kvrm_samples_round *round,
				     const struct kvrm_nic *nic)
{
	struct kvrm_guest *guest = kvrm_host_find(nic->guest_id);
	bool of_round;

	lockdep_assert_held(&kvrm_nic_lock);
	if (!guest)
		return false;
	of_round =
		guest->samples.session == round->session && guest->samples.round == round->number;
	kvrm_guest_put(guest);
	return of_round;
}

/* While a NIC is removed its lock is held for long: then NICs are left out. */
static bool kvrm_samples_take_nics(const struct kvrm_samples_round *round)
{
	struct kvrm_nic *nic;
	unsigned long id = 0;

	if (!mutex_trylock(&kvrm_nic_lock))
		return false;
	for (; (nic = kvrm_nic_next(&id)); id++) {
		struct kvrm_sample sample = {
			.head.kind = KVRM_SAMPLES_NIC,
			.head.guest = nic->guest_id,
			.head.index = nic->id,
			.head.round = round->number,
			.head.time_ns = ktime_get_ns(),
		};

		if (!kvrm_samples_is_of_round(round, nic))
			continue;
		kvrm_samples_fill_nic(&sample, nic);
		kvrm_ring_put(kvrm_samples_out, &sample.head);
	}
	mutex_unlock(&kvrm_nic_lock);
	return true;
}

/* Look who is due. A guest that is added meanwhile is not. */
static void kvrm_samples_begin_round(struct kvrm_samples_round *round)
{
	struct kvrm_guest *guest;
	unsigned long cursor = 0;

	round->begin_ns = ktime_get_ns();
	round->next_ns = round->begin_ns + KVRM_SAMPLES_LOOK_NS;
	round->due = 0;
	round->missed = 0;
	round->any = false;
	while ((guest = kvrm_host_next(&cursor))) {
		guest->samples.due = kvrm_samples_is_due(round, guest);
		round->due += guest->samples.due;
		kvrm_guest_put(guest);
	}
}

static void kvrm_samples_go_round(struct kvrm_samples_round *round)
{
	struct kvrm_guest *guest;
	unsigned long cursor = 0;
	bool nics = true;

	kvrm_samples_begin_round(round);
	while (round->due && (guest = kvrm_host_next(&cursor))) {
		if (guest->samples.due)
			kvrm_samples_take(round, guest);
		kvrm_guest_put(guest);
	}
	if (round->any) {
		nics = kvrm_samples_take_nics(round);
		round->number++;
	}
	if (round->missed || !nics)
		kvrm_ring_add_missed(kvrm_samples_out, round->missed, !nics);
}

static void kvrm_samples_sleep(u64 until_ns)
{
	ktime_t until = ns_to_ktime(until_ns);

	set_current_state(TASK_INTERRUPTIBLE);
	if (!kthread_should_stop())
		schedule_hrtimeout_range(&until, KVRM_SAMPLES_SLACK_NS, HRTIMER_MODE_ABS);
	__set_current_state(TASK_RUNNING);
}

static bool kvrm_samples_is_wanted(void)
{
	return atomic_read(&kvrm_samples_readers) > 0;
}

static int kvrm_samples_run(void *unused)
{
	struct kvrm_samples_round round = {};
	u64 end_ns;

	while (!kthread_should_stop()) {
		wait_event_interruptible(kvrm_samples_wait,
					 kthread_should_stop() || kvrm_samples_is_wanted());
		round.session++;
		while (!kthread_should_stop() && kvrm_samples_is_wanted()) {
			kvrm_samples_go_round(&round);
			end_ns = ktime_get_ns();
			kvrm_samples_sleep(max(round.next_ns, 2 * end_ns - round.begin_ns));
		}
	}
	return 0;
}

/**
 * kvrm_samples_start() - start the thread
 * @ring: where it writes, alone, until it is stopped; laid out before there is a reader
 *
 * Return: 0 or a negative errno.
 */
int kvrm_samples_start(struct kvrm_ring *ring)
{
	struct task_struct *task = kthread_create(kvrm_samples_run, NULL, "kvrm_samples");

	if (IS_ERR(task))
		return PTR_ERR(task);
	sched_set_fifo_low(task);
	kvrm_samples_out = ring;
	kvrm_samples_task = task;
	wake_up_process(task);
	return 0;
}

/**
 * kvrm_samples_stop() - stop it
 */
void kvrm_samples_stop(void)
{
	kthread_stop(kvrm_samples_task);
}
